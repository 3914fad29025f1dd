"""Scanning: what a code says, typed by a scanner or on a picture."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, StrictStr
from starlette.concurrency import run_in_threadpool

from api.dependencies import CurrentActor
from api.problems import Malformed, PayloadTooLarge, UnsupportedMediaType
from core import codes, inputs, pictures, scanning
from core.scanning import Scanned

router = APIRouter(tags=["scan"])
LARGEST_TEXT = 1024**2  # bytes of JSON
PICTURES = (*pictures.MEDIA_TYPES.values(), "application/octet-stream")


class ScannedText(BaseModel):
    """What a scanner typed, its separators and marks included."""

    model_config = ConfigDict(extra="forbid")
    text: Annotated[StrictStr, Field(max_length=codes.LONGEST)]


TEXT: dict[str, Any] = {"schema": ScannedText.model_json_schema()}
PICTURE: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
BODY = {"required": True, "content": {"application/json": TEXT} | dict.fromkeys(PICTURES, PICTURE)}


@router.post("/scan", response_model=Scanned, response_model_exclude_none=True, openapi_extra={"requestBody": BODY})
async def scan(actor: CurrentActor, request: Request) -> Any:
    """Say what a code means: a sample's number, its check character verified, or a trace number in its stored form.

    The body is JSON with the text that a scanner typed, or a JPEG or PNG picture as it is.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in (*PICTURES, "application/json"):
        raise UnsupportedMediaType
    body = await request.body()
    if kind == "application/json":
        return await run_in_threadpool(scanning.scan_text, actor, _text(body))
    return await run_in_threadpool(scanning.scan_image, actor, body)


def _text(body: bytes) -> str:
    if len(body) > LARGEST_TEXT:
        raise PayloadTooLarge(LARGEST_TEXT)
    try:
        sent = json.loads(body)
    except ValueError as error:
        raise Malformed from error
    return inputs.read(ScannedText, sent).text
