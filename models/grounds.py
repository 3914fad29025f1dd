"""More that a piece of meat may lie on than the five backgrounds of the demonstration: trays, boards, cloth, plates."""

from dataclasses import dataclass

import numpy as np

from models.anatomy import Layout, enlarge, smooth
from models.patterns import Field, look, plates

RGB = tuple[float, float, float]


@dataclass(frozen=True)
class Ground:
    """A surface: colours 0..255, strengths in parts of 255."""

    low: RGB  # one end of the colours it may have
    high: RGB  # the other
    clouds: float = 4
    grain: float = 2
    weave: float = 0  # threads or ridges
    threads: float = 60  # a frame height
    crossed: bool = True  # threads in both directions
    cells: float = 0  # bubbles of foam, veins of stone
    tray: bool = False  # has a raised rim
    plate: bool = False  # is round and lies on something else


GROUNDS: dict[str, Ground] = {
    "foam tray": Ground((226, 226, 228), (252, 252, 250), 3, 3, 5, 14, False, 8, tray=True),
    "black foam": Ground((22, 22, 26), (44, 44, 48), 3, 5, 4, 16, False, 10, tray=True),
    "blue tray": Ground((30, 70, 140), (90, 150, 210), 5, 2, 3, 20, False, tray=True),
    "green board": Ground((30, 96, 60), (110, 170, 120), 6, 6),
    "red board": Ground((150, 24, 30), (200, 70, 66), 6, 5),
    "plastic board": Ground((226, 226, 220), (250, 250, 244), 4, 4),
    "brown paper": Ground((176, 132, 88), (208, 170, 126), 7, 7, 2, 90),
    "white paper": Ground((224, 224, 224), (252, 252, 250), 6, 3, cells=9),
    "cloth": Ground((40, 50, 70), (236, 232, 226), 6, 3, 14, 70),
    "dark wood": Ground((54, 32, 20), (110, 70, 44), 9, 10, 9, 22, False),
    "marble": Ground((206, 206, 208), (240, 238, 234), 8, 2, cells=26),
    "granite": Ground((60, 60, 64), (150, 146, 142), 6, 16, cells=10),
    "plate": Ground((228, 228, 226), (252, 252, 250), 3, 1, plate=True),
    "pink light tray": Ground((206, 150, 214), (246, 206, 244), 4, 3, 5, 14, False, tray=True),
    "net mat": Ground((18, 18, 22), (60, 60, 66), 3, 3, 26, 34),
    "studio white": Ground((250, 250, 250), (252, 252, 252), 0, 0),
    "studio black": Ground((4, 4, 4), (10, 10, 10), 0, 0),
    "grey sheet": Ground((96, 96, 98), (190, 190, 190), 4, 1),
}


def _texture(rng: np.random.Generator, layout: Layout, ground: Ground) -> Field:
    """Lightness of a surface around 0 (height, width)."""
    x = (np.arange(layout.width, dtype=np.float32) / layout.height)[None, :] + np.zeros((layout.height, 1), np.float32)
    y = (np.arange(layout.height, dtype=np.float32) / layout.height)[:, None] + np.zeros_like(x)
    a, b = rng.random(2).astype(np.float32) + 8
    turn = np.float32(rng.uniform(0, np.pi))
    u, v = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    sheet = plates()
    tone = ground.clouds * enlarge(look(sheet.clouds, u[::3, ::3] * 0.3 + a, v[::3, ::3] * 0.3 + b), *x.shape[::-1])
    tone += ground.grain * look(sheet.grain, u * 0.9 + a, v * 0.9 + b)
    if ground.weave:
        wave = np.sin(2 * np.pi * ground.threads * u)
        tone += ground.weave * (wave * np.sin(2 * np.pi * ground.threads * v) if ground.crossed else wave)
    if ground.cells:
        tone -= ground.cells * np.maximum(0.35 - look(sheet.cells, u * 0.6 + a, v * 0.6 + b), 0)
    return np.asarray(tone, np.float32)


def _rim(rng: np.random.Generator, layout: Layout, picture: Field, colour: Field) -> None:
    """A tray's slanting wall and lip, and the dark table beyond."""
    wide = layout.width / layout.height
    x = np.abs(np.linspace(-wide / 2, wide / 2, layout.width, dtype=np.float32))[None, :]
    y = np.abs(np.linspace(-0.5, 0.5, layout.height, dtype=np.float32))[:, None]
    inset = float(rng.uniform(0.0, 0.1))
    corner = 0.1
    dx, dy = x - (wide / 2 - inset - corner), y - (0.5 - inset - corner)
    straight = np.minimum(np.maximum(dx, dy), 0) - corner
    distance: Field = (np.hypot(np.maximum(dx, 0), np.maximum(dy, 0)) + straight).astype(np.float32)
    pixel = 1 / layout.height
    wall = smooth((np.abs(distance + 0.05) - 0.03).astype(np.float32), 0.008)
    picture *= 1 - float(rng.uniform(0.05, 0.25)) * wall
    lip = smooth((np.abs(distance) - 0.018).astype(np.float32), 2 * pixel)
    picture += (np.minimum(colour * 1.08 + 6, 255) - picture) * lip
    beyond = smooth(0.018 - distance, 2 * pixel)
    picture += (float(rng.uniform(15, 190)) - picture) * beyond


def _disc(rng: np.random.Generator, layout: Layout, picture: Field) -> None:
    """Leaves a round plate of the picture and puts a table under it."""
    x = np.linspace(-1, 1, layout.width, dtype=np.float32)[None, :] * layout.width / layout.height
    y = np.linspace(-1, 1, layout.height, dtype=np.float32)[:, None]
    reach = (np.hypot(x, y) - rng.uniform(0.85, 1.1)).astype(np.float32)
    picture *= 1 - 0.12 * np.exp(-(((reach + 0.16) / 0.02) ** 2))
    table = np.asarray(rng.uniform(30, 200, 3), np.float32).reshape(3, 1, 1) * (1 - 0.5 * np.exp(-reach.clip(0) / 0.05))
    picture += (table - picture) * smooth(-reach, 0.006)


def draw(rng: np.random.Generator, layout: Layout, kind: str) -> Field:
    """A surface (3, height, width), 0..255."""
    ground = GROUNDS[kind]
    colour = rng.uniform(np.minimum(ground.low, ground.high), np.maximum(ground.low, ground.high))
    if kind in ("cloth", "blue tray", "green board"):
        colour = colour.mean() + (colour - colour.mean()) * float(rng.uniform(0.6, 1.2))
    share = float(rng.random())
    straight = np.asarray(ground.low) * (1 - share) + np.asarray(ground.high) * share
    plane = (0.3 * colour + 0.7 * straight).astype(np.float32).reshape(3, 1, 1)
    picture: Field = plane + _texture(rng, layout, ground)
    if ground.tray:
        _rim(rng, layout, picture, plane)
    if ground.plate:
        _disc(rng, layout, picture)
    return picture.clip(4, 252)
