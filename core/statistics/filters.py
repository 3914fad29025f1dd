"""What the samples, scores and values are narrowed to before anything is counted: one filter for all views."""

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from core import regions
from core.catalogue import Catalogue
from core.errors import Finding
from core.inputs import Line
from core.samples.lists import UNKNOWN, Day
from core.statistics.contents import Content

Period = Literal["slaughtered", "received", "submitted", "approved"]
# Of raw meat, then of heated meat: core.tables.samples.SCORES as a type.
Score = Literal[
    "marbling", "color", "texture", "surface_moisture", "overall",
    "flavor", "juiciness", "tenderness", "umami", "palatability",
]  # fmt: skip
Round = Annotated[str, StringConstraints(pattern="^(raw|processed|[1-9][0-9]{0,2})$")]
# field -> the catalogue that its keys come from; those that a sample may lack can be asked for as "unknown", too.
CHOICES = {
    "species": "species", "primal_cut": "primal_cuts", "secondary_cut": "secondary_cuts", "grade": "grades",
    "sex": "sexes", "breed": "breeds", "province": "provinces", "scale": "scales",
}  # fmt: skip
MAY_LACK = ("grade", "sex", "breed", "province")


class StatisticsFilter(BaseModel):
    """Days are calendar days in Seoul, both ends included, of whatever `period` names.

    `round` is "raw", "processed" (any round of processing) or a number; it and `preparation` and `scale` narrow scores
    and measured values, all else narrows samples. Scores of different scales are never put together: without `scale`
    the one that most of the scores are on is taken.
    """

    model_config = ConfigDict(extra="forbid")
    period: Period = "slaughtered"
    first: Day | None = None
    last: Day | None = None
    status: Literal["approved", "pending", "rejected", "all"] = "approved"
    species: Line | None = None
    primal_cut: Line | None = None
    secondary_cut: Line | None = None
    grade: Annotated[Line | None, Field(description='The key of a grade, or "unknown".')] = None
    bms: Annotated[int, Field(ge=1, le=9)] | None = None
    sex: Annotated[Line | None, Field(description='The key of a sex, or "unknown".')] = None
    breed: Annotated[Line | None, Field(description='The key of a breed, or "unknown".')] = None
    province: Annotated[
        Line | None, Field(description='The key of a province or of a unit since 2026-07 ("12"), or "unknown".')
    ] = None
    processing: Literal["fresh", "processed"] | None = None
    has: Annotated[Content | None, Field(description="What the samples have.")] = None
    lacks: Annotated[Content | None, Field(description="What the samples could have and have not.")] = None
    rounds: Annotated[int, Field(ge=0, le=200, description="How many rounds of processing a sample has.")] | None = None
    round: Annotated[Round | None, Field(description='"raw", "processed", or the number of a round.')] = None
    preparation: Literal["raw", "heated"] | None = None
    scale: Line | None = None


def days_of_month(wanted: StatisticsFilter, month: date) -> dict[str, date]:
    """`first` and `last` that leave a month, which is said by its first day, of what a filter leaves."""
    last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return {"first": max(month, wanted.first or month), "last": min(last, wanted.last or last)}


def check(wanted: StatisticsFilter, known: Catalogue) -> list[Finding]:
    """What is wrong with a filter that has the right form."""
    findings = [
        Finding(field, "unknown_choice")
        for field, kind in CHOICES.items()
        if (key := getattr(wanted, field)) is not None
        and not (key == UNKNOWN and field in MAY_LACK)
        and key not in {entry.key for entry in getattr(known, kind)}
        and not (field == "province" and key in regions.units())
    ]
    if wanted.first and wanted.last and wanted.first > wanted.last:
        findings.append(Finding("last", "before_first"))
    return findings
