"""Correlations of every pair of many variables with gaps, in one pass over the rows. Arrays in, arrays out.

Each pair is of the observations in which both are known. Within groups, where there are several, a correlation is of
what is left about the mean of each group: the partial correlation given the groups.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations_with_replacement
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from core.statistics.cohort import count_distinct
from core.statistics.numbers import LEVEL
from core.statistics.tallies import coded

Array = np.ndarray[Any, Any]
Bounds = tuple[int, int, int]  # a group, where some of its observations begin, and before which place they end
FLAT = 1e-12  # a spread below this share of the squares is that of one value, and of rounding


class Pairs(NamedTuple):
    """For each pair of variables: observations, groups that they are of, and r; NaN where one of them never differs.

    `known` says what is known of each observation as the bits of a number; bit i is of variable i (30 at most).
    """

    n: Array
    groups: Array
    r: Array
    known: Array


class Levels(NamedTuple):
    """A variable as places among its different values, from 1 on, 0 where it is empty; and how many values differ."""

    of: Array
    size: int


def pearson(blocks: Iterable[tuple[int, Array, Array]], k: int) -> Pairs:
    """Pearson's correlations.

    Args:
        blocks: a group, which of the k variables may be known of some observations of it, and a row of values for each.
    """
    known = [np.empty(0, np.int32)]
    return _together(_sums_of_values(blocks, k, known), k, known)


def spearman(variables: Sequence[Levels], bounds: Iterable[Bounds]) -> Pairs:
    """Spearman's correlations: Pearson's of ranks among the observations that the pair is of; ties share a rank."""
    patterns, of = _patterns(np.array([variable.of > 0 for variable in variables]))
    words = _words(patterns, of, np.arange(len(variables)))
    return _together(_sums_of_ranks(variables, list(bounds), patterns, of), len(variables), [words])


def levels(values: Array, places: Array | None = None, size: int = 0) -> Levels:
    """Of the values of some places among so many; of all without places."""
    if places is None:
        places, size = np.flatnonzero(~np.isnan(values)), len(values)
        values = values if len(places) == size else values[places]
    codes, found = coded(values)
    of = np.zeros(size, np.int16 if len(found) < 2**15 - 1 else np.int32)
    of[places] = codes + 1
    return Levels(of, len(found))


def ranks(values: Array) -> Array:
    """Of a variable without gaps, from the middle rank; ties share the mean of their ranks."""
    of, size = levels(values)
    return np.asarray(_ranks(np.bincount(of, minlength=size + 1))[of])


def animals(known: Array, n: Array, animal: Array, size: int) -> Array:
    """How many animals the observations of each pair are of.

    Args:
        known: what is known of each observation; see `Pairs`.
        n: how many observations each pair has.
    """
    own = np.diag(n)
    # Variables that are known together in all observations they are known in stand for each other.
    alike = (n == own) & (n == own[:, None])
    first = np.argmax(alike, axis=1)
    found = np.zeros(n.shape, np.int64)
    for one, other in combinations_with_replacement(np.unique(first), 2):
        both = (1 << one) | (1 << other)
        found[one, other] = found[other, one] = count_distinct(animal[(known & both) == both], size)
    return found[np.ix_(first, first)]


def p_values(r: Array, freedom: Array) -> Array:
    """Two-sided, by Student's t of r with so many degrees of freedom; empty without any."""
    with np.errstate(invalid="ignore", divide="ignore"):
        freedom = np.where(freedom > 0, freedom, np.nan)
        return np.asarray(2 * stats.t.sf(np.abs(r) * np.sqrt(freedom / ((1 - r) * (1 + r))), freedom))


def interval(r: Array, freedom: Array) -> tuple[Array, Array]:
    """The 95 % interval of r by Fisher's z (1921); its variance is 1 / (n - 3), which is one less than the freedom."""
    with np.errstate(invalid="ignore", divide="ignore"):
        half = stats.norm.ppf((1 + LEVEL) / 2) / np.sqrt(np.where(freedom > 1, freedom - 1, np.nan))
        z = np.arctanh(r)
        return np.tanh(z - half), np.tanh(z + half)


def _together(parts: Iterable[tuple[int, Array]], k: int, known: list[Array]) -> Pairs:
    """Puts the sums of parts of the observations together; groups keep their means to themselves.

    Args:
        known: filled while the parts are gone through.
    """
    n, groups, squares, products = np.zeros((4, k, k))
    of_groups = defaultdict[int, Array](lambda: np.zeros((4, k, k)))
    for group, part in parts:
        of_groups[group] += part
    for own in of_groups.values():
        own_squares, own_products = _spreads(own)
        n, groups = n + own[0], groups + (own[0] > 0)
        squares, products = squares + own_squares, products + own_products
    with np.errstate(invalid="ignore", divide="ignore"):
        r = np.clip(products / np.sqrt(squares * squares.T), -1, 1)
    return Pairs(n.astype(np.int64), groups.astype(np.int64), r, np.concatenate(known))


def _spreads(sums: Array) -> tuple[Array, Array]:
    """For each pair the sum of squares of the first variable about its mean, and that of products."""
    n, of_values, of_squares, of_products = sums
    n = np.maximum(n, 1)
    squares = of_squares - of_values**2 / n
    is_flat = squares <= FLAT * of_squares
    products = of_products - of_values * of_values.T / n
    return np.where(is_flat, 0, squares), np.where(is_flat | is_flat.T, 0, products)


def _sums_of_values(
    blocks: Iterable[tuple[int, Array, Array]], k: int, words: list[Array]
) -> Iterator[tuple[int, Array]]:  # fmt: skip
    """For each block and pair, over what both are known of: observations, sums of the first, of its squares, products.

    Appends what is known to `words`.
    """
    middle, buffer = np.full((k, 1), np.nan), np.empty((0, 0))
    for group, rows, values in blocks:
        unknown = np.isnan(values) if np.isnan(values.sum()) else None
        for row in np.flatnonzero(np.isnan(middle[rows, 0])):
            known = values[row] if unknown is None else values[row, ~unknown[row]]
            middle[rows[row]] = known.mean() if len(known) else np.nan  # near all values, so that no square is large
        if buffer.shape[0] < 2 * len(rows) or buffer.shape[1] < values.shape[1]:
            buffer = np.empty((2 * k, values.shape[1]))  # kept, as new memory costs more than what is done with it
        apart = buffer[: len(rows), : values.shape[1]]
        np.subtract(values, middle[rows], out=apart)
        own = np.empty((4, len(rows), len(rows)))
        if unknown is None:
            words.append(np.full(values.shape[1], (1 << rows).sum(), np.int32))
            own[0], own[1], own[3] = values.shape[1], apart.sum(axis=1)[:, None], apart @ apart.T
            own[2] = np.diag(own[3])[:, None]
        else:
            patterns, of = _patterns(~unknown)
            words.append(_words(patterns, of, rows))
            np.copyto(apart, 0, where=unknown)
            masks = buffer[len(rows) : len(rows) + len(patterns), : values.shape[1]]
            masks[:] = patterns
            own[0], own[1], own[3] = (masks @ masks.T)[np.ix_(of, of)], (apart @ masks.T)[:, of], apart @ apart.T
            np.square(apart, out=apart)
            own[2] = (apart @ masks.T)[:, of]
        sums = np.zeros((4, k, k))
        sums[:, rows[:, None], rows] = own
        yield group, sums


def _sums_of_ranks(
    variables: Sequence[Levels], bounds: Sequence[Bounds], patterns: Array, of: Array
) -> Iterator[tuple[int, Array]]:  # fmt: skip
    """As `_sums_of_values`, of the distance of ranks from their middle.

    A variable is ranked once for all partners of one pattern, that is, known of the same observations.
    """
    k, tables = len(variables), [[_ranks(_counts(own, mask)) for own in variables] for mask in patterns]
    members = [np.flatnonzero(of == place) for place in range(len(patterns))]
    cells = [[np.ix_(rows, columns) for columns in members] for rows in members]
    # For each pattern of partners the ranks of all variables.
    buffer = np.empty((len(patterns), k, max((end - begin for _, begin, end in bounds), default=0)))
    for group, begin, end in bounds:
        masks, given = patterns[:, begin:end].astype(float), buffer[:, :, : end - begin]
        for row, variable in enumerate(variables):
            for place, own in enumerate(tables):
                np.take(own[row], variable.of[begin:end], out=given[place, row], mode="clip")
        given *= masks[:, None]
        sums = np.empty((4, k, k))
        sums[0] = (masks @ masks.T)[np.ix_(of, of)]
        sums[1], sums[2] = given.sum(axis=2).T[:, of], np.einsum("pkn,pkn->kp", given, given)[:, of]
        for one, rows in enumerate(members):
            for other, columns in enumerate(members):
                sums[3][cells[one][other]] = given[other, rows] @ given[one, columns].T
        yield group, sums


def _counts(variable: Levels, mask: Array) -> Array:
    """How often each level occurs where the mask is true."""
    counts, step = np.zeros(variable.size + 1, np.int64), max(2**14, 8 * variable.size)
    for first in range(0, len(mask), step):
        some = slice(first, first + step)
        counts += np.bincount(variable.of[some] * mask[some], minlength=variable.size + 1)
    return counts


def _ranks(counts: Array) -> Array:
    """The ranks of levels that occur so often, from the middle rank; 0 for the level 0."""
    upto = np.cumsum(counts) - counts[0]
    ranks = upto - (counts - 1) / 2 - (upto[-1] + 1) / 2
    ranks[0] = 0
    return np.asarray(ranks)


def _patterns(known: Array) -> tuple[Array, Array]:
    """The different rows of a mask, and which of them each row is."""
    if known.all():
        return known[:1], np.zeros(len(known), np.intp)
    place: dict[bytes, int] = {}
    rows, of = list[Array](), list[int]()
    for row in known:
        key = np.packbits(row).tobytes()
        if key not in place:
            place[key] = len(rows)
            rows.append(row)
        of.append(place[key])
    return np.array(rows), np.array(of)


def _words(patterns: Array, of: Array, variables: Array) -> Array:
    """What is known of each observation as the bits of a number, from which pattern each of some variables has."""
    weights = np.bincount(of, 2.0**variables, len(patterns))
    return np.asarray((weights @ patterns).astype(np.int32))
