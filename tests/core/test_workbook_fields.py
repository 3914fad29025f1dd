"""The table of fields: whole, told in both languages, and told apart by their headers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import catalogue, words
from core.tables import Evaluation, Measurement, Round, Sample
from core.workbooks import cells, fields
from core.workbooks.fields import SHEETS, Sheet

TABLES = {"samples": Sample, "rounds": Round, "evaluations": Evaluation, "measurements": Measurement}
ALL = list(SHEETS.values())


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("sheet", ALL, ids=lambda sheet: sheet.key)
def test_every_field_has_a_header_of_its_own_and_a_meaning(sheet: Sheet, language: str) -> None:
    headers = [field.header(language) for field in sheet.fields]
    assert len(set(headers)) == len(headers)
    assert all(field.meaning(language) for field in sheet.fields)
    assert len(sheet.title(language)) <= 31  # no program takes a longer name of a sheet


@pytest.mark.parametrize("sheet", ALL, ids=lambda sheet: sheet.key)
def test_synonyms_are_of_fields_that_there_are_and_find_their_own_header(sheet: Sheet) -> None:
    assert set(fields._listed().get(sheet.key, {})) <= {field.key for field in sheet.fields}
    for field in sheet.fields:
        assert fields.fold(field.header("ko")) in fields.synonyms(sheet.key, field.key)


@pytest.mark.parametrize("sheet", [sheet for sheet in ALL if sheet.imported], ids=lambda sheet: sheet.key)
def test_what_is_read_back_has_a_column_in_the_database(sheet: Sheet) -> None:
    columns = set(TABLES[sheet.key].__table__.columns.keys())
    told_by_others = {"evaluator_id", "photo_raw", "photo_heated"}
    read_back = {field.column or field.key for field in sheet.fields if field.imported} - told_by_others
    assert read_back <= columns


def test_limits_are_those_of_the_api() -> None:
    assert (SHEETS["samples"].field("bms").minimum, SHEETS["samples"].field("bms").maximum) == (1, 9)
    assert SHEETS["rounds"].field("temperature_c").minimum == -60
    assert SHEETS["measurements"].field("wbsf_kgf").maximum == 25
    assert SHEETS["measurements"].field("wbsf_kgf").unit == "kgf"


def test_every_code_has_choices() -> None:
    known = catalogue.get()
    for sheet in ALL:
        for field in sheet.fields:
            assert (field.kind == "code") == bool(fields.choices(field, known))


@pytest.mark.parametrize("text", ["=1+1", "+82", "-5", "@x", "\tx", "\rx", "'quoted", "''", "'=1", "plain", "", "'"])
def test_a_neutral_cell_is_no_formula_and_comes_back(text: str) -> None:
    assert not cells.neutral(text).startswith(tuple(cells.RISKY))
    assert cells.original(cells.neutral(text)) == text


@given(st.text())
def test_any_text_comes_back(text: str) -> None:
    assert cells.original(cells.neutral(text)) == text
