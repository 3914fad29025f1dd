"""The log of prints: who printed which labels, so that they can be printed again."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.dialects.postgresql import aggregate_order_by

from core import policy
from core.db import transaction
from core.errors import BadInput, Finding
from core.policy import Actor, Relation
from core.tables import LabelPrint, LabelPrintItem, User


@dataclass(frozen=True)
class Printed:
    """One file of labels that was made, with the numbers of its samples in their order."""

    id: UUID
    printed_by: str
    printed_at: datetime
    size: str
    format: str
    dpi: int
    copies: int
    language: str
    sample_ids: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """Newest first; `after` leads to the next page and is None on the last one."""

    items: tuple[Printed, ...]
    after: str | None


def prints(actor: Actor, *, sample_id: str | None = None, limit: int = 25, after: str | None = None) -> Page:
    """What was printed: for those who print of their own samples only, what they printed themselves.

    Args:
        sample_id: only prints with a label of this sample.

    Raises:
        BadInput: `after` is not from a page before.
    """
    policy.require(actor, "label.print", Relation(own=True))
    place = tuple_(LabelPrint.printed_at, LabelPrint.id)
    in_order = aggregate_order_by(LabelPrintItem.sample_id, LabelPrintItem.position)
    numbers = select(func.array_agg(in_order)).where(LabelPrintItem.print_id == LabelPrint.id).scalar_subquery()
    query = (
        select(LabelPrint, User.name, numbers)
        .join(User, User.id == LabelPrint.printed_by)
        .order_by(LabelPrint.printed_at.desc(), LabelPrint.id.desc())
        .limit(limit + 1)
    )
    if not policy.allows(actor, "label.print"):
        query = query.where(LabelPrint.printed_by == actor.id)
    if sample_id is not None:
        with_it = select(LabelPrintItem.print_id).where(LabelPrintItem.sample_id == sample_id)
        query = query.where(LabelPrint.id.in_(with_it))
    if after is not None:
        query = query.where(place < tuple_(*_parse(after)))
    with transaction() as session:
        found = [_printed(*row) for row in session.execute(query)]
    return Page(tuple(found[:limit]), _cursor(found[limit - 1]) if len(found) > limit else None)


def _printed(row: LabelPrint, name: str, sample_ids: list[str]) -> Printed:
    same = {each: getattr(row, each) for each in ("id", "printed_at", "size", "format", "dpi", "copies", "language")}
    return Printed(printed_by=name, sample_ids=tuple(sample_ids), **same)


def _cursor(item: Printed) -> str:
    return f"{item.printed_at.astimezone(UTC).isoformat()}_{item.id}"


def _parse(cursor: str) -> tuple[datetime, UUID]:
    try:
        printed_at, print_id = cursor.split("_")
        instant, known = datetime.fromisoformat(printed_at), UUID(print_id)
    except ValueError as error:
        raise BadInput(Finding("cursor", "not_valid")) from error
    if instant.tzinfo is None:
        raise BadInput(Finding("cursor", "not_valid"))
    return instant, known
