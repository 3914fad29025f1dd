"""Arithmetic that the views share: counts, means and intervals by group. Arrays in, tables out; nothing of meat here.

Groups are codes 0 .. k - 1; a negative code belongs to no group. Empty values (NaN) count nowhere.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

Array = np.ndarray[Any, Any]
LEVEL = 0.95  # of all intervals
FEWEST = 5  # animals in a group; with fewer it is marked, and nothing is tested


def distinct(groups: Array, k: int, ids: Array, size: int) -> Array:
    """How many different ids, all below `size`, each group has."""
    found, seen = np.zeros(k, np.int64), np.zeros(size, bool)
    for group, rows in in_groups(groups, k):
        seen[:] = False
        seen[ids[rows]] = True
        found[group] = np.count_nonzero(seen)
    return found


def in_groups(groups: Array, k: int) -> Iterator[tuple[int, Array]]:
    """Each group that has any, and the places of what is in it, in order."""
    small = groups.astype(np.int16 if k < 2**15 else np.int32)
    order = np.argsort(small, kind="stable")  # a radix sort, because the codes are small
    bounds = np.searchsorted(small[order], np.arange(k + 1))
    for group in range(k):
        if bounds[group] < bounds[group + 1]:
            yield group, order[bounds[group] : bounds[group + 1]]


def first_of_each(ids: Array, size: int, chosen: Array) -> Array:
    """Of the chosen places, the first one of each id, in order."""
    places = np.flatnonzero(chosen)
    first = np.full(size, -1)
    first[ids[places[::-1]]] = places[::-1]
    return np.sort(first[first >= 0])


def summary(values: Array, groups: Array, k: int, animals: Array, size: int) -> pd.DataFrame:
    """For each group: n, animals, mean, sd, sem, low, high.

    `sd` is that of the single values (n - 1). `sem` is the standard error of the mean with the animal as the unit that
    was drawn: several values of one animal are no new animals (linearised ratio estimator, Cochran 1977, section 11.8).
    With one value an animal it is sd / sqrt(n). `low` and `high` are the 95 % interval by Student's t with animals - 1
    degrees of freedom; empty below two animals.
    """
    chosen = (groups >= 0) & ~np.isnan(values)
    values, groups, animals = values[chosen], groups[chosen], animals[chosen]
    n = np.bincount(groups, minlength=k)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(groups, values, k) / n
        apart = values - mean[groups]
        sd = np.sqrt(np.bincount(groups, apart**2, k) / (n - 1))
        group, sums = _sums_by_animal(groups, k, animals, size, apart)
        units = np.bincount(group, minlength=k)
        spread = np.bincount(group, sums**2, k)
        sem = np.where(units > 1, np.sqrt(spread * units / (units - 1)) / n, np.nan)
    half = half_width(sem, units - 1)
    sd = np.where(n > 1, sd, np.nan)
    return pd.DataFrame(
        {"n": n, "animals": units, "mean": mean, "sd": sd, "sem": sem, "low": mean - half, "high": mean + half}
    )


def half_width(sem: Array, freedom: Array) -> Array:
    """Half of the 95 % interval by Student's t."""
    with np.errstate(invalid="ignore"):
        return np.asarray(stats.t.ppf((1 + LEVEL) / 2, np.where(freedom > 0, freedom, np.nan)) * sem)


def share_interval(hits: Array, n: Array) -> tuple[Array, Array]:
    """The 95 % interval of shares (Wilson 1927), as shares."""
    z = stats.norm.ppf((1 + LEVEL) / 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = hits / n
        middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return middle - half, middle + half


def adjusted(p: Array) -> Array:
    """q: p values made fit to be looked at together, so that of those below a level that share is false (Benjamini and
    Hochberg 1995). Empty ones stay empty and do not count among the tests.
    """
    p = np.asarray(p, float)
    q, known = np.full(p.shape, np.nan), ~np.isnan(p)
    q[known] = stats.false_discovery_control(p[known]) if known.any() else []
    return q


def quartiles(values: Array, groups: Array, k: int) -> pd.DataFrame:
    """For each group: min, q1, median, q3, max, by linear interpolation (Hyndman and Fan 1996, type 7)."""
    found = np.full((k, 5), np.nan)
    for group, rows in in_groups(np.where(np.isnan(values), -1, groups), k):
        found[group] = np.quantile(values[rows], [0, 0.25, 0.5, 0.75, 1])
    return pd.DataFrame(found, columns=["min", "q1", "median", "q3", "max"])


def crosstab(rows: Array, n_rows: int, columns: Array, n_columns: int) -> Array:
    """Counts of pairs of codes; pairs with a negative code count nowhere."""
    chosen = (rows >= 0) & (columns >= 0)
    pairs = rows[chosen].astype(np.int64) * n_columns + columns[chosen]
    return np.bincount(pairs, minlength=n_rows * n_columns).reshape(n_rows, n_columns)


def ranked(codes: Array) -> tuple[Array, Array]:
    """Codes made dense: what there is of them in order, and each one's place in it; negative ones stay so."""
    there = np.unique(codes[codes >= 0])
    return there, np.where(codes >= 0, np.searchsorted(there, codes), -1)


def _sums_by_animal(
    groups: Array, k: int, animals: Array, size: int, values: Array
) -> tuple[Array, Array]:  # fmt: skip
    """For the pairs of group and animal that occur: the group, and the sum of its values."""
    of: list[Array] = [np.empty(0, np.int64)]
    sums: list[Array] = [np.empty(0)]
    for group, rows in in_groups(groups, k):
        own = animals[rows]
        there = np.bincount(own, minlength=size) > 0
        sums.append(np.bincount(own, values[rows], size)[there])
        of.append(np.full(len(sums[-1]), group))
    return np.concatenate(of), np.concatenate(sums)
