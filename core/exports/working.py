"""What a worker does with an export: writes its file into the bucket, from the beginning each time."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg2
import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.exc import OperationalError

from core import accounts, audit, background, clock, storage
from core.background import UNFINISHED, Cancelled, Progress
from core.db import transaction
from core.errors import MeatlabError, NotFound
from core.exports.asking import SUBJECT, ask
from core.exports.views import Asked, NewExport, as_asked, kept, may_have_names, media_type, of_row
from core.exports.writing import Incomplete, Report, write
from core.policy import Actor, require
from core.tables import ExportRun

PREFIX = "exports/"
MOST_ATTEMPTS = 3  # at an export with which workers die
RUNS_KEPT = timedelta(days=365)  # who took what out; the audit log has it for ever
YOUNG = timedelta(hours=24)  # an object may belong to a worker that is still at it
log = structlog.get_logger()


def work(run_id: UUID) -> None:
    """What a worker does with an export; only one worker at a time.

    A database that is away leaves it running, for `wake` to find.
    """
    with background.held(run_id) as is_ours:
        taken = _taken(run_id) if is_ours else None
        if taken is None:
            log.info("export.not_unfinished", run_id=str(run_id))
            return
        try:
            _make(run_id, *taken)
        except Cancelled:
            log.info("export.cancelled", run_id=str(run_id))
        except Incomplete:
            background.end(ExportRun, run_id, "failed", error="export_incomplete")
            raise
        except (OperationalError, psycopg2.OperationalError):
            raise
        except Exception:
            background.end(ExportRun, run_id, "failed", error="run_failed")
            raise


def save(actor: Actor, wanted: NewExport | dict[str, Any], path: Path, report: Report) -> dict[str, int]:
    """Writes an export into a file of this machine, at once; says how many rows each sheet has.

    Raises:
        BadInput: what is wrong with what is wanted, by field.
        Incomplete: the file does not have what the snapshot has.
    """
    require(actor, "export.run")
    asked = as_asked(actor, wanted)
    try:
        with path.open("wb") as out:
            parts = write(actor, asked, out, report)
    except BaseException:
        path.unlink(missing_ok=True)  # half an export looks like a whole one
        raise
    with transaction() as session:
        audit.record(
            session, actor, "export.run", SUBJECT, f"file {clock.now().isoformat()}", after=vars(asked) | parts
        )
    return parts


def wake() -> int:
    """Asks again for unfinished exports that no worker is at: theirs died, or their job was lost; says how many."""
    asleep = background.asleep(ExportRun)
    for run_id in asleep:
        ask(run_id)
    return len(asleep)


def sweep() -> dict[str, int]:
    """Removes files whose time is over, objects without a run and parts that nobody ended; says how many."""
    with transaction() as session:
        over = (ExportRun.storage_key.is_not(None), ExportRun.finished_at < clock.now() - kept())
        expired = session.scalars(update(ExportRun).where(*over).values(storage_key=None).returning(ExportRun.id)).all()
    storage.remove([_key(run_id) for run_id in expired])
    with transaction() as session:
        known = set(session.scalars(select(ExportRun.storage_key).where(ExportRun.storage_key.is_not(None))))
    before = clock.now() - YOUNG
    orphans = [key for key, modified in storage.keys(PREFIX) if modified < before and key not in known]
    storage.remove(orphans)
    unended = storage.give_up_unfinished(PREFIX, before)
    return {"exports_expired": len(expired), "export_orphans": len(orphans), "exports_unended": unended}


def clear() -> int:
    """Removes old runs; says how many."""
    old = (ExportRun.requested_at < clock.now() - RUNS_KEPT, ExportRun.state.not_in(UNFINISHED))
    gone = (*old, ExportRun.storage_key.is_(None))
    with transaction() as session:
        return len(session.scalars(delete(ExportRun).where(*gone).returning(ExportRun.id)).all())


def _make(run_id: UUID, actor: Actor, asked: Asked) -> None:
    progress = Progress(ExportRun, run_id)
    key = _key(run_id)
    with storage.writing(key, media_type(asked.format)) as out:
        parts = write(actor, asked, out, lambda done, total: progress.note(done=done, total=total))
    # The file is entered with the end of the run, or not at all: one that was cancelled leaves none.
    with transaction() as session:
        done = sum(parts.values())
        is_done = background.change_running(
            session, ExportRun, run_id, state="done", done=done, total=done, parts=parts, storage_key=key,
            bytes=out.size, finished_at=clock.now(),
        )  # fmt: skip
        if is_done:
            audit.record(session, actor, "export.made", SUBJECT, run_id, after=parts | {"bytes": out.size})
    if not is_done:
        storage.remove([key])


def _taken(run_id: UUID) -> tuple[Actor, Asked] | None:
    """Who asked for an unfinished export, and how; from now on it is running."""
    with transaction() as session:
        row = session.get(ExportRun, run_id, with_for_update=True)
        if row is None or row.state not in UNFINISHED:
            return None
        if row.attempts == MOST_ATTEMPTS:
            background.finish(row, "failed", "run_lost")
            return None
        try:
            actor = accounts.actor_by_id(row.requested_by)
            require(actor, "export.run")
            if row.farmer_name and not may_have_names(actor):
                raise NotFound
        except MeatlabError:  # no account that may do this any more
            background.finish(row, "failed", "not_allowed")
            return None
        row.state, row.done = "running", 0
        row.attempts += 1
        return actor, of_row(row)


def _key(run_id: UUID) -> str:
    return f"{PREFIX}{run_id}"
