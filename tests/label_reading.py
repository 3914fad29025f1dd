"""Reads labels with decoders that know nothing of the product's: zbar's and quirc's for QR, our own for Code 128."""

import random
import re
from itertools import groupby

import deqr
import numpy as np
import zxingcpp
from PIL import Image, ImageDraw
from reportlab.graphics.barcode import code128

from core import ids
from core.sample_labels.texts import LabelText

OTHERS = {"zbar": deqr.QRdecDecoder(), "quirc": deqr.QuircDecoder()}
KINDS = zxingcpp.barcode_formats_from_str("QRCode,Code128")
WORDS = ("소 등심 꽃등심살", "2026-03-05 1++등급", "002086431813")


def label(sample_id: str | None = None) -> LabelText:
    sample_id = sample_id or ids.new()
    return LabelText(sample_id, (ids.pretty(sample_id), *WORDS))


def by_zxing(picture: Image.Image) -> dict[str, str]:
    """Kind of code -> what it says."""
    return {str(code.format): code.text for code in zxingcpp.read_barcodes(picture, formats=KINDS)}


def by_another(picture: Image.Image, name: str = "zbar") -> set[str]:
    """What QR codes say."""
    return {str(entry.data) for code in OTHERS[name].decode(picture.copy()) for entry in code.data_entries}


def bars_of(picture: Image.Image) -> set[str]:
    """What Code 128 codes say, read along each row from left to right, with their check symbols."""
    said = {_text(row) for row in np.unique(np.asarray(picture) < 128, axis=0)}
    return {text for text in said if text is not None}


def _text(row: np.ndarray) -> str | None:  # type: ignore[type-arg]
    lengths = [len(list(same)) for _, same in groupby(row.tolist())]
    if not row.any() or row[0] or len(lengths) < 30:
        return None
    lengths = lengths[1 : -1 if not row[-1] else None]
    module = min(lengths)
    widths = "".join(str(min(round(each / module), 9)) for each in lengths)
    symbols = [BY_WIDTHS.get(widths[at : at + 6]) for at in range(0, len(widths) - 7, 6)]
    if None in symbols or widths[-7:] != STOP or symbols[0] not in (103, 104, 105):
        return None
    values = [symbol for symbol in symbols if symbol is not None]
    if (values[0] + sum(n * value for n, value in enumerate(values[1:-1], 1))) % 103 != values[-1]:
        return None
    return _decoded(values[:-1])


def _decoded(values: list[int]) -> str:
    """Sets B and C, which are all that numbers of samples need."""
    text, is_c = "", values[0] == 105
    for value in values[1:]:
        if value in (99, 100) and (value == 99) != is_c:
            is_c = value == 99
        else:
            text += f"{value:02}" if is_c else chr(value + 32)
    return text


def _widths(pattern: str) -> str:
    """The other library writes bars as capitals and spaces as small letters: "BaBbBb" is 2 1 2 2 2 2."""
    return "".join(str(ord(sign.lower()) - ord("a") + 1) for sign in pattern)


BY_WIDTHS = {_widths(pattern): int(value) for value, pattern in code128._patterns.items() if str(value).isdigit()}
STOP = "2331112"


def graphics(file: bytes) -> list[tuple[Image.Image, int]]:
    """The labels of a ZPL file as a printer would draw them, each with how often it is printed."""
    found = re.findall(r"\^XA\^PW(\d+)\^LL(\d+).*?\^GFA,(\d+),\d+,(\d+),([^^]*)\^FS\^PQ(\d+)\^XZ", file.decode("ascii"))
    pictures = []
    for width, height, size, across, packed, copies in found:
        rows = _unpacked(packed, int(across))
        assert len(rows) == int(height)
        assert int(size) == int(across) * int(height)
        dark = Image.frombytes("1", (8 * int(across), int(height)), bytes.fromhex("".join(rows)))
        picture = dark.convert("L").point(lambda value: 255 - value).crop((0, 0, int(width), int(height)))
        pictures.append((picture, int(copies)))
    return pictures


def _unpacked(packed: str, across: int) -> list[str]:
    rows, row, count = list[str](), "", 0
    for sign in packed:
        if sign == ":":
            assert not row
            rows.append(rows[-1])
        elif sign in ",!":
            rows.append(row.ljust(2 * across, "0" if sign == "," else "F"))
            row = ""
        elif "G" <= sign <= "Y":
            count += ord(sign) - ord("F")
        elif "g" <= sign <= "z":
            count += 20 * (ord(sign) - ord("f"))
        else:
            row, count = row + sign * max(count, 1), 0
        if len(row) == 2 * across:
            rows.append(row)
            row = ""
    assert not row
    return rows


DAMAGES = ("stain", "stains", "corner")


def damage(picture: Image.Image, kind: str, share: float, seed: int) -> Image.Image:
    """The same with so much of its area lost: one stain or three, dark or light, or a corner torn off."""
    dice = random.Random(seed)
    picture, lost = picture.copy(), Image.new("1", picture.size)
    pens = ImageDraw.Draw(picture), ImageDraw.Draw(lost)
    area = picture.width * picture.height
    if kind == "corner":
        _tear(pens, dice, *picture.size, (2 * share * area) ** 0.5)
    while kind != "corner" and (left := share - np.asarray(lost).mean()) > 0.003:
        _stain(pens, dice, *picture.size, min(left, share / (3 if kind == "stains" else 1)) * area)
    return picture


Pens = tuple[ImageDraw.ImageDraw, ImageDraw.ImageDraw]  # of the picture, and of the map of what is lost


def _tear(pens: Pens, dice: random.Random, width: int, height: int, side: float) -> None:
    shape = [(0.0, 0.0), (side, 0.0), (0.0, side)]
    if dice.random() < 0.5:
        shape = [(width - 1 - x, y) for x, y in shape]
    if dice.random() < 0.5:
        shape = [(x, height - 1 - y) for x, y in shape]
    for pen, ink in zip(pens, (255, 1), strict=True):
        pen.polygon(shape, fill=ink)


def _stain(pens: Pens, dice: random.Random, width: int, height: int, area: float) -> None:
    ratio, color = dice.uniform(0.6, 1.6), dice.choice((0, 255))
    across, down = (area * 4 / np.pi * ratio) ** 0.5, (area * 4 / np.pi / ratio) ** 0.5
    x, y = dice.uniform(0, max(1, width - across)), dice.uniform(0, max(1, height - down))
    for pen, ink in zip(pens, (color, 1), strict=True):
        pen.ellipse((x, y, x + across, y + down), fill=ink)
