"""Changing a sample: edits, resubmission, wishes that come too late; nothing overwritten silently."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from core import access, catalogue, clock, ids, notices, reviews, samples
from core.db import transaction
from core.errors import (
    BadInput,
    Conflict,
    EditWindowClosed,
    NotAllowed,
    NotFound,
    Stale,
    Unconfirmed,
    WrongState,
)  # fmt: skip
from core.policy import Actor
from core.samples import SampleChange, edit_requests, rules
from core.samples.edit_requests import NewEditRequest
from core.tables import AuditEvent, Sample
from tests.makers import SCORES, fresh, make_sample, make_user

WINDOW = access.EDIT_WINDOW


def change(**fields: Any) -> Any:
    return SampleChange.model_validate(fields)


def received(sample_id: str, ago: timedelta) -> None:
    with transaction() as session:
        session.get_one(Sample, sample_id).edit_window_from = clock.now() - ago


def last_event(sample_id: str) -> AuditEvent:
    with transaction() as session:
        events = session.query(AuditEvent).filter_by(subject_type="sample", subject_id=sample_id)
        return events.order_by(AuditEvent.position.desc()).limit(1).one()


def test_an_edit_changes_what_it_names_and_what_follows_from_it() -> None:
    author = make_user()
    sample = make_sample(author)
    edited = samples.edit(
        author, sample.id, 1, change(farm_address="경기도 광주시 초월읍 1", sex="female", grade="1", bms=5)
    )
    assert (edited.version, edited.province, edited.city, edited.sex) == (2, "KR-41", "광주시", "female")
    assert edited.farmer_name == sample.farmer_name
    event = last_event(sample.id)
    assert event.action == "sample.edit"
    assert event.before == {
        "farm_address": "강원특별자치도 횡성군 둔내면 1", "province": "KR-42", "city": "횡성군", "sex": "castrated",
        "grade": "1+", "bms": 6,
    }  # fmt: skip
    assert event.after == {
        "farm_address": "경기도 광주시 초월읍 1", "province": "KR-41", "city": "광주시", "sex": "female", "grade": "1",
        "bms": 5,
    }  # fmt: skip


def test_null_empties_a_field_but_none_that_every_sample_has() -> None:
    author = make_user()
    sample = make_sample(author)
    assert samples.edit(author, sample.id, 1, change(breed=None, born_on=None)).breed is None
    with pytest.raises(BadInput) as refused:
        samples.edit(author, sample.id, 2, change(trace_number=None, slaughtered_on=None))
    assert [(f.field, f.code) for f in refused.value.findings] == [
        ("trace_number", "missing"), ("slaughtered_on", "missing"),
    ]  # fmt: skip
    assert samples.get(author, sample.id).version == 2


def test_an_edit_is_checked_like_a_registration() -> None:
    author = make_user()
    sample = make_sample(author)
    with pytest.raises(BadInput) as refused:
        samples.edit(author, sample.id, 1, change(species="pig"))
    assert {f.code for f in refused.value.findings} >= {"trace_species", "bms_only_cattle"}
    with pytest.raises(Unconfirmed) as open_:
        samples.edit(author, sample.id, 1, change(grade="2"))
    assert [f.code for f in open_.value.findings] == ["grade_below_bms"]
    confirmed = samples.edit(author, sample.id, 1, change(grade="2", confirmed_warnings=["grade:grade_below_bms"]))
    assert [w["code"] for w in confirmed.warnings] == ["grade_below_bms"]
    # What was confirmed stays confirmed while its field stays as it is.
    assert samples.edit(author, sample.id, 2, change(breed="chikso")).warnings == confirmed.warnings
    assert samples.edit(author, sample.id, 3, change(grade="1+")).warnings == []


def test_the_makers_scores_are_edited_with_the_sample() -> None:
    author = make_user()
    sample = make_sample(author)
    edited = samples.edit(author, sample.id, 1, change(scores=SCORES | {"overall": 3}))
    assert edited.rounds[0].evaluations[0].scores["overall"] == 3
    assert len(edited.rounds[0].evaluations) == 1


def test_the_same_edit_sent_twice_is_one_edit() -> None:
    author = make_user()
    sample = make_sample(author)
    with ThreadPoolExecutor(8) as pool:
        sent = [pool.submit(samples.edit, author, sample.id, 1, change(sex="female")) for _ in range(8)]
        assert {done.result().version for done in sent} == {2}


def test_two_editors_of_one_field_one_is_told() -> None:
    sample = make_sample(make_user())
    editors = [make_user("researcher"), make_user("manager")]
    wishes = [change(farmer_name="Kim"), change(farmer_name="Lee")]

    def try_edit(n: int) -> Any:
        try:
            return samples.edit(editors[n], sample.id, 1, wishes[n])
        except Stale as refusal:
            return refusal

    for_one, for_other = ThreadPoolExecutor(2).map(try_edit, range(2))
    lost = for_one if isinstance(for_one, Stale) else for_other
    won = for_other if lost is for_one else for_one
    assert isinstance(lost, Stale)
    assert won.version == lost.values["current_version"] == 2
    wanted = "Kim" if lost is for_one else "Lee"
    assert lost.differing == {"farmer_name": [won.farmer_name, wanted]}
    assert lost.current.farmer_name == won.farmer_name
    assert samples.get(editors[0], sample.id).farmer_name == won.farmer_name


def test_two_editors_of_different_fields_both_get_there_through_a_fresh_read() -> None:
    sample = make_sample(make_user())
    one, other = make_user("researcher"), make_user("researcher")
    samples.edit(one, sample.id, 1, change(farmer_name="Kim"))
    with pytest.raises(Stale) as stale:
        samples.edit(other, sample.id, 1, change(breed="chikso"))
    assert stale.value.differing == {"breed": ["hanwoo", "chikso"]}
    both = samples.edit(other, sample.id, stale.value.values["current_version"], change(breed="chikso"))
    assert (both.version, both.farmer_name, both.breed) == (3, "Kim", "chikso")


@pytest.mark.parametrize(
    ("ago", "open_"),
    [(WINDOW - timedelta(seconds=1), True), (WINDOW, False), (WINDOW + timedelta(seconds=1), False)],
)
@pytest.mark.parametrize("zone", ["Asia/Seoul", "UTC"])
def test_the_window_closes_after_72_hours(
    ago: timedelta, open_: bool, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    author = make_user()
    sample = make_sample(author)
    now = (sample.received_at + ago).astimezone(ZoneInfo(zone))
    monkeypatch.setattr(clock, "now", lambda: now)
    if open_:
        assert samples.edit(author, sample.id, 1, change(sex="female")).sex == "female"
    else:
        with pytest.raises(EditWindowClosed) as closed:
            samples.edit(author, sample.id, 1, change(sex="female"))
        assert closed.value.values["closed_at"] == sample.received_at + WINDOW
        assert samples.edit(make_user("researcher"), sample.id, 1, change(sex="female")).sex == "female"


def test_a_rejected_sample_is_mended_submitted_again_and_shows_what_changed() -> None:
    author, reviewer = make_user(), make_user("researcher")
    sample = make_sample(author)
    received(sample.id, WINDOW * 2)
    reviews.reject(reviewer, sample.id, 1, "wrong_trace", "Please check.")
    (told,) = notices.unread(author)
    assert (told.code, told.sample_id, told.values["text"]) == ("rejected", sample.id, "Please check.")
    notices.mark_read(author, told.id)
    assert notices.unread(author) == ()

    mended = samples.edit(author, sample.id, 2, change(trace_number="002222222222"))  # the window is open again
    again = samples.submit_again(author, sample.id, mended.version)
    assert samples.submit_again(author, sample.id, mended.version) == again
    assert (again.status, again.version) == ("pending", 4)
    assert reviews.resubmission(reviewer, sample.id) == {"trace_number": [sample.trace_number, "002222222222"]}
    assert reviews.approve(reviewer, sample.id, 4).status == "approved"
    with pytest.raises(WrongState):
        samples.submit_again(author, sample.id, 5)
    with pytest.raises(WrongState):
        samples.edit(author, sample.id, 5, change(sex="female"))


def test_others_neither_see_nor_edit() -> None:
    sample = make_sample(make_user())
    stranger = make_user()
    for attempt in (
        lambda: samples.edit(stranger, sample.id, 1, change(sex="female")),
        lambda: samples.submit_again(stranger, sample.id, 1),
        lambda: edit_requests.request_edit(stranger, sample.id, uuid4(), wish()),
        lambda: edit_requests.of_sample(stranger, sample.id),
    ):
        with pytest.raises(NotFound):
            attempt()


def wish(**fields: Any) -> NewEditRequest:
    return NewEditRequest(changes=fields or {"sex": "female"}, note="I mistyped it.")


def late(author: Actor) -> str:
    sample = make_sample(author)
    received(sample.id, WINDOW * 2)
    return sample.id


def test_a_late_edit_becomes_a_wish_that_a_reviewer_grants() -> None:
    author, reviewer, request_id = make_user(), make_user("researcher"), uuid4()
    sample_id = late(author)
    filed = edit_requests.request_edit(author, sample_id, request_id, wish())
    assert edit_requests.request_edit(author, sample_id, request_id, wish()) == filed
    assert filed.differing == {"sex": ["castrated", "female"]}
    assert request_id in edit_requests.waiting(reviewer)
    with pytest.raises(NotAllowed):
        edit_requests.waiting(author)
    granted = edit_requests.grant(reviewer, request_id)
    assert edit_requests.grant(reviewer, request_id) == granted
    assert granted.state == "granted"
    assert samples.get(author, sample_id).sex == "female"
    assert last_event(sample_id).action == "edit_request.grant"
    assert [notice.code for notice in notices.unread(author)] == ["edit_granted"]
    assert request_id not in edit_requests.waiting(reviewer)
    # Who granted it did not make it: the four eyes are still two pairs.
    assert reviews.approve(reviewer, sample_id, 2).status == "approved"


def test_a_wish_is_refused_with_an_answer() -> None:
    author, reviewer, request_id = make_user(), make_user("researcher"), uuid4()
    sample_id = late(author)
    edit_requests.request_edit(author, sample_id, request_id, wish())
    with pytest.raises(BadInput):
        edit_requests.refuse(reviewer, request_id, " ")
    assert edit_requests.refuse(reviewer, request_id, "It is right as it is.").state == "refused"
    assert samples.get(author, sample_id).sex == "castrated"
    with pytest.raises(WrongState):
        edit_requests.grant(reviewer, request_id)
    edit_requests.request_edit(author, sample_id, uuid4(), wish())  # a refused wish does not keep others out


def test_what_is_no_wish() -> None:
    author = make_user()
    sample_id = late(author)
    edit_requests.request_edit(author, sample_id, uuid4(), wish())
    with pytest.raises(Conflict):
        edit_requests.request_edit(author, sample_id, uuid4(), wish(breed="chikso"))
    other = late(author)
    with pytest.raises(BadInput):
        edit_requests.request_edit(author, other, uuid4(), wish(sex="castrated"))
    with pytest.raises(BadInput):
        edit_requests.request_edit(author, other, uuid4(), wish(colour="red"))
    with pytest.raises(WrongState):
        edit_requests.request_edit(author, make_sample(author).id, uuid4(), wish())
    with pytest.raises(NotAllowed):
        edit_requests.grant(author, uuid4())
    with pytest.raises(NotFound):
        edit_requests.grant(make_user("researcher"), uuid4())


def test_what_looks_wrong_is_confirmed_and_kept_with_the_sample() -> None:
    author = make_user("researcher")
    unlikely = {"born_on": "2001-05-01", "grade": "3", "photo": None, "backfat_mm": 80, "carcass_weight_kg": 100}
    with pytest.raises(Unconfirmed) as open_:
        samples.register(author, ids.new(), samples.NewSample.model_validate(fresh().model_dump() | unlikely))
    codes = {f"{f.field}:{f.code}" for f in open_.value.findings}
    assert codes == {
        "born_on:unusual_age", "grade:grade_below_bms", "backfat_mm:unusual_value", "carcass_weight_kg:unusual_value",
    }  # fmt: skip
    new = samples.NewSample.model_validate(fresh().model_dump() | unlikely | {"confirmed_warnings": sorted(codes)})
    kept = samples.register(author, ids.new(), new).sample.warnings
    assert {f"{w['field']}:{w['code']}" for w in kept} == codes


def test_the_same_cut_minutes_later_and_the_same_picture_look_entered_twice() -> None:
    author = make_user()
    first = make_sample(author)
    with pytest.raises(Unconfirmed) as open_:
        make_sample(author, trace_number=first.trace_number)
    assert [(f.field, f.values["id"]) for f in open_.value.findings] == [("trace_number", ids.pretty(first.id))]
    make_sample(make_user(), trace_number=first.trace_number)  # a stranger is not told of it


@pytest.mark.parametrize(
    ("bms", "grade", "graded_on", "codes"),
    [
        (7, "1++", "2019-11-30", ["grade_above_bms"]), (7, "1++", "2019-12-01", []), (7, "1+", "2019-11-30", []),
        (6, "1++", "2024-01-01", ["grade_above_bms"]), (3, "1", "2024-01-01", ["grade_above_bms"]),
        (9, "1++", "2024-01-01", []),
    ],
)  # fmt: skip
def test_a_grade_is_never_above_what_the_marbling_allows(
    bms: int, grade: str, graded_on: str, codes: list[str]
) -> None:
    new = fresh(bms=bms, grade=grade, graded_on=graded_on, slaughtered_on=graded_on, born_on=None)
    assert [finding.code for finding in rules.check(new, catalogue.get(), clock.today())] == codes
    assert rules.warn(new) == []
