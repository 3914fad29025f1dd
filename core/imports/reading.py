"""Reads what people send, xlsx, xls or CSV, into grids of cells: bounded, and with a reason where it fails."""

import csv
import gc
import io
import json
import marshal
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from core.errors import BadInput, Finding

Cell = str | float | bool | datetime | None
MAX_BYTES = 50 * 1024**2
LIMITS = {
    "memory": 1024**3,  # of the reading process, in bytes of address space
    "seconds": 40,  # of computing
    "sheets": 50,
    "rows": 100_000,
    "columns": 702,  # ZZ
    "cells": 2_000_000,
    "parts": 2000,
    "unpacked": 300 * 1024**2,
}
PATIENCE_S = 120
CHILD = Path(__file__).with_name("child.py")
OLE, ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"
DELIMITERS = ",;\t|"
LONGEST_CELL = 32_767  # what Excel holds


@dataclass
class Sheet:
    """A grid: `rows` from the first row of the sheet on, each from column A on; empty is None or "".

    `merged` are the areas (first row, first column, last row, last column), counted from 0. `origin` leads from a cell
    that a merged area has filled to the one that people see.
    """

    name: str
    rows: list[list[Cell]]
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    origin: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)

    def place(self, row: int, column: int) -> str:
        """The address of a cell as people see it: a merged one by its first."""
        return address(*self.origin.get((row, column), (row, column)))


@dataclass
class Workbook:
    """What was read. kind: xlsx, xls, csv, or zip of CSV files, a sheet each."""

    kind: str
    sheets: list[Sheet]


def address(row: int, column: int) -> str:
    """A1 for (0, 0)."""
    return f"{letters(column)}{row + 1}"


def letters(column: int) -> str:
    said = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        said = chr(ord("A") + rest) + said
    return said


def read(data: bytes) -> Workbook:
    """The grids of a workbook; formulas as the values they last had, links to elsewhere not followed.

    Raises:
        BadInput: it cannot be read, or is too large; names the field "file" and says why.
    """
    if not data:
        raise refusal("file_empty")
    if len(data) > MAX_BYTES:
        raise refusal("workbook_file_too_large", maximum_mb=MAX_BYTES // 1024**2)
    kind = kind_of(data)
    with undisturbed():
        book = Workbook(kind, _READERS[kind](data))
        for sheet in book.sheets:
            _fill_merged(sheet)
    return book


@contextmanager
def undisturbed() -> Iterator[None]:
    """Without a search for rings of references, which cells never make: it would take a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def kind_of(data: bytes) -> str:
    """xlsx, xls or csv, by what the bytes are and not by a name.

    Raises:
        BadInput: none of them.
    """
    if data.startswith(OLE):
        return "xls"
    if not data.startswith(ZIP):
        return "csv"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeError) as error:
        raise refusal("workbook_broken") from error
    if names and all(name.lower().endswith(".csv") for name in names):
        return "zip"
    if "xl/workbook.xml" not in names and "[Content_Types].xml" not in names:
        raise refusal("not_a_workbook")
    return "xlsx"


def refusal(code: str, **values: Any) -> BadInput:
    return BadInput(Finding("file", code, values))


def _zipped(data: bytes) -> list[Sheet]:
    """As an export writes it: a table a file."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = archive.infolist()
            if len(files) > LIMITS["sheets"] or sum(file.file_size for file in files) > MAX_BYTES:
                raise refusal("workbook_too_large")
            return [_csv(archive.read(file), Path(file.filename).stem) for file in files if file.file_size]
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, EOFError, zlib.error) as error:
        raise refusal("workbook_broken") from error


def _read_apart(data: bytes) -> list[dict[str, Any]]:
    """What the reading process found."""
    with tempfile.NamedTemporaryFile(suffix=".book") as file:
        file.write(data)
        file.flush()
        try:
            done = subprocess.run(
                [sys.executable, "-I", str(CHILD), file.name], input=json.dumps(LIMITS).encode(), capture_output=True,
                timeout=PATIENCE_S, check=False, env={"RUST_BACKTRACE": "0"},
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise refusal("workbook_too_large") from error
    try:
        answer: dict[str, Any] = marshal.loads(done.stdout)  # noqa: S302  (our own program wrote it)
    except (ValueError, EOFError, TypeError) as error:  # it was ended by its limits before it could say anything
        raise refusal("workbook_too_large") from error
    if "error" in answer:
        raise refusal(answer["error"], **_bounds(answer["error"]))
    found: list[dict[str, Any]] = answer["sheets"]
    return found


def _bounds(code: str) -> dict[str, Any]:
    if code == "sheet_too_large":
        return {"rows": LIMITS["rows"], "columns": LIMITS["columns"]}
    return {"limit": LIMITS["sheets"]} if code == "too_many_sheets" else {}


def _sheets(found: list[dict[str, Any]]) -> list[Sheet]:
    for sheet in found:
        for row in sheet["rows"]:
            for column, cell in enumerate(row):
                if cell.__class__ is tuple:
                    row[column] = _instant(cell[0])
    return [Sheet(sheet["name"], sheet["rows"], [tuple(area) for area in sheet["merged"]]) for sheet in found]


def _instant(text: str) -> datetime:
    day = datetime.fromisoformat(text)
    return day if isinstance(day, datetime) else datetime.combine(date.fromisoformat(text), datetime.min.time())


def _csv(data: bytes, name: str = "CSV") -> Sheet:
    text = _decoded(data)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    csv.field_size_limit(LONGEST_CELL)
    rows: list[list[Cell]] = []
    cells = 0
    try:
        for row in reader:
            rows.append([*row])
            cells += len(row)
            if len(rows) > LIMITS["rows"] or len(row) > LIMITS["columns"] or cells > LIMITS["cells"]:
                raise refusal("sheet_too_large", **_bounds("sheet_too_large"))
    except csv.Error as error:
        raise refusal("csv_broken", row=reader.line_num) from error
    return Sheet(name, rows)


def _decoded(data: bytes) -> str:
    """UTF-8 or UTF-16 with a mark, UTF-8 without, else the Korean code page that Excel writes.

    Raises:
        BadInput: it is no text.
    """
    marked = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
    of_mark = next((name for mark, name in marked.items() if data.startswith(mark)), None)
    for encoding in (of_mark,) if of_mark else ("utf-8", "cp949"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise refusal("not_a_workbook")


def _delimiter(text: str) -> str:
    """The sign that stands most often, and equally often, in the first lines."""
    lines = [line for line in text[:20_000].splitlines()[:20] if line.strip()]
    counted = Counter({sign: sum(line.count(sign) for line in lines) for sign in DELIMITERS})
    return counted.most_common(1)[0][0] if counted else ","


_READERS: dict[str, Callable[[bytes], list[Sheet]]] = {
    "csv": lambda data: [_csv(data)],
    "zip": _zipped,
    "xlsx": lambda data: _sheets(_read_apart(data)),
    "xls": lambda data: _sheets(_read_apart(data)),
}


def _fill_merged(sheet: Sheet) -> None:
    """Writes the value of a merged area into all its cells down to its last row that is there."""
    for top, left, bottom, right in sheet.merged:
        if top >= len(sheet.rows) or left >= len(sheet.rows[top]):
            continue
        value = sheet.rows[top][left]
        for row in range(top, min(bottom + 1, len(sheet.rows))):
            cells = sheet.rows[row]
            for column in range(left, min(right + 1, len(cells))):
                if (row, column) != (top, left):
                    cells[column] = value
                    sheet.origin[row, column] = (top, left)
