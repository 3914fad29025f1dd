"""Studentized range: its upper tail and its quantiles for many degrees of freedom at once.

P(Q <= q) = E[W(q S)] with S = sqrt(chi-square(f) / f), where W(w) is the chance that k standard normal values span at
most w (Copenhaver and Holland 1988). Both integrals are Gauss-Legendre sums; up to k = 20 they are good to about 1e-11.
"""

from itertools import pairwise
from typing import Any

import numpy as np
from scipy import special

Array = np.ndarray[Any, Any]
INNER = np.polynomial.legendre.leggauss(104)
# S spreads wide where there are few degrees of freedom: up to how many, and the points that are then needed.
OUTER = ((30.0, np.polynomial.legendre.leggauss(112)), (np.inf, np.polynomial.legendre.leggauss(40)))
REACH = 8.5  # standard deviations beyond which the normal density counts for nothing
RARE = 1e-17
AT_ONCE = 64  # values that are summed up together; more would only cost memory
MOST_STEPS, CLOSE = 60, 1e-7  # a step of Newton squares how far off it is


def tail(q: Array, k: int, freedom: Array) -> Array:
    """P(Q > q) for k means; `q` and `freedom` are alike in length. Empty where either is."""
    found = np.full(len(q), np.nan)
    for places in _turns(freedom, ~np.isnan(q)):
        found[places] = 1 - _below(q[places], k, freedom[places])[0]
    return np.maximum(found, 0)


def quantile(p: float, k: int, freedom: Array) -> Array:
    """What Q is above with a chance of p; empty where the degrees of freedom are."""
    found, start = np.full(len(freedom), np.nan), 3.5
    for places in _turns(freedom, np.ones(len(freedom), bool)):
        found[places] = _quantile(p, k, freedom[places], start)
        start = float(found[places][-1])  # the next ones have a little more freedom
    return found


def _turns(freedom: Array, chosen: Array) -> list[Array]:
    """Places in portions, in the order of their degrees of freedom."""
    known = np.flatnonzero(chosen & ~np.isnan(freedom))
    known = known[np.argsort(freedom[known])]
    bounds = [0, *np.searchsorted(freedom[known], [most for most, _ in OUTER], side="right").tolist()]
    return [
        known[start : min(start + AT_ONCE, last)]
        for first, last in pairwise(bounds)
        for start in range(first, last, AT_ONCE)
    ]


def _quantile(p: float, k: int, freedom: Array, start: float) -> Array:
    """By Newton's steps, within bounds that close in."""
    low, high, q = np.zeros(len(freedom)), np.full(len(freedom), np.inf), np.full(len(freedom), start)
    for _ in range(MOST_STEPS):
        below, density = _below(q, k, freedom)
        apart = below - (1 - p)
        low, high = np.where(apart < 0, q, low), np.where(apart >= 0, q, high)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = q - apart / density
        halved = np.where(np.isinf(high), 2 * q, (low + np.where(np.isinf(high), 0, high)) / 2)
        step = np.where((step > low) & (step < np.minimum(high, 2 * q + 1)), step, halved)
        is_close = bool(np.all(np.abs(step - q) <= CLOSE * q))
        q = step
        if is_close:
            break
    return q


def _below(q: Array, k: int, freedom: Array) -> tuple[Array, Array]:
    """P(Q <= q), and its slope."""
    half, (nodes, weights) = freedom / 2, next(points for most, points in OUTER if freedom.max() <= most)
    first = np.sqrt(special.gammaincinv(half, RARE) / half)
    last = np.sqrt(special.gammainccinv(half, RARE) / half)
    s = ((last - first)[:, None] * nodes + (last + first)[:, None]) / 2
    # The density of S but for a factor, which makes the weights sum to one; as a logarithm, because it is far from one.
    density = special.xlogy(2 * half[:, None] - 1, s) - half[:, None] * s**2
    weights = weights * np.exp(density - density.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    within, slope = _normal_range(q[:, None] * s, k)
    return (weights * within).sum(axis=1), (weights * s * slope).sum(axis=1)


def _normal_range(w: Array, k: int) -> tuple[Array, Array]:
    """The chance that k standard normal values span at most w, and its slope."""
    z = REACH * INNER[0]
    weights = REACH * INNER[1] * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    lower = z - w[..., None]
    between = special.ndtr(z) - special.ndtr(lower)
    power = _power(between, k - 2)
    slope = k * (k - 1) * (power * np.exp(-(lower**2) / 2)) @ weights / np.sqrt(2 * np.pi)
    return k * (power * between) @ weights, slope


def _power(base: Array, exponent: int) -> Array:
    """By squaring, which is many times faster than the general power."""
    result = np.ones_like(base)
    while exponent:
        if exponent & 1:
            result *= base
        base, exponent = base * base, exponent >> 1
    return result
