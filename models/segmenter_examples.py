"""Generated photos with their truth that the segmenter learns from, and what else a camera might have made of them."""

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from models import segmenting
from models.segmenter import SIDE, Borders, Segmenter
from models.strange import draw_strange
from models.synthetic import Drawn, draw, random_scene
from models.variety import varied

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Field = NDArray[np.float32]
HIGH = SIDE * 3 // 4
PATCH = 128  # pixels of the side of what Flecks learns from
PATCHES = 8  # of one photo
QUARTER, HALF = 160, 320  # pixels of parts of the long side at work
QUARTERS = 16  # of what Borders sees: the first ones, four for each colour and for fat
FAT = 3  # which of the four it is
FULL = 127  # stands for 1 in what Borders sees
STRANGE, PORK, PLAIN, SQUARE = 0.18, 0.25, 0.3, 0.4  # shares of the photos
PLAIN_FOUND = 0.65  # of those that Borders learns from: their borders are as hard to see, and nothing else is


@dataclass(frozen=True)
class Views:
    """Whole photos (n, HIGH, SIDE, 3) with meat and eye muscle (n, 2, HIGH, SIDE)."""

    photos: Pixels
    masks: Mask

    @property
    def strange(self) -> NDArray[np.intp]:
        """Rows of the pictures without meat."""
        return np.flatnonzero(~self.masks[:, 0].any((1, 2)))


@dataclass(frozen=True)
class Patches:
    """Parts of photos (n, PATCH, PATCH, 3), the eye muscle in them and its fat, 0..255, (n, PATCH, PATCH)."""

    photos: Pixels
    eyes: Mask
    fat: Pixels


@dataclass(frozen=True)
class Found:
    """What Borders sees of photos (n, Borders.SEEN, QUARTER, QUARTER), and meat and eye muscle (n, 2, HALF, HALF)."""

    seen: NDArray[np.int8]  # -FULL..FULL
    masks: Pixels  # 0..255


def drawn(seed: int, width: int, height: int, plain: float = PLAIN) -> Drawn:
    """A photo of beef or pork of any fatness; ``plain`` is the chance that nothing else is in it."""
    rng = np.random.default_rng([seed, 21])
    species = "pig" if rng.random() < PORK else "cattle"
    fat = float(rng.uniform(0.005, 0.4 if species == "cattle" else 0.12))
    scene = random_scene(seed, species, fat_share=fat, width=width, height=height)
    return draw(scene if rng.random() < plain else varied(scene))


def _view(seed: int) -> tuple[Pixels, Mask]:
    if np.random.default_rng([seed, 22]).random() < STRANGE:
        return draw_strange(seed, SIDE, HIGH), np.zeros((2, HIGH, SIDE), np.bool_)
    photo = drawn(seed, SIDE, HIGH)
    return photo.photo, np.stack([photo.meat, photo.eye])


def _patches(seed: int) -> list[tuple[Pixels, Mask, Pixels]]:
    rng = np.random.default_rng([seed, 23])
    pixels, eye, fat, _ = _at_work(seed, rng)
    inside = np.argwhere(eye > 0.5)
    found = []
    for _ in range(PATCHES if len(inside) > 3000 else 0):
        centre = inside[rng.integers(len(inside))]
        top, left = np.clip(centre - PATCH // 2, 0, np.array(eye.shape) - PATCH)
        part = slice(top, top + PATCH), slice(left, left + PATCH)
        found.append((pixels[part], eye[part] > 0.5, np.round(255 * fat[part]).astype(np.uint8)))
    return found


def _at_work(
    seed: int, rng: np.random.Generator, plain: float = PLAIN
) -> tuple[Pixels, Field, Field, Field]:  # fmt: skip
    """A photo at working size with its eye muscle, fat and meat, 0..1."""
    width = int(rng.choice([320, 448, 640, 800]))
    photo = drawn(seed, width, width if rng.random() < SQUARE else width * 3 // 4, plain)
    fields: list[Field] = [photo.eye.astype(np.float32), photo.fat, photo.meat.astype(np.float32)]
    if width <= segmenting.WORKING:
        return photo.photo, fields[0], fields[1], fields[2]
    size = segmenting.WORKING, photo.photo.shape[0] * segmenting.WORKING // width
    pixels = np.asarray(Image.fromarray(photo.photo).resize(size, Image.Resampling.BOX))
    eye, fat, meat = (np.asarray(Image.fromarray(field).resize(size, Image.Resampling.BOX)) for field in fields)
    return pixels, eye, fat, meat


def _found(seed: int, made: Segmenter) -> tuple[NDArray[np.int8], Pixels]:
    """What the trained networks make of a distorted photo, in the corner of a square."""
    rng = np.random.default_rng([seed, 24])
    if rng.random() < STRANGE / 2:
        pixels = draw_strange(seed, 640, 480)
        eye: Field = np.zeros((480, 640), np.float32)
        meat = eye
    else:
        pixels, eye, _, meat = _at_work(seed, rng, PLAIN_FOUND)
    pixels = distorted(rng, pixels)
    sure = segmenting.regions(pixels, made)
    surely = sure[1] > 0
    fatness = segmenting.flecks(pixels, surely if surely.any() else eye < 2, made)
    seen = segmenting.evidence(pixels, sure, fatness)
    high, wide = (min(side, QUARTER) for side in seen.shape[1:])
    square = np.zeros((len(seen), QUARTER, QUARTER), np.int8)
    square[:, :high, :wide] = np.round(FULL * seen[:, :high, :wide])
    masks = np.zeros((2, HALF, HALF), np.uint8)
    for plane, mask in zip(masks, (meat, eye), strict=True):
        rows, columns = mask.shape[0] // 2, mask.shape[1] // 2
        plane[:rows, :columns] = np.round(255 * mask.reshape(rows, 2, columns, 2).mean((1, 3)))
    return square, masks


def views(n: int, seed: int) -> Views:
    """n photos or strange pictures; seeds from ``seed`` on."""
    with ThreadPoolExecutor(2) as pool:
        rows = list(pool.map(_view, range(seed, seed + n)))
    return Views(np.stack([photo for photo, _ in rows]), np.stack([masks for _, masks in rows]))


def patches(n: int, seed: int) -> Patches:
    """Parts of n photos; seeds from ``seed`` on."""
    with ThreadPoolExecutor(2) as pool:
        rows = [row for found in pool.map(_patches, range(seed, seed + n)) for row in found]
    return Patches(*(np.stack(column) for column in zip(*rows, strict=True)))


def found(n: int, seed: int, made: Segmenter) -> Found:
    """What Regions and Flecks make of n photos and strange pictures, 0.7 MB each; seeds from ``seed`` on."""
    seen = np.empty((n, Borders.SEEN, QUARTER, QUARTER), np.int8)
    data = Found(seen, np.empty((n, 2, HALF, HALF), np.uint8))
    with ThreadPoolExecutor(2) as pool:
        for row, (seen, masks) in enumerate(pool.map(partial(_found, made=made), range(seed, seed + n))):
            data.seen[row], data.masks[row] = seen, masks
    return data


def _colours(rng: np.random.Generator, photo: Pixels) -> Pixels:
    """Another camera and lamp: gamma, gains, saturation, mixed channels, contrast, brightness."""
    x = (photo.astype(np.float32) / 255) ** np.float32(np.exp(rng.normal(0, 0.25)))
    x = x * np.exp(rng.normal(0, 0.1, 3)).astype(np.float32)
    grey = x.mean(-1, keepdims=True)
    x = grey + (x - grey) * np.float32(rng.uniform(0.45, 1.45))
    if rng.random() < 0.4:
        x = x @ (np.eye(3) + rng.normal(0, 0.07, (3, 3))).T.astype(np.float32)
    middle = x.mean()
    x = (x - middle) * np.float32(np.exp(rng.normal(0, 0.18))) + middle + np.float32(rng.normal(0, 0.06))
    return np.asarray((x.clip(0, 1) * 255).astype(np.uint8))


def _detail(rng: np.random.Generator, photo: Pixels) -> Pixels:
    """Another lens and file: blur or sharpening, JPEG, grain."""
    image, chance = Image.fromarray(photo), rng.random()
    if chance < 0.35:
        image = image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.2, 1.6))))
    elif chance < 0.6:
        image = image.filter(ImageFilter.UnsharpMask(float(rng.uniform(0.5, 2)), int(rng.uniform(30, 180)), 0))
    if rng.random() < 0.5:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=int(rng.integers(35, 95)))
        image = Image.open(file).convert("RGB")
    pixels = np.asarray(image)
    if rng.random() < 0.4:
        grain = rng.normal(0, rng.uniform(1, 9), pixels.shape).astype(np.float32)
        pixels = (pixels + grain).clip(0, 255).astype(np.uint8)
    return pixels


def distorted(rng: np.random.Generator, photo: Pixels) -> Pixels:
    """The same picture as another camera might have taken it."""
    return _detail(rng, _colours(rng, photo))


def elsewhere(rng: np.random.Generator, photo: Pixels, meat: Mask, ground: Pixels) -> Pixels:
    """The meat cut out and laid on another picture or on one flat colour, white and black above all."""
    if rng.random() < 0.5:
        colour = rng.integers(0, 256, 3) if rng.random() < 0.3 else np.full(3, rng.choice([0, 8, 246, 255]))
        ground = np.broadcast_to(colour.astype(np.uint8), photo.shape)
    edge = Image.fromarray(meat.astype(np.uint8) * 255).filter(ImageFilter.GaussianBlur(float(rng.uniform(0.4, 1.2))))
    cover = np.asarray(edge, np.float32)[..., None] / 255
    return np.asarray((ground + (photo.astype(np.float32) - ground) * cover).clip(0, 255).astype(np.uint8))
