"""The server's clock: the only one that rules on windows and ages."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SEOUL = ZoneInfo("Asia/Seoul")
_pinned: ContextVar[datetime | None] = ContextVar("pinned", default=None)


def now() -> datetime:
    return _pinned.get() or datetime.now(UTC)


def today() -> date:
    """The calendar day in Seoul, where the product's people are."""
    return now().astimezone(SEOUL).date()


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """Acts as if it were `instant`: for demo data that reaches back in time, and for tests of windows."""
    token = _pinned.set(instant)
    try:
        yield
    finally:
        _pinned.reset(token)
