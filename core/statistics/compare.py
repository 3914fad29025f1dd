"""Compare groups: whether the animals of some groups differ in a score or a measure, and which groups do.

The animal is the unit that was drawn: its mean of the response within a group is one observation of all that is said
here, also of the means and the quartiles. Groups of fewer than five animals are shown and not tested.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from core.statistics import posthoc
from core.statistics.answers import Name, Part, Says, Test
from core.statistics.cohort import Array, Cohort
from core.statistics.numbers import ALPHA, FEWEST, half_width, quartiles
from core.statistics.posthoc import AllPairs, Moments
from core.statistics.responses import KINDS, Query, Response, response_of

MEANS = [
    "group", "n", "samples", "animals", "mean", "sd", "sem", "low", "high", "min", "q1", "median", "q3", "max",
    "letters", "is_small",
]  # fmt: skip
PAIRS = ["group", "against", "difference", "low", "high", "p_adjusted", "hedges_g"]
DECIMALS = 10  # what is left of an animal's mean when it is ranked, so that rounding breaks no tie


@dataclass(frozen=True)
class Tested:
    """The groups that are large enough: their tests, and all of their pairs where there is more than one group."""

    response: Response
    medians: Array  # of all groups

    @cached_property
    def places(self) -> Array:
        return self.response.large

    @cached_property
    def _observed(self) -> tuple[Array, Array]:
        """The animals' means in those groups, and the groups' numbers from 0."""
        place = np.full(self.response.k, -1)
        place[self.places] = np.arange(len(self.places))
        group = place[self.response.of_group]
        return self.response.means[group >= 0], group[group >= 0]

    @cached_property
    def moments(self) -> Moments:
        return posthoc.moments(*self._observed, len(self.places))

    @cached_property
    def spread(self) -> Test | None:
        return posthoc.brown_forsythe(*self._observed, self.medians[self.places])

    @property
    def is_unequal(self) -> bool:
        """Whether the variances differ, so that nothing may go by a common one."""
        return self.spread is not None and self.spread.p < ALPHA

    @cached_property
    def tests(self) -> tuple[Test, ...]:
        if len(self.places) < 2:
            return ()
        means, group = self._observed
        overall = posthoc.welch(self.moments) if self.is_unequal else posthoc.anova(self.moments)
        ranks = posthoc.kruskal(np.round(means, DECIMALS), group, len(self.places))
        return tuple(test for test in (overall, ranks, self.spread) if test is not None)

    @cached_property
    def pairs(self) -> AllPairs | None:
        if len(self.places) < 2:
            return None
        return (posthoc.games_howell if self.is_unequal else posthoc.tukey_kramer)(self.moments)


def means(cohort: Cohort, query: Query) -> Part:
    """The groups' means with 95 % intervals; groups that share a letter do not differ."""
    response = response_of(cohort, query)
    ordered = quartiles(response.means, response.of_group, response.k)
    tested = Tested(response, ordered["median"].to_numpy())
    table = _table(response, ordered)
    if tested.pairs is not None:
        table.loc[tested.places, "letters"] = posthoc.letters(tested.moments.mean, tested.pairs)
    letters = (Says("compare.note_letters"),) if table["letters"].any() else ()
    notes = (*notes_of(response), *_note_pairs(tested), *letters)
    return Part(
        "means", table, response.n, response.missing, _says(response, tested, table), tested.tests, notes,
        kinds={"group": KINDS[query.factor]}, link=link_of(query.factor), narrows=narrows_of(response),
        more=response.about(),
    )  # fmt: skip


def all_pairs(cohort: Cohort, query: Query) -> Part:
    """The difference of each pair of groups, with an interval that holds for all pairs at once."""
    response = response_of(cohort, query)
    ordered = quartiles(response.means, response.of_group, response.k)
    tested = Tested(response, ordered["median"].to_numpy())
    table = pd.DataFrame({name: [] for name in PAIRS})
    if (found := tested.pairs) is not None:
        keys = np.array(response.keys, object)[tested.places]
        columns = (
            keys[found.first], keys[found.second], found.difference, *found.intervals(), found.p, found.g
        )  # fmt: skip
        table = pd.DataFrame(dict(zip(PAIRS, columns, strict=True)))
    kind = KINDS[query.factor]
    return Part(
        "pairs", table, response.n, response.missing, _says_pairs(response, table), tested.tests,
        (*notes_of(response), *_note_pairs(tested)), kinds={"group": kind, "against": kind}, more=response.about(),
    )  # fmt: skip


def _table(response: Response, ordered: pd.DataFrame) -> pd.DataFrame:
    groups, animals = response.of_group, response.animals
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(groups, response.means, response.k) / animals
        squares = np.bincount(groups, (response.means - mean[groups]) ** 2, response.k)
        sd = np.sqrt(np.where(animals > 1, squares / (animals - 1), np.nan))
        sem = sd / np.sqrt(animals)
    half = half_width(sem, animals - 1)
    own = {
        "group": list(response.keys), "n": np.bincount(response.groups, minlength=response.k),
        "samples": response.samples, "animals": animals, "mean": mean, "sd": sd, "sem": sem, "low": mean - half,
        "high": mean + half, "letters": "", "is_small": animals < FEWEST,
    }  # fmt: skip
    return pd.concat([pd.DataFrame(own), ordered], axis=1)[MEANS]


def _says(response: Response, tested: Tested, table: pd.DataFrame) -> Says:
    """Whether the groups differ, and which of them has the highest and the lowest mean."""
    values: dict[str, Any] = {"response": Name("attribute", response.name), "n": response.n.animals}
    if table.empty:
        return Says("statistics.says_none")
    large = table.loc[tested.places]
    if len(large) < 2:
        return Says("compare.says_few", values)
    if not tested.tests:
        return Says("compare.says_constant", values)
    p = tested.tests[0].p
    values |= extremes(response, large) | {"p": chance(p)}
    return Says("compare.says_differ" if p < ALPHA else "compare.says_alike", values)


def extremes(response: Response, table: pd.DataFrame) -> dict[str, Any]:
    """What a sentence says of the groups with the highest and the lowest mean."""
    rows = table.to_dict("records")
    top, bottom = max(rows, key=lambda row: row["mean"]), min(rows, key=lambda row: row["mean"])
    return {
        "top": response.called(top["group"]), "high": response.written(top["mean"]),
        "bottom": response.called(bottom["group"]), "low": response.written(bottom["mean"]),
    }  # fmt: skip


def _says_pairs(response: Response, table: pd.DataFrame) -> Says:
    values: dict[str, Any] = {"response": Name("attribute", response.name), "n": response.n.animals}
    if not len(response.rows):
        return Says("statistics.says_none")
    if table.empty:
        return Says("compare.says_few", values)
    if table["p_adjusted"].isna().all():
        return Says("compare.says_constant", values)
    different = int((table["p_adjusted"] < ALPHA).sum())
    least = min(table.dropna().to_dict("records"), key=lambda row: row["p_adjusted"])
    values |= {"pairs": len(table), "different": different, "p": chance(float(least["p_adjusted"]))}
    values |= {"first": response.called(least["group"]), "second": response.called(least["against"])}
    values["difference"] = response.written(abs(least["difference"]))
    return Says("compare.says_pairs" if different else "compare.says_no_pair", values)


def chance(p: float) -> Says:
    """A p-value in a sentence."""
    return Says("compare.p_small") if p < 0.001 else Says("compare.p", {"p": p})


def notes_of(response: Response) -> tuple[Says, ...]:
    """What was left out, what an observation is, and whether the groups hold the same animals."""
    if not len(response.rows):
        return response.notes
    notes = [*response.notes, Says("compare.note_unit")]
    twice = int((np.bincount(response.of_animal) > 1).sum())
    return (*notes, Says("compare.note_twice", {"n": twice})) if twice else tuple(notes)


def _note_pairs(tested: Tested) -> tuple[Says, ...]:
    if tested.pairs is None:
        return ()
    return (Says("compare.note_unequal" if tested.is_unequal else "compare.note_equal"),)


def link_of(factor: str) -> dict[str, str]:
    return {} if factor in ("round", "processing") else {"group": factor}


def narrows_of(response: Response) -> Sequence[Mapping[str, Any] | None]:
    """What the filter cannot say by a column: which samples have had a round. All are raw once."""
    if response.factor not in ("round", "processing"):
        return ()
    facts = response.rows.cohort.facts
    found: list[Mapping[str, Any]] = []
    for place, key in enumerate(response.keys):
        if key in ("raw", "fresh"):
            found.append({"round": "raw"})
        elif key in ("1", "processed"):
            found.append({"processing": "processed"})
        else:
            there = np.zeros(len(facts.samples), bool)
            there[response.rows["sample"][response.groups == place]] = True
            found.append({"ids": facts.samples["sample_id"][there]})
    return found


PARTS: dict[str, Callable[[Cohort, Query], Part]] = {"means": means, "pairs": all_pairs}
__all__ = ["PARTS", "Query", "all_pairs", "means"]
