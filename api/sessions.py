"""Signing in and out, and who I am."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, StringConstraints

from api.dependencies import CurrentActor, CurrentSignIn
from core import accounts, clock
from core.accounts import SignIn
from core.inputs import Line

public = APIRouter(tags=["sessions"])
router = APIRouter(tags=["sessions"])

Secret = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class Credentials(BaseModel):
    email: Line
    password: Secret
    device: Line | None = None


class Refresh(BaseModel):
    refresh_token: Secret


class User(BaseModel):
    id: UUID
    email: str
    name: str
    role: str
    language: str | None


class Session(BaseModel):
    """The access token goes into `Authorization: Bearer`; the refresh token works once."""

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  (a word of the protocol)
    expires_in: int  # seconds
    user: User


@public.post("/sessions", status_code=201, response_model=Session)
def sign_in(credentials: Credentials) -> dict[str, Any]:
    """Sign in on a device."""
    return _session(accounts.sign_in(credentials.email, credentials.password, "device", credentials.device))


@public.post("/sessions/refresh", response_model=Session)
def refresh(sent: Refresh) -> dict[str, Any]:
    """Swap a refresh token for new tokens."""
    return _session(accounts.exchange(sent.refresh_token, "device"))


@router.delete("/sessions/current", status_code=204)
def sign_out(current: CurrentSignIn) -> None:
    """Sign out."""
    accounts.sign_out(current.session_id)


@router.get("/me", response_model=User)
def me(actor: CurrentActor) -> Any:
    """The signed-in person."""
    return actor


def _session(opened: SignIn) -> dict[str, Any]:
    return {
        "access_token": opened.token,
        "refresh_token": opened.exchange,
        "expires_in": int((opened.token_expires_at - clock.now()).total_seconds()),
        "user": opened.actor,
    }
