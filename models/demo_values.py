"""Made-up tastings and analyses: what tasters with their habits and a laboratory with its scatter say of one round."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from models.population import AT_A_TABLE, STEADY, TASTERS, to_scale

SCALE, OTHER_SCALE = "1-10", "1-9"
DAYS = (3, 7, 14)  # on which some kept meat is tasted once more
RIPENING = {3: 0.5, 7: 0.9, 14: 1.3}  # what its tenderness has gained by then
USUAL = 0.5  # of the tables have the same four
REPEATED = 0.6  # of the tables where one taster scores the same meat twice
UNSAID = 0.03  # of the scores are left out
# Deviation between replicates of one piece, in the units of the catalogue
SCATTER = {
    "ph": 0.02, "l_star": 0.8, "a_star": 0.5, "b_star": 0.35, "drip_loss": 0.12, "moisture": 0.4, "crude_fat": 0.35,
    "cooking_loss": 0.8, "wbsf_kgf": 0.35,
}  # fmt: skip
LOWEST = {"drip_loss": 0.1, "crude_fat": 0.3, "wbsf_kgf": 1.0}


@dataclass(frozen=True)
class Tasting:
    """What one taster said of heated meat; `day` counts from the round."""

    panelist: str
    scale: str
    scores: dict[str, float]
    replicate: int = 1
    day: int = 0


@dataclass(frozen=True)
class Analysis:
    """One replicate of the laboratory, in the units of the catalogue."""

    preparation: str  # raw | heated
    replicate: int
    values: dict[str, float]


def seat(rng: np.random.Generator, is_table: bool) -> tuple[str, ...]:
    """Who tastes all rounds of a sample: one, or four, often the same; now and then one who always says the same."""
    names = list(TASTERS)
    first = 0 if is_table and rng.random() < USUAL else int(rng.integers(len(names)))
    seated = [names[(first + place) % len(names)] for place in range(AT_A_TABLE if is_table else 1)]
    if rng.random() < (0.25 if is_table else 0.1):
        seated[-1] = STEADY
    return tuple(seated)


def tastings(
    rng: np.random.Generator, heated: dict[str, float], scale: str, seated: Sequence[str], days: Sequence[int]
) -> Iterator[Tasting]:
    """What those who taste together say of meat with these scores, and one of them once more where there are several.

    Args:
        days: on which the first of them tastes its tenderness again.
    """
    for name in seated:
        yield Tasting(name, scale, _said(rng, heated, name, scale))
    if len(seated) > 1 and rng.random() < REPEATED:
        yield Tasting(seated[0], scale, _said(rng, heated, seated[0], scale), replicate=2)
    for day in days:
        kept = {"tenderness": heated["tenderness"] + RIPENING[day]}
        yield Tasting(seated[0], scale, _said(rng, kept, seated[0], scale, unsaid=0), day=day)


def analyses(
    rng: np.random.Generator, raw: dict[str, float], heated: dict[str, float], count: int
) -> Iterator[Analysis]:
    """Replicates of raw and of heated meat that scatter around its values; a single one is the value itself."""
    for preparation, values in (("raw", raw), ("heated", heated)):
        for replicate in range(1, count + 1 if values else 1):
            yield Analysis(preparation, replicate, values if count == 1 else _scattered(rng, values))


def on_scale(value: float, scale: str) -> float:
    """A score of the 1-10 scale as somebody gives it who uses this one: on 1-9 there are whole numbers only."""
    if scale == OTHER_SCALE:
        return float(np.clip(round(1 + (value - 1) * 8 / 9), 1, 9))
    return to_scale(value)


def _said(
    rng: np.random.Generator, meat: dict[str, float], name: str, scale: str, unsaid: float = UNSAID
) -> dict[str, float]:
    if name == STEADY:
        chance = 0 if rng.random() < 0.9 else 0.5
        return {attribute: on_scale(6.5 if rng.random() < chance else 6.0, scale) for attribute in meat}
    bias, waver = TASTERS[name]
    said = {attribute: on_scale(value + rng.normal(bias, waver), scale) for attribute, value in meat.items()}
    left = {attribute: score for attribute, score in said.items() if rng.random() >= unsaid}
    return left or said


def _scattered(rng: np.random.Generator, values: dict[str, float]) -> dict[str, float]:
    return {
        name: round(max(value + rng.normal(0, SCATTER[name]), LOWEST.get(name, value - 9)), 2)
        for name, value in values.items()
    }
