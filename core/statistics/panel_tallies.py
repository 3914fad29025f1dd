"""Counts what there is of values: scores have few different ones, so that a million need not be put in order."""

import math
from collections.abc import Sequence

import numpy as np

from core.statistics.cohort import Array
from core.statistics.numbers import MOST_CELLS

NEAR = 1e-9  # steps; so far may arithmetic be off
ABSENT = -(2**15)  # the code of no value
MOST_CODES = 2**13  # different values that are counted in a table; more are put in order first


def coded(values: Array, low: float, step: float, parts: int) -> tuple[Array, Array]:
    """Codes in the order of values, and what each code stands for.

    Values that are means of scores of a scale are told apart by whole `parts` of its steps, so that what is equal stays
    equal whatever the arithmetic left behind the comma.
    """
    if len(values):
        whole, is_near = _steps(values, low, step / parts)
        lowest = whole.min()
        if is_near and whole.max() - lowest < MOST_CODES:
            whole -= lowest
            levels = low + (np.arange(int(whole.max()) + 1) + lowest) * (step / parts)
            return whole.astype(np.int32), levels
    levels, codes = np.unique(values, return_inverse=True)
    return codes.astype(np.int32), levels


def coded_together(columns: Sequence[Array], low: float, step: float) -> list[Array]:
    """Codes that are equal where values are, whichever column they are in; ABSENT where there is none."""
    found: list[Array] = []
    for values in columns:
        whole, is_near = _steps(values, low, step)
        if not is_near or np.nanmax(np.abs(whole), initial=0) >= -ABSENT:
            break
        found.append(np.where(np.isnan(whole), ABSENT, whole).astype(np.int16))
    else:
        return found
    levels = np.unique(np.concatenate(columns))
    return [np.where(np.isnan(values), ABSENT, np.searchsorted(levels, values)) for values in columns]


def _steps(values: Array, low: float, step: float) -> tuple[Array, bool]:
    """How many steps values lie above the lowest score, made whole; and whether they are."""
    steps = values - low
    steps /= step
    whole = np.rint(steps)
    steps -= whole
    return whole, bool(np.nanmax(np.abs(steps, out=steps), initial=0) < NEAR)


def tallied(*columns: tuple[Array, int]) -> tuple[list[Array], Array]:
    """The combinations of codes that occur, and how often each does. A column: its codes, and how many there can be."""
    sizes = [size for _, size in columns]
    key = columns[0][0].astype(np.int64)
    for codes, size in columns[1:]:
        key *= size
        key += codes
    if math.prod(sizes) <= MOST_CELLS:
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
