"""What the page of a sample offers: all that data/permissions.csv permits now, one click away, and nothing else."""

import pytest
from streamlit.testing.v1 import AppTest

from core import accounts
from core.config import ROOT
from core.policy import Actor
from tests.makers import PASSWORD
from tests.permissions import CASES, FARMER, ROLES, TABLE, Case, Scenes, outcome

# The keys of buttons: {id} is the sample, {prediction} that of its photo; round 1 is the last one of each sample here.
BUTTONS: dict[str, set[str]] = {
    "sample.submit_again": {"sample_submit_again"},
    "sample.move_to_bin": {"open_bin_remove_{id}"},
    "sample.create_processed": {"open_round_", "open_round_1", "open_round_removal_"},
    "photo.add": {"open_photo_"},
    "evaluation.write_fresh": {"open_evaluation_0_raw", "open_evaluation_0_raw_change"},
    "evaluation.write_processed": {"open_evaluation_1_raw", "open_evaluation_1_raw_change"},
    "evaluation.write_heated": {
        "open_evaluation_0_heated", "open_evaluation_0_heated_change", "open_evaluation_1_heated",
    },
    "prediction.accept": {"prediction_accept_{prediction}"},
    "measurement.write": {f"open_sheet_{seq}_{kind}" for seq in (0, 1) for kind in ("raw", "heated")},
}  # fmt: skip
TABS = {"prediction.run": "Prediction", "audit.view": "History"}


@pytest.fixture(scope="module")
def scenes(servers: dict[str, str]) -> Scenes:
    return Scenes()


@pytest.fixture(scope="module")
def apps(scenes: Scenes) -> dict[str, AppTest]:
    """The dashboard as one person of each role has it open."""
    return {role: opened(scenes.people[role]) for role in ROLES}


def opened(actor: Actor) -> AppTest:
    accounts.change_language(actor, "en")
    ticket = accounts.sign_in(actor.email, PASSWORD, "dashboard").exchange
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=30)
    app.user = {"username": str(accounts.exchange(ticket, "dashboard").session_id)}
    app.run()
    return app.switch_page("../pages/sample.py")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_page_offers_what_the_table_permits(scenes: Scenes, apps: dict[str, AppTest], case: Case) -> None:
    scene = scenes.get(case)
    app = apps[case.role]
    app.query_params["id"] = scene.id
    app.run()
    assert not app.exception

    def does(action: str) -> bool:
        return outcome(action, case) == "done"

    ids = {"id": scene.id, "prediction": scene.prediction}
    buttons = {key.format(**ids) for action, keys in BUTTONS.items() if does(action) for key in keys}
    assert {button.key for button in app.main.button} == buttons
    names = [tab.label for tab in app.tabs]
    assert {action for action, name in TABS.items() if name in names} == {action for action in TABS if does(action)}
    own = case.relation == "own" and does("sample.view")  # who comes too late may ask for the change
    offered = {
        "edit": does("sample.edit") or own, "review_queue": does("review.approve"), "predict": does("prediction.run"),
        "labels": does("label.print"), "": not does("sample.view"),
    }  # fmt: skip
    assert {link.proto.page for link in app.main.get("page_link")} == {page for page in offered if offered[page]}
    assert shows(app, FARMER) == does("personal_data.view")
    assert shows(app, "There is no such sample") == (not does("sample.view"))


def shows(app: AppTest, words: str) -> bool:
    """Whether they stand anywhere on the page, in whatever element."""
    drawn = [node.proto for node in app.main if getattr(node, "proto", None) is not None]
    return any(words.encode() in proto.SerializeToString() for proto in drawn)


def test_every_button_stands_for_an_action_of_the_table() -> None:
    assert BUTTONS.keys() | TABS.keys() < TABLE.keys()
