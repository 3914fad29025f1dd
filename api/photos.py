"""Stored photos and their bytes."""

from collections.abc import Collection
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse

from api.dependencies import CurrentActor, EtagsHeld
from core import photos
from core.photos import Content, PhotoInfo

router = APIRouter(prefix="/photos", tags=["photos"])
PICTURE: dict[str, Any] = {
    "response_class": Response,
    "responses": {
        200: {"description": "The picture.", "content": {"image/jpeg": {}, "image/png": {}}},
        304: {"description": "The entity tag sent is still the current one."},
    },
}


@router.get("/{photo_id}", response_model=PhotoInfo, response_model_exclude_none=True)
def read(actor: CurrentActor, photo_id: UUID) -> Any:
    """What is known of a photo."""
    return photos.get(actor, photo_id)


@router.get("/{photo_id}/content", **PICTURE)
def content(
    actor: CurrentActor, photo_id: UUID, held: EtagsHeld, size: Literal["original", "1024", "256"] = "original"
) -> Response:
    """The picture as it is stored, or a copy of which the longer side has so many pixels."""
    return answer(photos.content(actor, photo_id, size, held), held)


def answer(found: Content, held: Collection[str]) -> Response:
    """The picture, or word that the caller has it already."""
    headers = {"ETag": f'"{found.etag}"', "Cache-Control": "private, no-cache"}
    if found.etag in held:
        return Response(status_code=304, headers=headers)
    headers["Content-Length"] = str(found.length)
    return StreamingResponse(found.chunks, media_type=found.media_type, headers=headers)
