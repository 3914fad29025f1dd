"""Models: versions with their reports, what is live and was, promotion and the way back, trainings."""

import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core import model_versions, training_runs
from core.errors import TooFewAnimals
from core.model_versions import ModelView
from core.policy import Actor
from core.training_runs import Report, Trained, Training
from dashboard import report_file
from tests.dashboard.reports import report
from tests.dashboard.visits import keys, open_page, told
from tests.makers import make_approved, make_user, weights

CARD = {"scale": [1, 10], "scores": ["marbling"], "values": []}


@pytest.fixture
def manager(servers: dict[str, str]) -> Actor:
    return make_user("manager")


@pytest.fixture
def before(manager: Actor) -> ModelView:
    """What was live before."""
    return model_versions.promote(manager, enter(manager, "before").id)


@pytest.fixture
def version(manager: Actor, before: ModelView) -> ModelView:
    """A version with a whole report, which is not live."""
    return enter(manager, "after", **report())


def enter(manager: Actor, name: str, **said: Any) -> ModelView:
    file = weights()
    known = {"trained_on": "database", "card": CARD, "report": said}
    return model_versions.register(manager, file, name=name, version=file[-8:].hex(), **known)


def name_of(version: ModelView) -> str:
    return f"{version.name} {version.version}"


def plain(text: str) -> str:
    return text.replace("\\", "")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_whole_report_is_shown(version: ModelView, language: str) -> None:
    app = open_page("models", language=language, version=str(version.id))
    said = plain(told(app))
    assert "80.0 % (77.0 - 83.0)" in said
    assert {"en": "Umami, Warner-Bratzler", "ko": "감칠맛, 전단가"}[language] in said  # no better than a baseline
    assert {"en": "true 9.5, predicted 2.25", "ko": "실제 9.5, 예측 2.25"}[language] in said
    assert len(app.get("plotly_chart")) == 3 + 3 + 3 + 1
    scores = next(frame.value for frame in app.dataframe if len(frame.value) == len(report()["scores"]))
    assert scores.iloc[0, 0] == {"en": "Marbling", "ko": "마블링 정도"}[language]
    assert "0.850 (0.820 - 0.880)" in scores.to_numpy()


@pytest.mark.parametrize(
    "part", ["grade", "scores", "values", "groups", "worst", "data", "strange", "time", "note", "losses", "everything"]
)
def test_any_part_of_a_report_may_be_missing(manager: Actor, part: str) -> None:
    said = {} if part == "everything" else {name: value for name, value in report().items() if name != part}
    app = open_page("models", version=str(enter(manager, "partly", **said).id))
    assert not app.exception
    for language in ("en", "ko"):
        assert report_file.as_html(language, said).startswith(b"<!doctype html>")


def test_figures_that_could_not_be_computed_are_shown_as_none(manager: Actor) -> None:
    none = {"value": None, "low": None, "high": None}
    whole = report()
    whole["grade"]["kappa"] = none
    for part in whole["scores"].values():
        part["r2"] = part["baselines"]["features"]["r2"] = none
    app = open_page("models", version=str(enter(manager, "empty", **whole).id))
    assert not app.exception
    assert report_file.as_html("en", whole)


def test_versions_are_listed_and_one_is_live(before: ModelView, version: ModelView) -> None:
    app = open_page("models")
    said = plain(told(app))
    assert f"Live: **{name_of(before)}**" in said
    assert name_of(version) in said
    assert "1,800 photos of 600 animals" in said
    assert app.button(key=f"model_report_{before.id}").disabled  # it is below
    app.button(key=f"model_report_{version.id}").click().run()
    assert app.query_params["version"] in (str(version.id), [str(version.id)])


def test_a_researcher_promotes_nothing(version: ModelView) -> None:
    app = open_page("models", "researcher")
    assert not keys(app, "open_model_promote")
    assert not keys(app, "open_model_back")


def test_a_manager_promotes_after_reading_what_will_happen(
    manager: Actor, before: ModelView, version: ModelView
) -> None:
    app = open_page("models", manager)
    app.button(key=f"open_model_promote_{version.id}").click().run()
    assert f"From now on {name_of(version)} answers instead of {name_of(before)}" in plain(told(app))
    assert model_versions.live(manager).id == before.id
    (reason,) = [field for field in app.text_input if str(field.key).startswith("model_promote_reason")]
    reason.set_value("better on tough meat")
    (save,) = keys(app, "model_promote_save")
    app.button(key=save).click().run()
    assert f"{name_of(version)} is live now" in plain(app.success[0].value)
    assert model_versions.live(manager).id == version.id
    assert model_versions.promotions(manager)[0].reason == "better on tough meat"
    app.button(key="notices_undo_0").click().run()
    assert model_versions.live(manager).id == before.id


def test_a_manager_rolls_back_to_what_was_live_before(manager: Actor, before: ModelView, version: ModelView) -> None:
    model_versions.promote(manager, version.id)
    app = open_page("models", manager)
    app.button(key="open_model_back_").click().run()
    assert f"From now on {name_of(before)} answers instead of {name_of(version)}" in plain(told(app))
    (save,) = keys(app, "model_back_save")
    app.button(key=save).click().run()
    assert model_versions.live(manager).id == before.id
    assert "is live now" in app.success[0].value


def test_what_was_live_when_is_dated(manager: Actor, before: ModelView, version: ModelView) -> None:
    model_versions.promote(manager, version.id, "for a try")
    table = open_page("models", view="history").dataframe[0].value
    newest = table.iloc[0]
    assert (newest["Version"], newest["Until"], newest["Reason"]) == (name_of(version), "Live", "for a try")
    assert newest["By"] == manager.name
    assert table.iloc[1]["Version"] == name_of(before)
    assert table.iloc[1]["Until"] == newest["From"]


class Text(HTMLParser):
    """The text of a page and the addresses that it asks for."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.text, self.asked = "", list[str]()
        self.feed(page.decode())

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        self.asked += [value for name, value in attributes if name in ("src", "href")]


def test_the_report_as_a_file_needs_nothing_beside_itself() -> None:
    said = report(name="hanwoo", version="3", trained_on="generated photos")
    for language in ("en", "ko"):
        page = Text(report_file.as_html(language, said))
        assert "hanwoo 3" in page.text
        assert "0.850 (0.820 - 0.880)" in page.text
        assert "Of a test & <b>no markup</b>." in page.text
        assert {"en": "generated pictures only", "ko": "생성된 그림으로만"}[language] in page.text
        assert page.asked
        assert all(re.match("data:image/jpeg;base64,[A-Za-z0-9+/=]+$", address) for address in page.asked)
    assert json.loads(report_file.as_json(said)) == said


def test_a_training_is_started_with_its_options_watched_and_cancelled(servers: dict[str, str]) -> None:
    researcher = make_user("researcher")
    app = open_page("models", researcher, view="training")
    app.button(key="open_training_").click().run()
    (epochs,) = [field for field in app.number_input if str(field.key).startswith("training_epochs")]
    epochs.set_value(3)
    (side,) = [field for field in app.select_slider if str(field.key).startswith("training_side")]
    side.set_value(224)
    (save,) = keys(app, "training_save")
    app.button(key=save).click().run()
    (run,) = training_runs.browse(researcher)
    assert [run.options[name] for name in ("epochs", "side", "seed")] == [3, 224, 1]
    assert run.state == "waiting"
    app.run()
    assert "Waits for a free worker" in app.get("progress")[0].proto.text
    assert run.id not in [other.id for other in training_runs.browse(make_user("researcher"))]
    app.button(key=f"training_cancel_{run.id}").click().run()
    assert training_runs.get(researcher, run.id).state == "cancelled"
    assert "Cancelled" in told(app)


def test_a_training_says_how_far_it_is_and_leads_to_its_report(servers: dict[str, str]) -> None:
    researcher, seen = make_user("researcher"), list[str]()
    make_approved()
    run = training_runs.start(researcher, {"name": "watched", "epochs": 2})

    def train(training: Training, say: Report) -> Trained:
        say(30, 120, 90.0, "learning")
        seen.append(open_page("models", researcher, view="training").get("progress")[0].proto.text)
        return Trained(weights(**CARD), report(), "code")

    training_runs.work(run.id, train)
    assert plain(seen[0]) == "Learning · 25 % · about 2 min left for this step"
    app = open_page("models", researcher, view="training")
    assert not app.get("progress")
    (link,) = [one.proto for one in app.main.get("page_link") if one.proto.page == "models"]
    made = training_runs.get(researcher, run.id).model
    assert made is not None
    assert link.label == f"Report of watched {made.version}"
    assert str(made.id) in link.query_string


def test_a_training_without_enough_animals_says_so(servers: dict[str, str]) -> None:
    researcher = make_user("researcher")
    make_approved()

    def train(training: Training, say: Report) -> Trained:
        raise TooFewAnimals

    training_runs.work(training_runs.start(researcher, {}).id, train)
    assert "too few approved samples" in open_page("models", researcher, view="training").error[0].value


def test_a_model_trained_elsewhere_is_entered_with_its_report(servers: dict[str, str]) -> None:
    researcher, file = make_user("researcher"), weights(**CARD)
    own = {"name": "of a folder", "version": file[-8:].hex(), "trained_on": "folder"}

    def send(written: dict[str, Any]) -> AppTest:
        app = open_page("models", researcher, view="guide")
        app.button(key="open_model_entry_").click().run()
        files = {"weights.safetensors": file, "report.json": json.dumps(written).encode()}
        for name, data in files.items():
            begin = f"model_entry_{name.split('.')[0]}"
            (field,) = [one for one in app.file_uploader if str(one.key).startswith(begin)]
            field.set_value((name, data, "application/octet-stream"))
        (save,) = keys(app, "model_entry_save")
        return app.button(key=save).click().run()

    refused = send(report(**own, sha256="0" * 64))
    assert "need mending" in told(refused)
    assert not [one for one in model_versions.browse(researcher) if one.name == own["name"]]
    send(report(**own, sha256=hashlib.sha256(file).hexdigest()))
    (entered,) = [one for one in model_versions.browse(researcher) if one.name == own["name"]]
    assert (entered.version, entered.trained_on, entered.is_live) == (own["version"], "folder", False)
    assert entered.report["grade"]["n"] == 50


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_guide_says_how_to_train_on_ones_own_data(servers: dict[str, str], language: str) -> None:
    app = open_page("models", language=language, view="guide")
    assert "manage.py train --data FOLDER" in told(app)
