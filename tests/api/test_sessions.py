"""Signing in over HTTP."""

import pytest

from core import accounts
from tests.api.conftest import Caller
from tests.makers import PASSWORD, make_user


def test_a_sign_in_gives_tokens_that_nobody_keeps(caller: Caller) -> None:
    actor = make_user("researcher")
    answer = caller.post("/v1/sessions", json={"email": actor.email, "password": PASSWORD, "device": "phone"})
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert told["token_type"] == "Bearer"
    assert 3500 < told["expires_in"] <= 3600
    assert told["user"] == {
        "id": str(actor.id), "email": actor.email, "name": actor.name, "role": "researcher", "language": None,
    }  # fmt: skip
    me = caller.get("/v1/me", headers={"Authorization": f"Bearer {told['access_token']}"})
    assert me.json() == told["user"]


def test_a_refresh_token_works_once(caller: Caller) -> None:
    first = caller.post("/v1/sessions", json={"email": make_user().email, "password": PASSWORD}).json()
    renewed = caller.post("/v1/sessions/refresh", json={"refresh_token": first["refresh_token"]})
    assert renewed.status_code == 200
    assert renewed.json()["access_token"] != first["access_token"]
    again = caller.post("/v1/sessions/refresh", json={"refresh_token": first["refresh_token"]})
    assert (again.status_code, again.json()["code"]) == (401, "not_signed_in")


def test_signing_out_ends_the_token(caller: Caller) -> None:
    caller.sign_in(make_user())
    assert caller.delete("/v1/sessions/current").status_code == 204
    assert caller.get("/v1/me").status_code == 401


def test_wrong_and_unknown_are_answered_alike(caller: Caller) -> None:
    answers = [
        caller.post("/v1/sessions", json={"email": email, "password": "wrong password"})
        for email in (make_user().email, "nobody@example.com", make_user(state="deactivated").email)
    ]
    for answer in answers:
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json() | {"request_id": ""} == answers[0].json() | {"request_id": ""}


def test_too_many_attempts_say_when_to_come_back(caller: Caller) -> None:
    sent = {"email": make_user().email, "password": "wrong password"}
    for _ in range(accounts.ATTEMPTS):
        caller.post("/v1/sessions", json=sent)
    answer = caller.post("/v1/sessions", json=sent)
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_attempts")
    assert 800 < int(answer.headers["retry-after"]) <= 900


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer x", "Basic dXNlcjpwYXNz", "bearer \xff", "Bearer " + "x" * 9000]
)
def test_what_is_no_token_signs_nobody_in(caller: Caller, header: str) -> None:
    answer = caller.get("/v1/me", headers={b"Authorization": header.encode("latin-1")})
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
    assert answer.headers["www-authenticate"] == "Bearer"
