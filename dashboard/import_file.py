"""Files of imports, the template and the marked-up copy: routes behind the session cookie."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from core import imports, words
from core.errors import MeatlabError, NotFound
from core.policy import Actor
from core.workbooks import XLSX
from dashboard.session import signed_in_by_cookie
from dashboard.stored_photos import origin


async def send_template(request: Request) -> Response:
    language = _language(request)
    return await _send(request, f"meatlab-{language}.xlsx", lambda actor: imports.template_for(actor, language))


async def send_marked(request: Request) -> Response:
    language = _language(request)

    def make(actor: Actor) -> bytes:
        return imports.marked(actor, _run_id(request), language)

    return await _send(request, "marked.xlsx", make)


async def _send(request: Request, name: str, make: Callable[[Actor], bytes]) -> Response:
    """Whoever may not have it is told the same as if there were none."""
    try:
        data = await to_thread.run_sync(_made, request, make)
    except MeatlabError:
        return Response(status_code=404)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return Response(data, media_type=XLSX, headers=headers)


def _made(request: Request, make: Callable[[Actor], bytes]) -> bytes:
    signed_in = signed_in_by_cookie(request)
    if signed_in is None:
        raise NotFound
    return make(signed_in.actor)


def _run_id(request: Request) -> UUID:
    try:
        return UUID(request.path_params["run_id"])
    except ValueError as error:
        raise NotFound from error


def _language(request: Request) -> str:
    asked = request.path_params["language"]
    return asked if asked in words.LANGUAGES else words.LANGUAGES[0]


def template_url(language: str) -> str:
    return f"{origin()}/imports/template/{language}"


def marked_url(run_id: Any, language: str) -> str:
    return f"{origin()}/imports/{run_id}/marked/{language}"
