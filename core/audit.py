"""Writes the history: one event per change, in the change's own transaction, chained by hash per subject."""

import hashlib
import json
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core import clock
from core.policy import Actor
from core.tables import AuditEvent

SYSTEM = "system"


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
    subject = (subject_type, str(subject_id))
    session.execute(text("select pg_advisory_xact_lock(hashtextextended(:subject, 0))"), {"subject": ":".join(subject)})
    last = session.scalars(
        select(AuditEvent)
        .where(AuditEvent.subject_type == subject[0], AuditEvent.subject_id == subject[1])
        .order_by(AuditEvent.position.desc())
        .limit(1)
    ).one_or_none()
    event = AuditEvent(
        subject_type=subject[0],
        subject_id=subject[1],
        position=last.position + 1 if last else 1,
        at=clock.now(),
        actor_id=actor.id if actor else None,
        actor_role=actor.role if actor else SYSTEM,
        action=action,
        reason=reason,
        before=_plain(before),
        after=_plain(after),
        previous_hash=last.hash if last else "",
    )
    event.hash = event_hash(event)
    session.add(event)
    session.flush()


def happened(session: Session, action: str, subject_type: str, subject_id: object) -> bool:
    event = select(AuditEvent.id).filter_by(action=action, subject_type=subject_type, subject_id=str(subject_id))
    return session.scalars(event.limit(1)).first() is not None


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
