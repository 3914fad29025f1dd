"""Laboratory: values that lie far from the others of their kind."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core import ids
from core.statistics.answers import Name, Part, Says
from core.statistics.cohort import Array, Cohort
from core.statistics.laboratory_tallies import CONSISTENT, Tally, tallies
from core.statistics.laboratory_values import Query, Values, about, behind, nothing, values_of
from core.statistics.numbers import ranked

FEWEST_VALUES = 30  # in a group; in a smaller one nothing is called far
FARTHEST = 4.0  # times 1.4826 MAD that a value may lie from the median
MOST_ROWS, MOST_POINTS = 200, 100
COLUMNS = (
    "sample", "secondary_cut", "seq", "replicate", "value", "median", "limit_low", "limit_high", "distance",
)  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """By group: its tally, its median, and its limits; NaN where the rule says nothing."""

    of: list[Tally]
    median: Array
    scale: Array  # 1.4826 MAD; 0 where more than half of the values are the same

    @property
    def judged(self) -> Array:
        return np.array([of.n >= FEWEST_VALUES for of in self.of], bool) & (self.scale > 0)

    @property
    def reach(self) -> Array:
        return np.where(self.judged, FARTHEST * self.scale, np.nan)


def outliers(cohort: Cohort, query: Query) -> Part:
    """Values beyond median +- 4 x 1.4826 MAD of their species, secondary cut and preparation, where those have 30
    values or more; the farthest first. The scale is that of Hampel (1974): it estimates the standard deviation and is
    not moved by the outliers themselves.
    """
    values = values_of(cohort, query)
    if not len(values.numbers):
        return nothing("outliers", COLUMNS, values.rows, values.missing, values.notes)
    there, groups = ranked(values.rows.of_sample("secondary_cut"))
    cuts = [cohort.keys("secondary_cut")[code] for code in there]
    limits = limits_of(tallies(values.numbers, groups, len(cuts)))
    distance = np.abs(values.numbers - limits.median[groups])
    with np.errstate(invalid="ignore"):
        far = np.flatnonzero(distance > limits.reach[groups])
    table, found = _table(values, groups, cuts, limits, far)
    usual = values.usual()
    told = {
        "measure": Name("measure", values.measure), "n": len(values.numbers), "found": len(far),
        "outside": int(values.outside().sum()),
    }  # fmt: skip
    key = "laboratory.says_outliers" if usual else "laboratory.says_outliers_only"
    return Part(
        "outliers", table, values.rows.count(), values.missing, Says(key, told), notes=_notes(values, limits, len(far)),
        kinds={"secondary_cut": "secondary_cuts"}, narrows=behind(found[:, None]),
        more=about(values) | {"usual": usual, "groups": _groups(cuts, limits, groups[far])},
    )  # fmt: skip


def limits_of(of: list[Tally]) -> Limits:
    return Limits(of, np.array([each.median for each in of]), np.array([CONSISTENT * each.mad for each in of]))


def _table(values: Values, groups: Array, cuts: list[str], limits: Limits, far: Array) -> tuple[pd.DataFrame, Array]:
    """The farthest of the far ones, measured in their group's 1.4826 MAD; and the ids of their samples."""
    distance = (values.numbers[far] - limits.median[groups[far]]) / limits.scale[groups[far]]
    order = np.argsort(-np.abs(distance), kind="stable")[:MOST_ROWS]
    chosen, group, rows = far[order], groups[far[order]], values.rows
    found = rows.cohort.facts.samples["sample_id"][rows["sample"][chosen]]
    median, reach = limits.median[group], limits.reach[group]
    table = {
        "sample": [ids.pretty(key.decode()) for key in found],
        "secondary_cut": [cuts[place] for place in group],
        "seq": rows["seq"][chosen],
        "replicate": rows["replicate"][chosen],
        "value": values.numbers[chosen],
        "median": median,
        "limit_low": median - reach,
        "limit_high": median + reach,
        "distance": distance[order],
    }
    return pd.DataFrame(table), found


def _groups(cuts: list[str], limits: Limits, far: Array) -> list[dict[str, Any]]:
    """What the chart shows of each group: those with most outliers first, then those with most values."""
    count = np.bincount(far, minlength=len(cuts))
    order = np.lexsort((-np.array([of.n for of in limits.of]), -count))
    low, high = limits.median - limits.reach, limits.median + limits.reach
    return [
        {"secondary_cut": cuts[g], "n": limits.of[g].n, "outliers": int(count[g]), "median": limits.median[g],
         "low": low[g], "high": high[g], "points": limits.of[g].spread_out(MOST_POINTS)}
        for g in order
    ]  # fmt: skip


def _notes(values: Values, limits: Limits, found: int) -> tuple[Says, ...]:
    n, alike = np.array([of.n for of in limits.of]), limits.scale == 0
    few = int(n[n < FEWEST_VALUES].sum())
    same = int(np.count_nonzero(alike & (n >= FEWEST_VALUES)))
    notes = [Says("laboratory.note_rule")]
    notes += [Says("laboratory.note_few_values", {"n": few, "fewest": FEWEST_VALUES})] if few else []
    notes += [Says("laboratory.note_no_spread", {"n": same})] if same else []
    notes += [Says("laboratory.note_farthest", {"n": MOST_ROWS, "found": found})] if found > MOST_ROWS else []
    return (*values.notes, *notes)
