"""Whatever is sent, the answer is a problem and never a failure."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import catalogue, ids
from tests.api.conftest import Caller, send_endlessly
from tests.makers import logged, make_user, values

JSON = {"Content-Type": "application/json"}


def check_problem(answer: Any, status: int, code: str) -> None:
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert (answer.status_code, told["status"], told["code"], told["type"]) == (status, status, code, f"/docs#{code}")
    assert told["title"]
    assert told["detail"]
    assert told["request_id"] == answer.headers["x-request-id"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/nowhere", "/v1/samples/", "/v1/samples/%00", "/%ff", "/v2/me"])
def test_an_unknown_address_is_a_problem(caller: Caller, path: str) -> None:
    check_problem(caller.sign_in(make_user()).get(path), 404, "not_found")


def test_a_wrong_method_is_a_problem_that_says_which_are_right(caller: Caller) -> None:
    answer = caller.patch("/v1/me")
    check_problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[1, 2", b"\xff\xfe", b'{"a": ' + b"1" * 5000 + b"}", b"[" * 100_000, b'{"reason": "\x00"}', b"nul"],
)
def test_what_is_no_json_is_a_problem(caller: Caller, body: bytes) -> None:
    caller.sign_in(make_user("researcher"))
    for path in ("/v1/sessions", f"/v1/samples/{ids.new()}/rejection"):
        answer = caller.post(path, content=body, headers=JSON | {"If-Match": '"1"'})
        check_problem(answer, answer.status_code, answer.json()["code"])
        assert (answer.status_code, answer.json()["code"]) in {(400, "malformed"), (422, "bad_input")}


@pytest.mark.parametrize("body", ["null", "1", '"text"', "[]", "[{}]", "{}", "true"])
def test_json_of_another_shape_is_a_problem(caller: Caller, body: str) -> None:
    caller.sign_in(make_user())
    check_problem(caller.put(f"/v1/samples/{ids.new()}", content=body, headers=JSON), 422, "bad_input")


def test_a_body_without_its_content_type_is_a_problem(caller: Caller) -> None:
    check_problem(caller.post("/v1/sessions", content=b'{"email": "a"}'), 422, "bad_input")


def test_a_body_too_large_is_refused_without_reading_it_all() -> None:
    assert send_endlessly("/v1/sessions", JSON) == (413, "payload_too_large", 2)


HARD: list[Any] = [
    None, True, 0, -1, 10**400, 1e308, float("nan"), float("inf"), "", " ", "\0", "\ud800", "x" * 100_000, "a\0b",
    "0000-00-00", "9999-12-31", "0001-01-01", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", 10**18,
    -(10**18), "00000000-0000-0000-0000-000000000000", "' or 1=1 --", "{0}", "{unexpected}", [], {}, [[]],
    {"\0": "\ud800"},
]  # fmt: skip


def plain(value: object) -> str:
    return json.dumps(value)


@pytest.mark.parametrize("value", HARD, ids=lambda value: plain(value)[:20])
def test_no_value_in_any_field_is_ever_a_failure(caller: Caller, value: Any) -> None:
    caller.sign_in(make_user())
    spots = [*values(), "captured_at", "\ud800", "x\0y"]
    bodies = [values() | {spot: value} for spot in spots]
    bodies += [values() | {"scores": values()["scores"] | {name: value}} for name in (*values()["scores"], "other")]
    bodies += [values() | {"photo": values()["photo"] | {name: value}} for name in ("id", "sha256", "other")]
    for body in bodies:
        answer = caller.put(f"/v1/samples/{ids.new()}", content=plain(body), headers=JSON)
        assert answer.status_code in (201, 422), answer.text
        if answer.status_code == 422:
            check_problem(answer, 422, "bad_input")
        else:
            assert caller.get(f"/v1/samples/{answer.json()['id']}").json() == answer.json()
    for credentials in ({"email": value, "password": "x"}, {"email": "a@b.c", "password": value}):
        answer = caller.post("/v1/sessions", content=plain(credentials), headers=JSON)
        check_problem(answer, answer.status_code, answer.json()["code"])
        assert answer.status_code in (401, 422)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.dictionaries(st.sampled_from(sorted(values())), anything) | anything)
def test_no_body_is_ever_a_failure(caller: Caller, body: Any) -> None:
    if "authorization" not in caller.headers:
        caller.sign_in(make_user())
    sent = values() | body if isinstance(body, dict) else body
    answer = caller.put(f"/v1/samples/{ids.new()}", content=plain(sent), headers=JSON)
    assert answer.status_code in (201, 400, 422), answer.text


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    query=st.dictionaries(
        st.sampled_from(
            ["q", "cursor", "from", "to", "limit", "grade", "status", "first", "last", "period", "part", "x"]
        ),
        st.text(),
    )
)
def test_no_query_is_ever_a_failure(caller: Caller, query: dict[str, str]) -> None:
    if "authorization" not in caller.headers:
        caller.sign_in(make_user("manager"))
    query = {name: value.encode(errors="replace").decode() for name, value in query.items()}
    for path in ("/v1/samples", "/v1/statistics/regions"):
        assert caller.get(path, params=query).status_code in (200, 422)


def test_a_given_request_id_comes_back_if_it_is_one(caller: Caller) -> None:
    assert (
        caller.get("/healthz", headers={"X-Request-ID": "phone-12345678"}).headers["x-request-id"] == "phone-12345678"
    )
    for odd in ("short", "x" * 65, "with space here"):
        assert caller.get("/healthz", headers={"X-Request-ID": odd}).headers["x-request-id"] != odd


def test_a_failure_is_told_without_details_and_logged_with_all(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("the inside story")

    caller.sign_in(make_user())
    monkeypatch.setattr(catalogue, "get", fail)
    with logged() as entries:
        answer = caller.get("/v1/catalogue")
    check_problem(answer, 500, "unexpected")
    assert "inside" not in answer.text
    assert answer.json()["request_id"] in answer.json()["detail"]
    failed = next(entry for entry in entries if entry["event"] == "request.failed")
    assert failed["request_id"] == answer.json()["request_id"]
    assert "the inside story" in failed["exception"]
    assert caller.headers["authorization"].split()[1] not in json.dumps(entries)


def test_the_day_is_a_day(caller: Caller) -> None:
    caller.sign_in(make_user("manager"))
    answer = caller.get("/v1/statistics/regions", params={"first": "2099-12-31"})
    assert answer.json()["n"] == {"samples": 0, "animals": 0, "scores": 0}
    check_problem(caller.get("/v1/statistics/regions", params={"first": str(date.max)}), 422, "bad_input")
