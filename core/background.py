"""What all long runs share: who sees one, how it ends, and how its worker shows that it is alive.

Whether the worker of a run is alive needs no heartbeat: while it works it holds an advisory lock of the database, which
ends with its connection. A run that is said to be running and whose lock is free was left by a worker that died. A
process that ends is noticed at once; a machine that vanishes after about a minute, when the database gives up its
silent connection.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, text, update
from sqlalchemy.orm import Session

from core import accounts, clock
from core.db import engine, transaction
from core.errors import NotFound
from core.policy import Actor
from core.tables.base import Run

Row = TypeVar("Row", bound=Run)
UNFINISHED = ("waiting", "running")
EVERY_S = 0.5  # between two notes of how far a run is
# A silent connection is asked after half a minute, and given up when it does not answer.
IMPATIENT = ("tcp_keepalives_idle = 30", "tcp_keepalives_interval = 10", "tcp_keepalives_count = 3")


class Cancelled(Exception):
    """Nobody waits for it any more."""


class Progress:
    """Notes how far a run is, at most twice a second, and finds out whether anybody still waits for it."""

    def __init__(self, table: type[Run], run_id: UUID) -> None:
        self.table, self.run_id, self.noted_at = table, run_id, float("-inf")

    def note(self, **values: Any) -> None:
        """Raises Cancelled where nobody does."""
        if time.monotonic() - self.noted_at < EVERY_S:
            return
        self.noted_at = time.monotonic()
        with transaction() as session:
            if not change_running(session, self.table, self.run_id, **values):
                raise Cancelled


def seen_by(actor: Actor, table: type[Run]) -> ColumnElement[bool]:
    """The condition that leaves a person's own runs; all of them for a manager."""
    return table.id.is_not(None) if actor.role == "manager" else table.requested_by == actor.id


def get(session: Session, actor: Actor, table: type[Row], run_id: UUID, *, lock: bool = False) -> Row:
    """Raises NotFound where there is none, or it is somebody else's."""
    query = select(table).where(table.id == run_id, seen_by(actor, table))
    row = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound
    return row


def one_start_at_a_time(session: Session, actor: Actor, table: type[Run]) -> None:
    """Two clicks at once must not make two runs: until the caller's transaction ends, the other waits here."""
    key = f"{table.__name__}:{actor.id}"
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))


def finish(row: Run, state: str, error: str | None = None) -> None:
    row.state, row.error, row.finished_at = state, error, clock.now()


def cancel(session: Session, actor: Actor, table: type[Row], run_id: UUID) -> Row:
    """Ends a run that is not finished; a finished one stays as it is. Raises NotFound as `get` does."""
    row = get(session, actor, table, run_id, lock=True)
    if row.state in UNFINISHED:
        finish(row, "cancelled")
    return row


def begun(session: Session, table: type[Row], run_id: UUID) -> tuple[Row, Actor] | None:
    """An unfinished run, which from now on is running, and for whom; None where there is nothing to do."""
    row = session.get(table, run_id, with_for_update=True)
    if row is None or row.state not in UNFINISHED:
        return None
    try:
        actor = accounts.actor_by_id(row.requested_by)
    except NotFound:  # no account that may do anything any more
        finish(row, "failed", "not_allowed")
        return None
    row.state = "running"
    return row, actor


def asleep(table: type[Run]) -> list[UUID]:
    """Unfinished runs that no worker is at: theirs died, or their job was lost."""
    with transaction() as session:
        unfinished = session.scalars(select(table.id).where(table.state.in_(UNFINISHED))).all()
        return [run_id for run_id in unfinished if is_free(session, run_id)]


def change_running(session: Session, table: type[Run], run_id: UUID, **values: Any) -> bool:
    """Unless it was cancelled meanwhile: says whether it still runs."""
    running = (table.id == run_id, table.state == "running")
    return session.scalars(update(table).where(*running).values(**values).returning(table.id)).one_or_none() is not None


def end(table: type[Run], run_id: UUID, state: str, **values: Any) -> None:
    """Unless it was cancelled meanwhile."""
    with transaction() as session:
        change_running(session, table, run_id, state=state, finished_at=clock.now(), **values)


def checked(session: Session, row: Row) -> Row:
    """The row; marked as failed if its worker has died, for runs that nobody can go on with."""
    if row.state != "running" or not is_free(session, row.id):
        return row
    session.refresh(row, ["state"], with_for_update=True)  # it may have ended since it was read
    if row.state == "running":
        finish(row, "failed", "run_lost")
        session.flush()
    return row


@contextmanager
def held(run_id: UUID) -> Iterator[bool]:
    """Shows that a worker is at a run: a lock that lasts as long as its connection. False where another has it."""
    with engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for setting in IMPATIENT:
            connection.execute(text(f"set {setting}"))
        is_ours = bool(connection.scalar(select(func.pg_try_advisory_lock(_number(run_id)))))
        try:
            yield is_ours
        finally:
            if is_ours:
                connection.execute(select(func.pg_advisory_unlock(_number(run_id))))


def is_free(session: Session, run_id: UUID) -> bool:
    """Whether no worker is at it; if so none begins before the caller's transaction has ended."""
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(_number(run_id)))))


def _number(run_id: UUID) -> int:
    """A run as the database's locks name it."""
    return int.from_bytes(run_id.bytes[:8], signed=True)
