"""Puts what a view says into words: the keys of the catalogue by name, numbers as their sentence wants them."""

import math
from datetime import date
from typing import Any

import pandas as pd

from core import measurements, regions, words
from core.catalogue import Catalogue
from core.samples.lists import UNKNOWN
from core.statistics.answers import ALL, Name, Says

# Kinds whose keys are words under another name; kinds of the catalogue are called as its lists are.
WORDS = {"processing": "statistics.processing"}
FIELDS = ("sample", "score", "round", "evaluation", "laboratory")  # whose words a field's name may be among


def sentence(language: str, known: Catalogue, says: Says) -> str:
    values = {name: _said(language, known, value) for name, value in says.values.items()}
    return words.text(language, says.key, **values)


def name(language: str, known: Catalogue, kind: str, key: str | None, species: str | None = None) -> str:
    """What people call a key; what is not known is called so, too, and what has no words keeps its key.

    Args:
        kind: a list of the catalogue ("provinces"), "measure" for a laboratory measure, "attribute" for a score or a
            measure, or the beginning of word keys ("score", "status", "preparation", "field" ...).
    """
    if key is None or key == UNKNOWN:
        return words.text(language, "statistics.unknown")
    if key == ALL:
        return words.text(language, "statistics.status_all")
    if kind == "field":
        return field_name(language, key)
    if kind in ("measure", "attribute") and key in measurements.measures():
        return str(measurements.measures()[key][language])
    if hasattr(known, kind):
        is_merged = kind == "provinces" and key in regions.units()
        return words.text(language, f"regions.unit_{key}") if is_merged else known.name(language, kind, key, species)
    kind = "score" if kind == "attribute" else kind
    own = f"{WORDS.get(kind, kind)}.{key}"
    return words.text(language, own) if words.has(own) else key


def field_name(language: str, field: str) -> str:
    """What a field is called; one without words of its own keeps its key. "values.ph" is the measure."""
    field = field.removeprefix("scores.").removeprefix("values.")
    if field in measurements.measures():
        return str(measurements.measures()[field][language])
    return next((words.text(language, f"{of}.{field}") for of in FIELDS if words.has(f"{of}.{field}")), field)


def _said(language: str, known: Catalogue, value: Any) -> Any:
    if isinstance(value, Name):
        return name(language, known, value.kind, value.key, value.species)
    if isinstance(value, Says):
        return sentence(language, known, value)
    return value.isoformat() if isinstance(value, date) else value


def plain_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """A table as JSON holds it."""
    return [{str(name): plain(value) for name, value in row.items()} for row in table.to_dict("records")]


def plain(value: Any) -> Any:
    """As JSON holds it: what is empty, or no finite number, is null."""
    value = value.item() if hasattr(value, "item") else value
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    return None if isinstance(value, float) and not math.isfinite(value) else value
