"""Saved views: filters that a person gave a name, each for one page."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import audit, inputs
from core.db import transaction
from core.errors import BadInput, Finding, NameTaken
from core.inputs import Line
from core.policy import Actor, Relation, require
from core.tables import SavedView as Row
from core.tables import User

MOST = 50  # a person and page


@dataclass(frozen=True)
class SavedView:
    """`query` is what the address of the page says: name -> value."""

    id: UUID
    page: str
    name: str
    query: dict[str, str]


class NewView(BaseModel):
    """A name that the person knows the view by, and what the page's address says."""

    model_config = ConfigDict(extra="forbid")
    page: Annotated[Line, Field(max_length=40)]
    name: Annotated[Line, Field(max_length=60)]
    query: Annotated[dict[Line, Line], Field(max_length=40)]


def save(actor: Actor, page: str, name: str, query: dict[str, Any], *, replace: bool = False) -> SavedView:
    """Keeps a view under its name; the same again changes nothing.

    Args:
        replace: the person has agreed that another view of this name goes.

    Raises:
        NameTaken: another view of the page has this name already.
        BadInput: what is wrong with it; or there are fifty already.
    """
    require(actor, "user.edit_profile", Relation(own=True))
    new = inputs.read(NewView, {"page": page, "name": name, "query": query})
    with transaction() as session:
        _lock(session, actor)
        known = session.scalars(select(Row).filter_by(user_id=actor.id, page=new.page, name=new.name)).one_or_none()
        if known is not None and known.query != new.query and not replace:
            raise NameTaken(name=new.name)
        if known is None:
            known = _add(session, actor, new)
        elif known.query != new.query:
            before, known.query = known.query, new.query
            audit.record(
                session, actor, "saved_view.save", "saved_view", known.id, before={"query": before},
                after={"query": new.query},
            )  # fmt: skip
        return _view(known)


def of(actor: Actor, page: str) -> tuple[SavedView, ...]:
    """The actor's own views of one page, by name."""
    require(actor, "user.edit_profile", Relation(own=True))
    with transaction() as session:
        rows = session.scalars(select(Row).filter_by(user_id=actor.id, page=page).order_by(Row.name))
        return tuple(_view(row) for row in rows)


def remove(actor: Actor, view_id: UUID) -> None:
    """Forgets a view of the actor's; where there is none, nothing happens."""
    require(actor, "user.edit_profile", Relation(own=True))
    with transaction() as session:
        _lock(session, actor)
        row = session.scalars(select(Row).filter_by(id=view_id, user_id=actor.id)).one_or_none()
        if row is not None:
            before = {"page": row.page, "name": row.name, "query": row.query}
            session.delete(row)
            audit.record(session, actor, "saved_view.remove", "saved_view", view_id, before=before)


def _lock(session: Session, actor: Actor) -> None:
    """One change of a person's views at a time."""
    session.execute(select(User.id).where(User.id == actor.id).with_for_update(key_share=True))


def _add(session: Session, actor: Actor, new: NewView) -> Row:
    count = select(func.count()).select_from(Row).filter_by(user_id=actor.id, page=new.page)
    if (session.scalar(count) or 0) >= MOST:
        raise BadInput(Finding("name", "too_many_views", {"limit": MOST}))
    row = Row(user_id=actor.id, **new.model_dump())
    session.add(row)
    session.flush()
    audit.record(session, actor, "saved_view.save", "saved_view", row.id, after=new.model_dump())
    return row


def _view(row: Row) -> SavedView:
    return SavedView(row.id, row.page, row.name, row.query)
