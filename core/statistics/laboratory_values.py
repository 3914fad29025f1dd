"""Laboratory: which values of which measure a part is about.

Raw and heated values of one measure are different things, and so are those of cattle and of pigs: unless the filter or
the groups tell them apart, those are taken of which there are most, and a note says what was left out.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from core.measurements import measures, usual_range
from core.statistics.answers import Name, Part, Says
from core.statistics.cohort import Array, Cohort, Rows
from core.statistics.filters import StatisticsFilter
from core.statistics.numbers import in_groups
from core.tables.samples import MEASURES

Measure = Literal[
    "ph", "l_star", "a_star", "b_star", "drip_loss", "cooking_loss", "released_water", "whc", "wbsf_kgf", "mfi",
    "collagen", "collagen_soluble", "cathepsin", "sarcomere", "moisture", "crude_protein", "crude_fat", "ash", "tbars",
    "vbn", "tpc", "aging_loss", "et_sourness", "et_bitterness", "et_umami", "et_richness", "et_saltiness",
    "et_astringency",
]  # fmt: skip
By = Literal["none", "species", "primal_cut", "grade", "sex", "breed", "round", "preparation"]
TONGUE = tuple(key for key in MEASURES if key.startswith("et_"))
SPECIES, PREPARATIONS = ("cattle", "pig"), ("raw", "heated")
KINDS = {"preparation": PREPARATIONS, "species": SPECIES}


class Query(StatisticsFilter):
    """`measure` is what the distribution, the box plot and the outliers are about; `by` forms the box plot's groups."""

    measure: Annotated[Measure | None, Field(description="Without it the one with most values.")] = None
    by: By = "none"


@dataclass(frozen=True)
class Values:
    """The values of one measure; `rows` are the replicates that have one, in the order of `numbers`.

    `species` and `preparation` are those that all values are of, else None. `missing` counts the replicates of that
    kind in which the measure is empty.
    """

    measure: str
    rows: Rows
    numbers: Array
    species: str | None
    preparation: str | None
    unit: str
    missing: int
    notes: tuple[Says, ...]

    @property
    def decimals(self) -> int:
        return int(measures()[self.measure]["decimals"])

    def quantity(self, number: float) -> str:
        """A number with the decimals and the unit of the measure."""
        return f"{number:.{self.decimals}f} {self.unit}".strip()

    def usual(self) -> tuple[float, float] | None:
        """The usual range of all of them; None where they are not of one kind, or none is known."""
        if self.species is None or self.preparation is None:
            return None
        return usual_range(self.measure, self.species, self.preparation)

    def outside(self) -> Array:
        """Which of them lie outside of what is usual for their species and preparation."""
        return outside(self.rows, self.measure, self.numbers)


def values_of(cohort: Cohort, query: Query, apart: Collection[str] = ()) -> Values:
    """The values of the measure that is asked for.

    Args:
        apart: what need not be narrowed to one, because the groups tell it apart: "species", "preparation".
    """
    rows = cohort.measurements()
    measure = query.measure or most_measured(rows)
    of, notes = {"preparation": query.preparation, "species": query.species}, list[Says]()
    for name in [name for name in of if name not in apart]:
        rows, of[name], left_out = of_most(rows, (measure,), name)
        notes += left_out
    known = ~np.isnan(rows[measure])
    unit, own = of_one_unit(rows, measure, known)
    left = int(known.sum() - own.sum())
    notes += [Says("laboratory.note_unit", {"unit": unit, "n": left})] if left else []
    chosen, codes = rows.some(own), rows["preparation"]
    missing = int(np.count_nonzero(~known & np.isin(codes, np.unique(codes[known]))))
    return Values(
        measure, chosen, chosen[measure], of["species"], of["preparation"], unit, missing, tuple(notes)
    )  # fmt: skip


def of_most(rows: Rows, keys: Iterable[str], name: str) -> tuple[Rows, str | None, tuple[Says, ...]]:
    """The rows of the species or preparation that is wanted, else of the one with most values of some measures; which
    one that is, and what was left out.
    """
    cohort, keys = rows.cohort, tuple(keys)
    if wanted := getattr(cohort.wanted, name):
        return rows, wanted, ()
    codes = rows[name] if name == "preparation" else rows.of_sample(name)
    parts = {key: rows.some(codes == cohort.code(name, key)) for key in KINDS[name]}
    counts = {key: int(sum(map(sum, counted(part, keys).values()))) for key, part in parts.items()}
    most = max(counts, key=counts.__getitem__)
    if not counts[most]:
        return rows, None, ()
    left = sum(counts.values()) - counts[most]
    note = Says(f"laboratory.note_{name}", {"kept": Name(name, most), "n": left})
    return parts[most], most, (note,) if left else ()


def of_one_unit(rows: Rows, measure: str, known: Array) -> tuple[str, Array]:
    """The unit, and which of the known values are in it: cathepsin has one for each value, the most frequent counts."""
    if measure != "cathepsin" or not known.any():
        return str(measures()[measure]["unit"]), known
    codes = rows["cathepsin_unit"]
    most = int(np.bincount(codes[known]).argmax())
    return rows.cohort.keys("cathepsin_unit")[most], known & (codes == most)


def most_measured(rows: Rows) -> str:
    """The measure with most values; the first of all where there is none."""
    counts = counted(rows)
    return max(counts, key=lambda key: counts[key].sum(), default=MEASURES[0])


def counted(rows: Rows, keys: Iterable[str] = MEASURES) -> dict[str, Array]:
    """How many values each measure has, raw and heated; those without any are not in it."""
    chosen = np.zeros(len(rows.table), bool)  # whole columns are read sooner than many places of them
    chosen[rows.rows] = True
    is_heated, counts = rows.table["preparation"] == rows.cohort.code("preparation", "heated"), dict[str, Array]()
    for key in keys:
        known = chosen & ~np.isnan(rows.table[key])
        if total := np.count_nonzero(known):
            heated = np.count_nonzero(known & is_heated)
            counts[key] = np.array([total - heated, heated])
    return counts


def outside(rows: Rows, measure: str, numbers: Array) -> Array:
    """Which values of a measure lie outside of what is usual for their species and preparation."""
    species, preparation = rows.of_sample("species"), rows["preparation"]
    low, high = np.full((2, 2), -np.inf), np.full((2, 2), np.inf)
    place = {name: np.array([keys.index(key) for key in rows.cohort.keys(name)] or [0]) for name, keys in KINDS.items()}
    for s, of_species in enumerate(SPECIES):
        for p, of_preparation in enumerate(PREPARATIONS):
            if span := usual_range(measure, of_species, of_preparation):
                low[s, p], high[s, p] = span
    at = place["species"][species], place["preparation"][preparation]
    return np.asarray((numbers < low[at]) | (numbers > high[at]))


def samples_of(rows: Rows, groups: Array, k: int) -> list[Array]:
    """The ids of each group's samples."""
    sample = rows["sample"]
    found: list[Array] = [np.empty(0, "S11")] * k
    for group, places in in_groups(groups, k):
        found[group] = ids_of(rows, sample[places])
    return found


def ids_of(rows: Rows, sample: Array) -> Array:
    """The ids of some rows' samples, each once; the facts are in the order of the samples."""
    return np.asarray(rows.cohort.facts.samples["sample_id"][sample[np.diff(sample, prepend=-1) != 0]])


def behind(samples: Iterable[Array]) -> list[dict[str, Any]]:
    """What each row of a table stands for, as `Part.narrows` says it."""
    return [{"ids": own} for own in samples]


def nothing(name: str, columns: Iterable[str], rows: Rows, missing: int, notes: tuple[Says, ...] = ()) -> Part:
    """A part that has no value to show."""
    table = pd.DataFrame({column: [] for column in columns})
    return Part(name, table, rows.count(), missing, Says("statistics.says_none"), notes=notes)


def about(values: Values) -> dict[str, Any]:
    """What every chart of one measure needs besides its numbers."""
    # A mean has one decimal more than its values, and so have the edges of bins, which lie between values.
    told = {"measure": values.measure, "unit": values.unit, "decimals": values.decimals + 1}
    return told | {"species": values.species, "preparation": values.preparation}
