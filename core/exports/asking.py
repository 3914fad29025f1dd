"""Asks for exports, shows how far they are, and hands out what came of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from core import audit, background, clock, jobs, storage
from core.background import UNFINISHED
from core.db import transaction
from core.errors import BadInput, Finding, NotFound
from core.exports.views import (
    Asked,
    ExportView,
    NewExport,
    as_asked,
    file_name,
    may_have_names,
    media_type,
    query,
    view,
)
from core.policy import Actor, require
from core.samples.lists import fitting
from core.tables import ExportRun, Sample

MOST_AT_ONCE = 5  # unfinished exports of one person
DOUBLE_CLICK = timedelta(seconds=5)  # a small export may be done before the second click of two arrives
SUBJECT = "export"


@dataclass(frozen=True)
class ExportFile:
    """A file in chunks; `length` in bytes."""

    name: str
    media_type: str
    length: int
    chunks: Iterator[bytes]


def start(actor: Actor, wanted: Mapping[str, Any] | NewExport) -> ExportView:
    """Asks for an export; the same one asked for by the same person while the first is unfinished is the same export.

    Raises:
        BadInput: what is wrong, by field; or the person has too many unfinished exports.
    """
    require(actor, "export.run")
    asked = as_asked(actor, wanted)
    with transaction() as session:
        background.one_start_at_a_time(session, actor, ExportRun)
        row = _same(session, actor, asked)
        if row is None:
            own = (ExportRun.requested_by == actor.id, ExportRun.state.in_(UNFINISHED))
            if (session.scalar(select(func.count()).where(*own)) or 0) >= MOST_AT_ONCE:
                raise BadInput(Finding("exports", "too_many", {"limit": MOST_AT_ONCE}))
            row = ExportRun(**vars(asked), requested_by=actor.id, requested_at=clock.now())
            session.add(row)
            session.flush()
            audit.record(session, actor, "export.run", SUBJECT, row.id, after=vars(asked))
        found = view(row, actor.name)
    if found.state == "waiting":  # also again: its job may have been lost with the process that asked for it
        ask(found.id)
    return found


def count(actor: Actor, wanted: Mapping[str, Any] | NewExport) -> int:
    """How many samples an export would have now.

    Raises:
        BadInput: what is wrong with it, by field.
    """
    require(actor, "export.run")
    narrowed = as_asked(actor, wanted).wanted
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(Sample).where(*fitting(actor, narrowed))) or 0


def get(actor: Actor, run_id: UUID) -> ExportView:
    """One of the person's own exports, or anybody's for a manager.

    Raises:
        NotFound: there is no such export, or it is somebody else's.
    """
    require(actor, "export.run")
    seen = query().where(ExportRun.id == run_id, background.seen_by(actor, ExportRun))
    with transaction() as session:
        found = session.execute(seen).one_or_none()
    if found is None:
        raise NotFound
    return view(*found)


def browse(actor: Actor, limit: int = 50) -> list[ExportView]:
    """The person's own exports, all of them for a manager; newest first."""
    require(actor, "export.run")
    seen = query().where(background.seen_by(actor, ExportRun)).order_by(ExportRun.requested_at.desc()).limit(limit)
    with transaction() as session:
        return [view(*found) for found in session.execute(seen)]


def cancel(actor: Actor, run_id: UUID) -> ExportView:
    """Ends an export that is not finished, so that there is no file; a finished one stays as it is.

    Raises:
        NotFound: there is no such export, or it is somebody else's.
    """
    require(actor, "export.run")
    with transaction() as session:
        background.cancel(session, actor, ExportRun, run_id)
    return get(actor, run_id)


def file(actor: Actor, run_id: UUID) -> ExportFile:
    """The file of an export that is done; who may no longer have all that is in it does not get it any more.

    Raises:
        NotFound: there is no such export, it is somebody else's, it is not done, its file is gone, or it has names of
            farmers and the actor is no manager.
    """
    require(actor, "export.run")
    with transaction() as session:
        row = background.get(session, actor, ExportRun, run_id)
        if row.storage_key is None or (row.farmer_name and not may_have_names(actor)):
            raise NotFound
        audit.record(session, actor, "export.download", SUBJECT, row.id)
    length, chunks = storage.stream(row.storage_key)
    return ExportFile(file_name(row.format, row.requested_at), media_type(row.format), length, chunks)


def ask(run_id: UUID) -> None:
    jobs.defer(jobs.EXPORT, f"export:{run_id}", run_id=str(run_id))


def _same(session: Session, actor: Actor, asked: Asked) -> ExportRun | None:
    """What the person has asked for in the same words, and waits for or has got this very moment."""
    just_now = ExportRun.requested_at > clock.now() - DOUBLE_CLICK
    query = (
        select(ExportRun)
        .filter_by(**{name: value for name, value in vars(asked).items() if name != "filter"})
        .where(ExportRun.requested_by == actor.id, ExportRun.filter == asked.filter)
        .where(or_(ExportRun.state.in_(UNFINISHED), (ExportRun.state == "done") & just_now))
        .order_by(ExportRun.requested_at.desc())
    )
    return session.scalars(query.limit(1)).one_or_none()
