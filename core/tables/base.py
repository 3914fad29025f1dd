"""What all tables share: names of constraints, column types, and the shape of catalogue rows and runs."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, MetaData, Text, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012  (SQLAlchemy reads it from the class)
        str: Text,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        UUID: Uuid,
    }


class Named:
    """A catalogue row: what a form offers. Rows in use are never deleted, only made inactive."""

    name_ko: Mapped[str]
    name_en: Mapped[str]
    position: Mapped[int]
    active: Mapped[bool] = mapped_column(server_default="true")


def made_id() -> Mapped[UUID]:
    return mapped_column(primary_key=True, default=uuid4)


def made_at() -> Mapped[datetime]:
    return mapped_column(server_default=func.now())


def one_of(column: str, *values: str, name: str | None = None) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} in ({listed})", name=name or column)


class Run:
    """A computation in the background: who asked for it, and how far it is."""

    id: Mapped[UUID] = made_id()
    state: Mapped[str] = mapped_column(server_default="waiting", default="waiting")
    done: Mapped[int] = mapped_column(server_default="0", default=0)
    total: Mapped[int] = mapped_column(server_default="0", default=0)
    error: Mapped[str | None]  # a word key under "error"
    requested_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    requested_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        states = one_of("state", "waiting", "running", "done", "failed", "cancelled")
        return states, Index(None, "requested_by", "requested_at")
