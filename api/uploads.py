"""Uploads of photos: tus 1.0.0 (https://tus.io/protocols/resumable-upload), a whole photo in one request."""

import base64
import binascii
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response
from starlette.concurrency import run_in_threadpool

from api.dependencies import CurrentActor
from api.problems import Malformed, PayloadTooLarge, TusVersion, UnsupportedMediaType, UploadLength
from core import inputs, photos, pictures
from core.errors import BadInput, Finding
from core.photos import NewPhoto, PhotoInfo

router = APIRouter(prefix="/uploads", tags=["uploads"])

VERSION = "1.0.0"
MEDIA_TYPE = "application/offset+octet-stream"
ABILITIES = {
    "Tus-Version": VERSION,
    "Tus-Extension": "creation,creation-with-upload",
    "Tus-Max-Size": str(pictures.MAX_BYTES),
}
BODY = {"required": True, "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}}
RESPONSE_HEADERS = {
    "Location": {"schema": {"type": "string"}},
    "Upload-Offset": {"schema": {"type": "integer"}},
    "Tus-Resumable": {"schema": {"type": "string"}},
}


def speaks_tus(
    request: Request, tus_resumable: Annotated[str | None, Header(description="The protocol: `1.0.0`.")] = None
) -> None:
    if tus_resumable != VERSION:
        raise TusVersion(supported=VERSION)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != MEDIA_TYPE:
        raise UnsupportedMediaType


def promised_length(upload_length: Annotated[str | None, Header(description="How many bytes the photo has.")]) -> int:
    if upload_length is None or not upload_length.isascii() or not upload_length.isdigit() or len(upload_length) > 18:
        raise Malformed
    if int(upload_length) > pictures.MAX_BYTES:
        raise PayloadTooLarge(pictures.MAX_BYTES)
    return int(upload_length)


def metadata(
    upload_metadata: Annotated[
        str,
        Header(
            description="Pairs of a name and its value in Base64, with commas between the pairs: `photo_id` (UUID), "
            "`sha256` (hex), and if known `sample_id`, `seq`, `preparation`, `taken_at`, `filetype`."
        ),
    ] = "",
) -> NewPhoto:
    """Names that are not ours are left alone: every tus client adds its own."""
    sent = {}
    for pair in filter(None, (pair.strip() for pair in upload_metadata.split(","))):
        name, _, encoded = pair.partition(" ")
        try:
            sent[name] = base64.b64decode(encoded.strip(), validate=True).decode()
        except (binascii.Error, ValueError) as error:
            raise BadInput(Finding(name, "not_base64")) from error
    return inputs.read(NewPhoto, sent)


@router.options("", status_code=204)
def describe(response: Response) -> None:
    """What of tus is understood here."""
    response.headers.update(ABILITIES)


@router.post(
    "",
    status_code=201,
    response_model=PhotoInfo,
    response_model_exclude_none=True,
    dependencies=[Depends(speaks_tus)],
    openapi_extra={"requestBody": BODY},
    responses={201: {"headers": RESPONSE_HEADERS}},
)
async def create(
    actor: CurrentActor,
    length: Annotated[int, Depends(promised_length)],
    new: Annotated[NewPhoto, Depends(metadata)],
    request: Request,
    response: Response,
) -> PhotoInfo:
    """Send a photo; sent again under the same id, it is the same photo. Its sample may come later."""
    data = await _body(request, length)
    photo = await run_in_threadpool(photos.send, actor, new, data)
    response.headers["Location"] = f"/v1/uploads/{photo.id}"
    response.headers["Upload-Offset"] = str(length)
    return photo


async def _body(request: Request, length: int) -> bytes:
    """All of it, and not a byte more than was promised."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > length:
            break
    if len(data) != length:
        raise UploadLength(promised=length, received=len(data))
    return bytes(data)
