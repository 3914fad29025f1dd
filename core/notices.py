"""Notices: what a person should hear of when they next open the dashboard."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core import clock
from core.db import transaction
from core.policy import Actor
from core.tables import Notice


@dataclass(frozen=True)
class NoticeView:
    """`code` is a word key under "notice", `values` fill its text."""

    id: UUID
    sample_id: str | None
    code: str
    values: dict[str, Any]
    made_at: datetime


def tell(session: Session, user_id: UUID, code: str, sample_id: str | None = None, **values: Any) -> None:
    """Leaves a notice, within the caller's transaction."""
    session.add(Notice(user_id=user_id, sample_id=sample_id, code=code, values=values, made_at=clock.now()))


def unread(actor: Actor, limit: int = 20) -> tuple[NoticeView, ...]:
    """The newest first."""
    with transaction() as session:
        query = select(Notice).where(Notice.user_id == actor.id, Notice.read_at.is_(None))
        rows = session.scalars(query.order_by(Notice.made_at.desc()).limit(limit)).all()
        return tuple(NoticeView(row.id, row.sample_id, row.code, row.values, row.made_at) for row in rows)


def mark_read(actor: Actor, notice_id: UUID) -> None:
    """Only one's own; a notice that is read already stays so."""
    with transaction() as session:
        own = (Notice.id == notice_id, Notice.user_id == actor.id, Notice.read_at.is_(None))
        session.execute(update(Notice).where(*own).values(read_at=clock.now()))
