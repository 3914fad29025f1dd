"""What an export is asked with, and what one looks like."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from core import clock, words
from core.background import UNFINISHED
from core.config import settings
from core.errors import BadInput, Finding
from core.inputs import read
from core.policy import Actor
from core.samples.lists import ME, SampleFilter
from core.tables import ExportRun, User
from core.workbooks import XLSX

Format = Literal["xlsx", "csv", "parquet", "photos"]
ZIP = "application/zip"


class NewExport(BaseModel):
    """Samples that fit a filter of the list, with all that hangs on them, in one file.

    Without a status only approved samples are taken; `every_status` takes the others, too. A workbook speaks the
    language asked for; files of the other formats have the keys of the API.
    """

    model_config = ConfigDict(extra="forbid")
    format: Format = "xlsx"
    filter: SampleFilter = SampleFilter()
    every_status: bool = False
    language: Literal["ko", "en"] | None = Field(default=None, description="That of the person where it is absent.")
    farmer_name: bool = Field(default=False, description="With the farmers' names: only for a manager.")


@dataclass(frozen=True)
class ExportView:
    """How far an export is: of `total` rows or photos (0 until they are counted) `done` are written.

    filter: what narrows it. parts: rows by sheet, or photos and how many of them were missing, once it is done.
    has_file: until `expires_at` the file can be fetched. error: a word key under "error".
    """

    id: UUID
    format: str
    filter: dict[str, Any]
    language: str
    farmer_name: bool
    state: str
    done: int
    total: int
    error: str | None
    parts: dict[str, int] | None
    bytes: int | None
    has_file: bool
    requested_by: UUID
    requested_by_name: str
    requested_at: datetime
    finished_at: datetime | None

    @property
    def is_finished(self) -> bool:
        return self.state not in UNFINISHED

    @property
    def expires_at(self) -> datetime | None:
        return self.finished_at + kept() if self.finished_at and self.has_file else None

    @property
    def file_name(self) -> str:
        return file_name(self.format, self.requested_at)


@dataclass(frozen=True)
class Asked:
    """An export as it is stored: people in the filter by their ids, the language chosen."""

    format: str
    filter: dict[str, Any]
    language: str
    farmer_name: bool

    @property
    def wanted(self) -> SampleFilter:
        return read(SampleFilter, self.filter)


def as_asked(actor: Actor, wanted: Mapping[str, Any] | NewExport) -> Asked:
    """What is wrong with it is said by field.

    Raises:
        BadInput: with one finding for each field that does not fit.
    """
    new = wanted if isinstance(wanted, NewExport) else read(NewExport, wanted)
    if new.farmer_name and not may_have_names(actor):
        raise BadInput(Finding("farmer_name", "only_manager"))
    narrowed: dict[str, Any] = new.filter.model_dump(mode="json", exclude_defaults=True)
    narrowed |= {"owner": str(actor.id)} if new.filter.owner == ME else {}
    narrowed |= {} if new.every_status or new.filter.status else {"status": "approved"}
    language = new.language or actor.language or words.LANGUAGES[0]
    return Asked(new.format, narrowed, language, new.farmer_name)


def of_row(row: ExportRun) -> Asked:
    return Asked(row.format, row.filter, row.language, row.farmer_name)


def may_have_names(actor: Actor) -> bool:
    """Names of farmers leave the product only with a manager."""
    return actor.role == "manager"


def kept() -> timedelta:
    return timedelta(days=settings().export_days)


def file_name(kind: str, at: datetime) -> str:
    end = ".xlsx" if kind == "xlsx" else f"-{kind}.zip"
    return f"meatlab-{at.astimezone(clock.SEOUL):%Y%m%d-%H%M}{end}"


def media_type(kind: str) -> str:
    return XLSX if kind == "xlsx" else ZIP


def query() -> Any:
    """Runs with their person's name."""
    return select(ExportRun, User.name).join(User, User.id == ExportRun.requested_by)


def view(row: ExportRun, name: str) -> ExportView:
    own = (
        "id", "format", "filter", "language", "farmer_name", "state", "done", "total", "error", "parts", "bytes",
        "requested_by", "requested_at", "finished_at",
    )  # fmt: skip
    return ExportView(
        **{each: getattr(row, each) for each in own}, has_file=row.storage_key is not None, requested_by_name=name
    )
