"""Editing, resubmitting, wishing, taking in hand, approving many over the API."""

from datetime import timedelta
from uuid import uuid4

from core import clock
from core.db import transaction
from core.tables import Sample
from tests.api.conftest import Caller
from tests.makers import make_sample, make_user


def test_an_edit_is_bound_to_the_version_that_was_seen(caller: Caller) -> None:
    author = make_user()
    sample = make_sample(author)
    caller.sign_in(author)
    path = f"/v1/samples/{sample.id}"
    assert caller.patch(path, json={"sex": "female"}).status_code == 428
    edited = caller.patch(path, json={"sex": "female", "breed": None}, headers={"If-Match": '"1"'})
    assert (edited.status_code, edited.headers["etag"]) == (200, '"2"')
    assert (edited.json()["sex"], "breed" in edited.json()) == ("female", False)
    stale = caller.patch(path, json={"sex": "male"}, headers={"If-Match": '"1"'})
    problem = stale.json()
    assert (stale.status_code, problem["code"], stale.headers["etag"]) == (412, "stale", '"2"')
    assert problem["differing"] == {"sex": ["female", "male"]}
    assert (problem["current"]["version"], problem["current"]["sex"]) == (2, "female")


def test_the_media_type_of_merge_patches_is_taken(caller: Caller) -> None:
    author = make_user()
    sample = make_sample(author)
    caller.sign_in(author)
    headers = {"If-Match": '"1"', "Content-Type": "application/merge-patch+json"}
    assert caller.patch(f"/v1/samples/{sample.id}", content=b'{"sex": "male"}', headers=headers).json()["sex"] == "male"


def test_unusual_values_are_confirmed_by_name(caller: Caller) -> None:
    author = make_user()
    sample = make_sample(author)
    caller.sign_in(author)
    path, seen = f"/v1/samples/{sample.id}", {"If-Match": '"1"'}
    refused = caller.patch(path, json={"grade": "2"}, headers=seen)
    assert (refused.status_code, refused.json()["code"]) == (422, "unconfirmed")
    assert [(e["field"], e["code"]) for e in refused.json()["errors"]] == [("grade", "grade_below_bms")]
    sent = {"grade": "2", "confirmed_warnings": ["grade:grade_below_bms"]}
    assert caller.patch(path, json=sent, headers=seen).json()["warnings"][0]["code"] == "grade_below_bms"


def test_a_rejected_sample_comes_back_to_the_queue(caller: Caller) -> None:
    author, reviewer = make_user(), make_user("researcher")
    sample = make_sample(author)
    path = f"/v1/samples/{sample.id}"
    caller.sign_in(reviewer)
    assert caller.post(f"{path}/claim").status_code == 200
    sent = {"reason": "wrong_cut", "text": "Which cut?"}
    assert caller.post(f"{path}/rejection", json=sent, headers={"If-Match": '"1"'}).status_code == 200
    caller.sign_in(author)
    again = caller.post(f"{path}/submission", headers={"If-Match": '"2"'})
    assert (again.status_code, again.json()["status"], again.headers["etag"]) == (200, "pending", '"3"')
    assert caller.get("/v1/queue").status_code == 403


def test_a_sample_in_somebodys_hand_is_not_decided_by_others(caller: Caller) -> None:
    sample = make_sample(make_user())
    path = f"/v1/samples/{sample.id}"
    first, second = make_user("researcher"), make_user("researcher")
    caller.sign_in(first)
    caller.post(f"{path}/claim")
    caller.sign_in(second)
    assert caller.post(f"{path}/claim").json()["code"] == "claimed"
    refused = caller.post(f"{path}/approval", headers={"If-Match": '"1"'})
    assert (refused.status_code, refused.json()["code"]) == (409, "claimed")
    assert first.name in refused.json()["detail"]
    caller.sign_in(first)
    assert caller.delete(f"{path}/claim").status_code == 204
    caller.sign_in(second)
    assert caller.post(f"{path}/approval", headers={"If-Match": '"1"'}).json()["status"] == "approved"


def test_many_are_approved_each_by_itself(caller: Caller) -> None:
    fine, stale = make_sample(make_user()), make_sample(make_user())
    caller.sign_in(make_user("manager"))
    sent = [{"id": fine.id, "version": 1}, {"id": stale.id, "version": 7}, {"id": "nothing", "version": 1}]
    done = caller.post("/v1/approvals", json={"samples": sent}).json()
    assert [(one["approved"], one.get("code")) for one in done] == [
        (True, None),
        (False, "stale"),
        (False, "not_found"),
    ]


def test_a_late_wish_is_granted_or_refused(caller: Caller) -> None:
    author, reviewer = make_user(), make_user("researcher")
    sample = make_sample(author)
    with transaction() as session:
        session.get_one(Sample, sample.id).edit_window_from = clock.now() - timedelta(days=9)
    caller.sign_in(author)
    late = caller.patch(f"/v1/samples/{sample.id}", json={"sex": "female"}, headers={"If-Match": '"1"'})
    assert (late.status_code, late.json()["code"]) == (403, "edit_window_closed")
    request = uuid4()
    path = f"/v1/samples/{sample.id}/edit_requests/{request}"
    wish = {"changes": {"sex": "female"}, "note": "Mistyped."}
    assert caller.put(path, json=wish).json()["differing"] == {"sex": ["castrated", "female"]}
    assert caller.post(f"/v1/edit_requests/{request}/grant").status_code == 403
    caller.sign_in(reviewer)
    assert caller.post(f"/v1/edit_requests/{request}/refusal", json={}).status_code == 422
    assert caller.post(f"/v1/edit_requests/{request}/grant").json()["state"] == "granted"
    assert caller.get(f"/v1/samples/{sample.id}").json()["sex"] == "female"
