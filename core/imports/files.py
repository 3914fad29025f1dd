"""What of an import lies in the object store: the workbook, the zip of photos, and what the last look found."""

import gzip
import json
from dataclasses import asdict
from typing import Any
from uuid import UUID

from core import storage
from core.imports.findings import CellFinding
from core.imports.layout import Layout
from core.imports.reading import letters
from core.imports.views import ColumnView

PREFIX = "imports/"
WORKBOOK, PHOTOS, FOUND = "workbook", "photos", "found"
BYTES = "application/octet-stream"


def keep(run_id: UUID, name: str, data: bytes) -> None:
    storage.put(f"{PREFIX}{run_id}/{name}", data, BYTES)


def get(run_id: UUID, name: str) -> bytes:
    return storage.get(f"{PREFIX}{run_id}/{name}")


def keep_found(run_id: UUID, findings: list[CellFinding], layouts: list[Layout]) -> None:
    said = {"findings": [asdict(each) for each in findings], "columns": [asdict(each) for each in _columns(layouts)]}
    keep(run_id, FOUND, gzip.compress(json.dumps(said, default=str).encode(), 3))


def found(run_id: UUID) -> tuple[list[CellFinding], list[ColumnView]]:
    """In the order of sheet, row and column."""
    said: dict[str, Any] = json.loads(gzip.decompress(get(run_id, FOUND)))
    columns = [ColumnView(**each | {"preview": tuple(each["preview"])}) for each in said["columns"]]
    return [CellFinding(**each) for each in said["findings"]], columns


def remove(run_ids: list[UUID]) -> None:
    storage.remove([f"{PREFIX}{run_id}/{name}" for run_id in run_ids for name in (WORKBOOK, PHOTOS, FOUND)])


def _columns(layouts: list[Layout]) -> list[ColumnView]:
    return [
        ColumnView(
            layout.sheet.name, letters(column.index), column.header.text, column.header.group, column.header.key,
            column.target, column.suggested, tuple(layout.preview(column)),
        )
        for layout in layouts
        for column in layout.columns
    ]  # fmt: skip
