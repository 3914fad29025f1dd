"""Which samples labels are printed of: named one by one, or all that a filter leaves."""

import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from core import access, ids, policy
from core.db import transaction
from core.errors import BadInput, Finding
from core.policy import Actor, Relation
from core.sample_labels import dots
from core.sample_labels.sizes import SIZES
from core.sample_labels.texts import LabelText, of_sample
from core.samples import cursors
from core.samples.lists import SampleFilter, fitting
from core.tables import LabelPrint, LabelPrintItem, Sample

MOST = 500  # samples of a file


@dataclass(frozen=True)
class Chosen:
    """A sample that labels can be printed of, and how many were: `printed` counts copies."""

    id: str
    label: LabelText
    printed: int
    last_printed_at: datetime | None


@dataclass(frozen=True)
class Choice:
    """`unknown` are numbers of which there is no sample, or none that the actor may see."""

    samples: tuple[Chosen, ...]
    unknown: tuple[str, ...]


def choose(actor: Actor, sample_ids: Sequence[str], language: str) -> Choice:
    """The samples of these numbers in this order, however they are written.

    Raises:
        BadInput: which of them has the wrong check character, as "ids.3"; or there are more than 500.
    """
    policy.require(actor, "label.print", Relation(own=True))
    wanted = read_ids(sample_ids)
    with transaction() as session:
        known = texts_of(session, actor, wanted, language)
        counts = _printed(session, known)
    samples = tuple(Chosen(each, known[each], *counts.get(each, (0, None))) for each in wanted if each in known)
    return Choice(samples, tuple(each for each in wanted if each not in known))


def of_filter(actor: Actor, wanted: SampleFilter, sort: str | None = None) -> tuple[str, ...]:
    """The numbers of the samples of a list in its order, at most 500."""
    policy.require(actor, "label.print", Relation(own=True))
    order = cursors.order(sort or wanted.natural_order())
    query = select(Sample.id).where(*fitting(actor, wanted), _permitted(actor))
    with transaction() as session:
        return tuple(session.scalars(query.order_by(*order.by(Sample)).limit(MOST)))


def preview(label: LabelText, size: str, dpi: int) -> bytes:
    """A label as a PNG picture, a pixel for each dot of the printer, as it lies to be read."""
    out = io.BytesIO()
    dots.draw(label, SIZES[size], dpi).convert("1").save(out, "PNG", dpi=(dpi, dpi))
    return out.getvalue()


def read_ids(written: Sequence[str]) -> list[str]:
    """The numbers in their stored form, each once.

    Raises:
        BadInput: each that is no number of a sample, by its place; or there are too many.
    """
    if len(written) > MOST:
        raise BadInput(Finding("ids", "too_many", {"limit": MOST}))
    parsed = [ids.parse(each) for each in written]
    if wrong := [place for place, found in enumerate(parsed) if found is None]:
        raise BadInput(*(Finding(f"ids.{place}", "sample_id_form") for place in wrong))
    return list(dict.fromkeys(found for found in parsed if found is not None))


def texts_of(session: Session, actor: Actor, sample_ids: Collection[str], language: str) -> dict[str, LabelText]:
    """What stands on the labels of those that the actor may print, in one query."""
    columns = (
        Sample.id, Sample.species, Sample.primal_cut, Sample.secondary_cut, Sample.grade, Sample.slaughtered_on,
        Sample.trace_number,
    )  # fmt: skip
    query = select(*columns).where(Sample.id.in_(sample_ids), access.visible(actor), _permitted(actor))
    return {row.id: of_sample(*row, language) for row in session.execute(query)}


def _permitted(actor: Actor) -> ColumnElement[bool]:
    """The table lets some print of their own samples only."""
    own = Sample.created_by == actor.id
    return own if not policy.allows(actor, "label.print") else Sample.id.is_not(None)


def _printed(session: Session, sample_ids: Collection[str]) -> dict[str, tuple[int, datetime]]:
    counted = (
        select(LabelPrintItem.sample_id, func.sum(LabelPrint.copies), func.max(LabelPrint.printed_at))
        .join(LabelPrint, LabelPrint.id == LabelPrintItem.print_id)
        .where(LabelPrintItem.sample_id.in_(sample_ids))
        .group_by(LabelPrintItem.sample_id)
    )
    return {sample_id: (int(copies), last) for sample_id, copies, last in session.execute(counted)}
