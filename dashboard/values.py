"""Fields and their values as people read them: for differences, histories and wishes."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.tables.samples import HEATED_SCORES, RAW_SCORES
from core.words import has
from dashboard.language import t
from dashboard.widgets import name_of

# field -> the catalogue that its keys come from
NAMED = {
    "species": "species", "primal_cut": "primal_cuts", "secondary_cut": "secondary_cuts", "breed": "breeds",
    "sex": "sexes", "grade": "grades", "province": "provinces", "scale": "scales",
}  # fmt: skip


def field_name(field: str) -> str:
    """What a field is called; a field without words of its own keeps its key."""
    if field in RAW_SCORES + HEATED_SCORES:
        return t(f"score.{field}")
    return t(f"sample.{field}") if has(f"sample.{field}") else field


def value_text(field: str, value: Any, species: str | None = None) -> str:
    """What is stored, in words; "-" for nothing."""
    if value is None or value == "":
        return "-"
    if isinstance(value, Mapping):
        return " · ".join(f"{field_name(name)} {value_text(name, one)}" for name, one in value.items())
    if field in NAMED:
        return name_of(NAMED[field], str(value), species)
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def plain(text: str) -> str:
    """What somebody typed, shown as it was typed where the widget would read markup."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~$:&^=])", r"\\\1", text)


def differences(differing: Mapping[str, Sequence[Any]], then: str, now: str, species: str | None = None) -> None:
    """A table of fields with what they were and what they are."""
    columns: dict[str, list[str]] = {t("sample.field"): [], then: [], now: []}
    for field, (old, new) in differing.items():
        cells = (field_name(field), *(plain(value_text(field, value, species)) for value in (old, new)))
        for column, cell in zip(columns.values(), cells, strict=True):
            column.append(cell)
    st.table(columns, border="horizontal")
