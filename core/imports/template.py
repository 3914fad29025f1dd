"""The workbook to fill in: every field with its unit and an example, and lists to choose from."""

import io
from datetime import date, datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from core import catalogue, words
from core.policy import Actor, require
from core.tables.samples import HEATED_SCORES, RAW_SCORES
from core.workbooks import fields
from core.workbooks.fields import SHEETS, Field

ROWS = 2000  # that have lists to choose from
# Group over the columns -> the fields below it, in the order people fill them in.
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("samples", (
        "sample_id", "trace_number", "species", "primal_cut", "secondary_cut", "breed", "sex", "grade", "bms",
        "graded_on", "slaughtered_on", "born_on", "carcass_weight_kg", "backfat_mm", "ribeye_area_cm2",
    )),
    ("rounds", ("seq", "method", "started_at", "minutes", "temperature_c", "photo_raw")),
    ("raw_scores", ("marbling", "color", "texture", "surface_moisture", "overall")),
    ("heated_scores", ("flavor", "juiciness", "tenderness", "umami", "palatability")),
    ("laboratory", (
        "ph", "l_star", "a_star", "b_star", "drip_loss", "cooking_loss", "wbsf_kgf", "moisture", "crude_protein",
        "crude_fat", "ash",
    )),
    ("tongue", ("et_sourness", "et_bitterness", "et_umami", "et_richness")),
)  # fmt: skip
SHEET_OF = {
    "samples": "samples", "rounds": "rounds", "raw_scores": "evaluations", "heated_scores": "evaluations",
    "laboratory": "measurements", "tongue": "measurements",
}  # fmt: skip
EXAMPLES: dict[str, Any] = {
    **dict(zip((*RAW_SCORES, *HEATED_SCORES), (6, 5, 7, 4.5, 6.5, 7, 6, 8, 6.5, 7.5), strict=True)),
    "trace_number": "002000000013", "species": "cattle", "primal_cut": "loin", "secondary_cut": "ribeye_roll",
    "breed": "hanwoo", "sex": "castrated", "grade": "1+", "bms": 6, "graded_on": date(2026, 3, 6),
    "slaughtered_on": date(2026, 3, 5), "born_on": date(2023, 10, 1), "carcass_weight_kg": 452, "backfat_mm": 12,
    "ribeye_area_cm2": 95, "seq": 0, "ph": 5.55, "l_star": 33.1, "a_star": 18.2, "b_star": 8.1, "drip_loss": 1.1,
    "cooking_loss": 22.4, "wbsf_kgf": 4.1, "moisture": 65.2, "crude_protein": 20.1, "crude_fat": 13.4, "ash": 0.9,
    "et_sourness": -9.6, "et_bitterness": 7.1, "et_umami": 1.3, "et_richness": 2.4, "method": "", "minutes": "",
    "started_at": "", "temperature_c": "", "photo_raw": "photo-001.jpg",
}  # fmt: skip
HEAD = PatternFill("solid", start_color="FFF2E4E6")
GROUP = PatternFill("solid", start_color="FF9D2235")


def template_for(actor: Actor, language: str) -> bytes:
    """An xlsx workbook in Korean or English; what is filled in is read without any mapping."""
    require(actor, "import.run")
    return template(language)


def template(language: str) -> bytes:
    """The same for whoever need not be asked."""
    book = Workbook()
    sheet: Any = book.active
    sheet.title = words.text(language, "import.template_sheet")
    example = book.create_sheet(words.text(language, "import.template_example"))
    lists = book.create_sheet(words.text(language, "import.template_lists"))
    known = catalogue.get()
    column = 1
    for name, keys in GROUPS:
        for target in (sheet, example):
            target.merge_cells(start_row=1, end_row=1, start_column=column, end_column=column + len(keys) - 1)
            head = target.cell(1, column, words.text(language, f"import.group_{name}"))
            head.font, head.fill, head.alignment = (
                Font(bold=True, color="FFFFFFFF"),
                GROUP,
                Alignment(horizontal="center"),
            )
        for key in keys:
            field = SHEETS[SHEET_OF[name]].field(key)
            for target in (sheet, example):
                _head(target, column, field, language)
            example.cell(3, column, _example(field, language, known))
            _choices(sheet, lists, column, field, language, known)
            column += 1
    for target in (sheet, example):
        target.freeze_panes = "C3"
    lists.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _head(sheet: Any, column: int, field: Field, language: str) -> None:
    cell = sheet.cell(2, column, field.header(language))
    cell.font, cell.fill, cell.alignment = Font(bold=True), HEAD, Alignment(wrap_text=True, vertical="top")
    cell.comment = Comment(_help(field, language), "Meatlab", width=260, height=110)
    sheet.column_dimensions[get_column_letter(column)].width = max(11, min(24, len(field.header(language)) + 6))


def _help(field: Field, language: str) -> str:
    said = [field.meaning(language)]
    if field.minimum is not None and field.maximum is not None:
        unit = f" {field.unit}" if field.unit else ""
        said.append(f"{field.minimum:g} - {field.maximum:g}{unit}")
    return "\n".join(said)


def _example(field: Field, language: str, known: catalogue.Catalogue) -> Any:
    value = EXAMPLES.get(field.key, "")
    if field.kind == "code" and value:
        return next(entry.name(language) for entry in fields.choices(field, known) if entry.key == value)
    return value.isoformat() if isinstance(value, datetime) else value


def _choices(sheet: Any, lists: Any, column: int, field: Field, language: str, known: catalogue.Catalogue) -> None:
    """A list to choose from, kept on the hidden sheet: a list inside the cell may be only 255 signs long."""
    if field.kind != "code":
        _bounds(sheet, column, field)
        return
    names = list(dict.fromkeys(entry.name(language) for entry in fields.choices(field, known)))
    for row, name in enumerate(names, 1):
        lists.cell(row, column, name)
    letter = get_column_letter(column)
    rule = DataValidation(
        "list", formula1=f"'{lists.title}'!${letter}$1:${letter}${len(names)}", allow_blank=True, showErrorMessage=True
    )
    rule.add(f"{letter}3:{letter}{ROWS}")
    sheet.add_data_validation(rule)


def _bounds(sheet: Any, column: int, field: Field) -> None:
    letter = get_column_letter(column)
    if field.kind == "date":
        for row in range(3, 203):
            sheet.cell(row, column).number_format = "yyyy-mm-dd"
    elif field.kind in ("trace_number", "sample_id"):
        for row in range(3, 203):
            sheet.cell(row, column).number_format = "@"  # or the zeros in front are lost
    elif field.is_number and field.minimum is not None and field.maximum is not None:
        rule = DataValidation(
            "decimal", operator="between", formula1=str(field.minimum), formula2=str(field.maximum), allow_blank=True,
            showErrorMessage=True, errorStyle="warning",
        )  # fmt: skip
        rule.add(f"{letter}3:{letter}{ROWS}")
        sheet.add_data_validation(rule)
