"""Draws pictures that are no meat cross-section, as people upload them by mistake, to train and test the refusal."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from models import clutter, grounds, painting
from models.anatomy import Layout, enlarge, smooth
from models.patterns import Field, Plate, look, plates

RGB = tuple[int, int, int]
REDS: tuple[RGB, ...] = ((200, 30, 30), (222, 60, 46), (170, 24, 50), (232, 96, 60))
FRUITS: tuple[RGB, ...] = (*REDS, (240, 150, 30), (250, 214, 60), (120, 180, 50), (96, 40, 90), (240, 120, 120))
FOODS: tuple[RGB, ...] = (
    (246, 242, 230), (120, 78, 40), (70, 130, 50), (226, 140, 50), (190, 50, 36), (244, 206, 90), (90, 50, 30),
)  # fmt: skip


def _layout(width: int, height: int) -> Layout:
    return Layout(width, height, (0.5 * width / height, 0.5), 0.0, 1.0)


def _points(layout: Layout) -> tuple[Field, Field]:
    across, down = (np.arange(side, dtype=np.float32) / layout.height for side in (layout.width, layout.height))
    x, y = np.meshgrid(across, down)
    return x.astype(np.float32), y.astype(np.float32)


def _pattern(rng: np.random.Generator, layout: Layout, plate: Plate, scale: float, stretch: float = 1.0) -> Field:
    """A plate's pattern over the whole picture, turned at random; ``scale`` in plates a frame height."""
    x, y = _points(layout)
    turn, (a, b) = float(rng.uniform(0, np.pi)), rng.random(2).astype(np.float32) + 8
    u, v = x * np.float32(np.cos(turn)) + y * np.float32(np.sin(turn)), y * np.float32(np.cos(turn))
    v = v - x * np.float32(np.sin(turn))
    return look(plate, u * np.float32(scale / stretch) + a, v * np.float32(scale) + b)


def _plane(colour: Sequence[float]) -> Field:
    """A colour as (3, 1, 1), to spread over planes."""
    return np.asarray(colour, np.float32).reshape(3, 1, 1)


def _any_colour(rng: np.random.Generator, low: int = 10, high: int = 246) -> Field:
    return rng.uniform(low, high, 3).astype(np.float32).reshape(3, 1, 1)


def _planes(image: Image.Image) -> Field:
    return np.asarray(image.convert("RGB"), np.float32).transpose(2, 0, 1).copy()


def _document(rng: np.random.Generator, layout: Layout) -> Field:
    """A sheet of print, perhaps a form with a table."""
    sheet = clutter.paper_label(rng, layout.height * 3).convert("RGB")
    sheet = sheet.crop((0, layout.height, layout.width, 2 * layout.height)) if rng.random() < 0.6 else sheet
    sheet = sheet.resize((layout.width, layout.height))
    pen = ImageDraw.Draw(sheet)
    for _ in range(int(rng.integers(0, 12))):
        y = int(rng.integers(layout.height))
        pen.line((0, y, layout.width, y), fill=(60, 60, 70), width=2)
    return _planes(sheet) * (1 + 0.03 * _pattern(rng, layout, plates().clouds, 0.3))


def _screen(rng: np.random.Generator, layout: Layout) -> Field:
    """A screen with windows, bars of a chart and fine lines of its own."""
    dark = rng.random() < 0.5
    image = Image.new("RGB", (layout.width, layout.height), (26, 28, 34) if dark else (240, 242, 246))
    pen = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(3, 9))):
        left, top = rng.uniform(0, 0.8) * layout.width, rng.uniform(0, 0.8) * layout.height
        right, bottom = left + rng.uniform(0.1, 0.5) * layout.width, top + rng.uniform(0.05, 0.5) * layout.height
        pen.rectangle((left, top, right, bottom), fill=tuple(int(c) for c in rng.integers(20, 250, 3)))
        if rng.random() < 0.6:
            clutter.write(rng, pen, (left + 4, top + 4, right - 4, bottom - 4))
    lines = 1 - 0.08 * (np.arange(layout.height, dtype=np.float32) % 3 == 0)
    return _planes(image) * lines[None, :, None]


def _wall(rng: np.random.Generator, layout: Layout) -> Field:
    """Plain plaster, paint, or a red wall."""
    colour = _any_colour(rng) if rng.random() < 0.7 else _plane(REDS[rng.integers(4)])
    plaster = colour * (1 + 0.04 * _pattern(rng, layout, plates().clouds, 0.3))
    return plaster + 2 * _pattern(rng, layout, plates().grain, 1.0)


def _bricks(rng: np.random.Generator, layout: Layout) -> Field:
    x, y = _points(layout)
    rows = float(rng.integers(6, 16))
    row = np.floor(y * rows)
    across = x * rows / 2.6 + 0.5 * (row % 2)
    mortar = (np.abs(across % 1 - 0.5) > 0.475) | (np.abs(y * rows % 1 - 0.5) > 0.44)
    tone = 1 + 0.15 * np.sin(row * 37.0 + np.floor(across) * 91.0) + 0.05 * _pattern(rng, layout, plates().grain, 0.8)
    brick = _plane((rng.uniform(120, 190), rng.uniform(50, 90), rng.uniform(40, 70)))
    return np.where(mortar, np.float32(rng.uniform(120, 210)), brick * tone.astype(np.float32))


def _gradient(rng: np.random.Generator, layout: Layout) -> Field:
    x, y = _points(layout)
    way = float(rng.uniform(0, 2 * np.pi))
    share = np.clip(0.5 + (x - 0.6) * np.float32(np.cos(way)) + (y - 0.5) * np.float32(np.sin(way)), 0, 1)
    return _any_colour(rng) * (1 - share) + _any_colour(rng) * share


def _noise(rng: np.random.Generator, layout: Layout) -> Field:
    """Noise of one grain size, grey or coloured, up to the size of fat flecks."""
    step = int(rng.choice([1, 2, 5, 12]))
    planes = 1 if rng.random() < 0.4 else 3
    shape = (planes, layout.height // step + 2, layout.width // step + 2)
    small = rng.uniform(0, 255, shape).astype(np.float32)
    fields = [enlarge(plane, layout.width, layout.height) for plane in small]
    return np.stack(fields * (3 // planes))


def _landscape(rng: np.random.Generator, layout: Layout) -> Field:
    """Sky, hills and a foreground."""
    x, y = _points(layout)
    dusk = float(rng.random())
    sky = _plane((90 + 150 * dusk, 150 - 30 * dusk, 225 - 110 * dusk))
    picture = sky * (0.75 + 0.4 * y) + 14 * _pattern(rng, layout, plates().clouds, 0.25).clip(0, 3)
    base = _pattern(rng, layout, plates().clouds, 0.22)
    for depth in range(3):
        edge = (
            0.45 + 0.16 * depth + 0.05 * base + 0.04 * np.sin(x * float(rng.uniform(3, 9)) + float(rng.uniform(0, 6)))
        )
        green = _plane((60 - 10 * depth, 96 - 16 * depth, 60 - 14 * depth))
        tree = 1 + 0.16 * _pattern(rng, layout, plates().grain, 0.7)
        picture += (green * tree - picture) * smooth(edge - y, 0.004)
    return picture


def _ball(layout: Layout, centre: tuple[float, float], axes: tuple[float, float], turn: float) -> tuple[Field, Field]:
    """Cover and shading of an egg-shaped thing."""
    x, y = _points(layout)
    u = (x - centre[0]) * np.float32(np.cos(turn)) + (y - centre[1]) * np.float32(np.sin(turn))
    v = (y - centre[1]) * np.float32(np.cos(turn)) - (x - centre[0]) * np.float32(np.sin(turn))
    reach = np.hypot(u / axes[0], v / axes[1]).astype(np.float32)
    lit = 0.55 + 0.5 * np.sqrt(np.clip(1 - reach * reach, 0, 1)) - 0.2 * (u + v) / (axes[0] + axes[1])
    return smooth((reach - 1) * min(axes), 1.5 / layout.height), lit


def _heap(rng: np.random.Generator, picture: Field, layout: Layout, colours: tuple[RGB, ...], size: float) -> None:
    """Many round things over each other."""
    wide = layout.width / layout.height
    for _ in range(int(rng.integers(8, 26))):
        centre = float(rng.uniform(0.05, 0.95)) * wide, float(rng.uniform(0.05, 0.95))
        axes = size * float(rng.uniform(0.6, 1.3)), size * float(rng.uniform(0.5, 1.1))
        cover, lit = _ball(layout, centre, axes, float(rng.uniform(0, np.pi)))
        colour = _plane(colours[rng.integers(len(colours))])
        picture += (colour * lit - picture) * cover
        shine = np.exp(-(((lit - lit.max()) / 0.03) ** 2)) * cover
        picture += (250 - picture) * np.float32(0.6) * shine


def _face(rng: np.random.Generator, layout: Layout) -> Field:
    """The shapes of a head: hair, skin, eyes, mouth, shoulders."""
    picture = _wall(rng, layout)
    skin = _plane(clutter.SKINS[rng.integers(5)])
    cx, cy, size = 0.5 * layout.width / layout.height + rng.normal(0, 0.08), 0.45 + rng.normal(0, 0.05), 0.26
    parts: tuple[tuple[float, float, float, float, Field], ...] = (
        (0, 0.62, 0.5, 0.34, _any_colour(rng)),
        (0, -0.06, 0.29, 0.33, _any_colour(rng, 5, 90)),
        (0, 0.0, 0.23, 0.31, skin),
        (-0.09, -0.04, 0.035, 0.02, np.full((3, 1, 1), 240, np.float32)),
        (0.09, -0.04, 0.035, 0.02, np.full((3, 1, 1), 240, np.float32)),
        (-0.09, -0.04, 0.016, 0.018, np.full((3, 1, 1), 40, np.float32)),
        (0.09, -0.04, 0.016, 0.018, np.full((3, 1, 1), 40, np.float32)),
        (0, 0.05, 0.025, 0.05, skin * 0.92),
        (0, 0.16, 0.08, 0.022, _plane((176, 76, 76))),
    )
    grow = float(rng.uniform(0.7, 1.5)) * size / 0.26
    for dx, dy, wide, tall, colour in parts:
        cover, lit = _ball(layout, (cx + dx * grow, cy + dy * grow), (wide * grow, tall * grow), 0.0)
        picture += (colour * (0.5 + 0.5 * lit) - picture) * cover
    return picture


def _food(rng: np.random.Generator, layout: Layout) -> Field:
    """A plate of rice, vegetables, sauce or eggs."""
    picture = grounds.draw(rng, layout, "plate")
    colours = tuple(FOODS[number] for number in rng.choice(len(FOODS), 3, replace=False))
    _heap(rng, picture, layout, colours, float(rng.uniform(0.03, 0.14)))
    picture *= 1 + 0.08 * _pattern(rng, layout, plates().blobs, 1.0)
    return picture


def _fruits(rng: np.random.Generator, layout: Layout) -> Field:
    """Tomatoes, strawberries, oranges: often red, with bright spots."""
    picture = grounds.draw(rng, layout, str(rng.choice(["dark wood", "cloth", "white paper", "green board"])))
    first = int(rng.integers(len(FRUITS)))
    _heap(rng, picture, layout, (FRUITS[first], FRUITS[first - 1]), float(rng.uniform(0.08, 0.22)))
    if rng.random() < 0.5:
        picture += 60 * np.maximum(_pattern(rng, layout, plates().specks, 0.6) - 1.6, 0)
    return picture


def _wood(rng: np.random.Generator, layout: Layout) -> Field:
    """Planks, some of them reddish."""
    fibre = _pattern(rng, layout, plates().grain, 1.0, 9.0)
    rings = np.sin(12 * _pattern(rng, layout, plates().clouds, 0.12, 4.0))
    colour = _plane((rng.uniform(90, 190), rng.uniform(50, 120), rng.uniform(25, 70)))
    return colour * (1 + 0.09 * fibre + 0.10 * rings).astype(np.float32)


def _fabric(rng: np.random.Generator, layout: Layout) -> Field:
    """Woven cloth, plain, striped or checked; folds."""
    x, y = _points(layout)
    threads = float(rng.uniform(60, 150))
    weave = np.sin(2 * np.pi * threads * x) * np.sin(2 * np.pi * threads * y)
    wide = float(rng.uniform(3, 16))
    bands = (np.sin(wide * 2 * np.pi * x) > 0) * 1.0 + (np.sin(wide * 2 * np.pi * y) > 0) * float(rng.random() < 0.5)
    share = np.asarray(bands / 2 * float(rng.random() < 0.7), np.float32)
    colour = _any_colour(rng) * (1 - share) + _any_colour(rng) * share
    return colour * (1 + 0.07 * weave + 0.13 * _pattern(rng, layout, plates().clouds, 0.35, 2.5))


def _spotted(rng: np.random.Generator, layout: Layout) -> Field:
    """Red stone, carpet or terrazzo with light specks: near to meat in colour, but nothing of its structure."""
    colour = _plane(REDS[rng.integers(4)]) * float(rng.uniform(0.4, 1.0))
    spots = smooth(1.3 - _pattern(rng, layout, plates().cell_tone, float(rng.uniform(0.6, 1.6))), 0.1)
    return colour * (1 - spots) + _any_colour(rng, 170) * spots


def _hand(rng: np.random.Generator, layout: Layout) -> Field:
    picture = _ground(rng, layout)
    things = rng.choice(["hand", "glove"], int(rng.integers(1, 4)))
    clutter.lay(rng, picture, layout, tuple(str(thing) for thing in things))
    return picture


def _dark(rng: np.random.Generator, layout: Layout) -> Field:
    """A lens cap, a pocket, the night with a few lights."""
    picture = np.full((3, layout.height, layout.width), rng.uniform(0, 14), np.float32)
    if rng.random() < 0.4:
        _heap(rng, picture, layout, ((255, 230, 170), (200, 220, 255), (250, 90, 60)), 0.03)
    return picture


def _bright(rng: np.random.Generator, layout: Layout) -> Field:
    """Over-exposed: white with hardly a trace."""
    return 252 + 6 * _pattern(rng, layout, plates().clouds, 0.3) * _plane((1, 0.98, 0.94))


def _ground(rng: np.random.Generator, layout: Layout) -> Field:
    """An empty tray, board, plate or table."""
    return painting.background(rng, layout, str(rng.choice([*painting.BACKGROUNDS, *grounds.GROUNDS])))


def _bench(rng: np.random.Generator, layout: Layout) -> Field:
    """An empty board or tray with the tools that lie around: labels, rulers, cards."""
    picture = _ground(rng, layout)
    things = rng.choice(["ruler", "card", "label", "garnish", "wrap", "glove"], int(rng.integers(1, 5)))
    clutter.lay(rng, picture, layout, tuple(str(thing) for thing in things))
    return picture


def _leaves(rng: np.random.Generator, layout: Layout) -> Field:
    """Foliage, flowers or autumn leaves."""
    cells = _pattern(rng, layout, plates().cells, float(rng.uniform(0.3, 0.9)), 1.8)
    tone = _pattern(rng, layout, plates().cell_tone, 0.5)
    colour = _plane((40, 110, 40) if rng.random() < 0.7 else (180, 70, 30))
    return colour * (0.45 + 0.7 * np.minimum(cells * 2, 1)) * (1 + 0.18 * tone)


KINDS: dict[str, Callable[[np.random.Generator, Layout], Field]] = {
    "document": _document, "screen": _screen, "wall": _wall, "bricks": _bricks, "gradient": _gradient,
    "noise": _noise, "landscape": _landscape, "face": _face, "food": _food, "fruits": _fruits, "wood": _wood,
    "fabric": _fabric, "spotted": _spotted, "hand": _hand, "dark": _dark, "bright": _bright, "ground": _ground,
    "bench": _bench, "leaves": _leaves,
}  # fmt: skip


def kind_of(seed: int) -> str:
    """The kind of picture that ``draw_strange`` draws for a seed."""
    return list(KINDS)[seed % len(KINDS)]


def draw_strange(seed: int, width: int = 448, height: int = 448) -> NDArray[np.uint8]:
    """A picture (height, width, 3), RGB, that shows no meat cross-section; seeds go through the kinds in turn."""
    rng = np.random.default_rng([seed, 13])
    layout = _layout(width, height)
    picture = KINDS[kind_of(seed)](rng, layout)
    x, y = _points(layout)
    lean = rng.normal(0, 0.12, 2).astype(np.float32)
    picture = picture * (1 + lean[0] * (x - 0.5) + lean[1] * (y - 0.5)) * np.float32(2 ** rng.normal(0, 0.25))
    picture = picture * rng.uniform(0.88, 1.12, 3).astype(np.float32).reshape(3, 1, 1)
    image = Image.fromarray(picture.clip(0, 255).astype(np.uint8).transpose(1, 2, 0).copy())
    image = image.filter(ImageFilter.GaussianBlur(float(rng.gamma(2, 0.35)) * height / 480))
    grain = rng.normal(0, rng.uniform(0.5, 4), (height, width, 1)).astype(np.float32)
    return (np.asarray(image, np.float32) + grain).clip(0, 255).astype(np.uint8)
