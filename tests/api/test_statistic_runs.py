"""Runs of statistics over HTTP."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from core.statistics import runs, wording
from tests.api.conftest import Caller
from tests.makers import make_user
from tests.worlds import World, make_world

START = "/v1/statistics/mixed/runs"


@pytest.fixture(scope="module")
def world(servers: dict[str, str]) -> World:
    return make_world(60, 60, pigs=0)


@pytest.fixture
def staff(caller: Caller) -> Caller:
    return caller.sign_in(make_user("researcher"))


def question(world: World, **more: Any) -> dict[str, Any]:
    return {name: day.isoformat() for name, day in world.wanted.items()} | more


def test_a_run_is_asked_for_computed_and_read(caller: Caller, world: World) -> None:
    researcher = make_user("researcher")
    caller.sign_in(researcher)
    asked = caller.post(START, json=question(world, response="flavor", factor="sex"))
    told = asked.json()
    address = f"/v1/statistics/runs/{told['id']}"
    assert (asked.status_code, asked.headers["location"]) == (202, address)
    assert (told["state"], told["parts"], told["finished_at"], told["error"]) == ("waiting", [], None, None)
    assert told["filter"] == runs.question("mixed", question(world, response="flavor", factor="sex"))
    assert caller.post(START, json=question(world, response="flavor", factor="sex")).json() == told
    assert caller.get(address).json() == told
    runs.work(UUID(told["id"]))
    done = caller.get(address).json()
    assert (done["state"], done["done"], [part["name"] for part in done["parts"]]) == (
        "done", done["total"], ["mixed_means", "mixed_variance"],
    )  # fmt: skip
    for part, expected in zip(done["parts"], runs.get(researcher, UUID(told["id"])).parts, strict=True):
        assert part["rows"] == wording.plain_rows(expected.table)
        assert part["sentence"]
    korean = caller.get(address, headers={"Accept-Language": "ko"}).json()
    assert korean["parts"][0]["sentence"] != done["parts"][0]["sentence"]
    assert korean["parts"][0]["rows"] == done["parts"][0]["rows"]
    # What is finished stays.
    assert caller.delete(address).json() == done


def test_a_run_is_cancelled_however_often(staff: Caller, world: World) -> None:
    address = staff.post(START, json=question(world)).headers["location"]
    for _ in range(2):
        answer = staff.delete(address)
        assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    assert staff.get(address).json()["state"] == "cancelled"


def test_a_run_without_a_filter(staff: Caller) -> None:
    answer = staff.post(START)
    assert (answer.status_code, answer.json()["filter"]["factor"]) == (202, "grade")


def test_only_its_person_and_managers_see_a_run(caller: Caller) -> None:
    run = runs.start(make_user("researcher"), "mixed", {})
    address = f"/v1/statistics/runs/{run.id}"
    for role, status in (("researcher", 404), ("normal", 403), ("manager", 200)):
        caller.sign_in(make_user(role))
        for method in ("get", "delete"):
            assert caller.request(method, address).status_code == status
    for unknown in (uuid4(), "nonsense"):
        answer = caller.get(f"/v1/statistics/runs/{unknown}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert caller.sign_in(make_user()).post(START, json={}).status_code == 403


@pytest.mark.parametrize(
    ("sent", "field", "code"),
    [
        ({"species": "horse"}, "species", "unknown_choice"),
        ({"factor": "farm"}, "factor", "unknown_choice"),
        ({"response": "beauty"}, "response", "unknown_choice"),
        ({"moon": "full"}, "moon", "unknown_field"),
        ({"first": "2026-02-02", "last": "2026-02-01"}, "last", "before_first"),
    ],
)
def test_what_is_wrong_with_a_question_is_said_by_field(
    staff: Caller, sent: dict[str, str], field: str, code: str
) -> None:
    answer = staff.post(START, json=sent)
    assert answer.status_code == 422
    error = answer.json()["errors"][0]
    assert (error["field"].split(".")[0], error["code"]) == (field, code)


def test_there_are_no_other_runs(staff: Caller) -> None:
    assert staff.post("/v1/statistics/grades/runs", json={}).status_code == 404
