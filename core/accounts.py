"""People and their sign-ins: one door for the dashboard and for devices."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from pydantic import AfterValidator, BaseModel, ConfigDict, EmailStr, Field
from pydantic_core import PydanticCustomError
from sqlalchemy import ColumnElement, delete, select, text
from sqlalchemy.orm import Session

from core import audit, clock
from core.db import transaction
from core.errors import BadInput, Conflict, EmailTaken, Finding, NotFound, NotSignedIn, SignInRefused, TooManyAttempts
from core.inputs import Line, read
from core.policy import Actor, Relation, require
from core.tables import SessionRow, User
from core.words import LANGUAGES

DASHBOARD_LIFE = timedelta(hours=12)
DEVICE_LIFE = timedelta(days=30)
DEVICE_TOKEN_LIFE = timedelta(hours=1)
TICKET_LIFE = timedelta(minutes=1)
ATTEMPTS = 5
LOCK = timedelta(minutes=15)
MINIMUM_PASSWORD = 10

_hasher = PasswordHasher()
# Compared with when the person is unknown, so that both answers take the same time.
_NOBODY = _hasher.hash(secrets.token_hex(16))


def _long_enough(password: str) -> str:
    if len(password) < MINIMUM_PASSWORD:
        raise PydanticCustomError("password_too_short", "too short", {"minimum": MINIMUM_PASSWORD})
    return password


Password = Annotated[str, Field(max_length=200), AfterValidator(_long_enough)]


class NewPassword(BaseModel):
    password: Password


class NewUser(BaseModel):
    """A person who may sign in at once. `id` is the caller's own for it, so that the same sent twice is one person."""

    model_config = ConfigDict(extra="forbid")
    id: UUID | None = None
    email: Annotated[EmailStr, AfterValidator(str.lower)]
    name: Annotated[Line, Field(max_length=100)]
    role: Literal["normal", "researcher", "manager"] = "normal"
    password: Password
    language: Literal["ko", "en"] | None = None
    organisation: Line | None = None


@dataclass(frozen=True)
class SignIn:
    """A fresh sign-in. The secrets are shown here once; only their hashes are stored."""

    session_id: UUID
    actor: Actor
    token: str  # what a request carries: empty for a dashboard until its ticket is swapped
    exchange: str  # the dashboard's one-time ticket, or the device's refresh token
    token_expires_at: datetime


@dataclass(frozen=True)
class SignedIn:
    session_id: UUID
    actor: Actor


def sign_in(email: str, password: str, kind: str, device: str | None = None) -> SignIn:
    """Checks the password and opens a session.

    Args:
        kind: "dashboard" or "device".

    Raises:
        SignInRefused: unknown person, wrong password or an account that is not active.
        TooManyAttempts: too many wrong passwords; says until when.
    """
    person = _checked_person(email, password)
    with transaction() as session:
        opened = _open_session(session, person, kind, device)
        audit.record(session, opened.actor, "session.opened", "user", person.id, after={"kind": kind})
        return opened


def exchange(ticket: str, kind: str) -> SignIn:
    """Swaps a dashboard's ticket or a device's refresh token for a new token; each works once.

    Raises:
        NotSignedIn: unknown, used or too old.
    """
    with transaction() as session:
        row = session.scalars(
            select(SessionRow)
            .where(SessionRow.exchange_hash == _digest(ticket), SessionRow.kind == kind)
            .with_for_update()
        ).one_or_none()
        now = clock.now()
        if row is None or row.exchange_expires_at <= now or row.expires_at <= now:
            raise NotSignedIn
        person = session.get_one(User, row.user_id)
        if person.state != "active":
            raise NotSignedIn
        token = secrets.token_urlsafe(32)
        renewed = secrets.token_urlsafe(32) if kind == "device" else ""
        row.token_hash = _digest(token)
        row.token_expires_at = min(now + (DEVICE_TOKEN_LIFE if kind == "device" else DASHBOARD_LIFE), row.expires_at)
        row.exchange_hash = _digest(renewed) if renewed else None
        return SignIn(row.id, _actor(person), token, renewed, row.token_expires_at)


def signed_in(token: str) -> SignedIn | None:
    """Whose token it is, or None; one query, asked on every request."""
    if not token:
        return None
    return _live_session(SessionRow.token_hash == _digest(token), SessionRow.token_expires_at > clock.now())


def signed_in_by_session(session_id: UUID) -> SignedIn | None:
    """Whose session it still is: asked again on each run of a page, so that a removed or demoted person stops."""
    return _live_session(SessionRow.id == session_id, SessionRow.token_hash.is_not(None))


def sign_out(session_id: UUID) -> None:
    with transaction() as session:
        session.execute(delete(SessionRow).where(SessionRow.id == session_id))


def change_language(actor: Actor, language: str) -> None:
    require(actor, "user.edit_profile", Relation(own=True))
    if language not in LANGUAGES:
        raise BadInput(Finding("language", "unknown_choice"))
    with transaction() as session:
        session.get_one(User, actor.id).language = language


def change_password(actor: Actor, current: str, new: str) -> None:
    """Sets a new password and ends every sign-in of this person, this one too.

    Raises:
        BadInput: the current one is wrong, or the new one too short or too long.
    """
    require(actor, "user.edit_profile", Relation(own=True))
    try:
        _checked_person(actor.email, current)
    except SignInRefused as wrong:
        raise BadInput(Finding("current_password", "wrong_password")) from wrong
    set_password(actor.email, new, actor)


def set_password(email: str, password: str, actor: Actor | None = None) -> None:
    """Sets a password and ends all sign-ins; without an actor it is the operator's command line."""
    read(NewPassword, {"password": password})
    with transaction() as session:
        person = session.scalars(select(User).where(User.email == email)).one_or_none()
        if person is None:
            raise NotFound
        person.password_hash = _hasher.hash(password)
        person.failed_attempts, person.locked_until = 0, None
        session.execute(delete(SessionRow).where(SessionRow.user_id == person.id))
        audit.record(session, actor, "user.password_changed", "user", person.id)


def create(actor: Actor | None, new: NewUser) -> UUID:
    """Makes an active account; without an actor it is the operator's command line.

    Raises:
        EmailTaken: somebody has this email.
        Conflict: the id stands for somebody else.
    """
    if actor is not None:
        require(actor, "user.create")
    hashed = _hasher.hash(new.password)
    with transaction() as session:
        session.execute(text("select pg_advisory_xact_lock(hashtextextended(:email, 3))"), {"email": new.email})
        if (known := session.get(User, new.id) if new.id else None) is not None:
            if known.email != new.email:
                raise Conflict
            return known.id
        if session.scalars(select(User).where(User.email == new.email)).first():
            raise EmailTaken
        person = User(**new.model_dump(exclude={"password"}, exclude_none=True), state="active", password_hash=hashed)
        session.add(person)
        session.flush()
        audit.record(session, actor, "user.created", "user", person.id, after={"role": new.role})
        return person.id


def actor_of(email: str) -> Actor:
    """The active person with this email: for the command line and the demo data."""
    with transaction() as session:
        person = session.scalars(select(User).where(User.email == email, User.state == "active")).one_or_none()
        if person is None:
            raise NotFound
        return _actor(person)


def actor_by_id(user_id: UUID) -> Actor:
    """The active person with this id: a background job acts for whoever asked for it."""
    with transaction() as session:
        person = session.get(User, user_id)
        if person is None or person.state != "active":
            raise NotFound
        return _actor(person)


def _checked_person(email: str, password: str) -> User:
    """Counts wrong passwords in a transaction of its own: the refusal must not undo the count."""
    refusal: Exception | None = None
    with transaction() as session:
        person = session.scalars(select(User).where(User.email == email.strip()).with_for_update()).one_or_none()
        now = clock.now()
        if person is not None and person.locked_until is not None and person.locked_until > now:
            raise TooManyAttempts(person.locked_until)
        right = _verify(person.password_hash if person else _NOBODY, password)
        if person is None or person.state != "active":
            refusal = SignInRefused()
        elif right:
            person.failed_attempts, person.locked_until = 0, None
            if _hasher.check_needs_rehash(person.password_hash):
                person.password_hash = _hasher.hash(password)
        else:
            refusal = SignInRefused()
            person.failed_attempts += 1
            if person.failed_attempts >= ATTEMPTS:
                person.failed_attempts, person.locked_until = 0, now + LOCK
                audit.record(session, None, "user.locked", "user", person.id)
    if refusal is not None or person is None:
        raise refusal or SignInRefused()
    return person


def _open_session(session: Session, person: User, kind: str, device: str | None) -> SignIn:
    now = clock.now()
    exchange_secret = secrets.token_urlsafe(32)
    token = secrets.token_urlsafe(32) if kind == "device" else ""
    life, exchange_life = (DEVICE_LIFE, DEVICE_LIFE) if kind == "device" else (DASHBOARD_LIFE, TICKET_LIFE)
    row = SessionRow(
        user_id=person.id,
        kind=kind,
        device=device,
        token_hash=_digest(token) if token else None,
        token_expires_at=now + (DEVICE_TOKEN_LIFE if kind == "device" else DASHBOARD_LIFE),
        exchange_hash=_digest(exchange_secret),
        exchange_expires_at=now + exchange_life,
        expires_at=now + life,
    )
    session.execute(delete(SessionRow).where(SessionRow.user_id == person.id, SessionRow.expires_at <= now))
    session.add(row)
    session.flush()
    return SignIn(row.id, _actor(person), token, exchange_secret, row.token_expires_at)


def _live_session(*conditions: ColumnElement[bool]) -> SignedIn | None:
    with transaction() as session:
        query = (
            select(SessionRow.id, User)
            .join(User, User.id == SessionRow.user_id)
            .where(SessionRow.expires_at > clock.now(), User.state == "active", *conditions)
        )
        row = session.execute(query).one_or_none()
        return SignedIn(row[0], _actor(row[1])) if row else None


def _actor(person: User) -> Actor:
    return Actor(person.id, person.role, person.name, person.email, person.language)


def _verify(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
