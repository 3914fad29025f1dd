"""What model versions there are, which was live when, what each said of a photo, and the long runs about them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.tables.base import Base, Run, made_at, made_id, one_of
from core.tables.vectors import Vector


class ModelVersion(Base):
    """Rows are only added: the database refuses to change or to remove one."""

    __tablename__ = "model_versions"
    __table_args__ = (UniqueConstraint("name", "version"),)
    id: Mapped[UUID] = made_id()
    name: Mapped[str]
    version: Mapped[str]
    sha256: Mapped[str] = mapped_column(unique=True)
    storage_key: Mapped[str]
    trained_on: Mapped[str]
    report: Mapped[dict[str, Any]]
    # What it answers, of which species, on which scale, and how a photo becomes its input; as the weights' file says.
    card: Mapped[dict[str, Any]] = mapped_column(server_default="{}", default=dict)
    code_version: Mapped[str] = mapped_column(server_default="", default="")
    data_snapshot: Mapped[dict[str, Any]] = mapped_column(server_default="{}", default=dict)
    created_at: Mapped[datetime] = made_at()
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)  # None: it ships


class ModelPromotion(Base):
    """The model version promoted last is live; rows are only added, so what was live when stays known."""

    __tablename__ = "model_promotions"
    id: Mapped[UUID] = made_id()
    model_version_id: Mapped[UUID] = mapped_column(ForeignKey("model_versions.id"), index=True)
    promoted_at: Mapped[datetime] = mapped_column(index=True)
    promoted_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)  # None: the product itself
    reason: Mapped[str | None]


class Prediction(Base):
    """What one model version says of one photo; the database lets nothing of it change.

    Model version, photo and `told` are what it takes to compute it again.
    """

    __tablename__ = "predictions"
    __table_args__ = (
        UniqueConstraint("photo_id", "model_version_id"),
        Index(
            "ix_predictions_embedding",
            "embedding",
            postgresql_using="hnsw",
            postgresql_with={"m": 16, "ef_construction": 128},  # with less, tight clusters are not always reached
            postgresql_ops={"embedding": "vector_cosine_ops"},
        ),
    )
    id: Mapped[UUID] = made_id()
    photo_id: Mapped[UUID] = mapped_column(ForeignKey("photos.id", ondelete="CASCADE"))
    model_version_id: Mapped[UUID] = mapped_column(ForeignKey("model_versions.id"), index=True)
    told: Mapped[dict[str, Any]] = mapped_column(server_default="{}", default=dict)  # species, cut; the photo's sha256
    grade: Mapped[dict[str, Any] | None]
    scores: Mapped[dict[str, Any]]
    values: Mapped[dict[str, Any]] = mapped_column(server_default="{}", default=dict)
    abstained: Mapped[dict[str, Any]]  # target -> reason
    measures: Mapped[dict[str, Any]] = mapped_column(server_default="{}", default=dict)  # without a model
    strangeness: Mapped[float | None]
    embedding: Mapped[tuple[float, ...] | None] = mapped_column(Vector)
    requested_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    predicted_at: Mapped[datetime]


class PredictionAcceptance(Base):
    """That a person has accepted a prediction; a table of its own, since with its row an embedding is indexed anew."""

    __tablename__ = "prediction_acceptances"
    prediction_id: Mapped[UUID] = mapped_column(ForeignKey("predictions.id", ondelete="CASCADE"), primary_key=True)
    accepted_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    accepted_at: Mapped[datetime]


class PredictionBatch(Run, Base):
    """Predictions of all photos that fit a filter; `done` and `failed` photos of `total`."""

    __tablename__ = "prediction_batches"
    filter: Mapped[dict[str, Any]]
    model_version_id: Mapped[UUID] = mapped_column(ForeignKey("model_versions.id"), index=True)
    failed: Mapped[int] = mapped_column(server_default="0", default=0)


class PredictionBatchItem(Base):
    """One photo of a batch; its prediction is that of the batch's model version."""

    __tablename__ = "prediction_batch_items"
    __table_args__ = (one_of("state", "waiting", "done", "failed"),)
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("prediction_batches.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    photo_id: Mapped[UUID] = mapped_column(ForeignKey("photos.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(server_default="waiting", default="waiting")
    attempts: Mapped[int] = mapped_column(server_default="0", default=0)
    error: Mapped[str | None]  # a word key under "error"


class TrainingRun(Run, Base):
    """A training in the background; what came of it is a model version."""

    __tablename__ = "training_runs"
    options: Mapped[dict[str, Any]]
    seconds_left: Mapped[float | None]
    word: Mapped[str | None]  # what it is doing: a word key under "training"
    model_version_id: Mapped[UUID | None] = mapped_column(ForeignKey("model_versions.id"), index=True)
