"""Predict many: started over a filter, watched, cancelled, found again, set beside what was measured, accepted."""

from uuid import UUID

import pytest
from streamlit.testing.v1 import AppTest

from core import predictions
from core.model_versions import ModelInfo
from core.policy import Actor
from core.predictions import PhotoToPredict, Said, batches
from core.predictions.batches import BatchFilter
from core.samples import SampleView
from tests.dashboard.visits import keys, open_page, told
from tests.makers import SCORES, make_live_model, make_sample, make_user, photo_id, said

pytestmark = pytest.mark.usefixtures("model")


@pytest.fixture
def model(servers: dict[str, str]) -> UUID:
    return make_live_model()


@pytest.fixture
def researcher(servers: dict[str, str]) -> Actor:
    return make_user("researcher")


@pytest.fixture
def mine(researcher: Actor) -> list[SampleView]:
    """Two samples, graded 1+ and 1++; of all photos the model says 1+."""
    return [make_sample(researcher, grade="1+", bms=6), make_sample(researcher, grade="1++", bms=8)]


def answer(info: ModelInfo, photo: PhotoToPredict) -> Said:
    return said(grade={"1++": 0.25, "1+": 0.75}, scores={"marbling": (6.5, 5.0, 8.0)})


def run_of(app: AppTest) -> UUID:
    given = app.query_params["run"]
    return UUID(given[0] if isinstance(given, list) else given)


def start(researcher: Actor, **query: str) -> AppTest:
    app = open_page("prediction_batch", researcher, owner="me", **query)
    app.button(key="batch_start").click().run()
    assert not app.exception
    return app


def finished(researcher: Actor, language: str = "en", **query: str) -> AppTest:
    batch = batches.start(researcher, {"owner": "me"})
    batches.work(batch.id, answer)
    return open_page("prediction_batch", researcher, language, run=str(batch.id), **query)


def test_a_run_over_a_filter_is_started_watched_and_done(researcher: Actor, mine: list[SampleView]) -> None:
    app = open_page("prediction_batch", researcher, owner="me")
    assert app.button(key="batch_start").label == "Predict 2 photos"
    app.button(key="batch_start").click().run()
    assert "Waits for a free worker" in app.get("progress")[0].proto.text
    assert keys(app, "batch_") == {"batch_back", "batch_cancel"}
    batches.work(run_of(app), answer)
    app.run()
    assert "2 of 2 photos" in told(app)
    assert "batch_cancel" not in keys(app, "batch_")
    assert len(app.dataframe[0].value) == 2


def test_what_was_predicted_stands_beside_what_was_measured(researcher: Actor, mine: list[SampleView]) -> None:
    table = finished(researcher).dataframe[0].value
    assert list(table["Predicted grade"]) == ["1+ (75 %)"] * 2
    assert sorted(table["Graded (difference)"]) == ["1+ (0)", "1++ (-1)"]
    assert list(table["Marbling: predicted"]) == ["6.5 (5.0 - 8.0)"] * 2
    assert list(table["Measured"]) == [f"{SCORES['marbling']:.1f}"] * 2
    assert list(table["Difference"]) == [f"{6.5 - float(str(SCORES['marbling'])):+.1f}"] * 2
    assert list(table["Mark"]) == ["AI"] * 2
    bms = finished(researcher, target="bms").dataframe[0].value
    assert sorted(bms["Difference"]) == ["-2.0", "0.0"]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_charts_say_how_far_off_it_is(researcher: Actor, mine: list[SampleView], language: str) -> None:
    off = abs(6.5 - float(str(SCORES["marbling"])))
    scatter = finished(researcher, language, part="scatter")
    assert f"{off:.2f}" in told(scatter).replace("\\", "")
    assert len(scatter.get("plotly_chart")) == 1
    confusion = finished(researcher, language, part="confusion")
    assert "50%" in told(confusion).replace("\\", "")
    assert "100%" in told(confusion).replace("\\", "")


def test_all_are_accepted_after_being_asked_and_counted(researcher: Actor, mine: list[SampleView]) -> None:
    app = finished(researcher)
    assert "2 AI estimates" in told(app)
    app.button(key="open_batch_accept_").click().run()
    assert "**2** estimates" in told(app)
    (save,) = keys(app, "batch_accept_save")
    app.button(key=save).click().run()
    assert "2 estimates are accepted under your name" in told(app)
    for sample in mine:
        (known,) = predictions.of_photo(researcher, photo_id(sample))
        assert known.accepted_by == researcher.id
    app.run()
    assert "AI estimates" not in told(app)
    assert list(app.dataframe[0].value["Mark"]) == ["Accepted"] * 2


def test_a_run_is_cancelled_and_said_to_be(researcher: Actor, mine: list[SampleView]) -> None:
    app = start(researcher)
    app.button(key="batch_cancel").click().run()
    assert "Cancelled" in app.success[0].value
    assert batches.get(researcher, run_of(app)).state == "cancelled"
    app.button(key="batch_back").click().run()
    assert keys(app, "batch_open_")


def test_started_twice_it_is_one_run(researcher: Actor, mine: list[SampleView]) -> None:
    assert run_of(start(researcher)) == run_of(start(researcher))


def test_the_list_has_ones_own_runs_and_for_a_manager_all(researcher: Actor, mine: list[SampleView]) -> None:
    batch = batches.start(researcher, BatchFilter(species="cattle", owner="me", heated=True))
    key = f"batch_open_{batch.id}"
    assert key in keys(open_page("prediction_batch", researcher), "batch_open_")
    assert key not in keys(open_page("prediction_batch", "researcher"), "batch_open_")
    manager = open_page("prediction_batch", "manager")
    assert key in keys(manager, "batch_open_")
    assert researcher.name in told(manager)
    assert "heated photos, too" in told(manager)
    manager.button(key=key).click().run()
    assert run_of(manager) == batch.id


def test_a_run_of_somebody_else_looks_like_none(researcher: Actor, mine: list[SampleView]) -> None:
    batch = batches.start(researcher, {"owner": "me"})
    app = open_page("prediction_batch", "researcher", run=str(batch.id))
    assert "no such run" in app.info[0].value
    app.button(key="batch_back").click().run()
    assert "run" not in app.query_params


def test_photos_that_failed_are_told_with_the_reason(researcher: Actor, mine: list[SampleView]) -> None:
    def fail_at_first(info: ModelInfo, photo: PhotoToPredict) -> Said:
        if photo.sample_id == mine[0].id:
            raise ValueError("no picture")
        return answer(info, photo)

    batch = batches.start(researcher, {"owner": "me"})
    batches.work(batch.id, fail_at_first)
    app = open_page("prediction_batch", researcher, run=str(batch.id), part="failed")
    assert "1 failed" in told(app)
    assert "could not read this photo" in told(app).replace("\\", "")


def test_nothing_that_fits_cannot_be_started(researcher: Actor) -> None:
    app = open_page("prediction_batch", researcher, owner="me")
    assert app.button(key="batch_start").disabled
    assert "No stored photo fits" in told(app)
