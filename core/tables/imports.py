"""Imports of workbooks: what was sent, how far it is, what it wrote, and what was there before."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from core.tables.base import Base, Run, made_at, made_id, one_of


class ImportRun(Run, Base):
    """One file on its way in. `step` says what its worker does or did: look through it, or write what was confirmed."""

    __tablename__ = "import_runs"
    step: Mapped[str] = mapped_column(server_default="check", default="check")
    file_name: Mapped[str]
    sha256: Mapped[str] = mapped_column(index=True)  # of the workbook
    bytes: Mapped[int]
    photos_name: Mapped[str | None]  # of the zip of photos that came along
    # Scale, day, mapping of columns and choices, as the person said them.
    options: Mapped[dict[str, Any]]
    summary: Mapped[dict[str, Any]] = mapped_column(server_default="{}", default=dict)  # how many of what
    # Of all that the last look would write: what is confirmed is exactly this, or is refused.
    digest: Mapped[str | None]
    confirmed_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        return (*super().__table_args__, one_of("step", "check", "write"))


class ImportChange(Base):
    """One sample that an import wrote: its rows in the workbook, and what it takes to undo it."""

    __tablename__ = "import_changes"
    run_id: Mapped[UUID] = mapped_column(ForeignKey("import_runs.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    sample_id: Mapped[str] = mapped_column(index=True)
    is_new: Mapped[bool]
    version: Mapped[int]  # as the import left it: another one means that somebody has edited it since
    rows: Mapped[list[Any]]  # [sheet, row] of each
    before: Mapped[dict[str, Any]] = mapped_column(server_default="{}", default=dict)


class ImportMapping(Base):
    """What the columns of one kind of sheet mean, as somebody has said it once."""

    __tablename__ = "import_mappings"
    id: Mapped[UUID] = made_id()
    name: Mapped[str] = mapped_column(unique=True)
    columns: Mapped[dict[str, Any]]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    made_at: Mapped[datetime] = made_at()
