"""Predictions: asked for once, stored once, never changed, accepted by a person; and photos that look alike."""

import threading
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from benchmarks.measuring import statements
from core import (
    audit,
    clock,
    evaluations,
    history,
    ids,
    measurements,
    photos,
    predictions,
    recycle_bin,
    reviews,
    samples,
)
from core.config import settings
from core.db import engine, make_engine, transaction
from core.errors import BadInput, NoLiveModel, NotAllowed, NotFound, PhotoMissing
from core.evaluations import NewEvaluation
from core.measurements import NewMeasurement
from core.predictions import PredictionView, asking, neighbours
from core.tables import AuditEvent, Prediction
from tests.makers import (
    direction,
    fresh,
    jpeg,
    logged,
    make_approved,
    make_live_model,
    make_sample,
    make_user,
    photo_id,
    predict,
)

MODEL_ANSWERS = {
    "marbling": {"value": 6.5, "low": 5.0, "high": 8.0, "scale": "1-10"},
}


def jobs(photo: UUID) -> list[dict[str, Any]]:
    with transaction() as session:
        query = text("select args from procrastinate_jobs where args ->> 'photo_id' = :photo and task_name = 'predict'")
        return list(session.scalars(query, {"photo": str(photo)}))


def accepted_events(sample_id: str) -> int:
    with transaction() as session:
        return session.query(AuditEvent).filter_by(subject_id=sample_id, action="prediction.accept").count()


def test_asking_twice_makes_one_job() -> None:
    model, researcher, photo = make_live_model(), make_user("researcher"), photo_id(make_approved())
    assert predictions.request(researcher, photo) is None
    assert predictions.request(make_user("manager"), photo) is None
    expected = {"photo_id": str(photo), "model_version_id": str(model), "actor_id": str(researcher.id)}
    assert jobs(photo) == [expected]


def test_what_is_known_is_given_at_once_and_never_overwritten() -> None:
    model, researcher, sample = make_live_model(), make_user("researcher"), make_approved()
    photo = photo_id(sample)
    known = predict(photo, model)
    assert predict(photo, model, grade={"3": 1.0}, embedding=()) == known
    assert predictions.request(researcher, photo) == known
    assert predictions.of_photo(researcher, photo) == [known]
    assert predictions.get(researcher, known.id) == known
    assert (known.sample_id, known.seq, known.preparation) == (sample.id, 0, "raw")
    assert (known.grade, known.scores) == ({"1++": 0.25, "1+": 0.75}, MODEL_ANSWERS)
    assert known.values == {"bms": {"value": 6.0, "low": 5.0, "high": 7.0}}
    assert (known.abstained, known.measures, known.strangeness) == ({"texture": "no_better"}, {"fat_share": 0.25}, 0.5)
    assert (known.named_grade, known.scale, known.model.id) == ("1+", (1.0, 10.0), model)
    assert known.is_ai
    assert jobs(photo) == []


def test_grades_and_scores_come_in_the_order_that_people_expect() -> None:
    scores = dict.fromkeys(("umami", "overall", "flavor", "marbling"), (5.0, 4.0, 6.0))
    known = predict(photo_id(make_approved()), make_live_model(), grade={"3": 0.1, "1++": 0.2, "1": 0.7}, scores=scores)
    assert known.grade is not None
    assert [*known.grade] == ["1++", "1", "3"]
    assert [*known.scores] == ["marbling", "overall", "flavor", "umami"]
    silent = dict.fromkeys(("umami", "bms", "grade", "color"), "species")
    known = predict(photo_id(make_approved()), make_live_model(), abstained=silent)
    assert [*known.abstained] == ["grade", "color", "umami", "bms"]


def test_what_it_takes_to_compute_it_again_is_kept() -> None:
    sample = make_approved()
    known = predict(photo_id(sample), make_live_model(), measures={"fat_share": 0.1, "fleck_size": float("nan")})
    stored = predictions.photo(make_user("researcher"), known.photo_id)
    with transaction() as session:
        row = session.get_one(Prediction, known.id)
        assert row.told == {"species": "cattle", "cut": "loin", "sha256": stored.sha256}
        assert row.embedding == pytest.approx(direction(0))
        assert row.measures == {"fat_share": 0.1}  # what could not be measured is absent


@pytest.mark.parametrize(
    "change",
    ["grade = '{}'", "scores = '{}'", "embedding = null", "strangeness = 0", "photo_id = gen_random_uuid()",
     "predicted_at = now()", "told = '{}'"],
)  # fmt: skip
@pytest.mark.parametrize("role", ["application", "owner"])
def test_the_database_lets_nobody_change_a_prediction(servers: dict[str, str], role: str, change: str) -> None:
    known = predict(photo_id(make_approved()), make_live_model())
    who = engine() if role == "application" else make_engine(servers["DATABASE_OWNER_URL"])
    with pytest.raises(DBAPIError, match="only added"), who.begin() as connection:
        connection.execute(text(f"update predictions set {change} where id = :id"), {"id": known.id})  # noqa: S608


@pytest.mark.parametrize(
    "statement",
    ["update model_versions set report = '{}'", "delete from model_versions where id = :id",
     "update model_promotions set promoted_at = now()", "delete from model_promotions where model_version_id = :id"],
)  # fmt: skip
def test_the_database_only_adds_versions_and_promotions(servers: dict[str, str], statement: str) -> None:
    model = make_live_model()
    for who in (engine(), make_engine(servers["DATABASE_OWNER_URL"])):
        with pytest.raises(DBAPIError, match="only added"), who.begin() as connection:
            connection.execute(text(statement), {"id": model})


def test_predictions_go_only_with_their_photo() -> None:
    sample, manager = make_approved(), make_user("manager")
    known = predict(photo_id(sample), make_live_model())
    with pytest.raises(DBAPIError, match="permission denied"), engine().begin() as connection:
        connection.execute(text("delete from predictions where id = :id"), {"id": known.id})
    recycle_bin.remove(manager, sample.id, sample.version, "Wrong.")
    recycle_bin.purge(manager, sample.id, "Asked for.")
    with transaction() as session:
        assert session.get(Prediction, known.id) is None


def test_a_prediction_is_in_the_history_of_its_sample() -> None:
    sample = make_approved()
    for _ in range(2):
        predict(photo_id(sample), make_live_model())
    with transaction() as session:
        assert session.query(AuditEvent).filter_by(subject_id=sample.id, action="prediction.run").count() == 2


def test_a_newer_model_is_asked_again_and_the_older_answer_stays() -> None:
    researcher, photo = make_user("researcher"), photo_id(make_approved())
    older = make_live_model()
    predict(photo, older)
    newer = make_live_model()
    assert predictions.request(researcher, photo) is None
    predict(photo, newer)
    assert [known.model.id for known in predictions.of_photo(researcher, photo)] == [newer, older]


def test_only_staff_ask_and_only_about_stored_photos() -> None:
    model = make_live_model()
    author = make_user()
    photo = photo_id(make_sample(author))
    known = predict(photo, model)
    for refused in (
        lambda: predictions.request(author, photo),
        lambda: predictions.of_photo(author, photo),
        lambda: predictions.get(author, known.id),
        lambda: predictions.accept(author, known.id),
        lambda: predictions.similar(author, photo),
    ):
        with pytest.raises(NotAllowed):
            refused()
    with pytest.raises(NotFound):
        predictions.request(make_user("researcher"), uuid4())
    awaited = photo_id(samples.register(author, ids.new(), fresh()).sample)
    with pytest.raises(PhotoMissing):
        predictions.request(make_user("researcher"), awaited)
    with pytest.raises(NotFound):
        predictions.photo(make_user("researcher"), awaited)


def test_without_a_live_model_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(session: object) -> None:
        raise NoLiveModel

    monkeypatch.setattr(asking, "live_info", none)
    photo = photo_id(make_approved())
    with pytest.raises(NoLiveModel):
        predictions.request(make_user("researcher"), photo)
    assert jobs(photo) == []


def test_a_person_accepts_what_a_model_said() -> None:
    sample, researcher = make_approved(), make_user("researcher")
    known = predict(photo_id(sample), make_live_model())
    with clock.at(clock.now() + timedelta(minutes=5)):
        accepted = predictions.accept(researcher, known.id)
        assert accepted.accepted_at == clock.now()
    assert (accepted.accepted_by, accepted.accepted_by_name, accepted.is_ai) == (researcher.id, researcher.name, False)
    assert predictions.accept(make_user("manager"), known.id) == accepted  # the first one stays
    assert predictions.of_photo(researcher, known.photo_id) == [accepted]
    assert accepted_events(sample.id) == 1
    assert history.of_sample(researcher, sample.id)[-1].action == "prediction.accept"


def test_accepting_at_once_is_one_acceptance() -> None:
    sample = make_approved()
    known = predict(photo_id(sample), make_live_model())
    people, found = [make_user("researcher") for _ in range(4)], list[PredictionView]()
    threads = [
        threading.Thread(target=lambda who=who: found.append(predictions.accept(who, known.id))) for who in people
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len({one.accepted_by for one in found}) == 1
    assert accepted_events(sample.id) == 1


def test_where_a_model_says_nothing_there_is_nothing_to_accept() -> None:
    silent = {"grade": {}, "scores": {}, "values": {}, "abstained": {"grade": "not_meat"}, "embedding": ()}
    known = predict(photo_id(make_approved()), make_live_model(), **silent)
    assert (known.grade, known.named_grade, known.says_something) == (None, None, False)
    with pytest.raises(BadInput) as refused:
        predictions.accept(make_user("researcher"), known.id)
    assert [(f.field, f.code) for f in refused.value.findings] == [("prediction", "nothing_to_accept")]


def test_what_lies_in_the_bin_is_not_accepted() -> None:
    sample, manager = make_approved(), make_user("manager")
    known = predict(photo_id(sample), make_live_model())
    recycle_bin.remove(manager, sample.id, sample.version, "Wrong.")
    for prediction in (known.id, uuid4()):
        with pytest.raises(NotFound):
            predictions.accept(manager, prediction)
        with pytest.raises(NotFound):
            predictions.get(manager, prediction)


def test_events_of_many_subjects_are_chained_like_single_ones() -> None:
    actor, subjects = make_user("researcher"), [f"many-{uuid4()}" for _ in range(3)]
    with transaction() as session:
        audit.record(session, actor, "test", "thing", subjects[0])
        changes = [(subject, {"n": n}) for n, subject in enumerate([*subjects, *subjects])]
        audit.record_many(session, actor, "test", "thing", changes)
        audit.record(session, actor, "test", "thing", subjects[0])
    with transaction() as session:
        for subject, length in zip(subjects, (4, 2, 2), strict=True):
            events = session.query(AuditEvent).filter_by(subject_id=subject).order_by(AuditEvent.position).all()
            assert [event.position for event in events] == [*range(1, length + 1)]
            before = ["", *(event.hash for event in events)]
            assert [event.previous_hash for event in events] == before[:-1]
            assert [audit.event_hash(event) for event in events] == before[1:]


@pytest.fixture
def on_approval(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "predict_on_approval", True)


@pytest.mark.usefixtures("on_approval")
def test_approval_asks_for_predictions_where_the_setting_says_so() -> None:
    model, reviewer = make_live_model(), make_user("researcher")
    pending = make_sample(make_user())
    assert jobs(photo_id(pending)) == []
    reviews.approve(reviewer, pending.id, pending.version)
    expected = {"photo_id": str(photo_id(pending)), "model_version_id": str(model), "actor_id": str(reviewer.id)}
    assert jobs(photo_id(pending)) == [expected]
    own = make_approved()  # as it is submitted
    assert len(jobs(photo_id(own))) == 1
    rejected = make_sample(make_user())
    reviews.reject(reviewer, rejected.id, rejected.version, "other", "Mend it.")
    assert jobs(photo_id(rejected)) == []


@pytest.mark.usefixtures("on_approval")
def test_an_approval_stands_whatever_becomes_of_the_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise ConnectionError("away")

    pending = make_sample(make_user())
    monkeypatch.setattr(asking, "live_info", broken)
    with logged() as entries:
        assert reviews.approve(make_user("researcher"), pending.id, pending.version).status == "approved"
    assert [entry["event"] for entry in entries] == ["predict.not_asked"]
    assert samples.get(make_user("researcher"), pending.id).status == "approved"


def test_approval_asks_nothing_unless_the_setting_says_so() -> None:
    make_live_model()
    assert jobs(photo_id(make_approved())) == []


def test_similar_photos_are_near_in_angle_and_come_with_what_was_found() -> None:
    model, researcher = make_live_model(), make_user("researcher")
    made = [make_approved(bms=number, grade="1++" if number > 6 else "1+") for number in (6, 6, 8, 6)]
    taken = [photo_id(sample) for sample in made]
    for photo, turned in zip(taken, (0, 20, 10, 90), strict=True):
        predict(photo, model, embedding=direction(turned, axis=7))
    scores = {"flavor": 7, "umami": 4}
    for n, flavor in enumerate((6, 9)):
        given = {"preparation": "heated", "scale": "1-10", "scores": scores | {"flavor": flavor}, "panelist": f"P{n}"}
        new = NewEvaluation.model_validate(given | {"evaluated_at": clock.now()})
        evaluations.write(researcher, made[2].id, 0, uuid4(), new)
    lab = {"preparation": "raw", "values": {"crude_fat": 21.5}, "measured_at": clock.now()}
    measurements.write(researcher, made[2].id, 0, uuid4(), NewMeasurement.model_validate(lab))
    found = predictions.similar(researcher, taken[0], k=3)
    assert [one.photo_id for one in found] == [taken[2], taken[1], taken[3]]
    assert [one.distance for one in found] == pytest.approx([0.015192, 0.060307, 1.0], abs=1e-5)
    nearest = found[0]
    assert (nearest.sample_id, nearest.seq, nearest.preparation, nearest.grade) == (made[2].id, 0, "raw", "1++")
    raw = {"marbling": 7, "color": 5, "texture": 6, "surface_moisture": 4.5, "overall": 8}
    assert nearest.scores == raw | {"flavor": 7.5, "umami": 4}
    assert nearest.values == {"bms": 8, "crude_fat": 21.5}
    again = predictions.similar_to(researcher, direction(0, axis=7), model, k=4)
    assert [one.photo_id for one in again] == [taken[0], *(one.photo_id for one in found)]


def test_similar_photos_are_those_of_the_same_model_version_outside_the_bin() -> None:
    model, manager = make_live_model(), make_user("manager")
    first, gone, replaced = (make_approved() for _ in range(3))
    for sample in (first, gone, replaced):
        predict(photo_id(sample), model, embedding=direction(0, axis=9))
    recycle_bin.remove(manager, gone.id, gone.version, "Wrong.")
    with transaction() as session:
        session.execute(text("update photos set state = 'replaced' where id = :id"), {"id": photo_id(replaced)})
    assert predictions.similar(manager, photo_id(first)) == []
    other = make_live_model()
    stranger = make_approved()
    predict(photo_id(stranger), other, embedding=direction(0, axis=9))
    assert predictions.similar(manager, photo_id(first)) == []  # the live one has not looked at it, the other alone
    twin = make_approved()
    predict(photo_id(twin), model, embedding=direction(5, axis=9))
    assert [one.photo_id for one in predictions.similar(manager, photo_id(first))] == [photo_id(twin)]
    predict(photo_id(first), other, embedding=direction(0, axis=9))
    assert [one.photo_id for one in predictions.similar(manager, photo_id(first))] == [photo_id(stranger)]


def test_other_photos_of_the_same_sample_are_no_similar_ones() -> None:
    model, researcher = make_live_model(), make_user("researcher")
    sample, other = make_approved(), make_approved()
    heated = photos.add(researcher, sample.id, 0, "heated", jpeg(), photo_id=uuid4()).id
    for photo, turned in ((photo_id(sample), 0), (heated, 1), (photo_id(other), 30)):
        predict(photo, model, embedding=direction(turned, axis=13))
    for photo in (photo_id(sample), heated):
        assert [one.photo_id for one in predictions.similar(researcher, photo)] == [photo_id(other)]
    found = predictions.similar_to(researcher, direction(0, axis=13), model, k=3)  # of a photo that is nobody's
    assert [one.photo_id for one in found] == [photo_id(sample), heated, photo_id(other)]


def test_few_among_many_of_another_model_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The index gives nearest ones of all models: where those asked for are far behind, it has to be left."""
    model, other, manager = make_live_model(), make_live_model(), make_user("manager")
    taken = [photo_id(make_approved()) for _ in range(3)]
    for photo in taken:
        predict(photo, model, embedding=direction(170, axis=11))
        predict(photo, other, embedding=direction(1, axis=11))
    by_index = {f"enable_{scan}": "off" for scan in ("seqscan", "bitmapscan", "sort")}
    reach = {"hnsw.iterative_scan": "off", "hnsw.ef_search": "1"}
    monkeypatch.setattr(neighbours, "SETTINGS", by_index | reach)
    with statements() as sent:
        found = predictions.similar_to(manager, direction(0, axis=11), model, k=3)
    assert {one.photo_id for one in found} == {*taken}
    assert len([one for one in sent if "<=>" in one]) == 2


def test_a_photo_that_no_model_found_meat_in_is_like_none() -> None:
    photo = photo_id(make_approved())
    predict(photo, make_live_model(), embedding=())
    assert predictions.similar(make_user("researcher"), photo) == []
    with pytest.raises(NotFound):
        predictions.similar(make_user("researcher"), uuid4())


@pytest.mark.parametrize(("k", "code"), [(0, "too_small"), (51, "too_large")])
def test_how_many_similar_ones_one_may_ask_for(k: int, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        predictions.similar(make_user("researcher"), uuid4(), k)
    assert [(f.field, f.code) for f in refused.value.findings] == [("k", code)]


def test_of_a_model_that_does_not_exist_nothing_is_similar() -> None:
    with pytest.raises(NotFound):
        predictions.similar_to(make_user("researcher"), direction(0), uuid4())


@pytest.mark.parametrize("odd", [(), (0.0,) * 64, (1.0,) * 63])
def test_what_is_no_embedding_is_refused(odd: tuple[float, ...]) -> None:
    with pytest.raises(BadInput):
        predictions.similar_to(make_user("researcher"), odd, make_live_model())


def test_what_was_found_of_a_photo() -> None:
    researcher, sample = make_user("researcher"), make_approved()
    found = predictions.measured(researcher, photo_id(sample))
    assert (found.grade, found.values, found.scores["surface_moisture"]) == ("1+", {"bms": 6}, 4.5)
    assert predictions.measured(researcher, photo_id(sample), "1-5").scores == {}
