"""The data dictionary of an export: what each column is, in the language of the export."""

from collections.abc import Iterator, Sequence

from core import words
from core.catalogue import Catalogue, Entry
from core.exports.queries import Rows
from core.workbooks import fields
from core.workbooks.fields import Field

COLUMNS = ("sheet", "key", "header", "unit", "kind", "range", "meaning", "language")
TITLE = "dictionary"


def headers(language: str) -> list[str]:
    return [words.text(language, f"export.dictionary_{column}") for column in COLUMNS]


def rows(found: Sequence[Rows], catalogue: Catalogue, language: str, *, as_keys: bool) -> Iterator[tuple[str, ...]]:
    """A row of `COLUMNS` for each column of each sheet.

    Args:
        as_keys: whether sheets and columns are named by their keys in the file, and codes are keys.
    """
    for sheet in found:
        title = sheet.sheet.key if as_keys else sheet.sheet.title(language)
        for field in sheet.fields:
            yield (
                title, field.key, field.header(language), field.unit, words.text(language, f"export.kind_{field.kind}"),
                _range(field, catalogue, language, as_keys=as_keys), field.meaning(language), language,
            )  # fmt: skip


def _range(field: Field, catalogue: Catalogue, language: str, *, as_keys: bool) -> str:
    """From the least to the most, or all that a code may be."""
    if field.kind == "code":
        entries = fields.choices(field, catalogue)
        return "; ".join(dict.fromkeys(_choice(entry, language, as_keys=as_keys) for entry in entries))
    if field.minimum is None:
        return ""
    return f"≥ {field.minimum:g}" if field.maximum is None else f"[{field.minimum:g}, {field.maximum:g}]"


def _choice(entry: Entry, language: str, *, as_keys: bool) -> str:
    name = entry.name(language)
    return f"{entry.key} = {name}" if as_keys and name != entry.key else name
