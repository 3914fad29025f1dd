"""Values by how often each occurs; quartiles, spread and density follow from that without a sort of all of them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.statistics.cohort import Array
from core.statistics.numbers import in_groups

MOST_DECIMALS = 4  # values with more are taken for continuous ones
MOST_CELLS = 4_000_000  # of a table of groups and values
FEWEST_BINS, MOST_BINS = 10, 60
GRID, CELLS = 96, 512  # places at which a density is known, and different values that it is made of
CONSISTENT = 1.4826  # MAD times this estimates the standard deviation of a normal distribution (Hampel 1974)


@dataclass(frozen=True)
class Tally:
    """The different values in order, and how often each occurs."""

    values: Array
    counts: Array

    @cached_property
    def n(self) -> int:
        return int(self.counts.sum())

    @cached_property
    def mean(self) -> float:
        return float(self.values @ self.counts / self.n)

    @cached_property
    def sd(self) -> float:
        """Standard deviation (n - 1); NaN of a single value."""
        if self.n < 2:
            return float("nan")
        return float(np.sqrt((self.values - self.mean) ** 2 @ self.counts / (self.n - 1)))

    @cached_property
    def ends(self) -> Array:
        return np.cumsum(self.counts)

    def at_rank(self, ranks: Array) -> Array:
        """The values at some places of all in order, counted from 0."""
        return self.values[np.searchsorted(self.ends, ranks, side="right")]

    def quantiles(self, *shares: float) -> list[float]:
        """By linear interpolation (Hyndman and Fan 1996, type 7)."""
        places = (self.n - 1) * np.array(shares)
        below = np.floor(places)
        low, high = self.at_rank(below), self.at_rank(np.ceil(places))
        return [float(value) for value in low + (places - below) * (high - low)]

    @cached_property
    def median(self) -> float:
        return self.quantiles(0.5)[0]

    @cached_property
    def mad(self) -> float:
        """Median of the absolute distances from the median, as it is."""
        apart = np.abs(self.values - self.median)
        order = np.argsort(apart)
        return Tally(apart[order], self.counts[order]).median

    @cached_property
    def step(self) -> float:
        """What the values are multiples of, as far as decimals go; a small part of their span where nothing is."""
        decimals = _decimals(self.values)
        if decimals is not None:
            return 10.0**-decimals
        span = float(self.values[-1] - self.values[0]) or 1.0
        return float(10.0 ** np.floor(np.log10(span / 10_000)))

    def spread_out(self, most: int) -> Array:
        """All values, or as many as are wanted, evenly by rank."""
        if self.n <= most:
            return np.repeat(self.values, self.counts)
        return self.at_rank(np.floor((np.arange(most) + 0.5) * self.n / most))


def tallies(values: Array, groups: Array, k: int) -> list[Tally]:
    """A tally of each group's values; no value may be empty."""
    coded = _coded(values, MOST_CELLS // max(k, 1))
    if coded is not None:
        codes, levels = coded
        counts = np.bincount(groups.astype(np.int64) * len(levels) + codes, minlength=k * len(levels))
        return [Tally(levels[row > 0], row[row > 0]) for row in counts.reshape(k, -1)]
    found = [Tally(np.empty(0), np.empty(0, np.int64))] * k
    for group, rows in in_groups(groups, k):
        found[group] = Tally(*np.unique(values[rows], return_counts=True))
    return found


def tally(values: Array) -> Tally:
    return tallies(values, np.zeros(len(values), np.int8), 1)[0]


def bins(of: Tally) -> Array:
    """Edges of the bins of a histogram: 10 to 60 of one width that hold all values.

    The width is near that of Freedman and Diaconis (1981), 2 IQR / n^(1/3), as 1, 2 or 5 times a power of ten of the
    step in which the values were written down, and edges lie half a step beside values: so each bin holds as many
    possible values as the next, and none lies on an edge.
    """
    step, (q1, q3) = of.step, of.quantiles(0.25, 0.75)
    first, last = (int(np.rint(value / step)) for value in of.values[[0, -1]])
    steps = last - first + 1
    ideal = np.clip(2 * (q3 - q1) / np.cbrt(of.n) / step, steps / MOST_BINS, steps / FEWEST_BINS)
    widths = [nice * 10**power for power in range(len(str(steps)) + 1) for nice in (1, 2, 5)]
    counts = {width: last // width - first // width + 1 for width in widths}
    fitting = [width for width in widths if counts[width] <= MOST_BINS]
    fitting = [width for width in fitting if counts[width] >= FEWEST_BINS] or fitting[:1]
    width = min(fitting, key=lambda width: abs(np.log(width / ideal)))
    more = max(0, FEWEST_BINS - counts[width])
    begin = first // width - more // 2
    return np.asarray(((begin + np.arange(counts[width] + more + 1)) * width - 0.5) * step)


def density(of: Tally) -> tuple[Array, Array]:
    """Where between the lowest and the highest value how many lie, the highest being 1: a Gaussian kernel of the width
    0.9 min(sd, IQR / 1.34) n^(-1/5) (Silverman 1986, eq. 3.31), at least the step in which values were written down.
    """
    q1, q3 = of.quantiles(0.25, 0.75)
    spread = min(of.sd, (q3 - q1) / 1.34) if q3 > q1 else of.sd
    width = max(0.9 * spread * of.n**-0.2, of.step)
    grid, made_of = np.linspace(of.values[0], of.values[-1], GRID), _coarse(of)
    apart = (grid[:, None] - made_of.values[None, :]) / width
    found = np.exp(-(apart**2) / 2) @ made_of.counts
    return grid, found / found.max()


def _coarse(of: Tally) -> Tally:
    """The same with few different values: neighbours become their mean."""
    if len(of.values) <= CELLS:
        return of
    span = of.values[-1] - of.values[0]
    cell = np.minimum((of.values - of.values[0]) / span * CELLS, CELLS - 1).astype(np.int64)
    counts = np.bincount(cell, of.counts)
    there = counts > 0
    return Tally(np.bincount(cell, of.counts * of.values)[there] / counts[there], counts[there])


def _coded(values: Array, most: int) -> tuple[Array, Array] | None:
    """Each value's place among all multiples of a decimal step, and those; None where there would be too many."""
    decimals = _decimals(values[:1000]) if len(values) else None
    for decimal in () if decimals is None else dict.fromkeys((decimals, MOST_DECIMALS)):
        scaled = np.rint(values * 10**decimal)
        low, high = scaled.min(), scaled.max()
        if high - low < most and (scaled / 10**decimal == values).all():
            return (scaled - low).astype(np.int64), np.arange(low, high + 1) / 10**decimal
    return None


def _decimals(values: Array) -> int | None:
    """How many decimals the values have; None where they have many."""
    for decimals in range(MOST_DECIMALS + 1):
        if (np.rint(values * 10**decimals) / 10**decimals == values).all():
            return decimals
    return None
