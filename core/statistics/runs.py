"""Runs: computations that take longer than a page should. Asked for here, computed by a worker, kept for 30 days.

Who looks at a run whose worker has died marks it as failed, and its person may start it again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import defer

from core import background, clock, jobs, statistics
from core.background import UNFINISHED, Cancelled, Progress, checked
from core.db import transaction
from core.errors import BadInput, Finding, NotFound
from core.policy import Actor, require
from core.statistics import StatisticsFilter, compare_mixed, facts, stored
from core.statistics.answers import Part
from core.statistics.cohort import Cohort
from core.tables import StatisticRun

KEPT = timedelta(days=30)
MOST_AT_ONCE = 5  # unfinished runs of one person
MOST_RECENT = 50
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


def start(actor: Actor, view: str, wanted: Mapping[str, Any] | StatisticsFilter) -> RunView:
    """Asks for a run; the same question asked by the same person while the first is unfinished is the same run.

    Raises:
        NotFound: there is no such kind of run.
        BadInput: what is wrong with the filter, by field; or the person has too many unfinished runs.
    """
    require(actor, "statistics.view")
    query = question(view, wanted)
    with transaction() as session:
        background.one_start_at_a_time(session, actor, StatisticRun)
        unfinished = [checked(session, row) for row in session.scalars(_own(actor, *UNFINISHED))]
        unfinished = [row for row in unfinished if row.state in UNFINISHED]
        row = next((row for row in unfinished if (row.view, row.query) == (view, query)), None)
        if row is None:
            if len(unfinished) >= MOST_AT_ONCE:
                raise BadInput(Finding("runs", "too_many", {"limit": MOST_AT_ONCE}))
            row = StatisticRun(view=view, query=query, requested_by=actor.id, requested_at=clock.now())
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
        return _view(checked(session, background.get(session, actor, StatisticRun, run_id)))


def recent(actor: Actor) -> list[RunView]:
    """The person's own runs without their parts, newest first."""
    require(actor, "statistics.view")
    with transaction() as session:
        rows = session.scalars(_own(actor).limit(MOST_RECENT))
        return [_view(checked(session, row), with_parts=False) for row in rows]


def cancel(actor: Actor, run_id: UUID) -> RunView:
    """Ends a run that is not finished; a worker stops at its next step. A finished run stays as it is.

    Raises:
        NotFound: there is no such run, or it is somebody else's.
    """
    require(actor, "statistics.view")
    with transaction() as session:
        return _view(background.cancel(session, actor, StatisticRun, run_id))


def work(run_id: UUID) -> None:
    """What a worker does with a run: only one that waits is computed, and only by one worker."""
    with background.held(run_id) as is_ours:
        asked = _taken(run_id) if is_ours else None
        if asked is None:
            log.info("run.not_waiting", run_id=str(run_id))
            return
        view, query = asked
        try:
            cohort = Cohort(facts.current(), statistics.read(RUNS[view].view, query))
            parts = RUNS[view].compute(cohort, cohort.wanted, _noting(run_id))
            background.end(StatisticRun, run_id, "done", done=StatisticRun.total, result={"parts": stored.pack(parts)})
        except Cancelled:
            log.info("run.cancelled", run_id=str(run_id))
        except Exception:
            background.end(StatisticRun, run_id, "failed", error="run_failed")
            raise


def clear() -> dict[str, int]:
    """The retention job: removes old runs, and marks those whose worker has died."""
    with transaction() as session:
        rows = session.scalars(select(StatisticRun).where(StatisticRun.state == "running").options(_LIGHT))
        lost = sum(checked(session, row).state == "failed" for row in list(rows))
        gone = session.scalars(
            delete(StatisticRun).where(StatisticRun.requested_at < clock.now() - KEPT).returning(StatisticRun.id)
        )
        return {"lost": lost, "removed": len(gone.all())}


_LIGHT = defer(StatisticRun.result)


def _own(actor: Actor, *states: str) -> Any:
    query = select(StatisticRun).where(StatisticRun.requested_by == actor.id).options(_LIGHT)
    if states:
        query = query.where(StatisticRun.state.in_(states))
    return query.order_by(StatisticRun.requested_at.desc())


def _noting(run_id: UUID) -> Callable[[int, int], None]:
    progress = Progress(StatisticRun, run_id)
    return lambda done, total: progress.note(done=done, total=total)


def _taken(run_id: UUID) -> tuple[str, dict[str, Any]] | None:
    """The question of a run that waited, which from now on is running."""
    with transaction() as session:
        row = session.get(StatisticRun, run_id, with_for_update=True)
        if row is None or row.state != "waiting":
            return None
        row.state = "running"
        return row.view, row.query


def _view(row: StatisticRun, *, with_parts: bool = True) -> RunView:
    names = ("id", "view", "query", "state", "done", "total", "error", "requested_at", "finished_at")
    is_there = with_parts and row.state == "done" and row.result is not None
    parts = tuple(stored.unpack(row.result["parts"])) if is_there and row.result else ()
    return RunView(**{name: getattr(row, name) for name in names}, parts=parts)
