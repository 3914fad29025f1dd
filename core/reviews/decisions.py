"""Approves or rejects one version of a sample; nobody reviews what they made or edited."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import access, audit, clock, notices
from core.config import settings
from core.db import transaction
from core.errors import BadInput, Finding, MeatlabError, NotAllowed, PhotoMissing, Stale, WrongState
from core.inputs import Line, Note, read
from core.policy import Actor, may_ever, require
from core.predictions.asking import ask_on_approval
from core.reviews import claims
from core.tables import Photo, RejectReason, Review, Sample

MOST_AT_ONCE = 200


class Rejection(BaseModel):
    """A reject reason of the catalogue, and a text that the author will read."""

    model_config = ConfigDict(extra="forbid")
    reason: Line
    text: Note


@dataclass(frozen=True)
class Reviewed:
    sample_id: str
    status: str
    version: int


@dataclass(frozen=True)
class ManyResult:
    """What became of one of many; `refusal` says why it was left as it is."""

    sample_id: str
    refusal: MeatlabError | None = None


def approve(actor: Actor, sample_id: str, version: int) -> Reviewed:
    """Approves the version on the reviewer's screen; approving it again changes nothing.

    Raises:
        NotAllowed: the reviewer made or edited it, or may not review.
        Claimed: another reviewer has it in hand.
        Stale: the sample has changed since.
        WrongState: it is not pending.
        PhotoMissing: its cross-section photo is not stored.
    """
    return _decide(actor, sample_id, version, "approved")


def reject(actor: Actor, sample_id: str, version: int, reason: str, text: str) -> Reviewed:
    """Rejects the version on the reviewer's screen, with a reason of the catalogue and a text for the author.

    Raises:
        BadInput: no such reason, or no text.
        NotAllowed, Claimed, Stale, WrongState: as for `approve`.
    """
    return _decide(actor, sample_id, version, "rejected", reason, text)


def approve_many(actor: Actor, seen: Sequence[tuple[str, int]]) -> tuple[ManyResult, ...]:
    """Approves each (sample id, version) by itself: what is refused keeps no other from being approved.

    Raises:
        NotAllowed: the actor never reviews.
        BadInput: more than 200 at once.
    """
    require(actor, "review.view_queue")
    if len(seen) > MOST_AT_ONCE:
        raise BadInput(Finding("samples", "too_many", {"limit": MOST_AT_ONCE}))
    return tuple(_try_approve(actor, sample_id, version) for sample_id, version in seen)


def _try_approve(actor: Actor, sample_id: str, version: int) -> ManyResult:
    try:
        approve(actor, sample_id, version)
    except MeatlabError as refusal:
        return ManyResult(sample_id, refusal)
    return ManyResult(sample_id)


def may_review(actor: Actor, sample_id: str) -> bool:
    """Whether this person may review this sample; the page shows the buttons only then."""
    with transaction() as session:
        return access.allowed_on(session, actor, "review.approve", access.get(session, actor, sample_id))


def approve_own(session: Session, actor: Actor, sample: Sample) -> None:
    """A researcher's or manager's own sample is approved as it is submitted, once its promised photo is stored."""
    if actor.role == "normal" or settings().review_everyone or sample.status != "pending":
        return
    if sample.created_by == actor.id and not _photos(session, sample.id, "awaiting"):
        _write(session, actor, sample, "approved", None, None)
        audit.record(session, actor, "sample.approved_on_submission", "sample", sample.id)


def _decide(
    actor: Actor, sample_id: str, version: int, decision: str, reason: str | None = None, text: str | None = None
) -> Reviewed:
    action = "review.approve" if decision == "approved" else "review.reject"
    if not may_ever(actor.role, action):  # said before anything is said about the sample
        raise NotAllowed(action=action)
    with transaction() as session:
        sample = access.get(session, actor, sample_id, lock=True)
        access.require_on(session, actor, action, sample)
        done = session.scalars(select(Review).filter_by(sample_id=sample_id, sample_version=version)).one_or_none()
        if done is not None and done.decision == decision and sample.status == decision:
            return Reviewed(sample.id, sample.status, sample.version)
        if sample.version != version:
            raise Stale(sample.version)
        if sample.status != "pending":
            raise WrongState(sample.status)
        claims.check(session, actor, sample_id)
        if decision == "approved" and not _has_its_photo(session, sample_id):
            raise PhotoMissing
        if decision == "rejected":
            sent = _checked(session, reason, text)
            reason, text = sent.reason, sent.text
        _write(session, actor, sample, decision, reason, text)
        audit.record(session, actor, f"sample.{decision}", "sample", sample_id, reason=text, after={"reason": reason})
        claims.end(session, sample_id)
        notices.tell(session, sample.created_by, decision, sample_id, reason=reason, text=text)
        return Reviewed(sample.id, sample.status, sample.version)


def _write(session: Session, actor: Actor, sample: Sample, decision: str, reason: str | None, text: str | None) -> None:
    now = clock.now()
    session.add(
        Review(
            sample_id=sample.id, sample_version=sample.version, decision=decision, reason=reason, text=text,
            reviewed_by=actor.id, reviewed_at=now,
        )
    )  # fmt: skip
    sample.status = decision
    sample.version += 1
    if decision == "rejected":
        sample.edit_window_from = now  # its maker has the whole window again to mend it
    else:
        ask_on_approval(session, actor, sample.id)
    session.flush()


def _has_its_photo(session: Session, sample_id: str) -> bool:
    return bool(_photos(session, sample_id, "stored")) and not _photos(session, sample_id, "awaiting")


def _photos(session: Session, sample_id: str, state: str) -> list[UUID]:
    return list(session.scalars(select(Photo.id).where(Photo.sample_id == sample_id, Photo.state == state)))


def _checked(session: Session, reason: str | None, text: str | None) -> Rejection:
    sent = read(Rejection, {"reason": reason, "text": text})
    if session.get(RejectReason, sent.reason) is None:
        raise BadInput(Finding("reason", "unknown_choice"))
    return sent
