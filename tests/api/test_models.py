"""Model versions over HTTP: entered with a form, read, made live, rolled back."""

import json
from typing import Any
from uuid import uuid4

import pytest

from api import requests
from core import model_versions, storage
from tests.api.conftest import Caller
from tests.makers import make_live_model, make_user, weights


@pytest.fixture
def staff(caller: Caller) -> Caller:
    return caller.sign_in(make_user("researcher"))


@pytest.fixture
def boss(caller: Caller) -> Caller:
    return caller.sign_in(make_user("manager"))


def about(**changes: Any) -> dict[str, Any]:
    return {"name": "own", "version": uuid4().hex[:12], "trained_on": "folder", "report": {"n": 3}} | changes


def send(caller: Caller, said: Any, file: bytes | None) -> Any:
    files = {"weights": ("model.safetensors", file)} if file is not None else {"other": b""}
    return caller.post("/v1/models", data={"about": said if isinstance(said, str) else json.dumps(said)}, files=files)


def test_a_version_is_entered_and_read(staff: Caller) -> None:
    file, said = weights(scale=[1, 5], code="abc123"), about()
    made = send(staff, said, file)
    assert made.status_code == 201
    told = made.json()
    assert {name: told[name] for name in said} == said
    assert (told["card"], told["code_version"]) == ({"scale": [1, 5], "code": "abc123"}, "abc123")
    assert told["is_live"] is False
    assert staff.get(f"/v1/models/{told['id']}").json() == told
    first = staff.get("/v1/models").json()["items"][0]
    assert first == {name: value for name, value in told.items() if name not in ("report", "data_snapshot")}
    assert storage.get(f"models/{told['sha256']}.safetensors") == file
    assert send(staff, about(), file).json() == told


@pytest.mark.parametrize(
    ("said", "file", "field", "code"),
    [
        (about(), b"no model", "weights", "not_weights"),
        (about(), None, "weights", "missing"),
        ("{", weights(), "about", "not_valid"),
        ("[" * 100_000, weights(), "about", "not_valid"),
        ("[]", weights(), "about", "not_valid"),
        ({}, weights(), "name", "missing"),
        (about(sha256="0"), weights(), "sha256", "unknown_field"),
        (about(report=None), weights(), "report", "not_valid"),
        (about(name="x" * 201), weights(), "name", "too_long"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_form_is_said_by_field(
    staff: Caller, said: Any, file: bytes | None, field: str, code: str
) -> None:
    answer = send(staff, said, file)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_input")
    assert (field, code) in [(error["field"], error["code"]) for error in answer.json()["errors"]]


def test_what_is_no_form_is_refused(staff: Caller) -> None:
    answer = staff.post("/v1/models", json=about())
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_input")
    broken = staff.post("/v1/models", content=b"--x", headers={"Content-Type": "multipart/form-data"})
    assert (broken.status_code, broken.json()["code"]) == (400, "malformed")


def test_what_is_too_large_is_refused(staff: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(requests.LARGEST, "/v1/models", 1000)
    answer = send(staff, about(), b"x" * 2000)
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")


def test_only_staff_enter_versions(caller: Caller) -> None:
    assert send(caller, about(), weights()).status_code == 401
    caller.sign_in(make_user())
    answer = send(caller, about(), weights())
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def test_a_manager_makes_a_version_live_and_goes_back(boss: Caller) -> None:
    before, model = make_live_model(), make_live_model()
    live = boss.post(f"/v1/models/{before}/promotion", json={"reason": "Better."})
    assert (live.status_code, live.json()["id"], live.json()["is_live"]) == (200, str(before), True)
    assert boss.post(f"/v1/models/{before}/promotion").json() == live.json()
    told = boss.get("/v1/models/promotions").json()["items"]
    assert [(one["model"]["id"], one.get("reason")) for one in told[:2]] == [
        (str(before), "Better."),
        (str(model), None),
    ]
    for _ in range(2):
        back = boss.post("/v1/models/rollback", json={"live": str(before), "reason": "Worse."})
        assert (back.status_code, back.json()["id"]) == (200, str(model))
    assert model_versions.live(make_user("manager")).id == model


@pytest.mark.parametrize(
    ("path", "sent", "field"),
    [("rollback", {}, "live"), ("rollback", {"live": "x"}, "live"), ("{id}/promotion", {"why": "x"}, "why"),
     ("{id}/promotion", {"reason": "x" * 2001}, "reason")],
)  # fmt: skip
def test_what_is_wrong_with_a_promotion_is_said_by_field(
    boss: Caller, path: str, sent: dict[str, str], field: str
) -> None:
    answer = boss.post(f"/v1/models/{path.format(id=make_live_model())}", json=sent)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


def test_a_version_that_does_not_exist(boss: Caller) -> None:
    for unknown in (uuid4(), "nonsense"):
        for answer in (boss.get(f"/v1/models/{unknown}"), boss.post(f"/v1/models/{unknown}/promotion")):
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
