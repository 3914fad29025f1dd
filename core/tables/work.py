"""What people need while they work: drafts, claims, edit requests, notices, saved views, answers of the registry."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.tables.base import Base, Run, made_at, made_id, one_of


class Draft(Base):
    """What a person has typed so far: one a person and kind."""

    __tablename__ = "drafts"
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]


class ReviewClaim(Base):
    """Keeps two reviewers off the same sample, until it runs out."""

    __tablename__ = "review_claims"
    sample_id: Mapped[str] = mapped_column(ForeignKey("samples.id", ondelete="CASCADE"), primary_key=True)
    claimed_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    claimed_until: Mapped[datetime]


class EditRequest(Base):
    """A change that its maker came too late for; a reviewer grants or refuses it."""

    __tablename__ = "edit_requests"
    __table_args__ = (
        one_of("state", "waiting", "granted", "refused"),
        CheckConstraint("state <> 'refused' or answer <> ''", name="refusal_says_why"),
        Index("uq_edit_requests_waiting", "sample_id", unique=True, postgresql_where="state = 'waiting'"),
        Index("ix_edit_requests_waiting", "requested_at", postgresql_where="state = 'waiting'"),
    )
    id: Mapped[UUID] = made_id()
    sample_id: Mapped[str] = mapped_column(ForeignKey("samples.id", ondelete="CASCADE"), index=True)
    sample_version: Mapped[int]
    changes: Mapped[dict[str, Any]]
    note: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="waiting", default="waiting")
    requested_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    requested_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    decided_at: Mapped[datetime | None]
    answer: Mapped[str | None]


class Notice(Base):
    """Something a person should hear of; `code` is a word key under "notice", `values` fill its text."""

    __tablename__ = "notices"
    __table_args__ = (Index("ix_notices_unread", "user_id", postgresql_where="read_at is null"),)
    id: Mapped[UUID] = made_id()
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    sample_id: Mapped[str | None] = mapped_column(ForeignKey("samples.id", ondelete="CASCADE"), index=True)
    code: Mapped[str]
    values: Mapped[dict[str, Any]]
    made_at: Mapped[datetime] = made_at()
    read_at: Mapped[datetime | None]


class SavedView(Base):
    """A filter that a person gave a name."""

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("user_id", "page", "name"),)
    id: Mapped[UUID] = made_id()
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    page: Mapped[str]
    name: Mapped[str]
    query: Mapped[dict[str, Any]]
    made_at: Mapped[datetime] = made_at()


class RegistryAnswer(Base):
    """What the traceability registry said to one question, as it said it."""

    __tablename__ = "registry_answers"
    trace_number: Mapped[str] = mapped_column(primary_key=True)
    option_no: Mapped[int] = mapped_column(primary_key=True)
    payload: Mapped[dict[str, Any]]
    fetched_at: Mapped[datetime] = mapped_column(index=True)


class PurgedSample(Base):
    """The id of a sample that is gone for good: it stays used for ever."""

    __tablename__ = "purged_samples"
    id: Mapped[str] = mapped_column(primary_key=True)
    purged_at: Mapped[datetime]


class StatisticRun(Run, Base):
    """A computation that takes longer than a page should: what was asked, how far it is, what came out."""

    __tablename__ = "statistic_runs"
    view: Mapped[str]
    query: Mapped[dict[str, Any]]
    result: Mapped[dict[str, Any] | None]


class ExportRun(Run, Base):
    """Samples that fit a filter, with all that hangs on them, as a file; `done` of `total` rows or photos.

    `storage_key` is set while there is a file; `parts` says how many rows each sheet has, by its key.
    """

    __tablename__ = "export_runs"
    format: Mapped[str]
    filter: Mapped[dict[str, Any]]
    language: Mapped[str]
    farmer_name: Mapped[bool] = mapped_column(server_default="false", default=False)
    attempts: Mapped[int] = mapped_column(server_default="0", default=0)
    parts: Mapped[dict[str, Any] | None]
    storage_key: Mapped[str | None]
    bytes: Mapped[int | None] = mapped_column(BigInteger)
