"""Moves samples to the recycle bin, and brings samples and rounds back.

A sample keeps every row and its version while it lies in the bin, so that restored it reads byte for byte as before.
No writer can slip through that: what is in the bin answers as if it did not exist, whoever waits for its lock finds it
gone, and a change made on the version from before finds, after the restoration, exactly what it was made on. The place
in the review queue and the time to edit stay as well; only a claim ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core import access, audit, clock, notices
from core.db import transaction
from core.errors import BadInput, Finding, MeatlabError, NotFound, RoundOutOfOrder, SampleInBin
from core.inputs import read
from core.policy import Actor, require
from core.recycle_bin.items import SAMPLE, retention
from core.reviews import claims
from core.rounds import Removal
from core.samples import parts
from core.samples.changes import stale
from core.samples.views import SampleView, view
from core.tables import AuditEvent, Round, Sample

MOST_AT_ONCE = 200


@dataclass(frozen=True)
class Removed:
    """A sample in the bin: it can be restored until `expires_at`."""

    sample_id: str
    deleted_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Restored:
    """What became of one of many; `refusal` says why it stays in the bin."""

    sample_id: str
    round_key: int
    refusal: MeatlabError | None = None


def remove(actor: Actor, sample_id: str, version: int, reason: str) -> Removed:
    """Moves the version that the actor has seen to the bin, whole; sent again, it changes nothing.

    Raises:
        BadInput: no reason.
        EditWindowClosed: the maker's time is over.
        Stale: somebody changed the sample meanwhile.
    """
    why = read(Removal, {"reason": reason}).reason
    with transaction() as session:
        sample = locked(session, sample_id)
        if sample.deleted_at is not None and (sample.deleted_by, sample.version) == (actor.id, version):
            return Removed(sample_id, sample.deleted_at, sample.deleted_at + retention())
        access.get(session, actor, sample_id)
        access.require_on(session, actor, "sample.move_to_bin", sample)
        if sample.version != version:
            raise stale(session, actor, sample, {})
        now = clock.now()
        sample.deleted_at, sample.deleted_by, sample.deleted_why = now, actor.id, why
        claims.end(session, sample_id)
        _record(session, actor, "sample.move_to_bin", sample_id, why)
        if sample.created_by != actor.id:
            notices.tell(session, sample.created_by, "removed", sample_id, text=why)
        return Removed(sample_id, now, now + retention())


def restore(actor: Actor, sample_id: str) -> SampleView:
    """Brings a sample back with everything that hung on it; one that is not in the bin stays as it is.

    Rounds that were removed by themselves stay in the bin.

    Raises:
        NotFound: there is none, or it is gone for good.
    """
    require(actor, "sample.restore")
    with transaction() as session:
        sample = locked(session, sample_id)
        _bring_back(session, actor, sample)
        return view(session, actor, sample)


def restore_round(actor: Actor, sample_id: str, round_key: int, *, with_sample: bool = False) -> SampleView:
    """Brings a removed round back as the last of its sample; one that came back before stays as it is.

    Raises:
        NotFound: no such round is in the bin.
        SampleInBin: its sample is there too, and was not asked for.
        RoundOutOfOrder: other rounds have to come back first, or its number is taken by now.
        BadInput: it began before the round that is now before it had ended.
    """
    require(actor, "sample.restore")
    with transaction() as session:
        sample = locked(session, sample_id)
        row = session.get(Round, (sample_id, round_key)) if round_key < 0 else None
        if row is None and not _came_back(session, sample_id, round_key):
            raise NotFound
        if sample.deleted_at is not None and not with_sample:
            raise SampleInBin
        _bring_back(session, actor, sample)
        if row is not None:
            _insert_back(session, actor, sample, row)
        return view(session, actor, sample)


def restore_many(actor: Actor, chosen: Sequence[tuple[str, int]]) -> tuple[Restored, ...]:
    """Restores each (sample id, round key, or SAMPLE for the whole) by itself: no refusal keeps another from coming.

    Samples come before their rounds, and of two rounds of one sample the one removed last comes first.

    Raises:
        BadInput: more than 200 at once.
    """
    require(actor, "sample.restore")
    if len(chosen) > MOST_AT_ONCE:
        raise BadInput(Finding("items", "too_many", {"limit": MOST_AT_ONCE}))
    in_order = sorted(set(chosen), key=lambda item: (item[1] != SAMPLE, item[1]))
    return tuple(_try_restore(actor, sample_id, round_key) for sample_id, round_key in in_order)


def locked(session: Session, sample_id: str) -> Sample:
    """The sample wherever it is, locked for a change.

    Raises:
        NotFound: there is none.
    """
    access.require_id(sample_id)
    sample = session.scalars(select(Sample).where(Sample.id == sample_id).with_for_update()).one_or_none()
    if sample is None:
        raise NotFound
    return sample


def _try_restore(actor: Actor, sample_id: str, round_key: int) -> Restored:
    try:
        if round_key == SAMPLE:
            restore(actor, sample_id)
        else:
            restore_round(actor, sample_id, round_key)
    except MeatlabError as refusal:
        return Restored(sample_id, round_key, refusal)
    return Restored(sample_id, round_key)


def _bring_back(session: Session, actor: Actor, sample: Sample) -> None:
    if sample.deleted_at is None:
        return
    sample.deleted_at = sample.deleted_by = sample.deleted_why = None
    _record(session, actor, "sample.restore", sample.id)


def _insert_back(session: Session, actor: Actor, sample: Sample, row: Round) -> None:
    present = session.scalar(select(func.count()).where(Round.sample_id == sample.id, Round.seq >= 0)) or 0
    if row.removed_seq != present:
        raise RoundOutOfOrder(row.removed_seq or 0, present)
    last = session.get_one(Round, (sample.id, present - 1))
    if last.started_at and row.started_at and row.started_at < last.started_at + timedelta(minutes=last.minutes or 0):
        raise BadInput(Finding("started_at", "starts_before_last_round"))
    key = row.seq
    # All that hangs on it follows by the foreign keys' cascade.
    back = {"seq": present, "removed_seq": None, "deleted_at": None, "deleted_by": None, "deleted_why": None}
    place = (Round.sample_id == sample.id, Round.seq == key)
    session.execute(update(Round).where(*place).values(back).execution_options(synchronize_session=False))
    session.expunge(row)
    before, after = {"round_key": key}, {"round_key": None}
    parts.finish(session, actor, sample, "round.restore", {"seq": present}, before=before, after=after)


def _came_back(session: Session, sample_id: str, round_key: int) -> bool:
    """Whether a round of this key was restored before, so that asking twice is asking once."""
    restored = select(AuditEvent.id).filter_by(subject_type="sample", subject_id=sample_id, action="round.restore")
    this_one = AuditEvent.before["round_key"].as_integer() == round_key
    return session.scalars(restored.where(this_one).limit(1)).first() is not None


def _record(session: Session, actor: Actor, action: str, sample_id: str, reason: str | None = None) -> None:
    """Who, when and why stand in the event itself; what changes is where the sample is."""
    gone = action == "sample.move_to_bin"
    audit.record(
        session, actor, action, "sample", sample_id, reason=reason, before={"in_bin": not gone}, after={"in_bin": gone}
    )
