"""What does not fit a field, by the kind of the field."""

import math
from typing import Any

ABSENT = object()
SQL, HTML, EMOJI = "'; drop table samples; --", "<script>alert(1)</script>", "🥩👩🏽‍🔬🇰🇷"
HUGE = "가" * 3_400_000  # ten megabytes of UTF-8
FAR = (1e308, -1e308, math.nan, math.inf, -math.inf, 10**400, -(10**400))
NESTED: list[Any] = []
for _ in range(50):
    NESTED = [NESTED]
SHAPES: tuple[Any, ...] = ([], {}, NESTED, {"a": [1]}, [None])
NO_TEXT = (0, -1, 1.5, True, math.nan, 10**400, *SHAPES)
ODD_TEXT = ("a\0b", "\x1b[31mred", "a\x85b", "\x7f", "\ud800", "half \udfff")
NO_KEY = (SQL, HTML, EMOJI, "nonsense", "한우", "%", "{0}", "../..")
GONE = (None, ABSENT)

Bad = tuple[Any, ...]


def line(longest: int = 200, *, needed: bool = True) -> Bad:
    empty = ("", "  \n ", *GONE) if needed else ()
    return (*NO_TEXT, *ODD_TEXT, *empty, "x" * (longest + 1), HUGE)


def choice(*more: Any, needed: bool = True) -> Bad:
    """For a key of the catalogue: what the catalogue does not have, or has elsewhere."""
    return (*line(needed=needed), *NO_KEY, *more)


def literal(*, needed: bool = True) -> Bad:
    return (*NO_TEXT, *ODD_TEXT, *NO_KEY, "", HUGE, *(GONE if needed else ()))


def whole(low: int, high: int, *, needed: bool = False) -> Bad:
    no_numbers = ("", "one", SQL, EMOJI, "9" * 5000, "\ud800")
    return (*FAR, *SHAPES, low - 1, high + 1, 1.5, *no_numbers, *(GONE if needed else ()))


def number(low: float, high: float, *, needed: bool = False) -> Bad:
    outside = (low - 0.001, high + 0.001)
    return (*FAR, *SHAPES, *outside, "", "one", SQL, EMOJI, "1,5", "\ud800", *(GONE if needed else ()))


def day(*more: str, needed: bool = False) -> Bad:
    no_days = ("", "yesterday", "2026-02-30", "2026-13-01", "03/05/2026", "10000-01-01", "2026-03-05T12:00:00Z", SQL)
    far = (1e308, math.nan, math.inf, 10**400, 0.5)
    return (*no_days, EMOJI, "\ud800", *far, *SHAPES, *more, *(GONE if needed else ()))


def instant(*more: str, needed: bool = True) -> Bad:
    """Also without a zone, and so far off that a database or a calendar cannot hold it."""
    naive = ("2026-03-10T10:00:00", "2026-03-10")
    far = ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1999-12-31T23:59:59Z", "2100-01-01T00:00:00Z", 1e308)
    no_instants = ("", "now", SQL, EMOJI, "\ud800", math.nan, 10**400, *SHAPES)
    return (*naive, *far, *no_instants, *more, *(GONE if needed else ()))


def identity(*, needed: bool = True) -> Bad:
    no_ids = ("", "nonsense", "0" * 31, SQL, EMOJI, HUGE, "\ud800", 1, math.nan, 10**400)
    return (*no_ids, *SHAPES, *(GONE if needed else ()))


SHA256 = ("", "a" * 63, "a" * 65, "g" * 64, HUGE, "\ud800", 1, math.nan, 10**400, *SHAPES)
TICKED = ("text", 1, True, {"a": 1}, [1], [None], [["a"]], [""], ["a\0b"], ["x" * 201], ["x"] * 51, [HUGE], [[]])
STRANGER = (1, "x", None, NESTED, HUGE, "\ud800")
NO_OBJECT = (None, ABSENT, 1, "x", "", [], [[]], True, math.nan, 10**400, "\ud800")
SCORE = (*number(1, 10), 5.3, 0, -1)
FUTURE, PAST = "2099-01-01", "1999-12-31"
LATER, BEFORE = "2099-01-01T00:00:00Z", "2026-03-01T00:00:00Z"
