"""Worlds of samples to count: drawn by a seed, stored in the real database, and kept as tables to count by hand.

Each world has a year of slaughter to itself, so that `world.wanted` leaves it alone of all that is stored.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import numpy as np
import pandas as pd
from sqlalchemy import delete, func, insert, or_

from core import audit, ids
from core.db import transaction
from core.policy import Actor
from core.statistics import facts, snapshots
from core.tables import AuditEvent, Evaluation, Measurement, Review, Round, Sample
from core.tables.samples import HEATED_SCORES, RAW_SCORES
from tests.makers import make_user

PROVINCES = ("KR-11", "KR-29", "KR-41", "KR-42", "KR-46", "KR-47", "KR-49", None)
CUTS = (("loin", "ribeye_roll"), ("loin", "lower_sirloin"), ("striploin", "striploin"), ("shank", "heel"))
PIG_CUTS = (("belly", "belly"), ("loin", "loin"))
GRADES = {"cattle": ("1++", "1+", "1", "2", "3", None), "pig": ("1+", "1", "2", None)}
BREEDS = {"cattle": ("hanwoo", "beef_cattle", None), "pig": ("lyd", "duroc", None)}
USUAL = {
    "ph": (5.6, 0.1), "l_star": (33, 3), "a_star": (18, 2), "b_star": (8, 1.5), "wbsf_kgf": (4.5, 1),
    "cooking_loss": (23, 3), "crude_fat": (12, 5), "et_sourness": (-9.6, 0.4), "et_umami": (1.3, 0.15),
}  # fmt: skip
MEASURES = tuple(USUAL)
FIRST_YEAR, WORLDS = 1902, 49


def _free_years() -> Iterator[int]:
    """Years in which no world is that is still in use; each second one, as some samples are approved the year after."""
    for n in count():
        year = FIRST_YEAR + 2 * (n % WORLDS)
        _clear(year)
        yield year


_years = _free_years()


@dataclass
class World:
    """What is stored, as tables; columns are those of core.tables, with None or NaN where nothing is known.

    samples also has `animal` (the trace number), `approved_at` (None unless approved); evaluations have `rater`.
    """

    year: int
    people: list[Actor]
    samples: pd.DataFrame
    rounds: pd.DataFrame
    evaluations: pd.DataFrame
    measurements: pd.DataFrame
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def wanted(self) -> dict[str, Any]:
        """The filter that leaves this world."""
        return {"first": date(self.year, 1, 1), "last": date(self.year, 12, 31)}

    def of_samples(self, table: pd.DataFrame, **equal: Any) -> pd.DataFrame:
        """The rows of a table with the columns of their samples (named s_...), of samples that equal what is said."""
        samples = self.samples
        for name, value in equal.items():
            samples = samples[samples[name] == value]
        return table.merge(samples.add_prefix("s_"), left_on="sample_id", right_on="s_id")


def make_world(
    seed: int, n: int = 200, *, animals: float = 0.6, rounds: int = 3, processed: float = 0.5, raters: int = 4,
    pigs: float = 0.2, missing: float = 0.1,
    statuses: tuple[str, ...] = ("approved", "approved", "approved", "pending"),
    scales: tuple[str, ...] = ("1-10",),
) -> World:  # fmt: skip
    """Draws a world and stores it: unbalanced groups, ties, missing values, animals with several samples.

    Args:
        animals: how many animals for each sample.
        processed: share of the approved samples that have 1 to `rounds` rounds of processing.
        raters: how many tasters score each heated round; each scores some rounds twice (replicate 2).
        missing: share of single values that are empty.
    """
    rng = np.random.default_rng(seed)
    year, people = next(_years), [make_user("researcher") for _ in range(2)]
    samples = _samples(rng, n, year, animals, pigs, missing, statuses)
    steps = _rounds(rng, samples, rounds, processed)
    world = World(year, people, samples, steps, _evaluations(rng, samples, steps, raters, missing, scales),
                  _measurements(rng, samples, steps, missing))  # fmt: skip
    store(world)
    return world


def _clear(year: int) -> None:
    """Removes the samples of a year; not through core, so that statistics have to begin anew."""
    of_year = [func.extract("year", day) == year for day in (Sample.slaughtered_on, Sample.received_at)]
    with transaction() as session:
        removed: Any = session.execute(delete(Sample).where(or_(*of_year)))
    if removed.rowcount:
        read_anew()


def read_anew() -> None:
    """Statistics begin anew: what was written behind the back of core, they need not notice."""
    facts.forget()
    shutil.rmtree(snapshots._home())


def store(world: World) -> None:
    """Writes a world's tables; samples get one event of history each, as everything that is written has."""
    maker, second = world.people[:2]
    scores = world.evaluations.drop(columns="rater", errors="ignore")
    with transaction() as session:
        for table, rows in (
            (Sample, _sample_rows(world.samples, maker)),
            (Review, _review_rows(world.samples, second)),
            (Round, [row | {"created_by": maker.id} for row in records(world.rounds)]),
            (Evaluation, [row | {"evaluator": maker.id} for row in records(scores)]),
            (Measurement, [row | {"measured_by": maker.id} for row in records(world.measurements)]),
            (AuditEvent, [_event(sample_id, maker) for sample_id in world.samples["id"]]),
        ):  # fmt: skip
            if rows:
                session.execute(insert(table), rows)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as Python holds them: empty is None, numbers are Python's."""
    plain = table.astype(object).where(table.notna(), None)
    return [
        {str(k): v.item() if isinstance(v, np.generic) else v.to_pydatetime() if isinstance(v, pd.Timestamp) else v
         for k, v in row.items()}
        for row in plain.to_dict("records")
    ]  # fmt: skip


def _samples(
    rng: np.random.Generator, n: int, year: int, animals: float, pigs: float, missing: float, statuses: tuple[str, ...]
) -> pd.DataFrame:  # fmt: skip
    herd = max(1, int(n * animals))
    is_pig = rng.random(herd) < pigs
    numbers = [f"{'1' if pig else '002'}{rng.integers(10**8, 10**9):09}{'00' if pig else ''}" for pig in is_pig]
    rows = []
    for animal in rng.integers(0, herd, n):
        own = np.random.default_rng([int(animal), year])  # what belongs to the animal is the same for all its samples
        species = "pig" if is_pig[animal] else "cattle"
        grade = own.choice(np.array(GRADES[species], object), p=_skewed(len(GRADES[species])))
        slaughtered = date(year, 1, 1) + timedelta(days=int(own.integers(0, 365)))
        received = datetime(year, 1, 2, tzinfo=UTC) + timedelta(minutes=int(rng.integers(0, 525_000)))
        cut = (CUTS if species == "cattle" else PIG_CUTS)[rng.integers(0, 4 if species == "cattle" else 2)]
        status = str(rng.choice(statuses))
        rows.append({
            "id": ids.new(), "animal": numbers[animal], "status": status, "species": species, "primal_cut": cut[0],
            "secondary_cut": cut[1], "breed": own.choice(np.array(BREEDS[species], object)),
            "sex": own.choice(np.array(["female", "castrated", "male", None], object), p=[0.3, 0.5, 0.15, 0.05]),
            "grade": grade, "bms": _bms(own, grade, species, missing),
            "province": own.choice(np.array(PROVINCES, object), p=_skewed(len(PROVINCES))),
            "slaughtered_on": slaughtered, "received_at": received,
            "approved_at": received + timedelta(hours=int(rng.integers(1, 900))) if status == "approved" else None,
            **{name: round(float(own.normal(mean, mean / 8)), 1) if own.random() < 0.6 else None for name, mean in
               (("carcass_weight_kg", 450), ("backfat_mm", 15), ("ribeye_area_cm2", 92))},
        })  # fmt: skip
    columns = [
        "id", "animal", "status", "species", "primal_cut", "secondary_cut", "breed", "sex", "grade", "bms", "province",
        "slaughtered_on", "received_at", "approved_at", "carcass_weight_kg", "backfat_mm", "ribeye_area_cm2",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns).astype({"bms": "Int64"})


def _bms(rng: np.random.Generator, grade: Any, species: str, missing: float) -> int | None:
    if species == "pig" or rng.random() < missing:
        return None
    return int({"1++": 8, "1+": 6, "1": 5, "2": 3, "3": 1}.get(str(grade), 4) + rng.integers(0, 2))


def _skewed(k: int) -> np.ndarray[Any, Any]:
    weights = 0.6 ** np.arange(k)
    result: np.ndarray[Any, Any] = weights / weights.sum()
    return result


def _rounds(rng: np.random.Generator, samples: pd.DataFrame, most: int, processed: float) -> pd.DataFrame:
    rows = []
    for sample in samples.itertuples():
        rows.append({"sample_id": sample.id, "seq": 0, "method": None, "started_at": None, "minutes": None})
        if sample.status == "approved" and rng.random() < processed:
            at = sample.approved_at
            for seq in range(1, int(rng.integers(1, most + 1)) + 1):
                at += timedelta(days=int(rng.integers(1, 4)))
                minutes = int(rng.choice([60, 90, 120]))
                rows.append(
                    {"sample_id": sample.id, "seq": seq, "method": "deep_aging", "started_at": at, "minutes": minutes}
                )
    return pd.DataFrame(rows, columns=["sample_id", "seq", "method", "started_at", "minutes"]).astype(
        {"minutes": "Int64"}
    )


def _evaluations(
    rng: np.random.Generator, samples: pd.DataFrame, rounds: pd.DataFrame, raters: int, missing: float,
    scales: tuple[str, ...],
) -> pd.DataFrame:  # fmt: skip
    rows, by_id = [], samples.set_index("id")
    for step in rounds.itertuples():
        sample = by_id.loc[step.sample_id]
        level = rng.normal(5.5, 1.5) + 0.4 * step.seq
        begun = datetime.combine(sample["slaughtered_on"], datetime.min.time(), UTC) + timedelta(hours=5)
        at = begun + timedelta(days=3 * step.seq, hours=int(rng.integers(0, 60)))
        for preparation, names, people in (("raw", RAW_SCORES, 1), ("heated", HEATED_SCORES, raters)):
            if preparation == "heated" and sample["status"] != "approved":
                continue
            scale = str(rng.choice(scales))
            for rater in range(people):
                for replicate in range(1, 2 + int(rng.random() < 0.2)):
                    rows.append({
                        "id": uuid4(), "sample_id": step.sample_id, "seq": step.seq, "preparation": preparation,
                        "panelist": f"P{rater + 1}", "rater": f"P{rater + 1}", "replicate": replicate,
                        "day": int(rng.choice([0, 0, 3, 7])) if preparation == "heated" else 0, "scale": scale,
                        "evaluated_at": at, **_scores(rng, names, level + 0.3 * rater, missing, scale),
                    })  # fmt: skip
    columns = [
        "id", "sample_id", "seq", "preparation", "panelist", "rater", "replicate", "day", "scale", "evaluated_at",
        *RAW_SCORES, *HEATED_SCORES,
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns)
    place = ["sample_id", "seq", "preparation", "panelist", "replicate", "day"]
    return table.drop_duplicates(place, ignore_index=True).astype(dict.fromkeys(RAW_SCORES + HEATED_SCORES, float))


def _scores(
    rng: np.random.Generator, names: tuple[str, ...], level: float, missing: float, scale: str
) -> dict[str, Any]:
    low, high = map(int, scale.split("-"))
    values = np.clip(np.round(2 * (level + rng.normal(0, 1, len(names)))) / 2, low, high)
    if scale != "1-10":
        values = np.round(values)
    return {name: float(value) if rng.random() >= missing else None for name, value in zip(names, values, strict=True)}


def _measurements(
    rng: np.random.Generator, samples: pd.DataFrame, rounds: pd.DataFrame, missing: float
) -> pd.DataFrame:  # fmt: skip
    rows = []
    approved = set(samples.loc[samples["status"] == "approved", "id"])
    for step in rounds.itertuples():
        if step.sample_id not in approved:
            continue
        for preparation in ("raw", "heated"):
            for replicate in range(1, 1 + int(rng.integers(1, 4))):
                values = {name: _measured(rng, name) if rng.random() >= missing else None for name in MEASURES}
                place = {"sample_id": step.sample_id, "seq": step.seq, "preparation": preparation}
                at = {"replicate": replicate, "measured_at": datetime(2020, 1, 1, tzinfo=UTC)}
                rows.append({"id": uuid4(), **place, **at, **values})
    columns = ["id", "sample_id", "seq", "preparation", "replicate", "measured_at", *MEASURES]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(MEASURES, float))


def _measured(rng: np.random.Generator, name: str) -> float:
    """Never below zero but for the electronic tongue."""
    value = rng.normal(*USUAL[name])
    return round(float(value if name.startswith("et_") else abs(value)), 2)


def _sample_rows(samples: pd.DataFrame, maker: Actor) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in row.items() if name not in ("animal", "approved_at")}
        | {"trace_number": row["animal"], "trace_kind": row["species"], "source": "generated", "version": 1,
           "submitted_at": row["received_at"], "edit_window_from": row["received_at"], "created_by": maker.id,
           "submission_hash": row["id"]}
        for row in records(samples)
    ]  # fmt: skip


def _review_rows(samples: pd.DataFrame, reviewer: Actor) -> list[dict[str, Any]]:
    return [
        {"id": uuid4(), "sample_id": row["id"], "sample_version": 1, "decision": "approved", "reviewed_by": reviewer.id,
         "reviewed_at": row["approved_at"]}
        for row in records(samples) if row["approved_at"] is not None
    ]  # fmt: skip


def _event(sample_id: str, maker: Actor) -> dict[str, Any]:
    event = AuditEvent(
        subject_type="sample", subject_id=sample_id, position=1, at=datetime(2020, 1, 1, tzinfo=UTC), actor_id=maker.id,
        actor_role=maker.role, action="sample.create_fresh", reason=None, before=None, after=None, previous_hash="",
    )  # fmt: skip
    names = ("subject_type", "subject_id", "position", "at", "actor_id", "actor_role", "action", "previous_hash")
    return {name: getattr(event, name) for name in names} | {"hash": audit.event_hash(event)}
