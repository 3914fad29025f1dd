"""Statistics over approved samples, computed in the database; each function says what it counts."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Date, cast, func, select

from core.db import transaction
from core.policy import Actor, require
from core.tables import Sample


class StatisticsFilter(BaseModel):
    """What the samples are narrowed to; days are slaughter days, both ends included."""

    model_config = ConfigDict(extra="forbid")
    species: str | None = None
    slaughtered_from: date | None = None
    slaughtered_to: date | None = None


@dataclass(frozen=True)
class Regions:
    """Approved samples by province of the farm and month of slaughter.

    `by_month`: columns province (ISO 3166-2 key, None where the address tells none), month (first day),
    samples, animals. `by_province`: province, samples, animals. An animal is one trace number.
    """

    by_month: pd.DataFrame
    by_province: pd.DataFrame
    samples: int
    animals: int
    unknown_region: int


def regions(actor: Actor, wanted: StatisticsFilter) -> Regions:
    require(actor, "statistics.view")
    month = cast(func.date_trunc("month", Sample.slaughtered_on), Date).label("month")
    counts = (func.count().label("samples"), func.count(Sample.trace_number.distinct()).label("animals"))
    conditions = _conditions(wanted)
    with transaction() as session:
        # Distinct animals cannot be added up over months, so each level is counted on its own.
        by_month = session.execute(
            select(Sample.province, month, *counts).where(*conditions).group_by(Sample.province, month).order_by(month)
        ).mappings()
        by_province = session.execute(
            select(Sample.province, *counts).where(*conditions).group_by(Sample.province).order_by(counts[0].desc())
        ).mappings()
        totals = session.execute(select(*counts).where(*conditions)).one()
        frames = [pd.DataFrame([dict(row) for row in rows]) for rows in (by_month, by_province)]
    monthly = frames[0].reindex(columns=["province", "month", "samples", "animals"])
    provinces = frames[1].reindex(columns=["province", "samples", "animals"])
    unknown = provinces.loc[provinces["province"].isna(), "samples"].sum()
    return Regions(monthly, provinces, totals.samples, totals.animals, int(unknown))


def _conditions(wanted: StatisticsFilter) -> list[Any]:
    conditions = [Sample.status == "approved", Sample.deleted_at.is_(None)]
    if wanted.species:
        conditions.append(Sample.species == wanted.species)
    if wanted.slaughtered_from:
        conditions.append(Sample.slaughtered_on >= wanted.slaughtered_from)
    if wanted.slaughtered_to:
        conditions.append(Sample.slaughtered_on <= wanted.slaughtered_to)
    return conditions
