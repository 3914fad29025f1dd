"""Imports: asked for here, looked through and written by a worker, undone within a day."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core import audit, background, clock, jobs
from core.background import UNFINISHED
from core.db import transaction
from core.errors import BadInput, Finding, ImportNotReady, ImportTooOld, OpenQuestions
from core.imports import files, undoing
from core.imports.findings import LEVELS, CellFinding
from core.imports.planning import ImportOptions
from core.imports.reading import MAX_BYTES, refusal
from core.imports.views import UNDO_FOR, ColumnView, ImportView, view
from core.inputs import read
from core.policy import Actor, Relation, require
from core.tables import ImportChange, ImportRun, User

MOST_AT_ONCE = 5  # unfinished imports of one person
MAX_PHOTOS_BYTES = 200 * 1024**2
KEPT = timedelta(days=90)
LONGEST_NAME = 200


def start(
    actor: Actor, file_name: str, data: bytes, options: Mapping[str, Any] | None = None, *,
    photos: bytes | None = None, photos_name: str | None = None,
) -> ImportView:  # fmt: skip
    """Takes a workbook, and asks a worker to look through it; nothing of it is written before it is confirmed.

    The same file sent by the same person while the first is unfinished is the same import.

    Raises:
        BadInput: it is too large, or the options are wrong, by field; or the person has too many unfinished imports.
    """
    require(actor, "import.run")
    wanted = read(ImportOptions, options or {}).model_dump(mode="json", exclude_defaults=True)
    _check_size(data, photos)
    sha256 = hashlib.sha256(data).hexdigest()
    with transaction() as session:
        background.one_start_at_a_time(session, actor, ImportRun)
        own = select(ImportRun).where(ImportRun.requested_by == actor.id, ImportRun.state.in_(UNFINISHED))
        unfinished = session.scalars(own).all()
        row = next((r for r in unfinished if (r.sha256, r.options, r.step) == (sha256, wanted, "check")), None)
        if row is None:
            if len(unfinished) >= MOST_AT_ONCE:
                raise BadInput(Finding("imports", "too_many", {"limit": MOST_AT_ONCE}))
            row = ImportRun(
                file_name=_plain_name(file_name), sha256=sha256, bytes=len(data), options=wanted,
                photos_name=_plain_name(photos_name or "photos.zip") if photos is not None else None,
                requested_by=actor.id, requested_at=clock.now(),
            )  # fmt: skip
            session.add(row)
            session.flush()
            files.keep(row.id, files.WORKBOOK, data)
            if photos is not None:
                files.keep(row.id, files.PHOTOS, photos)
        found = view(session, actor, row, actor.name)
    ask(found.id)
    return found


def _check_size(data: bytes, photos: bytes | None) -> None:
    if not data:
        raise refusal("file_empty")
    if len(data) > MAX_BYTES:
        raise refusal("workbook_file_too_large", maximum_mb=MAX_BYTES // 1024**2)
    if photos is not None and len(photos) > MAX_PHOTOS_BYTES:
        raise refusal("workbook_file_too_large", maximum_mb=MAX_PHOTOS_BYTES // 1024**2)


def _plain_name(name: str) -> str:
    kept = "".join(sign for sign in name.replace("\\", "/").rpartition("/")[2] if sign.isprintable())
    return kept.strip()[-LONGEST_NAME:] or "workbook"


def ask(run_id: UUID) -> None:
    jobs.defer(jobs.IMPORT, f"import:{run_id}", run_id=str(run_id))


def get(actor: Actor, run_id: UUID) -> ImportView:
    """One of the person's own imports, or anybody's for a manager.

    Raises:
        NotFound: there is no such import, or it is somebody else's.
    """
    require(actor, "import.run")
    with transaction() as session:
        return view(session, actor, background.get(session, actor, ImportRun, run_id))


def browse(actor: Actor, limit: int = 50) -> list[ImportView]:
    """The person's own imports, all of them for a manager; newest first."""
    require(actor, "import.run")
    query = select(ImportRun, User.name).join(User, User.id == ImportRun.requested_by)
    seen = query.where(background.seen_by(actor, ImportRun)).order_by(ImportRun.requested_at.desc()).limit(limit)
    with transaction() as session:
        return [view(session, actor, row, name) for row, name in session.execute(seen).all()]


def findings(
    actor: Actor, run_id: UUID, *, level: str | None = None, offset: int = 0, limit: int = 100
) -> tuple[list[CellFinding], int]:  # fmt: skip
    """Some of what the last look found, errors first, and how many there are of this level.

    Raises:
        NotFound: there is no such import, or it has not been looked through yet.
    """
    get(actor, run_id)
    found = [each for each in files.found(run_id)[0] if level in (None, each.level)]
    found.sort(key=lambda each: (LEVELS.index(each.level), each.sheet, each.row))
    return found[offset : offset + limit], len(found)


def columns(actor: Actor, run_id: UUID) -> list[ColumnView]:
    """What the columns of its sheets were taken for.

    Raises:
        NotFound: as for `findings`.
    """
    get(actor, run_id)
    return files.found(run_id)[1]


def answer(actor: Actor, run_id: UUID, options: Mapping[str, Any]) -> ImportView:
    """Looks through it once more with other answers; what is not said again stays as it was said.

    Raises:
        BadInput: what is wrong with the options, by field.
        ImportNotReady: it is confirmed, or in work.
    """
    require(actor, "import.run")
    with transaction() as session:
        row = background.get(session, actor, ImportRun, run_id, lock=True)
        _require_open(row)
        said = row.options | dict(options)
        row.options = read(ImportOptions, said).model_dump(mode="json", exclude_defaults=True)
        _begin(row, "check")
        found = view(session, actor, row)
    ask(run_id)
    return found


def _require_open(row: ImportRun) -> None:
    """Whether its next step may be asked for; a step of writing that failed wrote nothing."""
    if row.state in UNFINISHED or (row.step == "write" and row.state == "done"):
        raise ImportNotReady


def _begin(row: ImportRun, step: str) -> None:
    row.step, row.state, row.error, row.finished_at, row.done, row.total = step, "waiting", None, None, 0, 0


def confirm(actor: Actor, run_id: UUID, *, with_warnings: bool = False) -> ImportView:
    """Asks a worker to write what the last look found good; said again, it writes nothing more.

    Args:
        with_warnings: the person says that what looks unusual is right; without, those rows stay out.

    Raises:
        OpenQuestions: something is asked that nobody has answered.
        ImportNotReady: it has not been looked through.
    """
    require(actor, "import.run")
    with transaction() as session:
        row = background.get(session, actor, ImportRun, run_id, lock=True)
        if row.confirmed_at is not None and row.step == "write" and row.state != "failed":
            return view(session, actor, row)
        if (row.step, row.state) != ("check", "done"):
            raise ImportNotReady
        if row.summary.get("open_questions"):
            raise OpenQuestions(n=row.summary["open_questions"])
        row.summary = row.summary | {"with_warnings": with_warnings}
        row.confirmed_at = clock.now()
        _begin(row, "write")
        found = view(session, actor, row)
    ask(run_id)
    return found


def cancel(actor: Actor, run_id: UUID) -> ImportView:
    """Ends an import that is not finished; nothing of it is written."""
    require(actor, "import.run")
    with transaction() as session:
        return view(session, actor, background.cancel(session, actor, ImportRun, run_id))


def undo(actor: Actor, run_id: UUID) -> ImportView:
    """Takes back all that an import wrote, within a day, while nobody has edited any of it; once more is as once.

    Raises:
        NotAllowed: it is somebody else's, and the person is no manager.
        ImportTooOld, ImportEdited: it is too late, or somebody has worked on it since.
        ImportNotReady: it has written nothing.
    """
    require(actor, "import.run")
    with transaction() as session:
        row = background.get(session, actor, ImportRun, run_id, lock=True)
        require(actor, "import.undo", Relation(own=row.requested_by == actor.id))
        if row.undone_at is None:
            _undo(session, actor, row)
        return view(session, actor, row)


def _undo(session: Session, actor: Actor, row: ImportRun) -> None:
    if row.step != "write" or row.state != "done" or row.finished_at is None:
        raise ImportNotReady
    if clock.now() >= row.finished_at + UNDO_FOR:
        raise ImportTooOld
    query = select(ImportChange).where(ImportChange.run_id == row.id).order_by(ImportChange.position)
    undoing.undo(session, actor, session.scalars(query).all(), reason(row))
    row.undone_at, row.undone_by = clock.now(), actor.id
    audit.record(session, actor, "import.undo", "import", row.id, after={"sha256": row.sha256})


def reason(row: ImportRun) -> str:
    """How the history of a sample names the import."""
    return f"{row.file_name} (SHA-256 {row.sha256[:16]})"


def clear() -> int:
    """Removes imports that are old; what they wrote stays. Says how many."""
    old = (ImportRun.requested_at < clock.now() - KEPT, ImportRun.state.not_in(UNFINISHED))
    with transaction() as session:
        gone = list(session.scalars(delete(ImportRun).where(*old).returning(ImportRun.id)))
    files.remove(gone)
    return len(gone)


def wake() -> int:
    """Asks again for unfinished imports that no worker is at; says how many."""
    asleep = background.asleep(ImportRun)
    for run_id in asleep:
        ask(run_id)
    return len(asleep)
