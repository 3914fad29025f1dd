"""Statistics: the same numbers as the pages."""

from datetime import date
from typing import Annotated, Any, Literal

import pandas as pd
from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.dependencies import CurrentActor
from core import statistics
from core.statistics import StatisticsFilter

router = APIRouter(prefix="/statistics", tags=["statistics"])


class Counts(BaseModel):
    samples: int
    animals: int


class ProvinceCounts(Counts):
    """`province` is an ISO 3166-2 key, or null where the farm's address tells none."""

    province: str | None


class MonthCounts(ProvinceCounts):
    """`month` is the first day of a month of slaughter."""

    month: date


class RegionStatistics(BaseModel):
    """Approved samples by province of the farm. An animal is one trace number; animals of months do not add up."""

    view: Literal["regions"] = "regions"
    filter: StatisticsFilter
    n: Counts
    missing: int
    rows: list[ProvinceCounts]
    by_month: list[MonthCounts]


@router.get("/regions", response_model=RegionStatistics)
def regions(actor: CurrentActor, wanted: Annotated[StatisticsFilter, Query()]) -> Any:
    """How many samples and animals come from each province."""
    found = statistics.regions(actor, wanted)
    return {
        "filter": wanted,
        "n": {"samples": found.samples, "animals": found.animals},
        "missing": found.unknown_region,
        "rows": _records(found.by_province),
        "by_month": _records(found.by_month),
    }


def _records(frame: pd.DataFrame) -> list[Any]:
    plain = frame.astype(object)
    return plain.where(plain.notna(), None).to_dict("records")
