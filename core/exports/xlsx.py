"""Writes a workbook row by row, as the server sends its rows: nothing of it stays in memory.

The general writers of Python keep an object for each cell in hand; here a row comes as one line of text, and goes on as
one line of XML (Office Open XML, ECMA-376). Cells of text hold their text themselves, so that there is no common table
of texts to keep.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

MOST_ROWS = 1_048_576  # of a sheet, with its header
MOST_BYTES = 2**31 - 2**26  # of a sheet's XML: more would need a kind of zip that spreadsheet programs do not read
AT_ONCE = 2000  # rows that are written together
LEVEL = 1  # of compression: a quarter of the time of the usual one for a tenth more bytes
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
# Kinds of cell: what stands between the row's number and the value, and behind the value. Style 1 is a day, 2 a header.
TEXT = ('" t="inlineStr"><is><t xml:space="preserve">', "</t></is></c>")
HEADER = ('" s="2" t="inlineStr"><is><t xml:space="preserve">', "</t></is></c>")
NUMBER, DAY, FLAG = ('"><v>', "</v></c>"), ('" s="1"><v>', "</v></c>"), ('" t="b"><v>', "</v></c>")
STYLES = (
    f'{HEAD}<styleSheet xmlns="{MAIN}"><numFmts count="1">'
    '<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
# What the server writes for signs that would end a value or a row.
ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
ESCAPES = re.compile(r"\\(.)", re.DOTALL)
LOOKS_ENCODED = re.compile(r"_x([0-9A-Fa-f]{4})_")
NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # ECMA-376 writes these as _x000D_
UNUSUAL = re.compile("[\\\\\x01-\x08\x0b-\x1f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")


def encoded(text: str) -> str:
    """A text as it stands in a cell."""
    return _encoded(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


def _encoded(text: str) -> str:
    """The same, where nothing in it looks like markup any more."""
    kept = LOOKS_ENCODED.sub(r"_x005F_x\1_", text)
    return NO_XML.sub(lambda sign: f"_x{ord(sign[0]):04X}_", kept)


def letters(number: int) -> str:
    """The name of the column, from 0 on."""
    name = ""
    while number >= 0:
        name, number = chr(65 + number % 26) + name, number // 26 - 1
    return name


class Workbook:
    """Sheets one after the other into a file that can only be written to; whole where its block ends well."""

    def __init__(self, out: Any, most_rows: int = MOST_ROWS) -> None:
        self.zip = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL)
        self.names: list[str] = []
        self.most_rows = most_rows

    def __enter__(self) -> "Workbook":
        return self

    def __exit__(self, kind: object, *about: object) -> None:
        with self.zip:
            if kind is None:
                self._write_book()

    @contextmanager
    def sheet(self, title: str, headers: Sequence[str], kinds: Sequence[tuple[str, str]]) -> Iterator["Sheet"]:
        """Rows with these headers; more than a sheet can hold go on in "title (2)" and so on."""
        made = Sheet(self, title, headers, kinds)
        try:
            yield made
            made.send()
        finally:
            made.end()

    def begin_part(self, title: str) -> IO[bytes]:
        self.names.append(title)
        return self.zip.open(f"xl/worksheets/sheet{len(self.names)}.xml", "w")

    def _write_book(self) -> None:
        """Writes what holds the sheets together."""
        numbered = list(enumerate(self.names, 1))
        self._write("xl/styles.xml", STYLES)
        listed = "".join(f'<sheet name="{encoded(name)}" sheetId="{n}" r:id="rId{n}"/>' for n, name in numbered)
        self._write(
            "xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>'
        )
        parts = [(f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml") for n, _ in numbered]
        self._relations("xl/_rels/workbook.xml.rels", [*parts, ("styles", "styles", "styles.xml")])
        self._relations("_rels/.rels", [("rId1", "officeDocument", "xl/workbook.xml")])
        types = "".join(
            f'<Override PartName="/xl/{name}.xml" ContentType="{SHEET}.{kind}+xml"/>'
            for name, kind in [
                ("workbook", "sheet.main"), ("styles", "styles"),
                *((f"worksheets/sheet{n}", "worksheet") for n, _ in numbered),
            ]
        )  # fmt: skip
        self._write(
            "[Content_Types].xml",
            f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f"{types}</Types>",
        )

    def _relations(self, name: str, parts: list[tuple[str, str, str]]) -> None:
        listed = "".join(
            f'<Relationship Id="{key}" Type="{OFFICE}/{kind}" Target="{target}"/>' for key, kind, target in parts
        )
        self._write(name, f'<Relationships xmlns="{PACKAGE}/relationships">{listed}</Relationships>')

    def _write(self, name: str, xml: str) -> None:
        self.zip.writestr(name, xml if xml.startswith("<?") else HEAD + xml)


class Sheet:
    """Takes rows as COPY sends them in its text format: tabs between values, nothing for what is empty."""

    def __init__(self, book: Workbook, title: str, headers: Sequence[str], kinds: Sequence[tuple[str, str]]) -> None:
        self.book, self.title, self.headers = book, title, headers
        self.cells = [(f'<c r="{letters(n)}', *kind) for n, kind in enumerate(kinds)]
        self.waiting: list[bytes] = []
        self.parts = self.rows = 0  # rows of the part in hand, with its header
        self._begin()

    def write(self, row: bytes) -> None:
        self.waiting.append(row)
        if len(self.waiting) == AT_ONCE:
            self.send()

    def add(self, values: Iterable[str]) -> None:
        """A row of our own words."""
        self.write(("\t".join(_as_copied(value) for value in values) + "\n").encode())

    def send(self) -> None:
        lines = b"".join(self.waiting).decode().replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        self.waiting.clear()
        rows = lines.split("\n")[:-1]
        if UNUSUAL.search(lines):
            rows = ["\t".join(map(_unusual, row.split("\t"))) if UNUSUAL.search(row) else row for row in rows]
        while rows:
            if self.rows == self.book.most_rows or self.written > MOST_BYTES:
                self.end()
                self._begin()
            fitting, rows = rows[: self.book.most_rows - self.rows], rows[self.book.most_rows - self.rows :]
            self._put("".join(map(self._row, fitting)))

    def _row(self, line: str) -> str:
        self.rows += 1
        number = str(self.rows)
        values = zip(self.cells, line.split("\t"), strict=True)
        cells = "".join([begin + number + middle + value + end for (begin, middle, end), value in values if value])
        return f'<row r="{number}">{cells}</row>'

    def _begin(self) -> None:
        self.parts += 1
        title = self.title if self.parts == 1 else f"{self.title} ({self.parts})"
        self.out, self.written, self.rows = self.book.begin_part(title), 0, 1
        widths = "".join(
            f'<col min="{n}" max="{n}" width="{width(header)}" customWidth="1"/>'
            for n, header in enumerate(self.headers, 1)
        )
        heads = "".join(
            f'<c r="{letters(n)}1{HEADER[0]}{encoded(header)}{HEADER[1]}' for n, header in enumerate(self.headers)
        )
        self._put(
            f'{HEAD}<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0">'
            '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
            f'<cols>{widths}</cols><sheetData><row r="1">{heads}</row>'
        )

    def end(self) -> None:
        last = f"{letters(len(self.headers) - 1)}{self.rows}"
        self._put(f'</sheetData><autoFilter ref="A1:{last}"/></worksheet>')
        self.out.close()

    def _put(self, xml: str) -> None:
        data = xml.encode()
        self.written += len(data)
        self.out.write(data)


def width(header: str) -> int:
    """In signs, wide enough for the header and for a sample's number; Korean signs are twice as wide."""
    return min(max(14, 3 + sum(1 if sign.isascii() else 2 for sign in header)), 40)


def _unusual(value: str) -> str:
    """A value with signs that the server escapes or that XML has no place for."""
    said = ESCAPES.sub(lambda found: ESCAPED.get(found[1], found[1]), value)
    return _encoded(said).replace("\t", "&#9;").replace("\r", "&#13;")  # bare ones would be taken for blanks


def _as_copied(value: str) -> str:
    """A text as COPY would send it."""
    escaped = value.replace("\\", "\\\\")
    for name, sign in ESCAPED.items():
        escaped = escaped.replace(sign, f"\\{name}")
    return escaped
