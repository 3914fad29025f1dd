"""The review queue: what waits, oldest first, and what a resubmission has changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import Session

from core import access, clock
from core.db import transaction
from core.policy import Actor, require, rule
from core.reviews import claims
from core.tables import AuditEvent, Photo, ReviewClaim, Sample, User

MOST_COUNTED = 1000


@dataclass(frozen=True)
class QueueItem:
    """One waiting sample; `claimed_by` names who else has it in hand."""

    id: str
    version: int
    species: str
    primal_cut: str
    secondary_cut: str
    grade: str | None
    source: str
    warnings: list[Any]
    submitted_at: datetime
    created_by: str
    photo_id: UUID | None
    resubmitted: bool
    claimed_by: str | None
    claimed_until: datetime | None
    may_review: bool


@dataclass(frozen=True)
class Queue:
    """`total` is counted up to 1,000; `is_more` says that there are more."""

    items: tuple[QueueItem, ...]
    total: int
    is_more: bool


def waiting(actor: Actor) -> int:
    """How many samples wait for review, counted up to 1,000 and one."""
    require(actor, "review.view_queue")
    with transaction() as session:
        return _count(session, actor)


def queue(actor: Actor, *, limit: int = 25, offset: int = 0) -> Queue:
    """What waits, oldest first."""
    require(actor, "review.view_queue")
    with transaction() as session:
        total = _count(session, actor)
        query = _query(actor).order_by(Sample.submitted_at, Sample.id).limit(limit).offset(offset)
        items = tuple(_item(*row) for row in session.execute(query))
        return Queue(items, min(total, MOST_COUNTED), total > MOST_COUNTED)


def next_item(actor: Actor, skipped: Sequence[str] = ()) -> QueueItem | None:
    """Takes in hand what the actor has already, else the oldest that they may review and nobody else has."""
    require(actor, "review.claim")
    with transaction() as session:
        passed = list(skipped)
        while (found := _oldest_free(session, actor, passed)) is not None:
            # Asked again now that it is locked: the claim of somebody faster may be younger than the first look.
            if claims.holder(session, actor, found) is None:
                claims.take(session, actor, found)
                return _item(*session.execute(_query(actor).where(Sample.id == found)).one())
            passed.append(found)
        return None


def _oldest_free(session: Session, actor: Actor, passed: Sequence[str]) -> str | None:
    """Locked; whoever asks at the same moment gets another."""
    held = ReviewClaim.claimed_until > clock.now()
    mine = exists().where(ReviewClaim.sample_id == Sample.id, ReviewClaim.claimed_by == actor.id, held)
    others = exists().where(ReviewClaim.sample_id == Sample.id, ReviewClaim.claimed_by != actor.id, held)
    waits = select(Sample.id).where(*_waits(actor), _may_review(actor), Sample.id.not_in(passed))
    oldest = waits.order_by(Sample.submitted_at, Sample.id).limit(1).with_for_update(of=Sample, skip_locked=True)
    return session.scalar(oldest.where(mine)) or session.scalar(oldest.where(~others))


def resubmission(actor: Actor, sample_id: str) -> dict[str, list[Any]]:
    """What has changed since the last rejection: field -> [then, now]; nothing where it was never rejected."""
    require(actor, "review.view_queue")
    with transaction() as session:
        access.get(session, actor, sample_id)
        events = session.execute(
            select(AuditEvent.action, AuditEvent.before, AuditEvent.after)
            .where(AuditEvent.subject_type == "sample", AuditEvent.subject_id == sample_id)
            .order_by(AuditEvent.position)
        ).all()
    rejections = [n for n, event in enumerate(events) if event.action == "sample.rejected"]
    changed: dict[str, list[Any]] = {}
    for event in events[rejections[-1] :] if rejections else []:
        for field, value in (event.after or {}).items() if event.action in ("sample.edit", "photo.add") else ():
            then = changed[field][0] if field in changed else (event.before or {}).get(field)
            changed[field] = [then, value]
    return {field: pair for field, pair in changed.items() if pair[0] != pair[1]}


def _waits(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    return Sample.status == "pending", access.visible(actor)


def _may_review(actor: Actor) -> ColumnElement[bool]:
    """The four-eyes rule of the policy as a condition: not made and not edited by the actor."""
    if rule(actor.role, "review.approve") != "not_own":
        raise LookupError("review.approve")
    edited = exists().where(
        AuditEvent.subject_type == "sample",
        AuditEvent.subject_id == Sample.id,
        AuditEvent.actor_id == actor.id,
        AuditEvent.action.in_(access.CONTENT_ACTIONS),
    )
    return and_(Sample.created_by != actor.id, ~edited)


def _count(session: Session, actor: Actor) -> int:
    some = select(Sample.id).where(*_waits(actor)).limit(MOST_COUNTED + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def _query(actor: Actor) -> Any:
    author, holder = User.__table__.alias("author"), User.__table__.alias("holder")
    photo = (
        select(Photo.id)
        .where(Photo.sample_id == Sample.id, Photo.seq == 0, Photo.preparation == "raw", Photo.state == "stored")
        .scalar_subquery()
    )
    claimed = and_(
        ReviewClaim.sample_id == Sample.id,
        ReviewClaim.claimed_until > clock.now(),
        ReviewClaim.claimed_by != actor.id,
    )
    return (
        select(Sample, author.c.name, photo, holder.c.name, ReviewClaim.claimed_until, _may_review(actor))
        .join(author, author.c.id == Sample.created_by)
        .outerjoin(ReviewClaim, claimed)
        .outerjoin(holder, holder.c.id == ReviewClaim.claimed_by)
        .where(*_waits(actor))
    )


def _item(sample: Sample, *joined: Any) -> QueueItem:
    own = {name: getattr(sample, name) for name in QueueItem.__dataclass_fields__ if hasattr(sample, name)}
    names = ("created_by", "photo_id", "claimed_by", "claimed_until", "may_review")
    resubmitted = sample.submitted_at > sample.received_at
    return QueueItem(resubmitted=resubmitted, **own | dict(zip(names, joined, strict=True)))
