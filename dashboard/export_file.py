"""Files of exports: a route behind the session cookie; the bucket itself stays private."""

from typing import Any
from uuid import UUID

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from core import exports
from core.errors import MeatlabError, NotFound
from core.exports import ExportFile
from dashboard.session import signed_in_by_cookie
from dashboard.stored_photos import origin


async def send_file(request: Request) -> Response:
    """Whoever may not have it any more, or never could, is told the same as if there were none."""
    try:
        found = await to_thread.run_sync(_file, request)
    except MeatlabError:
        return Response(status_code=404)
    headers = {
        "Content-Disposition": f'attachment; filename="{found.name}"', "Content-Length": str(found.length),
        "Cache-Control": "private, no-store",
    }  # fmt: skip
    return StreamingResponse(found.chunks, media_type=found.media_type, headers=headers)


def _file(request: Request) -> ExportFile:
    signed_in = signed_in_by_cookie(request)
    if signed_in is None:
        raise NotFound
    try:
        run_id = UUID(request.path_params["run_id"])
    except ValueError as error:
        raise NotFound from error
    return exports.file(signed_in.actor, run_id)


def url(run_id: Any) -> str:
    return f"{origin()}/exports/{run_id}"
