"""What an import looks like to whoever asked for it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core import clock
from core.background import UNFINISHED
from core.policy import Actor, Relation, allows
from core.tables import ImportRun, User

UNDO_FOR = timedelta(hours=24)


@dataclass(frozen=True)
class ImportView:
    """How far an import is: `done` of `total` samples of its `step` (check or write).

    summary: how many rows are good, warned of, bad, the same as stored, and what would be or was written; `refused`
    in it says why a file cannot be read. error: a word key under "error". undo_until: None where there is nothing to
    undo; may_undo: whether this person may, now.
    """

    id: UUID
    step: str
    state: str
    done: int
    total: int
    file_name: str
    sha256: str
    bytes: int
    photos_name: str | None
    options: dict[str, Any]
    summary: dict[str, Any]
    error: str | None
    requested_by: UUID
    requested_by_name: str
    requested_at: datetime
    finished_at: datetime | None
    confirmed_at: datetime | None
    undone_at: datetime | None
    undo_until: datetime | None
    may_undo: bool

    @property
    def is_finished(self) -> bool:
        return self.state not in UNFINISHED

    @property
    def phase(self) -> str:
        """waiting, checking, checked, writing, written, undone, failed or cancelled."""
        if self.undone_at is not None:
            return "undone"
        if self.state == "running":
            return "checking" if self.step == "check" else "writing"
        if self.state == "done":
            return "checked" if self.step == "check" else "written"
        return self.state

    @property
    def to_write(self) -> int:
        return sum(self.summary.get(name, 0) for name in ("good", "warned"))


@dataclass(frozen=True)
class ColumnView:
    """A column of a sheet and what it means. key: how a mapping knows it; target: None where nobody knows."""

    sheet: str
    letters: str
    header: str
    group: str
    key: str
    target: str | None
    suggested: str | None
    preview: tuple[str, ...]


def view(session: Session, actor: Actor, row: ImportRun, name: str | None = None) -> ImportView:
    written = row.step == "write" and row.state == "done" and row.undone_at is None
    until = row.finished_at + UNDO_FOR if written and row.finished_at is not None else None
    own = Relation(own=row.requested_by == actor.id)
    names = (
        "id", "step", "state", "done", "total", "file_name", "sha256", "bytes", "photos_name", "options", "summary",
        "error", "requested_by", "requested_at", "finished_at", "confirmed_at", "undone_at",
    )  # fmt: skip
    return ImportView(
        **{each: getattr(row, each) for each in names},
        requested_by_name=name or session.get_one(User, row.requested_by).name, undo_until=until,
        may_undo=until is not None and clock.now() < until and allows(actor, "import.undo", own),
    )  # fmt: skip
