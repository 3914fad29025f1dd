"""Which samples an actor may see and act on; every topic about samples asks here first."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, select, true
from sqlalchemy.orm import Session

from core import clock, ids
from core.errors import EditWindowClosed, NotAllowed, NotFound, WrongState
from core.policy import Actor, Relation, allows, rule
from core.tables import AuditEvent, Sample

EDIT_WINDOW = timedelta(hours=72)
CONTENT_ACTIONS = (
    "sample.create_fresh", "sample.edit", "sample.submit_again", "photo.add", "evaluation.write_fresh",
    "evaluation.remove",
)  # fmt: skip
# Actions on one sample -> the only status in which they make sense; None: any.
SAMPLE_ACTIONS: dict[str, str | None] = {
    "sample.edit": None,
    "sample.submit_again": "rejected",
    "sample.move_to_bin": None,
    "sample.create_processed": "approved",
    "photo.add": None,
    "evaluation.write_fresh": None,
    "evaluation.write_processed": "approved",
    "evaluation.write_heated": "approved",
    "measurement.write": "approved",
    "prediction.run": None,
    "prediction.accept": None,
    "review.approve": "pending",
    "review.reject": "pending",
    "label.print": None,
    "audit.view": None,
}


def edit_until(sample: Sample) -> datetime | None:
    """When the maker's time to edit ends; None once the sample is approved."""
    return None if sample.status == "approved" else sample.edit_window_from + EDIT_WINDOW


def visible(actor: Actor) -> ColumnElement[bool]:
    """The condition that leaves only samples which the actor may see, for any query over samples."""
    sees_all = rule(actor.role, "sample.view") == "any"
    return Sample.deleted_at.is_(None) & (true() if sees_all else Sample.created_by == actor.id)


def require_id(sample_id: str) -> None:
    """Raises NotFound for what can be no sample's id; the database need not see it."""
    if ids.parse(sample_id) != sample_id:
        raise NotFound


def get(session: Session, actor: Actor, sample_id: str, *, lock: bool = False) -> Sample:
    """The sample, locked for a change if asked.

    Raises:
        NotFound: there is none, it is in the recycle bin, or it is not the actor's to see.
    """
    require_id(sample_id)
    query = select(Sample).where(Sample.id == sample_id, visible(actor))
    sample = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if sample is None:
        raise NotFound
    return sample


def relation(session: Session, actor: Actor, sample: Sample) -> Relation:
    until = edit_until(sample)
    return Relation(
        own=sample.created_by == actor.id,
        window_open=until is not None and clock.now() < until,
        edited=_has_edited(session, actor, sample),
    )


def require_on(session: Session, actor: Actor, action: str, sample: Sample) -> None:
    """Asked by whatever changes a sample or what hangs on it.

    Raises:
        EditWindowClosed: only time forbids it.
        WrongState: it is approved, so that its maker's time does not count any more.
        NotAllowed: the policy does not let the actor do this to this sample.
    """
    stands = relation(session, actor, sample)
    if allows(actor, action, stands):
        return
    if stands.own and rule(actor.role, action) == "own_in_window":
        until = edit_until(sample)
        raise WrongState(sample.status) if until is None else EditWindowClosed(until)
    raise NotAllowed(action=action)


def allowed_on(session: Session, actor: Actor, action: str, sample: Sample) -> bool:
    return allows(actor, action, relation(session, actor, sample))


def allowed(session: Session, actor: Actor, sample: Sample) -> frozenset[str]:
    """All that the actor may do with this sample as it is now: what a page asks before it offers anything."""
    stands = relation(session, actor, sample)
    return frozenset(
        action
        for action, status in SAMPLE_ACTIONS.items()
        if status in (None, sample.status) and allows(actor, action, stands)
    )


def _has_edited(session: Session, actor: Actor, sample: Sample) -> bool:
    events = select(AuditEvent.id).where(
        AuditEvent.subject_type == "sample",
        AuditEvent.subject_id == sample.id,
        AuditEvent.actor_id == actor.id,
        AuditEvent.action.in_(CONTENT_ACTIONS),
    )
    return bool(session.scalar(select(exists(events))))
