"""Scores in pairs: a sample before and after processing, raw and heated. The animal is what is compared."""

import numpy as np
import pandas as pd
from scipy import stats

from core.statistics import numbers
from core.statistics.answers import Test
from core.statistics.cohort import Array, Cohort, N, Scores, count_distinct
from core.statistics.numbers import FEWEST, Pairs
from core.statistics.tallies import coded
from core.statistics.taste_tables import Row, present
from core.tables.samples import SCORES

EXACT = 50  # up to so many differences the signed ranks are counted out
SAME = 9  # decimals to which means have to be alike to be ties
TESTED = ("t", "df", "p", "d_z", "v", "p_wilcoxon")
COLUMNS = (
    "attribute", "round", "samples", "animals", "before", "after", "change", "sd", "sem", "low", "high", "t", "df", "p",
    "q", "d_z", "v", "p_wilcoxon", "q_wilcoxon", "is_small",
)  # fmt: skip


class Cells:
    """The mean scores of each sample after each round, of samples that were processed; in the order of the samples.

    `seqs` are the rounds that there are; `place` is the place of each cell's among them, `sample` says which it is of.
    """

    def __init__(self, scores: Scores) -> None:
        facts = scores.cohort.facts
        processed = _seen(scores["sample"][scores["seq"] > 0], len(facts.samples))
        self.scores = scores.some(processed[scores["sample"]])
        starts, self._cell = _cells(self.scores)
        first = self.scores.rows[starts]
        self.seqs, self.place = present(self.scores.table["seq"][first])
        self.sample, self.seq = self.scores.table["sample"][first], self.seqs[self.place]
        self.animal = facts.samples["animal"][self.sample]
        is_raw = np.flatnonzero(self.seq == 0)
        raw = np.full(len(facts.samples), -1)
        raw[self.sample[is_raw]] = is_raw
        self.raw = raw[self.sample]  # the cell of the same sample when it was raw; -1 where there is none

    def means(self, attribute: str) -> tuple[Array, Array]:
        """Each cell's mean of an attribute, empty where it has none; and of how many scores."""
        return _means(self.scores[attribute], self._cell, len(self.sample))

    def before(self, means: Array) -> Array:
        """For each cell the mean of the same sample when it was raw."""
        return np.append(means, np.nan)[self.raw]


def changes(scores: Scores, wanted: str | None) -> tuple[pd.DataFrame, N, int]:
    """For each attribute and round how samples differ from when they were raw; n; how many pairs lack a half.

    `change` is the mean change of all pairs, `low` and `high` go by animals. t, p and d_z (Cohen 1988: mean by standard
    deviation) and Wilcoxon's V are of the animals' mean changes; q are p for all that is shown together.

    Args:
        wanted: the rounds that are shown, as the filter says them.
    """
    cells = Cells(scores)
    shown = np.flatnonzero((cells.seq == int(wanted)) if wanted and wanted.isdecimal() else cells.seq > 0)
    if wanted in ("raw", "0"):
        shown = shown[:0]
    facts, k, names = scores.cohort.facts, len(cells.seqs), SCORES[scores.preparation]
    place, of = cells.place[shown], numbers.pairs(cells.place[shown], k, cells.animal[shown], facts.animals)
    tables, n_scores, paired = list[dict[str, Array]](), 0, np.zeros(len(shown), bool)
    for attribute in names:
        means, counts = cells.means(attribute)
        before, after = cells.before(means)[shown], means[shown]
        known = ~np.isnan(after - before)
        paired |= known
        n_scores += _count_scores(cells, shown[known], counts)
        tables.append(_compared(before, after, place, k, of))
    table = pd.DataFrame({name: np.concatenate([each[name] for each in tables]) for name in tables[0]})
    table = table.assign(attribute=np.repeat(names, k), round=np.tile(cells.seqs, len(names)))
    table = table[table["samples"] > 0].reset_index(drop=True)
    missing = len(names) * len(shown) - int(table["samples"].sum())
    table["q"], table["q_wilcoxon"] = (numbers.adjusted(table[name].to_numpy()) for name in ("p", "p_wilcoxon"))
    table["is_small"] = table["animals"] < FEWEST
    used = shown[paired]
    animals, samples = cells.animal[used], cells.sample[used]
    n = N(count_distinct(animals, facts.animals), count_distinct(samples, len(facts.samples)), n_scores)
    return table[list(COLUMNS)], n, missing


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
        own = Cohort(cohort.facts, cohort.wanted.model_copy(update={"scale": heated.scale}))
        own.mask = cohort.mask & _seen(heated["sample"], len(cohort.facts.samples))
        raw = own.evaluations("raw")
        of_raw, of_heated, size = raw["slot"], heated["slot"], len(cohort.facts.rounds)
        self.raw, self.heated = raw.some(_seen(of_heated, size)[of_raw]), heated.some(_seen(of_raw, size)[of_heated])

    def liking(self) -> tuple[Test, ...]:
        """How overall liking of raw meat goes with palatability of the same sample and round heated, by animals' means.

        Pearson's and Spearman's correlation; nothing is tested with fewer than five animals.
        """
        facts = self.raw.cohort.facts
        (starts, of_raw), (_, of_heated) = _cells(self.raw), _cells(self.heated)  # the same ones
        raw, _ = _means(self.raw["overall"], of_raw, len(starts))
        heated, _ = _means(self.heated["palatability"], of_heated, len(starts))
        known = ~np.isnan(raw + heated)
        animals = self.raw.animal[starts][known]
        counts = np.bincount(animals, minlength=facts.animals)
        there = np.flatnonzero(counts)
        x, y = (np.bincount(animals, half[known], facts.animals)[there] / counts[there] for half in (raw, heated))
        return correlations(x, y)


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
    codes, values = coded(np.round(differences, SAME))
    times = np.bincount(codes, minlength=len(values))
    there = (times > 0) & (np.round(values, SAME) != 0)
    if len(differences) < FEWEST or not there.any():
        return None
    values, times = values[there], times[there]  # they are few
    _, place = np.unique(np.round(np.abs(values), SAME), return_inverse=True)
    ties = np.bincount(place, times).astype(int)
    ranks = np.cumsum(ties) - (ties - 1) / 2
    n, v = int(times.sum()), float((times * ranks[place])[values > 0].sum())
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


def _compared(before: Array, after: Array, place: Array, k: int, of: Pairs) -> dict[str, Array]:
    """The numbers of one attribute: its change in each of k rounds."""
    apart = after - before
    of_animals = numbers.summed(apart, of)
    told = of_animals.means(k)
    known = ~np.isnan(apart)
    apart, place = apart[known], place[known]
    with np.errstate(invalid="ignore", divide="ignore"):
        was = np.bincount(place, before[known], k) / told["n"]
        sd = np.sqrt(np.bincount(place, (apart - told["mean"][place]) ** 2, k) / (told["n"] - 1))
    animals = np.split(of_animals.sum / of_animals.count, np.cumsum(told["animals"]))
    tests = np.array([_tests(own) for own in animals[:k]]).reshape(k, len(TESTED))
    return told | dict(zip(TESTED, tests.T, strict=True)) | {
        "samples": told["n"], "before": was, "after": was + told["mean"], "change": told["mean"],
        "sd": np.where(told["n"] > 1, sd, np.nan),
    }  # fmt: skip


def _tests(differences: Array) -> list[float]:
    t, v = paired_t(differences), signed_rank(differences)
    found = [np.nan] * 4 if t is None else [t.statistic, t.freedom[0], t.p, float(t.effect or 0)]
    return found + ([np.nan] * 2 if v is None else [v.statistic, v.p])


def _count_scores(cells: Cells, places: Array, counts: Array) -> int:
    """The single scores in the pairs of some cells: those after processing, and those of the samples when raw."""
    used = np.zeros(len(counts), bool)
    used[cells.raw[places]] = used[places] = True
    return int(counts[used].sum())


def _cells(scores: Scores) -> tuple[Array, Array]:
    """Where the scores of each sample and round begin, and for each score which of these it is of."""
    new = scores.new_round
    return np.flatnonzero(new), np.cumsum(new, dtype=np.int32) - 1


def _means(values: Array, cells: Array, size: int) -> tuple[Array, Array]:
    """The mean of each cell, empty where it has none; and of how many values."""
    if np.isnan(values.sum()):
        known = ~np.isnan(values)
        values, cells = values[known], cells[known]
    counts = np.bincount(cells, minlength=size)
    with np.errstate(invalid="ignore"):
        return np.bincount(cells, values, size) / counts, counts


def _seen(codes: Array, size: int) -> Array:
    """For each number below `size` whether it is among the codes."""
    seen = np.zeros(size, bool)
    seen[codes] = True
    return seen
