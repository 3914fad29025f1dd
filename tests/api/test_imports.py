"""Imports over the API: sent as a form, looked up, answered, confirmed, undone."""

from typing import Any
from uuid import UUID

import pytest

from core import imports
from core.policy import Actor
from tests.api.conftest import Caller
from tests.core.imports.people import HEATED, RAW, SAMPLE, Person, make
from tests.core.imports.test_imports import all_of
from tests.makers import make_user

PERSON = Person("api", language=1, groups=(SAMPLE, RAW, HEATED), n=3)


@pytest.fixture
def actor(caller: Caller) -> Actor:
    person = make_user("researcher")
    caller.sign_in(person)
    return person


def send(caller: Caller, data: bytes, **form: str) -> Any:
    return caller.post("/v1/imports", files={"file": ("시험.xlsx", data)}, data=form)


def looked_through(caller: Caller, data: bytes, **form: str) -> str:
    """The address of the import."""
    answer = send(caller, data, **form)
    assert answer.status_code == 202
    imports.work(UUID(answer.json()["id"]))
    return str(answer.headers["Location"])


def test_a_workbook_is_sent_looked_through_confirmed_and_undone(caller: Caller, actor: Actor) -> None:
    address = looked_through(caller, make(PERSON, 41).data, scale="1-10")
    found = caller.get(address).json()
    assert (found["phase"], found["summary"]["good"], found["file_name"]) == ("checked", 3, "시험.xlsx")
    assert caller.post(f"{address}/confirm", json={}).status_code == 202
    imports.work(UUID(found["id"]))
    assert caller.get(address).json()["phase"] == "written"
    assert len(all_of(actor)) == 3
    assert caller.post(f"{address}/undo").json()["phase"] == "undone"
    assert not all_of(actor)
    assert [each["id"] for each in caller.get("/v1/imports").json()["items"]] == [found["id"]]


def test_findings_are_told_in_the_language_of_the_caller(caller: Caller, actor: Actor) -> None:
    made = make(PERSON, 42)
    row = min(made.truth)
    made.cells[row - 1, made.columns["samples.grade"]] = "7"
    address = looked_through(caller, made.written())
    said = caller.get(f"{address}/findings", params={"level": "error"}).json()
    assert [(each["code"], each["row"]) for each in said["items"]] == [("grade_unknown", row)]
    korean = caller.get(f"{address}/findings", headers={"Accept-Language": "ko"}).json()
    assert korean["items"][0]["message"] != said["items"][0]["message"]
    assert caller.get(f"{address}/marked").content.startswith(b"PK")


def test_what_is_asked_is_answered(caller: Caller, actor: Actor) -> None:
    made = make(PERSON, 43)
    made.cells[0, 30] = "뭐였더라"
    made.cells[1, 30] = 5.5
    address = looked_through(caller, made.written())
    refusal = caller.post(f"{address}/confirm", json={})
    assert (refusal.status_code, refusal.json()["code"]) == (409, "open_questions")
    columns = caller.get(f"{address}/columns").json()
    (unknown,) = [each for each in columns["items"] if "target" not in each]
    assert "measurements.ph" in columns["targets"]
    answer = caller.patch(address, json={"scale": "1-10", "mapping": {unknown["key"]: "skip"}})
    assert answer.json()["phase"] == "waiting"
    imports.work(UUID(answer.json()["id"]))
    assert caller.post(f"{address}/confirm").status_code == 202


def test_what_cannot_be_read_is_refused_with_a_reason(caller: Caller, actor: Actor) -> None:
    address = looked_through(caller, b"PK\x03\x04 nothing")
    found = caller.get(address).json()
    assert (found["phase"], found["refused"][0]["code"]) == ("failed", "workbook_broken")
    assert "damaged" in found["refused"][0]["message"]
    assert caller.get(f"{address}/findings").status_code == 404
    assert caller.post(f"{address}/undo").status_code == 409
    assert send(caller, b"").status_code == 422
    assert send(caller, b"x", day="yesterday").status_code == 422
    assert caller.post("/v1/imports").status_code == 422
    assert caller.patch(address, json={"nonsense": 1}).status_code == 422


def test_the_template_is_a_workbook(caller: Caller, actor: Actor) -> None:
    assert caller.get("/v1/imports/template").content.startswith(b"PK")


def test_a_normal_user_imports_nothing(caller: Caller) -> None:
    caller.sign_in(make_user())
    for answer in (send(caller, b"x"), caller.get("/v1/imports"), caller.get("/v1/imports/template")):
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def test_somebody_elses_import_is_unknown(caller: Caller, actor: Actor) -> None:
    address = looked_through(caller, make(PERSON, 44).data)
    caller.sign_in(make_user("researcher"))
    assert caller.get(address).status_code == 404
    caller.sign_in(make_user("manager"))
    assert caller.get(address).status_code == 200
