"""What a new sample is made of: one schema for page, API and workbook."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from core.inputs import Instant, Line


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
    """One cut from one animal or bundle. Carcass weight in kg, backfat in mm, ribeye area in cm2.

    `confirmed_warnings` names what looks implausible and is right all the same, each as "field:code".
    """

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
    carcass_weight_kg: Annotated[float, Field(ge=10, le=1500)] | None = None
    backfat_mm: Annotated[float, Field(ge=0, le=200)] | None = None
    ribeye_area_cm2: Annotated[float, Field(ge=5, le=300)] | None = None
    farm_address: Line | None = None
    farmer_name: Line | None = None
    captured_at: Instant | None = None
    scores: RawScores | None = None
    photo: PhotoPromise | None = None
    confirmed_warnings: Annotated[list[Line], Field(max_length=50)] = []


class FreshSample(NewSample):
    """As it is recorded in the field: never without its photo and its five scores."""

    scores: RawScores
    photo: PhotoPromise
