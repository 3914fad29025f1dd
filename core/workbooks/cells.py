"""Text in the cells of a workbook: none of it may be taken for a formula, and all of it comes back as it was.

A spreadsheet program takes a cell that begins with one of `RISKY` for a formula, at the latest when a sheet is saved as
CSV and opened again. An apostrophe before it makes it text. What begins with an apostrophe already gets one more, so
that taking one away always gives back what was there.
"""

import re

RISKY = "=+-@\t\r\n＝＋－＠"
MARK = "'"
FIRST = re.compile(f"[{re.escape(RISKY)}{MARK}]")
MARKED = re.compile(f"{MARK}[{re.escape(RISKY)}{MARK}]")


def neutral(text: str) -> str:
    """As it is written into a cell of text; numbers and dates are not text, and stay what they are."""
    return MARK + text if FIRST.match(text) else text


def original(cell: str) -> str:
    """What `neutral` was given; any other text is given back as it is."""
    return cell[1:] if MARKED.match(cell) else cell
