"""The audit log: append-only, hash-chained per subject."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, FetchedValue, ForeignKey, Identity, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.tables.base import Base


class AuditEvent(Base):
    __tablename__ = "audit_events"
    __table_args__ = (
        UniqueConstraint("subject_type", "subject_id", "position"),
        Index(
            "ix_audit_events_of_samples", "transaction_id", "subject_id", postgresql_where="subject_type = 'sample'"
        ),
    )  # fmt: skip
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    subject_type: Mapped[str]
    subject_id: Mapped[str]
    # 1, 2, 3 ... within the subject: a gap shows that an event is missing.
    position: Mapped[int]
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    actor_role: Mapped[str]
    action: Mapped[str]
    reason: Mapped[str | None]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    previous_hash: Mapped[str]
    hash: Mapped[str]
    # The database's number of the transaction that wrote it: what core.statistics finds changes by.
    transaction_id: Mapped[int] = mapped_column(BigInteger, server_default=FetchedValue())


class AuditHead(Base):
    """The last event of each subject, kept by the database as events arrive: without it the last one could vanish."""

    __tablename__ = "audit_heads"
    subject_type: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    hash: Mapped[str]
