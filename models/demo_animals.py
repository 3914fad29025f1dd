"""Made-up animals: what all samples cut from one have in common. Everything follows from the seed and the day."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

import numpy as np

from models.demo_places import FAMILY_NAMES, FAMILY_WEIGHTS, PLACES
from models.population import BMS_OF_GRADE, CARCASS, CARCASS_KNOWN, draw_piece

CATALOGUE = Path(__file__).parent.parent / "data" / "catalogue"
BREEDS: dict[str, dict[str, float]] = {
    "cattle": {"hanwoo": 0.88, "beef_cattle": 0.06, "crossbred": 0.02, "chikso": 0.02, "black_cattle": 0.02},
    "pig": {"lyd": 0.78, "berkshire": 0.08, "duroc": 0.05, "jeju_black": 0.06, "native": 0.03},
}
SEXES: dict[str, dict[str, float]] = {
    "cattle": {"castrated": 0.68, "female": 0.29, "male": 0.03},
    "pig": {"castrated": 0.5, "female": 0.5},
}
# Ages at slaughter in months: youngest, oldest
AGES = {"castrated": (26, 34), "female": (28, 60), "male": (20, 28)}
CUT_WEIGHTS = {"loin": 9.0, "striploin": 8.0, "tenderloin": 2.0, "belly": 6.0, "boston_butt": 4.0}
SIBLINGS = 0.2  # of the samples are a further cut of the animal before
MOST_CUTS = 3  # of one animal


@dataclass(frozen=True)
class DemoAnimal:
    """One animal, slaughtered and graded; the figures of its carcass are empty where nobody has asked for them."""

    species: str
    trace_number: str
    breed: str
    sex: str
    grade: str
    bms: int | None
    status: str  # approved | pending | rejected: what the demonstration wishes for its samples
    born_on: date | None
    slaughtered_on: date
    graded_on: date
    farm_address: str | None
    farmer_name: str
    carcass_weight_kg: float | None
    backfat_mm: float | None
    ribeye_area_cm2: float | None


@lru_cache(maxsize=1)
def cuts() -> dict[str, list[tuple[str, list[str]]]]:
    """Primal cuts with their secondary cuts, by species."""
    found: dict[str, list[tuple[str, list[str]]]] = {"cattle": [], "pig": []}
    for cut in json.loads((CATALOGUE / "cuts.json").read_text(encoding="utf-8"))["cuts"]:
        found[cut["species"]].append((cut["key"], [second["key"] for second in cut["secondary"]]))
    return found


def first_of_animal(number: int, seed: int) -> int:
    """The number of the first sample of the same animal: some are its second or third cut."""
    run = 0
    while run < number and np.random.default_rng([seed, number - run, 2]).random() < SIBLINGS:
        run += 1
    return number - run % MOST_CUTS


def draw_animal(first: int, seed: int, today: date) -> tuple[DemoAnimal, list[tuple[str, str]]]:
    """The animal whose first sample has that number; and its primal and secondary cuts, as they are sampled."""
    rng = np.random.default_rng([seed, first, 1])
    species = "cattle" if rng.random() < 0.8 else "pig"
    breed, sex = pick(rng, BREEDS[species]), pick(rng, SEXES[species])
    piece = draw_piece(rng, species)
    status = pick(rng, {"approved": 0.85, "pending": 0.10, "rejected": 0.05})
    # What still waits for somebody is not a year old.
    days = _days(rng, species, sex, today, is_recent=status != "approved")
    chosen = _cuts(rng, species)
    animal = DemoAnimal(
        species, _trace_number(rng, species), breed, sex, piece.grade, piece.bms, status, *days, *_farm(rng),
        *_carcass(rng, piece.bms),
    )  # fmt: skip
    return animal, chosen


def pick(rng: np.random.Generator, weights: dict[str, float]) -> str:
    shares = np.array(list(weights.values()), dtype=float)
    return str(rng.choice(list(weights), p=shares / shares.sum()))


def _trace_number(rng: np.random.Generator, species: str) -> str:
    digits = "".join(str(digit) for digit in rng.integers(0, 10, 11))
    return f"002{digits[:9]}" if species == "cattle" else f"1{digits}"


def _cuts(rng: np.random.Generator, species: str) -> list[tuple[str, str]]:
    """Different primal cuts, the common ones more often, with one secondary cut of each."""
    known = dict(cuts()[species])
    weights = np.array([CUT_WEIGHTS.get(key, 0.6) for key in known])
    primals = rng.choice(list(known), MOST_CUTS, replace=False, p=weights / weights.sum())
    return [(str(primal), str(rng.choice(known[primal]))) for primal in primals]


def _farm(rng: np.random.Generator) -> tuple[str | None, str]:
    province = pick(rng, {name: weight for name, (weight, _) in PLACES.items()})
    address = f"{province} {rng.choice(PLACES[province][1])}".strip()
    return address or None, f"{rng.choice(FAMILY_NAMES, p=FAMILY_WEIGHTS)}○○"


def _days(
    rng: np.random.Generator, species: str, sex: str, today: date, is_recent: bool
) -> tuple[date | None, date, date]:
    """Birth (cattle only), slaughter and grading: over the last 14 months, or a few days ago."""
    slaughtered = today - timedelta(days=int(rng.integers(3, 6) if is_recent else rng.integers(4, 425)))
    graded = slaughtered + timedelta(days=int(rng.integers(1, 3)))
    if species == "pig":
        return None, slaughtered, graded
    return slaughtered - timedelta(days=int(rng.uniform(*AGES[sex]) * 30.44)), slaughtered, graded


def _carcass(rng: np.random.Generator, bms: int | None) -> tuple[float | None, float | None, float | None]:
    """Weight in kg, backfat in mm and ribeye area in cm2 of some cattle: marbled ones have more backfat."""
    is_known = rng.random() < CARCASS_KNOWN
    z = rng.standard_normal(3)
    if bms is None or not is_known:
        return None, None, None
    middle, deviation = np.mean(sum(BMS_OF_GRADE.values(), ())), np.std(sum(BMS_OF_GRADE.values(), ()))
    z[1] = 0.4 * (bms - middle) / deviation + 0.9 * z[1]
    weight, backfat, ribeye = (
        round(float(np.clip(mean + sd * own, low, high)), 1)
        for own, (mean, sd, low, high) in zip(z, CARCASS.values(), strict=True)
    )
    return weight, backfat, ribeye
