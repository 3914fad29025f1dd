"""Runs: computations that take longer than a page should. Asked for here, computed by a worker, kept for 30 days.

Whether the worker of a run is alive needs no heartbeat: while it works it holds an advisory lock of the database, which
ends with its connection. A run that is said to be running and whose lock is free was left by a worker that died: who
looks next marks it as failed, and its person may start it again. A process that ends is noticed at once; a machine that
vanishes after about a minute, when the database gives up its silent connection.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session, defer

from core import clock, jobs, statistics
from core.db import engine, transaction
from core.errors import BadInput, Finding, NotFound
from core.policy import Actor, require
from core.statistics import StatisticsFilter, compare_mixed, facts, stored
from core.statistics.answers import Part
from core.statistics.cohort import Cohort
from core.tables import StatisticRun

KEPT = timedelta(days=30)
MOST_AT_ONCE = 5  # unfinished runs of one person
MOST_RECENT = 50
EVERY_S = 0.5  # between two notes of how far a run is
UNFINISHED = ("waiting", "running")
# A silent connection is asked after half a minute, and given up when it does not answer.
IMPATIENT = ("tcp_keepalives_idle = 30", "tcp_keepalives_interval = 10", "tcp_keepalives_count = 3")
log = structlog.get_logger()


@dataclass(frozen=True)
class Run:
    """`view` is the one whose query a run has; `compute` makes its parts, and says how far it is."""

    view: str
    compute: Callable[[Cohort, Any, Callable[[int, int], None]], list[Part]]


RUNS: dict[str, Run] = {"mixed": Run("compare", compare_mixed.compute)}


@dataclass(frozen=True)
class RunView:
    """What is known of a run: `done` of `total` steps; `error` is a word key under "error"; `parts` once it is done."""

    id: UUID
    view: str
    query: dict[str, Any]
    state: str
    done: int
    total: int
    error: str | None
    requested_at: datetime
    finished_at: datetime | None
    parts: tuple[Part, ...] = ()

    @property
    def is_finished(self) -> bool:
        return self.state not in UNFINISHED


class _Cancelled(Exception):
    """Nobody waits for it any more."""


def start(actor: Actor, view: str, wanted: Mapping[str, Any] | StatisticsFilter) -> RunView:
    """Asks for a run; the same question asked by the same person while the first is unfinished is the same run.

    Raises:
        NotFound: there is no such kind of run.
        BadInput: what is wrong with the filter, by field; or the person has too many unfinished runs.
    """
    require(actor, "statistics.view")
    query = question(view, wanted)
    with transaction() as session:
        # One start of a person at a time: two clicks at once must not make two runs.
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"statistic_runs:{actor.id}", 0))))
        unfinished = [_checked(session, row) for row in session.scalars(_own(actor, *UNFINISHED))]
        unfinished = [row for row in unfinished if row.state in UNFINISHED]
        row = next((row for row in unfinished if (row.view, row.query) == (view, query)), None)
        if row is None:
            if len(unfinished) >= MOST_AT_ONCE:
                raise BadInput(Finding("runs", "too_many", {"limit": MOST_AT_ONCE}))
            row = StatisticRun(
                view=view, query=query, state="waiting", done=0, total=0, requested_by=actor.id,
                requested_at=clock.now(),
            )  # fmt: skip
            session.add(row)
            session.flush()
        found = _view(row)
    if found.state == "waiting":  # also again: its job may have been lost with the process that asked for it
        jobs.defer(jobs.STATISTICS, f"statistics:{found.id}", run_id=str(found.id))
    return found


def question(view: str, wanted: Mapping[str, Any] | StatisticsFilter) -> dict[str, Any]:
    """A run's query as it is stored.

    Raises:
        NotFound, BadInput: as for `start`.
    """
    if view not in RUNS:
        raise NotFound
    asked: dict[str, Any] = statistics.read(RUNS[view].view, wanted).model_dump(mode="json", exclude_none=True)
    return asked


def get(actor: Actor, run_id: UUID) -> RunView:
    """One of the person's own runs, or anybody's for a manager; with its parts once it is done.

    Raises:
        NotFound: there is no such run, or it is somebody else's.
    """
    require(actor, "statistics.view")
    with transaction() as session:
        return _view(_checked(session, _visible(session, actor, run_id)))


def recent(actor: Actor) -> list[RunView]:
    """The person's own runs without their parts, newest first."""
    require(actor, "statistics.view")
    with transaction() as session:
        rows = session.scalars(_own(actor).limit(MOST_RECENT))
        return [_view(_checked(session, row), with_parts=False) for row in rows]


def cancel(actor: Actor, run_id: UUID) -> RunView:
    """Ends a run that is not finished; a worker stops at its next step. A finished run stays as it is.

    Raises:
        NotFound: there is no such run, or it is somebody else's.
    """
    require(actor, "statistics.view")
    with transaction() as session:
        row = _visible(session, actor, run_id, lock=True)
        if row.state in UNFINISHED:
            _finish(row, "cancelled")
        return _view(row)


def work(run_id: UUID) -> None:
    """What a worker does with a run: only one that waits is computed, and only by one worker."""
    with _alive(run_id) as is_ours:
        asked = _taken(run_id) if is_ours else None
        if asked is None:
            log.info("run.not_waiting", run_id=str(run_id))
            return
        view, query = asked
        try:
            cohort = Cohort(facts.current(), statistics.read(RUNS[view].view, query))
            parts = RUNS[view].compute(cohort, cohort.wanted, _Progress(run_id))
            _end(run_id, "done", done=StatisticRun.total, result={"parts": stored.pack(parts)})
        except _Cancelled:
            log.info("run.cancelled", run_id=str(run_id))
        except Exception:
            _end(run_id, "failed", error="run_failed")
            raise


def clear() -> dict[str, int]:
    """The retention job: removes old runs, and marks those whose worker has died."""
    with transaction() as session:
        rows = session.scalars(select(StatisticRun).where(StatisticRun.state == "running").options(_LIGHT))
        lost = sum(_checked(session, row).state == "failed" for row in list(rows))
        gone = session.scalars(
            delete(StatisticRun).where(StatisticRun.requested_at < clock.now() - KEPT).returning(StatisticRun.id)
        )
        return {"lost": lost, "removed": len(gone.all())}


class _Progress:
    """Notes how far a run is, at most twice a second, and finds out whether anybody still waits for it."""

    def __init__(self, run_id: UUID) -> None:
        self.run_id, self.noted_at = run_id, float("-inf")

    def __call__(self, done: int, total: int) -> None:
        if time.monotonic() - self.noted_at < EVERY_S:
            return
        self.noted_at = time.monotonic()
        with transaction() as session:
            if session.scalars(_if_running(self.run_id, done=done, total=total)).one_or_none() is None:
                raise _Cancelled


_LIGHT = defer(StatisticRun.result)


def _own(actor: Actor, *states: str) -> Any:
    query = select(StatisticRun).where(StatisticRun.requested_by == actor.id).options(_LIGHT)
    if states:
        query = query.where(StatisticRun.state.in_(states))
    return query.order_by(StatisticRun.requested_at.desc())


def _visible(session: Session, actor: Actor, run_id: UUID, *, lock: bool = False) -> StatisticRun:
    row = session.get(StatisticRun, run_id, with_for_update=lock or None)
    if row is None or (row.requested_by != actor.id and actor.role != "manager"):
        raise NotFound
    return row


def _checked(session: Session, row: StatisticRun) -> StatisticRun:
    """The row; marked as failed if its worker has died."""
    if row.state != "running" or not session.scalar(select(func.pg_try_advisory_xact_lock(_number(row.id)))):
        return row
    session.refresh(row, ["state"], with_for_update=True)  # it may have ended since it was read
    if row.state == "running":
        _finish(row, "failed", "run_lost")
        session.flush()
    return row


def _finish(row: StatisticRun, state: str, error: str | None = None) -> None:
    row.state, row.error, row.finished_at = state, error, clock.now()


def _taken(run_id: UUID) -> tuple[str, dict[str, Any]] | None:
    """The question of a run that waited, which from now on is running."""
    with transaction() as session:
        row = session.get(StatisticRun, run_id, with_for_update=True)
        if row is None or row.state != "waiting":
            return None
        row.state = "running"
        return row.view, row.query


def _end(run_id: UUID, state: str, **values: Any) -> None:
    """Unless it was cancelled meanwhile."""
    with transaction() as session:
        session.execute(_if_running(run_id, state=state, finished_at=clock.now(), **values))


def _if_running(run_id: UUID, **values: Any) -> Any:
    running = (StatisticRun.id == run_id, StatisticRun.state == "running")
    return update(StatisticRun).where(*running).values(**values).returning(StatisticRun.id)


@contextmanager
def _alive(run_id: UUID) -> Iterator[bool]:
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


def _number(run_id: UUID) -> int:
    """A run as the database's locks name it."""
    return int.from_bytes(run_id.bytes[:8], signed=True)


def _view(row: StatisticRun, *, with_parts: bool = True) -> RunView:
    names = ("id", "view", "query", "state", "done", "total", "error", "requested_at", "finished_at")
    is_there = with_parts and row.state == "done" and row.result is not None
    parts = tuple(stored.unpack(row.result["parts"])) if is_there and row.result else ()
    return RunView(**{name: getattr(row, name) for name in names}, parts=parts)
