"""What a batch said, photo by photo, beside what was measured."""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from core import background, labels
from core.db import transaction
from core.labels import Measured, scale_key
from core.model_versions.views import LIGHT, info_of
from core.policy import Actor, require
from core.predictions import views
from core.predictions.views import PredictionView
from core.tables import ModelVersion, Photo, Prediction, PredictionBatch, PredictionBatchItem, Sample
from core.tables.samples import GRADE_RANKS

Only = Literal["predicted", "failed"]
STATE_OF = {"predicted": "done", "failed": "failed"}


@dataclass(frozen=True)
class BatchRow:
    """One photo of a batch. state: waiting, done or failed; error: a word key under "error".

    grade_steps: how many grades the prediction is better (worse: below 0) than what the carcass was given; differences:
    predicted less measured, of scores on the model's scale and of values, where both are known.
    """

    position: int
    photo_id: UUID
    sample_id: str
    seq: int
    preparation: str
    state: str
    error: str | None
    prediction: PredictionView | None
    measured: Measured
    grade_steps: int | None
    differences: dict[str, float]


@dataclass(frozen=True)
class BatchRows:
    """Some photos in order; `next` is what to give as `after` for the following ones, None at the end."""

    rows: tuple[BatchRow, ...]
    next: int | None
    total: int


def rows(
    actor: Actor, batch_id: UUID, *, after: int | None = None, limit: int = 25, only: Only | None = None
) -> BatchRows:
    """The photos of a batch in its order, each with what was predicted and what was found.

    Args:
        after: the position behind which to begin.
        only: those that were predicted, or those that could not be.

    Raises:
        NotFound: there is no such batch, or it is somebody else's.
    """
    require(actor, "prediction.run")
    with transaction() as session:
        batch = background.get(session, actor, PredictionBatch, batch_id)
        wanted = [PredictionBatchItem.batch_id == batch_id, Sample.deleted_at.is_(None)]
        wanted += [PredictionBatchItem.state == STATE_OF[only]] if only else []
        place = [] if after is None else [PredictionBatchItem.position > after]
        query = _items().where(*wanted, *place).order_by(PredictionBatchItem.position).limit(limit + 1)
        found = session.execute(query).all()
        total = session.scalar(select(func.count()).select_from(_items().where(*wanted).subquery())) or 0
        shown = _rows(session, batch, [(item, photo) for item, photo in found[:limit]])
        return BatchRows(shown, shown[-1].position if len(found) > limit else None, total)


def _items() -> Any:
    return (
        select(PredictionBatchItem, Photo)
        .join(Photo, Photo.id == PredictionBatchItem.photo_id)
        .join(Sample, Sample.id == Photo.sample_id)
    )


def _rows(
    session: Session, batch: PredictionBatch, found: list[tuple[PredictionBatchItem, Photo]]
) -> tuple[BatchRow, ...]:
    model = info_of(session.get_one(ModelVersion, batch.model_version_id, options=LIGHT))
    photo_ids = [photo.id for _, photo in found]
    of_batch = and_(Prediction.photo_id.in_(photo_ids), Prediction.model_version_id == model.id)
    said = {row[0].photo_id: views.view(*row) for row in session.execute(views.query().where(of_batch))}
    known = labels.of_photos(session, photo_ids, scale_key(model.scale))
    return tuple(_row(item, photo, said.get(photo.id), known[photo.id]) for item, photo in found)


def _row(item: PredictionBatchItem, photo: Photo, said: PredictionView | None, measured: Measured) -> BatchRow:
    predicted = {**said.scores, **said.values} if said else {}
    known = measured.scores | measured.values
    differences = {name: each["value"] - known[name] for name, each in predicted.items() if name in known}
    return BatchRow(
        item.position, photo.id, photo.sample_id, photo.seq, photo.preparation, item.state, item.error, said, measured,
        _steps(said.named_grade if said else None, measured.grade), differences,
    )  # fmt: skip


def _steps(predicted: str | None, given: str | None) -> int | None:
    if predicted not in GRADE_RANKS or given not in GRADE_RANKS:
        return None
    return GRADE_RANKS[predicted] - GRADE_RANKS[given]
