"""Grades: how they are spread over provinces, cuts, sexes and months, over processing, and over marbling numbers.

Grades of cattle and of pigs are different things: without a species in the filter the one with most samples is taken.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from core.samples.lists import UNKNOWN
from core.statistics.answers import Name, Part, Says, Test
from core.statistics.cohort import Array, Cohort, month_of, months
from core.statistics.filters import CHOICES, StatisticsFilter
from core.statistics.numbers import (
    ALPHA,
    FEWEST,
    crosstab,
    distinct,
    first_of_each,
    half_width,
    ranked,
    share_interval,
)
from core.statistics.reading import CARCASS
from core.statistics.relations_pairs import p_values
from core.statistics.reliability import correlations
from core.statistics.tallies import QUARTILES, coded, described
from core.tables.samples import GRADE_RANKS

GRADES = tuple(sorted(GRADE_RANKS, key=GRADE_RANKS.__getitem__, reverse=True))  # best first
COLUMNS = [
    "group",
    "grade",
    "samples",
    "animals",
    "share",
    "share_low",
    "share_high",
    "of_samples",
    "of_animals",
    "is_small",
]
OF_CARCASS = (
    "value", "grade", "animals", "mean", "sd", "sem", "low", "high", *QUARTILES, "is_small",
)  # fmt: skip


class Query(StatisticsFilter):
    """Grades have no options of their own."""


GROUPS = ("province", "primal_cut", "sex", "breed")  # what grades are counted within that the catalogue lists


def over_keys(column: str, cohort: Cohort, query: Query) -> Part:
    """Grades within each province, primal cut, sex ..., those with most samples first."""
    cohort, notes = one_species(cohort)
    keys = [*cohort.keys(column), UNKNOWN]
    codes = cohort[column]
    there, places = ranked(np.where(codes < 0, len(keys) - 1, codes))
    return _shares(f"by_{column}", cohort, [keys[code] for code in there], places, notes, {"group": column})


def over_months(cohort: Cohort, query: Query) -> Part:
    """Grades within each month of the day that the filter goes by, in Seoul."""
    cohort, notes = one_species(cohort)
    there, places = ranked(months(cohort[query.period]))
    return _shares("by_month", cohort, [month_of(month) for month in there], places, notes, {"group": "month"})


def over_processing(cohort: Cohort, query: Query) -> Part:
    """Grades of what was never processed beside those of what was."""
    cohort, notes = one_species(cohort)
    places = (cohort["rounds"] > 0).astype(int)
    return _shares("by_processing", cohort, ["fresh", "processed"], places, notes, {"group": "processing"})


def over_rounds(cohort: Cohort, query: Query) -> Part:
    """Grades by the number of rounds of processing that a sample has had."""
    cohort, notes = one_species(cohort)
    there, places = ranked(cohort["rounds"])
    return _shares("by_rounds", cohort, there.tolist(), places, notes, {"group": "rounds"})


def over_bms(cohort: Cohort, query: Query) -> Part:
    """How many samples have each beef marbling number."""
    bms = cohort["bms"]
    known = bms > 0
    samples = np.bincount(bms[known], minlength=10)[1:]
    animals = distinct(np.where(known, bms - 1, -1), 9, cohort["animal"], cohort.facts.animals)
    n = cohort.count(known)
    share = _of(samples, n.samples)
    low, high = share_interval(share * n.animals, np.full(9, n.animals))
    table = pd.DataFrame(
        {
            "bms": range(1, 10),
            "samples": samples,
            "animals": animals,
            "share": share,
            "share_low": low,
            "share_high": high,
        }
    )
    median = float(np.median(bms[known])) if n.samples else None
    says = Says("grades.says_bms", {"median": median, "n": n.samples}) if n.samples else Says("statistics.says_none")
    return Part("bms", table, n, int((~known).sum()), says, link={"bms": "bms"})


def over_carcass(cohort: Cohort, query: Query) -> Part:
    """Official figures of the carcass by grade: quartiles, and the mean with its interval."""
    cohort, notes = one_species(cohort)
    grade, animal, known = _grades(cohort), cohort["animal"], np.zeros(len(cohort), bool)
    tables, found = list[pd.DataFrame](), list[Test | None]()
    for value in CARCASS:
        numbers = cohort[value]
        there = ~np.isnan(numbers) & (grade >= 0)
        known |= there
        # One carcass counts once, however many samples were cut from it.
        first = first_of_each(animal, cohort.facts.animals, there)
        codes, levels = coded(numbers[first])
        counts = crosstab(grade[first], len(GRADES), codes, len(levels))
        tables.append(_carcass(counts, levels).assign(value=value, grade=GRADES))
        found.append(_association(counts, levels, value))
    table = pd.concat(tables, ignore_index=True)
    table = table.loc[table["animals"] > 0, list(OF_CARCASS)].reset_index(drop=True)
    tests = tuple(test for test in found if test)
    n = cohort.count(known)
    says = Says("grades.says_carcass", {"n": n.animals}) if n.samples else Says("statistics.says_none")
    if tests and min(test.p for test in tests) >= ALPHA:
        says = Says("grades.says_carcass_none", {"n": n.animals})
    elif tests:
        strongest = max(tests, key=lambda test: abs(test.effect or 0))
        values = {"value": Name("field", strongest.of), "rho": strongest.effect, "n": n.animals}
        says = Says("grades.says_carcass_strongest", values)
    kinds = {"value": "field", "grade": "grades"}
    more = {"species": cohort.wanted.species}
    link = {"grade": "grade"}
    return Part("carcass", table, n, int((~known).sum()), says, tests, notes, kinds=kinds, link=link, more=more)


def one_species(cohort: Cohort) -> tuple[Cohort, tuple[Says, ...]]:
    """The cohort narrowed to the species that is wanted, else to the one with most samples; and what was left out."""
    if cohort.wanted.species or not len(cohort):
        return cohort, ()
    counts = np.bincount(cohort["species"])
    species = cohort.keys("species")[int(counts.argmax())]
    if counts.max() == len(cohort):
        return cohort, ()
    left = Says("statistics.note_species", {"species": Name("species", species), "n": len(cohort) - int(counts.max())})
    return Cohort(cohort.facts, cohort.wanted.model_copy(update={"species": species})), (left,)


def _grades(cohort: Cohort) -> Array:
    """The place of each sample's grade in GRADES; -1 where it has none."""
    places = [GRADES.index(key) for key in cohort.keys("grade")]
    return np.append(places, -1).astype(int)[cohort["grade"]]


def _shares(
    name: str, cohort: Cohort, groups: Sequence[Any], places: Array, notes: tuple[Says, ...], link: dict[str, str]
) -> Part:  # fmt: skip
    """The share of each grade within each group, in samples; the test counts each animal once a group."""
    grade = np.where(places >= 0, _grades(cohort), -1)
    samples = crosstab(places, len(groups), grade, len(GRADES))
    cell = np.where(grade >= 0, places * len(GRADES) + grade, -1)
    animals = distinct(cell, samples.size, cohort["animal"], cohort.facts.animals).reshape(samples.shape)
    there, of_group = samples.sum(axis=0) > 0, samples.sum(axis=1)
    has_own_order = link.get("group") not in GROUPS
    order = np.arange(len(groups)) if has_own_order else np.argsort(-of_group, kind="stable")
    order = order[of_group[order] > 0]
    table = _long([groups[place] for place in order], samples[order][:, there], animals[order][:, there],
                  [key for key, is_there in zip(GRADES, there, strict=True) if is_there])  # fmt: skip
    n = cohort.count(grade >= 0)
    test = independence(animals[order][:, there])
    says = _says(name, table, n.samples, test)
    kinds = {"group": CHOICES.get(link.get("group", ""), "processing"), "grade": "grades"}
    if name in ("by_month", "by_rounds"):
        del kinds["group"]
    return Part(
        name, table, n, int((grade < 0).sum()), says, (test,) if test else (), notes, kinds=kinds,
        link=link | {"grade": "grade"}, more={"species": cohort.wanted.species},
    )  # fmt: skip


def _long(groups: Sequence[Any], samples: Array, animals: Array, grades: Sequence[str]) -> pd.DataFrame:
    of_samples, of_animals = samples.sum(axis=1), animals.sum(axis=1)
    shares = samples / of_samples[:, None]
    low, high = share_interval(shares * of_animals[:, None], of_animals[:, None])  # as sure as the animals make it
    rows = [
        (group, grade, samples[r, c], animals[r, c], shares[r, c], low[r, c], high[r, c],
         of_samples[r], of_animals[r], bool(of_animals[r] < FEWEST))
        for r, group in enumerate(groups) for c, grade in enumerate(grades)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


def independence(counts: Array) -> Test | None:
    """Whether rows differ in their shares: Pearson's chi-square, or Fisher's exact test of a 2 x 2 table with an
    expected count below 5. Rows with fewer than five are left out. The effect is Cramer's V (Cramer 1946).
    """
    counts = counts[counts.sum(axis=1) >= FEWEST]
    counts = counts[:, counts.sum(axis=0) > 0]
    if min(counts.shape) < 2:
        return None
    found = stats.chi2_contingency(counts, correction=False)
    n = int(counts.sum())
    effect = float(np.sqrt(found.statistic / n / (min(counts.shape) - 1)))
    if counts.shape == (2, 2) and found.expected_freq.min() < FEWEST:
        ratio, p = stats.fisher_exact(counts)
        return Test("fisher", float(ratio), (), float(p), "cramers_v", effect, n)
    return Test("chi_square", float(found.statistic), (float(found.dof),), float(found.pvalue), "cramers_v", effect, n)


def _carcass(counts: Array, levels: Array) -> pd.DataFrame:
    """Quartiles, and the mean with its interval, of figures that so many animals of each grade have."""
    told = described(counts, levels)
    with np.errstate(divide="ignore", invalid="ignore"):
        sem = told["sd"] / np.sqrt(told["n"])
    half = half_width(sem, told["n"] - 1)
    more = {"animals": told["n"], "sem": sem, "low": told["mean"] - half, "high": told["mean"] + half}
    return pd.DataFrame(told | more | {"is_small": told["n"] < FEWEST})


def _association(counts: Array, levels: Array, of: str) -> Test | None:
    """Spearman's rank correlation of a carcass figure with the grade, one animal once; best grade highest."""
    grade, level = np.nonzero(counts)
    n, count = int(counts.sum()), counts[grade, level]
    if n < FEWEST or len(np.unique(grade)) < 2 or len(np.unique(level)) < 2:
        return None
    _, (rho,) = correlations(np.zeros(len(grade), np.intp), levels[level], -grade.astype(float), count, 1)
    p = float(p_values(rho, np.array(n - 2)))
    return Test("spearman", float(rho), (n - 2.0,), p, "rho", float(rho), n, of)


def _says(name: str, table: pd.DataFrame, n: int, test: Test | None) -> Says:
    """Where the best grade is most and least frequent, and whether that is more than chance."""
    if table.empty:
        return Says("statistics.says_none")
    best = table["grade"].iloc[0]
    shares = table[(table["grade"] == best) & ~table["is_small"] & (table["group"] != UNKNOWN)]
    if shares.empty:
        return Says("grades.says_few", {"n": n})
    top, bottom = shares.loc[shares["share"].idxmax()], shares.loc[shares["share"].idxmin()]
    values = {"grade": best, "high": 100 * top["share"], "low": 100 * bottom["share"], "n": n}
    values |= {"top": group_name(name, top["group"]), "bottom": group_name(name, bottom["group"])}
    if len(shares) == 1:
        return Says("grades.says_one", values)
    is_chance = test is None or test.p >= ALPHA
    return Says("grades.says_chance" if is_chance else "grades.says_shares", values)


def group_name(part: str, group: Any) -> Any:
    """What a group of a part is called in a sentence."""
    if part == "by_month":
        return f"{group:%Y-%m}"
    if part == "by_rounds":
        return Says("statistics.rounds_n", {"n": group})
    return Name(CHOICES.get(part.removeprefix("by_"), "processing"), group)


def _of(counts: Array, total: int) -> Array:
    return counts / total if total else np.full(len(counts), np.nan)


PARTS: dict[str, Callable[[Cohort, Query], Part]] = {
    **{f"by_{name}": partial(over_keys, name) for name in GROUPS},
    "by_month": over_months,
    "by_processing": over_processing,
    "by_rounds": over_rounds,
    "bms": over_bms,
    "carcass": over_carcass,
}
