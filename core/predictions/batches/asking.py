"""Asks for batches, shows how far they are, and accepts what they said."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from core import background, clock
from core.background import UNFINISHED
from core.db import transaction
from core.errors import BadInput, Finding
from core.inputs import read
from core.model_versions.views import info_of, live_info
from core.policy import Actor, require
from core.predictions.accepting import accept_these
from core.predictions.batches.views import BatchFilter, BatchView, as_stored, ask, photos, query, shown, to_accept, view
from core.samples.lists import SampleFilter
from core.tables import PredictionBatch

MOST_AT_ONCE = 5  # unfinished batches of one person
ACCEPTED_AT_ONCE = 200


def start(actor: Actor, wanted: Mapping[str, Any] | SampleFilter) -> BatchView:
    """Asks for a batch; the same one asked for by the same person while the first is unfinished is the same batch.

    Raises:
        NoLiveModel: no model version is live.
        BadInput: what is wrong with the filter, by field; or the person has too many unfinished batches.
    """
    require(actor, "prediction.run")
    asked = as_stored(actor, wanted)
    with transaction() as session:
        background.one_start_at_a_time(session, actor, PredictionBatch)
        model = live_info(session)
        own = select(PredictionBatch).where(PredictionBatch.requested_by == actor.id)
        unfinished = session.scalars(own.where(PredictionBatch.state.in_(UNFINISHED))).all()
        row = next((row for row in unfinished if (row.filter, row.model_version_id) == (asked, model.id)), None)
        if row is None:
            if len(unfinished) >= MOST_AT_ONCE:
                raise BadInput(Finding("batches", "too_many", {"limit": MOST_AT_ONCE}))
            row = PredictionBatch(
                filter=asked, model_version_id=model.id, requested_by=actor.id, requested_at=clock.now()
            )
            session.add(row)
            session.flush()
        found = view(row, model, actor.name)
    if found.state == "waiting":  # also again: its job may have been lost with the process that asked for it
        ask(found.id)
    return found


def count(actor: Actor, wanted: Mapping[str, Any] | SampleFilter) -> int:
    """How many photos a batch with this filter would have now.

    Raises:
        BadInput: what is wrong with the filter, by field.
    """
    require(actor, "prediction.run")
    asked = read(BatchFilter, as_stored(actor, wanted))
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(photos(actor, asked).subquery())) or 0


def get(actor: Actor, batch_id: UUID) -> BatchView:
    """One of the person's own batches, or anybody's for a manager.

    Raises:
        NotFound: there is no such batch, or it is somebody else's.
    """
    require(actor, "prediction.run")
    with transaction() as session:
        return shown(session, background.get(session, actor, PredictionBatch, batch_id), counts=True)


def browse(actor: Actor, limit: int = 50) -> list[BatchView]:
    """The person's own batches, all of them for a manager; newest first."""
    require(actor, "prediction.run")
    seen = query().where(background.seen_by(actor, PredictionBatch))
    with transaction() as session:
        rows = session.execute(seen.order_by(PredictionBatch.requested_at.desc()).limit(limit))
        return [view(row, info_of(model), name) for row, model, name in rows]


def cancel(actor: Actor, batch_id: UUID) -> BatchView:
    """Ends a batch that is not finished, after the photo in hand; what is predicted stays.

    Raises:
        NotFound: there is no such batch, or it is somebody else's.
    """
    require(actor, "prediction.run")
    with transaction() as session:
        return shown(session, background.cancel(session, actor, PredictionBatch, batch_id))


def accept_all(actor: Actor, batch_id: UUID, progress: Callable[[int, int], None] = lambda done, total: None) -> int:
    """Accepts all predictions of a batch that say something; returns how many nobody had accepted yet.

    Args:
        progress: is told how many are done, of how many.

    Raises:
        NotFound: there is no such batch, or it is somebody else's.
    """
    require(actor, "prediction.accept")
    with transaction() as session:
        batch = background.get(session, actor, PredictionBatch, batch_id)
        waiting = session.scalars(to_accept(batch)).all()
    accepted = 0
    for first in range(0, len(waiting), ACCEPTED_AT_ONCE):  # a transaction each: one of thousands would hold up others
        with transaction() as session:
            accepted += accept_these(session, actor, waiting[first : first + ACCEPTED_AT_ONCE])
        progress(min(first + ACCEPTED_AT_ONCE, len(waiting)), len(waiting))
    return accepted
