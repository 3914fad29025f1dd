"""Laboratory: how far the replicates of one sample, round and preparation lie apart."""

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from core.derived import LARGEST_CV
from core.statistics.answers import Name, Part, Says
from core.statistics.cohort import Array, Cohort, Rows, count_distinct
from core.statistics.laboratory_values import (
    PREPARATIONS,
    TONGUE,
    Query,
    behind,
    counted,
    ids_of,
    nothing,
    of_one_unit,
)
from core.statistics.numbers import FEWEST, LEVEL
from core.tables.samples import MEASURES

REPEATABILITY = 2.77  # 1.96 x sqrt(2), rounded
ZERO = 1e-9  # a mean that is no farther from 0 is 0, but for rounding
COLUMNS = (
    "measure", "preparation", "unit", "sets", "n", "samples", "animals", "sd", "sd_low", "sd_high", "cv",
    "repeatability", "cv_limit", "above", "share_above", "is_small",
)  # fmt: skip


def replicates(cohort: Cohort, query: Query) -> Part:
    """For each measure and preparation what its sets of two and more replicates say of its repeatability.

    `sd` is the repeatability standard deviation: the root of the mean variance within sets, each weighted by its
    degrees of freedom (ISO 5725-2), with its 95 % interval by chi-square. `cv` in % is the same of the sets'
    coefficients of variation (Glueer et al. 1995).
    `repeatability` is the limit r = 2.77 sd, which the difference of two replicates exceeds one time in twenty
    (ISO 5725-6). `above` counts the sets whose coefficient is above `cv_limit`.
    """
    measured, kept, found = cohort.measurements(), list[Array](), list[tuple[dict[str, Any], Array]]()
    for preparation in PREPARATIONS:
        own = measured["preparation"] == cohort.code("preparation", preparation)
        sets = Sets(measured.some(own))
        kept.append(sets.rows.rows)
        found += [row for key in counted(sets.rows) if (row := _row(sets, key, preparation))]
    rows = Rows(cohort, measured.table, np.concatenate(kept))
    missing = len(measured) - len(rows)
    if not found:
        return nothing("replicates", COLUMNS, rows, missing)
    found.sort(key=lambda row: MEASURES.index(row[0]["measure"]))
    table = pd.DataFrame([row for row, _ in found])[list(COLUMNS)].astype({"above": "Int64"})
    return Part(
        "replicates", table, rows.count(), missing, _says(table), notes=_notes(table, missing),
        kinds={"measure": "measure", "preparation": "preparation"}, narrows=behind(samples for _, samples in found),
    )  # fmt: skip


class Sets:
    """The sets of two and more replicates of one sample and round; `rows`, of one preparation, are in their order."""

    def __init__(self, rows: Rows) -> None:
        sizes = np.diff(np.flatnonzero(rows.new_round), append=len(rows))
        self.rows = rows.some(np.repeat(sizes > 1, sizes))
        self.sizes = sizes[sizes > 1]
        self.first = np.cumsum(self.sizes) - self.sizes
        self.sample = self.rows["sample"][self.first]

    def moments(self, values: Array, known: Array) -> tuple[Array, Array, Array]:
        """By set: how many values are known, their mean, their variance (n - 1)."""
        n = np.add.reduceat(known.astype(np.int64), self.first)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.add.reduceat(np.where(known, values, 0), self.first) / n
            apart = np.where(known, values - np.repeat(mean, self.sizes), 0)
            return n, mean, np.add.reduceat(np.square(apart, out=apart), self.first) / (n - 1)


def _row(sets: Sets, measure: str, preparation: str) -> tuple[dict[str, Any], Array] | None:
    """A row of the table and the samples behind it; None where no set has two values."""
    facts, values = sets.rows.cohort.facts, sets.rows[measure]
    unit, in_unit = of_one_unit(sets.rows, measure, ~np.isnan(values))
    n, mean, variance = sets.moments(values, in_unit)
    own = n > 1
    if not own.any():
        return None
    samples = ids_of(sets.rows, sets.sample[own])
    animals = count_distinct(facts.samples["animal"][sets.sample[own]], facts.animals)
    row = {
        "measure": measure, "preparation": preparation, "unit": unit, "sets": int(own.sum()), "n": int(n[own].sum()),
        "samples": len(samples), "animals": animals, "is_small": animals < FEWEST,
    }  # fmt: skip
    row |= _spread(n[own] - 1, variance[own]) | _variation(measure, n[own] - 1, mean[own], variance[own])
    return row, samples


def _spread(freedom: Array, variance: Array) -> dict[str, Any]:
    """The repeatability standard deviation with its interval, and the repeatability limit."""
    all_of = int(freedom.sum())
    sd = float(np.sqrt(freedom @ variance / all_of))
    low, high = sd * np.sqrt(all_of / stats.chi2.ppf([(1 + LEVEL) / 2, (1 - LEVEL) / 2], all_of))
    return {"sd": sd, "sd_low": low, "sd_high": high, "repeatability": REPEATABILITY * sd}


def _variation(measure: str, freedom: Array, mean: Array, variance: Array) -> dict[str, Any]:
    """The coefficient of variation in %, of the sets whose mean is not 0, and how many are above the limit; nothing
    for the electronic tongue, whose zero is that of a reference solution.
    """
    known, limit = (np.abs(mean) > ZERO) & (measure not in TONGUE), LARGEST_CV.get(measure)
    cv, freedom = 100 * np.sqrt(variance[known]) / np.abs(mean[known]), freedom[known]
    above = int(np.count_nonzero(cv > limit)) if limit else pd.NA
    return {
        "cv": float(np.sqrt(freedom @ cv**2 / freedom.sum())) if len(cv) else np.nan,
        "cv_limit": limit or np.nan,
        "above": above,
        "share_above": above / len(cv) if limit and len(cv) else np.nan,
    }


def _says(table: pd.DataFrame) -> Says:
    """Which measure's replicates lie furthest apart."""
    known = table[table["cv"].notna() & ~table["is_small"]]
    sets = int(table["sets"].sum())
    if known.empty:
        return Says("laboratory.says_sets", {"n": sets})
    cv = known["cv"].to_numpy()
    worst, best = known.iloc[int(cv.argmax())], known.iloc[int(cv.argmin())]
    told = {"measure": Name("measure", worst["measure"]), "cv": worst["cv"], "n": sets}
    if len(known) == 1:
        return Says("laboratory.says_replicates_one", told)
    return Says("laboratory.says_replicates", told | {"best": Name("measure", best["measure"]), "lowest": best["cv"]})


def _notes(table: pd.DataFrame, missing: int) -> tuple[Says, ...]:
    notes = [Says("laboratory.note_repeatability")]
    notes += [Says("laboratory.note_single", {"n": missing})] if missing else []
    notes += [Says("laboratory.note_tongue_cv")] if table["measure"].isin(TONGUE).any() else []
    return tuple(notes)
