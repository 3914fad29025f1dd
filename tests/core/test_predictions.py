"""Predictions: asked for once, stored once."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from core import ids, predictions, samples
from core.db import transaction
from core.errors import NotAllowed, NotFound, PhotoMissing
from core.tables import AuditEvent, ModelVersion
from tests.makers import fresh, make_approved, make_live_model, make_sample, make_user, photo_id

SAID: dict[str, Any] = {
    "grade": {"1++": 0.25, "1+": 0.75},
    "scores": {"marbling": {"value": 6.5, "low": 5.0, "high": 8.0, "scale": "1-10"}},
    "abstained": ["texture"],
}


def jobs(photo: UUID) -> list[dict[str, Any]]:
    with transaction() as session:
        query = text("select args from procrastinate_jobs where args ->> 'photo_id' = :photo and task_name = 'predict'")
        return list(session.scalars(query, {"photo": str(photo)}))


def test_asking_twice_makes_one_job() -> None:
    model, researcher, photo = make_live_model(), make_user("researcher"), photo_id(make_approved())
    assert predictions.request(researcher, photo) is None
    assert predictions.request(make_user("manager"), photo) is None
    expected = {"photo_id": str(photo), "model_version_id": str(model), "actor_id": str(researcher.id)}
    assert jobs(photo) == [expected]


def test_what_is_known_is_given_at_once_and_never_overwritten() -> None:
    model, researcher, photo = make_live_model(), make_user("researcher"), photo_id(make_approved())
    predictions.store(researcher, photo, model, **SAID)
    predictions.store(researcher, photo, model, **SAID | {"grade": {"3": 1.0}})
    known = predictions.request(researcher, photo)
    assert known is not None
    assert (known.grade, known.scores, known.abstained) == (SAID["grade"], SAID["scores"], SAID["abstained"])
    assert predictions.of_photo(researcher, photo) == [known]
    assert jobs(photo) == []


def test_a_prediction_is_in_the_history_of_its_sample() -> None:
    sample = make_approved()
    for _ in range(2):
        predictions.store(make_user("researcher"), photo_id(sample), make_live_model(), **SAID)
    with transaction() as session:
        assert session.query(AuditEvent).filter_by(subject_id=sample.id, action="prediction.run").count() == 2


def test_a_newer_model_is_asked_again_and_the_older_answer_stays() -> None:
    researcher, photo = make_user("researcher"), photo_id(make_approved())
    older = make_live_model()
    predictions.store(researcher, photo, older, **SAID)
    newer = make_live_model()
    assert predictions.live_model(researcher).id == newer
    assert predictions.request(researcher, photo) is None
    predictions.store(researcher, photo, newer, **SAID)
    assert [known.model.id for known in predictions.of_photo(researcher, photo)] == [newer, older]


def test_only_staff_ask_and_only_about_stored_photos() -> None:
    make_live_model()
    author = make_user()
    photo = photo_id(make_sample(author))
    with pytest.raises(NotAllowed):
        predictions.request(author, photo)
    with pytest.raises(NotAllowed):
        predictions.of_photo(author, photo)
    with pytest.raises(NotFound):
        predictions.request(make_user("researcher"), uuid4())
    awaited = photo_id(samples.register(author, ids.new(), fresh()).sample)
    with pytest.raises(PhotoMissing):
        predictions.request(make_user("researcher"), awaited)


def test_the_shipped_model_is_entered_once_and_displaces_nobody() -> None:
    live = make_live_model()
    sha256 = ids.new()
    for _ in range(2):
        predictions.register_shipped("shipped", sha256, sha256, b"weights", "generated pictures", {})
    assert predictions.live_model(make_user("manager")).id == live
    with transaction() as session:
        assert session.query(ModelVersion).filter_by(sha256=sha256).count() == 1
