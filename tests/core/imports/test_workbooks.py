"""Workbooks of our own: the template, the marked-up copy, saved mappings, exports that come back."""

import io
from datetime import date
from typing import Any

import pytest
from openpyxl import load_workbook

from core import exports, imports, words
from core.errors import BadInput, NameTaken, NotAllowed
from core.imports import layout, reading
from core.imports.headers import SKIP
from core.policy import Actor
from tests.core.imports.people import LABORATORY, RAW, SAMPLE, Person, make
from tests.core.imports.test_imports import all_of, codes, confirmed, everything, sent
from tests.makers import make_user


@pytest.fixture
def actor() -> Actor:
    return make_user("researcher")


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_what_is_filled_into_the_template_is_read_without_a_question(actor: Actor, language: str) -> None:
    book = load_workbook(io.BytesIO(imports.template_for(actor, language)))
    sheet, example = book.worksheets[0], book.worksheets[1]
    assert len(sheet.data_validations.dataValidation) > 5
    assert all(cell.comment for cell in sheet[2])
    for column in range(1, example.max_column + 1):
        sheet.cell(3, column).value = example.cell(3, column).value
    out = io.BytesIO()
    book.save(out)
    found = [each for s in reading.read(out.getvalue()).sheets if (each := layout.find(s)) is not None]
    assert len(found) == 1
    assert all(column.target not in (None, SKIP) for column in found[0].columns)
    run = sent(actor, out.getvalue())
    assert codes(actor, run) == set()
    assert run.summary["new_samples"] == 1


def test_the_marked_up_copy_has_every_finding_in_its_cell(actor: Actor) -> None:
    made = make(Person("marked", title_rows=2, groups=(SAMPLE, RAW)), seed=31)
    first, second = sorted(made.truth)[:2]
    made.cells[first - 1, made.columns["samples.sex"]] = "중성"
    made.cells[second - 1, made.columns["evaluations.color"]] = 99.0
    run = sent(actor, made.written())
    book = load_workbook(io.BytesIO(imports.marked(actor, run.id, "ko")))
    listed, sheet = book.worksheets[0], book[made.person.sheet]
    marked = {cell.coordinate for row in sheet.iter_rows() for cell in row if cell.comment}
    assert marked == {cell for cell, _ in codes(actor, run)}
    assert sheet.cell(1, 1).value == made.cells[0, 0]
    assert listed.max_row == 1 + len(marked)


@pytest.mark.parametrize("file", ["csv", "xls"])
def test_other_files_are_marked_up_too(actor: Actor, file: str) -> None:
    made = make(Person(file, file=file, dates="iso"), seed=32)
    made.cells[min(made.truth) - 1, made.columns["samples.sex"]] = "=1+1"
    run = sent(actor, made.written())
    book = load_workbook(io.BytesIO(imports.marked(actor, run.id, "en")))
    assert [cell.value for row in book.worksheets[1].iter_rows() for cell in row if cell.comment] == ["=1+1"]


def test_a_mapping_is_kept_under_its_name(actor: Actor) -> None:
    columns = {"산성정도": "measurements.ph", "비고란": SKIP}
    name = f"실험실 {actor.id}"
    assert imports.mappings.save(actor, name, columns).columns == columns
    assert imports.mappings.save(actor, name, columns).columns == columns
    with pytest.raises(NameTaken):
        imports.mappings.save(actor, name, {"산성정도": SKIP})
    assert imports.mappings.save(actor, name, {"산성정도": SKIP}, replace=True).columns == {"산성정도": SKIP}
    assert name in {each.name for each in imports.mappings.browse(make_user("researcher"))}
    with pytest.raises(BadInput):
        imports.mappings.save(actor, name, {"x": "samples.nothing"})
    with pytest.raises(NotAllowed):
        imports.mappings.browse(make_user())


def test_wrong_columns_are_noticed(actor: Actor) -> None:
    made = make(Person("swapped", groups=(SAMPLE, LABORATORY), n=12), seed=33)
    red, drip = made.columns["measurements.a_star"], made.columns["measurements.drip_loss"]
    for row in made.truth:
        place, other = (row - 1, red), (row - 1, drip)
        made.cells[place], made.cells[other] = made.cells[other], made.cells[place]
        made.cells[row - 1, made.columns["samples.grade"]] = "1++" if made.truth[row]["samples.bms"] < 4 else "3"
    run = sent(actor, made.written())
    assert {"grades_shifted", "columns_swapped"} <= {code for _, code in codes(actor, run)}
    doubts = [each for each in imports.findings(actor, run.id, level="question")[0] if each.code in imports.DOUBTS]
    imports.answer(actor, run.id, {"sure": [imports.doubt(each) for each in doubts]})
    imports.work(run.id)
    assert imports.get(actor, run.id).summary["open_questions"] == 0


def test_a_printed_yield_index_is_computed_again(actor: Actor) -> None:
    header = ["이력번호", "품종", "성별", "도축일자", "도체중", "등지방두께", "등심단면적", "육량지수", "부위"]
    good = ["002777000111", "한우", "거세", "2025-03-01", 450.0, 12.0, 95.0, 62.84, "채끝살"]
    rows: list[list[Any]] = [header, good, ["002777000112", *good[1:6], 105.0, *good[7:]]]
    from tests.core.imports.test_imports import sheet

    computed = (11.06398 - 1.25149 * 12 + 0.28293 * 95 + 0.56781 * 450) / 450 * 100
    rows[1][7] = rows[2][7] = round(computed, 2)
    assert codes(actor, sent(actor, sheet(rows))) == {("H3", "yield_differs")}


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_what_is_exported_comes_back_unchanged(actor: Actor, tmp_path: Any, kind: str) -> None:
    made = make(Person("all", rounds=2, groups=(SAMPLE, RAW, LABORATORY), n=3), seed=34)
    confirmed(actor, sent(actor, made.data), with_warnings=True)
    ids = [sample.id for sample in all_of(actor)]
    before = everything(ids)
    file = tmp_path / "all.xlsx"
    exports.save(actor, {"filter": {"owner": "me"}, "language": "ko", "format": kind}, file, lambda done, total: None)
    run = sent(actor, file.read_bytes(), scale=None)
    assert codes(actor, run) == set()
    assert run.summary["same"] == run.summary["rows"]
    assert everything(ids) == before


def test_days_of_templates_are_days(actor: Actor) -> None:
    assert date(2026, 3, 5) in [
        cell.value.date() if hasattr(cell.value, "date") else cell.value
        for cell in load_workbook(io.BytesIO(imports.template_for(actor, "en"))).worksheets[1][3]
    ]
