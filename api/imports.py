"""Imports of workbooks: sent, looked through, confirmed, undone."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Body, File, Form, Query, Response, UploadFile
from pydantic import BaseModel, Field

from api.dependencies import CurrentActor, CurrentLanguage
from core import catalogue, imports, words
from core.imports import CellFinding, ImportOptions, ImportView
from core.workbooks import XLSX

router = APIRouter(prefix="/imports", tags=["imports"])
Level = Literal["error", "question", "warning", "note"]
WORKBOOK: dict[str, Any] = {
    "response_class": Response,
    "responses": {200: {"description": "A workbook.", "content": {XLSX: {}}}},
}


class Refused(BaseModel):
    code: str
    message: str


class Import(BaseModel):
    """`done` of `total` samples of the step it is at; `error` says why it failed, `refused` why it cannot be read.

    `summary`: how many rows are good, warned of, bad, the same as stored, and what would be or was written.
    """

    id: UUID
    phase: Literal["waiting", "checking", "checked", "writing", "written", "undone", "failed", "cancelled"]
    done: int
    total: int
    file_name: str
    sha256: str
    bytes: int
    photos_name: str | None
    options: dict[str, Any]
    summary: dict[str, Any]
    error: str | None
    refused: list[Refused]
    requested_by: UUID
    requested_at: datetime
    finished_at: datetime | None
    confirmed_at: datetime | None
    undone_at: datetime | None
    undo_until: datetime | None
    may_undo: bool


class ImportList(BaseModel):
    items: list[Import]


class ImportFinding(BaseModel):
    """One thing about one cell (or a column, at its header), and what to write instead."""

    sheet: str
    cell: str
    row: int = Field(description="As people count; 0 where it is about the whole sheet.")
    field: str
    code: str
    level: Level
    message: str
    found: str
    suggestion: str


class ImportFindings(BaseModel):
    items: list[ImportFinding]
    total: int


class ImportColumn(BaseModel):
    """What a column was taken for. `key` is how `mapping` names it; `target` is absent where nobody knows."""

    sheet: str
    letters: str
    header: str
    group: str
    key: str
    target: str | None
    suggested: str | None
    preview: list[str]


class ImportColumns(BaseModel):
    items: list[ImportColumn]
    targets: list[str] = Field(description="All that a column may be mapped to, beside `skip`.")


class Confirmation(BaseModel):
    with_warnings: bool = Field(default=False, description="What looks unusual is right and goes in, too.")


@router.post("", status_code=202, response_model=Import, response_model_exclude_none=True)
def start(
    actor: CurrentActor, language: CurrentLanguage, response: Response,
    file: Annotated[UploadFile, File(description="xlsx, xls or CSV.")],
    photos: Annotated[UploadFile | None, File(description="A zip of the photos that the sheet names.")] = None,
    scale: Annotated[str | None, Form(description="Of the scores, where the sheet does not say.")] = None,
    day: Annotated[date | None, Form(description="Of tasting and measuring, where the sheet does not say.")] = None,
) -> Any:  # fmt: skip
    """Send a workbook, to be looked through; nothing is written before it is confirmed."""
    options = {"scale": scale or None, "day": day}
    found = imports.start(
        actor, file.filename or "", file.file.read(imports.MAX_BYTES + 1), options,
        photos=photos.file.read(imports.MAX_PHOTOS_BYTES + 1) if photos is not None else None,
        photos_name=photos.filename if photos is not None else None,
    )  # fmt: skip
    response.headers["Location"] = f"/v1/imports/{found.id}"
    return _import(found, language)


@router.get("", response_model=ImportList, response_model_exclude_none=True)
def browse(actor: CurrentActor, language: CurrentLanguage, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> Any:
    """Your own imports, newest first; managers see all."""
    return {"items": [_import(found, language) for found in imports.browse(actor, limit)]}


@router.get("/template", **WORKBOOK)
def template(actor: CurrentActor, language: CurrentLanguage) -> Response:
    """The workbook to fill in, in the language of the caller."""
    return Response(imports.template_for(actor, language), media_type=XLSX)


@router.get("/{import_id}", response_model=Import, response_model_exclude_none=True)
def read(actor: CurrentActor, language: CurrentLanguage, import_id: UUID) -> Any:
    """How far one of your imports is; managers may ask for anybody's."""
    return _import(imports.get(actor, import_id), language)


@router.delete("/{import_id}", response_model=Import, response_model_exclude_none=True)
def cancel(actor: CurrentActor, language: CurrentLanguage, import_id: UUID) -> Any:
    """End an import that is not finished; nothing of it is written."""
    return _import(imports.cancel(actor, import_id), language)


@router.get("/{import_id}/findings", response_model=ImportFindings)
def findings(
    actor: CurrentActor, language: CurrentLanguage, import_id: UUID, level: Level | None = None,
    offset: Annotated[int, Query(ge=0, lt=2**31)] = 0, limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Any:  # fmt: skip
    """What was found when it was looked through last, errors first."""
    found, total = imports.findings(actor, import_id, level=level, offset=offset, limit=limit)
    known = catalogue.recent()
    return {"items": [_finding(each, language, known) for each in found], "total": total}


@router.get("/{import_id}/columns", response_model=ImportColumns, response_model_exclude_none=True)
def columns(actor: CurrentActor, import_id: UUID) -> Any:
    """What its columns were taken for."""
    return {"items": [vars(each) for each in imports.columns(actor, import_id)], "targets": imports.targets()}


@router.get("/{import_id}/marked", **WORKBOOK)
def marked(actor: CurrentActor, language: CurrentLanguage, import_id: UUID) -> Response:
    """A copy of the workbook in which every finding stands in its cell."""
    return Response(imports.marked(actor, import_id, language), media_type=XLSX)


@router.patch("/{import_id}", response_model=Import, response_model_exclude_none=True)
def answer(actor: CurrentActor, language: CurrentLanguage, import_id: UUID, options: ImportOptions) -> Any:
    """Answer what was asked (scale, day, mapping of columns, which sample a row is of): it is looked through again."""
    said = options.model_dump(mode="json", exclude_unset=True)
    return _import(imports.answer(actor, import_id, said), language)


@router.post("/{import_id}/confirm", status_code=202, response_model=Import, response_model_exclude_none=True)
def confirm(
    actor: CurrentActor, language: CurrentLanguage, import_id: UUID,
    how: Annotated[Confirmation, Body(default_factory=Confirmation)],
) -> Any:  # fmt: skip
    """Write what was found good, all of it or nothing; said again, it writes nothing more."""
    return _import(imports.confirm(actor, import_id, with_warnings=how.with_warnings), language)


@router.post("/{import_id}/undo", response_model=Import, response_model_exclude_none=True)
def undo(actor: CurrentActor, language: CurrentLanguage, import_id: UUID) -> Any:
    """Take back all that it wrote, within 24 hours, while nobody has edited any of it."""
    return _import(imports.undo(actor, import_id), language)


def _import(found: ImportView, language: str) -> dict[str, Any]:
    said = found.summary.get("refused", [])
    refused = [{**each, "message": words.text(language, f"finding.{each['code']}", **each["values"])} for each in said]
    summary = {name: value for name, value in found.summary.items() if name != "refused"}
    more = {"error": words.of_error(language, found.error), "refused": refused, "summary": summary}
    return vars(found) | {"phase": found.phase} | more


def _finding(found: CellFinding, language: str, known: catalogue.Catalogue) -> dict[str, Any]:
    own = {name: getattr(found, name) for name in ("sheet", "cell", "row", "field", "code", "level", "found")}
    suggestion = imports.suggested(found, language, known)
    return own | {"message": imports.message(found, language), "suggestion": suggestion}
