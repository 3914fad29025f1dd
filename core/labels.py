"""What people and instruments found of the meat in a photo: grade of the carcass, scores and values of the round.

A score is the mean over the people who gave one on the day of the round, each of them with the mean of their
replicates; all of one scale, raw and heated scores together, since both tell of the same piece. A value is the mean of
its replicates in the preparation that it is measured in.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Select, Subquery, Text, bindparam, func, select, tuple_
from sqlalchemy.orm import Session

from core.tables import Evaluation, Measurement, Photo, Sample
from core.tables.samples import HEATED_SCORES, RAW_SCORES

SCORES = RAW_SCORES + HEATED_SCORES
BMS = "bms"
# value -> preparations in which it is measured; the first one counts in which there is any
MEASURED_IN = {"wbsf_kgf": ("heated", "raw"), "crude_fat": ("raw",)}
VALUES = (BMS, *MEASURED_IN)
OF_PHOTO = (Photo.id, Photo.sample_id, Photo.seq, Sample.grade, Sample.bms)
Place = tuple[str, int]  # sample and seq


@dataclass(frozen=True)
class Measured:
    """Scores on the scale that was asked for; values in the units of the catalogue. What nobody knows is absent."""

    grade: str | None = None
    scores: dict[str, float] = field(default_factory=dict)
    values: dict[str, float] = field(default_factory=dict)


def scale_key(scale: tuple[float, float]) -> str:
    """How the catalogue names a scale from its lowest to its highest score."""
    return "{:g}-{:g}".format(*scale)


def scale_ends(key: str) -> tuple[float, float]:
    """Its lowest and highest score; raises ValueError where the key names none."""
    low, high = (float(end) for end in key.split("-"))
    return low, high


def scores(scale: str | BindParameter[str], *within: ColumnElement[bool]) -> Subquery:
    """sample_id, seq, the ten scores, n_raw and n_heated: how many people gave raw and heated ones.

    Args:
        within: conditions on Evaluation that narrow what is read.
    """
    person = (
        select(
            Evaluation.sample_id,
            Evaluation.seq,
            Evaluation.preparation,
            *(func.avg(getattr(Evaluation, name)).label(name) for name in SCORES),
        )
        .where(Evaluation.scale == scale, Evaluation.day == 0, Evaluation.seq >= 0, *within)
        .group_by(
            Evaluation.sample_id, Evaluation.seq, Evaluation.preparation, Evaluation.evaluator, Evaluation.panelist
        )
        .subquery()
    )
    counts = (
        func.count().filter(person.c.preparation == preparation).label(f"n_{preparation}")
        for preparation in ("raw", "heated")
    )
    means = (func.avg(person.c[name]).label(name) for name in SCORES)
    return (
        select(person.c.sample_id, person.c.seq, *means, *counts).group_by(person.c.sample_id, person.c.seq).subquery()
    )


def values(*within: ColumnElement[bool]) -> Subquery:
    """sample_id, seq, and what MEASURED_IN names.

    Args:
        within: conditions on Measurement that narrow what is read.
    """
    return (
        select(Measurement.sample_id, Measurement.seq, *(_value(*each) for each in MEASURED_IN.items()))
        .where(Measurement.seq >= 0, *within)
        .group_by(Measurement.sample_id, Measurement.seq)
        .subquery()
    )


def _value(name: str, preparations: tuple[str, ...]) -> ColumnElement[float]:
    column = getattr(Measurement, name)
    means = [func.avg(column).filter(Measurement.preparation == preparation) for preparation in preparations]
    return (func.coalesce(*means) if len(means) > 1 else means[0]).label(name)


def of_photos(session: Session, photo_ids: Collection[UUID], scale: str) -> dict[UUID, Measured]:
    """What was found of the rounds of some photos."""
    query = select(*OF_PHOTO).join(Sample, Sample.id == Photo.sample_id).where(Photo.id.in_(photo_ids))
    return of_rows(session, session.execute(query).all(), scale)


def of_rows(session: Session, photos: Sequence[Any], scale: str) -> dict[UUID, Measured]:
    """The same of rows that have OF_PHOTO: in two short queries, however many they are."""
    places = {(row.sample_id, row.seq) for row in photos}
    scored, valued = (_by_place(session, *each, places=places, scale=scale) for each in _of_places())
    found = {}
    for row in photos:
        place = (row.sample_id, row.seq)
        bms = {} if row.bms is None else {BMS: float(row.bms)}
        found[row.id] = Measured(row.grade, scored.get(place, {}), bms | valued.get(place, {}))
    return found


@cache
def _of_places() -> tuple[tuple[Select[Any], tuple[str, ...]], ...]:
    """The two queries and what they give, built once: building them would take longer than answering them."""
    places: BindParameter[Any] = bindparam("places", expanding=True)
    scored = scores(bindparam("scale", type_=Text), tuple_(Evaluation.sample_id, Evaluation.seq).in_(places))
    valued = values(tuple_(Measurement.sample_id, Measurement.seq).in_(places))
    return (select(scored), SCORES), (select(valued), tuple(MEASURED_IN))


def _by_place(
    session: Session, query: Select[Any], names: tuple[str, ...], **given: Any
) -> dict[Place, dict[str, float]]:
    return {
        (row.sample_id, row.seq): {name: value for name in names if (value := getattr(row, name)) is not None}
        for row in session.execute(query, given)
    }
