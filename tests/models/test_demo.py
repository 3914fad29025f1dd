"""The demonstration as it is stored: what was drawn, through the actions of people, and the same when stored again."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from core import clock
from core.db import transaction
from core.policy import Actor
from core.tables import AuditEvent, Base, Evaluation, Measurement, Round, Sample
from core.tables.samples import HEATED_SCORES, MEASURES
from models import demo
from models.demo_samples import DemoSample, demo_samples
from models.demo_values import SCALE, Tasting
from tests.makers import jpeg, make_user


@pytest.fixture(scope="module")
def people(servers: dict[str, str]) -> dict[str, Actor]:
    return {role: make_user(role) for role in ("normal", "researcher")}


def wanted(name: str) -> DemoSample:
    """The first of the demonstration with something of interest."""
    rules = {
        "kept": lambda s: s.status == "approved" and any(t.day for t in last(s)) and len(s.rounds) > 1,
        "another scale": lambda s: s.scale != SCALE and s.tastings and s.status == "approved",
        "a table": lambda s: len({t.panelist for t in s.tastings}) == 4 and s.status == "approved",
        "replicates": lambda s: len(s.analyses) == 6 and s.rounds and s.e_tongue,
        "rejected": lambda s: s.status == "rejected",
        "pending": lambda s: s.status == "pending",
    }
    return next(s for s in demo_samples(1000, demo.SEED, clock.today()) if rules[name](s))


def last(sample: DemoSample) -> tuple[Tasting, ...]:
    return sample.rounds[-1].tastings if sample.rounds else sample.tastings


def rows(table: type[Base], sample_id: str) -> list[Any]:
    with transaction() as session:
        return list(session.scalars(select(table).filter_by(sample_id=sample_id)))


@pytest.mark.parametrize("name", ["kept", "another scale", "a table", "replicates", "rejected", "pending"])
def test_what_was_drawn_is_stored_once(people: dict[str, Actor], name: str) -> None:
    sample = wanted(name)
    sample_id = demo._sample_id(sample.number)
    pictures = [jpeg() for _ in range(1 + len(sample.rounds))]
    demo._store(people, sample, pictures)
    before = history(sample_id)
    demo._store(people, sample, pictures)  # as after a stop half-way
    assert history(sample_id) == before
    assert before == sorted(before)
    assert before[-1] <= clock.now()
    with transaction() as session:
        stored = session.get_one(Sample, sample_id)
        assert (stored.status, stored.source) == (sample.status, "generated")
        assert stored.carcass_weight_kg == sample.carcass_weight_kg
    assert len(rows(Round, sample_id)) == 1 + len(sample.rounds)

    is_approved = sample.status == "approved"
    parts = [(0, sample), *((part.seq, part) for part in sample.rounds)] if is_approved else []
    said = {(seq, t.panelist, t.replicate, t.day, t.scale): t.scores for seq, part in parts for t in part.tastings}
    heated = {
        (row.seq, row.panelist, row.replicate, row.day, row.scale): given(row, HEATED_SCORES)
        for row in rows(Evaluation, sample_id)
        if row.preparation == "heated"
    }
    assert heated == said
    assert {row.scale for row in rows(Evaluation, sample_id)} == {sample.scale}
    values = {(seq, one.preparation, one.replicate): one.values for seq, part in parts for one in part.analyses}
    if is_approved and sample.e_tongue:
        values[0, "raw", 1] = values.get((0, "raw", 1), {}) | sample.e_tongue
    measured = rows(Measurement, sample_id)
    assert {(row.seq, row.preparation, row.replicate): given(row, MEASURES) for row in measured} == values


def history(sample_id: str) -> list[datetime]:
    """When something happened to it, in the order in which it was recorded."""
    with transaction() as session:
        events = select(AuditEvent.at).filter_by(subject_id=sample_id).order_by(AuditEvent.position)
        return list(session.scalars(events))


def given(row: Any, names: Iterable[str]) -> dict[str, float]:
    return {name: value for name in names if (value := getattr(row, name)) is not None}
