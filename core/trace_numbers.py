"""Livestock trace numbers: one stored form for what people type, paste or scan.

Forms: Enforcement Rule annex 14 of the Act on traceability of livestock. The last digit of a cattle number follows
no published rule, so only the pattern is checked here; whether the animal exists is the registry's to say.
"""

import re
import unicodedata
from dataclasses import dataclass

PATTERNS = {
    "cattle": re.compile(r"00\d{10}", re.ASCII),
    "pig": re.compile(r"1\d{11}", re.ASCII),
    "bundle": re.compile(r"L[01]\d{6}\d{4}\d{3}", re.ASCII),
    "import": re.compile(r"[89]\d{11}|A\d{19,29}", re.ASCII),
}


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
    number = _bare(text)
    if len(number) == 15 and number.startswith("410"):
        number = number[3:]  # the registry's answer: ISO country code 410 and the 12 digits
    elif re.fullmatch(r"\d{9}", number):
        number = "002" + number  # an ear tag, printed 4-4-1
    elif re.fullmatch(r"2\d{9}", number):
        number = "00" + number
    kind = next((kind for kind, pattern in PATTERNS.items() if pattern.fullmatch(number)), None)
    return TraceNumber(number, kind) if kind else None


def _bare(text: str) -> str:
    """Without what surrounds it: a link, GS1 element strings, spaces, hyphens, full-width signs."""
    text = unicodedata.normalize("NFKC", text).strip().upper()
    if link := re.search(r"[?&]TRACENO=([^&#]+)", text):
        text = link[1]
    elif element := re.search(r"\(251\)([^(]+)", text) or re.search(r"\(10\)([^(]+)", text):
        text = element[1]
    return re.sub(r"[\s.\-]", "", text)
