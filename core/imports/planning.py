"""The dry run: everything that a workbook would write, and all that is wrong with it, without writing anything."""

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from core import catalogue, clock
from core.catalogue import Catalogue
from core.imports import crosschecks, layout, stored
from core.imports.archives import PhotoNames
from core.imports.checking import Context, SampleWrite, check_sample
from core.imports.codes import Codes
from core.imports.findings import CellFinding
from core.imports.items import gather
from core.imports.layout import Layout
from core.imports.parts import check_parts
from core.imports.reading import Workbook, refusal, undisturbed
from core.imports.rows import read_table
from core.imports.tables import Said, Table
from core.inputs import Line
from core.policy import Actor

# What looks wrong with a whole column and may be right all the same, if the person says so.
DOUBTS = ("grades_shifted", "column_impossible", "columns_swapped", "mean_impossible")
Report = Callable[[int, int], None]  # how many rows are done, of how many


class ImportOptions(BaseModel):
    """What only the person knows: the scale of the scores, the day of tasting and measuring where the sheet does not
    say, what a column means (by its header), and which sample a row is of, where several fit ("Sheet!12" -> its id, or
    "new"), and which doubts about whole columns are unfounded ("Sheet!C3:mean_impossible").
    """

    model_config = ConfigDict(extra="forbid")
    scale: Line | None = None
    day: date | None = None
    mapping: Annotated[dict[str, str], Field(max_length=1000)] = {}
    choices: Annotated[dict[str, Line], Field(max_length=20_000)] = {}
    sure: Annotated[list[Line], Field(max_length=1000)] = []


@dataclass(frozen=True)
class Asked:
    """Which file is looked through, for whom, and with which answers."""

    actor: Actor
    run_id: UUID
    sha256: str
    asked_at: datetime
    options: ImportOptions


@dataclass
class Plan:
    """What would be written, and what there is to say. layouts: where the tables are and what their columns mean."""

    writes: list[SampleWrite] = field(default_factory=list)
    findings: list[CellFinding] = field(default_factory=list)
    layouts: list[Layout] = field(default_factory=list)
    summary: dict[str, int] = field(default_factory=dict)

    def digest(self) -> str:
        """Of all that would be written and of the versions it would be written on."""
        said = hashlib.sha256()
        for w in self.writes:
            said.update(repr((w.id, w.known and w.known.version, w.values, w.differing, w.unconfirmed)).encode())
            for p in w.parts:
                said.update(repr((p.kind, p.id, p.seq, p.preparation, p.values, p.differing, p.unconfirmed)).encode())
            said.update(repr([(p.seq, p.preparation, p.sha256) for p in w.photos]).encode())
        return said.hexdigest()


def plan(
    session: Session, book: Workbook, asked: Asked, photos: PhotoNames | None = None,
    report: Report = lambda done, total: None,
) -> Plan:  # fmt: skip
    """Reads all tables of a workbook and holds them against the rules and the database.

    Raises:
        BadInput: no sheet has a table that could be read.
    """
    with undisturbed():
        return _plan(session, book, asked, photos, report)


def _plan(session: Session, book: Workbook, asked: Asked, photos: PhotoNames | None, report: Report) -> Plan:
    known = catalogue.get()
    said = Said()
    layouts = [found for sheet in book.sheets if (found := layout.find(sheet, asked.options.mapping)) is not None]
    if not layouts:
        raise refusal("no_table")
    tables = read_tables(layouts, known, said)
    crosschecks.check(tables, said)
    items = gather(tables, said)
    context = Context(
        asked.actor, asked.run_id, asked.sha256, known, clock.today(), asked.asked_at, asked.options.scale,
        asked.options.day, asked.options.choices, stored.read(session, asked.actor, items, asked.sha256),
        photos.named if photos else {}, photos.faults if photos else {}, photos is not None,
    )  # fmt: skip
    writes = []
    total = sum(len(table.numbers) for table in tables)
    for n, item in enumerate(items):
        write = check_sample(item, context, said)
        if write is not None:
            check_parts(write, context, said)
            writes.append(write)
        if n % 200 == 0:
            report(n, len(items))
    if photos is not None:
        photos.check(tables, said)
    kept = [write for write in (_without_bad(write, said) for write in writes) if write is not None]
    findings = [_settled(each, asked.options.sure) for each in said.findings]
    return Plan(kept, findings, layouts, _summary(total, kept, said, findings))


def read_tables(layouts: list[Layout], known: Catalogue, said: Said) -> list[Table]:
    """Our own sheets first that tell of samples, so that what hangs on them finds them."""
    codes = Codes(known)
    in_order = sorted(layouts, key=lambda each: each.only not in (None, "samples"))
    return [read_table(each, codes, said) for each in in_order]


def _without_bad(write: SampleWrite, said: Said) -> SampleWrite | None:
    """Without what comes from rows that turned out bad; a new sample whose own row is bad goes with all its parts."""
    if write.known is None and any(source.key in said.bad for source in {*write.item.of.values()}):
        return None
    if write.known is not None and any(write.item.of[name].key in said.bad for name in write.differing):
        write.differing, write.values = {}, {}
    write.parts = [part for part in write.parts if part.source.key not in said.bad]
    write.photos = [photo for photo in write.photos if photo.source.key not in said.bad]
    return None if write.is_empty else write


def _summary(total: int, writes: list[SampleWrite], said: Said, findings: list[CellFinding]) -> dict[str, int]:
    counted = {"rows": total, "bad": len(said.bad)}
    counted["new_samples"] = sum(write.known is None for write in writes)
    counted["changed_samples"] = sum(write.known is not None for write in writes)
    for kind in ("rounds", "evaluations", "measurements"):
        counted[kind] = sum(part.kind == kind for write in writes for part in write.parts)
    counted["photos"] = sum(len(write.photos) for write in writes)
    touched = {source.key for write in writes for source in _sources(write)}
    waiting = {source.key for write in writes for source in _unconfirmed(write)}
    counted["good"] = len(touched - waiting - said.bad.keys())
    counted["warned"] = len(waiting - said.bad.keys())
    counted["same"] = max(total - counted["good"] - counted["warned"] - counted["bad"] - _asked(said), 0)
    for level in ("error", "question", "warning", "note"):
        counted[f"{level}s"] = sum(found.level == level for found in findings)
    return counted


def _sources(write: SampleWrite) -> list[Any]:
    own = list(write.item.of.values()) if write.known is None or write.differing else []
    return [*own, *(part.source for part in write.parts), *(photo.source for photo in write.photos)]


def _unconfirmed(write: SampleWrite) -> list[Any]:
    if write.unconfirmed and write.known is None:
        return _sources(write)
    own = list(write.item.of.values()) if write.unconfirmed else []
    return [*own, *(part.source for part in write.parts if part.unconfirmed)]


def _asked(said: Said) -> int:
    return len({(found.sheet, found.row) for found in said.findings if found.code == "several_fit"})


def doubt(found: CellFinding) -> str:
    """How an answer names a doubt about a column."""
    return f"{found.sheet}!{found.cell}:{found.code}"


def _settled(found: CellFinding, sure: Collection[str]) -> CellFinding:
    return replace(found, level="note") if found.code in DOUBTS and doubt(found) in sure else found


def open_questions(findings: list[CellFinding]) -> list[CellFinding]:
    """Those that keep everything from going in until they are answered; which sample a row is of keeps only the row."""
    return [found for found in findings if found.level == "question" and found.code != "several_fit"]
