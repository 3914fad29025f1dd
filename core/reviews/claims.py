"""Claims: who has which waiting sample in hand, for ten minutes at a time."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import access, clock
from core.db import transaction
from core.errors import Claimed, WrongState
from core.policy import Actor, require
from core.tables import ReviewClaim, User

LIFE = timedelta(minutes=10)


def claim(actor: Actor, sample_id: str) -> datetime:
    """Takes a waiting sample in hand, or keeps it for ten minutes more; returns until when.

    Raises:
        Claimed: another reviewer has it.
        WrongState: it does not wait.
    """
    require(actor, "review.claim")
    with transaction() as session:
        sample = access.get(session, actor, sample_id, lock=True)
        if sample.status != "pending":
            raise WrongState(sample.status)
        check(session, actor, sample_id)
        return take(session, actor, sample_id)


def release(actor: Actor, sample_id: str) -> None:
    """Gives it back to the others; nothing happens where the actor does not have it."""
    require(actor, "review.claim")
    with transaction() as session:
        session.execute(delete(ReviewClaim).filter_by(sample_id=sample_id, claimed_by=actor.id))


def check(session: Session, actor: Actor, sample_id: str) -> None:
    """Raises Claimed where somebody else has it in hand."""
    if (other := holder(session, actor, sample_id)) is not None:
        raise Claimed(*other)


def holder(session: Session, actor: Actor, sample_id: str) -> tuple[str, datetime] | None:
    """Who else has it in hand, and until when."""
    found = session.execute(
        select(User.name, ReviewClaim.claimed_until)
        .join(User, User.id == ReviewClaim.claimed_by)
        .where(
            ReviewClaim.sample_id == sample_id,
            ReviewClaim.claimed_by != actor.id,
            ReviewClaim.claimed_until > clock.now(),
        )
    ).one_or_none()
    return None if found is None else (found[0], found[1])


def take(session: Session, actor: Actor, sample_id: str) -> datetime:
    """Within the caller's transaction on a locked sample that nobody else has."""
    until = clock.now() + LIFE
    own = {"claimed_by": actor.id, "claimed_until": until}
    query = insert(ReviewClaim).values(sample_id=sample_id, **own)
    session.execute(query.on_conflict_do_update(index_elements=["sample_id"], set_=own))
    return until


def end(session: Session, sample_id: str) -> None:
    session.execute(delete(ReviewClaim).where(ReviewClaim.sample_id == sample_id))
