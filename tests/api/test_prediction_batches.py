"""Batches of predictions over HTTP."""

from uuid import UUID, uuid4

import pytest

from core.model_versions import ModelInfo
from core.policy import Actor
from core.predictions import PhotoToPredict, Said, batches
from tests.api.conftest import Caller
from tests.makers import make_live_model, make_sample, make_user, photo_id, said

START = "/v1/prediction-batches"


@pytest.fixture
def actor() -> Actor:
    make_live_model()
    return make_user("researcher")


@pytest.fixture
def staff(caller: Caller, actor: Actor) -> Caller:
    return caller.sign_in(actor)


def test_a_batch_is_asked_for_predicted_read_and_accepted(staff: Caller, actor: Actor) -> None:
    first, second = make_sample(actor), make_sample(actor)

    def predict(model: ModelInfo, photo: PhotoToPredict) -> Said:
        if photo.photo_id == photo_id(first):
            raise ValueError("no picture")
        return said()

    asked = staff.post(START, json={"owner": "me"})
    told = asked.json()
    address = f"{START}/{told['id']}"
    assert (asked.status_code, asked.headers["location"]) == (202, address)
    assert (told["state"], told["total"], told["filter"]) == ("waiting", 0, {"owner": str(actor.id)})
    assert staff.post(START, json={"owner": "me"}).json() == told
    assert staff.get(address).json() == told
    batches.work(UUID(told["id"]), predict)
    done = staff.get(address).json()
    assert [done[name] for name in ("state", "done", "failed", "total", "to_accept")] == ["done", 1, 1, 2, 1]
    rows = staff.get(f"{address}/rows").json()
    assert ([row["sample_id"] for row in rows["items"]], rows["total"]) == ([second.id, first.id], 2)
    good, bad = rows["items"]
    assert good["prediction"] == staff.get(f"/v1/photos/{photo_id(second)}/predictions").json()["items"][0]
    assert (good["measured"]["grade"], good["grade_steps"], good["differences"]) == (
        "1+", 0, {"marbling": -0.5, "bms": 0.0},
    )  # fmt: skip
    assert (bad["state"], bad["error"], "prediction" in bad) == (
        "failed",
        "The model could not read this photo.",
        False,
    )
    page = staff.get(f"{address}/rows", params={"limit": 1}).json()
    rest = staff.get(f"{address}/rows", params={"after": page["next"], "limit": 1}).json()
    assert [*page["items"], *rest["items"]] == rows["items"]
    assert "next" not in rest
    assert staff.get(f"{address}/rows", params={"only": "failed"}).json()["items"] == [bad]
    for accepted in (1, 0):
        answer = staff.post(f"{address}/acceptance")
        assert (answer.status_code, answer.json()) == (200, {"accepted": accepted})
    assert staff.delete(address).json()["state"] == "done"  # what is finished stays


def test_a_batch_is_cancelled_however_often(staff: Caller) -> None:
    address = staff.post(START).headers["location"]
    for _ in range(2):
        answer = staff.delete(address)
        assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")


def test_only_its_person_and_managers_see_a_batch(caller: Caller, actor: Actor) -> None:
    batch = batches.start(actor, {"owner": "me"})
    address = f"{START}/{batch.id}"
    calls = (("get", address), ("get", f"{address}/rows"), ("post", f"{address}/acceptance"), ("delete", address))
    for role, status in (("researcher", 404), ("normal", 403), ("manager", 200)):
        caller.sign_in(make_user(role))
        for method, path in calls:
            assert caller.request(method, path).status_code == status
    assert str(batch.id) in [item["id"] for item in caller.get(START).json()["items"]]
    for unknown in (uuid4(), "nonsense"):
        answer = caller.get(f"{START}/{unknown}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    caller.sign_in(make_user("researcher"))
    assert caller.get(START).json() == {"items": []}


@pytest.mark.parametrize(
    ("sent", "field", "code"),
    [
        ({"status": "odd"}, "status", "unknown_choice"), ({"heated": "perhaps"}, "heated", "not_valid"),
        ({"moon": "full"}, "moon", "unknown_field"), ({"received_from": "today"}, "received_from", "not_a_date"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_filter_is_said_by_field(
    staff: Caller, sent: dict[str, str], field: str, code: str
) -> None:
    answer = staff.post(START, json=sent)
    assert answer.status_code == 422
    error = answer.json()["errors"][0]
    assert (error["field"], error["code"]) == (field, code)
