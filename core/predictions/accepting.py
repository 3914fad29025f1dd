"""A person accepts what a model said: until then it is marked as a model's word wherever it is shown."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, exists, literal, or_, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Session

from core import access, audit, clock
from core.db import transaction
from core.errors import BadInput, Finding, NotFound
from core.policy import Actor, require
from core.predictions.views import PredictionView, query, view
from core.tables import Photo, Prediction, PredictionAcceptance


def accept(actor: Actor, prediction_id: UUID) -> PredictionView:
    """Marks a prediction as accepted by the actor, now; one that somebody has accepted before stays as it is.

    Raises:
        NotFound: there is none that the actor may see.
        BadInput: the model said nothing that one could accept.
    """
    require(actor, "prediction.accept")
    with transaction() as session:
        found = session.execute(query().where(Prediction.id == prediction_id, access.visible(actor))).one_or_none()
        if found is None:
            raise NotFound
        if not view(*found).says_something:
            raise BadInput(Finding("prediction", "nothing_to_accept"))
        accept_these(session, actor, [prediction_id])
        return view(*session.execute(query().where(Prediction.id == prediction_id)).one())


def says_something() -> ColumnElement[bool]:
    """The condition that leaves predictions with anything to accept."""
    empty: dict[str, str] = {}
    return or_(
        Prediction.grade.is_not(None) & (Prediction.grade != JSONB.NULL),
        Prediction.scores != empty,
        Prediction.values != empty,
    )


def is_accepted() -> ColumnElement[bool]:
    return exists().where(PredictionAcceptance.prediction_id == Prediction.id)


def accept_these(session: Session, actor: Actor, prediction_ids: Sequence[UUID]) -> int:
    """Within the caller's transaction; returns how many of them nobody had accepted yet."""
    # Those that are still there; in one order, so that two people never wait for each other.
    there = select(Prediction.id, literal(actor.id), literal(clock.now())).where(Prediction.id.in_(prediction_ids))
    columns = ["prediction_id", "accepted_by", "accepted_at"]
    added = insert(PredictionAcceptance).from_select(columns, there.order_by(Prediction.id)).on_conflict_do_nothing()
    accepted = session.scalars(added.returning(PredictionAcceptance.prediction_id)).all()
    query = select(Prediction.id, Prediction.photo_id, Prediction.model_version_id, Photo.sample_id)
    of_accepted = query.join(Photo, Photo.id == Prediction.photo_id).where(Prediction.id.in_(accepted))
    events = [
        (row.sample_id, {"prediction": row.id, "photo": row.photo_id, "model_version": row.model_version_id})
        for row in session.execute(of_accepted)
    ]
    audit.record_many(session, actor, "prediction.accept", "sample", events)
    return len(accepted)
