"""A table as it was read, and what there is to say of it."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from core.imports.findings import CellFinding, Level
from core.imports.headers import HEATED
from core.imports.layout import Layout
from core.imports.values import shown
from core.tables.samples import HEATED_SCORES, MEASURES, RAW_SCORES

SECTIONS = (
    "samples", "rounds", "evaluations", "raw", "heated", "measurements", "measured", "measured_heated", "weights",
)  # fmt: skip


@dataclass
class Said:
    """Collects what there is to say; rows with an error stay out."""

    findings: list[CellFinding] = field(default_factory=list)
    bad: dict[tuple[str, int], str] = field(default_factory=dict)  # (sheet, row) -> address of what is wrong
    known: set[tuple[str, str, str]] = field(default_factory=set)

    def add(self, found: CellFinding) -> None:
        """Once for a merged cell, however many rows it stands for."""
        if found.level == "error" and found.row:
            self.bad.setdefault((found.sheet, found.row), found.cell)
        key = (found.sheet, found.cell, found.code)
        if key not in self.known:
            self.known.add(key)
            self.findings.append(found)


@dataclass(eq=False)
class Table:
    """A table as it was read: for each row of data its number in the sheet, from 0, and its values by target."""

    layout: Layout
    index: dict[str, int]
    numbers: list[int]
    values: list[dict[str, Any]]

    @property
    def name(self) -> str:
        return self.layout.sheet.name

    @cached_property
    def sections(self) -> dict[str, list[tuple[str, str]]]:
        """What of a row is of one kind: (target, key) of each column."""
        found: dict[str, list[tuple[str, str]]] = {name: [] for name in SECTIONS}
        for target in dict.fromkeys((*self.index, *FOLLOWING)):
            sheet, _, key = target.removesuffix(HEATED).partition(".")
            name = _section(sheet, key, target.endswith(HEATED))
            if name is not None:
                found[name].append((target, key))
        return found

    def finding(
        self, row: int, target: str, code: str, level: Level = "error", *, suggestion: str = "", catalogue: str = "",
        **values: Any,
    ) -> CellFinding:  # fmt: skip
        """About one cell of a row; where the sheet has no column for it, about the cell that names the row."""
        column = self.index.get(target)
        if column is None:
            column = next((self.index[each] for each in NAMING if each in self.index), 0)
        cells = self.layout.sheet.rows[row]
        cell = cells[column] if column < len(cells) else None
        return CellFinding(
            self.name, self.layout.sheet.place(row, column), row + 1, target, code, level, values, shown(cell),
            suggestion, catalogue,
        )  # fmt: skip

    def at_header(
        self, column: int, target: str, code: str, level: Level, suggestion: str = "", **values: Any
    ) -> CellFinding:
        row, cells = self.layout.header_row, self.layout.sheet.rows[self.layout.header_row]
        found = shown(cells[column]) if column < len(cells) else ""
        place = self.layout.sheet.place(row, column)
        return CellFinding(self.name, place, 0, target, code, level, values, found, suggestion)


def _section(sheet: str, key: str, is_heated: bool) -> str | None:
    if sheet == "evaluations":
        return "raw" if key in RAW_SCORES else "heated" if key in HEATED_SCORES else sheet
    if sheet == "measurements" and key in MEASURES:
        return "measured_heated" if is_heated else "measured"
    if key in ("sample_id", "seq") or (sheet, key) == ("samples", "confirmed_warnings"):
        return None
    return "weights" if key in ("cook_before_g", "cook_after_g") else sheet if sheet in SECTIONS else None


# Fields that a row may have without a column of their own: they follow from others.
FOLLOWING = ("samples.species", "samples.breed", "samples.primal_cut", "samples.secondary_cut")
NAMING = ("samples.sample_id", "samples.trace_number", "extra.label")
