"""What models say of photos: asked for here, computed by a worker, stored once and never overwritten."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import access, audit, clock, jobs, storage
from core.db import transaction
from core.errors import NotFound, PhotoMissing
from core.policy import Actor, require
from core.tables import ModelPromotion, ModelVersion, Photo, Prediction, Sample
from core.tables.samples import HEATED_SCORES, RAW_SCORES

GRADES = ("1++", "1+", "1", "2", "3", "off")


@dataclass(frozen=True)
class ModelInfo:
    """One model version; `storage_key` is where its weights lie in S3, `report` what it was measured to do."""

    id: UUID
    name: str
    version: str
    sha256: str
    storage_key: str
    trained_on: str
    report: dict[str, Any]


@dataclass(frozen=True)
class PredictionView:
    """grade: class -> probability, summing to 1; scores: name -> value, low, high (80 % interval) and scale."""

    id: UUID
    photo_id: UUID
    model: ModelInfo
    grade: dict[str, float] | None
    scores: dict[str, dict[str, Any]]
    abstained: list[str]
    reason: str | None  # why it abstained: "species" or "unlike_training"
    predicted_at: datetime
    accepted_by: UUID | None


def request(actor: Actor, photo_id: UUID) -> PredictionView | None:
    """Asks for a prediction of a stored photo by the live model; gives it at once where it is already known.

    Raises:
        NotFound: no such photo, or no model is live.
        PhotoMissing: the photo is not stored yet.
    """
    require(actor, "prediction.run")
    with transaction() as session:
        photo = _visible_photo(session, actor, photo_id)
        if photo.state != "stored":
            raise PhotoMissing
        model = _live(session)
    known = next((p for p in of_photo(actor, photo_id) if p.model.id == model.id), None)
    if known is None:
        asked = {"photo_id": str(photo_id), "model_version_id": str(model.id), "actor_id": str(actor.id)}
        jobs.defer(jobs.PREDICT, f"predict:{photo_id}:{model.id}", **asked)
    return known


def of_photo(actor: Actor, photo_id: UUID) -> list[PredictionView]:
    """All predictions of a photo, newest first."""
    require(actor, "prediction.run")
    with transaction() as session:
        _visible_photo(session, actor, photo_id)
        rows = session.execute(
            select(Prediction, ModelVersion)
            .join(ModelVersion, ModelVersion.id == Prediction.model_version_id)
            .where(Prediction.photo_id == photo_id)
            .order_by(Prediction.predicted_at.desc())
        ).all()
        return [_view(*row) for row in rows]


def store(
    actor: Actor,
    photo_id: UUID,
    model_version_id: UUID,
    *,
    grade: dict[str, float] | None,
    scores: dict[str, dict[str, Any]],
    abstained: list[str],
    reason: str | None = None,
) -> None:
    """Keeps what a model said; what the same version said of the same photo before stays."""
    require(actor, "prediction.run")
    with transaction() as session:
        photo = _visible_photo(session, actor, photo_id)
        made = session.scalars(
            insert(Prediction)
            .values(
                photo_id=photo_id, model_version_id=model_version_id, grade=grade, scores=scores,
                abstained=abstained, reason=reason, requested_by=actor.id, predicted_at=clock.now(),
            )
            .on_conflict_do_nothing()
            .returning(Prediction.id)
        ).one_or_none()  # fmt: skip
        if made is not None:
            after = {"prediction": made, "photo": photo_id, "model_version": model_version_id}
            audit.record(session, actor, "prediction.run", "sample", photo.sample_id, after=after)


def model(model_version_id: UUID) -> ModelInfo:
    with transaction() as session:
        return _model(session.get_one(ModelVersion, model_version_id))


def live_model(actor: Actor) -> ModelInfo:
    """The model version that was promoted last.

    Raises:
        NotFound: none was.
    """
    require(actor, "prediction.run")
    with transaction() as session:
        return _live(session)


def register_shipped(name: str, version: str, sha256: str, weights: bytes, trained_on: str, report: Any) -> None:
    """Enters the model that ships with the product, and makes it live where none is; safe to repeat."""
    key = f"models/{sha256}.safetensors"
    with transaction() as session:
        known = session.scalars(select(ModelVersion).where(ModelVersion.sha256 == sha256)).one_or_none()
    if known is not None:
        return
    storage.put(key, weights, "application/octet-stream")
    with transaction() as session:
        values = {
            "name": name, "version": version, "sha256": sha256, "storage_key": key,
            "trained_on": trained_on, "report": report,
        }  # fmt: skip
        made = session.scalars(
            insert(ModelVersion).values(**values).on_conflict_do_nothing().returning(ModelVersion.id)
        ).one_or_none()
        if made is not None and session.scalars(select(ModelPromotion.id)).first() is None:
            session.add(ModelPromotion(model_version_id=made, promoted_at=clock.now()))
            audit.record(session, None, "model.promote", "model_version", made, reason="ships with the product")


def _visible_photo(session: Session, actor: Actor, photo_id: UUID) -> Photo:
    photo = session.scalars(
        select(Photo).join(Sample, Sample.id == Photo.sample_id).where(Photo.id == photo_id, access.visible(actor))
    ).one_or_none()
    if photo is None:
        raise NotFound
    return photo


def _live(session: Session) -> ModelInfo:
    row = session.scalars(
        select(ModelVersion)
        .join(ModelPromotion, ModelPromotion.model_version_id == ModelVersion.id)
        .order_by(ModelPromotion.promoted_at.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        raise NotFound
    return _model(row)


def _model(row: ModelVersion) -> ModelInfo:
    return ModelInfo(**{name: getattr(row, name) for name in ModelInfo.__dataclass_fields__})


def _view(row: Prediction, model_row: ModelVersion) -> PredictionView:
    # The database keeps no order within a document; people expect best grade first and scores as on the form.
    grade = None if row.grade is None else {key: row.grade[key] for key in GRADES if key in row.grade}
    scores = {name: row.scores[name] for name in RAW_SCORES + HEATED_SCORES if name in row.scores}
    same = {
        name: getattr(row, name) for name in ("id", "photo_id", "abstained", "reason", "predicted_at", "accepted_by")
    }
    return PredictionView(model=_model(model_row), grade=grade, scores=scores, **same)
