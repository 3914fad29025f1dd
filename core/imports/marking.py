"""A copy of somebody's own workbook in which every finding stands in its cell, as a comment and a colour."""

import io
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.utils import coordinate_to_tuple
from openpyxl.utils.exceptions import IllegalCharacterError

from core import catalogue, words
from core.imports import files, reading, runs
from core.imports.findings import CellFinding, field_name, message, suggested
from core.imports.layout import fold
from core.policy import Actor

COLOURS = {"error": "FFF4B6B6", "question": "FFFFE08A", "warning": "FFFFF3C4", "note": "FFDCE6F1"}
RANKS = ("error", "question", "warning", "note")
MOST_CELLS = 600_000  # beyond, the copy has the values alone, without the formats
AUTHOR = "Meatlab"


def marked(actor: Actor, run_id: UUID, language: str) -> bytes:
    """An xlsx workbook, whatever was sent.

    Raises:
        NotFound: there is no such import that the person may see, or it has not been looked through.
    """
    found, _ = runs.findings(actor, run_id, limit=10**6)
    data = files.get(run_id, files.WORKBOOK)
    book = _copy(data)
    known = catalogue.get()
    for name, cells in _by_cell(found).items():
        sheet = book[name] if name in book.sheetnames else book.active
        for place, each in cells.items():
            _mark(sheet, place, each, language, known)
    _list(book, found, language, known)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _copy(data: bytes) -> Workbook:
    """Their own workbook with its formats; the values alone where it is no xlsx, or too large for that."""
    read = reading.read(data)
    cells = sum(len(row) for sheet in read.sheets for row in sheet.rows)
    if read.kind == "xlsx" and cells <= MOST_CELLS:
        try:
            return load_workbook(io.BytesIO(data), keep_links=False)
        except Exception:  # noqa: S110  (what one reader forgives, another does not)
            pass
    book = Workbook()
    del book[book.sheetnames[0]]
    for sheet in read.sheets:
        _write(book.create_sheet(sheet.name[:31]), sheet)
    return book


def _write(target: Any, sheet: reading.Sheet) -> None:
    for number, row in enumerate(sheet.rows, 1):
        for column, value in enumerate(row, 1):
            if value in (None, ""):
                continue
            cell = target.cell(number, column)
            try:
                cell.value = value
            except (IllegalCharacterError, ValueError):
                continue
            if isinstance(value, str):
                cell.data_type = "s"  # never a formula


def _by_cell(found: Iterable[CellFinding]) -> dict[str, dict[str, list[CellFinding]]]:
    sheets: dict[str, dict[str, list[CellFinding]]] = {}
    for each in found:
        if each.cell:
            sheets.setdefault(each.sheet, {}).setdefault(each.cell, []).append(each)
    return sheets


def _mark(sheet: Any, place: str, found: list[CellFinding], language: str, known: Any) -> None:
    cell: Cell | MergedCell = sheet[place]
    if isinstance(cell, MergedCell):
        area = next((each for each in sheet.merged_cells.ranges if place in each), None)
        if area is None:
            return
        cell = sheet.cell(area.min_row, area.min_col)
    worst = min(found, key=lambda each: RANKS.index(each.level))
    cell.fill = PatternFill("solid", start_color=COLOURS[worst.level])
    comment = Comment("\n".join(told(each, language, known) for each in found)[:2000], AUTHOR)
    comment.width, comment.height = 320, 40 + 40 * len(found)
    cell.comment = comment


def told(found: CellFinding, language: str, known: Any) -> str:
    """The message, and what to write instead."""
    instead = suggested(found, language, known)
    more = " " + words.text(language, "import.instead", value=instead) if instead else ""
    return f"{message(found, language)}{more}"


def _list(book: Workbook, found: list[CellFinding], language: str, known: Any) -> None:
    """All of it once more on a sheet of its own, first."""
    title = words.text(language, "import.findings")[:31]
    if any(fold(name) == fold(title) for name in book.sheetnames):
        title = f"{title[:25]} Meatlab"
    sheet = book.create_sheet(title, 0)
    heads = ("sheet", "cell", "field", "found", "message", "instead")
    sheet.append([words.text(language, f"import.column_{head}") for head in heads])
    for each in found:
        said = [each.sheet, each.cell, field_name(each.field, language), each.found, message(each, language)]
        sheet.append(["" for _ in heads])
        for column, value in enumerate([*said, suggested(each, language, known)], 1):
            cell = sheet.cell(sheet.max_row, column, "".join(c for c in value if c.isprintable()))
            cell.data_type = "s"
    for letter, width in zip("ABCDEF", (14, 8, 20, 20, 80, 20), strict=True):
        sheet.column_dimensions[letter].width = width
    for number, row in enumerate(coordinate_to_tuple(each.cell) if each.cell else None for each in found):
        if row is not None:
            sheet.cell(number + 2, 2).hyperlink = f"#'{found[number].sheet}'!{found[number].cell}"
