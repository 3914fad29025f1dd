"""What model versions there are, which was live when, and what each said of a photo."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.tables.base import Base, made_at, made_id


class ModelVersion(Base):
    __tablename__ = "model_versions"
    __table_args__ = (UniqueConstraint("name", "version"),)
    id: Mapped[UUID] = made_id()
    name: Mapped[str]
    version: Mapped[str]
    sha256: Mapped[str] = mapped_column(unique=True)
    storage_key: Mapped[str]
    trained_on: Mapped[str]
    report: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = made_at()


class ModelPromotion(Base):
    """The model version promoted last is live; rows are only added, so what was live when stays known."""

    __tablename__ = "model_promotions"
    id: Mapped[UUID] = made_id()
    model_version_id: Mapped[UUID] = mapped_column(ForeignKey("model_versions.id"), index=True)
    promoted_at: Mapped[datetime] = mapped_column(index=True)
    promoted_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)


class Prediction(Base):
    """What one model version says of one photo; never overwritten."""

    __tablename__ = "predictions"
    __table_args__ = (UniqueConstraint("photo_id", "model_version_id"),)
    id: Mapped[UUID] = made_id()
    photo_id: Mapped[UUID] = mapped_column(ForeignKey("photos.id", ondelete="CASCADE"))
    model_version_id: Mapped[UUID] = mapped_column(ForeignKey("model_versions.id"), index=True)
    grade: Mapped[dict[str, Any] | None]
    scores: Mapped[dict[str, Any]]
    abstained: Mapped[list[Any]]
    reason: Mapped[str | None]
    requested_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    predicted_at: Mapped[datetime]
    accepted_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    accepted_at: Mapped[datetime | None]
