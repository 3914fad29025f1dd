"""Accounts, for managers."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.dependencies import CurrentActor
from core import users
from core.accounts import NewUser
from core.inputs import Line
from core.users import UserChange, UserFilter, UserView

router = APIRouter(prefix="/users", tags=["users"])


class UserQuery(BaseModel):
    """`q` is a part of the name or the email."""

    model_config = ConfigDict(extra="forbid")
    q: Line | None = None
    role: Literal["normal", "researcher", "manager"] | None = None
    state: Literal["awaiting", "active", "deactivated"] | None = None
    cursor: UUID | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    total: Annotated[bool, Field(description="Whether to count all that fit, too.")] = False


class UserList(BaseModel):
    """Those who wait to be let in first, then by name; `next_cursor` is absent on the last page."""

    items: list[UserView]
    next_cursor: UUID | None = None
    total: int | None = None


@router.get("", response_model=UserList, response_model_exclude_none=True)
def browse(actor: CurrentActor, query: Annotated[UserQuery, Query()]) -> Any:
    """The people who have an account."""
    wanted = UserFilter(after=query.cursor, **query.model_dump(include={"q", "role", "state"}))
    page = users.page(actor, wanted, limit=query.limit + 1, count=query.total)
    items = page.rows[: query.limit]
    more = len(page.rows) > query.limit
    return {"items": items, "next_cursor": items[-1].id if more else None, "total": page.total}


@router.post("", status_code=201, response_model=UserView, response_model_exclude_none=True)
def create(actor: CurrentActor, new: NewUser) -> Any:
    """Make an account that works at once; sent again under the same id, it is the same account."""
    return users.create(actor, new)


@router.patch("/{user_id}", response_model=UserView, response_model_exclude_none=True)
def change(actor: CurrentActor, user_id: UUID, wanted: UserChange) -> Any:
    """Give a person another role, let them in, or keep them out; what is absent stays."""
    return users.change(actor, user_id, wanted)
