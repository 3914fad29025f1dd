"""Filling a database with generated samples: the rows are such as the actions of core would have written."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import func, select

from core import accounts, audit, clock, evaluations, history, ids, measurements, samples
from core.db import transaction
from core.errors import SignInRefused
from core.evaluations import NewEvaluation
from core.measurements import NewMeasurement
from core.policy import Actor
from core.tables import AuditEvent, AuditHead, Evaluation, Measurement, Review, Round, Sample, User
from core.tables.samples import SCORES
from models import bulk_demo
from models.bulk_lives import COLUMNS, MEASURED, People
from models.bulk_values import draw
from tests.makers import fresh, make_user

COUNT, NOTHING = 300, "\\N"  # how COPY writes what is empty


@pytest.fixture(scope="module")
def made(servers: dict[str, str]) -> Sequence[Sample]:
    told: list[tuple[int, int]] = []
    bulk_demo.load(COUNT, more=True, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (COUNT, COUNT)
    with transaction() as session:
        authors = select(User.id).where(User.email.startswith("generated-normal-"))
        return session.scalars(select(Sample).where(Sample.created_by.in_(authors)).order_by(Sample.received_at)).all()


def test_a_database_with_samples_gets_no_more_unless_somebody_says_so(made: Sequence[Sample]) -> None:
    with pytest.raises(bulk_demo.NotEmpty):
        bulk_demo.load(1)


def test_there_are_as_many_as_asked_for_and_all_say_that_they_are_generated(made: Sequence[Sample]) -> None:
    assert len(made) == COUNT
    assert {sample.source for sample in made} == {"generated"}
    assert all(ids.parse(sample.id) == sample.id for sample in made)
    assert {sample.status for sample in made} == {"pending", "approved", "rejected"}
    assert all(sample.received_at < clock.now() for sample in made)


def test_the_history_of_each_is_chained_and_as_long_as_its_version_says(made: Sequence[Sample]) -> None:
    with transaction() as session:
        for sample in made:
            events = session.scalars(
                select(AuditEvent)
                .where(AuditEvent.subject_type == "sample", AuditEvent.subject_id == sample.id)
                .order_by(AuditEvent.position)
            ).all()
            assert [event.position for event in events] == list(range(1, sample.version + 1))
            assert [event.hash for event in events] == [audit.event_hash(event) for event in events]
            assert [event.previous_hash for event in events] == ["", *(event.hash for event in events[:-1])]
            assert session.get_one(AuditHead, ("sample", sample.id)).hash == events[-1].hash
            assert sample.updated_at == events[-1].at


def test_a_tenth_was_processed_tasted_and_measured(made: Sequence[Sample]) -> None:
    processed = [sample for sample in made if sample.has_rounds]
    assert 0.04 < len(processed) / COUNT < 0.2
    whole = samples.get(make_user("researcher"), processed[0].id)
    assert [part.seq for part in whole.rounds] == [0, 1, 2, 3]
    assert whole.rounds[0].evaluations[0].scores.keys() == {
        "marbling", "color", "texture", "surface_moisture", "overall"
    }  # fmt: skip
    for part in whole.rounds:
        assert {evaluation.preparation for evaluation in part.evaluations} == {"raw", "heated"}
        assert {measurement.preparation for measurement in part.measurements} == {"raw", "heated"}
    assert [part.started_at for part in whole.rounds[1:]] == sorted(part.started_at for part in whole.rounds[1:])


def test_what_is_said_to_be_there_is_there(made: Sequence[Sample]) -> None:
    with transaction() as session:
        for sample in made:
            counted = {
                name: session.scalar(select(func.count()).where(*conditions))
                for name, conditions in {
                    "heated": (Evaluation.sample_id == sample.id, Evaluation.preparation == "heated"),
                    "laboratory": (Measurement.sample_id == sample.id,),
                    "rounds": (Round.sample_id == sample.id, Round.seq > 0),
                    "reviews": (Review.sample_id == sample.id,),
                }.items()
            }
            assert counted["reviews"] == (sample.status != "pending")
            for name in ("heated", "laboratory", "rounds"):
                assert getattr(sample, f"has_{name}") == bool(counted[name])


def test_the_history_says_what_a_registration_of_core_says(made: Sequence[Sample]) -> None:
    author = make_user()
    carcass = {"carcass_weight_kg": 450, "backfat_mm": 14, "ribeye_area_cm2": 92}
    real = samples.register(author, ids.new(), fresh(captured_at="2026-03-06T01:00:00Z", **carcass)).sample
    manager = make_user("manager")
    of_core, generated = (
        {change.field for change in history.of_sample(manager, sample_id)[0].changes}
        for sample_id in (real.id, next(sample.id for sample in made if sample.backfat_mm and sample.province))
    )
    assert generated == of_core


def test_its_people_sign_in_nowhere(made: Sequence[Sample]) -> None:
    with transaction() as session:
        people = session.scalars(select(User).where(User.email.startswith("generated-"))).all()
    assert {person.state for person in people} == {"deactivated"}
    with pytest.raises(SignInRefused):
        accounts.sign_in(people[0].email, "a long enough password", "device")


def test_some_were_tasted_or_measured_twice_and_some_by_the_electronic_tongue(made: Sequence[Sample]) -> None:
    ids_made, counts = [sample.id for sample in made], []
    with transaction() as session:
        for table, condition in (
            (Evaluation, Evaluation.replicate == 2), (Measurement, Measurement.replicate == 2),
            (Measurement, Measurement.et_umami.is_not(None)),
        ):  # fmt: skip
            counts.append(session.scalar(select(func.count()).where(table.sample_id.in_(ids_made), condition)))
    assert all(counts)


@pytest.mark.parametrize("n", [1, 7, 60, 400, 3000])
def test_there_are_three_evaluations_a_sample_whatever_the_size(n: int) -> None:
    found = drawn_rows(n)["evaluations"]
    assert 3 * n <= len(found)
    assert n < 100 or len(found) < 3.5 * n


def test_what_looks_wrong_is_said_as_core_says_it() -> None:
    rows = drawn_rows(3000)
    species = {row["id"]: row["species"] for row in rows["samples"]}
    warned = {"evaluations": 0, "measurements": 0}
    for row in rows["measurements"]:
        values = {name: float(row[name]) for name in MEASURED if row[name] != NOTHING}
        new = NewMeasurement.model_validate(
            {"preparation": row["preparation"], "values": values, "measured_at": row["measured_at"]}
        )
        found = measurements.warn(new, species[row["sample_id"]])
        assert json.loads(row["warnings"]) == json.loads(json.dumps([asdict(finding) for finding in found]))
        warned["measurements"] += len(found)
    for row in rows["evaluations"]:
        if row["panelist"] == NOTHING and row["seq"] == "0":
            continue  # what came with the sample
        scores = {name: float(row[name]) for name in SCORES[row["preparation"]]}
        new_scores = NewEvaluation.model_validate(
            {"preparation": row["preparation"], "scale": row["scale"], "scores": scores, "evaluated_at": clock.now()}
        )
        found = evaluations.warn(new_scores, [])
        assert json.loads(row["warnings"]) == [asdict(finding) for finding in found]
        warned["evaluations"] += len(found)
    assert all(warned.values())


def drawn_rows(n: int) -> dict[str, list[dict[str, str]]]:
    """What would be stored of so many samples, by table."""
    people = People(*((Actor(UUID(int=number), "researcher", "", ""),) for number in (1, 2)))
    chunk = bulk_demo.make_chunk(bulk_demo.Task(1, 0, n, (0, 1), date(2026, 11, 24), people))
    return {
        table: [dict(zip(columns, line.split("\t"), strict=True)) for line in chunk[table].splitlines()]
        for table, columns in COLUMNS.items()
    }


def test_the_same_seed_and_day_draw_the_same() -> None:
    first, again = (draw(3, 1000, 50, (0, 1), date(2026, 11, 24)) for _ in range(2))
    assert first == again
    assert first.ids != draw(4, 1000, 50, (0, 1), date(2026, 11, 24)).ids
