"""Puts what a view says into words: the keys of the catalogue by name, numbers as their sentence wants them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from core import measurements, words
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
    """What people call a key; what is not known is called so, too.

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
        return known.name(language, kind, key, species)
    kind = "score" if kind == "attribute" else kind
    return words.text(language, f"{WORDS.get(kind, kind)}.{key}")


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


def plain_rows(part_table: Any) -> list[dict[str, Any]]:
    """A table as JSON holds it: empty is null."""
    plain = part_table.astype(object)
    return [_plain(row) for row in plain.where(plain.notna(), None).to_dict("records")]


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {str(name): value.item() if hasattr(value, "item") else value for name, value in row.items()}
