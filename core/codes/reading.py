"""Reads the codes in a picture: QR, Code 128 with GS1-128, Data Matrix, EAN and UPC."""

from dataclasses import dataclass

import zxingcpp

from core import pictures
from core.codes.meaning import Meaning, read_text
from core.errors import BadInput, Finding

FORMATS = zxingcpp.barcode_formats_from_str("QRCode,MicroQRCode,Code128,DataMatrix,EAN13,EAN8,UPCA,UPCE")
# Longest side in pixels in which codes are looked for: most are found in the first, small ones on a large photo later.
SIDES = (1600, 4000)


@dataclass(frozen=True)
class Code:
    """One code as it was printed; GS1 codes as people write them, with their identifiers in brackets."""

    format: str
    text: str


def codes_in(data: bytes, *, field: str = "image") -> tuple[Code, ...]:
    """The codes in a JPEG or PNG picture; none where nothing can be read.

    Raises:
        BadInput: not a whole JPEG or PNG, or too large; names the field.
    """
    picture = pictures.grey(data, SIDES[-1], field=field)
    for side in SIDES:
        view = picture if max(picture.size) <= side else pictures.smaller(picture, side)
        found = [Code(_name(code), code.text) for code in zxingcpp.read_barcodes(view, formats=FORMATS)]
        if found or view is picture:
            return tuple(dict.fromkeys(found))
    return ()


def read_image(data: bytes, *, field: str = "image") -> Meaning:
    """What the codes in a picture say: of a sample's label and a package's on one photo, the sample's label counts.

    Raises:
        BadInput: no picture, no code in it, codes that say nothing to us, or the labels of several samples.
    """
    meanings, problems = list[Meaning](), list[Finding]()
    for code in codes_in(data, field=field):
        try:
            meanings.append(read_text(code.text, field=field, format=code.format))
        except BadInput as refusal:
            problems += refusal.findings
    for kind in ("sample", "trace_number"):
        of_kind = {meaning.number: meaning for meaning in reversed(meanings) if meaning.kind == kind}
        if len(of_kind) > 1:
            raise BadInput(Finding(field, "several_codes", {"n": len(of_kind)}))
        if of_kind:
            return next(iter(of_kind.values()))
    raise BadInput(problems[0] if problems else Finding(field, "no_code"))


def _name(code: zxingcpp.Barcode) -> str:
    return str(code.format).rpartition(".")[2].replace(" ", "")
