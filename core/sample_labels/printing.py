"""Prints labels: one file for any number of samples, noted in the log of prints and in each sample's history."""

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from core import audit, clock
from core.db import transaction
from core.errors import BadInput, Conflict, Finding, NotFound
from core.inputs import Line
from core.policy import Actor, Relation, require
from core.sample_labels import pdf, zpl
from core.sample_labels.choosing import MOST, read_ids, texts_of
from core.sample_labels.sizes import SIZES
from core.sample_labels.texts import LabelText
from core.tables import LabelPrint, LabelPrintItem, User

MOST_COPIES = 20
MOST_LABELS = 2000  # of a file

SizeName = Literal["50x30", "40x20", "14x39"]
Format = Literal["pdf_sheet", "pdf_single", "zpl"]
MEDIA_TYPES = {"pdf_sheet": "application/pdf", "pdf_single": "application/pdf", "zpl": "application/zpl"}


class NewPrint(BaseModel):
    """What to print: labels of these samples, in this order. `dpi` are the dots an inch of the printer."""

    model_config = ConfigDict(extra="forbid")
    ids: Annotated[list[Line], Field(min_length=1, max_length=MOST, description="Numbers of samples.")]
    size: Annotated[SizeName, Field(description="Width and height in mm.")] = "50x30"
    copies: Annotated[int, Field(ge=1, le=MOST_COPIES, description="Of each label.")] = 1
    format: Annotated[
        Format, Field(description="Sheets of A4, a label a page, or a file for thermal printers (ZPL II).")
    ] = "pdf_sheet"
    dpi: Annotated[Literal[203, 300], Field(description="Dots an inch of the printer.")] = 300
    language: Annotated[Literal["ko", "en"], Field(description="What the words on the label are in.")] = "ko"
    id: Annotated[UUID | None, Field(description="Names this print: sent again, it is the same print.")] = None


@dataclass(frozen=True)
class LabelFile:
    """A file of labels; `labels` is how many it has, copies counted."""

    print_id: UUID
    name: str
    media_type: str
    data: bytes
    samples: int
    labels: int


def print_labels(actor: Actor, new: NewPrint) -> LabelFile:
    """Makes the file and notes that it was made; the same `id` again gives the same file and notes nothing.

    Raises:
        NotFound: one of the samples is not there, or not the actor's to see.
        BadInput: a number of a sample has a wrong check character, or there would be too many labels; by field.
        Conflict: the id is that of another print.
    """
    require(actor, "label.print", Relation(own=True))
    sample_ids = read_ids(new.ids)
    if len(sample_ids) * new.copies > MOST_LABELS:
        raise BadInput(Finding("copies", "too_many", {"limit": MOST_LABELS}))
    with transaction() as session:
        known = texts_of(session, actor, sample_ids, new.language)
        if len(known) < len(sample_ids):
            raise NotFound
        print_id = _note(session, actor, new, sample_ids)
    labels = [known[sample_id] for sample_id in sample_ids]
    data = _drawn(new, labels)
    ending = "zpl" if new.format == "zpl" else "pdf"
    name = f"labels-{clock.today():%Y%m%d}-{new.size}.{ending}"
    return LabelFile(print_id, name, MEDIA_TYPES[new.format], data, len(labels), len(labels) * new.copies)


def _drawn(new: NewPrint, labels: list[LabelText]) -> bytes:
    draw = {"pdf_sheet": pdf.sheets, "pdf_single": pdf.singles, "zpl": zpl.print_file}[new.format]
    return draw(labels, SIZES[new.size], new.copies, new.dpi)


def _note(session: Session, actor: Actor, new: NewPrint, sample_ids: list[str]) -> UUID:
    """Writes the print down, in as few statements for many samples as for one."""
    print_id = new.id or uuid4()
    session.execute(select(User.id).where(User.id == actor.id).with_for_update(key_share=True))  # one at a time
    if new.id is not None and (known := session.get(LabelPrint, new.id)) is not None:
        _check_same(session, actor, known, new, sample_ids)
        return known.id
    chosen = new.model_dump(include={"size", "copies", "format", "dpi", "language"})
    session.add(LabelPrint(id=print_id, printed_by=actor.id, printed_at=clock.now(), **chosen))
    session.flush()
    rows = [{"print_id": print_id, "position": n, "sample_id": each} for n, each in enumerate(sample_ids)]
    session.execute(insert(LabelPrintItem), rows)
    told = {"label": f"{new.size} × {new.copies}"}
    audit.record_many(session, actor, "label.print", "sample", [(sample_id, told) for sample_id in sample_ids])
    return print_id


def _check_same(session: Session, actor: Actor, known: LabelPrint, new: NewPrint, sample_ids: list[str]) -> None:
    names = ("size", "copies", "format", "dpi", "language")
    items = select(LabelPrintItem.sample_id).filter_by(print_id=known.id).order_by(LabelPrintItem.position)
    same = all(getattr(known, name) == getattr(new, name) for name in names)
    if known.printed_by != actor.id or not same or list(session.scalars(items)) != sample_ids:
        raise Conflict
