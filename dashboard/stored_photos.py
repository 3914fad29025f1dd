"""Photos for the screen: a route behind the session cookie; the bucket itself stays private."""

from typing import Any
from uuid import UUID

import streamlit as st
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from core import photos, recycle_bin
from core.errors import MeatlabError, NotFound
from core.photos import Content
from dashboard.session import signed_in_by_cookie


async def show_photo(request: Request) -> Response:
    try:
        content = await to_thread.run_sync(_content, request)
    except MeatlabError:
        return Response(status_code=404)
    # A moment in this browser, for this person: the next one's cookie is another.
    headers = {"Cache-Control": "private, max-age=300", "Vary": "Cookie", "ETag": f'"{content.etag}"'}
    return StreamingResponse(content.chunks, media_type=content.media_type, headers=headers)


def _content(request: Request) -> Content:
    found = signed_in_by_cookie(request)
    if found is None:
        raise NotFound
    try:
        photo_id = UUID(request.path_params["photo_id"])
    except ValueError as error:
        raise NotFound from error
    read = recycle_bin.photo if "bin" in request.query_params else photos.content
    return read(found.actor, photo_id, request.query_params.get("size", "1024"))


def url(photo_id: Any, size: int | str = 1024, *, in_bin: bool = False) -> str:
    """An address for st.image, which takes only whole ones."""
    return f"{origin()}/photos/{photo_id}?size={size}{'&bin' if in_bin else ''}"


def origin() -> str:
    parts = str(st.context.url or "http://localhost").split("/", 3)
    return "/".join(parts[:3])
