"""Processing rounds: in order, without holes, only on approved samples; the last one goes to the recycle bin."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from core import evaluations, inputs, measurements, photos, rounds, samples
from core.db import transaction
from core.errors import BadInput, Conflict, NotAllowed, NotFound, NotLastRound, Stale, Unconfirmed, WrongState
from core.methods import METHODS
from core.policy import Actor
from core.rounds import NewRound
from core.samples import SampleView
from core.tables import AuditEvent, Evaluation, Measurement, Photo, Round
from tests.core.test_evaluations import new_evaluation
from tests.core.test_measurements import new_measurement
from tests.makers import jpeg, make_approved, make_sample, make_user

START = datetime(2026, 3, 8, 1, tzinfo=UTC)


def new_round(**changes: Any) -> NewRound:
    """A deep-aging round of 20 minutes, as usual as can be."""
    usual = {
        "method": "deep_aging", "started_at": START, "minutes": 20, "temperature_c": 5.0, "pressure_mpa": 1.0,
        "frequency_khz": 40.0,
    }  # fmt: skip
    return inputs.read(NewRound, usual | changes)


def later(n: int) -> datetime:
    return START + timedelta(days=n)


@pytest.fixture
def researcher() -> Actor:
    return make_user("researcher")


def with_rounds(actor: Actor, n: int) -> SampleView:
    sample = make_approved()
    for seq in range(1, n + 1):
        sample = rounds.add(actor, sample.id, seq, new_round(started_at=later(seq))).sample
    return sample


def events(sample_id: str, action: str) -> list[AuditEvent]:
    with transaction() as session:
        query = select(AuditEvent).filter_by(subject_id=sample_id, action=action)
        return list(session.scalars(query.order_by(AuditEvent.position)))


def refused(sample: SampleView, seq: int = 1, **changes: Any) -> dict[str, str]:
    with pytest.raises(BadInput) as refusal:
        rounds.add(make_user("researcher"), sample.id, seq, new_round(**changes))
    return {finding.field: finding.code for finding in refusal.value.findings}


def test_a_round_is_stored_as_it_was_sent_and_counts_as_a_change(researcher: Actor) -> None:
    sample = make_approved()
    sent = new_round(device="Bath 2", weight_before_g=400, weight_after_g=380, note="pack 7")
    made = rounds.add(researcher, sample.id, 1, sent)
    assert made.created
    stored = made.sample.rounds[1]
    assert {name: getattr(stored, name) for name in rounds.FIELDS} == {n: getattr(sent, n) for n in rounds.FIELDS}
    assert made.sample.version == sample.version + 1
    assert samples.get(researcher, sample.id) == made.sample
    (event,) = events(sample.id, "round.add")
    assert (event.actor_id, event.after["seq"], event.after["minutes"]) == (researcher.id, 1, 20)


def test_the_same_round_again_changes_nothing_and_another_one_is_a_conflict(researcher: Actor) -> None:
    sample = with_rounds(researcher, 1)
    again = rounds.add(researcher, sample.id, 1, new_round(started_at=later(1)))
    assert (again.created, again.sample) == (False, sample)
    with pytest.raises(Conflict):
        rounds.add(researcher, sample.id, 1, new_round())


@pytest.mark.parametrize("seq", [-1, 0, 2, 999, 10**9])
def test_rounds_have_no_holes(researcher: Actor, seq: int) -> None:
    with pytest.raises(Conflict):
        rounds.add(researcher, make_approved().id, seq, new_round())


def test_ten_people_adding_a_round_at_once_add_one() -> None:
    sample = make_approved()

    def add(n: int) -> str:
        try:
            return (
                "added" if rounds.add(make_user("researcher"), sample.id, 1, new_round(minutes=n)).created else "same"
            )
        except Conflict:
            return "conflict"

    with ThreadPoolExecutor(10) as pool:
        assert sorted(pool.map(add, range(1, 11))) == ["added", *["conflict"] * 9]


def test_only_staff_process_and_only_what_is_approved(researcher: Actor) -> None:
    author = make_user()
    pending = make_sample(author)
    with pytest.raises(WrongState):
        rounds.add(researcher, pending.id, 1, new_round())
    with pytest.raises(NotAllowed):
        rounds.add(author, pending.id, 1, new_round())
    with pytest.raises(NotFound):
        rounds.add(make_user(), pending.id, 1, new_round())


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"method": "frying"}, {"method": "unknown_choice"}),
        ({"minutes": 1441}, {"minutes": "too_large"}),
        ({"started_at": datetime(2026, 3, 4, 14, 59, tzinfo=UTC)}, {"started_at": "before_slaughter"}),
        ({"started_at": datetime(2099, 1, 1, tzinfo=UTC)}, {"started_at": "instant_in_the_future"}),
        ({"temperature_c": 20}, {"temperature_c": "unusual_value"}),
        ({"minutes": 300, "pressure_mpa": 0}, {"minutes": "unusual_value", "pressure_mpa": "unusual_value"}),
        ({"weight_before_g": 10, "weight_after_g": 9}, {f"weight_{w}_g": "unusual_value" for w in ("before", "after")}),
        ({"weight_before_g": 400, "weight_after_g": 401}, {"weight_after_g": "unusual_loss"}),
        ({"weight_before_g": 400, "weight_after_g": 200}, {"weight_after_g": "unusual_loss"}),
    ],
    ids=str,
)
def test_what_is_wrong_or_unusual_is_said_by_field(changes: dict[str, Any], found: dict[str, str]) -> None:
    assert refused(make_approved(), **changes) == found


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("minutes", 0, "too_small"), ("minutes", 172_801, "too_large"), ("minutes", 1.5, "not_a_number"),
        ("temperature_c", float("nan"), "not_a_number"), ("pressure_mpa", 1001, "too_large"),
        ("frequency_khz", -1, "too_small"), ("weight_before_g", 0, "too_small"), ("device", "x" * 201, "too_long"),
        ("started_at", "2026-03-08T10:00:00", "not_an_instant"), ("method", "", "missing"), ("seq", 1, "unknown_field"),
    ],
)  # fmt: skip
def test_each_field_has_its_bounds(field: str, value: Any, code: str) -> None:
    with pytest.raises(BadInput) as refusal:
        new_round(**{field: value})
    assert [(finding.field, finding.code) for finding in refusal.value.findings] == [(field, code)]


def test_aging_by_time_lasts_weeks(researcher: Actor) -> None:
    three_weeks = {"minutes": 21 * 1440, "temperature_c": 2, "pressure_mpa": None, "frequency_khz": None}
    made = rounds.add(researcher, make_approved().id, 1, new_round(method="dry_aging", **three_weeks))
    assert made.sample.rounds[1].warnings == []
    assert all(method.longest <= NewRound.model_fields["minutes"].metadata[1].le for method in METHODS.values())


def test_unusual_values_are_stored_once_they_are_confirmed(researcher: Actor) -> None:
    sample = make_approved()
    with pytest.raises(Unconfirmed):
        rounds.add(researcher, sample.id, 1, new_round(minutes=300))
    made = rounds.add(researcher, sample.id, 1, new_round(minutes=300, confirmed_warnings=["minutes:unusual_value"]))
    assert [(w["field"], w["code"]) for w in made.sample.rounds[1].warnings] == [("minutes", "unusual_value")]


def test_a_round_begins_when_the_one_before_has_ended(researcher: Actor) -> None:
    sample = with_rounds(researcher, 1)
    ends = later(1) + timedelta(minutes=20)
    assert refused(sample, 2, started_at=ends - timedelta(seconds=1)) == {"started_at": "starts_before_last_round"}
    assert rounds.add(researcher, sample.id, 2, new_round(started_at=ends)).created


def test_a_round_is_changed_on_the_version_that_was_seen(researcher: Actor) -> None:
    sample = with_rounds(researcher, 2)
    longer = new_round(started_at=later(1), minutes=60)
    changed = rounds.change(researcher, sample.id, 1, longer, sample.version)
    assert (changed.created, changed.sample.rounds[1].minutes) == (False, 60)
    assert changed.sample.version == sample.version + 1
    (event,) = events(sample.id, "round.change")
    assert (event.before, event.after) == ({"seq": 1, "minutes": 20}, {"seq": 1, "minutes": 60})
    assert rounds.change(researcher, sample.id, 1, longer, sample.version).sample == changed.sample  # sent again
    with pytest.raises(Stale) as stale:
        rounds.change(researcher, sample.id, 1, new_round(started_at=later(1), minutes=30), sample.version)
    assert stale.value.differing == {"minutes": [60, 30]}
    assert stale.value.current == changed.sample


def test_a_changed_round_stays_between_its_neighbours(researcher: Actor) -> None:
    sample = with_rounds(researcher, 3)
    for changes, found in (
        ({"started_at": later(1)}, {"started_at": "starts_before_last_round"}),
        ({"started_at": later(3)}, {"minutes": "ends_after_next_round"}),
    ):
        with pytest.raises(BadInput) as refusal:
            rounds.change(researcher, sample.id, 2, new_round(**changes), sample.version)
        assert {finding.field: finding.code for finding in refusal.value.findings} == found
    for seq in (-1, 0, 4):
        with pytest.raises(NotFound):
            rounds.change(researcher, sample.id, seq, new_round(), sample.version)


def test_only_the_last_round_is_removed_and_the_raw_sample_never(researcher: Actor) -> None:
    sample = with_rounds(researcher, 2)
    for seq in (0, 1):
        with pytest.raises(NotLastRound):
            rounds.remove(researcher, sample.id, seq, sample.version, "wrong sample")
    with pytest.raises(NotFound):
        rounds.remove(researcher, sample.id, 3, sample.version, "wrong sample")
    with pytest.raises(Stale):
        rounds.remove(researcher, sample.id, 2, sample.version - 1, "wrong sample")
    with pytest.raises(BadInput) as refusal:
        rounds.remove(researcher, sample.id, 2, sample.version, " ")
    assert [(f.field, f.code) for f in refusal.value.findings] == [("reason", "missing")]
    left = rounds.remove(researcher, sample.id, 2, sample.version, "wrong sample")
    assert [part.seq for part in left.rounds] == [0, 1]
    assert left.version == sample.version + 1
    (event,) = events(sample.id, "round.remove")
    assert (event.reason, event.before["seq"], event.before["minutes"], event.after) == ("wrong sample", 2, 20, None)
    with pytest.raises(NotFound):
        rounds.remove(researcher, sample.id, 2, left.version, "wrong sample")


def test_what_hangs_on_a_removed_round_goes_with_it_and_its_number_is_free_again(researcher: Actor) -> None:
    sample = with_rounds(researcher, 1)
    photo = photos.add(researcher, sample.id, 1, "raw", jpeg(), photo_id=uuid4())
    scored, measured = uuid4(), uuid4()
    evaluations.write(researcher, sample.id, 1, scored, new_evaluation("heated", evaluated_at=later(2)))
    measurements.write(researcher, sample.id, 1, measured, new_measurement(measured_at=later(2)))
    for lowest in (-1, -2):
        seen = samples.get(researcher, sample.id)
        rounds.remove(researcher, sample.id, 1, seen.version, "again")
        with transaction() as session:
            gone = session.get_one(Round, (sample.id, lowest))
            assert (gone.removed_seq, gone.deleted_by, gone.deleted_why) == (1, researcher.id, "again")
            hanging = {type(row): row.seq for row in (
                session.get_one(Photo, photo.id), session.get_one(Evaluation, scored),
                session.get_one(Measurement, measured),
            )}  # fmt: skip
        assert hanging == {Photo: -1, Evaluation: -1, Measurement: -1}
        fresh = rounds.add(researcher, sample.id, 1, new_round(started_at=later(3)))
        assert fresh.created
        assert (fresh.sample.rounds[1].photos, fresh.sample.rounds[1].evaluations) == ((), ())
    with pytest.raises(Conflict):  # an id that lies in the bin is taken
        evaluations.write(researcher, sample.id, 1, scored, new_evaluation("heated", evaluated_at=later(4)), 99)
