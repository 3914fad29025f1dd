"""Imports on their page: sent, asked, answered, confirmed, undone, found again."""

import pytest
from streamlit.testing.v1 import AppTest

from core import imports
from core.policy import Actor
from tests.core.imports.people import RAW, SAMPLE, Person, make
from tests.core.imports.test_imports import all_of, confirmed, sent
from tests.dashboard.visits import keys, open_page, told
from tests.makers import make_user

PERSON = Person("page", groups=(SAMPLE, RAW), n=3)


@pytest.fixture
def researcher(servers: dict[str, str]) -> Actor:
    return make_user("researcher")


def unknown_column(seed: int) -> bytes:
    made = make(PERSON, seed)
    column = max(made.columns.values()) + 1
    made.cells[0, column] = "산성정도"
    for row in made.truth:
        made.cells[row - 1, column] = 5.5
    return made.written()


def open_import(researcher: Actor, run_id: object, language: str = "en") -> AppTest:
    return open_page("workbooks", researcher, language, **{"import": str(run_id)})


def test_the_page_begins_with_what_can_be_sent(researcher: Actor) -> None:
    app = open_page("workbooks", researcher, part="import")
    assert app.button(key="import_start").disabled
    assert "Nothing has been imported yet" in told(app)
    assert len(app.get("file_uploader")) == 2
    assert "아직 가져온 파일이 없습니다" in told(open_page("workbooks", researcher, "ko", part="import"))


def test_a_workbook_is_asked_about_answered_confirmed_and_undone(researcher: Actor) -> None:
    run = sent(researcher, unknown_column(51), scale=None)
    app = open_import(researcher, run.id)
    assert "Please answer first" in told(app)
    assert "import_confirm" not in keys(app, "import_")
    app.selectbox(key="import_scale_asked").select("1-10")
    (column,) = [box for box in app.selectbox if str(box.key).startswith("import_column_")]
    column.select("measurements.ph")
    app.text_input(key="import_mapping_name").input(f"page {researcher.id}")
    app.button(key="import_save").click().run()
    assert f"page {researcher.id}" in {each.name for each in imports.mappings.browse(researcher)}
    app.button(key="import_again").click().run()
    imports.work(run.id)
    app.run()
    assert app.button(key="import_confirm").label == "Write 3 rows"
    app.button(key="import_confirm").click().run()
    imports.work(run.id)
    app.run()
    assert "3 new samples" in told(app)
    assert len(all_of(researcher)) == 3
    app.button(key="open_import_undo_").click().run()
    (undo,) = [button for button in app.button if str(button.key).startswith("import_undo_save")]
    undo.click().run()
    assert not all_of(researcher)
    assert imports.get(researcher, run.id).phase == "undone"


def test_findings_stand_in_a_table(researcher: Actor) -> None:
    made = make(PERSON, 52)
    row = min(made.truth)
    made.cells[row - 1, made.columns["samples.sex"]] = "중성"
    run = sent(researcher, made.written())
    app = open_import(researcher, run.id)
    table = app.dataframe[0].value
    assert list(table["Cell"]) == [f"E{row}"]
    assert app.button(key="import_confirm").label == "Write 2 rows"
    app.selectbox(key="import_level").select("error").run()
    assert not app.exception


def test_what_cannot_be_read_says_why(researcher: Actor) -> None:
    run = sent(researcher, b"PK\x03\x04 nothing")
    assert "damaged" in told(open_import(researcher, run.id))
    assert "손상" in told(open_import(researcher, run.id, "ko"))


def test_imports_are_found_again(researcher: Actor) -> None:
    run = confirmed(researcher, sent(researcher, make(PERSON, 53).data))
    app = open_page("workbooks", researcher, part="import")
    assert "시험\\.xlsx" in told(app)
    app.button(key=f"import_open_{run.id}").click().run()
    assert "open_import_undo_" in keys(app, "open_import")
    assert "no such import" in told(open_import(make_user("researcher"), run.id))
