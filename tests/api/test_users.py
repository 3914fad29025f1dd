"""Accounts over HTTP."""

from uuid import uuid4

import pytest

from core.policy import ROLES
from tests.api.conftest import Caller
from tests.makers import PASSWORD, make_user, token


def new(**changes: object) -> dict[str, object]:
    return {"email": f"{uuid4().hex}@example.com", "name": "새 사람", "password": PASSWORD} | changes


def test_an_account_is_made_and_works(caller: Caller) -> None:
    caller.sign_in(make_user("manager"))
    sent = new(role="researcher", id=str(uuid4()))
    made = caller.post("/v1/users", json=sent)
    assert made.status_code == 201
    assert made.json() == caller.post("/v1/users", json=sent).json()
    assert "password" not in made.text
    assert (made.json()["id"], made.json()["state"]) == (sent["id"], "active")
    taken = caller.post("/v1/users", json=new(email=sent["email"]))
    assert (taken.status_code, taken.json()["code"]) == (409, "email_taken")
    credentials = {"email": sent["email"], "password": PASSWORD}
    assert caller.post("/v1/sessions", json=credentials).json()["user"]["role"] == "researcher"


def test_everything_wrong_is_named(caller: Caller) -> None:
    caller.sign_in(make_user("manager"))
    refused = caller.post("/v1/users", json=new(email="x", name="", role="king", more=1))
    assert refused.status_code == 422
    assert {e["field"]: e["code"] for e in refused.json()["errors"]} == {
        "email": "not_valid", "name": "missing", "role": "unknown_choice", "more": "unknown_field",
    }  # fmt: skip
    short = caller.post("/v1/users", json=new(password="short"))
    assert short.json()["errors"][0]["code"] == "password_too_short"


def test_the_list_is_walked(caller: Caller) -> None:
    caller.sign_in(make_user("manager"))
    mark = uuid4().hex[:8]
    made = [caller.post("/v1/users", json=new(name=f"{name} {mark}")).json()["id"] for name in "가나다"]
    first = caller.get("/v1/users", params={"q": mark, "limit": 2, "total": True}).json()
    assert ([row["id"] for row in first["items"]], first["total"]) == (made[:2], 3)
    rest = caller.get("/v1/users", params={"q": mark, "limit": 2, "cursor": first["next_cursor"]}).json()
    assert ([row["id"] for row in rest["items"]], "next_cursor" in rest) == (made[2:], False)
    assert caller.get("/v1/users", params={"role": "king"}).status_code == 422


def test_a_change_works_at_the_next_request(caller: Caller) -> None:
    manager, person = make_user("manager"), make_user()
    theirs = {"Authorization": f"Bearer {token(person)}"}
    caller.sign_in(manager)
    address = f"/v1/users/{person.id}"
    assert caller.get("/v1/bin", headers=theirs).status_code == 403
    assert caller.patch(address, json={"role": "researcher"}).json()["role"] == "researcher"
    assert caller.get("/v1/bin", headers=theirs).status_code == 200
    assert caller.patch(address, json={"state": "deactivated"}).json()["state"] == "deactivated"
    assert caller.get("/v1/bin", headers=theirs).status_code == 401
    assert caller.patch(address, json={"state": "awaiting"}).status_code == 422
    assert caller.patch(f"/v1/users/{uuid4()}", json={"role": "normal"}).status_code == 404
    assert caller.patch(f"/v1/users/{manager.id}", json={"role": "normal"}).status_code == 403


@pytest.mark.parametrize("role", ROLES)
def test_only_managers_pass(caller: Caller, role: str) -> None:
    caller.sign_in(make_user(role))
    person = make_user()
    answers = [
        caller.get("/v1/users"),
        caller.post("/v1/users", json=new()),
        caller.patch(f"/v1/users/{person.id}", json={"role": "researcher"}),
        caller.patch(f"/v1/users/{person.id}", json={"state": "deactivated"}),
        caller.patch(f"/v1/users/{person.id}", json={"state": "active"}),
    ]
    expected = [200, 201, 200, 200, 200] if role == "manager" else [403] * 5
    assert [answer.status_code for answer in answers] == expected
