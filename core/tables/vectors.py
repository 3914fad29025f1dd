"""Embeddings in the database: pgvector's type, sent and read as its text."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Double, literal
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import UserDefinedType

DIMENSIONS = 64


class Vector(UserDefinedType[tuple[float, ...]]):
    """So many numbers of single precision."""

    cache_ok = True

    def __init__(self, dimensions: int | str = DIMENSIONS) -> None:
        self.dimensions = int(dimensions)

    def get_col_spec(self, **_: Any) -> str:
        return f"vector({self.dimensions})"

    def bind_processor(self, dialect: Any) -> Callable[[Sequence[float] | None], str | None]:
        return lambda value: None if value is None else f"[{','.join(repr(float(number)) for number in value)}]"

    def result_processor(self, dialect: Any, coltype: Any) -> Callable[[str | None], tuple[float, ...] | None]:
        return lambda value: None if value is None else tuple(map(float, value[1:-1].split(",")))


ischema_names["vector"] = Vector  # so that a comparison of tables and database knows the type


def cosine_distance(
    column: InstrumentedAttribute[tuple[float, ...] | None], to: Sequence[float]
) -> ColumnElement[float]:
    """0 for the same direction, 1 for a right angle, 2 for the opposite; what an index of cosines is sorted by."""
    return column.op("<=>", return_type=Double())(literal(tuple(to), Vector(len(to))))
