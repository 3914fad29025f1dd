"""Photos that look alike to a model: nearest neighbours by the angle between embeddings of one model version."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from core import access, labels, model_versions
from core.db import transaction
from core.errors import BadInput, Finding, NotFound
from core.labels import scale_key
from core.policy import Actor, require
from core.tables import ModelPromotion, Photo, Prediction, Sample
from core.tables.vectors import DIMENSIONS, cosine_distance

MOST = 50
# The index is walked on until enough of what it gives fits the rest of the question, in the order of distance; it looks
# at so many at a time, and gives up after 20,000.
SETTINGS = {"hnsw.iterative_scan": "strict_order", "hnsw.ef_search": "64"}


@dataclass(frozen=True)
class Similar:
    """A photo that looks alike, with what was found of its meat: scores on the scale of the model.

    distance: 0 for the same direction, 1 for a right angle, 2 for the opposite one.
    """

    photo_id: UUID
    sample_id: str
    seq: int
    preparation: str
    grade: str | None
    scores: dict[str, float]
    values: dict[str, float]
    distance: float


def similar(actor: Actor, photo_id: UUID, k: int = 8) -> list[Similar]:
    """The k photos most like a stored one, to the live model if it has looked at it, else to the one that did last.

    They are of other samples: other photos of the same piece tell nothing new. None where no model has looked at it, or
    found meat in it.

    Raises:
        NotFound: no such photo.
        BadInput: k is not from 1 to 50.
    """
    require(actor, "prediction.run")
    _check(k)
    with transaction() as session:
        looked_at = (Prediction.photo_id == Photo.id) & Prediction.embedding.is_not(None)
        live = select(ModelPromotion.model_version_id).order_by(ModelPromotion.promoted_at.desc()).limit(1)
        is_live = (Prediction.model_version_id == live.scalar_subquery()).desc().nulls_last()
        found = session.execute(
            select(Prediction.embedding, Prediction.model_version_id, Photo.sample_id)
            .select_from(Photo)
            .join(Sample, Sample.id == Photo.sample_id)
            .outerjoin(Prediction, looked_at)
            .where(Photo.id == photo_id, Photo.seq >= 0, access.visible(actor))
            .order_by(is_live, Prediction.predicted_at.desc())
            .limit(1)
        ).one_or_none()
        if found is None:
            raise NotFound
        return _near(session, actor, found[0], found[1], k, without=found[2]) if found[0] else []


def similar_to(actor: Actor, embedding: Sequence[float], model_version_id: UUID, k: int = 8) -> list[Similar]:
    """The k stored photos most like a picture that is not stored, of which a model version has made an embedding.

    Raises:
        BadInput: k is not from 1 to 50, or this is no embedding.
    """
    require(actor, "prediction.run")
    _check(k)
    if len(embedding) != DIMENSIONS or not any(embedding):
        raise BadInput(Finding("embedding", "not_valid"))
    with transaction() as session:
        return _near(session, actor, embedding, model_version_id, k)


def _check(k: int) -> None:
    if not 1 <= k <= MOST:
        code, limit = ("too_small", 1) if k < 1 else ("too_large", MOST)
        raise BadInput(Finding("k", code, {"limit": limit}))


def _near(
    session: Session, actor: Actor, embedding: Sequence[float], model_version_id: UUID, k: int,
    without: str | None = None,
) -> list[Similar]:  # fmt: skip
    session.execute(select(*(func.set_config(name, value, True) for name, value in SETTINGS.items())))
    distance = cosine_distance(Prediction.embedding, embedding)
    query = of_version(actor, distance, model_version_id, without)
    rows = session.execute(query.order_by(distance).limit(k)).all()
    if len(rows) < k:
        # Few among many of other models, or of samples in the bin, that the index did not reach: what is sorted by is
        # now none of its expressions, so that all are looked at.
        rows = session.execute(query.order_by(distance + 0).limit(k)).all()
    found = labels.of_rows(session, rows, _scale(model_version_id))
    return [
        Similar(
            row.id, row.sample_id, row.seq, row.preparation, found[row.id].grade, found[row.id].scores,
            found[row.id].values, row.distance,
        )
        for row in rows
    ]  # fmt: skip


@lru_cache(maxsize=64)
def _scale(model_version_id: UUID) -> str:
    """A model version never changes."""
    return scale_key(model_versions.info(model_version_id).scale)


def of_version(actor: Actor, distance: ColumnElement[float], model_version_id: UUID, without: str | None) -> Any:
    """Photos that a version has made an embedding of and that the actor may see, with a distance; to be sorted.

    Args:
        without: the sample whose photos are left out.
    """
    conditions = [
        Prediction.model_version_id == model_version_id, Prediction.embedding.is_not(None), Photo.state == "stored",
        Photo.seq >= 0, access.visible(actor),
    ]  # fmt: skip
    if without is not None:
        conditions.append(Photo.sample_id != without)
    return (
        select(*labels.OF_PHOTO, Photo.preparation, distance.label("distance"))
        .select_from(Prediction)
        .join(Photo, Photo.id == Prediction.photo_id)
        .join(Sample, Sample.id == Photo.sample_id)
        .where(*conditions)
    )
