"""Linear mixed model with up to two crossed random effects, by restricted maximum likelihood (REML).

y = group mean + u[first] + v[second] + rest, with u, v and the rest normal and independent. Both variances enter as
ratios to that of the rest, which is profiled out (Bates et al. 2015, J Stat Softw 67(1), section 3.4). The first effect
is integrated out level by level: what it takes from a cross-product depends on a level only by its number of rows, so
levels with equally many are summed up once, and a step costs the same however many rows there are. The second effect,
the one with fewer levels, is solved for densely.

Degrees of freedom are Satterthwaite's, with the covariance of the variances from the curvature of the likelihood, and
for tests of several contrasts as Kuznetsova et al. (2017, J Stat Softw 82(13), section 2.2).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from scipy import linalg, optimize, sparse, stats

Array = np.ndarray[Any, Any]
STARTS = (0.1, 0.5, 1.5, 6.0)  # square roots of ratios that are looked at before the search
MOST_STEPS = 600
NOTHING = 1e-10  # a ratio below is a variance of zero
TOO_MUCH = 1e7  # a search that comes to a ratio above would go on for ever: nothing is left for the rest
STEP = 1e-3  # of a logarithm, for slopes and curvatures


class NotEstimable(Exception):
    """The data say nothing of a variance."""


@dataclass(frozen=True)
class Sums:
    """What the likelihood needs of the data: cross-products of the columns [groups, second effect, y].

    `taken[m]` is the sum, over the levels of the first effect with `sizes[m]` rows, of the products of their totals;
    there are `levels[m]` such levels. `centre` was taken from y.
    """

    n: int
    p: int  # groups
    e: int  # levels of the second effect
    crossed: Array
    taken: sparse.csr_array
    sizes: Array
    levels: Array
    centre: float


@dataclass(frozen=True)
class State:
    """The likelihood at some ratios: -2 log REML, the group means less `centre`, their covariance for a rest of one,
    and the sum of squares that is left. `logs` are the log determinants without the rest.
    """

    deviance: float
    means: Array
    unscaled: Array
    left: float
    logs: float


@dataclass(frozen=True)
class Fit:
    """`means` of the groups with their `covariance`; `variances` of the first and the second effect and of the rest."""

    sums: Sums
    ratios: tuple[float, ...]
    means: Array
    covariance: Array
    variances: tuple[float, float, float]
    deviance: float

    @property
    def errors(self) -> Array:
        return np.sqrt(np.diag(self.covariance))

    def freedom(self, contrasts: Array) -> Array:
        """Satterthwaite's degrees of freedom of each row of contrasts of the group means."""
        free = [place for place, ratio in enumerate(self.ratios) if ratio > 0]
        logs = np.log([*(self.ratios[place] for place in free), self.variances[2]])
        of_variances = _curvature(partial(_deviance, self, free), logs)
        slopes = _slopes(partial(_variance, self, free, contrasts), logs)
        try:
            spread = np.einsum("ci,ij,cj->c", slopes, 2 * np.linalg.inv(of_variances), slopes)
        except np.linalg.LinAlgError:
            return np.full(len(contrasts), np.nan)
        variance = np.einsum("ci,ij,cj->c", contrasts, self.covariance, contrasts)
        return np.where(spread > 0, 2 * variance**2 / np.where(spread > 0, spread, 1), np.nan)

    def test(self) -> tuple[float, float, float]:
        """Whether the groups differ: Wald's F, and its degrees of freedom above and below."""
        q = len(self.means) - 1
        contrasts = np.hstack([np.ones((q, 1)), -np.eye(q)])
        values, vectors = np.linalg.eigh(contrasts @ self.covariance @ contrasts.T)
        rotated = vectors.T @ contrasts
        f = float(((rotated @ self.means) ** 2 / values).sum() / q)
        return f, float(q), _joint(self.freedom(rotated))


def fit(y: Array, groups: Array, k: int, effects: Sequence[Array], step: Callable[[], None] = lambda: None) -> Fit:
    """Fits the model.

    Args:
        groups: the group of each row, 0 .. k - 1; each occurs.
        effects: for each random effect the level of each row; one that cannot be told from the rest must be left out.
        step: called before each step of the search.

    Raises:
        NotEstimable: nothing is left for the rest.
    """
    sums = summed(y, groups, k, effects)
    if sums.crossed[-1, -1] <= 1e-24 * max(sums.centre**2, 1e-300) * sums.n or sums.n <= k:
        raise NotEstimable

    def at(roots: Array) -> float:
        step()
        if np.max(roots**2, initial=0) > TOO_MUCH:
            raise NotEstimable
        return state(sums, _ratios(roots)).deviance

    ratios = _ratios(_search(at, len(effects)))
    found = state(sums, ratios)
    rest = found.left / (sums.n - sums.p)
    first, second = (*ratios, 0.0, 0.0)[:2]
    variances = (first * rest, second * rest, rest)
    return Fit(sums, ratios, found.means + sums.centre, rest * found.unscaled, variances, found.deviance)


def summed(y: Array, groups: Array, k: int, effects: Sequence[Array]) -> Sums:
    n, centre = len(y), float(y.mean())
    first = effects[0] if effects else np.arange(n)
    columns: list[Any] = [_indicators(groups, k)]
    e = int(effects[1].max()) + 1 if len(effects) > 1 else 0
    if e:
        columns.append(_indicators(effects[1], e))
    table = sparse.hstack([*columns, sparse.csr_array((y - centre)[:, None])]).tocsr()
    counts = np.bincount(first)
    totals = (_indicators(first, len(counts)).T @ table).tocsr()
    sizes, size = np.unique(counts[counts > 0], return_inverse=True)
    of_level = np.full(len(counts), -1)
    of_level[counts > 0] = size
    taken = []
    for place in range(len(sizes)):
        own = totals[np.flatnonzero(of_level == place)]
        taken.append((own.T @ own).reshape((1, table.shape[1] ** 2)))
    levels = np.bincount(size)
    return Sums(n, k, e, (table.T @ table).toarray(), sparse.vstack(taken).tocsr(), sizes, levels, centre)


def state(sums: Sums, ratios: Sequence[float]) -> State:
    """The likelihood at some ratios of variances."""
    first, second = (*ratios, 0.0, 0.0)[:2]
    weights = first / (1 + first * sums.sizes)
    left = sums.crossed - np.asarray(weights @ sums.taken).reshape(sums.crossed.shape)
    logs = float((sums.levels * np.log1p(first * sums.sizes)).sum())
    p, last = sums.p, slice(sums.p, sums.p + sums.e)
    kept = np.append(np.arange(p), p + sums.e)  # groups and y
    inner = left[np.ix_(kept, kept)]
    if sums.e and second:
        factor = linalg.cholesky(np.eye(sums.e) + second * left[last, last], lower=True)
        half = linalg.solve_triangular(factor, left[last][:, kept], lower=True)
        inner = inner - second * half.T @ half
        logs += 2 * float(np.log(np.diag(factor)).sum())
    own = linalg.cho_factor(inner[:p, :p])
    means = linalg.cho_solve(own, inner[:p, p])
    rest = float(inner[p, p] - inner[:p, p] @ means)
    logs += 2 * float(np.log(np.diag(own[0])).sum())
    freedom = sums.n - p
    deviance = logs + freedom * (1 + np.log(2 * np.pi * rest / freedom)) if rest > 0 else np.inf
    return State(deviance, means, linalg.cho_solve(own, np.eye(p)), rest, logs)


def _search(at: Callable[[Array], float], effects: int) -> Array:
    """The square roots of the ratios where the deviance is least, by the simplex of Nelder and Mead (1965)."""
    if not effects:
        return np.empty(0)
    starts = np.stack(np.meshgrid(*[STARTS] * effects), -1).reshape(-1, effects)
    best = starts[int(np.argmin([at(start) for start in starts]))]
    for _ in range(2):  # begun anew, because a simplex may have collapsed before it was there
        options = {"xatol": 1e-10, "fatol": 1e-12, "maxfev": MOST_STEPS}
        best = optimize.minimize(at, best, method="Nelder-Mead", options=options).x
    for place in range(effects):  # a variance is zero where that is as likely
        without = np.where(np.arange(effects) == place, 0, best)
        best = without if at(without) <= at(best) + 1e-9 else best
    return best


def _ratios(roots: Array) -> tuple[float, ...]:
    return tuple(float(root**2) if root**2 > NOTHING else 0.0 for root in roots)


def _of_logs(of: Fit, free: list[int], logs: Array) -> tuple[list[float], float]:
    """The ratios and the variance of the rest that logarithms stand for."""
    ratios = [0.0] * len(of.ratios)
    for place, value in zip(free, np.exp(logs[:-1]), strict=True):
        ratios[place] = float(value)
    return ratios, float(np.exp(logs[-1]))


def _deviance(of: Fit, free: list[int], logs: Array) -> float:
    """-2 log REML with the variance of the rest not profiled out, but for a constant."""
    ratios, rest = _of_logs(of, free, logs)
    found = state(of.sums, ratios)
    return (of.sums.n - of.sums.p) * float(np.log(rest)) + found.left / rest + found.logs


def _variance(of: Fit, free: list[int], contrasts: Array, logs: Array) -> Array:
    ratios, rest = _of_logs(of, free, logs)
    return np.asarray(np.einsum("ci,ij,cj->c", contrasts, rest * state(of.sums, ratios).unscaled, contrasts))


def _slopes(of: Callable[[Array], Array], at: Array) -> Array:
    steps = STEP * np.eye(len(at))
    return np.stack([(of(at + step) - of(at - step)) / (2 * STEP) for step in steps], axis=-1)


def _curvature(of: Callable[[Array], float], at: Array) -> Array:
    k, steps = len(at), STEP * np.eye(len(at))
    found = np.empty((k, k))
    for i in range(k):
        for j in range(i + 1):
            a, b = steps[i], steps[j]
            bent = of(at + a + b) - of(at + a - b) - of(at - a + b) + of(at - a - b)
            found[i, j] = found[j, i] = bent / (4 * STEP**2)
    return found


def _joint(freedom: Array) -> float:
    """The degrees of freedom below an F of several contrasts, from those of each."""
    q = len(freedom)
    if np.ptp(freedom) < 1e-8 * freedom.max():
        return float(freedom.mean())
    if not np.all(freedom > 2):
        return 2.0
    total = float((freedom / (freedom - 2)).sum())
    return 2 * total / (total - q)


def half_widths(errors: Array, freedom: Array) -> Array:
    """Halves of 95 % intervals by Student's t."""
    return np.asarray(stats.t.ppf(0.975, freedom) * errors)


def _indicators(levels: Array, k: int) -> sparse.csr_array:
    n = len(levels)
    return sparse.csr_array((np.ones(n), (np.arange(n), levels)), shape=(n, k))
