"""Made-up samples for a believable demonstration; everything follows from the seed and the day."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from models.demo_animals import DemoAnimal, draw_animal, first_of_animal
from models.demo_values import DAYS, OTHER_SCALE, SCALE, Analysis, Tasting, analyses, on_scale, seat, tastings
from models.population import HEATED_SCORES, RAW_SCORES, Cooked, Piece, draw_cooked, draw_piece, to_scale
from models.synthetic import Scene, random_scene

FIRST_SCENE = 1_000_000  # photos for training have smaller seeds
# Electronic tongue: 19 beef rows of a company's laboratory sheet; saltiness and astringency are filled in
E_TONGUE = {
    "et_sourness": (-10.23, -8.97), "et_bitterness": (6.67, 7.92), "et_umami": (1.02, 1.57),
    "et_richness": (1.47, 3.97), "et_saltiness": (-2.6, -1.1), "et_astringency": (-0.9, 0.4),
}  # fmt: skip
# Deep aging: vacuum pack in water, about 1 MPa and 40 kHz ultrasound at about 5 degrees (Food Eng Prog 2021, 25(2):147)
MINUTES = (60, 90, 120)
TASTED, MEASURED, TONGUE = 0.62, 0.5, 0.25  # of the samples, as raw meat
ON_OTHER_SCALE = 0.04
TABLES = {False: 0.12, True: 0.28}  # is it processed -> how often several taste it together
KEPT = {False: 0.1, True: 0.3}  # ... and how often it is kept after its last round and tasted again by days


@dataclass(frozen=True)
class DemoRound:
    """One deep-aging step and what was found after it (measures in the catalogue's units).

    The heated scores are what the meat is like on the 1-10 scale; the tastings are what people say of it.
    """

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
    tastings: tuple[Tasting, ...]
    analyses: tuple[Analysis, ...]
    scene: Scene


@dataclass(frozen=True)
class DemoSample(DemoAnimal):
    """One sample as a person would have entered it; empty dictionaries where nothing was tasted or measured."""

    number: int
    primal_cut: str
    secondary_cut: str
    captured_at: datetime  # UTC
    scale: str  # of all its scores
    raw_scores: dict[str, float]
    heated_scores: dict[str, float]
    raw_lab: dict[str, float]
    heated_lab: dict[str, float]
    e_tongue: dict[str, float]
    tastings: tuple[Tasting, ...]
    analyses: tuple[Analysis, ...]
    rounds: tuple[DemoRound, ...]
    scene: Scene


@dataclass(frozen=True)
class _Habits:
    """How one sample is tasted and measured, in all of its rounds."""

    scale: str
    seated: tuple[str, ...]
    replicates: int
    is_kept: bool  # after its last round, and tasted again by days
    today: date


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


def _found(
    rng: np.random.Generator, habits: _Habits, heated: dict[str, float], raw_lab: dict[str, float],
    heated_lab: dict[str, float], at: datetime, is_last: bool,
) -> tuple[tuple[Tasting, ...], tuple[Analysis, ...]]:  # fmt: skip
    """What people and the laboratory say of one round; nothing lies in the future."""
    until = (habits.today - at.date()).days
    days = [day for day in DAYS if day < until] if habits.is_kept and is_last else []
    said = tastings(rng, heated, habits.scale, habits.seated, days) if heated else ()
    return tuple(said), tuple(analyses(rng, raw_lab, heated_lab, habits.replicates))


def _rounds(
    rng: np.random.Generator, count: int, first: datetime, piece: Piece, cooked: Cooked, scene: Scene, habits: _Habits
) -> Iterator[DemoRound]:
    """Shear falls by 10-55 % in all, juiciness and tenderness rise and level off, L* and a* rise a little."""
    fall, reach = rng.uniform(0.10, 0.55), rng.uniform(1.0, 2.0)
    started = first
    for seq in range(1, count + 1):
        done = (1 - 0.45**seq) / (1 - 0.45**3)  # of the whole effect: levels off, complete with the third round
        started += timedelta(days=int(rng.integers(1, 4)), minutes=int(rng.integers(0, 240)))
        drift = dict(zip(RAW_SCORES, (0.0, -0.3, -0.6, 0.5, 0.3), strict=True))
        scores = {name: piece.raw[name] + drift[name] * done + rng.normal(0, 0.25) for name in RAW_SCORES}
        change = {
            "wbsf_kgf": 1 - fall * done, "cooking_loss": 1 - 0.12 * done, "drip_loss": 1 + 0.10 * done,
            "l_star": 1 + 0.04 * done, "a_star": 1 + 0.05 * done, "ph": 1 + 0.006 * done,
        }  # fmt: skip
        raw_lab, heated_lab = _split_lab(cooked, change)
        again = replace(
            scene, shot=seq, redness=min(1.0, scene.redness + 0.09 * done), exposure=scene.exposure + 0.06 * done,
            angle=scene.angle + float(rng.normal(0, 4)), background="steel",
        )  # fmt: skip
        heated, minutes = _heated(cooked, reach * done), int(rng.choice(MINUTES))
        over = started + timedelta(minutes=minutes)
        yield DemoRound(
            seq, "deep_aging", started, minutes, round(float(rng.normal(5, 0.4)), 1),
            round(float(rng.normal(1.0, 0.05)), 2), 40.0, _on_scale(scores, habits.scale), heated, raw_lab, heated_lab,
            *_found(rng, habits, heated, raw_lab, heated_lab, over, seq == count), again,
        )  # fmt: skip


def _on_scale(scores: dict[str, float], scale: str) -> dict[str, float]:
    return {name: on_scale(score, scale) for name, score in scores.items()}


def _piece_of(rng: np.random.Generator, animal: DemoAnimal) -> Piece:
    """A piece of meat with the grade and the marbling number of its animal."""
    while (piece := draw_piece(rng, animal.species, animal.grade)).bms != animal.bms:
        pass
    return piece


def _habits(rng: np.random.Generator, today: date, is_processed: bool) -> _Habits:
    seated = seat(rng, rng.random() < TABLES[is_processed])
    replicates = int(rng.choice([1, 2, 3], p=[0.5, 0.2, 0.3]))
    scale = OTHER_SCALE if rng.random() < ON_OTHER_SCALE else SCALE
    return _Habits(scale, seated, replicates, rng.random() < KEPT[is_processed], today)


def _sample(number: int, seed: int, today: date) -> DemoSample:
    rng, first = np.random.default_rng([seed, number]), first_of_animal(number, seed)
    animal, chosen = draw_animal(first, seed, today)
    piece = _piece_of(rng, animal)
    cooked = draw_cooked(rng, piece)
    captured = datetime.combine(animal.graded_on, time(), UTC) + timedelta(minutes=int(rng.integers(30, 540)))
    scene = random_scene(
        FIRST_SCENE + (seed % 1000) * 1_000_000 + number, piece.species, piece.bms, piece.fat_share, piece.grade,
        piece.redness, piece.wetness,
    )  # fmt: skip
    tasted, measured, tongue = rng.random(3) < (TASTED, MEASURED, TONGUE)
    heated, (raw_lab, heated_lab) = _heated(cooked) if tasted else {}, _split_lab(cooked) if measured else ({}, {})
    count = int(rng.choice(4, p=[0.62, 0.12, 0.12, 0.14])) if animal.status == "approved" else 0
    count = min(count, max(0, (today - animal.graded_on).days // 4))  # no round lies in the future
    habits = _habits(rng, today, count > 0)
    said, found = _found(rng, habits, heated, raw_lab, heated_lab, captured, is_last=count == 0)
    return DemoSample(
        **vars(animal), number=number, primal_cut=chosen[number - first][0], secondary_cut=chosen[number - first][1],
        captured_at=captured, scale=habits.scale, raw_scores=_on_scale(piece.raw, habits.scale), heated_scores=heated,
        raw_lab=raw_lab, heated_lab=heated_lab, scene=scene,
        e_tongue={name: round(float(rng.uniform(*span)), 2) for name, span in E_TONGUE.items()} if tongue else {},
        tastings=said, analyses=found,
        rounds=tuple(_rounds(rng, count, captured, piece, cooked, scene, habits)),
    )  # fmt: skip


def demo_samples(n: int, seed: int = 1, today: date | None = None) -> Iterator[DemoSample]:
    """The first ``n`` samples of a seed; a longer demonstration begins with the same samples."""
    day = today or datetime.now(UTC).date()
    for number in range(n):
        yield _sample(number, seed, day)
