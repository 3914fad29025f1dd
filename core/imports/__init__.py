"""Imports: workbooks that people keep, read, looked through, confirmed, written as a whole, undone.

In layers of which each knows only those before it: reading (bytes to cells), layout (cells to a table with known
columns), rows and items (cells to values of samples), planning (what would be written, and all that is wrong),
writing and undoing, runs (what people ask for) and working (what a worker does).
"""

from core.imports import mappings
from core.imports.findings import LEVELS, CellFinding, field_name, message, suggested
from core.imports.headers import SKIP, targets
from core.imports.mappings import MappingView
from core.imports.marking import marked
from core.imports.planning import DOUBTS, ImportOptions, doubt
from core.imports.reading import MAX_BYTES
from core.imports.runs import (
    MAX_PHOTOS_BYTES,
    answer,
    browse,
    cancel,
    clear,
    columns,
    confirm,
    findings,
    get,
    start,
    undo,
    wake,
)
from core.imports.template import template_for
from core.imports.views import ColumnView, ImportView
from core.imports.working import work

__all__ = [
    "DOUBTS",
    "LEVELS",
    "MAX_BYTES",
    "MAX_PHOTOS_BYTES",
    "SKIP",
    "CellFinding",
    "ColumnView",
    "ImportOptions",
    "ImportView",
    "MappingView",
    "answer",
    "browse",
    "cancel",
    "clear",
    "columns",
    "confirm",
    "doubt",
    "field_name",
    "findings",
    "get",
    "mappings",
    "marked",
    "message",
    "start",
    "suggested",
    "targets",
    "template_for",
    "undo",
    "wake",
    "work",
]
