"""Arithmetic that the views share: counts, means and intervals by group. Arrays in, tables out; nothing of meat here.

Groups are codes 0 .. k - 1; a negative code belongs to no group. Empty values (NaN) count nowhere.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse, stats

Array = np.ndarray[Any, Any]
LEVEL = 0.95  # of all intervals
ALPHA = 0.05  # from here on a difference is called one that chance makes often enough
MOST_LISTED = 2**20  # codes below it are counted rather than sorted
FEWEST = 5  # animals in a group; with fewer it is marked, and nothing is tested
MOST_CELLS = 2**25  # of groups by ids that are laid out in memory
MOST_NEAR = 2**22  # of them that stay near the processor


def distinct(groups: Array, k: int, ids: Array, size: int) -> Array:
    """How many different ids, all below `size`, each group has."""
    if k * size <= MOST_CELLS:
        there = np.zeros(k * size, bool)
        known = groups >= 0
        groups, ids = (groups, ids) if known.all() else (groups[known], ids[known])
        there[groups.astype(np.int64) * size + ids] = True
        return np.count_nonzero(there.reshape(k, size), axis=1)
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


@dataclass(frozen=True)
class Pairs:
    """The pairs of group and id that occur, in order: the pair of each row; each pair's group, id and count of rows."""

    of_row: Array
    group: Array
    id: Array
    count: Array


def pairs(groups: Array, k: int, ids: Array, size: int) -> Pairs:
    """Of rows that all are in a group; ids are below `size`. Rows of a pair that follow each other are taken as one."""
    n, new = len(groups), np.ones(len(groups), bool)
    new[1:] = (groups[1:] != groups[:-1]) | (ids[1:] != ids[:-1])
    first = np.flatnonzero(new)
    if len(first) > n / 2:
        return _pairs(groups, k, ids, size)
    of, times = _pairs(groups[first], k, ids[first], size), np.diff(first, append=n)
    count = np.bincount(of.of_row, times, len(of.group)).astype(np.int64)
    return Pairs(np.repeat(of.of_row, times), of.group, of.id, count)


def _pairs(groups: Array, k: int, ids: Array, size: int) -> Pairs:
    there = np.zeros(size, bool)
    there[ids] = True
    known = np.flatnonzero(there)
    place = np.zeros(size, np.int32)
    place[known] = np.arange(len(known))
    if k * len(known) > MOST_NEAR:
        return _pairs_in_order(groups, k, place[ids], known)
    keys = groups.astype(np.int64, copy=False) * len(known) + place[ids]
    seen = np.zeros(k * len(known), bool)
    seen[keys] = True
    cells = np.flatnonzero(seen)
    dense = np.zeros(len(seen), np.intp)
    dense[cells] = np.arange(len(cells))
    of_row = dense[keys]
    group, rank = np.divmod(cells, max(len(known), 1))
    return Pairs(of_row, group, known[rank], np.bincount(of_row, minlength=len(cells)))


def _pairs_in_order(groups: Array, k: int, places: Array, known: Array) -> Pairs:
    """The same by putting the rows in order: sorted by counting, first by id and then by group, they stay few."""
    n = len(groups)
    rows = sparse.coo_array((np.arange(n, dtype=np.int32), (places, groups)), shape=(len(known), k))
    rows.has_canonical_format = True  # several rows of a pair are not to be added up
    found = rows.tocsr().tocsc()
    new, begin = np.ones(n, bool), found.indptr[:-1][np.diff(found.indptr) > 0]
    new[1:] = found.indices[1:] != found.indices[:-1]
    new[begin] = True
    first = np.flatnonzero(new)
    of_row = np.empty(n, np.intp)
    of_row[found.data] = np.cumsum(new) - 1
    group = np.repeat(np.arange(k), np.diff(found.indptr))[first]
    return Pairs(of_row, group, known[found.indices[first]], np.diff(first, append=n))


def summary(values: Array, groups: Array, k: int, animals: Array, size: int) -> pd.DataFrame:
    """For each group: n, animals, mean, sd, sem, low, high.

    `sd` is that of the single values (n - 1). `sem` is the standard error of the mean with the animal as the unit that
    was drawn: several values of one animal are no new animals (linearised ratio estimator, Cochran 1977, section 11.8).
    With one value an animal it is sd / sqrt(n). `low` and `high` are the 95 % interval by Student's t with animals - 1
    degrees of freedom; empty below two animals.
    """
    return next(summaries([values], groups, k, animals, size))


def summaries(columns: Iterable[Array], groups: Array, k: int, animals: Array, size: int) -> Iterator[pd.DataFrame]:
    """The summary of each of several columns of the same rows; who is in which group is found once."""
    chosen = None if not len(groups) or groups.min() >= 0 else groups >= 0
    if chosen is not None:
        groups, animals = groups[chosen], animals[chosen]
    groups = groups.astype(np.intp)
    of = pairs(groups, k, animals, size)
    for values in columns:
        yield _summary(values if chosen is None else values[chosen], groups, k, of)


def _summary(values: Array, groups: Array, k: int, of: Pairs) -> pd.DataFrame:
    told = summed(values, of).means(k)
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = values - told["mean"][groups]
        known = ~np.isnan(apart)
        if not known.all():
            apart, groups = apart[known], groups[known]
        sd = np.sqrt(np.bincount(groups, np.square(apart, out=apart), k) / (told["n"] - 1))
    ends = {name: told.pop(name) for name in ("sem", "low", "high")}
    return pd.DataFrame(told | {"sd": np.where(told["n"] > 1, sd, np.nan)} | ends)


@dataclass(frozen=True)
class Summed:
    """For each pair of group and animal: the group, how many values, and their sum; the groups in order."""

    group: Array
    count: Array
    sum: Array

    def means(self, k: int) -> dict[str, Array]:
        """For each group: n, animals, mean, sem, low, high; see `summary`."""
        bounds = np.searchsorted(self.group, np.arange(k + 1))
        animals, there = np.diff(bounds), np.flatnonzero(np.diff(bounds))
        n, sums, spread = np.zeros(k, np.int64), np.zeros(k), np.zeros(k)
        n[there], sums[there] = (np.add.reduceat(each, bounds[there]) for each in (self.count, self.sum))
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = sums / n
            apart = self.sum - self.count * np.repeat(mean, animals)
            spread[there] = np.add.reduceat(np.square(apart, out=apart), bounds[there])
            sem = np.where(animals > 1, np.sqrt(spread * animals / (animals - 1)) / n, np.nan)
        half = half_width(sem, animals - 1)
        return {"n": n, "animals": animals, "mean": mean, "sem": sem, "low": mean - half, "high": mean + half}


def summed(values: Array, of: Pairs) -> Summed:
    """Values by pair of group and animal; empty ones do not count."""
    known = ~np.isnan(values)
    if known.all():
        return Summed(of.group, of.count, np.bincount(of.of_row, values, len(of.group)))
    of_row = of.of_row[known]
    count, sums = np.bincount(of_row, minlength=len(of.group)), np.bincount(of_row, values[known], len(of.group))
    there = count > 0
    return Summed(of.group[there], count[there], sums[there])


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
    known, largest = codes >= 0, int(codes.max(initial=-1))
    if largest >= MOST_LISTED:
        there = np.unique(codes[known])
        return there, np.where(known, np.searchsorted(there, codes), -1)
    there = np.flatnonzero(np.bincount(codes[known], minlength=1)).astype(codes.dtype)
    places = np.full(largest + 2, -1)  # its last one is for -1
    places[there] = np.arange(len(there))
    return there, places[np.where(known, codes, -1)]
