"""Samples over HTTP."""

import json
from typing import Any

import pytest

from core import ids
from tests.api.conftest import Caller
from tests.makers import make_sample, make_user, receive_photo, values

WHY = {"reason": "photo_blurred", "text": "다시 찍어 주세요."}


def test_a_sample_is_put_once_and_read_back(caller: Caller) -> None:
    actor = make_user()
    caller.sign_in(actor)
    sent, address = values(photo={"id": str(receive_photo(actor))}), f"/v1/samples/{ids.new()}"
    made = caller.put(address, json=sent)
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    assert {name: made.json()[name] for name in ("trace_number", "grade", "bms", "slaughtered_on")} == {
        name: sent[name] for name in ("trace_number", "grade", "bms", "slaughtered_on")
    }
    again = caller.put(address, json=sent)
    assert (again.status_code, again.json()) == (200, made.json())
    other = caller.put(address, json=values())
    assert (other.status_code, other.json()["code"]) == (409, "conflict")
    read = caller.get(address)
    assert read.json() == made.json()
    assert "captured_at" not in read.json()  # not known, so not there
    assert read.json()["rounds"][0]["photos"][0]["state"] == "stored"


def test_everything_wrong_comes_back_at_once_in_the_callers_language(caller: Caller) -> None:
    caller.sign_in(make_user())
    sent = values(trace_number="123", slaughtered_on="2999-01-01", graded_on=None)
    english = caller.put(f"/v1/samples/{ids.new()}", json=sent)
    assert english.status_code == 422
    assert {error["field"]: error["code"] for error in english.json()["errors"]} == {
        "trace_number": "trace_form", "slaughtered_on": "in_the_future",
    }  # fmt: skip
    korean = caller.put(f"/v1/samples/{ids.new()}", json=sent, headers={"Accept-Language": "ko-KR,ko;q=0.9"})
    assert korean.headers["content-language"] == "ko"
    assert korean.json()["errors"][0]["message"] != english.json()["errors"][0]["message"]


def test_the_profile_speaks_where_the_request_does_not(caller: Caller) -> None:
    caller.sign_in(make_user(language="en"))
    for accepted in ("", "fr,*;q=0.1"):
        assert caller.get("/v1/nowhere", headers={"Accept-Language": accepted}).headers["content-language"] == "ko"
        answer = caller.get(f"/v1/samples/{ids.new()}", headers={"Accept-Language": accepted})
        assert answer.headers["content-language"] == "en"


def test_a_list_is_walked_by_its_cursor(caller: Caller) -> None:
    actor = make_user()
    made = {make_sample(actor).id for _ in range(5)}
    caller.sign_in(actor)
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2, "total": True, "owner": "me"}
    while True:
        page = caller.get("/v1/samples", params=query).json()
        assert page["total"] == 5
        seen += [item["id"] for item in page["items"]]
        if "next_cursor" not in page:
            break
        query["cursor"] = page["next_cursor"]
    assert len(seen) == 5
    assert set(seen) == made
    query["cursor"] = page["previous_cursor"]
    assert [item["id"] for item in caller.get("/v1/samples", params=query).json()["items"]] == seen[2:4]
    downwards = caller.get("/v1/samples", params={"sort": "received_at"}).json()["items"]
    assert [item["id"] for item in downwards] == seen[::-1]
    assert "total" not in caller.get("/v1/samples").json()


def test_a_list_takes_its_filters_and_no_others(caller: Caller) -> None:
    actor = make_user()
    made = make_sample(actor, slaughtered_on="2026-04-01", graded_on=None)
    make_sample(actor)
    caller.sign_in(actor)
    for query in (
        {"from": "2026-04-01", "to": "2026-04-01"}, {"q": made.id}, {"q": made.id[3:9].lower()},
        {"q": made.trace_number}, {"from": "2026-04-01", "cut": "loin", "owner": str(actor.id), "has": ["photo"]},
    ):  # fmt: skip
        assert [item["id"] for item in caller.get("/v1/samples", params=query).json()["items"]] == [made.id]
    for field, value, code in (
        ("limit", "0", "too_small"), ("limit", "201", "too_large"), ("limit", "9" * 400, "too_large"),
        ("status", "lost", "unknown_choice"), ("from", "yesterday", "not_a_date"), ("cursor", ids.new(), "not_valid"),
        ("cursor", "\0", "not_valid"), ("q", "\0", "not_valid"), ("sort", "x", "unknown_choice"),
        ("mine", "1", "unknown_field"), ("has.0", "tail", "unknown_choice"), ("owner", "you", "not_valid"),
        ("received_to", "9999-12-31", "too_large"), ("cursor", "x" * 501, "too_long"),
    ):  # fmt: skip
        answer = caller.get("/v1/samples", params={field.split(".")[0]: value})
        assert answer.status_code == 422
        assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]


@pytest.mark.parametrize(
    ("decision", "body", "status"), [("approval", None, "approved"), ("rejection", WHY, "rejected")]
)
def test_a_review_is_bound_to_the_version_that_was_seen(caller: Caller, decision: str, body: Any, status: str) -> None:
    sample = make_sample(make_user())
    caller.sign_in(make_user("researcher"))
    address = f"/v1/samples/{sample.id}/{decision}"
    for without in ({}, {"If-Match": "*"}):
        answer = caller.post(address, json=body, headers=without)
        assert (answer.status_code, answer.json()["code"]) == (428, "precondition_required")
    for stale in ('"2"', "1", 'W/"1"', '"' + "9" * 50 + '"', "nonsense"):
        answer = caller.post(address, json=body, headers={"If-Match": stale})
        assert (answer.status_code, answer.json()["code"], answer.json()["current_version"]) == (412, "stale", 1)
        assert answer.headers["etag"] == '"1"'
    for _ in range(2):
        answer = caller.post(address, json=body, headers={"If-Match": '"1"'})
        assert answer.json() == {"sample_id": sample.id, "status": status, "version": 2}
        assert answer.headers["etag"] == '"2"'
    answer = caller.post(f"/v1/samples/{sample.id}/approval", headers={"If-Match": '"2"'})
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")
    assert "already" in answer.json()["detail"]


def test_a_rejection_needs_its_reason_and_its_text(caller: Caller) -> None:
    sample = make_sample(make_user())
    caller.sign_in(make_user("researcher"))
    for body, fields in (
        ({}, {"reason", "text"}), ({"reason": "photo_blurred", "text": " "}, {"text"}),
        ({"reason": "invented", "text": "x"}, {"reason"}), ({"reason": "a\0", "text": "\ud800"}, {"reason", "text"}),
    ):  # fmt: skip
        content = json.dumps(body)
        answer = caller.post(
            f"/v1/samples/{sample.id}/rejection",
            content=content,
            headers={"If-Match": '"1"', "Content-Type": "application/json"},
        )
        assert answer.status_code == 422
        assert {error["field"] for error in answer.json()["errors"]} == fields


def test_the_reviewer_is_never_the_author(caller: Caller) -> None:
    actor = make_user("researcher")
    caller.sign_in(actor)
    address = f"/v1/samples/{ids.new()}"
    assert caller.put(address, json=values()).json()["status"] == "pending"
    assert caller.post(f"{address}/approval", headers={"If-Match": '"1"'}).json()["code"] == "not_allowed"
