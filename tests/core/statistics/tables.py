"""Samples written down row by row, and what else worlds may hold: for tests of single cases."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import numpy as np
import pandas as pd
from sqlalchemy import bindparam, insert, text, update

from core import ids
from core.db import engine, transaction
from core.statistics import Part
from core.tables import Base, Photo, Sample
from tests.makers import make_user
from tests.worlds import World, _years, store

USUAL = {
    "status": "approved", "species": "cattle", "primal_cut": "rib", "secondary_cut": "rib_end", "breed": "hanwoo",
    "sex": "castrated", "grade": "1", "bms": 5, "province": "KR-42",
}  # fmt: skip
NO_ROUNDS = pd.DataFrame(columns=["sample_id", "seq", "method", "started_at", "minutes"])


def write(rows: Sequence[Mapping[str, Any]], rounds: pd.DataFrame = NO_ROUNDS) -> World:
    """Stores samples; what a row does not say is usual. An approved one was approved an hour after it came."""
    year, people = next(_years), [make_user("researcher") for _ in range(2)]
    made = []
    for number, row in enumerate(rows):
        full = {"id": ids.new(), "animal": f"002{year:04}{number:05}", "slaughtered_on": date(year, 6, 1)} | USUAL | row
        full.setdefault("received_at", datetime(year, 6, 2, tzinfo=UTC))
        approved = full["received_at"] + timedelta(hours=1) if full["status"] == "approved" else None
        made.append({"approved_at": approved} | full)
    samples = pd.DataFrame(made, columns=None if made else ["id", "animal", "approved_at", *USUAL])
    world = World(year, people, samples, rounds, pd.DataFrame(), pd.DataFrame())
    store(world)
    return world


def enrich(world: World, seed: int) -> None:
    """Draws what worlds leave empty: days of birth, addresses, verified numbers, photos, warnings; some of each."""
    rng, samples = np.random.default_rng(seed), world.samples
    n = len(samples)
    world.samples = samples.assign(
        born_on=np.where(rng.random(n) < 0.7, date(world.year - 3, 1, 1), None),
        farm_address=np.where(rng.random(n) < 0.5, "강원특별자치도 횡성군", None),
        trace_verified=rng.random(n) < 0.4,
        has_photo=rng.random(n) < 0.8,
    )
    for name in ("born_on", "farm_address", "trace_verified"):
        change(Sample, name, dict(zip(world.samples["id"], world.samples[name], strict=True)))
    for sample_id in world.samples.loc[world.samples["has_photo"].astype(bool), "id"]:
        add_photo(world, sample_id, f"{sample_id:0>64}")


def change(table: type[Base], column: str, values: Mapping[Any, Any]) -> None:
    """Sets a column of some rows, by id, before anything is counted."""
    if values:
        known = table.__table__
        wanted = update(known).where(known.c.id == bindparam("key")).values({column: bindparam("value")})
        rows = [{"key": key, "value": None if is_empty(value) else value} for key, value in values.items()]
        with transaction() as session:
            session.connection().execute(wanted, rows)


def is_empty(value: Any) -> bool:
    return value is None or value != value  # noqa: PLR0124  (NaN differs from itself)


def add_photo(world: World, sample_id: str, sha256: str, state: str = "stored") -> None:
    photo = {
        "id": uuid4(), "sample_id": sample_id, "seq": 0, "preparation": "raw", "state": state, "storage_key": "k",
        "sent_sha256": sha256, "sha256": sha256, "uploaded_by": world.people[0].id,
    }  # fmt: skip
    with transaction() as session:
        if not session.scalar(text("select true from rounds where (sample_id, seq) = (:id, 0)"), {"id": sample_id}):
            session.execute(
                text("insert into rounds (sample_id, seq, created_by, created_at) values (:id, 0, :by, now())"),
                {"id": sample_id, "by": world.people[0].id},
            )
        session.execute(insert(Photo), [photo])


def stored() -> pd.DataFrame:
    """All samples as the database has them, whoever wrote them; instants in UTC."""
    query = text("select *, trace_number as animal from samples where deleted_at is null")
    with engine().connect() as connection:
        return pd.read_sql(query, connection)


def in_seoul(instants: pd.Series) -> pd.Series:
    """The calendar days of instants in Seoul."""
    return pd.to_datetime(instants, utc=True).dt.tz_convert("Asia/Seoul").dt.date


def narrowed(wanted: Mapping[str, Any], part: Part, row: int) -> dict[str, Any]:
    """The filter that a row of a part stands for."""
    return {name: value for name, value in {**wanted, **(part.narrows[row] or {})}.items() if value is not None}
