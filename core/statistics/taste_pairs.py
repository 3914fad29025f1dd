"""Scores in pairs: a sample before and after processing, raw and heated. The animal is what is compared."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import stats

from core.statistics import numbers
from core.statistics.answers import Test
from core.statistics.cohort import Array, Cohort, N, Scores, count_distinct
from core.statistics.numbers import FEWEST, Pairs
from core.statistics.taste_tables import Row, present, some
from core.tables.samples import SCORES

EXACT = 50  # up to so many differences the signed ranks are counted out
SAME = 9  # decimals to which means have to be alike to be ties
TESTED = ["t", "df", "p", "d_z", "v", "p_wilcoxon"]


class Cells:
    """The mean scores of each sample after each round, of samples that were processed; in the order of the rounds.

    `seqs` are the rounds that there are; `seq` and `sample` say which round and sample a cell is of.
    """

    def __init__(self, scores: Scores) -> None:
        facts = scores.cohort.facts
        processed = _seen(scores["sample"][scores["seq"] > 0], len(facts.samples))
        self.scores = some(scores, processed[scores["sample"]])
        self.seqs, codes = present(self.scores["seq"])
        self._of = numbers.pairs(codes, len(self.seqs), self.scores["sample"], len(facts.samples))
        self.place, self.sample = self._of.group, self._of.id
        self.seq = self.seqs[self.place]
        self.animal = facts.samples["animal"][self.sample]

    def means(self, attribute: str) -> tuple[Array, Array]:
        """Each cell's mean of an attribute, empty where it has none; and of how many scores."""
        return _means(self.scores[attribute], self._of)

    def before(self, means: Array) -> Array:
        """For each cell the mean of the same sample when it was raw."""
        raw = np.full(len(self.scores.cohort.facts.samples), np.nan)
        is_raw = self.seq == 0
        raw[self.sample[is_raw]] = means[is_raw]
        return raw[self.sample]


def changes(scores: Scores, wanted: str | None) -> tuple[pd.DataFrame, N, int]:
    """For each attribute and round how samples differ from when they were raw; n; how many pairs lack a half.

    `change` is the mean change of all pairs, `low` and `high` go by animals. t, p and d_z (Cohen 1988: mean by standard
    deviation) and Wilcoxon's V are of the animals' mean changes; q are p for all that is shown together.

    Args:
        wanted: the rounds that are shown, as the filter says them.
    """
    cells = Cells(scores)
    shown = (cells.seq > 0) & (cells.seq == int(wanted) if wanted and wanted.isdecimal() else wanted != "raw")
    names = SCORES[scores.preparation]
    apart, befores, n_scores = [], [], 0
    for attribute in names:
        means, counts = cells.means(attribute)
        before = cells.before(means)
        known = shown & ~np.isnan(means - before)
        befores.append(np.where(known, before, np.nan)[shown])
        apart.append((means - before)[shown])
        n_scores += _count_scores(cells, known, counts)
    table = _compared(cells, shown, names, befores, apart)
    missing = len(names) * int(shown.sum()) - int(table["samples"].sum())
    paired = np.flatnonzero(shown)[np.logical_or.reduce([~np.isnan(values) for values in apart])]
    table["q"], table["q_wilcoxon"] = (numbers.adjusted(table[name].to_numpy()) for name in ("p", "p_wilcoxon"))
    table["is_small"] = table["animals"] < FEWEST
    first = ["attribute", "round", "samples", "animals", "before", "after", "change", "sd", "sem", "low", "high"]
    facts = scores.cohort.facts
    n = N(
        count_distinct(cells.animal[paired], facts.animals), count_distinct(cells.sample[paired], len(facts.samples)),
        n_scores,
    )  # fmt: skip
    tests = ["t", "df", "p", "q", "d_z", "v", "p_wilcoxon", "q_wilcoxon"]
    return table[[*first, *tests, "is_small"]], n, missing


def samples_of_change(scores: Scores, row: Row) -> Array:
    """The samples (their places in the facts) whose change a row of the table is of."""
    cells = Cells(scores)
    means, _ = cells.means(row["attribute"])
    known = (cells.seq == row["round"]) & ~np.isnan(means - cells.before(means))
    return cells.sample[known]


class Both:
    """Raw and heated scores of the samples and rounds that have both, on one scale: that of the heated ones."""

    def __init__(self, cohort: Cohort) -> None:
        heated = cohort.evaluations("heated")
        samples = len(cohort.facts.samples)
        own = Cohort(cohort.facts, cohort.wanted.model_copy(update={"scale": heated.scale}))
        own.mask = cohort.mask & _seen(heated["sample"], samples)
        raw = own.evaluations("raw")
        there = _seen(raw["sample"], samples)
        self.sample = np.flatnonzero(there)
        heated = some(heated, there[heated["sample"]])
        self.rounds = int(max(scores["seq"].max(initial=0) for scores in (raw, heated))) + 1
        self.cells = len(self.sample) * self.rounds
        place = np.zeros(samples, np.int64)
        place[self.sample] = np.arange(len(self.sample)) * self.rounds
        of_raw, of_heated = (place[scores["sample"]] + scores["seq"] for scores in (raw, heated))
        raw_too, heated_too = _seen(of_raw, self.cells)[of_heated], _seen(of_heated, self.cells)[of_raw]
        self.raw, self.heated = some(raw, heated_too), some(heated, raw_too)
        self._of = {"raw": of_raw[heated_too], "heated": of_heated if raw_too.all() else of_heated[raw_too]}

    def liking(self) -> tuple[Test, ...]:
        """How overall liking of raw meat goes with palatability of the same sample and round heated, by animals' means.

        Pearson's and Spearman's correlation; nothing is tested with fewer than five animals.
        """
        facts = self.raw.cohort.facts
        raw, heated = self._means(self.raw, "overall"), self._means(self.heated, "palatability")
        known = np.flatnonzero(~np.isnan(raw + heated))
        animals = facts.samples["animal"][self.sample[known // self.rounds]]
        x, y = (_by_animal(half[known], animals, facts.animals) for half in (raw, heated))
        return correlations(x, y)

    def _means(self, scores: Scores, attribute: str) -> Array:
        """The mean of each sample after each round; empty where it has none."""
        values, cells = scores[attribute], self._of[scores.preparation]
        known = ~np.isnan(values)
        values, cells = (values, cells) if known.all() else (values[known], cells[known])
        with np.errstate(invalid="ignore"):
            return np.asarray(np.bincount(cells, values, self.cells) / np.bincount(cells, minlength=self.cells))


def correlations(x: Array, y: Array) -> tuple[Test, ...]:
    """Pearson's and Spearman's correlation with 95 % intervals by Fisher's z.

    The standard error of z is sqrt(1 / (n - 3)) for Pearson's (Fisher 1921) and sqrt((1 + r^2 / 2) / (n - 3)) for
    Spearman's (Bonett and Wright 2000). Nothing is tested with fewer than five pairs, or where one side is constant.
    """
    n = len(x)
    if n < FEWEST or not np.ptp(x) or not np.ptp(y):
        return ()
    tests = []
    of_ranks = stats.spearmanr(np.round(x, SAME), np.round(y, SAME))  # ties stay ties
    for name, found in (("pearson", stats.pearsonr(x, y)), ("spearman", of_ranks)):
        r = float(found.statistic)
        error = np.sqrt((1 + (r**2 / 2 if name == "spearman" else 0)) / (n - 3))
        with np.errstate(divide="ignore"):
            low, high = np.tanh(np.arctanh(r) + stats.norm.ppf([0.025, 0.975]) * error)
        interval = {"low": float(low), "high": float(high)}
        tests.append(Test(name, r, (n - 2.0,), float(found.pvalue), n=n, more_effects=interval))
    return tuple(tests)


def paired_t(differences: Array) -> Test | None:
    """Student's t test of paired differences; the effect is their mean by their standard deviation."""
    n = len(differences)
    if n < FEWEST or np.ptp(differences) < 10**-SAME:
        return None
    d_z = float(np.mean(differences) / np.std(differences, ddof=1))
    t = d_z * np.sqrt(n)
    return Test("paired_t", float(t), (n - 1.0,), float(2 * stats.t.sf(abs(t), n - 1)), "d_z", d_z, n)


def signed_rank(differences: Array) -> Test | None:
    """Wilcoxon's signed-rank test; V is the sum of the ranks of rises. Differences of zero are left out.

    Up to EXACT differences p is exact, ties or not; above it is that of the normal distribution with the variance
    corrected for ties, without correction for continuity (Hollander and Wolfe 1973).
    """
    rounded = np.round(differences, SAME)
    rounded = rounded[rounded != 0]
    if len(differences) < FEWEST or not len(rounded):
        return None
    values, times = np.unique(rounded, return_counts=True)  # they are few
    _, place = np.unique(np.abs(values), return_inverse=True)
    ties = np.bincount(place, times).astype(int)
    ranks = np.cumsum(ties) - (ties - 1) / 2
    n, v = len(rounded), float((times * ranks[place])[values > 0].sum())
    if n <= EXACT:
        p = _exact(np.rint(2 * np.repeat(ranks, ties)).astype(int), round(2 * v))
    else:
        variance = n * (n + 1) * (2 * n + 1) / 24 - float((ties**3 - ties).sum()) / 48
        p = float(2 * stats.norm.sf(abs(v - n * (n + 1) / 4) / np.sqrt(variance)))
    return Test("signed_rank", v, (), p, n=n)


def _exact(ranks: Array, v: int) -> float:
    """Two-sided p from the sums of ranks that all choices of signs give; ranks are doubled, so that ties are whole."""
    ways = np.zeros(int(ranks.sum()) + 1)
    ways[0] = 1
    for rank in ranks:
        ways[rank:] += ways[:-rank].copy()
    tail = min(ways[: v + 1].sum(), ways[v:].sum())
    return float(min(1.0, 2 * tail / 2.0 ** len(ranks)))


def _compared(
    cells: Cells, shown: Array, names: Sequence[str], befores: Sequence[Array], apart: Sequence[Array]
) -> pd.DataFrame:  # fmt: skip
    """The change of each attribute in each round that has any pair, of the cells that are shown."""
    k, animals, tables = len(cells.seqs), cells.scores.cohort.facts.animals, []
    place, animal = cells.place[shown], cells.animal[shown]
    of = numbers.pairs(place, k, animal, animals)
    of_round = replace(of, of_row=place, group=np.arange(k))
    summaries = numbers.summaries(apart, place, k, animal, animals)
    for name, before, values, table in zip(names, befores, apart, summaries, strict=True):
        table["before"] = _means(before, of_round)[0]
        table["after"] = table["before"] + table["mean"]
        means = _means(values, of)[0]
        of_each = [means[of.group == group] for group in range(k)]
        tests = [_tests(each[~np.isnan(each)]) for each in of_each]
        table[TESTED] = np.reshape(tests, (k, len(TESTED)))
        tables.append(table.assign(attribute=name, round=cells.seqs)[table["n"] > 0])
    return pd.concat(tables, ignore_index=True).rename(columns={"n": "samples", "mean": "change"})


def _tests(differences: Array) -> list[float]:
    t, v = paired_t(differences), signed_rank(differences)
    found = [np.nan] * 4 if t is None else [t.statistic, t.freedom[0], t.p, float(t.effect or 0)]
    return found + ([np.nan] * 2 if v is None else [v.statistic, v.p])


def _count_scores(cells: Cells, known: Array, counts: Array) -> int:
    """The single scores in some pairs: those after processing, and those of the samples when raw."""
    used = _seen(cells.sample[known], len(cells.scores.cohort.facts.samples))
    return int(counts[known].sum() + counts[(cells.seq == 0) & used[cells.sample]].sum())


def _means(values: Array, of: Pairs) -> tuple[Array, Array]:
    known = ~np.isnan(values)
    places, values = (of.of_row, values) if known.all() else (of.of_row[known], values[known])
    counts = np.bincount(places, minlength=len(of.group))
    with np.errstate(invalid="ignore"):
        return np.bincount(places, values, len(of.group)) / counts, counts


def _seen(codes: Array, size: int) -> Array:
    """For each number below `size` whether it is among the codes."""
    seen = np.zeros(size, bool)
    seen[codes] = True
    return seen


def _by_animal(values: Array, animals: Array, size: int) -> Array:
    """The mean of each animal that has any value."""
    counts = np.bincount(animals, minlength=size)
    there = counts > 0
    return np.asarray(np.bincount(animals, values, size)[there] / counts[there])
