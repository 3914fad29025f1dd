"""The routes of statistics: the same answers as core, in the caller's language, and a problem for each bad filter."""

from datetime import date

import pytest

from core import statistics
from core.statistics import wording
from tests.api.conftest import Caller
from tests.makers import make_user
from tests.worlds import World, make_world

pytestmark = pytest.mark.usefixtures("servers")


@pytest.fixture(scope="module")
def world(servers: dict[str, str]) -> World:
    return make_world(21, 60)


@pytest.mark.parametrize("view", statistics.VIEWS)
def test_a_route_answers_what_core_answers(caller: Caller, world: World, view: str) -> None:
    researcher = make_user("researcher")
    query = {name: day.isoformat() for name, day in world.wanted.items()}
    told = caller.sign_in(researcher).get(f"/v1/statistics/{view}", params=query)
    assert told.status_code == 200, told.text
    found = statistics.view(researcher, view, world.wanted)
    answer = told.json()
    assert (answer["view"], answer["n"]) == (view, vars(found.n))
    assert answer["filter"] == found.wanted.model_dump(mode="json", exclude_none=True)
    assert [part["name"] for part in answer["parts"]] == list(statistics.VIEWS[view].parts)
    for part, expected in zip(answer["parts"], found.parts, strict=True):
        assert part["n"] == vars(expected.n)
        assert part["missing"] == expected.missing
        assert len(part["rows"]) == len(expected.table)
        assert all(set(row) == set(expected.table) for row in part["rows"])
        assert part["sentence"]


@pytest.mark.parametrize("view", statistics.VIEWS)
def test_an_empty_filter_is_answered_as_well_as_one_that_leaves_nothing(caller: Caller, view: str) -> None:
    caller.sign_in(make_user("manager"))
    for query in ({}, {"first": "1900-01-01", "last": "1900-01-02"}):
        answer = caller.get(f"/v1/statistics/{view}", params=query)
        assert answer.status_code == 200, answer.text


def test_some_parts_only(caller: Caller, world: World) -> None:
    query = {"part": ["bms", "by_sex"], "first": str(world.wanted["first"]), "last": str(world.wanted["last"])}
    answer = caller.sign_in(make_user("researcher")).get("/v1/statistics/grades", params=query).json()
    assert {part["name"] for part in answer["parts"]} == {"bms", "by_sex"}


def test_sentences_are_in_the_callers_language(caller: Caller, world: World) -> None:
    caller.sign_in(make_user("researcher"))
    query = {"part": "bms", "first": str(world.wanted["first"]), "last": str(world.wanted["last"])}
    english, korean = (
        caller.get("/v1/statistics/grades", params=query, headers={"Accept-Language": language}).json()
        for language in ("en", "ko")
    )
    assert "samples have a BMS" in english["parts"][0]["sentence"]
    assert "시료" in korean["parts"][0]["sentence"]
    assert english["parts"][0]["rows"] == korean["parts"][0]["rows"]


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ({"species": "horse"}, "species", "unknown_choice"),
        ({"province": "KR-99"}, "province", "unknown_choice"),
        ({"first": "yesterday"}, "first", "not_a_date"),
        ({"first": "2026-02-30"}, "first", "not_a_date"),
        ({"first": "2026-02-02", "last": "2026-02-01"}, "last", "before_first"),
        ({"bms": "10"}, "bms", "too_large"),
        ({"round": "-1"}, "round", "not_valid"),
        ({"period": "birth"}, "period", "unknown_choice"),
        ({"part": "by_moon"}, "part", "unknown_choice"),
        ({"moon": "full"}, "moon", "unknown_field"),
    ],
)
def test_what_is_wrong_with_a_filter_is_said_by_field(
    caller: Caller, query: dict[str, str], field: str, code: str
) -> None:
    answer = caller.sign_in(make_user("researcher")).get("/v1/statistics/grades", params=query)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["field"].removeprefix("query."), error["code"]) == (field, code)
    assert error["message"]


def test_there_is_no_other_view(caller: Caller) -> None:
    assert caller.sign_in(make_user("researcher")).get("/v1/statistics/weather").status_code == 404


def test_what_json_cannot_hold_is_null() -> None:
    assert [wording.plain(value) for value in (float("nan"), float("inf"), None, 1.5, date(2026, 1, 2), "x")] == [
        None, None, None, 1.5, date(2026, 1, 2), "x",
    ]  # fmt: skip
