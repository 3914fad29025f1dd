"""Around every request: its number, its log line, a bound on its body, safe headers, and no bare failures."""

import re
import time
from uuid import uuid4

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from api.problems import PayloadTooLarge
from core import imports, pictures
from core.errors import MeatlabError
from core.model_versions import files, new

LARGEST_BODY = 1024**2
UPLOADS = "/v1/uploads"
# Where more is taken than elsewhere.
FORM = 64 * 1024  # around the files of a form
LARGEST = {
    UPLOADS: pictures.MAX_BYTES,
    "/v1/scan": pictures.MAX_BYTES,
    "/v1/imports": imports.MAX_BYTES + imports.MAX_PHOTOS_BYTES + FORM,
    "/v1/models": files.LARGEST + new.LARGEST + 1024,
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}

log = structlog.get_logger()


class Requests:
    """An ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        request.state.request_id = request_id = _request_id(request)
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(MutableHeaders(scope=message), request_id, scope["path"])
            await send(message)

        started = time.monotonic()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, _bounded(receive, scope["path"]), send_with_headers)
            except ClientDisconnect:
                log.info("request.left", method=scope["method"])
            except Exception:
                log.exception("request.failed", method=scope["method"])
                if status:
                    raise  # the answer has begun: the connection has to break
                failure = problems.response(request, MeatlabError())
                await failure(scope, receive, send_with_headers)
            milliseconds = round(1000 * (time.monotonic() - started))
            log.info("request", method=scope["method"], path=scope["path"], status=status, ms=milliseconds)


def _request_id(request: Request) -> str:
    sent = request.headers.get("x-request-id", "")
    return sent if re.fullmatch(r"[A-Za-z0-9_-]{8,64}", sent) else uuid4().hex


def _add_headers(headers: MutableHeaders, request_id: str, path: str) -> None:
    headers["X-Request-ID"] = request_id
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    if path.startswith(UPLOADS):
        headers["Tus-Resumable"] = "1.0.0"


def _bounded(receive: Receive, path: str) -> Receive:
    """Refuses a body as soon as it is too large, whatever length it claims."""
    limit = LARGEST.get(path, LARGEST_BODY)
    taken = 0

    async def take() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise PayloadTooLarge(limit)
        return message

    return take
