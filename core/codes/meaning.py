"""What a code says, however it was read: the number of a sample, or the trace number of an animal or a bundle."""

import re
from dataclasses import dataclass
from typing import Literal

from core import ids, trace_numbers
from core.codes import keyboard
from core.errors import BadInput, Finding

LONGEST = trace_numbers.LONGEST
# Scanners may say before a code of what kind it is (ISO/IEC 15424): "]C0" Code 128, "]Q1" QR, "]d2" GS1 Data Matrix.
KIND_OF_CODE = re.compile(r"\][A-Za-z]\d")
SHOWN = 40  # characters of what was read, where a message repeats it


@dataclass(frozen=True)
class Meaning:
    """`number` in its stored form; `trace_kind` and `species` are said of a trace number, as far as it says them.

    `format` is how the code was printed (QRCode, Code128, ...); None where it was typed or came from a scanner.
    """

    kind: Literal["sample", "trace_number"]
    number: str
    trace_kind: str | None = None
    species: str | None = None
    format: str | None = None


def read_text(text: str, *, field: str = "text", format: str | None = None) -> Meaning:  # noqa: A002
    """What a code says, as a scanner types it or a picture holds it.

    Args:
        field: what a finding names.

    Raises:
        BadInput: nothing was read, a sample number has the wrong check character, or it is a number of something else.
    """
    if not text.strip():
        raise BadInput(Finding(field, "missing"))
    if len(text) > LONGEST:
        raise BadInput(Finding(field, "too_long", {"limit": LONGEST}))
    readings = [text.strip()]
    if (pressed := keyboard.as_latin(text)) is not None:
        readings.append(pressed.strip())
    for reading in readings:
        if (found := _meaning(reading, format)) is not None:
            return found
    raise BadInput(_problem(readings[-1], field))


def _meaning(text: str, format: str | None) -> Meaning | None:  # noqa: A002
    if (sample_id := ids.parse(KIND_OF_CODE.sub("", text, count=1))) is not None:
        return Meaning("sample", sample_id, format=format)
    if (trace := trace_numbers.parse(text)) is not None:
        return Meaning("trace_number", trace.number, trace.kind, trace.species, format)
    return None


def _problem(text: str, field: str) -> Finding:
    bare = KIND_OF_CODE.sub("", text, count=1)
    part = ids.part(bare)
    if part is not None and len(part) == ids.LENGTH and not part.isdigit():
        return Finding(field, "sample_check", {"read": ids.pretty(part)})
    if _is_product(bare):
        return Finding(field, "code_product", {"read": bare})
    about_trace = trace_numbers.problem(text)
    if about_trace.code != "trace_form":
        return Finding(field, about_trace.code, about_trace.values)
    return Finding(field, "code_unknown", {"read": _shown(text)})


def _is_product(text: str) -> bool:
    """Whether it is an EAN with the right check digit: the number of an article, the same on thousands of packages."""
    if not re.fullmatch(r"\d{8}|\d{12,13}", text, re.ASCII):
        return False
    digits = [int(digit) for digit in reversed(text)]
    return (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10 == 0


def _shown(text: str) -> str:
    """Without signs that a page might take for markup or for an address: anybody can print a code."""
    plain = re.sub(r"[^0-9A-Za-z가-힣 ()-]+", "·", text)
    return plain[:SHOWN] + ("..." if len(plain) > SHOWN else "")
