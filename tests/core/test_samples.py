"""Registering, reading and listing samples."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from core import accounts, clock, ids, inputs, photos, reviews, samples
from core.errors import BadInput, Conflict, NotFound
from core.samples import FreshSample, SampleFilter
from tests.makers import SCORES, fresh, jpeg, make_sample, make_user, photo_id, receive_photo, values


def repr_short(value: object) -> str:
    return ascii(value)[:20]


def findings(**changes: Any) -> dict[str, str]:
    with pytest.raises(BadInput) as refused:
        samples.register(make_user(), ids.new(), fresh(**changes))
    return {finding.field: finding.code for finding in refused.value.findings}


def test_a_sample_is_stored_as_it_was_sent() -> None:
    actor = make_user()
    sent = values(photo={"id": str(receive_photo(actor))}, trace_number=" 410 002086431813 ")
    registered = samples.register(actor, ids.new(), FreshSample.model_validate(sent))
    sample = registered.sample
    assert registered.created
    assert (sample.status, sample.version, sample.trace_number, sample.trace_kind) == (
        "pending", 1, "002086431813", "cattle",
    )  # fmt: skip
    assert (sample.province, sample.city, sample.farmer_name) == ("KR-42", "횡성군", "홍길동")
    assert sample.is_own
    (evaluation,) = sample.rounds[0].evaluations
    assert evaluation.scale == "1-10"
    assert evaluation.scores == {name: value for name, value in SCORES.items() if name != "scale"}
    assert [photo.state for photo in sample.rounds[0].photos] == ["stored"]
    assert sample.edit_until == sample.received_at + timedelta(hours=72)
    assert samples.get(actor, sample.id) == sample


def test_everything_wrong_is_said_at_once() -> None:
    tomorrow = str(clock.today() + timedelta(days=1))
    assert findings(
        trace_number="160109900054", secondary_cut="belly", breed="duroc", sex="other", grade="5",
        slaughtered_on=tomorrow, graded_on="2020-01-01", born_on=tomorrow,
        scores=SCORES | {"marbling": 10.2, "color": 11},
    ) == {
        "trace_number": "trace_species", "secondary_cut": "secondary_cut_unknown", "breed": "breed_unknown",
        "sex": "sex_unknown", "grade": "grade_unknown", "slaughtered_on": "in_the_future",
        "graded_on": "graded_before_slaughter", "born_on": "born_after_slaughter", "scores.marbling": "off_scale",
        "scores.color": "off_scale",
    }  # fmt: skip


def test_a_pig_has_no_marbling_number_and_no_cattle_cut() -> None:
    found = findings(species="pig", trace_number="160109900054", primal_cut="striploin", secondary_cut="striploin")
    assert found == {
        "primal_cut": "primal_cut_unknown", "secondary_cut": "secondary_cut_unknown", "breed": "breed_unknown",
        "bms": "bms_only_cattle",
    }  # fmt: skip


@pytest.mark.parametrize("score", [float("nan"), float("inf"), -1e308, 10.5, 0.5, 7.3])
def test_a_score_is_a_step_of_its_scale(score: float) -> None:
    assert findings(scores=SCORES | {"overall": score}) == {"scores.overall": "off_scale"}


def test_zero_is_a_score_where_the_scale_has_it() -> None:
    sample = make_sample(make_user(), scores=SCORES | {"scale": "0-9", "overall": 0})
    assert sample.rounds[0].evaluations[0].scores["overall"] == 0


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("slaughtered_on", "0000-01-01", "not_a_date"),
        ("slaughtered_on", "2026-02-30", "not_a_date"),
        ("captured_at", "2026-03-05T10:00:00", "not_an_instant"),
        ("captured_at", "9999-12-31T23:59:59-12:00", "too_large"),
        ("captured_at", "0001-01-01T00:00:00+14:00", "too_small"),
        ("captured_at", 1e30, "not_an_instant"),
        ("bms", 10, "too_large"),
        ("bms", float("nan"), "not_a_number"),
        ("bms", 10**400, "too_large"),
        ("farmer_name", "a\0b", "not_valid"),
        ("farm_address", "\ud800", "not_valid"),
        ("farm_address", "가" * 201, "too_long"),
        ("trace_number", "   ", "missing"),
        ("species", "horse", "unknown_choice"),
        ("invented", 1, "unknown_field"),
    ],
    ids=repr_short,
)
def test_each_field_says_what_is_wrong_with_it(field: str, value: Any, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        inputs.read(FreshSample, values(**{field: value}))
    assert [(finding.field, finding.code) for finding in refused.value.findings] == [(field, code)]


def test_the_same_submission_twice_is_one_sample() -> None:
    actor, sample_id, new = make_user(), ids.new(), fresh()
    assert samples.register(actor, sample_id, new).created
    again = samples.register(actor, sample_id, new)
    assert not again.created
    assert len(again.sample.rounds[0].evaluations) == 1


def test_two_identical_submissions_at_once_are_one_sample() -> None:
    actor, sample_id, new = make_user(), ids.new(), fresh()
    with ThreadPoolExecutor() as pool:
        made = list(pool.map(lambda _: samples.register(actor, sample_id, new).created, range(4)))
    assert sorted(made) == [False, False, False, True]


def test_an_id_stands_for_one_content_and_one_maker() -> None:
    actor, sample_id, new = make_user(), ids.new(), fresh()
    samples.register(actor, sample_id, new)
    with pytest.raises(Conflict):
        samples.register(actor, sample_id, fresh())
    with pytest.raises(Conflict):
        samples.register(make_user("manager"), sample_id, new)


@pytest.mark.parametrize("sample_id", ["", "7K3M9QXD2PW", "../../etc", "\0", "x" * 10_000])
def test_an_id_that_is_none_is_refused(sample_id: str) -> None:
    with pytest.raises(BadInput) as refused:
        samples.register(make_user(), sample_id, fresh())
    assert [finding.code for finding in refused.value.findings] == ["sample_id_form"]
    with pytest.raises(NotFound):
        samples.get(make_user("manager"), sample_id)


def test_a_photo_that_is_neither_here_nor_promised_is_missed() -> None:
    assert findings(photo={"id": str(uuid4())}) == {"photo": "photo_not_received"}
    photo = receive_photo(make_user())
    assert findings(photo={"id": str(photo)}) == {"photo": "photo_not_received"}


def test_a_refused_sample_leaves_nothing_behind() -> None:
    actor, sample_id = make_user(), ids.new()
    with pytest.raises(BadInput):
        samples.register(actor, sample_id, fresh(photo={"id": str(uuid4())}))
    with pytest.raises(NotFound):
        samples.get(actor, sample_id)
    assert samples.register(actor, sample_id, fresh()).created


@pytest.mark.parametrize("role", ["researcher", "manager"])
def test_a_researchers_own_sample_is_approved_as_it_is_submitted(role: str) -> None:
    sample = make_sample(make_user(role))
    assert sample.status == "approved"
    assert sample.last_review is not None
    assert sample.edit_until is None


def test_a_researchers_own_sample_waits_for_its_promised_photo() -> None:
    actor, data, photo, sample_id = make_user("researcher"), jpeg(), uuid4(), ids.new()
    new = fresh(photo={"id": str(photo), "sha256": photos._check_sum(data, None)})
    assert samples.register(actor, sample_id, new).sample.status == "pending"
    photos.add(actor, sample_id, 0, "raw", data, photo_id=photo)
    assert samples.get(actor, sample_id).status == "approved"


def test_a_sample_is_seen_by_its_maker_and_by_staff_only() -> None:
    author = make_user()
    sample = make_sample(author)
    assert samples.get(make_user("researcher"), sample.id).farmer_name == "홍길동"
    assert not samples.get(make_user("manager"), sample.id).is_own
    with pytest.raises(NotFound):
        samples.get(make_user(), sample.id)
    assert not samples.page(make_user(), SampleFilter()).rows


def test_a_rejected_sample_says_why_in_the_list() -> None:
    actor = make_user()
    sample = make_sample(actor)
    reviews.reject(make_user("researcher"), sample.id, 1, "photo_blurred", "Please take it again.")
    (row,) = samples.page(actor, SampleFilter(status="rejected")).rows
    assert (row.reject_reason, row.reject_text) == ("photo_blurred", "Please take it again.")
    assert row.photo_id == photo_id(sample)


def test_what_was_written_is_not_understood_as_a_command() -> None:
    name = f"'); drop table samples; -- {secrets.token_hex(4)}"
    sample = make_sample(make_user(), farmer_name=name)
    assert samples.get(accounts.actor_by_id(make_user("manager").id), sample.id).farmer_name == name
