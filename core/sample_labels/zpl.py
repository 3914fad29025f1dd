"""Labels for thermal printers that understand ZPL II: the whole label as one graphic, Hangul and codes alike.

Printers differ in the fonts they hold and in how they draw codes; dots they all print alike, and what is printed is
what the tests have read. Commands: ^GFA with the compression of the ZPL II programming guide, ^PW and ^LL in dots, ^PQ
how many of each.
"""

from collections.abc import Sequence
from itertools import groupby

from PIL import Image

from core.sample_labels import dots
from core.sample_labels.sizes import Size
from core.sample_labels.texts import LabelText

# How often a hexadecimal digit is repeated: G to Y stand for 1 to 19, g to z for 20 to 400.
_ONES = ["", *"GHIJKLMNOPQRSTUVWXY"]
_TWENTIES = ["", *"ghijklmnopqrstuvwxyz"]
_MOST = 400 + 19


def print_file(labels: Sequence[LabelText], size: Size, copies: int, dpi: int) -> bytes:
    """A file that is sent to the printer as it is: each label so many times."""
    return "".join(_label(dots.printed(label, size, dpi), copies) for label in labels).encode("ascii")


def _label(picture: Image.Image, copies: int) -> str:
    across = (picture.width + 7) // 8
    graphic = f"^GFA,{across * picture.height},{across * picture.height},{across},{_packed(picture, across)}"
    return f"^XA^PW{picture.width}^LL{picture.height}^LH0,0^FO0,0{graphic}^FS^PQ{copies}^XZ\n"


def _packed(picture: Image.Image, across: int) -> str:
    """The rows as hexadecimal digits, a dark dot a bit; a row that is like the one before it is a colon."""
    dark = picture.point(lambda value: 255 * (value == dots.DARK)).convert("1")
    data = dark.tobytes()  # rows are filled up to whole bytes with light dots
    rows = [data[start : start + across].hex().upper() for start in range(0, len(data), across)]
    return "".join(":" if n and row == rows[n - 1] else _shortened(row) for n, row in enumerate(rows))


def _shortened(row: str) -> str:
    """A row with repeated digits counted; zeros up to its end are a comma, ones an exclamation mark."""
    parts = [(digit, len(list(same))) for digit, same in groupby(row)]
    ends = {"0": ",", "F": "!"}
    last = ends.get(parts[-1][0], "")
    told = parts[:-1] if last else parts
    return "".join(_repeated(digit, count) for digit, count in told) + last


def _repeated(digit: str, count: int) -> str:
    if count == 1:
        return digit
    said = ""
    while count > 0:
        now = min(count, _MOST)
        said += _TWENTIES[now // 20] + _ONES[now % 20] + digit
        count -= now
    return said
