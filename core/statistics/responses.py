"""What a comparison compares: the values of one score or measure, in the groups of one factor, animal by animal.

Values that mean different things are not put together: one species (unless the species are compared), one scale of
scores, one preparation of a measure, one unit of cathepsin; of what the filter leaves open that with most values.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from core.measurements import measures
from core.statistics.answers import Name, Says, scale_notes
from core.statistics.cohort import Array, Cohort, N, Rows, Scores, count_distinct
from core.statistics.filters import CHOICES, Score, StatisticsFilter
from core.statistics.grades import GRADES, one_species
from core.statistics.laboratory_values import Measure, most_measured, of_most, of_one_unit
from core.statistics.numbers import FEWEST, Pairs, distinct, pairs
from core.tables.samples import HEATED_SCORES, RAW_SCORES

Factor = Literal[
    "grade", "species", "primal_cut", "secondary_cut", "sex", "breed", "province", "round", "processing",
]  # fmt: skip
# factor -> what its keys are called by (core.statistics.wording.name)
KINDS = CHOICES | {"processing": "processing", "round": "compare.round"}
MOST_GROUPS = 20  # those with most animals
Kept = tuple[Rows, str, str, tuple[Says, ...]]


class Query(StatisticsFilter):
    """`response` is what is compared, `factor` what makes the groups.

    Groups of rounds and of processing are those of the score or value itself: "fresh" is the raw sample.
    """

    response: Annotated[
        Score | Measure | None,
        Field(description="Without it palatability, overall impression, or the measure with most values."),
    ] = None
    factor: Factor = "grade"


@dataclass(frozen=True)
class Response:
    """The values that are compared: `groups` has for each the place of its group in `keys`.

    `means` are the means of each animal in each of its groups: `of_group` says of which group, `of_animal` of which
    animal. `unit` is the scale of a score. `samples` are those of each group. `missing` counts the scores or replicates
    without a value or without a group.
    """

    name: str
    factor: str
    unit: str
    species: str | None
    rows: Rows
    values: Array
    groups: Array
    keys: tuple[str, ...]
    means: Array
    of_group: Array
    of_animal: Array
    samples: Array
    n: N
    missing: int
    notes: tuple[Says, ...]

    @property
    def k(self) -> int:
        return len(self.keys)

    @property
    def is_score(self) -> bool:
        return self.name in RAW_SCORES + HEATED_SCORES

    @property
    def decimals(self) -> int:
        """Of means: one more than single values have."""
        return 2 if self.is_score else int(measures()[self.name]["decimals"]) + 1

    @cached_property
    def animals(self) -> Array:
        """How many animals each group has."""
        return np.bincount(self.of_group, minlength=self.k)

    @property
    def large(self) -> Array:
        """The places of the groups that are tested."""
        return np.flatnonzero(self.animals >= FEWEST)

    def called(self, group: str) -> Any:
        """What a group is called in a sentence."""
        return Name(KINDS[self.factor], group, self.species)

    def written(self, number: float) -> str:
        return f"{number:.{self.decimals}f}"

    def about(self) -> dict[str, Any]:
        """What every chart of it needs besides its numbers."""
        return {
            "response": self.name, "factor": self.factor, "unit": self.unit, "species": self.species,
            "decimals": self.decimals,
        }  # fmt: skip


def response_of(cohort: Cohort, query: Query) -> Response:
    cohort, notes = (cohort, ()) if query.factor == "species" else one_species(cohort)
    rows, name, unit, more = _rows(cohort, query)
    values, (codes, keys) = rows[name], _factor(rows, query.factor)
    known = ~np.isnan(values) & (codes >= 0)
    missing = int(len(rows) - np.count_nonzero(known))
    if missing:
        rows, values, codes = rows.some(known), values[known], codes[known]
    starts, of = _observed(rows, codes, len(keys))
    order, left = _chosen(query.factor, keys, np.bincount(of.group, minlength=len(keys)))
    if left:
        kept = np.isin(codes, order)
        rows, values, codes = rows.some(kept), values[kept], codes[kept]
        starts, of = _observed(rows, codes, len(keys))
        more = (*more, Says("compare.note_groups", {"most": MOST_GROUPS, "n": left}))
    place = np.full(len(keys) + 1, -1)
    place[order] = np.arange(len(order))
    groups, sample = place[codes], rows["sample"][starts]
    sums = np.add.reduceat(values, starts) if len(starts) else np.empty(0)
    counts = np.diff(starts, append=len(values))
    size = len(of.group)
    means = np.bincount(of.of_row, sums, size) / np.bincount(of.of_row, counts, size)
    samples = distinct(groups[starts], len(order), sample, len(cohort.facts.samples))
    n = N(count_distinct(of.id, cohort.facts.animals), count_distinct(sample, len(cohort.facts.samples)), len(values))
    return Response(
        name, query.factor, unit, _species(cohort, query), rows, values, groups, tuple(keys[code] for code in order),
        means, place[of.group], of.id, samples, n, missing, (*notes, *more),
    )  # fmt: skip


def _observed(rows: Rows, codes: Array, k: int) -> tuple[Array, Pairs]:
    """Where each run of rows of one sample and group begins, and the pairs of group and animal of those runs."""
    sample = rows["sample"]
    starts = np.flatnonzero(np.append(True, (sample[1:] != sample[:-1]) | (codes[1:] != codes[:-1]))[: len(sample)])
    facts = rows.cohort.facts
    return starts, pairs(codes[starts], k, facts.samples["animal"][sample[starts]], facts.animals)


def _species(cohort: Cohort, query: Query) -> str | None:
    """The species that all values are of."""
    if query.factor == "species" or not len(cohort):
        return cohort.wanted.species
    return cohort.wanted.species or cohort.keys("species")[int(cohort["species"][0])]


def _rows(cohort: Cohort, query: Query) -> Kept:
    """The scores or replicates that may have the response: which it is, its scale or unit, what was left out."""
    name, wanted = query.response, query.preparation
    if name in HEATED_SCORES or (name is None and wanted != "raw"):
        scores = cohort.evaluations("heated")
        if name or len(scores):
            return _of_scores(scores, name or "palatability", wanted)
    if name in RAW_SCORES or (name is None and wanted != "heated"):
        scores = cohort.evaluations("raw")
        if name or len(scores):
            return _of_scores(scores, name or "overall", wanted)
    rows = cohort.measurements()
    return _of_measure(rows, name or most_measured(rows))


def _of_scores(scores: Scores, name: str, wanted: str | None) -> Kept:
    if wanted not in (None, scores.preparation):  # nobody scores raw meat for what is tasted
        return scores.some(slice(0)), name, "", ()
    return scores, name, scores.scale or "", scale_notes(scores)


def _of_measure(rows: Rows, name: str) -> Kept:
    """Of one preparation, and of one unit."""
    rows, _, notes = of_most(rows, (name,), "preparation")
    known = ~np.isnan(rows[name])
    unit, in_unit = of_one_unit(rows, name, known)
    if left := int(np.count_nonzero(known) - np.count_nonzero(in_unit)):
        notes = (*notes, Says("laboratory.note_unit", {"unit": unit, "n": left}))
        rows = rows.some(in_unit | ~known)
    return rows, name, unit, notes


def _factor(rows: Rows, factor: str) -> tuple[Array, list[str]]:
    """The code of each row's group, -1 where it is not known; and what the codes stand for."""
    if factor == "processing":
        return (rows["seq"] > 0).astype(np.int16), ["fresh", "processed"]
    if factor == "round":
        last = int(rows["seq"].max(initial=0))
        return rows["seq"], ["raw", *(str(seq) for seq in range(1, last + 1))]
    return rows.of_sample(factor), list(rows.cohort.keys(factor))


def _chosen(factor: str, keys: list[str], animals: Array) -> tuple[list[int], int]:
    """The codes of the groups in the order they are shown, and how many groups are left out.

    Grades, rounds and processing have an order of their own; of others the one with most animals comes first.
    """
    largest = np.argsort(-animals, kind="stable")
    there = [int(code) for code in largest if animals[code]]
    order = there[:MOST_GROUPS]
    if factor == "grade":
        order.sort(key=lambda code: GRADES.index(keys[code]))
    elif factor in ("round", "processing"):
        order.sort()
    return order, len(there) - len(order)
