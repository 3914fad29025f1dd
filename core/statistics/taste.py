"""Taste: scores by round, minutes of processing and day; what processing changed; raw against heated.

Scores of one part are of one preparation and on one scale. A mean is that of all scores, its interval goes by animals.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from core.statistics import facts, taste_pairs, taste_tables
from core.statistics.answers import Name, Part, SamplesBehind, Says, scale_notes, species_notes
from core.statistics.cohort import Array, Cohort, Scores
from core.statistics.filters import Score, StatisticsFilter
from core.statistics.taste_tables import Grouped, Row
from core.tables.samples import HEATED_SCORES, SCORES

KINDS = {"attribute": "score", "minutes": "taste.minutes", "preparation": "preparation"}


class Query(StatisticsFilter):
    """`attribute` is what the parts `tenderness` and `since_slaughter` show; it says the preparation there.

    Without a wanted preparation `profile`, `minutes` and `change` are of heated meat where there are scores of it.
    """

    attribute: Score = "tenderness"
    by: Annotated[
        Literal["day", "round"] | None,
        Field(description="What the chart of `tenderness` runs over; without it days where there are several."),
    ] = None


def change(cohort: Cohort, query: Query) -> Part:
    """What each round of processing changed in the attributes, against the same sample before it."""
    scores = _scores(cohort, all_rounds=True)
    table, n, missing = taste_pairs.changes(scores, query.round)
    sure = table[~table["is_small"]]
    says = Says("statistics.says_none") if table.empty else Says("taste.says_few", {"n": n.scores})
    if not sure.empty:
        row = sure.iloc[int(sure["change"].abs().argmax())]
        values = {name: float(row[name]) for name in ("change", "low", "high")}
        says = Says("taste.says_change", values | {
            "preparation": _preparation(scores), "attribute": Name("score", row["attribute"]),
            "round": round_name(row["round"]), "n": int(row["animals"]),
        })  # fmt: skip
    return Part(
        "change", table, n, missing, says, kinds=KINDS,
        notes=(*scale_notes(scores), *species_notes(scores.of_sample("species")), Says("taste.note_change")),
        narrows=_behind("change", query, table), more={"scale": scores.scale, "preparation": scores.preparation},
    )  # fmt: skip


def raw_heated(cohort: Cohort, query: Query) -> Part:
    """Raw and heated profiles of the same samples and rounds, and whether what is liked raw is liked heated."""
    both = taste_pairs.Both(cohort)
    raw, heated = both.raw, both.heated
    tables, missing = list[pd.DataFrame](), 0
    for scores in (raw, heated):
        table, n, empty = taste_tables.described(taste_tables.by_round(scores), SCORES[scores.preparation])
        table.insert(0, "preparation", scores.preparation)
        tables, missing = [*tables, table], missing + empty
    table = pd.concat(tables, ignore_index=True)
    total = replace(n, scores=int(table["scores"].sum()))  # of the heated ones: the same animals and samples
    tests = both.liking()
    says = Says("taste.says_raw_heated_few", {"n": total.samples}) if total.samples else Says("statistics.says_none")
    if tests:
        values = {"r": tests[0].statistic, "n": tests[0].n, **tests[0].more_effects}
        says = Says("taste.says_raw_heated", values)
    notes = scale_notes(heated, raw.on_other_scales + heated.on_other_scales)
    notes = (*notes, *species_notes(heated.of_sample("species")))
    return Part(
        "raw_heated", table, total, missing, says, tests, notes, KINDS,
        narrows=_behind("raw_heated", query, table), more={"scale": heated.scale},
    )  # fmt: skip


def round_name(seq: Any) -> Says:
    return Says("statistics.round_n", {"n": int(seq)}) if seq else Says("taste.round_0")


def grouped(name: str, cohort: Cohort, query: Query) -> Part:
    """The numbers of the groups of one of the parts in GROUPED."""
    found = GROUPED[name](cohort, query)
    scores, attributes = found.scores, _attributes(name, query, found.scores)
    table, n, missing = taste_tables.described(found, attributes)
    notes = (*scale_notes(scores), *species_notes(scores.of_sample("species")))
    if found.left_out:
        notes = (*notes, Says(f"taste.note_{name}", {"n": found.left_out}))
    more = {"scale": scores.scale, "preparation": scores.preparation, "by": _by(query, table)}
    return Part(
        name, table, n, missing, _says(name, table, scores, n.scores), notes=notes, kinds=KINDS,
        narrows=_behind(name, query, table), more=more,
    )  # fmt: skip


def _scores(cohort: Cohort, *, all_rounds: bool = False) -> Scores:
    """Those of the wanted preparation; heated ones where none is wanted and there are any."""
    if cohort.wanted.preparation:
        return cohort.evaluations(cohort.wanted.preparation, all_rounds=all_rounds)
    heated = cohort.evaluations("heated", all_rounds=all_rounds)
    return heated if len(heated) else cohort.evaluations("raw", all_rounds=all_rounds)


def _scores_of(cohort: Cohort, query: Query) -> Scores:
    return cohort.evaluations("heated" if query.attribute in HEATED_SCORES else "raw")


def _attributes(name: str, query: Query, scores: Scores) -> Sequence[str]:
    return SCORES[scores.preparation] if name in ("profile", "minutes") else [query.attribute]


def _by(query: Query, table: pd.DataFrame) -> str:
    """What the chart of days and rounds runs over."""
    several = "day" in table and table["day"].nunique() > 1
    return query.by or ("day" if several else "round")


def _says(name: str, table: pd.DataFrame, scores: Scores, n: int) -> Says:
    """Which attribute differs most between the groups, and between which two; small groups say nothing."""
    if table.empty:
        return Says("statistics.says_none")
    sure = table[~table["is_small"]]
    if sure.empty:
        return Says("taste.says_few", {"n": n})
    means = sure.groupby("attribute", sort=False)["mean"]
    rows = sure[sure["attribute"] == (means.max() - means.min()).idxmax()]
    top, bottom = _extremes(rows)
    if len(rows) == 1:  # there is one group: its attributes against each other
        top, bottom = _extremes(sure)
    key = f"taste.says_{name}" if len(rows) > 1 else "taste.says_group" if len(sure) > 1 else "taste.says_one"
    values = {"preparation": _preparation(scores), "n": n}
    for word, row in (("top", top), ("bottom", bottom)):
        values |= {word: _group(name, row), f"{word}_mean": float(row["mean"])}
        values[f"{word}_attribute"] = Name("score", row["attribute"])
    return Says(key, values)


def _extremes(rows: pd.DataFrame) -> tuple[Row, Row]:
    """The row with the highest mean and the one with the lowest."""
    means = rows["mean"].to_numpy()
    found = rows.iloc[[int(means.argmax()), int(means.argmin())]].to_dict("records")
    return found[0], found[1]


def _group(part: str, row: Row) -> Any:
    """What a group is called in a sentence."""
    if part == "minutes":
        return Name("taste.minutes", row["minutes"])
    if part == "since_slaughter":
        one_day = row["day_from"] == row["day_to"]
        values = {"first": int(row["day_from"]), "last": int(row["day_to"])}
        return Says("taste.one_day" if one_day else "taste.days", values)
    if part == "tenderness":
        return Says("taste.day_and_round", {"day": int(row["day"]), "round": round_name(row["round"])})
    return round_name(row["round"])


def _preparation(scores: Scores) -> Name:
    return Name("preparation", scores.preparation)


@dataclass(frozen=True)
class SamplesOf(SamplesBehind):
    """The samples behind a row of a part."""

    part: str
    query: Query
    row: Row

    def ids(self) -> Array:
        cohort = Cohort(facts.current(), self.query)
        return np.sort(cohort.facts.samples["sample_id"][self.places(cohort)])

    def places(self, cohort: Cohort) -> Array:
        """Where they are in the facts."""
        if self.part == "change":
            return taste_pairs.samples_of_change(_scores(cohort, all_rounds=True), self.row)
        if self.part == "raw_heated":
            both = taste_pairs.Both(cohort)
            scores = both.raw if self.row["preparation"] == "raw" else both.heated
            return taste_tables.samples_of(taste_tables.by_round(scores), self.row)
        return taste_tables.samples_of(GROUPED[self.part](cohort, self.query), self.row)


def _behind(part: str, query: Query, table: pd.DataFrame) -> list[SamplesOf]:
    return [SamplesOf(part, query, row) for row in table.to_dict("records")]


GROUPED: dict[str, Callable[[Cohort, Query], Grouped]] = {
    "profile": lambda cohort, query: taste_tables.by_round(_scores(cohort)),
    "minutes": lambda cohort, query: taste_tables.by_minutes(_scores(cohort)),
    "tenderness": lambda cohort, query: taste_tables.by_day(_scores_of(cohort, query)),
    "since_slaughter": lambda cohort, query: taste_tables.since_slaughter(_scores_of(cohort, query)),
}
PARTS: dict[str, Callable[[Cohort, Query], Part]] = {
    "profile": partial(grouped, "profile"),
    "minutes": partial(grouped, "minutes"),
    "change": change,
    "raw_heated": raw_heated,
    "tenderness": partial(grouped, "tenderness"),
    "since_slaughter": partial(grouped, "since_slaughter"),
}
