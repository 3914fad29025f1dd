"""Which field a header of a column means, by its words and by what stands over it and beside it."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from core.config import DATA
from core.tables.samples import HEATED_SCORES, RAW_SCORES
from core.workbooks import fields
from core.workbooks.fields import SHEETS, Field, fold

SKIP = "skip"
HEATED = "@heated"
# Fields that several sheets share are one place of a row.
SHARED = {"sample_id": "samples.sample_id", "seq": "rounds.seq", "preparation": "place.preparation"}
IMPORTED = ("samples", "rounds", "evaluations", "measurements")
# What people measure in, beside our own unit: field and unit -> what to multiply by.
CONVERSIONS = {
    ("wbsf_kgf", "n"): 1 / 9.80665, ("backfat_mm", "cm"): 10.0, ("carcass_weight_kg", "g"): 0.001,
    ("minutes", "h"): 60.0,
    ("minutes", "hr"): 60.0, ("minutes", "hour"): 60.0, ("minutes", "hours"): 60.0, ("minutes", "시간"): 60.0,
    ("minutes", "일"): 1440.0, ("minutes", "day"): 1440.0, ("minutes", "days"): 1440.0, ("collagen", "mgg"): 0.1,
    ("weight_before_g", "kg"): 1000.0, ("weight_after_g", "kg"): 1000.0, ("cook_before_g", "kg"): 1000.0,
    ("cook_after_g", "kg"): 1000.0, ("frequency_khz", "mhz"): 1000.0, ("frequency_khz", "hz"): 0.001,
    ("pressure_mpa", "bar"): 0.1, ("pressure_mpa", "kpa"): 0.001,
}  # fmt: skip
UNITS = {
    "n", "kgf", "cm", "mm", "g", "kg", "h", "hr", "hour", "hours", "시간", "min", "분", "일", "day", "days", "mgg",
    "mhz",
    "khz", "hz", "bar", "kpa", "mpa", "cm2", "lb", "inch", "ton", "f", "mg100g", "mgkg", "μm", "um", "nm",
}  # fmt: skip


@dataclass(frozen=True)
class Header:
    """What stands over one column: its own text, and the group above it, "" where there is none."""

    text: str
    group: str = ""

    @property
    def key(self) -> str:
        """As a saved mapping knows it."""
        return f"{fold(self.group)}|{fold(self.text)}" if self.group else fold(self.text)


@cache
def field_of(target: str) -> Field:
    sheet, _, key = target.removesuffix(HEATED).partition(".")
    if sheet == "place":
        return SHEETS["evaluations"].field(key)
    if sheet == "extra":
        kinds: dict[str, Any] = {"yield_index": "decimal", "age_months": "decimal"}
        return Field(key, kinds.get(key, "text"))
    return SHEETS[sheet].field(key)


def targets() -> list[str]:
    """All that a column may be mapped to, sheet by sheet."""
    found: dict[str, None] = {}
    for sheet in IMPORTED:
        for field in SHEETS[sheet].fields:
            if field.imported or (sheet, field.key) == ("samples", "version"):
                found[_target(sheet, field.key, None)] = None
            if field.group == "measure":
                found[_target(sheet, field.key, None) + HEATED] = None
    return [*found, "place.replicate", *(f"extra.{key}" for key in _words()["extra"])]


def _target(sheet: str, key: str, only: str | None) -> str:
    if key == "replicate" and only is None:
        return "place.replicate"
    return SHARED.get(key, f"{sheet}.{key}")


def parts(text: str) -> list[str]:
    """A header's words in the order in which they count: the whole, what is before brackets, what is in them ..."""
    pieces = [text, re.sub(r"\(.*?\)|\[.*?\]|（.*?）", " ", text), *re.findall(r"[(\[（](.*?)[)\]）]", text)]
    pieces += [piece for each in pieces[:2] for piece in re.split(r"[\n/|,]", each)]
    return list(dict.fromkeys(folded for piece in pieces if (folded := fold(piece))))


def unit_in(text: str) -> str:
    """The unit in the brackets of a header, folded; "" where there is none that we know."""
    inside = [fold(each) for each in re.findall(r"[(\[（](.*?)[)\]）]", text)]
    return next((each for each in reversed(inside) if each in UNITS), "")


def factor(field: Field, text: str) -> float | None:
    """What a column's numbers are multiplied by to be in our unit; None where its unit is none of the field."""
    unit = unit_in(text)
    if not unit or not field.is_number or unit == fold(field.unit) or (unit in ("분",) and field.unit == "min"):
        return 1.0
    return CONVERSIONS.get((field.key, unit))


def candidates(text: str, only: str | None = None) -> list[str]:
    """The targets that a header may mean, those that more of its parts name first."""
    index = _index(only)
    counted: dict[str, int] = {}
    for n, part in enumerate(parts(text)):
        for target in index.get(part, ()):
            counted[target] = counted.get(target, 0) + (3 if n == 0 else 1)
    if not counted:
        return []
    best = max(counted.values())
    return [target for target, times in counted.items() if times == best]


@cache
def _index(only: str | None) -> dict[str, tuple[str, ...]]:
    """Folded header -> targets; of one sheet of ours alone where a workbook has it under its own title."""
    found: dict[str, dict[str, None]] = {}
    for sheet in IMPORTED if only is None else (only,):
        for field in SHEETS[sheet].fields:
            told = not field.imported and (sheet, field.key) != ("samples", "version")
            for name in fields.synonyms(sheet, field.key):
                found.setdefault(name, {})[SKIP if told else _target(sheet, field.key, only)] = None
    if only is None:
        for key, names in _words()["extra"].items():
            for name in names:
                found.setdefault(fold(name), {})[f"extra.{key}"] = None
        for names in _words()["skip"].values():
            for name in names:
                found[fold(name) or name] = {SKIP: None}
    return {name: tuple(each) for name, each in found.items()}


@cache
def _words() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((DATA / "workbook_groups.toml").read_text(encoding="utf-8"))


@cache
def _groups() -> dict[str, str]:
    return {fold(name): key for key, names in _words()["group"].items() for name in names}


def group(text: str) -> str | None:
    """Which group a text over several columns names; a sentence that holds its word names none."""
    folded = fold(text)
    known = _groups()
    if folded in known:
        return known[folded]
    fitting = [name for name in known if len(name) > 2 and name in folded and len(folded) <= len(name) + 8]
    return known[max(fitting, key=len)] if fitting else None


def family(target: str) -> str:
    """What a column belongs to, for what stands beside it."""
    sheet, _, key = target.removesuffix(HEATED).partition(".")
    if sheet == "evaluations":
        return "raw_scores" if key in RAW_SCORES else "heated_scores" if key in HEATED_SCORES else "evaluations"
    if sheet == "measurements":
        return "tongue" if key.startswith("et_") else "laboratory"
    return sheet


def in_group(target: str, name: str) -> bool:
    kind = family(target)
    of_scores = name in ("raw_scores", "heated_scores") and kind == "evaluations"
    return kind == name.removesuffix("_heated") or of_scores or name == kind


def choose(headers: Sequence[Header], only: str | None = None) -> list[str | None]:
    """The target of each column, SKIP for one that is for information only, None where nobody can say."""
    open_ones = [candidates(header.text, only) for header in headers]
    chosen: list[str | None] = [None] * len(headers)
    for column, header in enumerate(headers):
        name = group(header.group) if header.group else None
        fitting = [target for target in open_ones[column] if name and in_group(target, name)] or open_ones[column]
        if name in ("laboratory_heated", "tongue_heated"):
            fitting = [t + HEATED if t.startswith("measurements.") and field_of(t).group else t for t in fitting]
        open_ones[column] = fitting
        if len(fitting) == 1:
            chosen[column] = fitting[0]
    for column, fitting in enumerate(open_ones):
        if len(fitting) > 1:
            chosen[column] = _by_neighbours(column, fitting, chosen)
    return _once(chosen)


def _by_neighbours(column: int, fitting: Sequence[str], chosen: Sequence[str | None]) -> str | None:
    """Of several that a header may mean, the one of the family that stands nearest; never one that is taken."""
    taken = set(chosen)
    free = [target for target in fitting if target not in taken]
    if len(free) == 1:
        return free[0]
    for distance in range(1, len(chosen)):
        for beside in (column - distance, column + distance):
            if 0 <= beside < len(chosen) and (known := chosen[beside]) not in (None, SKIP):
                near = [target for target in free if in_group(target, family(known or ""))]
                if len(near) == 1:
                    return near[0]
    return None


def _once(chosen: list[str | None]) -> list[str | None]:
    """Two columns of one field are asked for: which of them counts nobody can know."""
    seen: set[str] = set()
    for column, target in enumerate(chosen):
        if target in seen:
            chosen[column] = None
        elif target not in (None, SKIP):
            seen.add(target or "")
    return chosen
