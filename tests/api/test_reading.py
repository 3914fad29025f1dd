"""Catalogue, statistics, health and the contract."""

import pytest

from api import docs
from api.app import app
from core import catalogue, db, statistics
from tests.api.conftest import Caller
from tests.makers import make_approved, make_user


def test_the_catalogue_is_sent_once(caller: Caller) -> None:
    caller.sign_in(make_user())
    first = caller.get("/v1/catalogue")
    assert first.json() == catalogue.get().as_json()
    assert first.headers["cache-control"].startswith("private")
    again = caller.get("/v1/catalogue", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert caller.get("/v1/catalogue", headers={"If-None-Match": '"other"'}).status_code == 200


def test_statistics_are_the_pages_numbers(caller: Caller) -> None:
    manager = make_user("manager")
    make_approved(slaughtered_on="2019-05-05", graded_on=None, born_on=None, farm_address="어딘가")
    make_approved(slaughtered_on="2019-06-05", graded_on=None, born_on=None, farm_address="경기도 광주시")
    query = {"first": "2019-01-01", "last": "2019-12-31", "species": "cattle"}
    told = caller.sign_in(manager).get("/v1/statistics/regions", params=query | {"part": ["map", "heat"]}).json()
    found = statistics.view(manager, "regions", query, ("map", "heat"))
    assert query.items() <= told["filter"].items()
    assert told["n"] == vars(found.n) == {"samples": 2, "animals": 2, "scores": 0}
    assert told["missing"] == found.missing == 1
    by_province, by_month = (part["rows"] for part in told["parts"])
    assert {row["province"]: row["samples"] for row in by_province} == {"unknown": 1, "KR-41": 1}
    assert [row["month"] for row in by_month] == ["2019-05-01", "2019-06-01"]


def test_the_process_is_well(caller: Caller) -> None:
    assert caller.get("/healthz").json() == {"status": "ok"}
    assert caller.get("/readyz").json() == {"status": "ok"}


def test_a_process_without_its_servers_lives_but_is_not_ready(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    lost = db.make_engine("postgresql://nobody@127.0.0.1:9/none")
    monkeypatch.setattr(db, "engine", lambda: lost)
    answer = caller.get("/readyz")
    assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
    assert caller.get("/healthz").status_code == 200


def test_the_contract_in_docs_is_current() -> None:
    assert docs.FILE.read_text(encoding="utf-8") == docs.contract_text(app), "run `python manage.py openapi`"


def test_every_operation_is_described_and_names_the_shape_of_errors() -> None:
    for path, operations in app.openapi()["paths"].items():
        for method, operation in operations.items():
            assert operation["description"], (method, path)
            assert "application/problem+json" in operation["responses"]["default"]["content"]


def test_the_contract_can_be_read_without_any_other_host(caller: Caller) -> None:
    page = caller.get("/docs")
    assert page.status_code == 200
    for path in app.openapi()["paths"]:
        assert path in page.text
    assert "http://" not in page.text
    assert "https://" not in page.text
    assert "<script" not in page.text
    assert "sha256-" in page.headers["content-security-policy"]
    assert caller.get("/openapi.json").json() == app.openapi()
