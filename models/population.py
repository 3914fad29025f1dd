"""The made-up population behind generated data: grades, scores and laboratory values that hang together.

Shares, means and correlations were read from published Korean beef data (fresh scores of 7,839 labelled photos; cooked
beef: ten cuts of Hanwoo steers, PMC4869539); what no source gives is filled in plausibly and marked so.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from models.synthetic import FAT_SHARE

Array = NDArray[np.float64]

GRADES: dict[str, dict[str, float]] = {
    "cattle": {"1++": 0.29, "1+": 0.25, "1": 0.24, "2": 0.16, "3": 0.07},
    "pig": {"1+": 0.33, "1": 0.35, "2": 0.32},
}
# BMS numbers of each grade by the rule in force since 2019-12-01
BMS_OF_GRADE = {"1++": (7, 8, 9), "1+": (6,), "1": (4, 5), "2": (2, 3), "3": (1,)}

RAW_SCORES = ("marbling", "color", "texture", "surface_moisture", "overall")
HEATED_SCORES = ("flavor", "juiciness", "tenderness", "umami", "palatability")
LAB_VALUES = ("ph", "l_star", "a_star", "b_star", "cooking_loss", "wbsf_kgf", "drip_loss", "moisture")

# Means and deviations on the 1-10 scale; marbling and overall by grade, from the source
MARBLING = {"1++": (6.6, 2.0), "1+": (5.8, 1.8), "1": (5.8, 1.8), "2": (5.1, 1.8), "3": (3.6, 1.5)}
OVERALL = {"1++": 6.4, "1+": 5.8, "1": 5.6, "2": 4.9, "3": 3.3}
PIG_MARBLING = {"1+": (5.4, 1.7), "1": (4.9, 1.7), "2": (4.4, 1.7)}
PIG_OVERALL = {"1+": 5.6, "1": 5.1, "2": 4.6}
COLOR = (7.0, 1.4)
TEXTURE = (5.9, 1.5)  # mean and deviation filled in
SURFACE_MOISTURE = (5.2, 1.5)  # filled in
HEATED = {"flavor": 6.0, "juiciness": 5.9, "tenderness": 5.8, "umami": 5.9, "palatability": 6.0}  # filled in
HEATED_DEVIATION = 1.3

RAW_CORRELATIONS = {
    ("marbling", "overall"): 0.91,
    ("marbling", "texture"): 0.81,
    ("marbling", "surface_moisture"): -0.58,
    ("color", "surface_moisture"): 0.43,
    ("texture", "overall"): 0.76,  # from here on filled in
    ("surface_moisture", "overall"): -0.50,
    ("surface_moisture", "texture"): -0.48,
    ("marbling", "color"): -0.12,
    ("color", "overall"): -0.05,
    ("color", "texture"): -0.08,
}
COOKED_CORRELATIONS = {
    ("crude_fat", "juiciness"): 0.67,
    ("crude_fat", "tenderness"): 0.32,
    ("crude_fat", "palatability"): 0.56,
    ("wbsf_kgf", "palatability"): -0.54,
    ("cooking_loss", "palatability"): -0.36,
    ("drip_loss", "palatability"): -0.32,
    ("wbsf_kgf", "tenderness"): -0.68,  # from here on filled in
    ("crude_fat", "flavor"): 0.45,
    ("crude_fat", "umami"): 0.40,
    ("crude_fat", "wbsf_kgf"): -0.42,
    ("crude_fat", "cooking_loss"): -0.45,
    ("crude_fat", "drip_loss"): -0.25,
    ("crude_fat", "moisture"): -0.93,
    ("crude_fat", "l_star"): 0.35,
    ("crude_fat", "b_star"): 0.30,
    ("a_star", "b_star"): 0.55,
    ("ph", "l_star"): -0.30,
    ("ph", "drip_loss"): -0.35,
    ("cooking_loss", "juiciness"): -0.45,
    ("moisture", "juiciness"): -0.60,
    ("flavor", "palatability"): 0.75,
    ("umami", "palatability"): 0.70,
    ("flavor", "umami"): 0.65,
    ("juiciness", "palatability"): 0.70,
    ("tenderness", "palatability"): 0.66,
    ("juiciness", "tenderness"): 0.45,
    ("flavor", "juiciness"): 0.50,
    ("umami", "juiciness"): 0.48,
    ("drip_loss", "cooking_loss"): 0.30,
    ("l_star", "drip_loss"): 0.25,
}
# Mean and deviation: Hanwoo and Holstein loin (PMC8460326), Berkshire loin (Kosfaj)
LAB: dict[str, dict[str, tuple[float, float]]] = {
    "cattle": {
        "ph": (5.57, 0.06), "l_star": (33.5, 2.2), "a_star": (18.0, 1.6), "b_star": (8.4, 1.0),
        "cooking_loss": (21.8, 2.4), "wbsf_kgf": (5.2, 1.1), "drip_loss": (1.1, 0.3), "moisture": (64.0, 3.8),
    },
    "pig": {
        "ph": (5.78, 0.13), "l_star": (48.0, 2.2), "a_star": (6.2, 0.8), "b_star": (3.3, 0.7),
        "cooking_loss": (26.5, 1.8), "wbsf_kgf": (2.8, 0.35), "drip_loss": (3.7, 0.8), "moisture": (74.6, 0.9),
    },
}  # fmt: skip
CRUDE_FAT = {"cattle": (13.6, 6.1), "pig": (3.0, 0.8)}  # percent
# Tasters of heated meat: how far each one's scores lie above the others', and how much they waver; four taste together.
TASTERS = {
    "P1": (0.0, 0.5), "P2": (0.4, 0.6), "P3": (-0.5, 0.6), "P4": (0.1, 0.9), "P5": (-0.2, 0.5), "P6": (0.8, 0.7),
}  # fmt: skip
AT_A_TABLE = 4
STEADY = "P7"  # says nearly the same of all meat
# Official figures of a beef carcass: mean, deviation, lowest, highest
CARCASS = {
    "carcass_weight_kg": (455.0, 55.0, 250.0, 640.0),
    "backfat_mm": (16.0, 5.0, 5.0, 40.0),
    "ribeye_area_cm2": (93.0, 11.0, 55.0, 130.0),
}
CARCASS_KNOWN = 0.6  # of the cattle
BLOCK = ("crude_fat", *HEATED_SCORES, *LAB_VALUES)


@dataclass(frozen=True)
class Piece:
    """One generated piece of meat: what it is, how it was scored raw, and how it should look."""

    species: str
    grade: str
    bms: int | None
    fat_share: float  # of the eye muscle's area, 0..1
    raw: dict[str, float]  # five scores, 1..10 in steps of 0.5
    redness: float  # 0..1, how bright the lean is drawn
    wetness: float  # 0..1, how much the surface shines


@dataclass(frozen=True)
class Cooked:
    """Heated scores (continuous, about 1..10) and laboratory values of one piece, in the units of the catalogue."""

    heated: dict[str, float]
    lab: dict[str, float]


def nearest_correlation(names: tuple[str, ...], wanted: dict[tuple[str, str], float]) -> Array:
    """The positive definite correlation matrix that keeps the wanted pairs; the pairs not named are free.

    Alternating projections between the two sets (after Higham, IMA J. Numer. Anal. 2002).
    """
    place = {name: number for number, name in enumerate(names)}
    matrix = np.eye(len(names))
    for _ in range(400):
        for (one, other), value in wanted.items():
            matrix[place[one], place[other]] = matrix[place[other], place[one]] = value
        np.fill_diagonal(matrix, 1)
        values, vectors = np.linalg.eigh(matrix)
        matrix = (vectors * np.maximum(values, 1e-3)) @ vectors.T
    scale = np.sqrt(np.diag(matrix))
    result: Array = matrix / np.outer(scale, scale)
    return result


@lru_cache(maxsize=2)
def raw_root() -> tuple[Array, Array]:
    """Correlations of the raw scores, and the root that gives them to independent numbers."""
    matrix = nearest_correlation(RAW_SCORES, RAW_CORRELATIONS)
    return matrix, np.asarray(np.linalg.cholesky(matrix), np.float64)


@lru_cache(maxsize=1)
def cooked_given_fat() -> tuple[Array, Array]:
    """Weights on standardised crude fat, and the root of what varies beside it."""
    matrix = nearest_correlation(BLOCK, COOKED_CORRELATIONS)
    weights = matrix[1:, 0]
    rest = matrix[1:, 1:] - np.outer(weights, weights)
    return weights, np.asarray(np.linalg.cholesky(rest), np.float64)


def to_scale(value: float) -> float:
    """A score on the 1-10 scale in steps of 0.5."""
    return float(np.clip(round(value * 2) / 2, 1, 10))


def _scores(grade: str, species: str, z: Array) -> dict[str, float]:
    """Five raw scores from five standard normal numbers that are already correlated."""
    table, overall = (MARBLING, OVERALL) if species == "cattle" else (PIG_MARBLING, PIG_OVERALL)
    mean, deviation = table[grade]
    shift = (mean - 5.6) / 1.9  # of this grade's marbling, in deviations: the other scores follow by their correlation
    matrix, _ = raw_root()
    means = {
        "marbling": mean,
        "color": COLOR[0],
        "texture": TEXTURE[0] + TEXTURE[1] * matrix[0, 2] * shift,
        "surface_moisture": SURFACE_MOISTURE[0] + SURFACE_MOISTURE[1] * matrix[0, 3] * shift,
        "overall": overall[grade],
    }
    deviations = (deviation, COLOR[1], TEXTURE[1], SURFACE_MOISTURE[1], deviation)
    return {name: to_scale(means[name] + sd * float(x)) for name, sd, x in zip(RAW_SCORES, deviations, z, strict=True)}


def draw_piece(rng: np.random.Generator, species: str = "cattle", grade: str | None = None) -> Piece:
    """One piece; without a grade, grades come in their real shares. Within a grade, more fat means a higher score."""
    shares = GRADES[species]
    if grade is None:
        weights = np.array(list(shares.values()))
        grade = str(rng.choice(list(shares), p=weights / weights.sum()))
    z = raw_root()[1] @ rng.standard_normal(5)
    fatness = 0.75 * z[0] + 0.66 * rng.standard_normal()  # what the panel saw and what is there agree in part
    bms: int | None = None
    if species == "cattle":
        rank = float(np.clip(0.5 + 0.3 * fatness, 0, 0.999))
        bms = BMS_OF_GRADE[grade][int(rank * len(BMS_OF_GRADE[grade]))]
        fat = FAT_SHARE[bms] + 0.006 * float(np.clip(fatness, -1.6, 1.6))
    else:
        fat = float(np.clip(0.032 + 0.010 * fatness + {"1+": 0.004, "1": 0.0, "2": -0.004}[grade], 0.01, 0.08))
    redness = float(np.clip(0.55 - 0.19 * z[1] + rng.normal(0, 0.04), 0, 1))  # a high score means dark meat
    wetness = float(np.clip(0.42 + 0.19 * z[3] + rng.normal(0, 0.05), 0, 1))
    return Piece(species, grade, bms, round(fat, 4), _scores(grade, species, z), redness, wetness)


def draw_cooked(rng: np.random.Generator, piece: Piece) -> Cooked:
    """Heated scores and laboratory values that fit a piece's fat."""
    fat = max(0.8, 100 * piece.fat_share * (1 + rng.normal(0, 0.06)))
    mean, deviation = CRUDE_FAT[piece.species]
    weights, root = cooked_given_fat()
    z = weights * (fat - mean) / deviation + root @ rng.standard_normal(len(weights))
    drawn = dict(zip(BLOCK[1:], (float(x) for x in z), strict=True))
    heated = {name: HEATED[name] + HEATED_DEVIATION * drawn[name] for name in HEATED_SCORES}
    table = LAB[piece.species]
    lab = {name: table[name][0] + table[name][1] * drawn[name] for name in LAB_VALUES}
    lab["wbsf_kgf"], lab["drip_loss"] = max(1.6, lab["wbsf_kgf"]), max(0.2, lab["drip_loss"])
    return Cooked(heated, {**lab, "crude_fat": fat})
