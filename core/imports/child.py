"""Reads one workbook in a process of its own, whose memory and time are limited; writes what it found to stdout.

A program by itself that imports nothing of ours: whatever a broken or hostile file does to the reader, only this
process ends. Usage: child.py FILE, with the limits as JSON on stdin.
"""

import json
import marshal
import re
import resource
import sys
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

CHUNK = 1 << 20
OVERLAP = 200  # longer than any opening tag of a cell
# Cells with something in them beyond column ZZ or row 99,999; the reader would make room for all that lies before.
KEPT = (float, str, bool)
FAR = re.compile(rb'<c (?:[^>]*\s)?r="(?:[A-Z]{3,}\d+|[A-Z]{1,2}\d{6,})"(?:[^>/]|/(?!>))*>')


ERROR = re.compile(rb'<c [^>]*?t="e"[^>]*>')
PLACE = re.compile(rb'r="([A-Z]{1,3})(\d{1,7})"')


class Refused(Exception):
    """Says why, as a word key under "finding"."""


def main() -> None:
    limits = json.load(sys.stdin)
    # Opening a file outside Python costs nothing here; all this process may do is to compute.
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory"], limits["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (limits["seconds"], limits["seconds"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        answer = read(Path(sys.argv[1]), limits)
    except Refused as refusal:
        answer = {"error": str(refusal)}
    except MemoryError:
        answer = {"error": str(Refused("workbook_too_large"))}
    except BaseException as error:
        is_locked = type(error).__name__ == "PasswordError"
        answer = {"error": str(Refused("workbook_password" if is_locked else "workbook_broken"))}
    marshal.dump(answer, sys.stdout.buffer)


def read(path: Path, limits: dict[str, int]) -> dict[str, Any]:
    errors = _look_at_parts(path, limits) if zipfile.is_zipfile(path) else {}
    from python_calamine import CalamineWorkbook, SheetTypeEnum  # noqa: PLC0415  (under the limits)

    book = CalamineWorkbook.from_path(str(path))
    sheets: list[dict[str, Any]] = []
    cells = 0
    shown = [each for each in book.sheets_metadata if each.typ == SheetTypeEnum.WorkSheet]
    if len(shown) > limits["sheets"]:
        raise Refused("too_many_sheets")
    for each in shown:
        sheet = book.get_sheet_by_name(each.name)
        height, width = sheet.total_height, sheet.total_width
        cells += height * width
        if height > limits["rows"] or width > limits["columns"] or cells > limits["cells"]:
            raise Refused("sheet_too_large")
        merged = [(*start, *end) for start, end in sheet.merged_cell_ranges or []]
        rows = sheet.to_python(skip_empty_area=False)
        for row in rows:
            for column, cell in enumerate(row):
                if cell.__class__ not in KEPT:
                    row[column] = _plain(cell)
        for at, column in errors.get(each.name, []):
            if at < len(rows) and column < len(rows[at]):
                rows[at][column] = "#ERROR"
        sheets.append({"name": each.name, "rows": rows, "merged": merged[: limits["rows"]]})
    return {"sheets": sheets}


def _look_at_parts(path: Path, limits: dict[str, int]) -> dict[str, list[tuple[int, int]]]:
    """Unpacks each sheet once, a piece at a time: Python's reader takes no more than the archive promised.

    Returns, by the name of the sheet, the cells whose formulas say nothing but an error: the other reader takes them
    for empty.
    """
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
        if len(parts) > limits["parts"] or sum(part.file_size for part in parts) > limits["unpacked"]:
            raise Refused("workbook_too_large")
        errors = {}
        for part in parts:
            if part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml"):
                with archive.open(part) as file:
                    errors[part.filename] = _scan(file.read)
        return _by_name(archive, errors) if any(errors.values()) else {}


def _scan(read_some: Callable[[int], bytes]) -> list[tuple[int, int]]:
    before, errors = b"", set()
    while piece := read_some(CHUNK):
        text = before + piece
        if FAR.search(text):
            raise Refused("sheet_too_large")
        for found in ERROR.finditer(text):
            if at := PLACE.search(found[0]):
                errors.add((int(at[2]) - 1, _column(at[1].decode())))
        before = text[-OVERLAP:]
    return sorted(errors)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _by_name(archive: zipfile.ZipFile, errors: dict[str, Any]) -> dict[str, Any]:
    """The same by the names that people gave the sheets."""
    targets = {
        each.get("Id"): "xl/" + (each.get("Target") or "").removeprefix("/xl/")
        for each in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314  (under the limits)
    }
    named = {}
    for each in ElementTree.fromstring(archive.read("xl/workbook.xml")).iter():  # noqa: S314
        if each.tag.endswith("}sheet"):
            link = next((value for name, value in each.items() if name.endswith("}id")), None)
            named[each.get("name") or ""] = errors.get(targets.get(link, ""), [])
    return named


def _plain(value: Any) -> Any:
    """A day or an instant as a tuple of one text, so that no text of the sheet is taken for one."""
    if isinstance(value, datetime | date):
        return (value.isoformat(),)
    return str(value) if isinstance(value, time | timedelta) else value


if __name__ == "__main__":
    main()
