"""Files that nobody should be able to hurt us with: bombs, lies, rubbish, and what is only unusual."""

import io
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from functools import cache

import xlsxwriter
from openpyxl import Workbook

from tests.core.imports.people import PEOPLE, make

SHEET = "xl/worksheets/sheet1.xml"


def plain(seed: int = 1) -> bytes:
    return make(PEOPLE[0], seed).data


def changed(data: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """A workbook with one of its parts changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            body = old.read(entry)
            new.writestr(entry.filename, change(body) if entry.filename == part else body)
    return out.getvalue()


@cache
def bomb() -> bytes:
    """A sheet of a gigabyte that is a megabyte packed."""
    row = b'<row r="1">' + b'<c r="A1"><v>1</v></c>' * 50_000 + b"</row>"
    return changed(plain(), SHEET, lambda body: body.replace(b"</sheetData>", row * 370 + b"</sheetData>"))


def strings_bomb() -> bytes:
    return changed(
        plain(),
        "xl/sharedStrings.xml",
        lambda body: body.replace(b"</sst>", b"<si><t>" + b"A" * (600 << 20) + b"</t></si></sst>"),
    )


def far_cell(place: str = "XFD1048576") -> bytes:
    more = f'<row r="{re.sub("[A-Z]", "", place)}"><c r="{place}"><v>1</v></c></row>'.encode()
    return changed(plain(), SHEET, lambda body: body.replace(b"</sheetData>", more + b"</sheetData>"))


def hidden_far_cell() -> bytes:
    """The same where no look at the text finds it: the number of the column comes first."""
    more = b'<row r="900000"><c s="0" r="ZZZ900000" t="n"><v>1</v></c></row>'
    return changed(plain(), SHEET, lambda body: body.replace(b"</sheetData>", more + b"</sheetData>"))


def wide_and_tall() -> bytes:
    """Rows and columns that say no number of their own."""
    rows = b"<row><c><v>1</v></c></row>" * 300_000 + b"<row>" + b"<c><v>1</v></c>" * 16_000 + b"</row>"
    return changed(
        plain(),
        SHEET,
        lambda body: re.sub(
            rb"<sheetData>.*</sheetData>", lambda _: b"<sheetData>" + rows + b"</sheetData>", body, flags=re.S
        ),
    )


def lying_dimension() -> bytes:
    return changed(
        plain(), SHEET, lambda body: re.sub(rb'<dimension ref="[^"]*"/>', b'<dimension ref="A1:XFD1048576"/>', body)
    )


def laughing() -> bytes:
    """Entities within entities."""
    entities = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 12))
    head = b'<!DOCTYPE x [<!ENTITY l0 "ha">' + entities + b"]>"
    return changed(
        plain(),
        "xl/sharedStrings.xml",
        lambda body: body.replace(b"<sst", head + b"<sst", 1).replace(b"</t>", b"&l11;</t>", 1),
    )


def outside_entity() -> bytes:
    head = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    return changed(
        plain(),
        "xl/sharedStrings.xml",
        lambda body: body.replace(b"<sst", head + b"<sst", 1).replace(b"</t>", b"&e;</t>", 1),
    )


def broken_xml() -> bytes:
    return changed(plain(), SHEET, lambda body: body[: len(body) // 2])


def no_sheet() -> bytes:
    return changed(plain(), "xl/workbook.xml", lambda body: re.sub(rb"<sheets>.*</sheets>", b"<sheets/>", body))


def links_outside() -> bytes:
    return changed(
        plain(),
        SHEET,
        lambda body: body.replace(b"<v>", b'<f>[1]Sheet1!A1+WEBSERVICE("http://127.0.0.1:9/")</f><v>', 3),
    )


def truncated() -> bytes:
    data = plain()
    return data[: len(data) * 2 // 3]


def many_parts() -> bytes:
    out = io.BytesIO(plain())
    with zipfile.ZipFile(out, "a") as archive:
        for n in range(3000):
            archive.writestr(f"xl/extra/{n}.xml", b"<x/>")
    return out.getvalue()


def lying_size() -> bytes:
    """The directory says that a part is short."""
    data = bytearray(plain())
    place = data.rindex(b"PK\x01\x02")
    data[place + 24 : place + 28] = (10).to_bytes(4, "little")
    return bytes(data)


def empty_book() -> bytes:
    out = io.BytesIO()
    Workbook().save(out)
    return out.getvalue()


def chart_only() -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    chart = book.add_chartsheet()
    line = book.add_chart({"type": "line"})
    line.add_series({"values": ["Chart1", 0, 0, 1, 0]})
    chart.set_chart(line)
    book.close()
    return out.getvalue()


def not_ours() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    return out.getvalue()


STRANGE: dict[str, Callable[[], bytes]] = {
    each.__name__: each
    for each in (
        bomb, far_cell, hidden_far_cell, wide_and_tall, lying_dimension, laughing, outside_entity, broken_xml, no_sheet,
        links_outside, truncated, many_parts, lying_size, empty_book, chart_only, not_ours,
    )
}  # fmt: skip
STRANGE |= {
    "nothing but a signature": lambda: b"PK\x03\x04",
    "an old signature": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5000),
    "no text": lambda: bytes(range(256)) * 40,
    "nul": lambda: b"a,b\0c\n1,2",
    "an endless cell": lambda: b'trace,grade\n"' + b"x" * 100_000,
    "an open quotation": '이력번호,등급\n"002'.encode,
    "blank lines": lambda: b"\n" * 5000,
    "wide csv": lambda: b"," * 5000,
    "half a letter": lambda: "이력번호,등급".encode()[:-1],
}
HEAVY: dict[str, Callable[[], bytes]] = {"strings_bomb": strings_bomb}


def fuzzed(n: int, seed: int = 3) -> Iterator[tuple[str, bytes]]:
    """Real workbooks with bytes changed by chance, packed parts and unpacked ones."""
    rng = random.Random(seed)
    for number in range(n):
        person = PEOPLE[rng.randrange(len(PEOPLE))]
        data = make(person, rng.randrange(5)).data
        if data.startswith(b"PK") and rng.random() < 0.6:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                part = rng.choice(archive.namelist())
            data = changed(data, part, lambda body: _noise(rng, body))
        else:
            data = _noise(rng, data)
        yield f"{number} {person.name}", data


def _noise(rng: random.Random, data: bytes) -> bytes:
    found = bytearray(data)
    for _ in range(rng.choice([1, 3, 30])):
        if not found:
            break
        place = rng.randrange(len(found))
        what = rng.random()
        if what < 0.5:
            found[place] = rng.randrange(256)
        elif what < 0.75:
            del found[place : place + rng.randrange(1, 200)]
        else:
            found[place:place] = found[rng.randrange(len(found)) :][: rng.randrange(1, 2000)]
    return bytes(found)
