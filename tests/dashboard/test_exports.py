"""Exports on their page: started from what the list shows, watched, cancelled, fetched."""

import pytest
from streamlit.testing.v1 import AppTest

from core import exports
from core.policy import Actor
from core.samples import SampleView
from tests.dashboard.visits import keys, open_page, told
from tests.makers import make_sample, make_user


@pytest.fixture
def researcher(servers: dict[str, str]) -> Actor:
    return make_user("researcher")


@pytest.fixture
def mine(researcher: Actor) -> list[SampleView]:
    return [make_sample(researcher), make_sample(researcher)]


def links(app: AppTest) -> list[str]:
    """Where the buttons that are links lead."""
    return [button.proto.url for button in app.get("link_button")]


def test_an_export_is_started_watched_and_its_file_offered(researcher: Actor, mine: list[SampleView]) -> None:
    app = open_page("workbooks", researcher, owner="me", format="csv")
    assert app.button(key="export_start").label == "Export 2 samples"
    assert {toggle.key for toggle in app.toggle} == {"export_every_status"}
    app.button(key="export_start").click().run()
    (run,) = exports.browse(researcher)
    assert (run.format, run.language) == ("csv", "en")
    assert "Waits for a free worker" in app.get("progress")[0].proto.text
    assert keys(app, "export_cancel_") == {f"export_cancel_{run.id}"}
    exports.work(run.id)
    app.run()
    said = told(app).replace("\\", "")
    assert "Samples 2 · Rounds 2 · Evaluations 2" in said
    assert f"Recorded by: {researcher.name} · Approved" in said
    assert links(app) == [f"http://localhost/exports/{run.id}"]
    assert not keys(app, "export_cancel_")


def test_clicked_twice_it_is_one_export(researcher: Actor, mine: list[SampleView]) -> None:
    for _ in range(2):
        open_page("workbooks", researcher, owner="me").button(key="export_start").click().run()
    assert len(exports.browse(researcher)) == 1


def test_an_export_is_cancelled_and_said_to_be(researcher: Actor, mine: list[SampleView]) -> None:
    app = open_page("workbooks", researcher, "ko", owner="me")
    app.button(key="export_start").click().run()
    (key,) = keys(app, "export_cancel_")
    app.button(key=key).click().run()
    assert "취소했습니다" in app.success[0].value
    assert exports.browse(researcher)[0].state == "cancelled"
    assert links(app) == []


def test_other_states_are_taken_when_asked_for(researcher: Actor) -> None:
    make_sample(make_user())  # waits for review
    app = open_page("workbooks", researcher, species="cattle")
    app.toggle(key="export_every_status").set_value(True).run()
    app.button(key="export_start").click().run()
    assert exports.browse(researcher)[0].filter == {"species": "cattle"}
    chosen = open_page("workbooks", researcher, status="pending")
    assert not chosen.toggle  # the filter says it


def test_only_a_manager_is_offered_names(researcher: Actor, mine: list[SampleView]) -> None:
    manager = make_user("manager")
    app = open_page("workbooks", manager, owner=str(researcher.id))
    app.toggle(key="export_farmer_name").set_value(True).run()
    app.button(key="export_start").click().run()
    (run,) = [run for run in exports.browse(manager) if run.requested_by == manager.id]
    assert run.farmer_name
    assert "farmers' names" in told(app)


def test_what_failed_says_why_and_nothing_that_fits_cannot_be_started(researcher: Actor) -> None:
    app = open_page("workbooks", researcher, owner="me")
    assert app.button(key="export_start").disabled
    assert "Nothing has been exported yet" in told(app)


def test_the_list_leads_to_the_export_of_what_it_shows(researcher: Actor, mine: list[SampleView]) -> None:
    app = open_page("samples", researcher, owner="me", species="cattle", sort="grade")
    (link,) = [link.proto for link in app.main.get("page_link") if link.proto.label == "Export"]
    assert link.page == "workbooks"
    assert sorted(link.query_string.split("&")) == ["owner=me", "species=cattle"]


def test_a_filter_stays_from_page_to_page(researcher: Actor, mine: list[SampleView]) -> None:
    app = open_page("samples", researcher, owner="me", species="cattle")
    app.switch_page("../pages/workbooks.py").run()
    assert app.button(key="export_start").label == "Export 2 samples"
    assert set(app.query_params) == {"owner", "species"}
