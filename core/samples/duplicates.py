"""Finds samples that look entered twice."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import access, clock, ids, trace_numbers
from core.errors import Finding
from core.policy import Actor
from core.samples.new import NewSample
from core.tables import Photo, Sample, Upload

SOON = timedelta(minutes=10)


def warn(session: Session, actor: Actor, new: NewSample) -> list[Finding]:
    """The same animal and cut minutes ago, or the same picture; only samples that the actor may see are named."""
    return [*_same_cut(session, actor, new), *_same_photo(session, actor, new)]


def _same_cut(session: Session, actor: Actor, new: NewSample) -> list[Finding]:
    trace = trace_numbers.parse(new.trace_number)
    if trace is None:
        return []
    query = select(Sample.id).where(
        Sample.trace_number == trace.number,
        Sample.species == new.species,
        Sample.primal_cut == new.primal_cut,
        Sample.secondary_cut == new.secondary_cut,
        Sample.received_at > clock.now() - SOON,
        access.visible(actor),
    )
    twin = session.scalars(query.limit(1)).first()
    return [Finding("trace_number", "entered_minutes_ago", {"id": ids.pretty(twin)})] if twin else []


def _same_photo(session: Session, actor: Actor, new: NewSample) -> list[Finding]:
    if new.photo is None:
        return []
    received = select(Upload.sha256).where(Upload.id == new.photo.id).scalar_subquery()
    query = (
        select(Photo.sample_id)
        .join(Sample, Sample.id == Photo.sample_id)
        .where(Photo.sha256.in_([received, new.photo.sha256]), access.visible(actor))
    )
    twin = session.scalars(query.limit(1)).first()
    return [Finding("photo", "photo_used_before", {"id": ids.pretty(twin)})] if twin else []
