"""Times a thing and its yardstick in turns, so that a slow moment of the machine hits both."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """Medians in seconds of one thing and of its yardstick."""

    name: str
    seconds: float
    yardstick: str
    yardstick_seconds: float

    @property
    def ratio(self) -> float:
        return self.seconds / self.yardstick_seconds


def beside(
    name: str, action: Callable[[], object], yardstick: str, compared: Callable[[], object], times: int = 15
) -> Result:
    action(), compared()  # the first call loads what later ones find loaded
    pairs = [(_seconds(action), _seconds(compared)) for _ in range(times)]
    medians = [statistics.median(column) for column in zip(*pairs, strict=True)]
    return Result(name, medians[0], yardstick, medians[1])


def _seconds(action: Callable[[], object]) -> float:
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin
