"""Takes an import back: exactly what was there before, unless somebody has edited any of it since."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from core import audit, clock, ids
from core.audit import New
from core.errors import ImportEdited
from core.imports.writing import AT_ONCE, TABLES
from core.policy import Actor
from core.tables import Base, ImportChange, Photo, PurgedSample, Round, Sample

NAMED = 10  # samples that a refusal names


def undo(session: Session, actor: Actor, changes: Sequence[ImportChange], reason: str) -> None:
    """Within the caller's transaction. Versions count on, so that nobody writes over what they have not seen.

    Raises:
        ImportEdited: names samples that somebody has edited, reviewed or removed since.
    """
    samples = _locked(session, changes)
    for start in range(0, len(changes), AT_ONCE):
        some = changes[start : start + AT_ONCE]
        _end_new(session, [change.sample_id for change in some if change.is_new])
        for change in some:
            if not change.is_new:
                _restore(session, samples[change.sample_id], change.before)
        session.flush()
        events = [New("import.undo", change.sample_id, after={"rows": len(change.rows)}) for change in some]
        audit.record_all(session, actor, "sample", events, reason=reason)


def _locked(session: Session, changes: Sequence[ImportChange]) -> dict[str, Sample]:
    samples: dict[str, Sample] = {}
    listed = sorted(change.sample_id for change in changes)
    for start in range(0, len(listed), AT_ONCE):
        query = select(Sample).where(Sample.id.in_(listed[start : start + AT_ONCE])).order_by(Sample.id)
        samples |= {sample.id: sample for sample in session.scalars(query.with_for_update())}
    edited = [change.sample_id for change in changes if not _is_untouched(samples.get(change.sample_id), change)]
    if edited:
        raise ImportEdited(n=len(edited), ids=", ".join(ids.pretty(each) for each in edited[:NAMED]))
    return samples


def _is_untouched(sample: Sample | None, change: ImportChange) -> bool:
    return sample is not None and sample.version == change.version and sample.deleted_at is None


def _end_new(session: Session, gone: list[str]) -> None:
    """What hangs on them goes by its foreign keys; their ids stay used."""
    if gone:
        session.execute(delete(Sample).where(Sample.id.in_(gone)).execution_options(synchronize_session=False))
        session.execute(insert(PurgedSample), [{"id": each, "purged_at": clock.now()} for each in gone])


def _restore(session: Session, sample: Sample, before: dict[str, Any]) -> None:
    added = before["added"]
    if added["photos"]:
        session.execute(delete(Photo).where(Photo.id.in_([UUID(each) for each in added["photos"]])))
        session.execute(update(Photo).where(Photo.id.in_([UUID(e) for e in before["replaced"]])).values(state="stored"))
    for kind in ("evaluations", "measurements"):
        if added[kind]:
            table = TABLES[kind]
            session.execute(delete(table).where(table.id.in_([UUID(each) for each in added[kind]])))
    if added["rounds"]:
        session.execute(delete(Round).where(Round.sample_id == sample.id, Round.seq.in_(added["rounds"])))
    for part in before["changed"]:
        _restore_part(session, sample, part)
    for name, value in before["sample"].items():
        setattr(sample, name, _typed(Sample, name, value))
    sample.version += 1


def _restore_part(session: Session, sample: Sample, part: dict[str, Any]) -> None:
    table = TABLES[part["kind"]]
    key: Any = (sample.id, part["key"]) if part["kind"] == "rounds" else UUID(part["key"])
    row = session.get_one(table, key)
    for name, value in part["values"].items():
        setattr(row, name, _typed(table, name, value))


def _typed(table: type[Base], name: str, value: Any) -> Any:
    """As the column holds it."""
    if not isinstance(value, str):
        return value
    kind = table.__table__.columns[name].type.python_type
    return kind.fromisoformat(value) if kind in (date, datetime) else value
