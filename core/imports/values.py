"""What a cell says: numbers typed as text, days and instants as Koreans and Excel write them, text as it was."""

import math
import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from core import ids, trace_numbers
from core.clock import SEOUL
from core.imports.reading import Cell
from core.workbooks import cells
from core.workbooks.fields import Field

NOTHING = {
    "",
    "-",
    "–",
    "—",
    "―",
    ".",
    "n/a",
    "na",
    "n.a.",
    "nan",
    "null",
    "none",
    "x",
    "결측",
    "결측치",
    "미측정",
    "없음",
    "해당없음",
}
ERRORS = {"#ERROR", "#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"}
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
COMMA = re.compile(r"[+-]?\d+,\d{1,2}")
DAY = re.compile(
    r"(?P<y>\d{4}|\d{2})(?:\s*년\s*|\s*[./-]\s*)(?P<m>\d{1,2})(?:\s*월\s*|\s*[./-]\s*)(?P<d>\d{1,2})\s*(?:일|\.)?"
)
COMPACT = re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})")
WEEKDAY = re.compile(r"\s*\(?[월화수목금토일]\)?(?:요일)?\)?$|\s*\([월화수목금토일]\)")
CLOCK = re.compile(
    r"(?:(?P<half>오전|오후|am|pm)\s*)?(?P<h>\d{1,2})\s*(?::|시)\s*(?P<mi>\d{1,2})?\s*(?:분|:)?\s*"
    r"(?P<s>\d{1,2}(?:\.\d+)?)?\s*초?\s*(?P<after>am|pm)?",
    re.IGNORECASE,
)
EXCEL_DAY_0 = datetime(1899, 12, 30)
SERIALS = (36526, 73050)  # 2000 to 2099
NOON = time(12)
YES, NO = {"y", "yes", "true", "o", "예", "1", "참"}, {"n", "no", "false", "아니오", "아니요", "0", "거짓"}
EXACT = 10**15  # Excel keeps no more digits of a number


class Unreadable(Exception):
    """Says why, as a word key under "finding", and what would be readable."""

    def __init__(self, code: str, suggestion: str = "", catalogue: str = "", **values: Any) -> None:
        super().__init__(code)
        self.code, self.suggestion, self.catalogue, self.values = code, suggestion, catalogue, values


def is_nothing(cell: Cell) -> bool:
    """Whether people mean by it that there is nothing."""
    if cell is None or cell == "":
        return True
    return cell.__class__ is str and cell.strip().lower() in NOTHING


def shown(cell: Cell) -> str:
    """As people see it, about."""
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "minutes") if cell.time() != time() else cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < EXACT:
        return str(int(cell))
    return str(cell if cell is not None else "")[:200]


def text(cell: Cell) -> str:
    """Without the apostrophe that our own workbooks put before what looks like a formula."""
    if not isinstance(cell, str):
        return shown(cell)
    _refuse_error(cell)
    return cells.original(cell.strip())


def number(cell: Cell, unit: str = "") -> float:
    if cell.__class__ is float or cell.__class__ is int:
        if not math.isfinite(cell):
            raise Unreadable("not_a_number")
        return float(cell)
    if isinstance(cell, datetime):
        raise Unreadable("date_for_number", f"{cell.month}.{cell.day}")
    if not isinstance(cell, str):
        raise Unreadable("not_a_number")
    return _typed_number(cell, unit)


def _typed_number(cell: str, unit: str) -> float:
    _refuse_error(cell)
    said = unicodedata.normalize("NFKC", cells.original(cell.strip())).replace("−", "-").replace(" ", "")
    own = unicodedata.normalize("NFKC", unit).replace(" ", "").lower()
    if own and said.lower().endswith(own):
        said = said[: -len(own)]
    if THOUSANDS.fullmatch(said):
        said = said.replace(",", "")
    if NUMBER.fullmatch(said) and math.isfinite(value := float(said)):
        return value
    if COMMA.fullmatch(said):
        raise Unreadable("not_a_number", said.replace(",", "."))
    inside = NUMBER.search(said)
    raise Unreadable("not_a_number", inside[0] if inside else "")


def integer(cell: Cell, unit: str = "") -> int:
    if isinstance(cell, str) and (
        said := re.fullmatch(r"(?:no\.?|제)?\s*(\d{1,3})\s*(?:번|호|회|회차|차|일|일차)?", cell.strip().lower())
    ):
        return int(said[1])
    value = number(cell, unit)
    if value != int(value):
        raise Unreadable("not_an_integer", str(round(value)))
    return int(value)


def day(cell: Cell) -> date:
    return moment(cell)[0]


def moment(cell: Cell) -> tuple[date, datetime | None]:
    """A day, and the instant where the cell tells more than the day; what names no zone is Korean time."""
    if isinstance(cell, datetime):
        return _with_time(cell)
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        return _of_number(float(cell))
    if not isinstance(cell, str):
        raise Unreadable("not_a_date")
    _refuse_error(cell)
    said = unicodedata.normalize("NFKC", cells.original(cell.strip()))
    if said.isdigit() and len(said) == 5:
        return _of_number(float(said))
    if (instant := _iso(said)) is not None:
        return instant
    if (compact := COMPACT.fullmatch(said)) is not None:
        return _calendar(compact), None
    found = DAY.match(said)
    if found is None:
        raise Unreadable("not_a_date")
    rest = WEEKDAY.sub("", said[found.end() :], count=1).strip()
    first = _calendar(found)
    return (first, None) if not rest else _with_time(datetime.combine(first, _clock(rest)))


def _iso(said: str) -> tuple[date, datetime | None] | None:
    if "T" not in said and "+" not in said and not said.endswith("Z"):
        return None
    try:
        return _with_time(datetime.fromisoformat(said))
    except ValueError:
        return None


def _with_time(instant: datetime) -> tuple[date, datetime | None]:
    if instant.tzinfo is None:
        if instant.time() == time():
            return instant.date(), None
        instant = instant.replace(tzinfo=SEOUL)
    return instant.astimezone(SEOUL).date(), instant


def _of_number(value: float) -> tuple[date, datetime | None]:
    if SERIALS[0] <= value <= SERIALS[1]:
        return _with_time(EXCEL_DAY_0 + timedelta(seconds=round(value * 86400)))
    if value == int(value) and (compact := COMPACT.fullmatch(str(int(value)))):
        return _calendar(compact), None
    raise Unreadable("not_a_date")


def _calendar(found: re.Match[str]) -> date:
    year = int(found["y"])
    try:
        return date(year + 2000 if year < 100 else year, int(found["m"]), int(found["d"]))
    except ValueError as error:
        raise Unreadable("no_such_day") from error


def _clock(said: str) -> time:
    found = CLOCK.fullmatch(said)
    if found is None:
        raise Unreadable("not_a_date")
    half = (found["half"] or found["after"] or "").lower()
    hour = int(found["h"])
    if half in ("오후", "pm") and hour < 12:
        hour += 12
    elif half in ("오전", "am") and hour == 12:
        hour = 0
    seconds = float(found["s"] or 0)
    try:
        return time(hour, int(found["mi"] or 0), int(seconds), round(seconds % 1 * 1e6) % 10**6)
    except ValueError as error:
        raise Unreadable("not_a_date") from error


def trace_number(cell: Cell) -> str:
    """In its stored form."""
    if isinstance(cell, float) and abs(cell) >= EXACT:
        raise Unreadable("trace_rounded")
    said = text(cell)
    found = trace_numbers.parse(said)
    if found is None:
        raise Unreadable(trace_numbers.problem(said).code)
    return found.number


def sample_id(cell: Cell) -> str:
    found = ids.parse(text(cell))
    if found is None:
        raise Unreadable("sample_id_form")
    return found


def row_id(cell: Cell) -> UUID:
    try:
        return UUID(text(cell))
    except ValueError as error:
        raise Unreadable("not_an_id") from error


def warnings(cell: Cell) -> list[str]:
    return [part.strip() for part in text(cell).split(";") if part.strip()]


def _refuse_error(cell: str) -> None:
    if cell in ERRORS:
        raise Unreadable("cell_error")


def reader(field: Field) -> Callable[[Cell], Any]:
    """What reads the cells of a field, but for codes, which need the catalogue.

    Raises of it:
        Unreadable: the cell says nothing that the field can be.
    """
    if field.kind == "decimal":
        return lambda cell: number(cell, field.unit)
    if field.kind == "integer":
        return lambda cell: integer(cell, field.unit)
    return {
        "date": day, "instant": moment, "trace_number": trace_number, "sample_id": sample_id, "id": row_id,
        "warnings": warnings,
    }.get(field.kind, text)  # fmt: skip
