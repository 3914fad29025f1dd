"""Users and their sign-ins."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.dialects.postgresql import CITEXT
from sqlalchemy.orm import Mapped, mapped_column

from core.tables.base import Base, made_at, made_id, one_of


class User(Base):
    __tablename__ = "users"
    __table_args__ = (
        one_of("role", "normal", "researcher", "manager"),
        one_of("state", "awaiting", "active", "deactivated"),
        one_of("language", "ko", "en"),
    )
    id: Mapped[UUID] = made_id()
    email: Mapped[str] = mapped_column(CITEXT, unique=True)
    name: Mapped[str]
    organisation: Mapped[str | None]
    job_title: Mapped[str | None]
    role: Mapped[str]
    state: Mapped[str]
    password_hash: Mapped[str]
    language: Mapped[str | None]
    failed_attempts: Mapped[int] = mapped_column(server_default="0", default=0)
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = made_at()


class SessionRow(Base):
    """One sign-in. Only hashes of its secrets are stored; a row that is gone or past its end signs nobody in."""

    __tablename__ = "sessions"
    __table_args__ = (one_of("kind", "dashboard", "device"),)
    id: Mapped[UUID] = made_id()
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    device: Mapped[str | None]
    token_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    token_expires_at: Mapped[datetime]
    # A dashboard's one-time ticket for its cookie, or a device's refresh token: swapped for a new token once.
    exchange_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    exchange_expires_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    created_at: Mapped[datetime] = made_at()
