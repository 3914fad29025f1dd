"""Figures that follow from others: colour, losses, yield, sums and replicates. Pure functions, nothing stored."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

PROXIMATE = ("moisture", "crude_protein", "crude_fat", "ash")
PROXIMATE_SUM = (97.0, 103.0)  # % of the sample when all four are given
# From this day on beef is graded for yield by sex (KAPE grading rule).
YIELD_BY_SEX_FROM = date(2019, 12, 1)
# Above these coefficients of variation (%) replicates of one sample do not agree.
LARGEST_CV = {"wbsf_kgf": 30.0, "l_star": 10.0, "a_star": 10.0, "b_star": 10.0}


@dataclass(frozen=True)
class Yield:
    """Beef yield: the index and its grade A, B or C."""

    index: float
    grade: str


@dataclass(frozen=True)
class Replicates:
    """Mean, standard deviation (n - 1) and coefficient of variation in % of n replicates; None where undefined."""

    n: int
    mean: float
    sd: float | None
    cv: float | None


@dataclass(frozen=True)
class _Formula:
    """index = (constant + backfat mm + ribeye area cm2 + carcass kg, each times its factor) / carcass kg x 100."""

    constant: float
    backfat: float
    ribeye: float
    carcass: float
    a_from: float
    b_from: float


# Hanwoo since December 2019, by sex. Sources differ on the bull's backfat factor (2.19525 or 2.18525).
_HANWOO = {
    "female": _Formula(6.90137, -0.9446, 0.31805, 0.54952, 61.83, 59.70),
    "male": _Formula(0.20103, -2.19525, 0.29275, 0.64099, 68.45, 66.32),
    "castrated": _Formula(11.06398, -1.25149, 0.28293, 0.56781, 62.52, 60.40),
}


def chroma(a_star: float, b_star: float) -> float:
    """Colour saturation C* = sqrt(a*2 + b*2) of CIE L*a*b*."""
    return math.hypot(a_star, b_star)


def hue(a_star: float, b_star: float) -> float:
    """Hue angle h = atan2(b*, a*) of CIE L*a*b*, in degrees from 0 to 360."""
    return math.degrees(math.atan2(b_star, a_star)) % 360


def loss(before_g: float | None, after_g: float | None) -> float | None:
    """Weight lost in % of what it was: cooking loss, aging loss = (before - after) / before x 100 (Honikel 1998)."""
    return None if not before_g or after_g is None else (before_g - after_g) / before_g * 100


def proximate_sum(values: Mapping[str, float]) -> float | None:
    """Moisture + protein + fat + ash in %, where all four are given; about 100 in meat, which has little else."""
    return sum(values[key] for key in PROXIMATE) if all(key in values for key in PROXIMATE) else None


def beef_yield(
    *, backfat_mm: float | None, ribeye_area_cm2: float | None, carcass_weight_kg: float | None,
    sex: str | None, breed: str | None, graded_on: date | None,
) -> Yield | None:  # fmt: skip
    """Beef yield index and grade by the rule of the grading day (KAPE, detailed rules of carcass grading).

    Before December 2019: 68.184 - 0.625 backfat + 0.130 ribeye - 0.024 carcass, for Hanwoo 3.23 more; A from 67.20,
    B from 63.30. Since then Hanwoo has a formula for each sex (`_HANWOO`); those of other breeds are not published in
    a form that could be checked, so that there is no figure for them. Backfat in mm, ribeye area in cm2, carcass in kg.
    """
    if backfat_mm is None or ribeye_area_cm2 is None or not carcass_weight_kg or graded_on is None:
        return None
    if graded_on < YIELD_BY_SEX_FROM:
        index = 68.184 - 0.625 * backfat_mm + 0.130 * ribeye_area_cm2 - 0.024 * carcass_weight_kg
        return _graded(index + (3.23 if breed == "hanwoo" else 0), 67.20, 63.30)
    formula = _HANWOO.get(sex or "") if breed == "hanwoo" else None
    if formula is None:
        return None
    parts = formula.backfat * backfat_mm + formula.ribeye * ribeye_area_cm2 + formula.carcass * carcass_weight_kg
    return _graded((formula.constant + parts) / carcass_weight_kg * 100, formula.a_from, formula.b_from)


def of_replicates(values: Sequence[float]) -> Replicates | None:
    """What the replicates say together; None where there is none. CV = SD / |mean| x 100."""
    if not values:
        return None
    mean = statistics.fmean(values)
    sd = statistics.stdev(values) if len(values) > 1 else None
    return Replicates(len(values), mean, sd, sd / abs(mean) * 100 if sd is not None and mean else None)


def disagree(key: str, replicates: Replicates | None) -> bool:
    """Whether the replicates of a measure lie further apart than those of one sample should."""
    return replicates is not None and replicates.cv is not None and replicates.cv > LARGEST_CV.get(key, math.inf)


def _graded(index: float, a_from: float, b_from: float) -> Yield:
    return Yield(index, "A" if index >= a_from else "B" if index >= b_from else "C")
