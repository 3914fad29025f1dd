"""Reads one whole sample."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import access, policy, traceability
from core.db import transaction
from core.policy import Actor
from core.tables import Evaluation, Measurement, Photo, Review, Round, Sample, User
from core.tables.samples import MEASURES, SCORES

ROUND_FIELDS = (
    "seq", "method", "started_at", "minutes", "temperature_c", "pressure_mpa", "frequency_khz",
    "device", "weight_before_g", "weight_after_g", "note", "warnings",
)  # fmt: skip

PERSONAL = ("farm_address", "farmer_name", "registry_record")


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
    """Scores of one person; only those of the preparation, absent ones left out.

    `panelist` is the pseudonym of a taster without an account, for whom the evaluator wrote.
    """

    id: UUID
    preparation: str
    evaluator: str
    panelist: str | None
    replicate: int
    scale: str
    day: int
    evaluated_at: datetime
    scores: dict[str, float]
    warnings: list[Any]


@dataclass(frozen=True)
class MeasurementView:
    """Values by the keys of catalogue/measures.json, in its units; absent ones left out. Cooking weights in g."""

    id: UUID
    preparation: str
    replicate: int
    measured_by: str
    measured_at: datetime
    values: dict[str, float]
    cook_before_g: float | None
    cook_after_g: float | None
    cathepsin_unit: str | None
    instrument: str | None
    note: str | None
    warnings: list[Any]


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
    device: str | None
    weight_before_g: float | None
    weight_after_g: float | None
    note: str | None
    warnings: list[Any]
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
    """One whole sample as the actor may see it; personal data is None where they may not.

    Carcass weight in kg, backfat in mm, ribeye area in cm2. `registry_record` is what the traceability registry said
    when the sample was recorded, `warnings` what looked implausible and was confirmed.
    """

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
    carcass_weight_kg: float | None
    backfat_mm: float | None
    ribeye_area_cm2: float | None
    farm_address: str | None
    farmer_name: str | None
    province: str | None
    city: str | None
    source: str
    trace_verified: bool
    registry_record: dict[str, Any] | None
    warnings: list[Any]
    captured_at: datetime | None
    received_at: datetime
    submitted_at: datetime
    edit_until: datetime | None
    created_by: str
    is_own: bool
    rounds: tuple[RoundView, ...]
    last_review: ReviewView | None


def get(actor: Actor, sample_id: str) -> SampleView:
    with transaction() as session:
        return view(session, actor, access.get(session, actor, sample_id))


def allowed(actor: Actor, sample_id: str) -> frozenset[str]:
    """What the actor may do with the sample now, by the names of data/permissions.csv."""
    with transaction() as session:
        return access.allowed(session, actor, access.get(session, actor, sample_id))


def view(session: Session, actor: Actor, sample: Sample) -> SampleView:
    """The whole sample in five queries, however many rounds it has."""
    relation = access.relation(session, actor, sample)
    shows_person = policy.allows(actor, "personal_data.view", relation)
    own = {name: getattr(sample, name) for name in SampleView.__dataclass_fields__ if hasattr(sample, name)}
    if not shows_person:
        own |= dict.fromkeys(PERSONAL)
    elif sample.registry_record and not policy.allows(actor, "personal_data.view"):
        # What people typed themselves they may see; what the registry told the server is not theirs.
        own["registry_record"] = traceability.without_person(sample.registry_record)
    own |= {
        "edit_until": access.edit_until(sample),
        "created_by": session.get_one(User, sample.created_by).name,
        "is_own": relation.own,
        "rounds": _rounds(session, sample.id),
        "last_review": _last_review(session, sample.id),
    }
    return SampleView(**own)


def _rounds(session: Session, sample_id: str) -> tuple[RoundView, ...]:
    rounds = session.scalars(
        select(Round).where(Round.sample_id == sample_id, Round.seq >= 0).order_by(Round.seq)
    ).all()
    shots = session.scalars(
        select(Photo).where(Photo.sample_id == sample_id, Photo.state != "replaced").order_by(Photo.preparation.desc())
    ).all()
    tasted = session.execute(
        select(Evaluation, User.name)
        .join(User, User.id == Evaluation.evaluator)
        .where(Evaluation.sample_id == sample_id)
        .order_by(
            Evaluation.preparation.desc(),
            Evaluation.evaluated_at,
            Evaluation.panelist.nulls_first(),
            Evaluation.replicate,
            Evaluation.id,
        )
    ).all()
    measured = session.execute(
        select(Measurement, User.name)
        .join(User, User.id == Measurement.measured_by)
        .where(Measurement.sample_id == sample_id)
        .order_by(Measurement.preparation.desc(), Measurement.replicate)
    ).all()
    return tuple(
        RoundView(
            **{name: getattr(row, name) for name in ROUND_FIELDS},
            photos=tuple(_photo(p) for p in shots if p.seq == row.seq),
            evaluations=tuple(_evaluation(e, name) for e, name in tasted if e.seq == row.seq),
            measurements=tuple(_measurement(m, name) for m, name in measured if m.seq == row.seq),
        )
        for row in rounds
    )


def _photo(row: Photo) -> PhotoView:
    return PhotoView(row.id, row.preparation, row.state, row.sha256, row.width, row.height, row.findings)


def _evaluation(row: Evaluation, evaluator: str) -> EvaluationView:
    named = ("id", "preparation", "panelist", "replicate", "scale", "day", "evaluated_at", "warnings")
    scores = _present(row, SCORES[row.preparation])
    return EvaluationView(evaluator=evaluator, scores=scores, **{name: getattr(row, name) for name in named})


def _measurement(row: Measurement, measured_by: str) -> MeasurementView:
    named = set(MeasurementView.__dataclass_fields__) - {"measured_by", "values"}
    same = {name: getattr(row, name) for name in named}
    return MeasurementView(measured_by=measured_by, values=_present(row, MEASURES), **same)


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
