"""Who is at the screen: an HttpOnly cookie, proven once per connection and asked again on every run.

Streamlit scripts see no fresh cookies, so the middleware turns the cookie into the header that
`server.trustedUserHeaders` reads. The header carries the session's id, never its secret.
"""

from urllib.parse import urlsplit
from uuid import UUID

import streamlit as st
from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from core import accounts
from core.accounts import SignedIn
from core.config import settings
from core.errors import NotSignedIn
from core.policy import Actor

COOKIE = "meatlab_session"
USER_HEADER = "x-app-user"
WEBSOCKET = "/_stcore/stream"


class Identity:
    """Replaces whatever user header a client sends by the one that its cookie proves."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            asked = scope["path"].endswith(WEBSOCKET)
            found = await to_thread.run_sync(signed_in_by_cookie, HTTPConnection(scope)) if asked else None
            headers = MutableHeaders(scope=scope)
            del headers[USER_HEADER]
            if found is not None:
                headers[USER_HEADER] = str(found.session_id)
        await self.app(scope, receive, send)


def signed_in_by_cookie(connection: HTTPConnection) -> SignedIn | None:
    return accounts.signed_in(connection.cookies.get(COOKIE, ""))


async def open_session(request: Request) -> Response:
    """Swaps the one-time ticket of a sign-in for the session cookie."""
    if not is_same_origin(request.headers):
        return JSONResponse({}, status_code=403)
    try:
        ticket = str((await request.json())["ticket"])
        opened = await to_thread.run_sync(accounts.exchange, ticket, "dashboard")
    except (ValueError, KeyError, TypeError, NotSignedIn):
        return JSONResponse({}, status_code=401)
    response = Response(status_code=204, headers={"Cache-Control": "no-store"})
    response.set_cookie(
        COOKIE,
        opened.token,
        max_age=int(accounts.DASHBOARD_LIFE.total_seconds()),
        httponly=True,
        secure=settings().secure_cookies,
        samesite="lax",
    )
    return response


def is_same_origin(headers: Headers) -> bool:
    """Whether a POST comes from our own pages; browsers always say where one comes from."""
    return urlsplit(headers.get("origin", "")).netloc == headers.get("host")


def current() -> SignedIn | None:
    """The sign-in of this run, asked from the database: a removed or demoted person stops at the next click."""
    session_id = st.user.get("username")
    return accounts.signed_in_by_session(UUID(str(session_id))) if session_id else None


def current_actor() -> Actor:
    """The signed-in person.

    Raises:
        NotSignedIn: nobody is, any more.
    """
    found = current()
    if found is None:
        raise NotSignedIn
    return found.actor
