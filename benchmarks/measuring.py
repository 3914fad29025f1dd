"""Times things: beside a yardstick in turns, so that a slow moment of the machine hits both, or many calls of one."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event

from core.db import engine


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


@dataclass(frozen=True)
class Timed:
    """Many calls of one thing with ever other parameters: seconds, and the most queries that one call took."""

    name: str
    calls: int
    p50: float
    p95: float
    queries: int


def beside(
    name: str, action: Callable[[], object], yardstick: str, compared: Callable[[], object], times: int = 15
) -> Result:
    action(), compared()  # the first call loads what later ones find loaded
    pairs = [(_seconds(action), _seconds(compared)) for _ in range(times)]
    medians = [statistics.median(column) for column in zip(*pairs, strict=True)]
    return Result(name, medians[0], yardstick, medians[1])


def many(name: str, action: Callable[[], object], calls: int = 200) -> Timed:
    """Calls it often; the action draws new parameters each time."""
    for _ in range(5):
        action()
    times, queries = [], 0
    with statements() as sent:
        for _ in range(calls):
            sent.clear()
            times.append(_seconds(action))
            queries = max(queries, len(sent))
    cuts = statistics.quantiles(times, n=20)
    return Timed(name, calls, statistics.median(times), cuts[-1], queries)


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements of the block, as they are sent."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(engine(), "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine(), "before_cursor_execute", note)


def _seconds(action: Callable[[], object]) -> float:
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin
