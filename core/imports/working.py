"""What a worker does with an import: looks through it, and writes what was confirmed."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid5

import structlog
from sqlalchemy import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from core import audit, background, clock, photos
from core.background import Cancelled, Progress
from core.db import transaction
from core.errors import BadInput, ImportChanged, MeatlabError
from core.imports import archives, files, reading
from core.imports.archives import PhotoNames
from core.imports.checking import SampleWrite, made_id
from core.imports.planning import Asked, ImportOptions, Plan, open_questions, plan
from core.imports.runs import reason
from core.imports.writing import Change, Order, chosen, write
from core.inputs import read
from core.policy import Actor, require
from core.tables import ImportChange, ImportRun

NAMESPACE = UUID("6ba7b812-9dad-11d1-80b4-00c04fd430c8")
log = structlog.get_logger()


def work(run_id: UUID) -> None:
    """One step of an import; only one worker at a time. A database that is away leaves it running, for `wake`."""
    with background.held(run_id) as is_ours:
        taken = _begun(run_id) if is_ours else None
        if taken is None:
            log.info("import.not_unfinished", run_id=str(run_id))
            return
        row, actor = taken
        try:
            require(actor, "import.run")
            _check(row, actor) if row.step == "check" else _write(row, actor)
        except Cancelled:
            log.info("import.cancelled", run_id=str(run_id))
        except BadInput as refusal:
            said = [{"code": f.code, "values": f.values} for f in refusal.findings]
            background.end(ImportRun, run_id, "failed", error=refusal.code, summary={"refused": said})
        except MeatlabError as refusal:
            background.end(ImportRun, run_id, "failed", error=refusal.code)
        except OperationalError:
            raise
        except Exception:
            background.end(ImportRun, run_id, "failed", error="run_failed")
            raise


def _begun(run_id: UUID) -> tuple[ImportRun, Actor] | None:
    with transaction() as session:
        return background.begun(session, ImportRun, run_id)


def _check(row: ImportRun, actor: Actor) -> None:
    found, _, _ = _planned(row, actor)
    files.keep_found(row.id, found.findings, found.layouts)
    summary = found.summary | {"open_questions": len(open_questions(found.findings))}
    background.end(ImportRun, row.id, "done", summary=summary, digest=found.digest())


def _planned(row: ImportRun, actor: Actor) -> tuple[Plan, PhotoNames | None, bytes]:
    """What it would write; in a transaction of its own that changes nothing."""
    with transaction() as session:
        return _plan(session, row, actor)


def _plan(session: Session, row: ImportRun, actor: Actor) -> tuple[Plan, PhotoNames | None, bytes]:
    progress = Progress(ImportRun, row.id)
    zipped = files.get(row.id, files.PHOTOS) if row.photos_name else b""
    names = archives.look(zipped) if row.photos_name else None
    book = reading.read(files.get(row.id, files.WORKBOOK))
    asked = Asked(actor, row.id, row.sha256, row.requested_at, read(ImportOptions, row.options))
    return plan(session, book, asked, names, lambda done, total: progress.note(done=done, total=total)), names, zipped


def _write(row: ImportRun, actor: Actor) -> None:
    """All in one transaction: what is confirmed goes in whole, or not at all.

    Raises:
        ImportChanged: the samples are not any more what the last look found.
    """
    progress = Progress(ImportRun, row.id)
    with transaction() as session:
        found, names, zipped = _plan(session, row, actor)
        if found.digest() != row.digest:
            raise ImportChanged
        writes = chosen(found.writes, with_warnings=bool(row.summary.get("with_warnings")))
        order = Order(actor, row.sha256, reason(row), _receive(row, actor, writes, names, zipped))
        for each in writes:
            if each.item.sample_id is None and each.known is None:
                each.id = made_id(row.id, each.item)
        changes = write(session, order, writes, lambda done: progress.note(done=done, total=len(writes)))
        _remember(session, row.id, changes)
        said = _written(writes)
        after = {"file": row.file_name, "sha256": row.sha256, **said}
        audit.record(session, actor, "import.run", "import", row.id, after=after)
        done: dict[str, Any] = {"state": "done", "finished_at": clock.now(), "summary": row.summary | {"written": said}}
        if not background.change_running(session, ImportRun, row.id, **done):
            raise Cancelled


def _receive(
    row: ImportRun, actor: Actor, writes: list[SampleWrite], names: PhotoNames | None, zipped: bytes
) -> dict[str, UUID]:  # fmt: skip
    """Stores the photos for the samples to claim, each under an id that is the same whenever it is tried again.

    Raises:
        BadInput: one of them is no picture.
    """
    ids: dict[str, UUID] = {}
    for each in writes:
        for photo in each.photos:
            key = uuid5(NAMESPACE, f"{row.id}:{each.id}:{photo.seq}:{photo.preparation}:{photo.sha256}")
            data = archives.photo(zipped, names.entries[photo.name] if names else "")
            ids[photo.sha256] = photos.receive(actor, data, photo_id=key).id
    return ids


def _remember(session: Session, run_id: UUID, changes: list[Change]) -> None:
    rows = [vars(change) | {"run_id": run_id, "position": n} for n, change in enumerate(changes)]
    if rows:
        session.execute(insert(ImportChange), rows)


def _written(writes: list[SampleWrite]) -> dict[str, int]:
    count: Callable[[str], int] = lambda kind: sum(part.kind == kind for each in writes for part in each.parts)  # noqa: E731
    return {
        "new_samples": sum(each.known is None for each in writes),
        "changed_samples": sum(each.known is not None for each in writes),
        **{kind: count(kind) for kind in ("rounds", "evaluations", "measurements")},
        "photos": sum(len(each.photos) for each in writes),
    }
