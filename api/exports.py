"""Exports: asked for over a filter of samples, looked up while they are made, fetched as a file."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Body, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from api.dependencies import CurrentActor, CurrentLanguage
from core import exports, words
from core.errors import NotAllowed, NotFound
from core.exports import ExportView, NewExport

router = APIRouter(prefix="/exports", tags=["exports"])
FILE: dict[str, Any] = {
    "response_class": Response,
    "responses": {
        200: {"description": "The file.", "content": {exports.XLSX: {}, exports.ZIP: {}}},
        404: {"description": "There is none, it is gone, or you may not have what is in it."},
    },
}


class Export(BaseModel):
    """`done` of `total` rows or photos; `error` says why it failed."""

    id: UUID
    format: Literal["xlsx", "csv", "parquet", "photos"]
    filter: dict[str, Any] = Field(description="With the status that was taken; absent where it was every one.")
    language: Literal["ko", "en"]
    farmer_name: bool
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    done: int
    total: int = Field(description="0 while it is not known.")
    error: str | None
    parts: dict[str, int] | None = Field(description="Rows by sheet, or photos and how many of them were missing.")
    bytes: int | None
    file_name: str
    expires_at: datetime | None = Field(description="Until then the file can be fetched; absent where there is none.")
    requested_by: UUID
    requested_at: datetime
    finished_at: datetime | None


class ExportList(BaseModel):
    items: list[Export]


@router.post("", status_code=202, response_model=Export, response_model_exclude_none=True)
def start(
    actor: CurrentActor, language: CurrentLanguage, response: Response,
    asked: Annotated[NewExport, Body(default_factory=NewExport)],
) -> Any:  # fmt: skip
    """Ask for all samples that fit as a file; asked again while it is not finished, it is the same export."""
    found = exports.start(actor, asked.model_copy(update={"language": asked.language or actor.language or language}))
    response.headers["Location"] = f"/v1/exports/{found.id}"
    return _export(found, language)


@router.get("", response_model=ExportList, response_model_exclude_none=True)
def browse(actor: CurrentActor, language: CurrentLanguage, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> Any:
    """Your own exports, newest first; managers see all."""
    return {"items": [_export(found, language) for found in exports.browse(actor, limit)]}


@router.get("/{export_id}", response_model=Export, response_model_exclude_none=True)
def read(actor: CurrentActor, language: CurrentLanguage, export_id: UUID) -> Any:
    """How far one of your exports is; managers may ask for anybody's."""
    return _export(exports.get(actor, export_id), language)


@router.delete("/{export_id}", response_model=Export, response_model_exclude_none=True)
def cancel(actor: CurrentActor, language: CurrentLanguage, export_id: UUID) -> Any:
    """End an export that is not finished; there is no file then."""
    return _export(exports.cancel(actor, export_id), language)


@router.get("/{export_id}/file", **FILE)
def file(actor: CurrentActor, export_id: UUID) -> Response:
    """The file, for whoever may still have all that is in it."""
    try:
        found = exports.file(actor, export_id)
    except NotAllowed as refusal:  # who has lost the role does not learn that there is one
        raise NotFound from refusal
    headers = {
        "Content-Disposition": f'attachment; filename="{found.name}"', "Content-Length": str(found.length),
        "Cache-Control": "private, no-store",
    }  # fmt: skip
    return StreamingResponse(found.chunks, media_type=found.media_type, headers=headers)


def _export(found: ExportView, language: str) -> dict[str, Any]:
    told = words.text(language, f"error.{found.error}") if found.error else None
    return vars(found) | {"error": told, "file_name": found.file_name, "expires_at": found.expires_at}
