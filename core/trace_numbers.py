"""Livestock trace numbers: one stored form for what people type, paste or scan.

Forms: Enforcement Rule annex 14 of the Act on traceability of livestock. The last digit of a cattle number follows
no published rule, so only the pattern is checked here; whether the animal exists is the registry's to say.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from core import clock
from core.errors import BadInput, Finding

PATTERNS = {
    "cattle": re.compile(r"00\d{10}", re.ASCII),
    "pig": re.compile(r"1\d{11}", re.ASCII),
    "bundle": re.compile(r"L[01]\d{6}\d{4}\d{3}", re.ASCII),
    "import": re.compile(r"[89]\d{11}|A\d{19,29}", re.ASCII),
}
# Poultry and eggs, single and bundled: traced in the same system, but no meat of ours.
NOT_OURS = re.compile(r"[235]\d{11}|L[2-5]\d{13}", re.ASCII)
# The species of a bundle and the day on which its species came into the system.
BUNDLES_SINCE = {"L0": date(2008, 1, 1), "L1": date(2014, 12, 1)}
PLAIN = {"0": "cattle", "1": "pig", "8": "import", "9": "import"}  # what twelve digits are, by the first
LONGEST = 300  # characters; a label's whole code has under 100

# GS1-128: application identifiers of a fixed length with their values, and the three that may hold a trace number: the
# number of the source, the batch and the serial number.
SEPARATOR = "\x1d"
FIXED = re.compile(r"(?:01\d{14}|1[1-357]\d{6}|3[1-6]\d{8})", re.ASCII)
HOLDING = re.compile(rf"(251|10|21)([^{SEPARATOR}]{{1,30}})")
# A number whose end the scanner did not send, with the rest of the label behind it.
RUN_ON = re.compile(r"(?:(?:410)?00\d{10}|[189]\d{11}|L[01]\d{13})(?=\d)", re.ASCII)


@dataclass(frozen=True)
class TraceNumber:
    number: str
    kind: str  # cattle, pig, bundle, import

    @property
    def species(self) -> str | None:
        """The species the number itself names: none for an import bundle."""
        named = {"L0": "cattle", "L1": "pig"}
        by_first = {"0": "cattle", "1": "pig", "8": "cattle", "9": "pig"}
        return named.get(self.number[:2]) or by_first.get(self.number[0])


def parse(text: str) -> TraceNumber | None:
    """The number in its stored form with its kind, or None if it has no known form."""
    if len(text) == 12 and text.isascii() and text.isdigit() and (kind := PLAIN.get(text[0])):
        return TraceNumber(text, kind) if PATTERNS[kind].fullmatch(text) else None
    for written in _readings(text):
        number = _whole(written)
        kind = next((kind for kind, pattern in PATTERNS.items() if pattern.fullmatch(number)), None)
        if kind is not None and (kind != "bundle" or _is_bundle_day(number)):
            return TraceNumber(number, kind)
    return None


def read(text: str) -> TraceNumber:
    """The number in its stored form.

    Raises:
        BadInput: it has no known form; says what a right one looks like.
    """
    found = parse(text)
    if found is None:
        raise BadInput(problem(text))
    return found


def problem(text: str) -> Finding:
    """Why a text that `parse` finds no number in has none, and what a right one looks like."""
    numbers = [_whole(written) for written in _readings(text)]
    if any(NOT_OURS.fullmatch(number) for number in numbers):
        return Finding("trace_number", "trace_poultry")
    if any(PATTERNS["bundle"].fullmatch(number) for number in numbers):
        return Finding("trace_number", "trace_bundle_day")
    return Finding("trace_number", "trace_form")


def _whole(written: str) -> str:
    """With the digits that labels and ear tags leave out, and without those that only the registry puts before."""
    if len(written) == 15 and written.startswith("410"):
        return written[3:]  # the registry's answer: ISO country code 410 and the 12 digits
    if re.fullmatch(r"\d{9}", written):
        return "002" + written  # an ear tag, printed 4-4-1
    if re.fullmatch(r"2\d{9}", written):
        return "00" + written
    return written


def _is_bundle_day(number: str) -> bool:
    """Whether a bundle was made on a day that there was, in the days of the system."""
    try:
        day = date(2000 + int(number[2:4]), int(number[4:6]), int(number[6:8]))
    except ValueError:
        return False
    return BUNDLES_SINCE[number[:2]] <= day <= clock.today()


def _readings(text: str) -> Iterator[str]:
    """What may be the number in a text, the likeliest first, without spaces, hyphens and dots."""
    text = unicodedata.normalize("NFKC", text[:LONGEST]).upper().replace("␝", SEPARATOR).replace("<GS>", SEPARATOR)
    text = re.sub(r"[ \t\r\n]", "", text)
    if link := re.search(r"[?&]TRACENO=([^&#]+)", text):
        text = link[1]
    elif "(" in text:
        text = _in_brackets(text)
    yield _bare(text)
    if text.startswith(("]C1", SEPARATOR)) or SEPARATOR in text or re.match(r"01\d{14}|251", text):
        yield from map(_bare, _elements(text.removeprefix("]C1")))


def _in_brackets(text: str) -> str:
    """The number of a GS1-128 code as it is printed under the bars: (251), else (10), else (21)."""
    elements = (re.search(rf"\({identifier}\)([^(]+)", text) for identifier in ("251", "10", "21"))
    return next((element[1] for element in elements if element), text)


def _elements(text: str) -> list[str]:
    """The values of AI 251, 10 and 21 in a GS1-128 code as scanners send it, with or without its separators."""
    found: dict[str, list[str]] = {"251": [], "10": [], "21": []}
    while text:
        text = text.lstrip(SEPARATOR)
        if fixed := FIXED.match(text):
            text = text[fixed.end() :]
        elif holding := HOLDING.match(text):
            value = cut[0] if (cut := RUN_ON.match(holding[2])) else holding[2]
            found[holding[1]].append(value)
            text = text[holding.start(2) + len(value) :]
        else:
            break
    return [value for values in found.values() for value in values if len(value) >= 12]  # labels abbreviate nothing


def beginning(text: str) -> str | None:
    """The beginning of a number in its stored form, or None if no number begins like that."""
    number = _bare(text.upper())
    return number if re.fullmatch(r"[A-Z]?\d*", number, re.ASCII) and number else None


def _bare(text: str) -> str:
    return re.sub(r"[\s.\-]", "", text).removeprefix("KOR")
