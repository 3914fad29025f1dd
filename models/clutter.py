"""Things that get into photos of meat: fingers, gloves, rulers, colour cards, price labels, garnish, wrap."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from models.anatomy import Layout, smooth
from models.patterns import Field, look, plates

RGB = tuple[int, int, int]
SKINS: tuple[RGB, ...] = ((244, 208, 180), (228, 180, 146), (198, 142, 106), (146, 96, 68), (92, 58, 42))
GLOVES: tuple[RGB, ...] = ((72, 120, 196), (236, 238, 240), (38, 38, 42), (96, 182, 190), (214, 200, 178))
INKS: tuple[RGB, ...] = ((20, 20, 24), (34, 34, 40), (160, 24, 30), (24, 50, 130))
STRIPES: tuple[RGB, ...] = ((250, 206, 40), (214, 40, 44), (240, 130, 40), (40, 130, 70), (250, 250, 248))
# The 24 patches of a usual colour card, rounded
PATCHES: tuple[RGB, ...] = (
    (115, 82, 68), (194, 150, 130), (98, 122, 157), (87, 108, 67), (133, 128, 177), (103, 189, 170),
    (214, 126, 44), (80, 91, 166), (193, 90, 99), (94, 60, 108), (157, 188, 64), (224, 163, 46),
    (56, 61, 150), (70, 148, 73), (175, 54, 60), (231, 199, 31), (187, 86, 149), (8, 133, 161),
    (243, 243, 242), (200, 200, 200), (160, 160, 160), (122, 122, 121), (85, 85, 85), (52, 52, 52),
)  # fmt: skip


@dataclass(frozen=True)
class Frame:
    """The photo being painted: its planes (3, height, width), which change, and its layout."""

    picture: Field
    layout: Layout

    @property
    def wide(self) -> float:
        """Width in frame heights."""
        return self.layout.width / self.layout.height

    def lay(self, colour: Field, cover: Field) -> Field:
        """Paints a colour, (3, 1, 1) or (3, h, w), where ``cover`` is 1, and gives the cover back."""
        self.picture[:] += (colour - self.picture) * cover
        return cover


def _points(frame: Frame) -> tuple[Field, Field]:
    """x and y of every pixel in frame heights, to spread over each other."""
    x = np.linspace(0, frame.wide, frame.layout.width, dtype=np.float32)[None, :]
    return x, np.linspace(0, 1, frame.layout.height, dtype=np.float32)[:, None]


def _at_the_edge(rng: np.random.Generator, frame: Frame) -> tuple[float, float, float]:
    """A point on the frame's border and an angle that leads inwards."""
    side, along = int(rng.integers(4)), float(rng.uniform(0.15, 0.85))
    x, y = ((along * frame.wide, 0.0), (frame.wide, along), (along * frame.wide, 1.0), (0.0, along))[side]
    return x, y, float((np.pi / 2, np.pi, -np.pi / 2, 0.0)[side] + rng.normal(0, 0.35))


def _fingers(rng: np.random.Generator, frame: Frame, skin: RGB, nails: bool) -> Field:
    """One to four fingers that reach in from the border."""
    x0, y0, angle = _at_the_edge(rng, frame)
    x, y = _points(frame)
    radius = float(rng.uniform(0.030, 0.048))
    along = (x - x0) * np.cos(angle) + (y - y0) * np.sin(angle)
    across = (y - y0) * np.cos(angle) - (x - x0) * np.sin(angle)
    reach = float(rng.uniform(0.10, 0.26))
    covered = np.zeros_like(along)
    pixel = 1 / frame.layout.height
    for number in range(int(rng.integers(1, 5))):
        here = across - number * radius * 2.15 + 0.1 * np.maximum(reach - along, 0) * (number - 1.5)
        tip = reach * float(1 - 0.3 * abs(number - 1.2) / 2 + rng.normal(0, 0.04))
        distance = np.hypot(np.maximum(along - tip + radius, 0), here) - radius
        frame.picture[:] *= 1 - 0.45 * np.exp(-np.maximum(distance, 0) / (0.35 * radius))
        round_ = np.sqrt(np.clip(-distance / radius, 0, 1))
        folds = 1 - 0.12 * np.exp(-(((along - tip + radius * 2.6) / (0.12 * radius)) ** 2)) * nails
        tone = (0.58 + 0.42 * round_) * folds
        frame.lay(np.asarray(skin, np.float32).reshape(3, 1, 1) * tone, smooth(distance, 1.2 * pixel))
        if nails:
            nail = np.hypot((along - tip + 0.75 * radius) / 1.25, here) - 0.50 * radius
            frame.lay(np.asarray((236, 196, 182), np.float32).reshape(3, 1, 1) * tone, 0.7 * smooth(nail, 2 * pixel))
        np.maximum(covered, smooth(distance, 1.2 * pixel), out=covered)
    return covered


def _hand(rng: np.random.Generator, frame: Frame) -> Field:
    return _fingers(rng, frame, SKINS[rng.integers(len(SKINS))], nails=True)


def _glove(rng: np.random.Generator, frame: Frame) -> Field:
    return _fingers(rng, frame, GLOVES[rng.integers(len(GLOVES))], nails=False)


def _paste(frame: Frame, patch: Image.Image, centre: tuple[float, float], degrees: float) -> Field:
    """Lays a flat thing into the picture; it throws a thin shadow."""
    turned = patch.convert("RGBA").rotate(degrees, Image.Resampling.BICUBIC, expand=True)
    sheet = Image.new("RGBA", (frame.layout.width, frame.layout.height))
    height = frame.layout.height
    sheet.paste(turned, (int(centre[0] * height - turned.width / 2), int(centre[1] * height - turned.height / 2)))
    pixels = np.asarray(sheet, np.float32).transpose(2, 0, 1)
    cover: Field = pixels[3] / 255
    step = max(1, height // 160)
    frame.picture[:, step:, step:] *= 1 - 0.4 * cover[:-step, :-step]
    return frame.lay(pixels[:3], cover)


def write(rng: np.random.Generator, pen: ImageDraw.ImageDraw, box: tuple[float, float, float, float]) -> None:
    """Lines of something like small print inside a box."""
    left, top, right, bottom = box
    step = max(4.0, float(rng.uniform(0.08, 0.16)) * (bottom - top))
    y = top
    while y < bottom - step / 2:
        x, ink = left, INKS[rng.integers(len(INKS))]
        while x < right:
            word = float(rng.uniform(0.5, 3)) * step
            if rng.random() < 0.85:
                pen.rectangle((x, y, min(right, x + word), y + 0.45 * step), fill=ink)
            x += word + 0.5 * step
        y += step


def _bars(rng: np.random.Generator, pen: ImageDraw.ImageDraw, box: tuple[float, float, float, float]) -> None:
    left, top, right, bottom = box
    x = left
    while x < right:
        width = float(rng.choice([1, 2, 3])) * (right - left) / 90
        pen.rectangle((x, top, x + width, bottom), fill=(15, 15, 18))
        x += width + float(rng.choice([1, 2, 3])) * (right - left) / 90


def paper_label(rng: np.random.Generator, height: int) -> Image.Image:
    """A price label with small print, a barcode and a coloured stripe; ``height`` in pixels."""
    width = int(height * rng.uniform(1.1, 1.9))
    tone = int(rng.integers(228, 254))
    sheet = Image.new("RGB", (width, height), (tone, tone, int(tone * rng.uniform(0.93, 1))))
    pen = ImageDraw.Draw(sheet)
    if rng.random() < 0.6:
        pen.rectangle((0, 0, width, height * rng.uniform(0.1, 0.25)), fill=STRIPES[rng.integers(len(STRIPES))])
    write(rng, pen, (width * 0.06, height * 0.28, width * 0.94, height * 0.62))
    _bars(rng, pen, (width * 0.08, height * 0.68, width * rng.uniform(0.5, 0.9), height * 0.92))
    return sheet


def colour_card(height: int) -> Image.Image:
    """A card with 24 patches; ``height`` in pixels."""
    side = height / 4.5
    sheet = Image.new("RGB", (int(side * 6.5), height), (28, 28, 30))
    pen = ImageDraw.Draw(sheet)
    for number, colour in enumerate(PATCHES):
        left, top = side * (0.3 + number % 6), side * (0.3 + number // 6)
        pen.rectangle((left, top, left + 0.85 * side, top + 0.85 * side), fill=colour)
    return sheet


def measuring_ruler(rng: np.random.Generator, length: int) -> Image.Image:
    """A ruler with millimetres; ``length`` in pixels."""
    width = max(6, int(length * rng.uniform(0.06, 0.11)))
    colours: tuple[RGB, ...] = ((242, 242, 238), (186, 190, 194), (244, 216, 70), (30, 30, 32))
    colour = colours[rng.integers(len(colours))]
    ink = (20, 20, 20) if sum(colour) > 200 else (240, 240, 240)
    sheet = Image.new("RGB", (length, width), colour)
    pen = ImageDraw.Draw(sheet)
    step = length / float(rng.choice([100, 150, 200]))
    for number in range(int(length / step)):
        tall = 0.5 if number % 10 == 0 else 0.35 if number % 5 == 0 else 0.2
        pen.line((number * step, 0, number * step, width * tall), fill=ink, width=max(1, int(step / 4)))
    return sheet


def _beside(rng: np.random.Generator, frame: Frame) -> tuple[float, float]:
    """A place towards the border of the frame."""
    turn, reach = rng.uniform(0, 2 * np.pi), rng.uniform(0.42, 0.56)
    return float(frame.wide * (0.5 + reach * np.cos(turn))), float(0.5 + reach * np.sin(turn))


def _label(rng: np.random.Generator, frame: Frame) -> Field:
    patch = paper_label(rng, max(24, int(frame.layout.height * rng.uniform(0.16, 0.34))))
    return _paste(frame, patch, _beside(rng, frame), float(rng.choice([0, 90, 180]) + rng.normal(0, 6)))


def _card(rng: np.random.Generator, frame: Frame) -> Field:
    patch = colour_card(max(24, int(frame.layout.height * rng.uniform(0.18, 0.3))))
    return _paste(frame, patch, _beside(rng, frame), float(rng.choice([0, 90]) + rng.normal(0, 4)))


def _ruler(rng: np.random.Generator, frame: Frame) -> Field:
    x, y, angle = _at_the_edge(rng, frame)
    inwards = float(rng.uniform(0.02, 0.12))
    patch = measuring_ruler(rng, int(frame.layout.height * rng.uniform(0.8, 1.5)))
    centre = x + inwards * np.cos(angle), y + inwards * np.sin(angle)
    return _paste(frame, patch, centre, 90 - float(np.degrees(angle)))


def _garnish(rng: np.random.Generator, frame: Frame) -> Field:
    """A strip of plastic grass, or leaves."""
    size = max(24, int(frame.layout.height * rng.uniform(0.15, 0.3)))
    sheet = Image.new("RGBA", (size * 2, size))
    pen = ImageDraw.Draw(sheet)
    green = (int(rng.integers(10, 70)), int(rng.integers(90, 160)), int(rng.integers(20, 80)), 255)
    blades = int(rng.integers(7, 13))
    for number in range(blades):
        x, wide = number * 2 * size / blades, 2 * size / blades
        pen.polygon([(x, size), (x + wide, size), (x + wide / 2, size * rng.uniform(0, 0.4))], fill=green)
    pen.rectangle((0, size * 0.7, 2 * size, size), fill=green)
    return _paste(frame, sheet, _beside(rng, frame), float(rng.uniform(0, 360)))


def _wrap(rng: np.random.Generator, frame: Frame) -> Field:
    """Glare of plastic film: one to three bright streaks and a net of fine creases; covers nothing."""
    x, y = _points(frame)
    sheen = np.zeros((frame.layout.height, frame.layout.width), np.float32)
    for _ in range(int(rng.integers(1, 4))):
        turn, where = float(rng.uniform(0, np.pi)), float(rng.uniform(-0.5, 0.5))
        across = (x - frame.wide / 2) * np.cos(turn) + (y - 0.5) * np.sin(turn) - where
        along = (y - 0.5) * np.cos(turn) - (x - frame.wide / 2) * np.sin(turn)
        thin = float(rng.uniform(0.006, 0.03))
        soft = np.exp(-((across / thin) ** 2)) * np.exp(-(((along - rng.normal(0, 0.3)) / rng.uniform(0.1, 0.5)) ** 2))
        sheen += float(rng.uniform(0.35, 0.95)) * soft
    a, b = rng.random(2).astype(np.float32) + 8
    creases = look(plates().grain, x * 0.12 + a + 0 * y, y * 0.5 + b + 0 * x)
    sheen += 0.05 * np.maximum(creases - 1.2, 0)
    frame.lay(np.full((3, 1, 1), 252, np.float32), np.minimum(sheen, 0.95))
    return np.zeros_like(sheen)


THINGS: dict[str, Callable[[np.random.Generator, Frame], Field]] = {
    "hand": _hand,
    "glove": _glove,
    "ruler": _ruler,
    "card": _card,
    "label": _label,
    "garnish": _garnish,
    "wrap": _wrap,
}


def lay(rng: np.random.Generator, picture: Field, layout: Layout, things: tuple[str, ...]) -> Field:
    """Paints things over a picture (3, h, w), which changes; gives what they hide (h, w), 0..1."""
    frame = Frame(picture, layout)
    hidden = np.zeros((layout.height, layout.width), np.float32)
    for thing in things:
        np.maximum(hidden, THINGS[thing](rng, frame), out=hidden)
    return hidden
