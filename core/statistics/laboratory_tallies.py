"""Values by how often each occurs; quartiles, spread and density follow from that without a sort of all of them."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from core.statistics.cohort import Array
from core.statistics.tallies import coded, combined, decimals

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
        if (written := decimals(self.values)) is not None:
            return 10.0**-written
        span = float(self.values[-1] - self.values[0]) or 1.0
        return float(10.0 ** np.floor(np.log10(span / 10_000)))

    def spread_out(self, most: int) -> Array:
        """All values, or as many as are wanted, evenly by rank."""
        if self.n <= most:
            return np.repeat(self.values, self.counts)
        return self.at_rank(np.floor((np.arange(most) + 0.5) * self.n / most))


def tallies(values: Array, groups: Array, k: int) -> list[Tally]:
    """A tally of each group's values; no value may be empty."""
    codes, levels = coded(values)
    (group, level), counts = combined((groups, k), (codes, len(levels)))
    bounds = np.searchsorted(group, np.arange(k + 1))
    return [Tally(levels[level[begin:end]], counts[begin:end]) for begin, end in pairwise(bounds)]


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
