"""What a batch is asked with, and what one looks like."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from core import jobs
from core.background import UNFINISHED
from core.inputs import read
from core.model_versions.views import LIGHT, ModelInfo, info_of
from core.policy import Actor
from core.predictions.accepting import is_accepted, says_something
from core.samples.lists import ME, SampleFilter, fitting
from core.tables import ModelVersion, Photo, Prediction, PredictionBatch, PredictionBatchItem, Sample, User


class BatchFilter(SampleFilter):
    """The filter of the list of samples; of those that fit, the photos of raw meat of all rounds."""

    heated: bool = Field(default=False, description="The photos of heated meat, too.")


@dataclass(frozen=True)
class BatchView:
    """How far a batch is: of `total` photos (0 until they are counted) `done` are predicted, and `failed` cannot be.

    filter: what narrows it; error: a word key under "error"; to_accept: how many of its predictions say something and
    wait for a person to accept them, None while it runs and in lists.
    """

    id: UUID
    filter: dict[str, Any]
    model: ModelInfo
    state: str
    done: int
    failed: int
    total: int
    error: str | None
    requested_by: UUID
    requested_by_name: str
    requested_at: datetime
    finished_at: datetime | None
    to_accept: int | None = None

    @property
    def is_finished(self) -> bool:
        return self.state not in UNFINISHED


def as_stored(actor: Actor, wanted: Mapping[str, Any] | SampleFilter) -> dict[str, Any]:
    """The filter as it is stored: what narrows it, with people by their ids."""
    said = wanted.model_dump(exclude_defaults=True) if isinstance(wanted, SampleFilter) else wanted
    asked: dict[str, Any] = read(BatchFilter, said).model_dump(mode="json", exclude_defaults=True)
    return asked | ({"owner": str(actor.id)} if asked.get("owner") == ME else {})


def photos(actor: Actor, wanted: BatchFilter) -> Any:
    preparations = ("raw", "heated") if wanted.heated else ("raw",)
    stored = (Photo.state == "stored", Photo.seq >= 0, Photo.preparation.in_(preparations))
    return select(Photo.id).join(Sample, Sample.id == Photo.sample_id).where(*stored, *fitting(actor, wanted))


def to_accept(batch: PredictionBatch) -> Any:
    """The ids of its predictions that nobody has accepted and that say something."""
    of_version = Prediction.model_version_id == batch.model_version_id
    return (
        select(Prediction.id)
        .join(PredictionBatchItem, and_(PredictionBatchItem.photo_id == Prediction.photo_id, of_version))
        .join(Photo, Photo.id == Prediction.photo_id)
        .join(Sample, Sample.id == Photo.sample_id)
        .where(PredictionBatchItem.batch_id == batch.id, ~is_accepted(), says_something())
        .where(Sample.deleted_at.is_(None))
        .order_by(PredictionBatchItem.position)
    )


def ask(batch_id: UUID) -> None:
    jobs.defer(jobs.PREDICT_BATCH, f"predict_batch:{batch_id}", batch_id=str(batch_id))


def query() -> Any:
    """Batches with their model version and their person's name."""
    return (
        select(PredictionBatch, ModelVersion, User.name)
        .join(ModelVersion, ModelVersion.id == PredictionBatch.model_version_id)
        .join(User, User.id == PredictionBatch.requested_by)
        .options(*LIGHT)
    )


def shown(session: Session, row: PredictionBatch, *, counts: bool = False) -> BatchView:
    """Args: counts: whether to count what waits to be accepted, once the batch is finished."""
    counts = counts and row.state not in UNFINISHED
    waiting = session.scalar(select(func.count()).select_from(to_accept(row).subquery())) if counts else None
    _, model, name = session.execute(query().where(PredictionBatch.id == row.id)).one()
    return view(row, info_of(model), name, waiting)


def view(row: PredictionBatch, model: ModelInfo, name: str, waiting: int | None = None) -> BatchView:
    names = (
        "id", "filter", "state", "done", "failed", "total", "error", "requested_by", "requested_at", "finished_at",
    )  # fmt: skip
    own = {each: getattr(row, each) for each in names}
    return BatchView(**own, model=model, requested_by_name=name, to_accept=waiting)
