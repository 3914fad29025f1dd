"""Times that samples are counted by: months, weeks and longer ones, without holes; and the animals of each."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal, get_args

import numpy as np

from core.statistics.cohort import EPOCH, Array, month_of, months
from core.statistics.filters import StatisticsFilter
from core.statistics.reading import NO_DAY

Step = Literal["week", "month", "quarter", "year", "decade"]
STEPS: tuple[Step, ...] = get_args(Step)
MONTHS: dict[str, int] = {"month": 1, "quarter": 3, "year": 12, "decade": 120}
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Times:
    """`starts` are the first days of the times from the first to the last that has a sample, `ends` their last days.

    `places` has for each sample the number of its time, -1 where its day is not known.
    """

    step: Step
    starts: tuple[date, ...]
    ends: tuple[date, ...]
    places: Array

    def columns(self, times: Array, *, until: bool) -> dict[str, list[date]]:
        """What tells the times of rows apart: a month's first day, or the first and last day."""
        if self.step == "month" and not until:
            return {"month": [self.starts[time] for time in times]}
        first = {} if until else {"first": [self.starts[time] for time in times]}
        return first | {"last": [self.ends[time] for time in times]}

    def name(self, time: int) -> str:
        return time_name(self.step, self.starts[time])


def time_name(step: str, start: date) -> str:
    """As in 2026-11, 2026-W48 (ISO 8601), 2026-Q4, 2026."""
    if step == "week":
        year, week, _ = start.isocalendar()
        return f"{year}-W{week:02}"
    if step == "quarter":
        return f"{start.year}-Q{(start.month + 2) // 3}"
    return f"{start:%Y-%m}" if step == "month" else str(start.year) if step == "year" else f"{start.year}+"


def few_times(days: Array, step: Step, most: int) -> Times:
    """Times of a step, or of the next longer one of which there are not more than `most`."""
    found = times_of(days, step)
    for longer in STEPS[STEPS.index(step) + 1 :]:
        if len(found.starts) > most:
            found = times_of(days, longer)
    return found


def times_of(days: Array, step: Step) -> Times:
    known = days > NO_DAY
    if not known.any():
        return Times(step, (), (), np.full(len(days), -1))
    first_day, last_day = int(days[known].min()), int(days.max())
    numbers = _numbers(np.arange(first_day, last_day + 1), step)  # of each day that there is, not of each sample
    first, last = int(numbers[0]), int(numbers[-1])
    starts = [_start(number, step) for number in range(first, last + 2)]
    places = (numbers - first)[np.maximum(days - first_day, 0)]
    places[~known] = -1
    return Times(step, tuple(starts[:-1]), tuple(start - DAY for start in starts[1:]), places)


def within(times: Times, time: int, wanted: StatisticsFilter, *, until: bool) -> dict[str, Any]:
    """The days of a time, as far as a filter leaves them."""
    first, last = times.starts[time], times.ends[time]
    if until:
        first = wanted.first or times.starts[0]
    return {"first": max(first, wanted.first or first), "last": min(last, wanted.last or last)}


def distinct_in(cells: Array, k: int, ids: Array, size: int) -> Array:
    """How many different ids, all below `size`, each cell has; for many cells of which most ids are in one.

    Each id is counted in one of its cells; only those that are in others, too, are sorted.
    """
    chosen = cells >= 0
    cells, ids = cells[chosen], ids[chosen]
    one = np.full(size, -1)
    one[ids] = cells
    found = np.bincount(one[one >= 0], minlength=k)
    others = cells != one[ids]
    pairs = np.unique(cells[others].astype(np.int64) * size + ids[others])
    return found + np.bincount(pairs // max(size, 1), minlength=k)


def animals_until(places: Array, k: int, times: Times, animals: Array, size: int) -> Array:
    """How many different animals each of k places has until each time: one counts from its first time on."""
    n_times = len(times.starts)
    known = times.places >= 0
    first = np.full(k * size, n_times, np.int32)
    np.minimum.at(first, places[known] * size + animals[known], times.places[known].astype(np.int32))
    there = np.flatnonzero(first < n_times)
    fresh = np.bincount(there // max(size, 1) * n_times + first[there], minlength=k * n_times)
    return fresh.reshape(k, n_times).cumsum(axis=1)


def _numbers(days: Array, step: Step) -> Array:
    """The number of each day's time."""
    if step == "week":
        return (days + EPOCH - 1) // 7  # 0001-01-01 was a Monday
    return months(days) // MONTHS[step]


def _start(number: int, step: Step) -> date:
    return date.fromordinal(7 * number + 1) if step == "week" else month_of(number * MONTHS[step])
