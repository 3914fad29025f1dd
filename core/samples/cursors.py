"""Orders of the list of samples, and cursors: where in an order a page begins, opaque to whoever holds one."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal, NoReturn

from sqlalchemy import ColumnElement, tuple_

from core import ids
from core.errors import BadInput, Finding
from core.tables import Sample

Sort = Literal[
    "received_at", "-received_at", "slaughtered_on", "-slaughtered_on", "submitted_at", "-submitted_at",
    "updated_at", "-updated_at", "grade", "-grade",
]  # fmt: skip
# What one can sort by -> the columns that make the order whole: no two samples stand at the same place.
SORTS: dict[str, tuple[str, ...]] = {
    "received_at": ("received_at", "id"),
    "slaughtered_on": ("slaughtered_on", "id"),
    "submitted_at": ("submitted_at", "id"),
    "updated_at": ("updated_at", "id"),
    "grade": ("grade_rank", "received_at", "id"),
}


@dataclass(frozen=True)
class Order:
    """By `name`, from the lowest up or from the highest down."""

    name: str
    is_down: bool

    def columns(self, of: Any) -> list[Any]:
        """The columns of the order in a table, or in what was selected of it."""
        return [getattr(of, name) for name in SORTS[self.name]]

    def reverse(self) -> "Order":
        return replace(self, is_down=not self.is_down)

    def by(self, of: Any) -> list[Any]:
        return [column.desc() if self.is_down else column.asc() for column in self.columns(of)]

    def beyond(self, of: Any, values: list[Any]) -> ColumnElement[bool]:
        """What comes after a place."""
        place = tuple_(*self.columns(of))
        return place < tuple_(*values) if self.is_down else place > tuple_(*values)


@dataclass(frozen=True)
class Place:
    """One sample's place in an order, and whether the page wanted lies before it."""

    values: list[Any]
    is_back: bool


def order(sort: str) -> Order:
    name = sort.removeprefix("-")
    if name not in SORTS:
        raise BadInput(Finding("sort", "unknown_choice"))
    return Order(name, sort.startswith("-"))


def write(at: Order, sample: Sample, *, is_back: bool = False) -> str:
    values = [getattr(sample, name) for name in SORTS[at.name]]
    said = [at.name, at.is_down, is_back, *(value if isinstance(value, int) else str(value) for value in values)]
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


def read(at: Order, cursor: str) -> Place:
    """The place that a cursor of this very order names.

    Raises:
        BadInput: it is none, or one of another order.
    """
    try:
        name, is_down, is_back, *said = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if (name, is_down) != (at.name, at.is_down) or not isinstance(is_back, bool):
            _refuse()
        values = [_READ[column](value) for column, value in zip(SORTS[name], said, strict=True)]
    except (ValueError, TypeError, RecursionError) as error:
        raise BadInput(Finding("cursor", "not_valid")) from error
    return Place(values, is_back)


def _instant(value: str) -> datetime:
    instant = datetime.fromisoformat(value)
    return instant if instant.tzinfo else _refuse()


def _rank(value: int) -> int:
    return value if value in range(10) else _refuse()


def _id(value: str) -> str:
    return value if ids.parse(value) == value else _refuse()


def _refuse() -> NoReturn:
    raise ValueError("cursor")


_READ: dict[str, Callable[[Any], Any]] = {
    "received_at": _instant,
    "submitted_at": _instant,
    "updated_at": _instant,
    "slaughtered_on": date.fromisoformat,
    "grade_rank": _rank,
    "id": _id,
}
