"""Where in a sheet the table is, what its columns mean, and which are not known."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from core import ids, words
from core.imports.headers import HEATED, IMPORTED, SKIP, Header, candidates, choose, group, targets, unit_in
from core.imports.reading import Cell, Sheet
from core.imports.values import is_nothing, shown, text
from core.workbooks import fields
from core.workbooks.fields import SHEETS, fold

SEARCHED = 20  # rows in which the header is looked for
ABOVE = 3  # rows above it in which groups are
FEWEST = 2  # columns that have to be known
PREVIEW = 5
NOT_DATA = ("field.sheet.dictionary", "import.template_example", "import.template_lists", "import.findings")


@dataclass(frozen=True)
class Column:
    """One column that has something in it. target: None where it is not known, SKIP where it does not matter."""

    index: int
    header: Header
    target: str | None
    suggested: str | None = None


@dataclass(frozen=True)
class Layout:
    """A table in a sheet: the row of its header and its first and one-past-last row of data, counted from 0."""

    sheet: Sheet
    only: str | None  # the sheet of ours that it is, where its title says so
    header_row: int
    first: int
    end: int
    columns: tuple[Column, ...]

    def column(self, target: str) -> Column | None:
        return next((column for column in self.columns if column.target == target), None)

    def preview(self, column: Column) -> list[str]:
        """Its first values, for whoever says what it means."""
        rows = self.sheet.rows[self.first : self.end]
        cells = (row[column.index] for row in rows if column.index < len(row))
        return [shown(cell) for _, cell in zip(range(PREVIEW), (c for c in cells if not is_nothing(c)), strict=False)]


def find(sheet: Sheet, mapping: Mapping[str, str] | None = None) -> Layout | None:
    """The table of a sheet; None where there is none, or it is one that an import does not read.

    Args:
        mapping: what people have said: the key of a header -> its target.
    """
    only = _title(sheet.name)
    if only == "":
        return None
    known = mapping or {}
    row = _header_row(sheet, only, known)
    if only is not None and row != 0:  # ours begin with their header: this one is only called alike
        only, row = None, _header_row(sheet, None, known)
    if row is None:
        return None
    headers = _headers(sheet, row)
    chosen = choose(headers, only)
    first = _first_row(sheet, row, chosen)
    end = _end(sheet, first)
    columns = []
    for index, header in enumerate(headers):
        target = known.get(header.key, chosen[index])
        if target is None and not header.text.strip() and _is_empty(sheet, index, first, end):
            continue
        suggested = _suggestion(header) if target is None else None
        columns.append(Column(index, header, target or None, suggested))
    return _with_labels(Layout(sheet, only, row, first, end, tuple(columns)))


def _title(name: str) -> str | None:
    """The sheet of ours with this title; "" for one that is not read back, None for any other title."""
    name = re.sub(r"\s*\(\d+\)$", "", name)  # a sheet that goes on in another
    for key, sheet in SHEETS.items():
        if fold(name) in {fold(key), *(fold(sheet.title(language)) for language in words.LANGUAGES)}:
            return key if key in IMPORTED else ""
    return "" if fold(name) in _not_data() else None


@cache
def _not_data() -> frozenset[str]:
    """Sheets of our own workbooks that hold no data, by their titles in both languages."""
    named = {fold(words.text(language, key)) for language in words.LANGUAGES for key in NOT_DATA}
    return frozenset(named | {"dictionary"})


def _header_row(sheet: Sheet, only: str | None, known: Mapping[str, str]) -> int | None:
    """The row, among the first, that names most fields; of equal ones the lowest, which is nearest to the data."""
    best, most = None, FEWEST - 1
    for row, cells in enumerate(sheet.rows[:SEARCHED]):
        # A merged title would name its field in each of its cells.
        said = {fold(cell): cell for cell in cells if isinstance(cell, str) and cell.strip() and len(cell) < 200}
        named = sum(1 for key, cell in said.items() if candidates(cell, only) or known.get(key, SKIP) != SKIP)
        numbers = sum(isinstance(cell, float) for cell in cells)
        if named >= max(most, FEWEST) and named > numbers:
            best, most = row, named
    return best if best is None or not _goes_on(sheet, best, only) else best + 1


def _goes_on(sheet: Sheet, row: int, only: str | None) -> bool:
    """Whether the row below belongs to the header: it names fields under groups, and has nothing under other names."""
    below = sheet.rows[row + 1] if row + 1 < len(sheet.rows) else []
    said = [(column, cell) for column, cell in enumerate(below) if not is_nothing(cell)]
    named = [column for column, cell in said if isinstance(cell, str) and candidates(cell, only)]
    is_free = not any(candidates(_text(sheet, row, column), only) for column, _ in said)
    return is_free and len(named) >= max(FEWEST, len(said) / 2)


def _headers(sheet: Sheet, row: int) -> list[Header]:
    width = max((len(cells) for cells in sheet.rows[row:]), default=0)
    own = [_text(sheet, row, column) for column in range(width)]
    above = [_groups(sheet, up, width) for up in range(row - 1, max(row - 1 - ABOVE, -1), -1)]
    headers = []
    for column in range(width):
        over = next((named[column] for named in above if named[column]), "")
        said = own[column]
        if not said.strip():
            said = next(
                (up for n in range(1, ABOVE) if row - n >= 0 and _names(up := _text(sheet, row - n, column))), ""
            )
        headers.append(Header(said, over if fold(over) != fold(said) else ""))
    return headers


def _names(said: str) -> bool:
    return bool(said.strip() and candidates(said))


def _text(sheet: Sheet, row: int, column: int) -> str:
    cells = sheet.rows[row]
    return text(cells[column]) if column < len(cells) and isinstance(cells[column], str) else ""


def _groups(sheet: Sheet, row: int, width: int) -> list[str]:
    """Over each column the group that a row names: written once and merged, or once with blanks behind it."""
    found, current, merged = [], "", set(sheet.origin.values())
    for column in range(width):
        said = _text(sheet, row, column)
        if said.strip():
            current = said if group(said) else ""
            ends = (row, column) in merged or (row, column) in sheet.origin
        elif current and ends:
            current = ""
        found.append(current)
    return found


def _first_row(sheet: Sheet, header: int, chosen: Sequence[str | None]) -> int:
    """Behind the header, and behind a row of units or of names in the other language."""
    row = header + 1
    while row < min(header + 3, len(sheet.rows)) and _is_below_header(sheet.rows[row], chosen):
        row += 1
    return row


def _is_below_header(cells: Sequence[Cell], chosen: Sequence[str | None]) -> bool:
    said = [(column, cell) for column, cell in enumerate(cells) if not is_nothing(cell)]
    if not said or any(not isinstance(cell, str) for _, cell in said):
        return False
    fitting = 0
    for column, cell in said:
        target = chosen[column] if column < len(chosen) else None
        own = (target or "").removesuffix(HEATED)
        is_name = bool(own) and own in candidates(str(cell))
        fitting += is_name or bool(unit_in(f"({cell})")) or str(cell).startswith("(")
    return fitting > len(said) / 2


def _end(sheet: Sheet, first: int) -> int:
    end = len(sheet.rows)
    while end > first and all(is_nothing(cell) for cell in sheet.rows[end - 1]):
        end -= 1
    return end


def _is_empty(sheet: Sheet, column: int, first: int, end: int) -> bool:
    return all(column >= len(cells) or is_nothing(cells[column]) for cells in sheet.rows[first:end])


def _suggestion(header: Header) -> str | None:
    """What a header that nobody knows is most like."""
    named = {name: target for target in targets() for name in _names_of(target)}
    close = get_close_matches(fold(header.text), named, n=1, cutoff=0.6)
    return named[close[0]] if close else None


def _names_of(target: str) -> tuple[str, ...]:
    sheet, _, key = target.partition(".")
    return fields.synonyms(sheet, key) if sheet in SHEETS and HEATED not in target else ()


def _with_labels(layout: Layout) -> Layout:
    """A column of sample numbers whose values are no ids of ours tells samples of one animal apart, no more."""
    column = layout.column("samples.sample_id")
    if column is None or layout.only is not None or layout.column("samples.trace_number") is None:
        return layout
    cells = [row[column.index] for row in layout.sheet.rows[layout.first : layout.end] if column.index < len(row)]
    said = [text(cell) for cell in cells if not is_nothing(cell)]
    if (
        not said
        or sum(ids.parse(each) is not None for each in said) * 2 > len(said)
        or max(map(len, said)) >= ids.LENGTH
    ):
        return layout
    changed = tuple(
        Column(c.index, c.header, "extra.label") if c is column else c
        for c in layout.columns
        if c is column or c.target != "extra.label"
    )
    return Layout(layout.sheet, layout.only, layout.header_row, layout.first, layout.end, changed)
