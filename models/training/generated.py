"""Generated photos to learn from: what is drawn is known, and scores are those of a panel that looks closely.

Unlike the demonstration's population (`models.population`), where one taster's scores agree with the picture only in
part, scores here follow what is drawn, with the small error of a trained panel's mean: a model can show what it sees.
"""

import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from models.population import HEATED_SCORES, Piece, draw_cooked, draw_piece
from models.synthetic import draw, random_scene, to_jpeg
from models.training.examples import NUMBERS, Examples
from models.training.fitting import Progress
from models.variety import varied

SOURCE = "generated photos"
SEEDS_PER_RUN = 100_000
PANEL_ERROR = 0.5  # of a score on the 1-10 scale
PIGS, TWICE, PLAIN = 0.15, 0.25, 0.3  # shares: pork, pieces photographed twice, photos without hands, rulers and so on
CUTS = {"cattle": ("loin", "striploin", "rib"), "pig": ("loin", "belly", "shoulder")}
SEXES = {"cattle": ("female", "castrated"), "pig": ("female", "castrated")}


def generated(n: int, seed: int, say: Progress) -> Examples:
    """n photos of somewhat fewer pieces, each piece of an animal of its own."""
    rng = np.random.default_rng([seed, 5])
    again = rng.random(n) < TWICE
    pieces = seed * SEEDS_PER_RUN + np.cumsum(~again)
    rows: list[dict[str, Any]] = []
    photos: list[bytes] = []
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for row, photo in pool.map(partial(_example), pieces.tolist(), again.astype(int).tolist(), chunksize=4):
            rows.append(row)
            photos.append(photo)
            say(len(rows), n, "drawing")
    table = pd.DataFrame(rows).reindex(columns=["photo", "animal", "species", "cut", "sex", "grade", *NUMBERS])
    return Examples(table, photos.__getitem__, (1.0, 10.0), SOURCE)


def _example(number: int, shot: int) -> tuple[dict[str, Any], bytes]:
    rng = np.random.default_rng([number, 3])
    species = "pig" if rng.random() < PIGS else "cattle"
    piece = draw_piece(rng, species)
    labels = {
        "photo": f"{number}-{shot}.jpg", "animal": str(number), "species": species,
        "cut": str(rng.choice(CUTS[species])), "sex": str(rng.choice(SEXES[species])), "grade": piece.grade,
        **_numbers(rng, piece),
    }  # fmt: skip
    return labels, _photo(np.random.default_rng([number, 4, shot]), piece, number, shot)


def _photo(rng: np.random.Generator, piece: Piece, number: int, shot: int) -> bytes:
    """The piece on one occasion: an occasion has its own light, place and camera."""
    width = int(rng.choice([448, 560, 640, 800]))
    height = int(width * rng.choice([0.75, 1.0]))
    is_plain = rng.random() < PLAIN
    scene = random_scene(
        number, piece.species, piece.bms, piece.fat_share, piece.grade, piece.redness, piece.wetness, width, height
    )
    scene = scene if is_plain else varied(scene)
    moved = replace(scene, shot=shot, angle=scene.angle + 40 * shot, zoom=scene.zoom * (1 + 0.1 * shot))
    return to_jpeg(draw(moved).photo, quality=int(rng.integers(70, 96)))


def _numbers(rng: np.random.Generator, piece: Piece) -> dict[str, float | None]:
    """What a panel and a laboratory find, from what is drawn."""
    fat = 100 * piece.fat_share
    error = dict(
        zip(("marbling", "color", "texture", "surface_moisture", "overall"), rng.normal(0, PANEL_ERROR, 5), strict=True)
    )
    marbling = 1.2 + (0.31 if piece.species == "cattle" else 0.75) * fat
    raw = {
        "marbling": marbling,
        "color": 9.2 - 5.5 * piece.redness,
        "surface_moisture": 1.8 + 6.5 * piece.wetness,
        "texture": 3.4 + 0.45 * marbling,
        "overall": 1.0 + 0.7 * marbling + 0.15 * (9.2 - 5.5 * piece.redness),
    }
    cooked = draw_cooked(rng, piece)
    return {
        **{name: float(np.clip(value + error[name], 1, 10)) for name, value in raw.items()},
        **{name: float(np.clip(cooked.heated[name], 1, 10)) for name in HEATED_SCORES},
        "bms": piece.bms, "wbsf_kgf": cooked.lab["wbsf_kgf"], "crude_fat": cooked.lab["crude_fat"],
    }  # fmt: skip
