"""The rows of a table as values of our fields; every cell is read, or reported where it stands."""

import re
from collections.abc import Callable
from typing import Any

from core import trace_numbers
from core.imports.codes import Codes
from core.imports.findings import CellFinding
from core.imports.headers import SKIP, factor, field_of
from core.imports.layout import Layout
from core.imports.reading import Cell
from core.imports.tables import Said, Table
from core.imports.values import Unreadable, is_nothing, reader
from core.workbooks.fields import Field, fold

# Read in this order: what a code may be depends on those before it.
UNDER_SPECIES = ("breeds", "grades", "primal_cuts", "secondary_cuts")
SUMMARY = {
    "평균", "합계", "계", "표준편차", "평균값", "총계", "소계", "mean", "average", "avg", "sd", "std",
    "sem", "total", "sum", "n",
}  # fmt: skip
ALL_THE_SAME = 0.5  # share of a row's cells that repeat the header: then it is the header once more
FAR = 1e300  # neither infinite nor no number
LONGEST_TEXT = {"note": 2000}


def read_table(layout: Layout, codes: Codes, said: Said) -> Table:
    """All rows of a table with something in them."""
    numbers = [row for row in range(layout.first, layout.end) if _is_row(layout, row)]
    known = {column.target: column.index for column in layout.columns if column.target not in (None, SKIP)}
    table = Table(layout, {str(target): index for target, index in known.items()}, numbers, [{} for _ in numbers])
    for column in layout.columns:
        if column.target is None:
            suggestion = column.suggested or ""
            said.add(
                table.at_header(
                    column.index,
                    "",
                    "unknown_column",
                    "question",
                    suggestion,
                    preview=", ".join(layout.preview(column))[:200],
                )
            )
        elif column.target != SKIP:
            _read_column(table, column.index, column.target, codes, said)
    _read_codes(table, codes, said)
    return table


def _is_row(layout: Layout, row: int) -> bool:
    """Neither empty, nor the header once more, nor a line of means under the data."""
    cells = layout.sheet.rows[row]
    if cells and isinstance(cells[0], float):
        return True
    full = [(column, cell) for column, cell in enumerate(cells) if cell is not None and cell != ""]
    if all(is_nothing(cell) for _, cell in full):
        return False
    if not isinstance(full[0][1], str):
        return True
    header = layout.sheet.rows[layout.header_row]
    repeated = sum(column < len(header) and header[column] == cell for column, cell in full)
    return repeated <= len(full) * ALL_THE_SAME and fold(full[0][1]) not in SUMMARY


def _read_column(table: Table, column: int, target: str, codes: Codes, said: Said) -> None:
    field = field_of(target)
    times = factor(field, _header_of(table, column))
    if times is None:
        said.add(table.at_header(column, target, "unit_unknown", "question", field.unit, unit=field.unit or "-"))
        return
    if field.kind == "code" and field.catalogue in UNDER_SPECIES:
        return  # read row by row
    read = (lambda cell: codes.read(field, cell)) if field.kind == "code" else reader(field)
    rows = table.layout.sheet.rows
    low, high = field.minimum, field.maximum
    is_decimal = field.kind == "decimal"
    if is_decimal and _take_numbers(table, column, target, times, low, high):
        return
    for place, row in enumerate(table.numbers):
        cells = rows[row]
        cell = cells[column] if column < len(cells) else None
        if cell is None or cell == "":
            continue
        if is_decimal and isinstance(cell, float) and -FAR < cell < FAR:
            value: Any = cell
        else:
            value = _read_cell(table, row, target, field, cell, read, said, codes)
            if value is None:
                continue
        if is_decimal and times != 1.0:
            value *= times
        if (low is not None and value < low) or (high is not None and value > high):
            said.add(_beyond(table, row, target, value, low, high))
            continue
        table.values[place][target] = value


def _take_numbers(
    table: Table, column: int, target: str, times: float, low: float | None, high: float | None
) -> bool:  # fmt: skip
    """The quick way for a column that holds nothing but numbers, all of them possible; False where it is not one."""
    rows = table.layout.sheet.rows
    try:
        cells = [rows[row][column] for row in table.numbers]
    except IndexError:
        return False
    if {*map(type, cells)} != {float}:
        return False
    numbers: list[Any] = cells if times == 1.0 else [cell * times for cell in cells]  # type: ignore[operator]
    least, most = min(numbers), max(numbers)
    if not (least > -FAR and most < FAR) or (low is not None and least < low) or (high is not None and most > high):
        return False
    for values, value in zip(table.values, numbers, strict=True):
        values[target] = value
    return True


def _header_of(table: Table, column: int) -> str:
    return next(each.header.text for each in table.layout.columns if each.index == column)


def _beyond(table: Table, row: int, target: str, value: float, low: float | None, high: float | None) -> CellFinding:
    if low is not None and value < low:
        return table.finding(row, target, "too_small", limit=low)
    return table.finding(row, target, "too_large", limit=high)


def _read_cell(
    table: Table, row: int, target: str, field: Field, cell: Cell, read: Callable[[Cell], Any], said: Said, codes: Codes
) -> Any:  # fmt: skip
    if is_nothing(cell):
        return None
    try:
        value = read(cell)
    except Unreadable as problem:
        if target == "samples.species" and problem.code == "unknown_choice" and (named := codes.breed_named(cell)):
            return named[0]
        said.add(_unreadable(table, row, target, problem))
        return None
    if isinstance(value, str) and field.kind in ("text", "photo"):
        value = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", value).strip()
        limit = LONGEST_TEXT.get(field.key, 200)
        if len(value) > limit:
            said.add(table.finding(row, target, "too_long", limit=limit))
            return None
        return value or None
    return value


def _unreadable(table: Table, row: int, target: str, problem: Unreadable) -> CellFinding:
    own, under = problem.suggestion, problem.catalogue
    return table.finding(row, target, problem.code, suggestion=own, catalogue=under, **problem.values)


def _read_codes(table: Table, codes: Codes, said: Said) -> None:
    """Species from where it stands, or from the trace number, which names it; then what stands under it."""
    own = {target: column for target in UNDER if (column := table.index.get(target)) is not None}
    species_column = table.index.get("samples.species")
    for place, row in enumerate(table.numbers):
        values, cells = table.values[place], table.layout.sheet.rows[row]
        if own or "samples.trace_number" in values:
            _species(values, cells, species_column, codes)
        for target, column in own.items():
            cell = cells[column] if column < len(cells) else None
            if not is_nothing(cell):
                _read_code(table, row, target, values, cell, codes, said)


UNDER = ("samples.breed", "samples.grade", "samples.primal_cut", "samples.secondary_cut")


def _species(values: dict[str, Any], cells: list[Cell], column: int | None, codes: Codes) -> None:
    if column is not None and column < len(cells) and (named := codes.breed_named(cells[column])):
        values.setdefault("samples.species", named[0])
        values.setdefault("samples.breed", named[1])
    if "samples.species" not in values and (number := values.get("samples.trace_number")):
        trace = trace_numbers.parse(number)
        if trace is not None and trace.species is not None:
            values["samples.species"] = trace.species


def _read_code(
    table: Table, row: int, target: str, values: dict[str, Any], cell: Cell, codes: Codes, said: Said
) -> None:
    species = values.get("samples.species")
    field = field_of(target)
    if species is None:
        if "samples.trace_number" in table.index or "samples.species" in table.index:
            return  # what is wrong is said of those
        said.add(table.finding(row, target, "species_first"))
        return
    try:
        if target == "samples.secondary_cut":
            values[target] = _secondary(field, cell, values, species, codes)
        else:
            values[target] = codes.read(field, cell, species)
            if target == "samples.primal_cut" and "samples.secondary_cut" not in table.index:
                _only_secondary(values, species, codes)
    except Unreadable as problem:
        if target != "samples.primal_cut" or not _by_secondary(values, cell, species, codes):
            said.add(_unreadable(table, row, target, problem))


def _secondary(field: Field, cell: Cell, values: dict[str, Any], species: str, codes: Codes) -> str:
    """Under its primal cut, or the only one of this name, which tells the primal cut."""
    primal = values.get("samples.primal_cut")
    if primal is None:
        named = codes.cuts_named(cell, species)
        if len(named) == 1:
            values["samples.primal_cut"] = named[0][0]
            return named[0][1]
    return codes.read(field, cell, species, primal)


def _by_secondary(values: dict[str, Any], cell: Cell, species: str, codes: Codes) -> bool:
    """A column of cuts that names the secondary one, as 꽃등심, names the primal one too."""
    named = codes.cuts_named(cell, species)
    if len(named) != 1:
        return False
    values["samples.primal_cut"], values["samples.secondary_cut"] = named[0]
    return True


def _only_secondary(values: dict[str, Any], species: str, codes: Codes) -> None:
    under = codes.catalogue.under("secondary_cuts", species, values["samples.primal_cut"])
    if len(under) == 1:
        values["samples.secondary_cut"] = under[0].key
