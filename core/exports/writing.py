"""Writes an export: the snapshot's rows as a workbook, as CSV or parquet in a zip, or the photos in one."""

import csv
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core import catalogue, words
from core.exports import dictionary, photo_zip
from core.exports.parquet import Table
from core.exports.queries import Reader, Rows, of_sheet
from core.exports.snapshot import Sink, Snapshot, snapshot
from core.exports.views import Asked
from core.exports.xlsx import DAY, FLAG, NUMBER, TEXT, Workbook
from core.policy import Actor
from core.workbooks.fields import SHEETS, Field

Report = Callable[[int, int], None]  # rows written, of how many
EVERY = 1000  # rows between two reports
CELLS = {"integer": NUMBER, "decimal": NUMBER, "date": DAY, "flag": FLAG}
BOM = "\ufeff".encode()  # without it a Korean Excel takes CSV for CP949


class Incomplete(Exception):
    """Other rows were written than the snapshot has: such a file is given to nobody."""


def write(actor: Actor, asked: Asked, out: Any, report: Report) -> dict[str, int]:
    """Writes the file and says how many rows each sheet has, by its key.

    Args:
        out: takes bytes; it is neither read nor turned back.
        report: is told how far it is; what it raises ends the writing.

    Raises:
        Incomplete: the file does not have what the snapshot has.
    """
    reader = Reader(actor, asked.format, asked.language, asked.farmer_name, catalogue.get())
    if asked.format == "photos":
        return photo_zip.write(reader, asked.wanted, out, report)
    rows = [of_sheet(sheet, reader, asked.wanted) for sheet in SHEETS.values()]
    with snapshot() as seen:
        expected = {each.sheet.key: seen.count(each.query) for each in rows}
        counting = _Counting(report, sum(expected.values()))
        written = WRITERS[asked.format](seen, rows, reader, out, counting)
    if written != expected:
        raise Incomplete
    return written


class _Counting:
    """Counts the rows on their way, and tells from time to time."""

    def __init__(self, report: Report, total: int) -> None:
        self.report, self.total, self.done = report, total, 0
        report(0, total)

    def through(self, sink: Sink) -> "_Through":
        return _Through(self, sink)


@dataclass
class _Through:
    counting: _Counting
    sink: Sink
    rows: int = 0

    def write(self, row: bytes) -> None:
        self.sink.write(row)
        self.rows += 1
        counting = self.counting
        counting.done += 1
        if counting.done % EVERY == 0:
            counting.report(counting.done, counting.total)


def _workbook(seen: Snapshot, rows: list[Rows], reader: Reader, out: Any, counting: _Counting) -> dict[str, int]:
    language, written = reader.language, {}
    with Workbook(out) as book:
        for each in rows:
            headers = [field.header(language) for field in each.fields]
            with book.sheet(each.sheet.title(language), headers, [_cell(field) for field in each.fields]) as sheet:
                written[each.sheet.key] = _copy(seen, each, counting, sheet, "text")
        headers = dictionary.headers(language)
        with book.sheet(_dictionary_title(language), headers, [TEXT] * len(headers)) as sheet:
            for row in dictionary.rows(rows, reader.catalogue, language, as_keys=False):
                sheet.add(row)
    return written


def _csv(seen: Snapshot, rows: list[Rows], reader: Reader, out: Any, counting: _Counting) -> dict[str, int]:
    written = {}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for each in rows:
            with archive.open(f"{each.sheet.key}.csv", "w", force_zip64=True) as file:
                file.write(BOM + (",".join(field.key for field in each.fields) + "\n").encode())
                written[each.sheet.key] = _copy(seen, each, counting, file, "csv")
        _write_dictionary(archive, rows, reader)
    return written


def _parquet(seen: Snapshot, rows: list[Rows], reader: Reader, out: Any, counting: _Counting) -> dict[str, int]:
    written = {}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for each in rows:
            with archive.open(f"{each.sheet.key}.parquet", "w", force_zip64=True) as file:
                table = Table(file, each.fields, reader.language)
                written[each.sheet.key] = _copy(seen, each, counting, table, "csv")
                table.close()
        _write_dictionary(archive, rows, reader)
    return written


def _copy(seen: Snapshot, rows: Rows, counting: _Counting, sink: Sink, way: str) -> int:
    through = counting.through(sink)
    seen.copy(rows.query, through, way)
    return through.rows


def _write_dictionary(archive: zipfile.ZipFile, rows: list[Rows], reader: Reader) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(dictionary.COLUMNS)
    writer.writerows(dictionary.rows(rows, reader.catalogue, reader.language, as_keys=True))
    archive.writestr(f"{dictionary.TITLE}.csv", BOM + text.getvalue().encode())


def _cell(field: Field) -> tuple[str, str]:
    return CELLS.get(field.kind, TEXT)


def _dictionary_title(language: str) -> str:
    return words.text(language, "field.sheet.dictionary")


WRITERS: dict[str, Callable[..., dict[str, int]]] = {"xlsx": _workbook, "csv": _csv, "parquet": _parquet}
