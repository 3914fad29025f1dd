"""Reads a page of the list of samples, filtered, sorted and turned by the database."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import ColumnElement, exists, false, func, or_, select, true
from sqlalchemy.orm import Session, defer

from core import access, clock, ids, policy, trace_numbers
from core.db import transaction
from core.inputs import Line
from core.policy import Actor
from core.samples import cursors
from core.tables import Photo, Review, Round, Sample, User
from core.tables.samples import GRADE_RANKS

MOST_COUNTED = 1000
SHORTEST_PART = 3
UNKNOWN = "unknown"
ME = "me"
Part = Literal["photo", "heated", "laboratory", "rounds"]
Owner = Annotated[str, StringConstraints(pattern="^(me|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$")]
Day = Annotated[date, Field(ge=date(1900, 1, 1), lt=date(2100, 1, 1))]


@dataclass(frozen=True)
class SampleRow:
    """One line of a list."""

    id: str
    version: int
    status: str
    trace_number: str
    species: str
    primal_cut: str
    secondary_cut: str
    breed: str | None
    sex: str | None
    grade: str | None
    bms: int | None
    slaughtered_on: date
    province: str | None
    city: str | None
    source: str
    received_at: datetime
    submitted_at: datetime
    updated_at: datetime
    edit_until: datetime | None
    created_by: str
    rounds: int  # processing rounds, without the raw one
    has_photo: bool
    has_heated: bool
    has_laboratory: bool
    photo_id: UUID | None
    reject_reason: str | None  # of the last review, while the sample is rejected
    reject_text: str | None


@dataclass(frozen=True)
class Page:
    """Some samples in order, and the cursors of the pages around them: None where there is none.

    `total` is counted up to 1,000; `is_more` says that there are more.
    """

    rows: tuple[SampleRow, ...]
    next: str | None
    previous: str | None
    total: int | None
    is_more: bool


class SampleFilter(BaseModel):
    """What a list is narrowed to. All days are calendar days in Seoul, both ends included.

    `q` is any part of a sample number (of three signs or more), or the beginning of a sample number, of a trace number
    or of a city or county.
    """

    model_config = ConfigDict(extra="forbid")
    status: Literal["pending", "approved", "rejected"] | None = None
    owner: Annotated[Owner | None, Field(description='The id of a person, or "me".')] = None
    species: Line | None = None
    primal_cut: Line | None = None
    secondary_cut: Line | None = None
    grade: Line | None = None
    sex: Line | None = None
    breed: Line | None = None
    province: Annotated[Line | None, Field(description='The key of a province, or "unknown".')] = None
    slaughtered_from: Day | None = None
    slaughtered_to: Day | None = None
    received_from: Day | None = None
    received_to: Day | None = None
    submitted_from: Day | None = None
    submitted_to: Day | None = None
    has: tuple[Part, ...] = ()
    missing: tuple[Part, ...] = ()
    q: Line | None = None

    def natural_order(self) -> str:
        """The order that fits what is asked for: by the day that it is narrowed by, latest first."""
        if self.received_from or self.received_to:
            return "-received_at"
        if self.slaughtered_from or self.slaughtered_to:
            return "-slaughtered_on"
        return "-submitted_at" if self.submitted_from or self.submitted_to else "-received_at"


def page(
    actor: Actor,
    wanted: SampleFilter,
    *,
    sort: str | None = None,
    cursor: str | None = None,
    limit: int = 25,
    count: bool = True,
) -> Page:
    """One page of the samples that the actor may see.

    Args:
        sort: a key of `cursors.SORTS`, with "-" before it from the highest down; None for what fits the filter.
        cursor: `next` or `previous` of another page of the same order.

    Raises:
        BadInput: there is no such order, or the cursor is none or belongs to another order.
    """
    policy.require(actor, "sample.view", policy.Relation(own=True))
    order = cursors.order(sort or wanted.natural_order())
    place = cursors.read(order, cursor) if cursor else None
    conditions = [access.visible(actor), *_conditions(actor, wanted, order)]
    with transaction() as session:
        total = _count(session, conditions)
        matching = _matching(order, conditions, is_few=total <= MOST_COUNTED)
        found = _read(session, matching, order, place, limit)
        if place and place.is_back and len(found) <= limit:
            # Back at the beginning: the first page whole, with what has come since.
            place, found = None, _read(session, matching, order, None, limit)
    return _page(order, place, found, limit, total if count else None)


def authors(actor: Actor) -> tuple[tuple[UUID, str], ...]:
    """Who has recorded samples that the actor may see, by name."""
    policy.require(actor, "sample.view", policy.Relation(own=True))
    recorded = exists().where(Sample.created_by == User.id, access.visible(actor))
    with transaction() as session:
        found = session.execute(select(User.id, User.name).where(recorded).order_by(User.name, User.id))
        return tuple((row.id, row.name) for row in found)


def fitting(actor: Actor, wanted: SampleFilter) -> list[ColumnElement[bool]]:
    """The conditions that leave the samples of a list, for any query over samples."""
    return [access.visible(actor), *_conditions(actor, wanted, cursors.order(wanted.natural_order()))]


def _page(order: cursors.Order, place: cursors.Place | None, found: list[Any], limit: int, total: int | None) -> Page:
    goes_on = len(found) > limit
    found = found[:limit]
    is_back = place is not None and place.is_back
    if is_back:
        found.reverse()
    following = cursors.write(order, found[-1][0]) if found and (goes_on or is_back) else None
    before = cursors.write(order, found[0][0], is_back=True) if found and place and (goes_on or not is_back) else None
    counted = None if total is None else min(total, MOST_COUNTED)
    is_more = total is not None and total > MOST_COUNTED
    return Page(tuple(_row(*each) for each in found), following, before, counted, is_more)


def _count(session: Session, conditions: list[ColumnElement[bool]]) -> int:
    some = select(Sample.id).where(*conditions).limit(MOST_COUNTED + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def _matching(order: cursors.Order, conditions: list[ColumnElement[bool]], *, is_few: bool) -> Any:
    """The places of what fits, still to be sorted and cut to a page.

    Few are all gathered, and then sorted: walking along the order instead, as the database likes to, may lead past a
    million others to find that there is no more.
    """
    query = select(*order.columns(Sample)).where(*conditions)
    return query.cte("matching").prefix_with("materialized") if is_few else query.subquery("matching")


def _read(session: Session, matching: Any, order: cursors.Order, place: cursors.Place | None, limit: int) -> list[Any]:
    """One more than asked for, where there are more: in the way the cursor goes."""
    ordered = order.reverse() if place and place.is_back else order
    beyond = [ordered.beyond(matching.c, place.values)] if place else []
    picked = select(matching.c.id).where(*beyond).order_by(*ordered.by(matching.c)).limit(limit + 1).subquery()
    query = _row_query().join(picked, picked.c.id == Sample.id).order_by(*ordered.by(Sample))
    return list(session.execute(query))


def _conditions(actor: Actor, wanted: SampleFilter, order: cursors.Order) -> list[ColumnElement[bool]]:
    equal = ("status", "species", "primal_cut", "secondary_cut", "sex", "breed")
    conditions = [getattr(Sample, name) == value for name in equal if (value := getattr(wanted, name)) is not None]
    if wanted.owner is not None:
        conditions.append(Sample.created_by == (actor.id if wanted.owner == ME else UUID(wanted.owner)))
    if wanted.grade is not None:
        conditions.append(_grade(wanted, order))
    if wanted.province is not None:
        unknown = wanted.province == UNKNOWN
        conditions.append(Sample.province.is_(None) if unknown else Sample.province == wanted.province)
    conditions += [getattr(Sample, f"has_{part}").is_(True) for part in wanted.has]
    conditions += [getattr(Sample, f"has_{part}").is_(False) for part in wanted.missing]
    if wanted.q is not None:
        conditions.append(_text(wanted.q))
    return [*conditions, *_days(wanted)]


def _grade(wanted: SampleFilter, order: cursors.Order) -> ColumnElement[bool]:
    """By its rank where the species is open or grades are what it is sorted by: that index begins with the rank."""
    if (wanted.species is None or order.name == "grade") and wanted.grade in GRADE_RANKS:
        return Sample.grade_rank == GRADE_RANKS[wanted.grade]
    return Sample.grade == wanted.grade


def _days(wanted: SampleFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.slaughtered_from:
        conditions.append(Sample.slaughtered_on >= wanted.slaughtered_from)
    if wanted.slaughtered_to:
        conditions.append(Sample.slaughtered_on <= wanted.slaughtered_to)
    for column, first, last in (
        (Sample.received_at, wanted.received_from, wanted.received_to),
        (Sample.submitted_at, wanted.submitted_from, wanted.submitted_to),
    ):
        if first:
            conditions.append(column >= _midnight(first))
        if last:
            conditions.append(column < _midnight(last + timedelta(days=1)))
    return conditions


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), clock.SEOUL)


def _text(q: str) -> ColumnElement[bool]:
    matches: list[ColumnElement[bool]] = []
    if part := ids.part(q):
        matches.append(_id(part))
    if trace := trace_numbers.parse(q):
        matches.append(Sample.trace_number == trace.number)
    if beginning := trace_numbers.beginning(q):
        matches.append(Sample.trace_number.startswith(beginning))
    if not q.isascii():
        matches.append(Sample.city.startswith(q, autoescape=True))
    return or_(false(), *matches)


def _id(part: str) -> ColumnElement[bool]:
    """Anywhere in the number from three signs on; fewer stand in too many numbers to mean anything but a beginning."""
    if len(part) == ids.LENGTH:
        return Sample.id == part
    return Sample.id.like(f"%{part}%" if len(part) >= SHORTEST_PART else f"{part}%")


def _row_query() -> Any:
    rounds = select(func.count()).where(Round.sample_id == Sample.id, Round.seq > 0).scalar_subquery()
    photo = (
        select(Photo.id)
        .where(Photo.sample_id == Sample.id, Photo.seq == 0, Photo.preparation == "raw", Photo.state == "stored")
        .scalar_subquery()
    )
    review = (
        select(Review.reason, Review.text)
        .where(Review.sample_id == Sample.id, Sample.status == "rejected")
        .order_by(Review.sample_version.desc())
        .limit(1)
        .lateral()
    )
    return (
        select(Sample, User.name, rounds, photo, review.c.reason, review.c.text)
        .options(defer(Sample.registry_record))
        .join(User, User.id == Sample.created_by)
        .outerjoin(review, true())
    )


def _row(sample: Sample, *joined: Any) -> SampleRow:
    own = {name: getattr(sample, name) for name in SampleRow.__dataclass_fields__ if hasattr(sample, name)}
    names = ("created_by", "rounds", "photo_id", "reject_reason", "reject_text")
    return SampleRow(**own | dict(zip(names, joined, strict=True)) | {"edit_until": access.edit_until(sample)})


__all__ = [
    "ME",
    "MOST_COUNTED",
    "UNKNOWN",
    "Day",
    "Page",
    "SampleFilter",
    "SampleRow",
    "authors",
    "page",
]
