"""Counts what there is of values: scores have few different ones, so that a million need not be put in order."""

import math

import numpy as np

from core.statistics.cohort import Array
from core.statistics.numbers import MOST_CELLS

NEAR = 1e-9  # steps; so far may arithmetic be off
MOST_CODES = 2**13  # different values that are counted in a table; more are put in order first


def coded(values: Array, low: float, step: float, parts: int) -> tuple[Array, Array]:
    """Codes in the order of values, and what each code stands for.

    Values that are means of scores of a scale are told apart by whole `parts` of its steps, so that what is equal stays
    equal whatever the arithmetic left behind the comma.
    """
    if len(values):
        steps = (values - low) * (parts / step)
        whole = np.rint(steps)
        lowest = whole.min()
        if whole.max() - lowest < MOST_CODES and np.abs(steps - whole, out=steps).max() < NEAR:
            whole -= lowest
            levels = low + (np.arange(int(whole.max()) + 1) + lowest) * (step / parts)
            return whole.astype(np.int32), levels
    levels, codes = np.unique(values, return_inverse=True)
    return codes.astype(np.int32), levels


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
