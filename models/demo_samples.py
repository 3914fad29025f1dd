"""Made-up samples for a believable demonstration; everything follows from the seed and the day."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path

import numpy as np

from models.demo_places import FAMILY_NAMES, FAMILY_WEIGHTS, PLACES
from models.population import HEATED_SCORES, RAW_SCORES, Cooked, Piece, draw_cooked, draw_piece, to_scale
from models.synthetic import Scene, random_scene

CATALOGUE = Path(__file__).parent.parent / "data" / "catalogue"
FIRST_SCENE = 1_000_000  # photos for training have smaller seeds
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
# Electronic tongue: 19 beef rows of a company's laboratory sheet; saltiness and astringency are filled in
E_TONGUE = {
    "et_sourness": (-10.23, -8.97), "et_bitterness": (6.67, 7.92), "et_umami": (1.02, 1.57),
    "et_richness": (1.47, 3.97), "et_saltiness": (-2.6, -1.1), "et_astringency": (-0.9, 0.4),
}  # fmt: skip
# Deep aging: vacuum pack in water, about 1 MPa and 40 kHz ultrasound at about 5 degrees (Food Eng Prog 2021, 25(2):147)
MINUTES = (60, 90, 120)


@dataclass(frozen=True)
class DemoRound:
    """One deep-aging step and what was found after it (measures in the catalogue's units)."""

    seq: int
    method: str
    started_at: datetime  # UTC
    minutes: int
    temperature_c: float
    pressure_mpa: float
    frequency_khz: float
    raw_scores: dict[str, float]
    heated_scores: dict[str, float]
    raw_lab: dict[str, float]
    heated_lab: dict[str, float]
    scene: Scene


@dataclass(frozen=True)
class DemoSample:
    """One sample as a person would have entered it; empty dictionaries where nothing was tasted or measured."""

    number: int
    species: str
    trace_number: str
    breed: str
    primal_cut: str
    secondary_cut: str
    sex: str
    grade: str
    bms: int | None
    born_on: date | None
    slaughtered_on: date
    graded_on: date
    captured_at: datetime  # UTC
    farm_address: str | None
    farmer_name: str
    status: str  # approved | pending | rejected: what the demonstration wishes
    raw_scores: dict[str, float]
    heated_scores: dict[str, float]
    raw_lab: dict[str, float]
    heated_lab: dict[str, float]
    e_tongue: dict[str, float]
    rounds: tuple[DemoRound, ...]
    scene: Scene


@lru_cache(maxsize=1)
def cuts() -> dict[str, list[tuple[str, list[str]]]]:
    """Primal cuts with their secondary cuts, by species."""
    found: dict[str, list[tuple[str, list[str]]]] = {"cattle": [], "pig": []}
    for cut in json.loads((CATALOGUE / "cuts.json").read_text(encoding="utf-8"))["cuts"]:
        found[cut["species"]].append((cut["key"], [second["key"] for second in cut["secondary"]]))
    return found


def _pick(rng: np.random.Generator, weights: dict[str, float]) -> str:
    shares = np.array(list(weights.values()), dtype=float)
    return str(rng.choice(list(weights), p=shares / shares.sum()))


def _trace_number(rng: np.random.Generator, species: str) -> str:
    digits = "".join(str(digit) for digit in rng.integers(0, 10, 11))
    return f"002{digits[:9]}" if species == "cattle" else f"1{digits}"


def _cut(rng: np.random.Generator, species: str) -> tuple[str, str]:
    known = dict(cuts()[species])
    primal = _pick(rng, {key: CUT_WEIGHTS.get(key, 0.6) for key in known})
    return primal, str(rng.choice(known[primal]))


def _farm(rng: np.random.Generator) -> tuple[str | None, str]:
    province = _pick(rng, {name: weight for name, (weight, _) in PLACES.items()})
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


def _split_lab(cooked: Cooked, change: dict[str, float] | None = None) -> tuple[dict[str, float], dict[str, float]]:
    """Laboratory values measured on raw and on heated meat; ``change`` holds factors."""
    factors = change or {}
    values = {name: round(value * factors.get(name, 1.0), 2) for name, value in cooked.lab.items()}
    heated = {name: values.pop(name) for name in ("wbsf_kgf", "cooking_loss")}
    return values, heated


def _heated(cooked: Cooked, lift: float = 0.0) -> dict[str, float]:
    """Heated scores; ``lift`` is what processing has added to juiciness and tenderness."""
    gains = {"juiciness": 1.0, "tenderness": 1.2, "palatability": 0.6, "umami": 0.3, "flavor": 0.2}
    return {name: to_scale(cooked.heated[name] + gains[name] * lift) for name in HEATED_SCORES}


def _rounds(
    rng: np.random.Generator, count: int, first: datetime, piece: Piece, cooked: Cooked, scene: Scene
) -> Iterator[DemoRound]:
    """Shear falls by 10-55 % in all, juiciness and tenderness rise and level off, L* and a* rise a little."""
    fall, reach = rng.uniform(0.10, 0.55), rng.uniform(1.0, 2.0)
    started = first
    for seq in range(1, count + 1):
        done = (1 - 0.45**seq) / (1 - 0.45**3)  # of the whole effect: levels off, complete with the third round
        started += timedelta(days=int(rng.integers(1, 4)), minutes=int(rng.integers(0, 240)))
        drift = dict(zip(RAW_SCORES, (0.0, -0.3, -0.6, 0.5, 0.3), strict=True))
        raw = {name: to_scale(piece.raw[name] + drift[name] * done + rng.normal(0, 0.25)) for name in RAW_SCORES}
        change = {
            "wbsf_kgf": 1 - fall * done, "cooking_loss": 1 - 0.12 * done, "drip_loss": 1 + 0.10 * done,
            "l_star": 1 + 0.04 * done, "a_star": 1 + 0.05 * done, "ph": 1 + 0.006 * done,
        }  # fmt: skip
        raw_lab, heated_lab = _split_lab(cooked, change)
        again = replace(
            scene, shot=seq, redness=min(1.0, scene.redness + 0.09 * done), exposure=scene.exposure + 0.06 * done,
            angle=scene.angle + float(rng.normal(0, 4)), background="steel",
        )  # fmt: skip
        yield DemoRound(
            seq, "deep_aging", started, int(rng.choice(MINUTES)), round(float(rng.normal(5, 0.4)), 1),
            round(float(rng.normal(1.0, 0.05)), 2), 40.0, raw, _heated(cooked, reach * done), raw_lab, heated_lab,
            again,
        )  # fmt: skip


def _sample(number: int, seed: int, today: date) -> DemoSample:
    rng = np.random.default_rng([seed, number])
    species = "cattle" if rng.random() < 0.8 else "pig"
    breed, sex = _pick(rng, BREEDS[species]), _pick(rng, SEXES[species])
    piece = draw_piece(rng, species)
    cooked = draw_cooked(rng, piece)
    status = _pick(rng, {"approved": 0.85, "pending": 0.10, "rejected": 0.05})
    # What still waits for somebody is not a year old.
    born, slaughtered, graded = _days(rng, species, sex, today, is_recent=status != "approved")
    captured = datetime.combine(graded, time(), UTC) + timedelta(minutes=int(rng.integers(30, 540)))
    scene = random_scene(
        FIRST_SCENE + (seed % 1000) * 1_000_000 + number, species, piece.bms, piece.fat_share, piece.grade,
        piece.redness, piece.wetness,
    )  # fmt: skip
    tasted, measured, tongue = rng.random(3) < (0.62, 0.5, 0.25)
    raw_lab, heated_lab = _split_lab(cooked) if measured else ({}, {})
    count = int(rng.choice(4, p=[0.62, 0.12, 0.12, 0.14])) if status == "approved" else 0
    count = min(count, max(0, (today - graded).days // 4))  # no round lies in the future
    address, farmer = _farm(rng)
    primal, secondary = _cut(rng, species)
    return DemoSample(
        number, species, _trace_number(rng, species), breed, primal, secondary, sex, piece.grade, piece.bms,
        born, slaughtered, graded, captured, address, farmer, status, piece.raw,
        _heated(cooked) if tasted else {}, raw_lab, heated_lab,
        {name: round(float(rng.uniform(*span)), 2) for name, span in E_TONGUE.items()} if tongue else {},
        tuple(_rounds(rng, count, captured, piece, cooked, scene)), scene,
    )  # fmt: skip


def demo_samples(n: int, seed: int = 1, today: date | None = None) -> Iterator[DemoSample]:
    """The first ``n`` samples of a seed; a longer demonstration begins with the same samples."""
    day = today or datetime.now(UTC).date()
    for number in range(n):
        yield _sample(number, seed, day)
