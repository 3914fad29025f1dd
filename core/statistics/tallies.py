"""Counts what there is of values: they have few different ones, so that a million need not be put in order."""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd

from core.statistics.cohort import Array

DIGITS = 10  # after the point: values that differ by less are one, as only rounding tells them apart
NEAR = 1e-9  # steps; so far may arithmetic be off
MOST_DECIMALS = 4  # values with more are taken for continuous ones
MOST_CELLS = 2**22  # of a table of groups and values
PIECE, LARGEST = 2**15, 2**31  # values that are looked at together; steps that values may have
QUARTILES = ("min", "q1", "median", "q3", "max")


class Coded(NamedTuple):
    """Values as places among `levels`, which rise; not each level need occur."""

    codes: Array
    levels: Array


def coded(values: Array, per_unit: float | None = None, most: int = MOST_CELLS) -> Coded:
    """Of values that are known.

    Values that are multiples of a step are told apart by whole steps, so that what is equal stays equal whatever the
    arithmetic left behind the comma.

    Args:
        per_unit: how many steps one has; without it the step is that of the decimals of the first values.
        most: levels; where there would be more, they are those that occur.
    """
    per_unit = per_unit or _per_unit(values[:1000])
    if per_unit and len(values) and (steps := _steps(values, per_unit)) is not None:
        low, high = int(steps.min()), int(steps.max())
        if high - low < most:
            steps -= low
            return Coded(steps, np.arange(low, high + 1) / per_unit)
    codes, levels = pd.factorize(np.round(values, DIGITS), sort=True)
    return Coded(codes.astype(np.int32), levels)


def _steps(values: Array, per_unit: float) -> Array | None:
    """How many whole steps values are; None where they are none. In pieces that stay near the processor."""
    found = np.empty(len(values), np.int32)
    for first in range(0, len(values), PIECE):
        steps = values[first : first + PIECE] * per_unit
        whole = np.rint(steps)
        steps -= whole
        if max(steps.max(), -steps.min()) > NEAR or max(whole.max(), -whole.min()) >= LARGEST:
            return None
        found[first : first + PIECE] = whole
    return found


def decimals(values: Array) -> int | None:
    """How many decimals the values have; None where they have many."""
    for found in range(MOST_DECIMALS + 1):
        steps = values * 10**found
        if (np.abs(steps - np.rint(steps)) < NEAR).all():
            return found
    return None


def _per_unit(values: Array) -> float | None:
    found = decimals(values)
    return None if found is None else 10.0**found


def combined(*columns: tuple[Array, int]) -> tuple[list[Array], Array]:
    """The combinations of codes that occur, and how often each does. A column: its codes, and how many there can be."""
    sizes = [size for _, size in columns]
    key: Array = columns[0][0].astype(np.int32 if math.prod(sizes) < LARGEST else np.int64)
    for codes, size in columns[1:]:
        key *= size
        key += codes
    if math.prod(sizes) <= max(MOST_CELLS, len(key)):
        counts = np.bincount(key)
        there = np.flatnonzero(counts)
        counts = counts[there]
    else:
        there, counts = np.unique(key, return_counts=True)
    found: list[Array] = []
    for size in reversed(sizes):
        there, codes = np.divmod(there, size)
        found.insert(0, codes)
    return found, counts


def described(counts: Array, levels: Array) -> dict[str, Array]:
    """For each row of counts: n, mean, sd (n - 1) and QUARTILES of the levels that are counted."""
    order = np.argsort(levels)
    counts, levels = counts[:, order], levels[order]
    n = counts.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = counts @ levels / n
        sd = np.sqrt((counts * (levels - mean[:, None]) ** 2).sum(axis=1) / (n - 1))
    told = {"n": n, "mean": mean, "sd": np.where(n > 1, sd, np.nan)}
    return told | dict(zip(QUARTILES, _quartiles(counts, levels).T, strict=True))


def _quartiles(counts: Array, levels: Array) -> Array:
    """By linear interpolation (Hyndman and Fan 1996, type 7): a row for each group, a column for each of QUARTILES."""
    upto = counts.cumsum(axis=1)
    n, levels = counts.sum(axis=1, keepdims=True), np.append(levels, np.nan)  # the last one for groups without any
    place = (n - 1) * np.array([0, 0.25, 0.5, 0.75, 1])
    below = np.floor(place)
    under, over = (levels[(upto[:, None, :] <= at[:, :, None]).sum(axis=2)] for at in (below, np.ceil(place)))
    return np.where(n > 0, under + (over - under) * (place - below), np.nan)
