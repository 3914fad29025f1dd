"""Tables of numbers with headings and names in the person's language."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from core.statistics import Part, wording
from dashboard.language import language, t
from dashboard.widgets import known_catalogue

# Columns whose numbers are shares of one.
SHARES = ("share", "share_low", "share_high", "share_outside", "share_above", "limit", "share_sum")
DECIMALS = {"p": 4, "p_adjusted": 4, "q": 4, "r": 3, "rho": 3, "hedges_g": 2, "icc": 3, "freedom": 1}


def heading(column: str) -> str:
    return t(f"column.{column}")


def number_format(column: str, decimals: int = 2) -> str:
    return "percent" if column in SHARES else f"%.{DECIMALS.get(column, decimals)}f"


def named_table(part: Part) -> pd.DataFrame:
    """The part's table as people read it."""
    return pd.DataFrame({heading(str(name)): _column(part, str(name)) for name in part.table})


def _column(part: Part, name: str) -> Any:
    values = part.table[name]
    if name in part.kinds or name == "is_small" or not pd.api.types.is_numeric_dtype(values):
        species = part.table["species"] if "species" in part.table else [None] * len(values)
        return [_cell(part, name, value, of) for value, of in zip(values, species, strict=True)]
    return values


def key_name(part: Part, column: str, key: Any, species: str | None = None) -> str:
    """What a key in a column is called; of a species, where the same key means different things."""
    if column not in part.kinds or key in _names(part, column):
        return _cell(part, column, key)
    species = species or part.more.get("species")
    return wording.name(language(), known_catalogue(), part.kinds[column], key, species)


def _names(part: Part, column: str) -> Mapping[Any, str]:
    """What keys of a column are called that no list and no words name: those of people."""
    names: Mapping[Any, str] = part.more.get("names", {}).get(column, {})
    return names


def _cell(part: Part, column: str, value: Any, species: str | None = None) -> Any:
    names = _names(part, column)
    if column in part.kinds and value not in names:
        return key_name(part, column, value, species)
    value = names.get(value, value)
    if isinstance(value, date):
        return f"{value:%Y-%m}" if "month" in (column, part.link.get(column)) else value.isoformat()
    if column == "is_small":
        return t("statistics.small") if value else ""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@")):
        return f"'{value}"  # a workbook must not take it for a formula
    return value
