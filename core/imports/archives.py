"""A zip of photos that comes with a workbook: which files it has, and whether rows and names fit each other."""

import hashlib
import io
import re
import zipfile
from dataclasses import dataclass, field

from core import ids, pictures, trace_numbers
from core.errors import BadInput, Finding
from core.imports.findings import CellFinding
from core.imports.reading import refusal
from core.imports.tables import Said, Table
from core.pictures import MAX_BYTES

MOST = 5000
LARGEST = 2 * 1024**3  # bytes of all photos together
SUFFIXES = (".jpg", ".jpeg", ".png")
COLUMNS = ("rounds.photo_raw", "rounds.photo_heated")


@dataclass
class PhotoNames:
    """The photos of a zip: name in lower case -> SHA-256; and the entries that they are."""

    named: dict[str, str] = field(default_factory=dict)
    entries: dict[str, str] = field(default_factory=dict)
    strangers: list[str] = field(default_factory=list)  # entries that are no photos
    faults: dict[str, Finding] = field(default_factory=dict)  # photos that we do not take, and why

    def check(self, tables: list[Table], said: Said) -> None:
        """Says of files that no row names, of one file in two rows, and of a name that holds another row's number."""
        used: dict[str, tuple[str, int]] = {}
        for table in tables:
            for target in COLUMNS:
                for row, values in zip(table.numbers, table.values, strict=True):
                    if target in values:
                        self._check_row(
                            table, row, target, values[target].rpartition("/")[2].lower(), values, used, said
                        )
        name = tables[0].name if tables else ""
        for left in [*(each for each in self.named if each not in used), *self.strangers]:
            said.add(CellFinding(name, "", 0, "rounds.photo_raw", "photo_unused", "note", {"name": left}, left))

    def _check_row(
        self, table: Table, row: int, target: str, name: str, values: dict[str, object],
        used: dict[str, tuple[str, int]], said: Said,
    ) -> None:  # fmt: skip
        first = used.setdefault(name, (table.name, row + 1))
        if first != (table.name, row + 1):
            said.add(table.finding(row, target, "photo_twice", other_row=first[1]))
        own = {
            str(values[each]) for each in ("samples.sample_id", "samples.trace_number", "extra.label") if each in values
        }
        if (other := _number_in(name)) and other not in own and _is_known(table, other):
            said.add(table.finding(row, target, "photo_of_other", number=other))
        label = str(values.get("extra.label", "")).lower()
        if label and label not in _pieces(name) and (others := _labels_in(name, table)):
            said.add(table.finding(row, target, "photo_of_other", number=min(others)))


def _pieces(name: str) -> set[str]:
    return {piece for piece in re.split(r"[\W_]+", name.rpartition(".")[0].lower()) if piece}


def _number_in(name: str) -> str | None:
    """The sample or trace number that a file's name holds."""
    for piece in re.split(r"[_\s.,()]+", name.rpartition(".")[0].upper()):
        if (sample_id := ids.parse(piece)) is not None:
            return sample_id
        if len(piece) >= 12 and (trace := trace_numbers.parse(piece)) is not None:
            return trace.number
    return None


def _is_known(table: Table, number: str) -> bool:
    """Whether another row of the table has it."""
    return any(number in (v.get("samples.sample_id"), v.get("samples.trace_number")) for v in table.values)


def _labels_in(name: str, table: Table) -> set[str]:
    labels = {str(values["extra.label"]).lower() for values in table.values if "extra.label" in values}
    return _pieces(name) & labels


def look(data: bytes) -> PhotoNames:
    """Names and sums of the photos; each is read once, a piece at a time, and never more than it promised.

    Raises:
        BadInput: no zip, a broken one, or too large.
    """
    found = PhotoNames()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > MOST or sum(entry.file_size for entry in entries) > LARGEST:
                raise refusal("photos_too_large", limit=MOST)
            for entry in entries:
                _take(archive, entry, found)
    except (
        zipfile.BadZipFile,
        OSError,
        ValueError,
        NotImplementedError,
        RuntimeError,
        UnicodeError,
        EOFError,
    ) as error:
        raise refusal("photos_broken") from error
    return found


def _take(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, found: PhotoNames) -> None:
    name = _name(entry).rpartition("/")[2].lower()
    if name.startswith(".") or "__macosx" in entry.filename.lower():
        return
    if not name.endswith(SUFFIXES) or entry.file_size > MAX_BYTES or name in found.named:
        found.strangers.append(name)
        return
    data = archive.read(entry)
    try:
        pictures.glance(data)
    except BadInput as refusal:
        found.faults[name] = refusal.findings[0]
    found.named[name] = hashlib.sha256(data).hexdigest()
    found.entries[name] = entry.filename


def _name(entry: zipfile.ZipInfo) -> str:
    """Korean Windows writes names in its code page, which Python takes for another."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("cp949")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return entry.filename


def photo(data: bytes, entry: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(entry)
