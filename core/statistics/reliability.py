"""Arithmetic of how far people who judge the same things agree. Arrays in, numbers out; nothing of meat here."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from core.statistics.numbers import LEVEL

Array = np.ndarray[Any, Any]
TAIL = (1 + LEVEL) / 2
Z = float(stats.norm.ppf(TAIL))


@dataclass(frozen=True)
class MeanSquares:
    """Of a table of n things (rows) by k judges: between things, between judges, what is left, and within things."""

    n: int
    k: int
    things: float
    judges: float
    left: float
    within: float


def mean_squares(table: Array) -> MeanSquares:
    """Of a complete table, a row a thing and a column a judge; at least two of each."""
    n, k = table.shape
    apart = table - table.mean()
    things = k * float((apart.mean(axis=1) ** 2).sum())
    judges = n * float((apart.mean(axis=0) ** 2).sum())
    left = float(((apart - apart.mean(axis=1, keepdims=True) - apart.mean(axis=0)) ** 2).sum())
    return MeanSquares(
        n, k, things / (n - 1), judges / (k - 1), left / ((n - 1) * (k - 1)), (judges + left) / (n * (k - 1))
    )


def intraclass(table: Array, units: int) -> pd.DataFrame:
    """ICC(1,1), ICC(2,1), ICC(3,1), ICC(2,k), ICC(3,k) with 95 % intervals: coefficient, icc, low, high.

    Shrout and Fleiss (1979); the intervals of ICC(2) by McGraw and Wong (1996). Where several things belong to one unit
    that was drawn, the intervals are those of so many things with the same parts of variance as there are units.
    """
    found = mean_squares(table)
    n, k = found.n, found.k
    with np.errstate(invalid="ignore", divide="ignore"):
        s, j, e, w = (np.float64(each) for each in (found.things, found.judges, found.left, found.within))
        one = (s - w) / (s + (k - 1) * w)
        two = (s - e) / (s + (k - 1) * e + k * (j - e) / n)
        three = (s - e) / (s + (k - 1) * e)
        low_1, high_1 = _of_ratio(s / w, units - 1, units * (k - 1), k)
        low_3, high_3 = _of_ratio(s / e, units - 1, (units - 1) * (k - 1), k)
        low_2, high_2 = _of_agreement(s, e + (j - e) * units / n, e, units, k)
        rows = [
            ("ICC(1,1)", one, low_1, high_1),
            ("ICC(2,1)", two, low_2, high_2),
            ("ICC(3,1)", three, low_3, high_3),
            ("ICC(2,k)", *(_stepped_up(each, k) for each in (two, low_2, high_2))),
            ("ICC(3,k)", *(_stepped_up(each, k) for each in (three, low_3, high_3))),
        ]
    return pd.DataFrame(rows, columns=["coefficient", "icc", "low", "high"]).astype(
        {"icc": float, "low": float, "high": float}
    )


def _of_ratio(ratio: Any, between: int, within: int, k: int) -> tuple[Any, Any]:
    """The interval of an ICC that rests on one F ratio."""
    if between < 1:
        return np.nan, np.nan
    low = ratio / stats.f.ppf(TAIL, between, within)
    high = ratio * stats.f.ppf(TAIL, within, between)
    return (low - 1) / (low + k - 1), (high - 1) / (high + k - 1)


def _of_agreement(s: Any, j: Any, e: Any, n: int, k: int) -> tuple[Any, Any]:
    """The interval of ICC(2,1), its degrees of freedom after Satterthwaite."""
    if n < 2:
        return np.nan, np.nan
    rho = n * (s - e) / (n * s + k * j + (n * k - n - k) * e)
    ratio = j / e
    both = n * (1 + (k - 1) * rho) - k * rho
    freedom = (k - 1) * (n - 1) * (k * rho * ratio + both) ** 2 / ((n - 1) * k**2 * rho**2 * ratio**2 + both**2)
    lower, upper = stats.f.ppf(TAIL, n - 1, freedom), stats.f.ppf(TAIL, freedom, n - 1)
    rest = k * j + (k * n - k - n) * e
    return n * (s - lower * e) / (lower * rest + n * s), n * (upper * s - e) / (rest + n * upper * s)


def _stepped_up(single: Any, k: int) -> Any:
    """The reliability of the mean of k judges (Spearman and Brown)."""
    return k * single / (1 + (k - 1) * single)


def weighted_kappa(pair: Array, a: Array, b: Array, count: Array, pairs: int) -> tuple[Array, Array]:
    """Cohen's kappa with quadratic weights of each pair of judges, and its variance times the number of things.

    Each row says how many things (`count`) a pair of judges gave the values `a` and `b`. The variance is the asymptotic
    one of Fleiss, Cohen and Everitt (1969). Empty where both judges gave everything the same value.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        n = np.bincount(pair, count, pairs)
        mean_a, mean_b = (np.bincount(pair, count * each, pairs) / n for each in (a, b))
        from_a, from_b = a - mean_a[pair], b - mean_b[pair]
        var_a, var_b = (np.bincount(pair, count * each**2, pairs) / n for each in (from_a, from_b))
        by_chance = var_a + var_b + (mean_a - mean_b) ** 2  # mean squared difference, were they independent
        apart = (a - b) ** 2
        left = np.bincount(pair, count * apart, pairs) / n / by_chance
        # How far each thing moves the ratio of the two: what it adds above, less what its two values add below.
        by_margins = (a - mean_b[pair]) ** 2 + var_b[pair] + (b - mean_a[pair]) ** 2 + var_a[pair]
        pull = (apart - left[pair] * by_margins) / by_chance[pair]
        mean_pull = np.bincount(pair, count * pull, pairs) / n
        variance = np.bincount(pair, count * (pull - mean_pull[pair]) ** 2, pairs) / n
    known = by_chance > 0
    return np.where(known, 1 - left, np.nan), np.where(known, variance, np.nan)


def correlations(group: Array, x: Array, y: Array, count: Array, k: int) -> tuple[Array, Array]:
    """Pearson's r and Spearman's rho of each group; each row stands for `count` pairs of the values `x` and `y`.

    Empty where one of the two has the same value everywhere.
    """
    rho = _correlation(group, _ranks(group, x, count), _ranks(group, y, count), count, k)
    return np.where(np.isnan(rho), np.nan, _correlation(group, x, y, count, k)), rho


def _correlation(group: Array, x: Array, y: Array, count: Array, k: int) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        n = np.bincount(group, count, k)
        x, y = (each - (np.bincount(group, count * each, k) / n)[group] for each in (x, y))
        xx, yy, xy = (np.bincount(group, count * product, k) for product in (x * x, y * y, x * y))
        return np.clip(xy / np.sqrt(np.where(xx * yy > 0, xx * yy, np.nan)), -1, 1)


def _ranks(group: Array, values: Array, count: Array) -> Array:
    """The rank of each value within its group; equal ones share the mean of their ranks."""
    if not len(values):
        return np.empty(0)
    order = np.lexsort((values, group))
    group, values, count = group[order], values[order], count[order]
    new_group = np.ones(len(order), bool)
    new_group[1:] = group[1:] != group[:-1]
    new = new_group.copy()
    new[1:] |= values[1:] != values[:-1]
    first = np.flatnonzero(new)
    sizes = np.add.reduceat(count, first)
    before = np.cumsum(sizes) - sizes
    of_group = np.maximum.accumulate(np.where(new_group[first], before, 0))
    ranks = np.empty(len(order))
    ranks[order] = np.repeat(before - of_group + (sizes + 1) / 2, np.diff(first, append=len(order)))
    return ranks


def pearson_interval(r: Array, units: Array) -> tuple[Array, Array]:
    """The 95 % interval of a correlation by Fisher's z (1921), of so many units; empty below four."""
    with np.errstate(invalid="ignore", divide="ignore"):
        half = Z / np.sqrt(np.where(units > 3, units - 3, np.nan))
        z = np.arctanh(r)
        return np.tanh(z - half), np.tanh(z + half)


def sd_interval(sd: Array, freedom: Array) -> tuple[Array, Array]:
    """The 95 % interval of a standard deviation by chi-square."""
    known = np.where(freedom > 0, freedom, np.nan)
    low, high = (sd * np.sqrt(known / stats.chi2.ppf(share, known)) for share in (TAIL, 1 - TAIL))
    return low, high


def product_effect(rater: Array, value: Array, first: Array, raters: int) -> tuple[float, float, float, float]:
    """F, its two degrees of freedom, and what is left (mean square): do products differ, whoever scored them?

    One value for each rater of each product; `first` are the places where products begin. The model is product + rater
    without interaction; the sum of squares of the products is that beyond the raters (type II), so that it does not
    matter who scored what. Nothing (NaN) where nothing is left to compare with.
    """
    k = np.diff(first, append=len(rater))
    value = value - value.mean()
    within = value - np.repeat(np.add.reduceat(value, first) / k, k)
    n_of = np.bincount(rater, minlength=raters).astype(float)
    beside = np.diag(n_of) - together(rater, first, raters)
    pulls = np.bincount(rater, within, raters)
    inverse, rank = np.linalg.pinv(beside, hermitian=True), int(np.linalg.matrix_rank(beside, hermitian=True))
    left = float(within @ within - pulls @ inverse @ pulls)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.where(n_of > 0, np.bincount(rater, value, raters) / n_of, 0)
    of_raters = float(value @ value - n_of @ means**2)
    free = len(rater) - len(first) - rank
    between = len(first) + rank - int((n_of > 0).sum())
    if free < 1 or between < 1:
        return np.nan, float(between), float(free), np.nan
    mean_square = left / free
    ratio = (of_raters - left) / between / mean_square if mean_square > 0 else np.nan
    return ratio, float(between), float(free), mean_square


def together(rater: Array, first: Array, raters: int) -> Array:
    """For each two raters the sum over the products that both scored of 1 / how many scored it."""
    share = 1 / spread_sizes(first, len(rater))
    found = np.bincount(rater.astype(np.intp) * (raters + 1), share, raters**2)
    for left, right in side_by_side(first, len(rater)):
        for one, other in ((left, right), (right, left)):
            found += np.bincount(rater[one].astype(np.intp) * raters + rater[other], share[left], raters**2)
    return found.reshape(raters, raters)


def spread_sizes(first: Array, total: int) -> Array:
    """For each place the size of its group; groups begin at `first`."""
    sizes = np.diff(first, append=total)
    return np.repeat(sizes, sizes)


def side_by_side(first: Array, total: int) -> Iterator[tuple[Array, Array]]:
    """The places of each two that are in the same group, by how far they stand apart; groups begin at `first`."""
    sizes = np.diff(first, append=total)
    to_go = np.repeat(first + sizes, sizes) - np.arange(total)
    for apart in range(1, int(sizes.max(initial=1))):
        left = np.flatnonzero(to_go > apart)
        yield left, left + apart
