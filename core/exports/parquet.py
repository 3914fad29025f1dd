"""Writes rows as parquet, in groups: types are those of the fields, and each column says its unit and meaning."""

import io
from collections.abc import Sequence
from typing import IO

import pyarrow as pa
from pyarrow import csv, parquet

from core.workbooks.fields import Field

GROUP = 16 * 2**20  # bytes of rows in hand
TYPES = {
    "integer": pa.int64(), "decimal": pa.float64(), "date": pa.date32(), "flag": pa.bool_(),
    "instant": pa.timestamp("us", "UTC"),
}  # fmt: skip


class Table:
    """Takes rows as COPY sends them as CSV, where nothing is nothing and an empty text is quoted."""

    def __init__(self, out: IO[bytes], fields: Sequence[Field], language: str) -> None:
        self.schema = pa.schema([_column(field, language) for field in fields])
        self.names = csv.ReadOptions(column_names=self.schema.names, block_size=2 * GROUP)
        self.parsing = csv.ParseOptions(newlines_in_values=True)
        self.reading = csv.ConvertOptions(
            column_types=self.schema, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
        )
        self.writer = parquet.ParquetWriter(out, self.schema, compression="zstd")
        self.waiting = bytearray()

    def write(self, row: bytes) -> None:
        self.waiting += row
        if len(self.waiting) > GROUP:
            self._send()

    def close(self) -> None:
        self._send()
        self.writer.close()

    def _send(self) -> None:
        if self.waiting:
            read = csv.read_csv(io.BytesIO(self.waiting), self.names, self.parsing, self.reading)
            self.writer.write_table(read.cast(self.schema))
            self.waiting.clear()


def _column(field: Field, language: str) -> pa.Field:
    about = {"header": field.header(language), "unit": field.unit, "meaning": field.meaning(language)}
    return pa.field(field.key, TYPES.get(field.kind, pa.string()), metadata=about)
