"""People as a manager sees them: who there is, what role each has, who may sign in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, Text, cast, delete, func, or_, select, text, tuple_
from sqlalchemy.orm import Session

from core import accounts, audit
from core.accounts import NewUser
from core.db import transaction
from core.errors import BadInput, Finding, LastManager, NotFound
from core.inputs import Line
from core.policy import Actor, Relation, require
from core.tables import SessionRow, User

ACTIONS = {"role": "user.change_role", "active": "user.activate", "deactivated": "user.deactivate"}


@dataclass(frozen=True)
class UserView:
    """`state` is awaiting (signed up, not yet let in), active or deactivated."""

    id: UUID
    email: str
    name: str
    organisation: str | None
    job_title: str | None
    role: str
    state: str
    language: str | None
    created_at: datetime


@dataclass(frozen=True)
class Page:
    rows: tuple[UserView, ...]
    total: int | None


class UserFilter(BaseModel):
    """What the list is narrowed to; `q` is a part of the name or email, `after` the last person of the page before."""

    model_config = ConfigDict(extra="forbid")
    q: Line | None = None
    role: Literal["normal", "researcher", "manager"] | None = None
    state: Literal["awaiting", "active", "deactivated"] | None = None
    after: UUID | None = None


class UserChange(BaseModel):
    """What to change of a person; what is absent stays."""

    model_config = ConfigDict(extra="forbid")
    role: Literal["normal", "researcher", "manager"] | None = None
    state: Literal["active", "deactivated"] | None = None


def page(actor: Actor, wanted: UserFilter, *, limit: int = 25, offset: int = 0, count: bool = True) -> Page:
    """One page of the people, by name; those who wait to be let in come first."""
    require(actor, "user.list")
    order = (User.state != "awaiting", User.name, User.id)
    with transaction() as session:
        conditions = _conditions(wanted)
        total = session.scalar(select(func.count()).select_from(User).where(*conditions)) if count else None
        if wanted.after is not None:
            if (last := session.get(User, wanted.after)) is None:
                raise BadInput(Finding("cursor", "not_valid"))
            conditions.append(tuple_(*order) > tuple_(last.state != "awaiting", last.name, last.id))
        found = session.scalars(select(User).where(*conditions).order_by(*order).limit(limit).offset(offset))
        return Page(tuple(_view(person) for person in found), total)


def waiting(actor: Actor) -> int:
    """How many signed up and wait to be let in."""
    require(actor, "user.list")
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(User).where(User.state == "awaiting")) or 0


def get(actor: Actor, user_id: UUID) -> UserView:
    require(actor, "user.list")
    with transaction() as session:
        return _view(_find(session, user_id))


def create(actor: Actor, new: NewUser) -> UserView:
    """Makes an active account with its first password, which is shown nowhere afterwards.

    The same sent again under the same id is one account.

    Raises:
        EmailTaken, Conflict, BadInput: as for `accounts.create`.
    """
    return get(actor, accounts.create(actor, new))


def change(actor: Actor, user_id: UUID, wanted: UserChange) -> UserView:
    """Gives a person another role, lets them in, or keeps them out; it works at their next click.

    Who is kept out stays the maker of all they made. Done again, it changes nothing.

    Raises:
        NotAllowed: it is the actor's own account.
        LastManager: no active manager would be left.
    """
    relation = Relation(own=user_id == actor.id)
    for field in ("role", "state"):
        if (value := getattr(wanted, field)) is not None:
            # Whoever may make accounts lets in those who made their own.
            require(actor, "user.create" if value == "active" else _action(field, value), relation)
    with transaction() as session:
        # One after the other: two managers who demote each other at the same moment must leave one.
        session.execute(text("select pg_advisory_xact_lock(hashtextextended('managers', 4))"))
        person = _find(session, user_id, lock=True)
        for field in ("role", "state"):
            _set(session, actor, person, field, getattr(wanted, field))
        if not _managers(session):
            raise LastManager
        return _view(person)


def change_role(actor: Actor, user_id: UUID, role: str) -> UserView:
    return change(actor, user_id, UserChange.model_validate({"role": role}))


def activate(actor: Actor, user_id: UUID) -> UserView:
    return change(actor, user_id, UserChange(state="active"))


def deactivate(actor: Actor, user_id: UUID) -> UserView:
    return change(actor, user_id, UserChange(state="deactivated"))


def _set(session: Session, actor: Actor, person: User, field: str, value: str | None) -> None:
    old = getattr(person, field)
    if value in (None, old):
        return
    setattr(person, field, value)
    session.flush()
    if value == "deactivated":
        session.execute(delete(SessionRow).where(SessionRow.user_id == person.id))
    audit.record(
        session, actor, _action(field, value or ""), "user", person.id, before={field: old}, after={field: value}
    )  # fmt: skip


def _action(field: str, value: str) -> str:
    return ACTIONS[field if field == "role" else value]


def _managers(session: Session) -> int:
    query = select(func.count()).select_from(User).where(User.role == "manager", User.state == "active")
    return session.scalar(query) or 0


def _find(session: Session, user_id: UUID, *, lock: bool = False) -> User:
    query = select(User).where(User.id == user_id)
    person = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if person is None:
        raise NotFound
    return person


def _conditions(wanted: UserFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.role:
        conditions.append(User.role == wanted.role)
    if wanted.state:
        conditions.append(User.state == wanted.state)
    if wanted.q:
        # Text in both, so that part of an email is found as part of a name is, in whatever case.
        held = (User.name, cast(User.email, Text))
        conditions.append(or_(*(column.icontains(wanted.q, autoescape=True) for column in held)))
    return conditions


def _view(person: User) -> UserView:
    return UserView(**{name: getattr(person, name) for name in UserView.__dataclass_fields__})
