"""Trainings over HTTP."""

from uuid import UUID, uuid4

import pytest

from core import training_runs
from core.training_runs import Report, Trained, Training
from tests.api.conftest import Caller
from tests.makers import make_approved, make_user, weights

START = "/v1/training-runs"


@pytest.fixture
def staff(caller: Caller) -> Caller:
    return caller.sign_in(make_user("researcher"))


def train(training: Training, report: Report) -> Trained:
    report(1, 2, 30.0, "fitting")
    return Trained(weights(), {}, "abc123")


def test_a_training_is_asked_for_done_and_read(staff: Caller) -> None:
    make_approved()
    asked = staff.post(START, json={"name": "ours", "seed": 7})
    told = asked.json()
    address = f"{START}/{told['id']}"
    assert (asked.status_code, asked.headers["location"]) == (202, address)
    assert (told["state"], told["options"]["seed"], "model" in told) == ("waiting", 7, False)
    assert staff.post(START, json={"name": "ours", "seed": 7}).json() == told
    assert staff.get(address).json() == told
    training_runs.work(UUID(told["id"]), train)
    done = staff.get(address).json()
    assert (done["state"], done["done"], done["word"], done["model"]["name"]) == ("done", 2, "fitting", "ours")
    assert staff.get(f"/v1/models/{done['model']['id']}").json()["trained_on"] == "database"
    assert staff.get(START).json() == {"items": [done]}
    assert staff.delete(address).json() == done


def test_a_failure_is_told_in_the_callers_language(staff: Caller) -> None:
    make_approved()
    address = staff.post(START).headers["location"]
    training_runs.work(UUID(address.rpartition("/")[2]), lambda training, report: Trained(b"", {}, ""))
    told = [staff.get(address, headers={"Accept-Language": language}).json()["error"] for language in ("en", "ko")]
    assert told == ["Some entries need mending.", "고쳐야 할 항목이 있습니다."]


def test_only_its_person_and_managers_see_a_training(caller: Caller) -> None:
    run = training_runs.start(make_user("researcher"), {})
    address = f"{START}/{run.id}"
    for role, status in (("researcher", 404), ("normal", 403), ("manager", 200)):
        caller.sign_in(make_user(role))
        for method in ("get", "delete"):
            assert caller.request(method, address).status_code == status
    assert caller.get(address).json()["state"] == "cancelled"
    for unknown in (uuid4(), "nonsense"):
        answer = caller.get(f"{START}/{unknown}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("sent", "field", "code"),
    [
        ({"seed": -1}, "seed", "too_small"), ({"epochs": 1000}, "epochs", "too_large"),
        ({"scale": "1-100"}, "scale", "unknown_choice"), ({"moon": "full"}, "moon", "unknown_field"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_options_is_said_by_field(
    staff: Caller, sent: dict[str, object], field: str, code: str
) -> None:
    answer = staff.post(START, json=sent)
    assert answer.status_code == 422
    error = answer.json()["errors"][0]
    assert (error["field"], error["code"]) == (field, code)
