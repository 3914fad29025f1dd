"""What an import has to say of cells: where, what is wrong or asked, and what would mend it."""

from dataclasses import asdict, dataclass
from dataclasses import field as data_field
from typing import Any, Literal

from core import words
from core.catalogue import Catalogue
from core.workbooks import fields

# error: the row stays out; warning: it goes in once confirmed; question: has to be answered; note: for information.
Level = Literal["error", "warning", "question", "note"]
ABOUT_COLUMNS = ("unknown_column", "columns_swapped")  # what they suggest is a field
LEVELS: tuple[Level, ...] = ("error", "question", "warning", "note")


@dataclass(frozen=True)
class CellFinding:
    """One thing about one cell, or about a whole column at its header.

    row: the number that people see, 0 where it is about the whole sheet. field: "samples.grade" and the like, "" where
    none. code: a word key under "finding". suggestion: what to write instead; as `catalogue` names it where that says
    which.
    """

    sheet: str
    cell: str
    row: int
    field: str
    code: str
    level: Level
    values: dict[str, Any] = data_field(default_factory=dict)
    found: str = ""
    suggestion: str = ""
    catalogue: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def message(found: CellFinding, language: str) -> str:
    return words.text(language, f"finding.{found.code}", **found.values)


def suggested(found: CellFinding, language: str, catalogue: Catalogue) -> str:
    """What to write into the cell instead, in the language of the reader."""
    if found.code in ABOUT_COLUMNS:
        return field_name(found.suggestion, language) if found.suggestion else ""
    return catalogue.name(language, found.catalogue, found.suggestion) if found.catalogue else found.suggestion


def field_name(target: str, language: str) -> str:
    """What people call a field that a finding is about."""
    sheet, _, key = target.split("@", maxsplit=1)[0].partition(".")
    sheet = "evaluations" if sheet == "place" else sheet
    if sheet == "extra":
        return words.text(language, f"import.extra.{key}")
    known = fields.SHEETS.get(sheet)
    return known.field(key).name(language) if known and any(each.key == key for each in known.fields) else key
