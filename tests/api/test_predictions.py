"""Predictions of photos over HTTP: asked for, read, accepted; photos that look alike."""

import io
from uuid import uuid4

import pytest
from PIL import Image

from core import model_versions, predictions
from models import registry
from tests.api.conftest import Caller
from tests.makers import direction, make_approved, make_live_model, make_user, photo_id, predict


@pytest.fixture
def staff(caller: Caller) -> Caller:
    return caller.sign_in(make_user("researcher"))


def test_a_prediction_is_asked_for_and_then_read(staff: Caller) -> None:
    model, photo = make_live_model(), photo_id(make_approved())
    address = f"/v1/photos/{photo}/predictions"
    asked = staff.post(address)
    assert (asked.status_code, asked.headers["location"]) == (202, address)
    assert staff.get(address).json() == {"items": []}
    stored = predict(photo, model)
    known = staff.post(address)
    assert known.status_code == 200
    told = known.json()
    assert set(told) == {
        "id", "photo_id", "model", "grade", "named_grade", "scores", "values", "abstained", "measures", "strangeness",
        "predicted_at", "is_ai",
    }  # fmt: skip
    assert told["named_grade"] == "1+"
    assert (told["grade"], told["scores"], told["values"]) == (stored.grade, stored.scores, stored.values)
    assert (told["abstained"], told["measures"], told["is_ai"]) == ({"texture": "no_better"}, {"fat_share": 0.25}, True)
    assert set(told["model"]) == {"id", "name", "version", "sha256", "trained_on"}
    assert staff.get(address).json() == {"items": [told]}


def test_a_prediction_is_accepted_once(caller: Caller) -> None:
    known = predict(photo_id(make_approved()), make_live_model())
    researcher = make_user("researcher")
    address = f"/v1/predictions/{known.id}/acceptance"
    accepted = caller.sign_in(researcher).post(address)
    assert accepted.status_code == 200
    assert (accepted.json()["is_ai"], accepted.json()["accepted_by"]) == (False, str(researcher.id))
    assert caller.sign_in(make_user("manager")).post(address).json() == accepted.json()
    assert caller.get(f"/v1/photos/{known.photo_id}/predictions").json() == {"items": [accepted.json()]}


def test_where_nothing_was_said_there_is_nothing_to_accept(staff: Caller) -> None:
    silent = {"grade": {}, "scores": {}, "values": {}, "abstained": {"grade": "not_meat"}}
    known = predict(photo_id(make_approved()), make_live_model(), **silent)
    answer = staff.post(f"/v1/predictions/{known.id}/acceptance")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "nothing_to_accept")
    assert staff.post(f"/v1/predictions/{uuid4()}/acceptance").status_code == 404


def test_similar_photos_come_with_what_was_found(staff: Caller) -> None:
    model, first, second = make_live_model(), make_approved(), make_approved()
    for sample, turned in ((first, 0), (second, 30)):
        predict(photo_id(sample), model, embedding=direction(turned, axis=21))
    address = f"/v1/photos/{photo_id(first)}/similar"
    (told,) = staff.get(address, params={"k": 1}).json()["items"]
    (found,) = predictions.similar(make_user("researcher"), photo_id(first), 1)
    assert told == vars(found) | {"photo_id": str(found.photo_id)}
    assert (told["sample_id"], told["grade"], told["scores"]["marbling"]) == (second.id, "1+", 7)
    assert "embedding" not in staff.get(address.replace("similar", "predictions")).text
    assert staff.get(f"/v1/photos/{photo_id(make_approved())}/similar").json() == {"items": []}
    for k, code in ((0, "too_small"), (51, "too_large"), ("many", "not_a_number")):
        answer = staff.get(address, params={"k": k})
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)


def test_an_explanation_is_a_picture_of_the_photo(staff: Caller) -> None:
    registry.register_shipped()
    manager, sample = make_user("manager"), make_approved()
    shipped = next(one for one in model_versions.browse(manager) if one.trained_on == "generated photos")
    model_versions.promote(manager, shipped.id)
    address = f"/v1/photos/{photo_id(sample)}/explanation"
    shown = staff.get(address, params={"target": "grade"})
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/png")
    copy = staff.get(f"/v1/photos/{photo_id(sample)}/content", params={"size": "1024"})
    assert Image.open(io.BytesIO(shown.content)).size == Image.open(io.BytesIO(copy.content)).size
    refused = staff.get(address, params={"target": "price"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "target")
    assert staff.get(f"/v1/photos/{uuid4()}/explanation").status_code == 404
    assert staff.sign_in(make_user()).get(address).status_code == 403
