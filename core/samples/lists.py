"""Reads a page of the list of samples, filtered and sorted by the database."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, func, select, true, tuple_

from core import access, ids, policy
from core.db import transaction
from core.errors import BadInput, Finding
from core.policy import Actor
from core.tables import Photo, Review, Round, Sample, User


@dataclass(frozen=True)
class SampleRow:
    """One line of a list."""

    id: str
    version: int
    status: str
    species: str
    primal_cut: str
    secondary_cut: str
    grade: str | None
    slaughtered_on: date
    province: str | None
    source: str
    received_at: datetime
    edit_until: datetime | None
    created_by: str
    rounds: int  # processing rounds, without the raw one
    photo_id: UUID | None
    reject_reason: str | None  # of the last review, while the sample is rejected
    reject_text: str | None


@dataclass(frozen=True)
class Page:
    rows: tuple[SampleRow, ...]
    total: int | None


class SampleFilter(BaseModel):
    """What a list is narrowed to; `after` is the id of the last sample of the page before (newest first)."""

    model_config = ConfigDict(extra="forbid")
    status: str | None = None
    species: str | None = None
    grade: str | None = None
    province: str | None = None
    mine: bool = False
    q: str | None = None
    slaughtered_from: date | None = None
    slaughtered_to: date | None = None
    after: str | None = None


def page(
    actor: Actor, wanted: SampleFilter, *, limit: int = 25, offset: int = 0, count: bool = True, oldest: bool = False
) -> Page:
    """One page of the samples that the actor may see, newest first (or oldest first, as a queue is worked)."""
    policy.require(actor, "sample.view", policy.Relation(own=True))
    with transaction() as session:
        conditions = [access.visible(actor), *_conditions(actor, wanted)]
        total = session.scalar(select(func.count()).select_from(Sample).where(*conditions)) if count else None
        if wanted.after:
            if (last := session.get(Sample, wanted.after)) is None:
                raise BadInput(Finding("cursor", "not_valid"))
            conditions.append(tuple_(Sample.received_at, Sample.id) < (last.received_at, last.id))
        order = (Sample.received_at, Sample.id) if oldest else (Sample.received_at.desc(), Sample.id.desc())
        query = _row_query().where(*conditions).order_by(*order).limit(limit).offset(offset)
        return Page(tuple(_row(*found) for found in session.execute(query)), total)


def _conditions(actor: Actor, wanted: SampleFilter) -> list[ColumnElement[bool]]:
    equal = {name: getattr(wanted, name) for name in ("status", "species", "grade", "province")}
    conditions = [getattr(Sample, name) == value for name, value in equal.items() if value is not None]
    if wanted.mine:
        conditions.append(Sample.created_by == actor.id)
    if wanted.slaughtered_from:
        conditions.append(Sample.slaughtered_on >= wanted.slaughtered_from)
    if wanted.slaughtered_to:
        conditions.append(Sample.slaughtered_on <= wanted.slaughtered_to)
    if wanted.q:
        sample_id = ids.parse(wanted.q)
        conditions.append(
            Sample.id == sample_id if sample_id else Sample.trace_number.startswith(wanted.q.strip(), autoescape=True)
        )
    return conditions


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
        .join(User, User.id == Sample.created_by)
        .outerjoin(review, true())
    )


def _row(sample: Sample, *joined: Any) -> SampleRow:
    own = {name: getattr(sample, name) for name in SampleRow.__dataclass_fields__ if hasattr(sample, name)}
    names = ("created_by", "rounds", "photo_id", "reject_reason", "reject_text")
    return SampleRow(**own | dict(zip(names, joined, strict=True)) | {"edit_until": access.edit_until(sample)})
