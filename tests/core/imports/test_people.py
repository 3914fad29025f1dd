"""Workbooks of people: every cell lands in its field, or is reported where it stands."""

from datetime import date
from typing import Any

import pytest

from core import catalogue
from core.imports import layout, reading
from core.imports.codes import Codes
from core.imports.headers import field_of
from core.imports.planning import read_tables
from core.imports.tables import Said
from core.imports.values import Unreadable
from tests.core.imports.people import PEOPLE, Made, Person, make


def read(data: bytes) -> tuple[dict[int, dict[str, Any]], Said]:
    """Row number -> value by target, of the one sheet that has a table; and what was said."""
    book = reading.read(data)
    found = [each for sheet in book.sheets if (each := layout.find(sheet)) is not None]
    said = Said()
    (table,) = read_tables(found, catalogue.get(), said)
    return {row + 1: values for row, values in zip(table.numbers, table.values, strict=True)}, said


def plain(value: Any) -> Any:
    """A day that a cell for an instant tells is that day."""
    if isinstance(value, tuple):
        return value[0] if value[1] is None else value[1]
    return round(value, 6) if isinstance(value, float) else value


def expected(made: Made) -> dict[int, dict[str, Any]]:
    """With what cells say beside their own field: 한우 as a species is a breed, too."""
    rows = {}
    for row, values in made.truth.items():
        rows[row] = {
            target: float(v) if isinstance(v, int) and _is_decimal(target) else v for target, v in values.items()
        }
        if made.person.language == 2 and "samples.species" in values:
            rows[row]["samples.breed"] = "hanwoo"
    return rows


def _is_decimal(target: str) -> bool:
    return target not in ("samples.bms", "rounds.seq", "rounds.minutes", "place.replicate")


def test_there_are_enough_people() -> None:
    assert len({person.name for person in PEOPLE}) == len(PEOPLE) >= 40


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.name)
def test_every_cell_lands_in_its_field(person: Person) -> None:
    made = make(person)
    found, said = read(made.data)
    assert [vars(each) for each in said.findings] == []
    told = {row: {target: plain(value) for target, value in values.items()} for row, values in found.items()}
    assert told == {row: {t: plain(v) for t, v in values.items()} for row, values in expected(made).items()}


@pytest.mark.parametrize(
    ("said", "grade"),
    [("1++", "1++"), ("1+등급", "1+"), ("1++(9)", "1++"), ("1++A", "1++"), (1.0, "1"), ("등외", "off"),
     ("Off grade", "off"), ("1+++", None), ("1-", None), ("4", None), ("A", None)],
)  # fmt: skip
def test_grades_are_read_by_all_their_signs(said: Any, grade: str | None) -> None:
    codes = Codes(catalogue.get())
    try:
        found: str | None = codes.read(field_of("samples.grade"), said, "cattle")
    except Unreadable:
        found = None
    assert found == grade


def test_days_are_days() -> None:
    made = make(PEOPLE[0])
    assert all(isinstance(values["samples.slaughtered_on"], date) for values in made.truth.values())


@pytest.mark.parametrize("scores", ["신선육관능평가", "가열육관능평가"])
def test_names_of_samples_stand_beside_a_group_and_those_of_scores_below_it(scores: str) -> None:
    """Nothing is merged: the header is two rows, and no row of it names every column."""
    rows = [
        ["2026년 11월 관능평가 결과"], [],
        ["이력번호", "대분류", "소분류", "등급", "도축일자", scores],
        [None, None, None, None, None, "기호도", "감칠맛" if scores.startswith("가열") else "마블링"],
        ["002123456789", "등심", "꽃등심살", "1+", "2026.11.03", 5.0, 6.0],
    ]  # fmt: skip
    found = layout.find(reading.Sheet("시료", rows))
    assert found is not None
    assert (found.header_row, found.first, found.end) == (3, 4, 5)
    own = ["samples.trace_number", "samples.primal_cut", "samples.secondary_cut", "samples.grade"]
    second = "evaluations.umami" if scores.startswith("가열") else "evaluations.marbling"
    named = [column.target for column in found.columns]
    assert named[:5] == [*own, "samples.slaughtered_on"]
    assert named[5] in ("evaluations.palatability", "evaluations.overall")
    assert named[6] == second
