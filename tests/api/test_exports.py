"""Exports over HTTP."""

import io
import zipfile
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from core import exports
from core.db import transaction
from core.policy import Actor
from tests.api.conftest import Caller
from tests.makers import make_sample, make_user

START = "/v1/exports"


@pytest.fixture
def actor() -> Actor:
    return make_user("researcher")


@pytest.fixture
def staff(caller: Caller, actor: Actor) -> Caller:
    return caller.sign_in(actor)


def test_an_export_is_asked_for_made_and_fetched(staff: Caller, actor: Actor) -> None:
    sample = make_sample(actor)
    asked = staff.post(START, json={"format": "csv", "filter": {"owner": "me"}})
    told = asked.json()
    address = f"{START}/{told['id']}"
    assert (asked.status_code, asked.headers["location"]) == (202, address)
    assert (told["state"], told["total"], told["filter"]) == (
        "waiting", 0, {"owner": str(actor.id), "status": "approved"},
    )  # fmt: skip
    assert staff.post(START, json={"format": "csv", "filter": {"owner": "me"}}).json() == told
    assert staff.get(address).json() == told
    assert staff.get(f"{address}/file").status_code == 404  # not yet
    exports.work(UUID(told["id"]))
    done = staff.get(address).json()
    assert (done["state"], done["parts"]["samples"]) == ("done", 1)
    assert "error" not in done
    assert staff.get(START).json() == {"items": [done]}
    file = staff.get(f"{address}/file")
    assert (file.status_code, file.headers["content-type"]) == (200, "application/zip")
    assert file.headers["content-disposition"] == f'attachment; filename="{done["file_name"]}"'
    assert len(file.content) == done["bytes"] == int(file.headers["content-length"])
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        assert sample.id in archive.read("samples.csv").decode()
    assert staff.delete(address).json()["state"] == "done"  # what is finished stays


def test_a_workbook_speaks_the_language_of_its_person(caller: Caller) -> None:
    caller.sign_in(make_user("researcher", language="ko"))
    assert caller.post(START).json()["language"] == "ko"
    assert caller.post(START, json={"language": "en"}).json()["language"] == "en"


def test_an_export_is_cancelled_however_often(staff: Caller) -> None:
    address = staff.post(START).headers["location"]
    for _ in range(2):
        answer = staff.delete(address)
        assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    assert staff.get(f"{address}/file").status_code == 404


def test_only_its_person_and_managers_see_an_export(caller: Caller, actor: Actor) -> None:
    run = exports.start(actor, {"filter": {"q": "0000"}})
    exports.work(run.id)
    address = f"{START}/{run.id}"
    for role, status in (("researcher", 404), ("normal", 403), ("manager", 200)):
        caller.sign_in(make_user(role))
        assert caller.get(address).status_code == status
        assert caller.delete(address).status_code == status
        assert caller.get(f"{address}/file").status_code == (404 if role == "normal" else status)
    for unknown in (uuid4(), "nonsense"):
        answer = caller.get(f"{START}/{unknown}/file")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_the_file_dies_with_the_role(staff: Caller, actor: Actor) -> None:
    run = exports.start(actor, {"filter": {"q": "0000"}})
    exports.work(run.id)
    address = f"{START}/{run.id}/file"
    assert staff.get(address).status_code == 200
    with transaction() as session:
        session.execute(text("update users set role = 'normal' where id = :id"), {"id": actor.id})
    answer = staff.get(address)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("sent", "field", "code"),
    [
        ({"format": "xls"}, "format", "unknown_choice"),
        ({"filter": {"status": "odd"}}, "filter.status", "unknown_choice"),
        ({"moon": "full"}, "moon", "unknown_field"), ({"farmer_name": True}, "farmer_name", "only_manager"),
        ({"filter": {"received_from": "today"}}, "filter.received_from", "not_a_date"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_by_field(staff: Caller, sent: dict[str, object], field: str, code: str) -> None:
    answer = staff.post(START, json=sent)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_input")
    assert [(each["field"], each["code"]) for each in answer.json()["errors"]] == [(field, code)]
