"""Writes the photos of an export: each under the name that the sheet of rounds gives it, and a list of them."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from tempfile import TemporaryFile
from typing import Any

from core import storage
from core.errors import NotFound
from core.exports.queries import Reader, photos
from core.exports.snapshot import snapshot
from core.samples.lists import SampleFilter

LIST = "photos.csv"
COLUMNS = ("file", "sample_id", "seq", "preparation", "sha256", "bytes", "width", "height", "taken_at", "is_there")


def write(reader: Reader, wanted: SampleFilter, out: Any, report: Callable[[int, int], None]) -> dict[str, int]:
    """Says how many photos there are, and how many were ended for good while it wrote.

    The list of photos is one view of the database; but no snapshot is held while hours of pictures go by.
    """
    found = {"photos": 0, "missing": 0}
    with TemporaryFile() as listed, TemporaryFile("w+", encoding="utf-8-sig", newline="") as told:
        with snapshot() as seen:
            query = photos(reader, wanted)
            total = seen.count(query)
            seen.copy(query, listed, "csv with keys")
        listed.seek(0)
        list_of = csv.DictWriter(told, COLUMNS, extrasaction="ignore", lineterminator="\n")
        list_of.writeheader()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
            for done, row in enumerate(csv.DictReader(io.TextIOWrapper(listed, "utf-8", newline=""))):
                is_there = _add(archive, row, _reporting(report, done, total))
                found["photos" if is_there else "missing"] += 1
                list_of.writerow(row | {"is_there": str(is_there).lower()})
            told.flush()
            with open(told.fileno(), "rb", closefd=False) as written, archive.open(LIST, "w") as file:
                written.seek(0)
                file.writelines(iter(lambda: written.read(storage.CHUNK), b""))
    return found


def _add(archive: zipfile.ZipFile, row: dict[str, str], report: Callable[[], None]) -> bool:
    """Whether the photo was still there; it is never in memory as a whole."""
    try:
        _, chunks = storage.stream(f"{row['storage_key']}/original")
    except NotFound:
        return False
    with archive.open(row["file"], "w", force_zip64=True) as file:
        for chunk in _told(chunks, report):
            file.write(chunk)
    return True


def _told(chunks: Iterator[bytes], report: Callable[[], None]) -> Iterator[bytes]:
    for chunk in chunks:
        report()
        yield chunk


def _reporting(report: Callable[[int, int], None], done: int, total: int) -> Callable[[], None]:
    return lambda: report(done, total)
