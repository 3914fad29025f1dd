"""Cross-section photographs: received ones waiting for a sample, and those of a sample."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.tables.base import Base, made_id, one_of


class Upload(Base):
    """A whole, checked picture in S3 that no sample has claimed yet; the sweeper removes it after 24 h."""

    __tablename__ = "uploads"
    id: Mapped[UUID] = made_id()
    storage_key: Mapped[str]
    sent_sha256: Mapped[str]
    sha256: Mapped[str]
    bytes: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    media_type: Mapped[str]
    perceptual_hash: Mapped[str]
    taken_at: Mapped[datetime | None]
    uploaded_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    received_at: Mapped[datetime] = mapped_column(index=True)


class Photo(Base):
    """One photograph of one round and preparation; `awaiting` until its promised bytes are stored."""

    __tablename__ = "photos"
    __table_args__ = (
        ForeignKeyConstraint(
            ["sample_id", "seq"], ["rounds.sample_id", "rounds.seq"], ondelete="CASCADE", onupdate="CASCADE"
        ),
        one_of("preparation", "raw", "heated"),
        one_of("state", "awaiting", "stored", "replaced"),
        CheckConstraint("state <> 'stored' or (storage_key is not null and sha256 is not null)", name="stored"),
        Index("ix_photos_sample_id_seq", "sample_id", "seq"),
        Index(
            "uq_photos_current", "sample_id", "seq", "preparation", unique=True, postgresql_where="state <> 'replaced'"
        ),
    )
    id: Mapped[UUID] = made_id()
    sample_id: Mapped[str]
    seq: Mapped[int]
    preparation: Mapped[str]
    state: Mapped[str]
    storage_key: Mapped[str | None]
    # Of the bytes as the client sent them, and as they are stored (without private tags): equal for a clean file.
    sent_sha256: Mapped[str]
    sha256: Mapped[str | None] = mapped_column(index=True)
    bytes: Mapped[int | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    media_type: Mapped[str | None]
    perceptual_hash: Mapped[str | None]
    findings: Mapped[list[Any]] = mapped_column(server_default="[]", default=list)
    taken_at: Mapped[datetime | None]
    uploaded_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    received_at: Mapped[datetime | None]
