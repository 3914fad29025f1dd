"""Whether groups differ, and which: tests of all groups, all pairs with simultaneous intervals, letters.

Arrays in, numbers out; nothing of meat here. Groups are codes 0 .. k - 1, and each has at least two values.
"""

import string
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special, stats

from core.statistics import studentized
from core.statistics.answers import Test
from core.statistics.numbers import ALPHA

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Moments:
    """Of each group how many values it has, their mean and their variance (n - 1)."""

    n: Array
    mean: Array
    variance: Array

    @property
    def within(self) -> float:
        """The sum of squares within the groups."""
        return float(((self.n - 1) * self.variance).sum())

    @property
    def between(self) -> float:
        """The sum of squares between the groups."""
        centre = (self.n * self.mean).sum() / self.n.sum()
        return float((self.n * (self.mean - centre) ** 2).sum())


@dataclass(frozen=True)
class AllPairs:
    """Each pair of groups: its places, the difference of the means (first less second), the variance of that with its
    degrees of freedom, p adjusted for all pairs, and Hedges' g. Empty where the values do not vary.
    """

    k: int
    first: Array
    second: Array
    difference: Array
    error: Array
    freedom: Array
    p: Array
    g: Array

    def intervals(self) -> tuple[Array, Array]:
        """The 95 % intervals of the differences, which hold for all pairs at once."""
        is_one = len(np.unique(self.freedom)) == 1
        reach = studentized.quantile(ALPHA, self.k, self.freedom[:1] if is_one else self.freedom)
        half = reach * np.sqrt(self.error / 2)
        return self.difference - half, self.difference + half


def moments(values: Array, groups: Array, k: int) -> Moments:
    n = np.bincount(groups, minlength=k)
    mean = np.bincount(groups, values, k) / n
    return Moments(n, mean, np.bincount(groups, (values - mean[groups]) ** 2, k) / (n - 1))


def anova(of: Moments) -> Test | None:
    """One-way analysis of variance (Fisher 1925); None where nothing varies within the groups."""
    k, n = len(of.n), int(of.n.sum())
    if _is_none(of.within, of):
        return None
    f = of.between / (k - 1) / (of.within / (n - k))
    p = float(stats.f.sf(f, k - 1, n - k))
    return Test("anova", f, (float(k - 1), float(n - k)), p, "eta_squared", eta_squared(of), n, None, _more(of))


def welch(of: Moments) -> Test | None:
    """Welch's analysis of variance (1951), which lets variances differ; None where a group does not vary."""
    k = len(of.n)
    if np.any(of.variance <= 1e-24 * _scale(of)):
        return None
    weight = of.n / of.variance
    centre = (weight * of.mean).sum() / weight.sum()
    spread = ((1 - weight / weight.sum()) ** 2 / (of.n - 1)).sum()
    between = (weight * (of.mean - centre) ** 2).sum() / (k - 1)
    f = float(between / (1 + 2 * (k - 2) / (k**2 - 1) * spread))
    freedom = (float(k - 1), float((k**2 - 1) / (3 * spread)))
    p = float(stats.f.sf(f, *freedom))
    return Test("welch", f, freedom, p, "eta_squared", eta_squared(of), int(of.n.sum()), None, _more(of))


def brown_forsythe(values: Array, groups: Array, medians: Array) -> Test | None:
    """Whether variances differ: analysis of variance of the distances from the medians (Brown and Forsythe 1974)."""
    found = anova(moments(np.abs(values - medians[groups]), groups, len(medians)))
    if found is None:
        return None
    return Test("brown_forsythe", found.statistic, found.freedom, found.p, n=found.n)


def kruskal(values: Array, groups: Array, k: int) -> Test | None:
    """Kruskal and Wallis (1952) on ranks, corrected for ties; epsilon squared as Tomczak and Tomczak (2014)."""
    there, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    n, last = len(values), np.cumsum(counts, dtype=float)
    if len(there) < 2:
        return None
    ranks = (last - (counts - 1) / 2)[place]
    apart = np.bincount(groups, ranks, k) / (of_group := np.bincount(groups, minlength=k)) - (n + 1) / 2
    ties = 1 - float((counts.astype(float) ** 3 - counts).sum()) / (float(n) ** 3 - n)
    h = float(12 / (n * (n + 1)) * (of_group * apart**2).sum() / ties)
    return Test("kruskal", h, (float(k - 1),), float(stats.chi2.sf(h, k - 1)), "epsilon_squared", h / (n - 1), n)


def tukey_kramer(of: Moments) -> AllPairs:
    """All pairs where variances are alike (Tukey 1953, Kramer 1956)."""
    freedom = int(of.n.sum()) - len(of.n)
    first, second = np.triu_indices(len(of.n), 1)
    error = of.within / freedom * (1 / of.n[first] + 1 / of.n[second])
    return _all_pairs(of, error, np.full(len(first), float(freedom)))


def games_howell(of: Moments) -> AllPairs:
    """All pairs where variances differ (Games and Howell 1976)."""
    first, second = np.triu_indices(len(of.n), 1)
    own = of.variance / of.n
    error = own[first] + own[second]
    with np.errstate(invalid="ignore", divide="ignore"):
        freedom = error**2 / (own[first] ** 2 / (of.n[first] - 1) + own[second] ** 2 / (of.n[second] - 1))
    return _all_pairs(of, error, freedom)


def _all_pairs(of: Moments, error: Array, freedom: Array) -> AllPairs:
    """Args: error: the variance of each difference, with its degrees of freedom."""
    k, (first, second) = len(of.n), np.triu_indices(len(of.n), 1)
    difference = of.mean[first] - of.mean[second]
    error = np.where(error > 1e-24 * _scale(of), error, np.nan)
    freedom = np.where(np.isnan(error), np.nan, freedom)
    p = studentized.tail(np.abs(difference) / np.sqrt(error / 2), k, freedom)
    return AllPairs(k, first, second, difference, error, freedom, p, _hedges(of, first, second))


def _hedges(of: Moments, first: Array, second: Array) -> Array:
    """The difference in standard deviations of the two groups, without its bias in small ones (Hedges 1981)."""
    n_first, n_second = of.n[first], of.n[second]
    freedom = n_first + n_second - 2
    pooled = ((n_first - 1) * of.variance[first] + (n_second - 1) * of.variance[second]) / freedom
    unbias = np.exp(special.gammaln(freedom / 2) - special.gammaln((freedom - 1) / 2)) / np.sqrt(freedom / 2)
    pooled = np.where(pooled > 1e-24 * _scale(of), pooled, np.nan)
    return np.asarray(unbias * (of.mean[first] - of.mean[second]) / np.sqrt(pooled))


def letters(means: Array, pairs: AllPairs) -> list[str]:
    """Groups that share a letter do not differ; "a" has the highest mean (insert and absorb, Piepho 2004)."""
    k, unlike = len(means), pairs.p < ALPHA
    if np.isnan(pairs.p).any():
        return [""] * k
    columns = [frozenset(range(k))]
    for i, j in zip(pairs.first[unlike].tolist(), pairs.second[unlike].tolist(), strict=True):
        split = [column - {apart} for column in columns if {i, j} <= column for apart in (i, j)]
        columns = _absorbed([column for column in columns if not {i, j} <= column] + split)
    place = np.empty(k, int)
    place[np.argsort(-means, kind="stable")] = np.arange(k)
    columns.sort(key=lambda column: sorted(place[list(column)].tolist()))
    if len(columns) > len(string.ascii_letters):
        return [""] * k
    named = list(zip(string.ascii_letters, columns, strict=False))
    return ["".join(letter for letter, column in named if group in column) for group in range(k)]


def _absorbed(columns: list[frozenset[int]]) -> list[frozenset[int]]:
    """Without those that lie within another."""
    unlike = list(dict.fromkeys(columns))
    return [column for column in unlike if not any(column < other for other in unlike)]


def eta_squared(of: Moments) -> float:
    """The share of the variance that lies between the groups."""
    return of.between / (of.between + of.within)


def omega_squared(of: Moments) -> float:
    """The same without what chance adds to it (Hays 1963)."""
    k, n = len(of.n), int(of.n.sum())
    error = of.within / (n - k)
    return (of.between - (k - 1) * error) / (of.between + of.within + error)


def _more(of: Moments) -> dict[str, float]:
    return {"omega_squared": omega_squared(of)}


def _scale(of: Moments) -> float:
    """What variances are small against."""
    return float(np.max(of.mean**2, initial=0) + np.max(of.variance, initial=0)) or 1.0


def _is_none(squares: float, of: Moments) -> bool:
    """Whether a sum of squares is nothing but rounding."""
    return squares <= 1e-24 * _scale(of) * float(of.n.sum())
