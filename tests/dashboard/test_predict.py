"""Predict: an uploaded photo is looked at and not stored; a stored one is asked for, shown, explained, accepted."""

import io
import json
from typing import Any
from uuid import UUID

import pytest
from PIL import Image
from sklearn.datasets import load_sample_image
from sqlalchemy import func, select
from streamlit.testing.v1 import AppTest

from core import model_versions, photos, predictions
from core.db import transaction
from core.model_versions import ModelView
from core.policy import Actor
from core.samples import SampleView
from core.tables import Photo, Prediction, Upload
from dashboard import looking
from models import registry, worker
from models.synthetic import draw, random_scene, to_jpeg
from tests.dashboard.visits import keys, open_page, told
from tests.makers import make_sample, make_user, photo_id, weights

GENERATED = {"en": "generated pictures only", "ko": "생성된 그림으로만"}


@pytest.fixture(scope="module")
def live(servers: dict[str, str]) -> ModelView:
    """The model that ships is live."""
    registry.register_shipped()
    manager = make_user("manager")
    shipped = next(one for one in model_versions.browse(manager) if one.trained_on == "generated photos")
    return model_versions.promote(manager, shipped.id)


@pytest.fixture(scope="module")
def beef() -> bytes:
    return to_jpeg(draw(random_scene(910_001, bms=8)).photo)


@pytest.fixture(scope="module")
def researcher(servers: dict[str, str]) -> Actor:
    return make_user("researcher")


@pytest.fixture(scope="module")
def sample(researcher: Actor, beef: bytes) -> SampleView:
    """One whose photo is meat, with scores."""
    return make_sample(researcher, photo={"id": str(photos.receive(researcher, beef).id)}, grade="1+", bms=6)


@pytest.fixture(scope="module")
def predicted(live: ModelView, researcher: Actor, sample: SampleView) -> UUID:
    """Its photo, which the worker has looked at."""
    wanted = photo_id(sample)
    assert predictions.request(researcher, wanted) is None
    worker.predict(str(wanted), str(live.id), str(researcher.id))
    return wanted


def upload(app: AppTest, data: bytes, name: str = "beef.jpg") -> AppTest:
    app.file_uploader(key="predict_upload").set_value((name, data, "image/jpeg")).run()
    assert not app.exception
    return app


def grade_said(app: AppTest) -> str:
    (metric,) = app.metric
    return str(metric.value)


def count(table: Any) -> int:
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def table_with(app: AppTest, column: str) -> Any:
    return next(frame.value for frame in app.dataframe if column in frame.value)


def answers(app: AppTest) -> dict[str, list[Any]]:
    """first heading -> lines of the tables of what is predicted."""
    tables = [frame.value for frame in app.dataframe if "Predicted (80 %)" in frame.value]
    return {str(table.columns[0]): table.to_numpy().tolist() for table in tables}


@pytest.mark.parametrize("language", ["en", "ko"])
def test_an_uploaded_photo_is_answered_and_explained_and_not_stored(
    live: ModelView, beef: bytes, language: str
) -> None:
    before = [count(table) for table in (Photo, Upload, Prediction)]
    app = upload(open_page("predict", language=language), beef)
    assert grade_said(app).endswith("%")
    assert GENERATED[language] in told(app)
    assert {"en": "AI estimate", "ko": "AI 추정값"}[language] in told(app)
    answered = [name for name in live.card["scores"] if live.card["numbers"][name]["answers"]]
    assert len(table_with(app, {"en": "Attribute", "ko": "평가 항목"}[language])) == len(answered)
    assert len(table_with(app, {"en": "Found", "ko": "측정값"}[language])) == len(looking.units())
    assert app.selectbox(key="predict_target").options[0] == {"en": "Grade", "ko": "등급"}[language]
    assert not keys(app, "prediction_accept")
    assert [count(table) for table in (Photo, Upload, Prediction)] == before


def test_what_the_model_says_here_is_what_it_says_of_the_same_photo_stored(
    predicted: UUID, researcher: Actor, beef: bytes
) -> None:
    here = answers(upload(open_page("predict", species="cattle", cut="loin"), beef))
    stored = answers(open_page("predict", researcher, photo=str(predicted)))
    assert {name: [line[:2] for line in lines] for name, lines in stored.items()} == here


def test_a_photo_of_the_camera_is_looked_at_too(live: ModelView, beef: bytes) -> None:
    app = open_page("predict", **{"from": "camera"})
    app.camera_input(key="predict_camera").set_value(("camera.jpg", beef, "image/jpeg")).run()
    grade_said(app)
    assert "not stored" in told(app)


def test_a_bad_file_is_refused_in_words_and_what_was_there_stays(live: ModelView, beef: bytes) -> None:
    app = upload(open_page("predict"), beef)
    said = grade_said(app)
    app = upload(app, b"<html>no picture</html>", "page.jpg")
    assert "This is not a whole JPEG or PNG picture" in app.error[0].value
    assert "page" in app.error[0].value
    assert grade_said(app) == said
    app = upload(app, jpeg(Image.new("RGB", (120, 90))), "small.jpg")
    assert "too small" in app.error[0].value
    assert grade_said(app) == said
    app.button(key="predict_forget").click().run()
    assert not app.metric
    assert not app.error


def test_a_photo_that_is_no_meat_is_told_to_be_none(live: ModelView) -> None:
    palace = Image.fromarray(load_sample_image("china.jpg"))
    app = upload(open_page("predict"), jpeg(palace))
    assert not app.metric
    assert "cross-section" in " ".join(warning.value for warning in app.warning)
    assert "AI estimate" not in told(app)


def jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG")
    return out.getvalue()


def test_another_species_is_not_answered_as_if_it_were_known(live: ModelView, beef: bytes) -> None:
    learned = live.card["classes_of"]
    for species in ("cattle", "pig"):
        app = upload(open_page("predict", species=species), beef)
        assert bool(app.metric) == (species in learned)
        assert ("has not learned this species" in told(app)) == (species not in learned)


def test_a_stored_photo_is_asked_for_and_shown_beside_what_was_measured(
    live: ModelView, researcher: Actor, sample: SampleView
) -> None:
    again = make_sample(researcher, grade="2", bms=3, photo={"id": str(photos.receive(researcher, fresh()).id)})
    wanted = photo_id(again)
    app = open_page("predict", researcher, photo=str(wanted))
    assert not app.metric
    app.button(key=f"prediction_run_{wanted}").click().run()
    assert "predicting" in told(app)
    worker.predict(str(wanted), str(live.id), str(researcher.id))
    app.run()
    grade_said(app)
    assert "Graded 2" in str(app.metric[0].delta)
    scores = table_with(app, "Attribute").set_index("Attribute")
    said = predictions.of_photo(researcher, wanted)[0].scores
    given = again.rounds[0].evaluations[0].scores
    for name, label in (("marbling", "Marbling"), ("overall", "Overall liking")):
        value = said[name]["value"]
        assert scores.loc[label, "Measured"] == f"{given[name]:.1f}"
        assert scores.loc[label, "Difference"] in (f"{value - given[name]:+.1f}", "0.0")
    (bms,) = [line for line in answers(app)["Measure"] if line[0] == "BMS number"]
    assert bms[2] == "3.0"


def fresh() -> bytes:
    return to_jpeg(draw(random_scene(910_002, bms=3)).photo)


def test_it_is_marked_as_ai_until_a_person_accepts_it(predicted: UUID, researcher: Actor) -> None:
    (known,) = predictions.of_photo(researcher, predicted)
    app = open_page("predict", researcher, photo=str(predicted))
    assert "AI estimate" in told(app)
    app.button(key=f"prediction_accept_{known.id}").click().run()
    assert "accepted under your name" in app.success[0].value
    assert f"Accepted: {researcher.name}" in told(app).replace("\\", "")
    assert "AI estimate" not in told(app)
    assert not keys(app, "prediction_accept")
    accepted = predictions.get(researcher, known.id)
    assert (accepted.accepted_by, accepted.scores) == (researcher.id, known.scores)


def test_the_page_of_the_sample_shows_the_same(predicted: UUID, researcher: Actor, sample: SampleView) -> None:
    here = open_page("predict", researcher, photo=str(predicted))
    there = open_page("sample", researcher, id=sample.id)
    assert grade_said(there) == grade_said(here)
    assert answers(there) == answers(here) != {}
    assert GENERATED["en"] in told(there)
    links = [link.proto.page for link in there.main.get("page_link")]
    assert "predict" in links


def test_similar_photos_are_others_with_what_was_measured(
    live: ModelView, researcher: Actor, predicted: UUID, sample: SampleView
) -> None:
    app = open_page("predict", researcher, photo=str(predicted))
    shown = table_with(app, "Sample number") if any("Sample number" in f.value for f in app.dataframe) else None
    expected = predictions.similar(researcher, predicted)
    assert (shown is None) == (not expected)
    if shown is not None:
        assert len(shown) == len(expected)
        assert list(shown["Grade"]) == [one.grade or "-" for one in expected]


def test_each_answer_has_places_of_its_own(live: ModelView, beef: bytes) -> None:
    app = upload(open_page("predict"), beef)
    first = layers(app)
    app.selectbox(key="predict_target").select("Marbling").run()
    second = layers(app)
    assert first["predict_marbling"] == second["predict_marbling"]
    assert first["predict_attention"] != second["predict_attention"]
    assert "predict_photo" not in first


def layers(app: AppTest) -> dict[str, str]:
    """key of a photo -> what is drawn over it."""
    assert not app.exception
    shown = {part.proto.id.rpartition("-")[2]: part.proto for part in app.get("bidi_component")}
    said = {key: json.loads(part.json) for key, part in shown.items() if key.startswith("predict")}
    found = {key: data["layer"] for key, data in said.items() if data["layer"]}
    assert all(layer.startswith("data:image/jpeg;base64,") for layer in found.values())
    return found


def test_a_newer_model_is_offered_and_what_was_said_before_stays(
    predicted: UUID, live: ModelView, researcher: Actor
) -> None:
    manager = make_user("manager")
    newer = model_versions.register(
        manager, weights(), name="newer", version="1", trained_on="database", report={}, card={"scale": [1, 10]}
    )
    model_versions.promote(manager, newer.id)
    try:
        app = open_page("predict", researcher, photo=str(predicted))
        assert f"prediction_run_{predicted}" in keys(app, "prediction_run")
        assert "newer 1" in told(app).replace("\\", "")
        grade_said(app)
        # Its file is one that no program can use: that is said, and nothing breaks.
        unusable = upload(open_page("predict"), fresh())
        assert "cannot be used" in unusable.error[0].value
    finally:
        model_versions.promote(manager, live.id)


def test_a_stored_photo_is_found_by_its_sample(researcher: Actor, sample: SampleView) -> None:
    app = open_page("predict", researcher, **{"from": "stored", "q": sample.id})
    (chosen,) = keys(app, "predict_choose")
    app.button(key=chosen).click().run()
    assert app.query_params["photo"] in (str(photo_id(sample)), [str(photo_id(sample))])
    app.button(key="predict_another").click().run()
    assert "photo" not in app.query_params


def test_an_address_that_leads_nowhere_is_told(live: ModelView, sample: SampleView) -> None:
    app = open_page("predict", photo="00000000-0000-4000-8000-000000000000")
    assert not app.metric
    assert "no such photo" in app.info[0].value
    # What is no id at all leads to the choice.
    assert keys(open_page("predict", photo="nonsense"), "predict_choose")
