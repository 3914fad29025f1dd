"""Laboratory values: replicates, ranges, computed figures, and whole sheets."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from core import inputs, measurements, samples
from core.errors import BadInput, Conflict, NotAllowed, NotFound, Stale, Unconfirmed, WrongState
from core.measurements import NewMeasurement
from core.policy import Actor
from core.samples import SampleView
from core.samples.views import MeasurementView
from core.tables.samples import MEASURES
from tests.makers import make_approved, make_sample, make_user

AT = datetime(2026, 3, 9, 5, tzinfo=UTC)
VALUES = {"ph": 5.6, "l_star": 33.0, "a_star": 17.5, "b_star": 8.0}


def new_measurement(**changes: Any) -> NewMeasurement:
    return inputs.read(NewMeasurement, {"preparation": "raw", "values": VALUES, "measured_at": AT} | changes)


@pytest.fixture
def researcher() -> Actor:
    return make_user("researcher")


@pytest.fixture
def approved() -> SampleView:
    return make_approved()


def refused(actor: Actor, sample: SampleView, **changes: Any) -> dict[str, str]:
    with pytest.raises(BadInput) as refusal:
        measurements.write(actor, sample.id, 0, uuid4(), new_measurement(**changes))
    return {finding.field: finding.code for finding in refusal.value.findings}


def test_the_catalogue_of_measures_is_the_tables() -> None:
    assert set(measurements.measures()) == set(MEASURES)


def test_values_are_stored_as_they_were_sent_and_count_as_a_change(researcher: Actor, approved: SampleView) -> None:
    key = uuid4()
    sent = new_measurement(
        replicate=3, values=VALUES | {"cathepsin": 0, "et_sourness": -9.5}, cathepsin_unit="U/g", instrument="CR-400",
        note="bloomed 30 min",
    )  # fmt: skip
    made = measurements.write(researcher, approved.id, 0, key, sent)
    assert made.created
    assert made.sample.version == approved.version + 1
    assert made.sample.rounds[0].measurements == (
        MeasurementView(
            key, "raw", 3, researcher.name, AT, dict(sent.values), None, None, "U/g", "CR-400", "bloomed 30 min", []
        ),
    )
    again = measurements.write(researcher, approved.id, 0, key, sent)
    assert (again.created, again.sample) == (False, made.sample)


def test_values_are_changed_and_removed_on_the_version_that_was_seen(researcher: Actor, approved: SampleView) -> None:
    key = uuid4()
    seen = measurements.write(researcher, approved.id, 0, key, new_measurement()).sample
    other = new_measurement(values={"ph": 5.7})
    with pytest.raises(Conflict):
        measurements.write(researcher, approved.id, 0, key, other)
    with pytest.raises(Stale) as stale:
        measurements.write(researcher, approved.id, 0, key, other, approved.version)
    assert stale.value.differing["ph"] == [5.6, 5.7]
    changed = measurements.write(researcher, approved.id, 0, key, other, seen.version).sample
    assert changed.rounds[0].measurements[0].values == {"ph": 5.7}
    with pytest.raises(Stale):
        measurements.remove(researcher, approved.id, 0, key, seen.version)
    assert measurements.remove(researcher, approved.id, 0, key, changed.version).rounds[0].measurements == ()
    with pytest.raises(NotFound):
        measurements.remove(researcher, approved.id, 0, key, changed.version)


@pytest.mark.parametrize("key", MEASURES)
def test_each_measure_is_refused_beyond_its_hard_range_and_questioned_beyond_the_usual(
    researcher: Actor, approved: SampleView, key: str
) -> None:
    measure = measurements.measures()[key]
    unit = {"cathepsin_unit": "U/g"}
    for bound, code, step in (("hard_min", "too_small", -0.001), ("hard_max", "too_large", 0.001)):
        if measure[bound] is not None:
            found = refused(researcher, approved, values={key: measure[bound] + step}, **unit)
            assert found == {f"values.{key}": code}
    for preparation, kind in (("raw", "beef_raw"), ("heated", "cooked")):
        for place, step in ((0, -0.001), (1, 0.001)):
            span = measure[kind]
            if span is None or not (measure["hard_min"] <= span[place] + step <= measure["hard_max"]):
                continue
            beyond = {key: span[place] + step}
            found = refused(researcher, approved, preparation=preparation, values=beyond, replicate=9, **unit)
            assert found == {f"values.{key}": "unusual_value"}
            edge = new_measurement(preparation=preparation, values={key: span[place]}, replicate=1 + place, **unit)
            assert measurements.write(researcher, approved.id, 0, uuid4(), edge).created


def test_a_pig_has_usual_values_of_its_own(researcher: Actor) -> None:
    pig = make_approved(
        species="pig", trace_number="160109900054", secondary_cut="loin", breed="duroc", grade="1", bms=None
    )
    assert refused(researcher, pig, values={"l_star": 33.0}) == {"values.l_star": "unusual_value"}
    assert measurements.usual_range("l_star", "pig", "raw") == (38, 65)
    assert measurements.usual_range("wbsf_kgf", "pig", "raw") is None


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"values": {}}, {"values": "missing"}),
        ({"values": {"hardness": 1}}, {"values.hardness": "unknown_field"}),
        ({"values": {"cathepsin": 3}}, {"cathepsin_unit": "missing"}),
        ({"cook_before_g": 100, "cook_after_g": 101}, {"cook_after_g": "heavier_after_cooking"}),
        ({"cook_after_g": 101}, {"cook_after_g": "heavier_after_cooking"}),
        ({"measured_at": datetime(2026, 3, 4, 14, tzinfo=UTC)}, {"measured_at": "before_slaughter"}),
        ({"measured_at": datetime(2099, 1, 1, tzinfo=UTC)}, {"measured_at": "instant_in_the_future"}),
        (
            {"values": {"cooking_loss": 25.6}, "cook_before_g": 200, "cook_after_g": 150},
            {"values.cooking_loss": "loss_differs"},
        ),
        (
            {"values": {"moisture": 60, "crude_protein": 20, "crude_fat": 15, "ash": 1}},
            {"values": "unusual_sum"},
        ),
    ],
    ids=str,
)
def test_what_is_wrong_or_unusual_is_said_by_field(
    researcher: Actor, approved: SampleView, changes: dict[str, Any], found: dict[str, str]
) -> None:
    assert refused(researcher, approved, **changes) == found


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"replicate": 0}, "replicate", "too_small"), ({"values": {"ph": float("nan")}}, "values.ph", "not_a_number"),
        ({"cook_before_g": 0}, "cook_before_g", "too_small"), ({"note": "x" * 2001}, "note", "too_long"),
        ({"instrument": "a\0b"}, "instrument", "not_valid"),
    ],
    ids=str,
)  # fmt: skip
def test_each_field_has_its_bounds(changes: dict[str, Any], field: str, code: str) -> None:
    with pytest.raises(BadInput) as refusal:
        new_measurement(**changes)
    assert [(finding.field, finding.code) for finding in refusal.value.findings] == [(field, code)]


def test_the_cooking_loss_follows_from_the_weights(researcher: Actor, approved: SampleView) -> None:
    key, weighed = uuid4(), {"values": {}, "cook_before_g": 300, "cook_after_g": 229}
    made = measurements.write(researcher, approved.id, 0, key, new_measurement(**weighed)).sample
    assert made.rounds[0].measurements[0].values == {"cooking_loss": 23.6667}
    assert not measurements.write(researcher, approved.id, 0, key, new_measurement(**weighed)).created
    close = new_measurement(**weighed | {"values": {"cooking_loss": 24.1}}, replicate=2)
    stored = measurements.write(researcher, approved.id, 0, uuid4(), close).sample.rounds[0].measurements[1]
    assert stored.values == {"cooking_loss": 24.1}  # what was typed stays, within half a percent


def test_unusual_values_are_stored_once_they_are_confirmed(researcher: Actor, approved: SampleView) -> None:
    dark = {"values": {"ph": 7.0, "l_star": 20}}
    with pytest.raises(Unconfirmed) as questioned:
        measurements.write(
            researcher, approved.id, 0, uuid4(), new_measurement(**dark, confirmed_warnings=["values.ph:unusual_value"])
        )
    assert [finding.field for finding in questioned.value.findings] == ["values.l_star"]
    said = ["values.ph:unusual_value", "values.l_star:unusual_value"]
    made = measurements.write(researcher, approved.id, 0, uuid4(), new_measurement(**dark, confirmed_warnings=said))
    assert {w["field"] for w in made.sample.rounds[0].measurements[0].warnings} == {"values.ph", "values.l_star"}


def test_replicates_stand_beside_each_other_and_a_number_stands_for_one(
    researcher: Actor, approved: SampleView
) -> None:
    for preparation, n in (("raw", 1), ("raw", 2), ("heated", 1)):
        new = new_measurement(preparation=preparation, replicate=n, values={"ph": 5.6})
        assert measurements.write(researcher, approved.id, 0, uuid4(), new).created
    assert refused(researcher, approved, replicate=2) == {"replicate": "measured_before"}


def test_two_people_typing_one_replicate_at_once_leave_one(approved: SampleView) -> None:
    def write(n: int) -> str:
        try:
            measurements.write(
                make_user("researcher"), approved.id, 0, uuid4(), new_measurement(values={"ph": 5.5 + n / 10})
            )
        except BadInput as refusal:
            return refusal.findings[0].code
        return "written"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(write, range(4))) == [*["measured_before"] * 3, "written"]


def test_only_staff_measure_and_only_what_is_approved(researcher: Actor) -> None:
    author = make_user()
    pending = make_sample(author)
    with pytest.raises(WrongState):
        measurements.write(researcher, pending.id, 0, uuid4(), new_measurement())
    with pytest.raises(NotAllowed):
        measurements.write(author, pending.id, 0, uuid4(), new_measurement())
    with pytest.raises(NotFound):
        measurements.write(make_user(), pending.id, 0, uuid4(), new_measurement())
    with pytest.raises(NotFound):
        measurements.write(researcher, make_approved().id, 1, uuid4(), new_measurement())


def test_a_sheet_is_written_whole_or_not_at_all(researcher: Actor, approved: SampleView) -> None:
    keys = [uuid4() for _ in range(3)]
    sheet = {key: new_measurement(replicate=n) for n, key in enumerate(keys, start=1)}
    wrong = sheet | {keys[1]: new_measurement(replicate=2, values={"ph": 12, "l_star": 12})}
    with pytest.raises(BadInput) as refusal:
        measurements.write_sheet(researcher, approved.id, 0, wrong, [], approved.version)
    assert {f.field: f.code for f in refusal.value.findings} == {"2.values.ph": "too_large"}
    unusual = sheet | {keys[2]: new_measurement(replicate=3, values={"ph": 7.5})}
    with pytest.raises(Unconfirmed) as questioned:
        measurements.write_sheet(researcher, approved.id, 0, unusual, [], approved.version)
    assert {f.field for f in questioned.value.findings} == {"3.values.ph"}
    assert samples.get(researcher, approved.id).version == approved.version
    made = measurements.write_sheet(researcher, approved.id, 0, sheet, [], approved.version)
    assert [m.id for m in made.rounds[0].measurements] == keys
    assert measurements.write_sheet(researcher, approved.id, 0, sheet, [], approved.version) == made  # sent again


def test_a_sheet_changes_and_removes_only_what_differs(researcher: Actor, approved: SampleView) -> None:
    keys = [uuid4() for _ in range(3)]
    sheet = {key: new_measurement(replicate=n) for n, key in enumerate(keys, start=1)}
    seen = measurements.write_sheet(researcher, approved.id, 0, sheet, [], approved.version)
    next_one = uuid4()
    other = {
        keys[0]: sheet[keys[0]], keys[1]: new_measurement(replicate=2, values={"ph": 5.9}),
        next_one: new_measurement(replicate=3),
    }  # fmt: skip
    with pytest.raises(Stale):
        measurements.write_sheet(researcher, approved.id, 0, other, [keys[2]], approved.version)
    left = measurements.write_sheet(researcher, approved.id, 0, other, [keys[2]], seen.version)
    assert [(m.id, m.values.get("ph")) for m in left.rounds[0].measurements] == [
        (keys[0], 5.6), (keys[1], 5.9), (next_one, 5.6),
    ]  # fmt: skip
    assert left.version == seen.version + 3
    assert measurements.write_sheet(researcher, approved.id, 0, other, [keys[2]], seen.version) == left


def test_a_sheet_has_each_replicate_once(researcher: Actor, approved: SampleView) -> None:
    twice = {uuid4(): new_measurement(), uuid4(): new_measurement()}
    with pytest.raises(BadInput) as refusal:
        measurements.write_sheet(researcher, approved.id, 0, twice, [], approved.version)
    assert {f.code for f in refusal.value.findings} == {"measured_before"}
