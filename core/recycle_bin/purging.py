"""Ends what lies in the recycle bin: by a manager, or by time.

The rows go in one transaction; the pictures in S3 go right after it. If the process dies in between, the objects have
no row any more, and the sweeper of `photos.sweep` removes them; a picture never goes before its row.
"""

from datetime import datetime
from typing import Any

import structlog
from botocore.exceptions import BotoCoreError, ClientError
from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from core import access, audit, clock, storage
from core.db import transaction
from core.errors import NotFound
from core.inputs import read
from core.photos import SIZES
from core.policy import Actor, require
from core.recycle_bin.items import retention
from core.recycle_bin.removing import locked
from core.rounds import Removal
from core.tables import Photo, PurgedSample, Round, Sample

BATCH = 100
log = structlog.get_logger()


def purge(actor: Actor, sample_id: str, reason: str) -> datetime:
    """Ends a sample of the bin for good, with all that hung on it; its number stays used and its history stays.

    Done again, it changes nothing. Returns when it ended.

    Raises:
        NotFound: it is not in the bin.
        BadInput: no reason.
    """
    require(actor, "sample.purge")
    why = read(Removal, {"reason": reason}).reason
    access.require_id(sample_id)
    with transaction() as session:
        if (known := session.get(PurgedSample, sample_id)) is not None:
            return known.purged_at
        sample = locked(session, sample_id)
        if sample.deleted_at is None:
            raise NotFound
        now = clock.now()
        pictures = _end_sample(session, actor, sample, why)
    _remove_objects(pictures)
    return now


def expire() -> dict[str, int]:
    """The retention job: ends what has lain in the bin for its time; returns how many samples and rounds."""
    return {"samples": _expire_samples(), "rounds": _expire_rounds()}


def _expire_samples() -> int:
    ended = 0
    while waiting := _due(Sample):
        for (sample_id,) in waiting:
            with transaction() as session:
                query = select(Sample).where(Sample.id == sample_id, Sample.deleted_at < clock.now() - retention())
                # It may have been restored, or ended by another worker, since we looked.
                sample = session.scalars(query.with_for_update()).one_or_none()
                pictures = _end_sample(session, None, sample) if sample is not None else []
                ended += sample is not None
            _remove_objects(pictures)
    return ended


def _expire_rounds() -> int:
    ended = 0
    while waiting := _due(Round):
        for sample_id, key in waiting:
            with transaction() as session:
                session.execute(select(Sample.id).where(Sample.id == sample_id).with_for_update())
                row = session.get(Round, (sample_id, key))
                due = row is not None and row.deleted_at is not None and row.deleted_at < clock.now() - retention()
                pictures = _end_round(session, row) if row is not None and due else []
                ended += due
            _remove_objects(pictures)
    return ended


def _due(table: type[Sample] | type[Round]) -> list[tuple[Any, ...]]:
    keys = [Sample.id] if table is Sample else [Round.sample_id, Round.seq]
    query = select(*keys).where(table.deleted_at < clock.now() - retention()).order_by(table.deleted_at).limit(BATCH)
    with transaction() as session:
        return [tuple(row) for row in session.execute(query)]


def _end_sample(session: Session, actor: Actor | None, sample: Sample, reason: str | None = None) -> list[str]:
    """Deletes the rows, within the caller's transaction on a locked sample; returns the keys of the pictures."""
    found = _pictures(session, Photo.sample_id == sample.id)
    session.add(PurgedSample(id=sample.id, purged_at=clock.now()))
    # Rounds and all that hangs on them, reviews, claims, wishes and notices go by their foreign keys.
    session.execute(delete(Sample).where(Sample.id == sample.id))
    audit.record(
        session, actor, "sample.purge", "sample", sample.id, reason=reason, before={"photos": len(found)}
    )  # fmt: skip
    return found


def _end_round(session: Session, row: Round) -> list[str]:
    found = _pictures(session, Photo.sample_id == row.sample_id, Photo.seq == row.seq)
    before = {"round_key": row.seq, "seq": row.removed_seq, "photos": len(found)}
    session.execute(delete(Round).where(Round.sample_id == row.sample_id, Round.seq == row.seq))
    audit.record(session, None, "round.purge", "sample", row.sample_id, before=before)
    return found


def _pictures(session: Session, *conditions: ColumnElement[bool]) -> list[str]:
    return [key for key in session.scalars(select(Photo.storage_key).where(*conditions)) if key is not None]


def _remove_objects(keys: list[str]) -> None:
    try:
        storage.remove([f"{key}/{size}" for key in keys for size in SIZES])
    except (BotoCoreError, ClientError):
        log.warning("purge.objects_left", photos=len(keys), exc_info=True)  # the sweeper takes them
