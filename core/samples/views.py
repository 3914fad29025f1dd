"""Reads samples: one whole, or a page of a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, func, select, true, tuple_
from sqlalchemy.orm import Session

from core import access, ids, policy
from core.db import transaction
from core.errors import BadInput, Finding
from core.policy import Actor
from core.tables import Evaluation, Measurement, Photo, Review, Round, Sample, User
from core.tables.samples import MEASURES, SCORES

ROUND_FIELDS = (
    "seq", "method", "started_at", "minutes", "temperature_c", "pressure_mpa", "frequency_khz",
    "weight_before_g", "weight_after_g", "note",
)  # fmt: skip


@dataclass(frozen=True)
class PhotoView:
    id: UUID
    preparation: str
    state: str
    sha256: str | None
    width: int | None
    height: int | None
    findings: list[Any]


@dataclass(frozen=True)
class EvaluationView:
    """Scores of one person; only those of the preparation, absent ones left out."""

    preparation: str
    evaluator: str
    scale: str
    day: int
    evaluated_at: datetime
    scores: dict[str, float]


@dataclass(frozen=True)
class MeasurementView:
    """Values by the keys of catalogue/measures.json, in its units; absent ones left out."""

    preparation: str
    replicate: int
    measured_at: datetime
    values: dict[str, float]


@dataclass(frozen=True)
class RoundView:
    """One round: temperatures in degrees Celsius, pressure in MPa, frequency in kHz, weights in g."""

    seq: int
    method: str | None
    started_at: datetime | None
    minutes: int | None
    temperature_c: float | None
    pressure_mpa: float | None
    frequency_khz: float | None
    weight_before_g: float | None
    weight_after_g: float | None
    note: str | None
    photos: tuple[PhotoView, ...]
    evaluations: tuple[EvaluationView, ...]
    measurements: tuple[MeasurementView, ...]

    def photo(self, preparation: str = "raw") -> PhotoView | None:
        return next((p for p in self.photos if p.preparation == preparation and p.state == "stored"), None)


@dataclass(frozen=True)
class ReviewView:
    decision: str
    reason: str | None
    text: str | None
    reviewed_by: str
    reviewed_at: datetime
    sample_version: int


@dataclass(frozen=True)
class SampleView:
    """One whole sample as the actor may see it; personal data is None where they may not."""

    id: str
    version: int
    status: str
    trace_number: str
    trace_kind: str
    species: str
    primal_cut: str
    secondary_cut: str
    breed: str | None
    sex: str | None
    grade: str | None
    bms: int | None
    graded_on: date | None
    slaughtered_on: date
    born_on: date | None
    farm_address: str | None
    farmer_name: str | None
    province: str | None
    city: str | None
    source: str
    captured_at: datetime | None
    received_at: datetime
    edit_until: datetime | None
    created_by: str
    is_own: bool
    rounds: tuple[RoundView, ...]
    last_review: ReviewView | None


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


def get(actor: Actor, sample_id: str) -> SampleView:
    with transaction() as session:
        return view(session, actor, access.get(session, actor, sample_id))


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


def view(session: Session, actor: Actor, sample: Sample) -> SampleView:
    """The whole sample in five queries, however many rounds it has."""
    relation = access.relation(session, actor, sample)
    shows_person = policy.allows(actor, "personal_data.view", relation)
    own = {name: getattr(sample, name) for name in SampleView.__dataclass_fields__ if hasattr(sample, name)}
    if not shows_person:
        own |= {"farm_address": None, "farmer_name": None}
    own |= {
        "edit_until": access.edit_until(sample),
        "created_by": session.get_one(User, sample.created_by).name,
        "is_own": relation.own,
        "rounds": _rounds(session, sample.id),
        "last_review": _last_review(session, sample.id),
    }
    return SampleView(**own)


def _rounds(session: Session, sample_id: str) -> tuple[RoundView, ...]:
    rounds = session.scalars(select(Round).where(Round.sample_id == sample_id).order_by(Round.seq)).all()
    shots = session.scalars(
        select(Photo).where(Photo.sample_id == sample_id, Photo.state != "replaced").order_by(Photo.preparation.desc())
    ).all()
    tasted = session.execute(
        select(Evaluation, User.name)
        .join(User, User.id == Evaluation.evaluator)
        .where(Evaluation.sample_id == sample_id)
        .order_by(Evaluation.preparation.desc(), Evaluation.evaluated_at)
    ).all()
    measured = session.scalars(
        select(Measurement)
        .where(Measurement.sample_id == sample_id)
        .order_by(Measurement.preparation.desc(), Measurement.replicate)
    ).all()
    return tuple(
        RoundView(
            **{name: getattr(row, name) for name in ROUND_FIELDS},
            photos=tuple(_photo(p) for p in shots if p.seq == row.seq),
            evaluations=tuple(_evaluation(e, name) for e, name in tasted if e.seq == row.seq),
            measurements=tuple(_measurement(m) for m in measured if m.seq == row.seq),
        )
        for row in rounds
    )


def _photo(row: Photo) -> PhotoView:
    return PhotoView(row.id, row.preparation, row.state, row.sha256, row.width, row.height, row.findings)


def _evaluation(row: Evaluation, evaluator: str) -> EvaluationView:
    scores = _present(row, SCORES[row.preparation])
    return EvaluationView(row.preparation, evaluator, row.scale, row.day, row.evaluated_at, scores)


def _measurement(row: Measurement) -> MeasurementView:
    return MeasurementView(row.preparation, row.replicate, row.measured_at, _present(row, MEASURES))


def _present(row: object, names: Sequence[str]) -> dict[str, float]:
    return {name: value for name in names if (value := getattr(row, name)) is not None}


def _last_review(session: Session, sample_id: str) -> ReviewView | None:
    found = session.execute(
        select(Review, User.name)
        .join(User, User.id == Review.reviewed_by)
        .where(Review.sample_id == sample_id)
        .order_by(Review.sample_version.desc())
        .limit(1)
    ).one_or_none()
    if found is None:
        return None
    row, name = found
    return ReviewView(row.decision, row.reason, row.text, name, row.reviewed_at, row.sample_version)


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
