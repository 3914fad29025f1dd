"""Colours, light and background of a generated cross-section."""

from dataclasses import dataclass

import numpy as np

from models import grounds
from models.anatomy import Anatomy, Layout, enlarge, smooth
from models.patterns import Field, Plate, look, plates

RGB = tuple[float, float, float]
BACKGROUNDS = ("black tray", "steel", "white board", "wood", "slate")

# sRGB 0..255, picked by eye to resemble fresh cut surfaces under neutral light
LEAN: dict[str, tuple[RGB, RGB]] = {
    "cattle": ((98, 27, 30), (182, 60, 58)),  # dark red to cherry red
    "pig": ((196, 112, 104), (226, 156, 144)),
}
RIM: dict[str, tuple[RGB, RGB]] = {
    "cattle": ((246, 240, 228), (240, 226, 194)),  # white to cream
    "pig": ((247, 238, 230), (244, 228, 212)),
}
FLECK: dict[str, RGB] = {"cattle": (242, 218, 204), "pig": (247, 228, 218)}


@dataclass(frozen=True)
class Paint:
    """What colours the piece: everything from 0 to 1."""

    species: str
    redness: float  # dark to bright lean
    cream: float  # white to yellowish fat
    wetness: float  # how much the surface shines
    background: str


def _plane(colour: RGB | Field) -> Field:
    """A colour as (3, 1, 1), to spread over planes."""
    return np.asarray(colour, np.float32).reshape(3, 1, 1)


def _mix(low: RGB, high: RGB, share: float) -> Field:
    return _plane(low) * (1 - share) + _plane(high) * share


def _lay(under: Field, colour: Field, cover: Field) -> Field:
    """Paint ``colour``, (3, 1, 1) or (3, h, w), over a picture, which changes, where ``cover`` (h, w) is 1."""
    over = colour - under
    over *= cover
    under += over
    return under


def _broad(plate: Plate, x: Field, y: Field) -> Field:
    """Looks a smooth pattern up at every third point only."""
    field = look(plate, x[1::3, 1::3], y[1::3, 1::3])
    return enlarge(field, x.shape[1], x.shape[0])


def background(rng: np.random.Generator, layout: Layout, kind: str) -> Field:
    """What the piece lies on (3, height, width), 0..255."""
    if kind in grounds.GROUNDS:
        return grounds.draw(rng, layout, kind)
    sheet = plates()
    x = (np.arange(layout.width, dtype=np.float32) / layout.height)[None, :] + np.zeros((layout.height, 1), np.float32)
    y = (np.arange(layout.height, dtype=np.float32) / layout.height)[:, None] + np.zeros_like(x)
    a, b = rng.random(2).astype(np.float32) + 8
    clouds = _broad(sheet.clouds, x * 0.3 + a, y * 0.3 + b)
    if kind == "steel":
        tone, tint = 150 + 22 * clouds + 5 * _broad(sheet.grain, x * 0.14 + a, y * 0.9 + b), (0.97, 1.0, 1.03)
    elif kind == "white board":
        tone, tint = 222 + 5 * clouds, (1.0, 0.995, 0.97)
    elif kind == "wood":
        fibre = _broad(sheet.grain, x * 0.14 + a, y * 0.9 + b)
        tone, tint = 148 + 12 * np.sin(24 * y + 2.4 * clouds + 0.8 * fibre) + 8 * fibre + 8 * clouds, (1.12, 0.86, 0.60)
    elif kind == "slate":
        tone, tint = 70 + 9 * clouds + 7 * look(sheet.grain, x * 1.1 + a, y * 1.1 + b), (0.95, 1.0, 1.05)
    else:
        tone, tint = 27 + 5 * clouds, (1.0, 1.0, 1.04)
    return np.asarray(tone, np.float32).clip(4, 250) * _plane(tint)


def _lean(rng: np.random.Generator, body: Anatomy, paint: Paint) -> Field:
    """Lean meat (3, h, w): fibre bundles, clouds of bloom, darker towards the seams."""
    sheet = plates()
    a, b, c, d = rng.random(4).astype(np.float32) + 8
    bundles = look(sheet.cell_tone, body.along * 1.2 + a, body.across * 1.9 + b)
    borders = look(sheet.cells, body.along * 1.2 + a, body.across * 1.9 + b)
    fibres = look(sheet.grain, body.along * 0.30 + c, body.across * 1.1 + d)
    mottle = _broad(sheet.blobs, body.u * 0.5 + c, body.v * 0.5 + a)
    bloom = _broad(sheet.clouds, body.u * 0.2 + b, body.v * 0.2 + c)
    light = 1 + 0.020 * bundles + 0.06 * np.minimum(borders * 2.5, 1) + 0.050 * fibres + 0.035 * mottle + 0.085 * bloom
    light *= (0.95 + 0.10 * body.tone) * (1 - 0.14 * body.seams)
    pale = 0.06 + 0.05 * bloom + 0.045 * fibres - 0.02 * mottle
    colour = _mix(*LEAN[paint.species], paint.redness) * light
    return _lay(colour, _plane((206, 120, 112)), pale)


def _fat(rng: np.random.Generator, body: Anatomy, paint: Paint) -> Field:
    """Rim and seam fat (3, h, w): lumpy, a little pink here and there."""
    sheet = plates()
    a, b, c, d = rng.random(4).astype(np.float32) + 8
    lumps = _broad(sheet.blobs, body.u * 0.9 + a, body.v * 0.9 + b)
    clouds = _broad(sheet.clouds, body.u * 0.3 + c, body.v * 0.3 + d)
    colour = _mix(*RIM[paint.species], paint.cream) * (0.98 + 0.014 * lumps + 0.025 * clouds)
    blush = np.clip(0.08 + 0.09 * clouds + 0.05 * lumps + 0.22 * body.seams, 0, 0.4)
    return _lay(colour, _plane((206, 138, 120)), blush * (0.9 if paint.species == "cattle" else 0.5))


def _shine(rng: np.random.Generator, body: Anatomy, layout: Layout, wetness: float) -> Field:
    """Glare of a wet surface (h, w): glints on small bumps inside a few broad patches of light."""
    sheet = plates()
    small = max(64, layout.width // 8), max(48, layout.height // 8)
    x, y = np.meshgrid(np.linspace(0, layout.width / layout.height, small[0]), np.linspace(0, 1, small[1]))
    light = np.full(x.shape, 0.03)
    for _ in range(4):
        cx, cy, reach = rng.uniform(0, 1.4), rng.uniform(0, 1), rng.uniform(0.08, 0.26)
        light += rng.uniform(0.4, 1) * np.exp(-((x - cx) ** 2 + 1.6 * (y - cy) ** 2) / (2 * reach**2))
    a, b, c, d = rng.random(4).astype(np.float32) + 8
    bumps = 0.60 * look(sheet.specks, body.along * 0.25 + a, body.across * 0.55 + b)
    bumps += 0.70 * _broad(sheet.blobs, body.along * 0.30 + c, body.across * 0.6 + d)
    patch = enlarge(light.astype(np.float32), layout.width, layout.height)
    glints = np.clip(0.7 * (bumps - 1.9 + 0.8 * patch * (0.3 + wetness)), 0, 0.5)
    glints *= patch * (0.4 + 1.4 * wetness)
    glints += (0.03 + 0.15 * wetness) * patch
    return np.asarray(np.minimum(glints, 0.75) * body.steak, np.float32)


def _relief(body: Anatomy, height: int) -> Field:
    """Light and shadow of a surface on which fat stands a little higher than lean."""
    relief = body.veil * body.muscle * 0.7 + (1 - body.muscle)
    step = max(1, round(height / 400))
    slope = np.ones_like(relief)
    slope[step:, step:] += 0.10 * (relief[step:, step:] - relief[:-step, :-step])
    return slope


def paint_meat(
    meat: np.random.Generator,
    shot: np.random.Generator,
    body: Anatomy,
    layout: Layout,
    paint: Paint,
    under: Field | None = None,
) -> Field:
    """The picture (3, h, w), 0..255, before light and camera; ``meat`` and ``shot`` are the two sources of chance.

    The piece lies on ``under``, which changes, or else on the background that ``paint`` names.
    """
    lean, fat = _lean(meat, body, paint), _fat(meat, body, paint)
    flecks = fat * (_plane(FLECK[paint.species]) / _plane(RIM[paint.species][0]))
    veined = _lay(lean, flecks, 0.80 * body.marbling + 0.17 * body.veil)
    piece = _lay(fat, veined, body.muscle) * _relief(body, layout.height)
    piece *= 0.72 + 0.28 * smooth(body.edge + 0.012, 0.018)
    shadow = np.exp(-np.maximum(body.edge, 0) / 0.035)
    picture = background(shot, layout, paint.background) if under is None else under
    picture *= 1 - 0.62 * shadow
    _lay(picture, piece, body.steak)
    return _lay(picture, _plane((255, 252, 248)), _shine(shot, body, layout, paint.wetness))
