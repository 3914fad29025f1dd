"""Asks for predictions, keeps what was said, and reads it."""

import dataclasses
import math
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import event, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import access, audit, clock, jobs, labels
from core.config import settings
from core.db import transaction
from core.errors import NoLiveModel, NotFound, PhotoMissing
from core.labels import Measured, scale_key
from core.model_versions.views import ModelInfo, info_of, live_info
from core.policy import Actor, allows, require
from core.predictions.views import PhotoToPredict, PredictionView, Said, query, view, visible_photo
from core.tables import ModelVersion, Photo, Prediction

log = structlog.get_logger()


def request(actor: Actor, photo_id: UUID) -> PredictionView | None:
    """Asks for a prediction of a stored photo by the live model; gives it at once where it is already known.

    Raises:
        NotFound: no such photo; NoLiveModel: no model version is live.
        PhotoMissing: the photo is not stored yet.
    """
    require(actor, "prediction.run")
    with transaction() as session:
        photo, _ = visible_photo(session, actor, photo_id)
        if photo.state != "stored":
            raise PhotoMissing
        model = live_info(session)
        known = (Prediction.photo_id == photo_id, Prediction.model_version_id == model.id)
        found = session.execute(query().where(*known)).one_or_none()
    if found is not None:
        return view(*found)
    _ask(actor, photo_id, model)
    return None


def of_photo(actor: Actor, photo_id: UUID) -> list[PredictionView]:
    """All predictions of a photo, newest first."""
    require(actor, "prediction.run")
    with transaction() as session:
        visible_photo(session, actor, photo_id)
        newest = query().where(Prediction.photo_id == photo_id).order_by(Prediction.predicted_at.desc())
        return [view(*row) for row in session.execute(newest)]


def get(actor: Actor, prediction_id: UUID) -> PredictionView:
    """Raises NotFound where there is none that the actor may see."""
    require(actor, "prediction.run")
    with transaction() as session:
        found = session.execute(query().where(Prediction.id == prediction_id, access.visible(actor))).one_or_none()
        if found is None:
            raise NotFound
        return view(*found)


def measured(actor: Actor, photo_id: UUID, scale: str = "1-10") -> Measured:
    """What people and instruments found of the round of a photo.

    Raises:
        NotFound: no such photo.
    """
    require(actor, "prediction.run")
    with transaction() as session:
        visible_photo(session, actor, photo_id)
        return labels.of_photos(session, [photo_id], scale)[photo_id]


def photo(actor: Actor, photo_id: UUID) -> PhotoToPredict:
    """What a worker needs of a stored photo.

    Raises:
        NotFound: no such photo, or it is not stored.
    """
    require(actor, "prediction.run")
    with transaction() as session:
        return to_predict(session, actor, photo_id)


def to_predict(session: Session, actor: Actor, photo_id: UUID) -> PhotoToPredict:
    row, sample = visible_photo(session, actor, photo_id)
    if row.state != "stored" or row.storage_key is None or row.sha256 is None:
        raise NotFound
    return PhotoToPredict(row.id, sample.id, row.storage_key, row.sha256, sample.species, sample.primal_cut)


def store(actor: Actor, photo: PhotoToPredict, model_version_id: UUID, said: Said) -> None:
    """Keeps what a model said; what the same version said of the same photo before stays.

    Raises:
        NotFound: the photo is not there any more.
    """
    require(actor, "prediction.run")
    with transaction() as session:
        visible_photo(session, actor, photo.photo_id)
        keep(session, actor, photo, info_of(session.get_one(ModelVersion, model_version_id)), said)


def keep(session: Session, actor: Actor, photo: PhotoToPredict, model: ModelInfo, said: Said) -> None:
    """The same within the caller's transaction."""
    told = {"species": photo.species, "cut": photo.cut, "sha256": photo.sha256}
    values = dataclasses.asdict(said) | {
        "grade": said.grade or None, "embedding": said.embedding or None,
        "scores": {name: _interval(each) | {"scale": scale_key(model.scale)} for name, each in said.scores.items()},
        "values": {name: _interval(each) for name, each in said.values.items()},
        "measures": {name: value for name, value in said.measures.items() if math.isfinite(value)},
    }  # fmt: skip
    made = session.scalars(
        insert(Prediction)
        .values(
            **values, photo_id=photo.photo_id, model_version_id=model.id, told=told, requested_by=actor.id,
            predicted_at=clock.now(),
        )
        .on_conflict_do_nothing()
        .returning(Prediction.id)
    ).one_or_none()  # fmt: skip
    if made is not None:
        after = {"prediction": made, "photo": photo.photo_id, "model_version": model.id}
        audit.record(session, actor, "prediction.run", "sample", photo.sample_id, after=after)


def ask_on_approval(session: Session, actor: Actor, sample_id: str) -> None:
    """Asks, once the caller's transaction has committed, for predictions of a sample that it approves."""
    if settings().predict_on_approval and allows(actor, "prediction.run"):
        event.listen(session, "after_commit", lambda _: _ask_of_sample(actor, sample_id), once=True)


def _ask_of_sample(actor: Actor, sample_id: str) -> None:
    try:
        with transaction() as session:
            model = live_info(session)
            known = exists().where(Prediction.photo_id == Photo.id, Prediction.model_version_id == model.id)
            stored = select(Photo.id).where(Photo.sample_id == sample_id, Photo.state == "stored", Photo.seq >= 0)
            waiting = session.scalars(stored.where(~known)).all()
        for photo_id in waiting:
            _ask(actor, photo_id, model)
    except NoLiveModel:
        log.info("predict.no_live_model", sample=sample_id)
    except Exception:  # the sample is approved by now, whatever becomes of this
        log.exception("predict.not_asked", sample=sample_id)


def _ask(actor: Actor, photo_id: UUID, model: ModelInfo) -> None:
    asked: dict[str, Any] = {"photo_id": str(photo_id), "model_version_id": str(model.id), "actor_id": str(actor.id)}
    jobs.defer(jobs.PREDICT, f"predict:{photo_id}:{model.id}", **asked)


def _interval(each: tuple[float, float, float]) -> dict[str, Any]:
    return dict(zip(("value", "low", "high"), each, strict=True))
