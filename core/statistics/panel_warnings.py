"""What looks as if nobody had tasted: scores that are all the same, that repeat those of the unheated meat, that no
photo shows, or that are older than the meat.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from core.evaluations import FEWEST_ALIKE
from core.statistics import facts
from core.statistics.answers import Name, Part, Says
from core.statistics.cohort import Array, Cohort, Scores
from core.statistics.filters import StatisticsFilter
from core.statistics.numbers import in_groups
from core.statistics.panel_scores import Panel
from core.statistics.reading import NONE
from core.statistics.tallies import combined
from core.tables.samples import HEATED_SCORES, RAW_SCORES

MOST_ALIKE = 0.8  # share of a rater's scores; more of them alike is no tasting
ENOUGH = 10  # scores; of fewer nothing is said
# kind -> the share above which it is a warning
LIMITS = {
    "constant": 1.0, "alike": MOST_ALIKE, "copied": MOST_ALIKE, "copied_one": MOST_ALIKE, "no_photo": 0.0,
    "before_slaughter": 0.0,
}  # fmt: skip
Row = tuple[str, int, str | None, str | None, int, int]
COLUMNS = ["kind", "rater", "attribute", "unheated", "n", "of"]


def warnings(panel: Panel, attribute: str, wanted: StatisticsFilter) -> Part:
    """Each kind of warning for each rater: how many of how many scores, and whether that is above the limit."""
    table = pd.DataFrame(list(_rows(Looked(panel))), columns=COLUMNS)
    table = table[table["of"] > 0]
    order = table["kind"].map({kind: place for place, kind in enumerate(LIMITS)})
    table = table.iloc[np.lexsort((table["rater"], order))].reset_index(drop=True)
    table["rater"] = np.array(panel.raters, object)[table["rater"].astype(int)]
    for name in ("attribute", "unheated"):
        table[name] = table[name].astype(object).where(table[name].notna(), None)
    table["share"] = (table["n"] / table["of"]).astype(float)
    table["limit"] = table["kind"].map(LIMITS).astype(float)
    table["is_above"] = is_above(table)
    narrows = [Flagged(wanted, panel.preparation, row) for row in table.to_dict("records")]
    notes = (*panel.notes(), Says("panel.note_warnings", {"share": 100 * MOST_ALIKE, "enough": ENOUGH}))
    kinds = {"kind": "panel.warning", "rater": "rater", "attribute": "score", "unheated": "score"}
    return Part(
        "warnings", table, panel.count(), 0, _says(panel, table), notes=notes, kinds=kinds, narrows=narrows,
        more={"names": {"rater": panel.names, "attribute": {None: ""}, "unheated": {None: ""}}},
    )  # fmt: skip


def is_above(table: pd.DataFrame) -> pd.Series:
    """Whether there is more of it than the limit; of what may be chance, only where there are enough scores."""
    everywhere = (table["kind"] == "constant") & (table["share"] == 1)
    said = (table["of"] >= ENOUGH) | (table["limit"] == 0)
    return said & (everywhere | (table["share"] > table["limit"]))


class Looked:
    """The scores of a panel as codes that are equal where scores are; also the unheated ones beside heated ones."""

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        self.columns = {name: panel.scores.codes(name) for name in panel.attributes}
        self.raw = _raw_beside(panel) if panel.preparation == "heated" else []

    @cached_property
    def enough(self) -> Array:
        """For each row whether it has enough scores to be called all alike."""
        known = np.zeros(len(self.panel.rater), np.int8)
        for codes in self.columns.values():
            known += codes != NONE
        return known >= FEWEST_ALIKE

    @cached_property
    def round(self) -> Array:
        return np.cumsum(self.panel.scores.new_round, dtype=np.int32) - 1

    def compared(self, rows: Array) -> "Compared":
        """Some heated rows with the unheated scores of their rounds."""
        rounds = self.round[rows]
        return Compared(
            self.enough[rows],
            {name: self.columns[name][rows] for name in HEATED_SCORES},
            [{name: values[rounds] for name, values in raw.items()} for raw in self.raw],
        )


@dataclass(frozen=True)
class Compared:
    """Heated scores by attribute, and beside them the unheated ones of the same rounds."""

    enough: Array
    own: Mapping[str, Array]
    beside: Sequence[Mapping[str, Array]]

    def copied(self) -> tuple[Array, Array]:
        """Whether each row repeats unheated scores one by one; and whether it could."""
        copied, could = np.zeros(len(self.enough), bool), np.zeros(len(self.enough), bool)
        for raw in self.beside:
            could |= raw["there"]
            same = self.enough & raw["there"]
            for heated, unheated in zip(HEATED_SCORES, RAW_SCORES, strict=True):
                same &= self.own[heated] == raw[unheated]
            copied |= same
        return copied, could & self.enough

    def equal(self, heated: str, unheated: str) -> Array:
        """Whether one heated score equals one unheated score."""
        same = np.zeros(len(self.enough), bool)
        for raw in self.beside:
            same |= self.own[heated] == raw[unheated]
        return same & (self.own[heated] != NONE)

    def most_equal(self) -> tuple[str, str, int, int] | None:
        """The two attributes that are most often equal: heated, unheated, how often, of how many rows with both."""
        own = {name: codes != NONE for name, codes in self.own.items()}
        there = {name: np.logical_or.reduce([raw[name] != NONE for raw in self.beside]) for name in RAW_SCORES}
        found = [
            (heated, unheated, int(np.count_nonzero(self.equal(heated, unheated))), int(of))
            for heated in HEATED_SCORES
            for unheated in RAW_SCORES
            if (of := np.count_nonzero(own[heated] & there[unheated]))
        ]
        return max(found, key=lambda row: _weight(*row[2:])) if found else None


def _raw_beside(panel: Panel) -> list[dict[str, Array]]:
    """For each round of a panel its unheated scores on the same scale, as codes: those that one wrote, those that
    another wrote, ... . "there" says where there are any.
    """
    raw = _raw(panel)
    starts = np.flatnonzero(raw.new_round)
    slots, n = raw["slot"][starts], np.diff(starts, append=len(raw))
    rounds = panel.scores["slot"][panel.scores.new_round]
    place = np.minimum(np.searchsorted(slots, rounds), len(slots) - 1)
    n = np.where(slots[place] == rounds, n[place], 0) if len(slots) else np.zeros(len(rounds), np.int64)
    found = []
    for nth in range(int(n.max(initial=0))):
        there = nth < n
        rows = raw.rows[np.where(there, starts[place] + nth, 0)]
        scores = {name: np.where(there, raw.codes_at(rows, name), np.int8(NONE)) for name in RAW_SCORES}
        found.append({"there": there} | scores)
    return found


def _raw(panel: Panel) -> Scores:
    """The unheated scores of the samples of a panel, of all their rounds, on the same scale."""
    cohort = panel.cohort
    own = Cohort(cohort.facts, cohort.wanted.model_copy(update={"scale": panel.scores.scale}))
    own.mask = np.zeros(len(cohort.facts.samples), bool)
    own.mask[panel.sample] = True
    return own.evaluations("raw", all_rounds=True)


def _rows(looked: Looked) -> Iterator[Row]:
    k, rater = len(looked.panel.raters), looked.panel.rater
    yield from _constant(looked)
    for kind, find in FLAGS.items():
        flag, of = find(looked)
        n, total = (np.bincount(rater[rows], minlength=k) for rows in (flag, of))
        yield from ((kind, one, None, None, int(n[one]), int(total[one])) for one in range(k))
    if looked.raw:
        for one, rows in in_groups(rater, k):
            compared = looked.compared(rows)
            copied, could = compared.copied()
            yield "copied", one, None, None, int(copied.sum()), int(could.sum())
            if most := compared.most_equal():
                yield "copied_one", one, *most


def _constant(looked: Looked) -> Iterator[Row]:
    """For each rater the attribute most of whose scores are one value."""
    k = len(looked.panel.raters)
    found: dict[int, list[Row]] = {one: [] for one in range(k)}
    for name, codes in looked.columns.items():
        known, rater = codes != NONE, looked.panel.rater
        if not known.all():
            rater, codes = rater[known], codes[known]  # noqa: PLW2901
        (rater, _), count = combined((rater, k), (codes, len(looked.panel.scores.levels)))
        of, most = np.bincount(rater, count, k).astype(np.int64), np.zeros(k, np.int64)
        np.maximum.at(most, rater, count)
        for one in np.flatnonzero(of).tolist():
            found[one].append(("constant", one, name, None, int(most[one]), int(of[one])))
    yield from (max(rows, key=lambda row: _weight(*row[4:])) for rows in found.values() if rows)


def _weight(n: int, of: int) -> tuple[bool, float]:
    """The larger share, of enough scores before others."""
    return of >= ENOUGH, n / of


def _alike(looked: Looked) -> tuple[Array, Array]:
    """All scores of a row are the same."""
    columns = list(looked.columns.values())
    highest = columns[0]
    for codes in columns[1:]:
        highest = np.maximum(highest, codes)  # what is absent is below everything
    same = looked.enough.copy()
    for codes in columns:
        same &= (codes == highest) | (codes == NONE)
    return same, looked.enough


def _no_photo(looked: Looked) -> tuple[Array, Array]:
    has_photo = looked.panel.scores["has_photo"]
    return has_photo == 0, np.ones(len(has_photo), bool)


def _before_slaughter(looked: Looked) -> tuple[Array, Array]:
    """Days are those in Seoul; both are always known."""
    scores = looked.panel.scores
    return scores["evaluated"] < scores.of_sample("slaughtered"), np.ones(len(scores), bool)


# kind -> for each row whether it is so, and whether it is one of those that could be
FLAGS: dict[str, Callable[[Looked], tuple[Array, Array]]] = {
    "alike": _alike,
    "no_photo": _no_photo,
    "before_slaughter": _before_slaughter,
}


@dataclass(frozen=True)
class Flagged(Mapping[str, Any]):
    """The samples behind a row of warnings, as Part.narrows has them; they are looked for when somebody asks."""

    wanted: StatisticsFilter
    preparation: str
    row: Mapping[Any, Any]

    def __getitem__(self, name: str) -> Array:
        if name != "ids":
            raise KeyError(name)
        panel = Panel(Cohort(facts.current(), self.wanted), self.preparation)
        if self.row["rater"] not in panel.raters:  # the scores are gone meanwhile
            return panel.ids(np.empty(0, np.int64))
        rows = np.flatnonzero(panel.rater == panel.raters.index(self.row["rater"]))
        return panel.ids(rows[self._flag(Looked(panel), rows)])

    def __iter__(self) -> Iterator[str]:
        return iter(("ids",))

    def __len__(self) -> int:
        return 1

    def _flag(self, looked: Looked, rows: Array) -> Array:
        kind = self.row["kind"]
        if kind in FLAGS:
            return FLAGS[kind](looked)[0][rows]
        if kind == "copied":
            return looked.compared(rows).copied()[0]
        if kind == "copied_one":
            return looked.compared(rows).equal(self.row["attribute"], self.row["unheated"])
        own = looked.columns[self.row["attribute"]][rows]
        values, counts = np.unique(own[own != NONE], return_counts=True)
        return np.asarray(own == values[counts.argmax()]) if len(values) else np.zeros(len(own), bool)


def _says(panel: Panel, table: pd.DataFrame) -> Says:
    """How many raters there is a warning of, and the largest share of scores that are not as they should be."""
    above, n = table[table["is_above"]], table["rater"].nunique()
    if above.empty:
        return Says("panel.says_no_warning", {"n": n})
    # A photo that is missing says less than scores that cannot be.
    tasted = above[above["kind"] != "no_photo"]
    worst = (above if tasted.empty else tasted).sort_values("share").iloc[-1]
    return Says("panel.says_warnings", {
        "above": above["rater"].nunique(), "n": n, "rater": panel.names[worst["rater"]],
        "warning": Name("panel.warning", worst["kind"]), "share": 100 * worst["share"], "of": int(worst["of"]),
    })  # fmt: skip
