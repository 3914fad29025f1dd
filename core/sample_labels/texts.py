"""What stands on a label in words, and how it is made to fit: in the one font that ships, Korean and Latin."""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from PIL import ImageFont

from core import catalogue, ids
from core.config import DATA
from core.sample_labels.sizes import Size

FONT = DATA / "fonts" / "MeatlabLabelSans-Bold.ttf"
FONT_NAME = "MeatlabLabelSans"
BETWEEN_LINES = 1.12  # from the top of a line to that of the next, in its height
SMALLEST = 0.7  # of its height a line may shrink to before it is cut
_UNITS = 1000  # pixels an em in which text is measured
DOTS = "..."


@dataclass(frozen=True)
class LabelText:
    """What a label says of a sample; `lines` in the order in which they matter, the number first."""

    sample_id: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """A line as it is drawn: `em` is the size of its font and `y` where it begins, in mm from the top of the label."""

    text: str
    em: float
    y: float


def of_sample(
    sample_id: str, species: str, primal_cut: str, secondary_cut: str, grade: str | None, slaughtered_on: date,
    trace_number: str, language: str,
) -> LabelText:  # fmt: skip
    """The words of a label in Korean ("ko") or English ("en")."""
    known = catalogue.recent()
    animal = known.name(language, "species", species)
    primal = known.find("primal_cuts", primal_cut, species)
    secondary = known.find("secondary_cuts", secondary_cut, species, primal_cut)
    cuts = dict.fromkeys(re.sub(r" *\(.*\)", "", entry.name(language)) for entry in (primal, secondary) if entry)
    graded = [] if grade is None else [known.name(language, "grades", grade, species)]
    return LabelText(
        sample_id,
        (
            ids.pretty(sample_id),
            " ".join(dict.fromkeys([animal, *cuts])),
            " ".join([slaughtered_on.isoformat(), *graded]),
            trace_number,
        ),
    )


def placed(label: LabelText, size: Size) -> list[Line]:
    """As many of the lines as there is room for, each in the width that there is."""
    lines, y = [], size.text.y
    for text, em in zip(label.lines, size.lines, strict=False):
        lines.append(Line(*fit(text, em, size.text.width), y))
        y += em * BETWEEN_LINES
    return lines


def fit(text: str, em: float, width: float) -> tuple[str, float]:
    """A line in a width of so many mm and the size of its font: smaller, and if that is not enough, cut with dots."""
    wide = measure(text) * em
    if wide <= width:
        return text, em
    if wide * SMALLEST <= width:
        return text, width / measure(text)
    em *= SMALLEST
    while text and measure(text + DOTS) * em > width:
        text = text[:-1]
    return text.rstrip() + DOTS, em


@lru_cache(maxsize=10_000)
def measure(text: str) -> float:
    """How wide a text is, in ems."""
    return font(_UNITS).getlength(text) / _UNITS


@lru_cache(maxsize=64)
def font(pixels: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONT, pixels, layout_engine=ImageFont.Layout.BASIC)
