"""What a new sample is made of, and everything that can be wrong with it."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from core import trace_numbers
from core.catalogue import Catalogue, Entry
from core.errors import Finding
from core.inputs import Instant, Line
from core.tables.samples import RAW_SCORES
from core.trace_numbers import TraceNumber


class PhotoPromise(BaseModel):
    """The raw cross-section photo: already received under this id, or to come with this SHA-256 (hex)."""

    model_config = ConfigDict(extra="forbid")
    id: UUID
    sha256: Annotated[str, StringConstraints(to_lower=True, pattern="^[0-9a-fA-F]{64}$")] | None = None


class RawScores(BaseModel):
    """The five sensory scores of the raw cross-section, on one named scale."""

    model_config = ConfigDict(extra="forbid")
    scale: str
    marbling: float
    color: float
    texture: float
    surface_moisture: float
    overall: float


class NewSample(BaseModel):
    """One schema for page, API and workbook."""

    model_config = ConfigDict(extra="forbid")
    trace_number: Line
    species: Literal["cattle", "pig"]
    primal_cut: Line
    secondary_cut: Line
    breed: Line | None = None
    sex: Line | None = None
    grade: Line | None = None
    bms: Annotated[int, Field(ge=1, le=9)] | None = None
    graded_on: date | None = None
    slaughtered_on: date
    born_on: date | None = None
    farm_address: Line | None = None
    farmer_name: Line | None = None
    captured_at: Instant | None = None
    scores: RawScores | None = None
    photo: PhotoPromise | None = None


class FreshSample(NewSample):
    """As it is recorded in the field: never without its photo and its five scores."""

    scores: RawScores
    photo: PhotoPromise


def check(new: NewSample, catalogue: Catalogue, today: date) -> list[Finding]:
    """Everything that is wrong with it, beyond the form of the single fields."""
    trace = trace_numbers.parse(new.trace_number)
    return [
        *_check_trace(new, trace),
        *_check_choices(new, catalogue),
        *_check_dates(new, today),
        *_check_scores(new.scores, catalogue),
    ]


def _check_trace(new: NewSample, trace: TraceNumber | None) -> list[Finding]:
    if trace is None:
        return [Finding("trace_number", "trace_form")]
    if trace.species not in (None, new.species):
        return [Finding("trace_number", "trace_species", {"species": trace.species})]
    return []


def _check_choices(new: NewSample, catalogue: Catalogue) -> list[Finding]:
    known = {
        "primal_cut": catalogue.find("primal_cuts", new.primal_cut, new.species),
        "secondary_cut": catalogue.find("secondary_cuts", new.secondary_cut, new.species, new.primal_cut),
        "breed": new.breed is None or catalogue.find("breeds", new.breed, new.species),
        "sex": new.sex is None or catalogue.find("sexes", new.sex),
        "grade": new.grade is None or catalogue.find("grades", new.grade, new.species),
    }
    findings = [Finding(field, f"{field}_unknown") for field, found in known.items() if not found]
    if new.bms is not None and new.species != "cattle":
        findings.append(Finding("bms", "bms_only_cattle"))
    return findings


def _check_dates(new: NewSample, today: date) -> list[Finding]:
    in_order = (("born_on", new.born_on), ("slaughtered_on", new.slaughtered_on), ("graded_on", new.graded_on))
    findings = [Finding(field, "in_the_future") for field, day in in_order if day is not None and day > today]
    if new.born_on is not None and new.born_on >= new.slaughtered_on:
        findings.append(Finding("born_on", "born_after_slaughter"))
    if new.graded_on is not None and new.graded_on < new.slaughtered_on:
        findings.append(Finding("graded_on", "graded_before_slaughter"))
    return findings


def _check_scores(scores: RawScores | None, catalogue: Catalogue) -> list[Finding]:
    if scores is None:
        return []
    scale = catalogue.find("scales", scores.scale)
    if scale is None:
        return [Finding("scores.scale", "unknown_choice")]
    return off_scale({f"scores.{name}": getattr(scores, name) for name in RAW_SCORES}, scale)


def off_scale(scores: dict[str, float], scale: Entry) -> list[Finding]:
    """One finding for each score that lies outside the scale or between its steps."""
    low, high, step = scale.minimum or 0.0, scale.maximum or 0.0, scale.step or 1.0
    return [
        Finding(field, "off_scale", {"minimum": low, "maximum": high, "step": step})
        for field, score in scores.items()
        if not low <= score <= high or abs((steps := (score - low) / step) - round(steps)) > 1e-6
    ]
