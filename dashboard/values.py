"""Fields and their values as people read them: for differences, histories and wishes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from core.statistics import wording
from dashboard.language import language, plain, t, when
from dashboard.widgets import name_of

# field -> the catalogue that its keys come from
NAMED = {
    "species": "species", "primal_cut": "primal_cuts", "secondary_cut": "secondary_cuts", "breed": "breeds",
    "sex": "sexes", "grade": "grades", "province": "provinces", "scale": "scales",
}  # fmt: skip


def field_name(field: str) -> str:
    """What a field is called; a field without words of its own keeps its key.

    "scores.color" is the score, "values.ph" the measure, "2.values.ph" the measure of the second replicate.
    """
    number, _, rest = field.partition(".")
    if number.isdecimal() and rest:
        return f"{field_name(rest)} ({number})"
    return wording.field_name(language(), field)


def value_text(field: str, value: Any, species: str | None = None) -> str:
    """What is stored, in words; "-" for nothing."""
    if value is None or value == "":
        return "-"
    if isinstance(value, Mapping):
        return " · ".join(f"{field_name(name)} {value_text(name, one)}" for name, one in value.items())
    if field in NAMED:
        return name_of(NAMED[field], str(value), species)
    if field == "method":
        return t(f"method.{value}")
    return _plain_text(field, value)


def _plain_text(field: str, value: Any) -> str:
    """A number, an instant, or just what it is."""
    if field.endswith("_at"):
        return when(datetime.fromisoformat(str(value)))
    return f"{value:g}" if isinstance(value, float) else str(value)


def differences(differing: Mapping[str, Sequence[Any]], then: str, now: str, species: str | None = None) -> None:
    """A table of fields with what they were and what they are."""
    columns: dict[str, list[str]] = {t("sample.field"): [], then: [], now: []}
    for field, (old, new) in differing.items():
        cells = (field_name(field), *(plain(value_text(field, value, species)) for value in (old, new)))
        for column, cell in zip(columns.values(), cells, strict=True):
            column.append(cell)
    st.table(columns, border="horizontal")
