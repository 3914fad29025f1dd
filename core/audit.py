"""Writes the history: one event per change, in the change's own transaction, chained by hash per subject."""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from core import clock
from core.policy import Actor
from core.tables import AuditEvent, AuditHead

SYSTEM = "system"
WRITTEN = tuple(c.name for c in AuditEvent.__table__.columns if c.name not in ("id", "transaction_id"))
# In the order of their numbers, so that two who lock several never wait for each other.
LOCK = """
select pg_advisory_xact_lock(number) from (
    select distinct hashtextextended(subject, 0) as number from unnest(cast(:subjects as text[])) as subject order by 1
) as numbers
"""


@dataclass(frozen=True)
class New:
    """One event to be."""

    action: str
    subject_id: str
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


def record(
    session: Session,
    actor: Actor | None,
    action: str,
    subject_type: str,
    subject_id: object,
    *,
    reason: str | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Adds one event. Two writers to one subject wait for each other, so that positions have no gap and no fork."""
    record_many(session, actor, action, subject_type, [(str(subject_id), after)], reason=reason, before=before)


def record_many(
    session: Session,
    actor: Actor | None,
    action: str,
    subject_type: str,
    changes: Sequence[tuple[str, dict[str, Any] | None]],
    *,
    reason: str | None = None,
    before: dict[str, Any] | None = None,
) -> None:
    """Adds an event for each (subject id, after), in as few statements as for one."""
    record_all(session, actor, subject_type, [New(action, key, before, after) for key, after in changes], reason=reason)


def record_all(
    session: Session, actor: Actor | None, subject_type: str, events: Sequence[New], *, reason: str | None = None
) -> None:  # fmt: skip
    """Adds events of many kinds and subjects, each subject's in their order, in a few statements."""
    last = _last(session, subject_type, {event.subject_id for event in events})
    rows = []
    for new in events:
        position, previous_hash = last.get(new.subject_id, (0, ""))
        event = AuditEvent(
            subject_type=subject_type,
            subject_id=new.subject_id,
            position=position + 1,
            at=clock.now(),
            actor_id=actor.id if actor else None,
            actor_role=actor.role if actor else SYSTEM,
            action=new.action,
            reason=reason,
            before=_plain(new.before),
            after=_plain(new.after),
            previous_hash=previous_hash,
        )
        event.hash = event_hash(event)
        last[new.subject_id] = event.position, event.hash
        rows.append({name: getattr(event, name) for name in WRITTEN})
    if rows:
        session.flush()
        session.execute(insert(AuditEvent), rows)


def happened(session: Session, action: str, subject_type: str, subject_id: object) -> bool:
    event = select(AuditEvent.id).filter_by(action=action, subject_type=subject_type, subject_id=str(subject_id))
    return session.scalars(event.limit(1)).first() is not None


def _last(session: Session, subject_type: str, subject_ids: Collection[str]) -> dict[str, tuple[int, str]]:
    """Position and hash of the last event of each subject; until the transaction ends, nobody else writes to them."""
    session.execute(text(LOCK), {"subjects": [f"{subject_type}:{subject_id}" for subject_id in subject_ids]})
    heads = select(AuditHead.subject_id, AuditHead.position, AuditHead.hash).where(
        AuditHead.subject_type == subject_type, AuditHead.subject_id.in_(subject_ids)
    )
    return {row.subject_id: (row.position, row.hash) for row in session.execute(heads)}


def event_hash(event: AuditEvent) -> str:
    """SHA-256 over everything the event says and the hash before it."""
    said = [
        event.subject_type,
        event.subject_id,
        event.position,
        event.at.timestamp(),
        str(event.actor_id),
        event.actor_role,
        event.action,
        event.reason,
        event.before,
        event.after,
        event.previous_hash,
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _plain(values: dict[str, Any] | None) -> dict[str, Any] | None:
    """As JSON holds it, so that what is hashed is what is read back."""
    return None if values is None else json.loads(json.dumps(values, default=str))
