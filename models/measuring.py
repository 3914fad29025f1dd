"""Numbers of a photo that a meat scientist knows: marbling, colour of lean and fat, texture of the lean.

No ruler is needed. Lengths are in percent of the eye muscle's diameter (of the circle with its area). Where a published
measure counts in square centimetres, the eye muscle is taken to have the 95 cm2 that are usual for Hanwoo (REFERENCE):
such numbers compare photos that show the whole muscle, and are no measured square centimetres.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from models.colour import lab, lightness
from models.segmenting import Mask, Masks, box, diameter, segment, working

Field = NDArray[np.float32]
Pixels = NDArray[np.uint8]

# Measure -> unit, in the order people read them
UNITS: dict[str, str] = {
    "fat_share": "%",
    "fleck_count": "/100 cm²",
    "fleck_size": "%",
    "fleck_width": "%",
    "fineness": "/cm²",
    "coarseness": "%",
    "unevenness": "%",
    "lean_l": "",
    "lean_a": "",
    "lean_b": "",
    "fat_l": "",
    "fat_a": "",
    "fat_b": "",
    "texture_contrast": "",
    "texture_homogeneity": "",
    "texture_energy": "",
    "texture_correlation": "",
    "eye_share": "%",
}
REFERENCE = 95.0  # cm2 of an eye muscle: the median of 124 Hanwoo
FINE, COARSE = 0.01, 0.5  # cm2: smaller is not counted, larger is a coarse fleck
SMALLEST = 64  # pixels of the short side
TILES = 16  # to an eye muscle's diameter
LEVELS, STEP = 32, 2.0  # grey levels of the co-occurrence matrix, and how many L* each holds


class NoMeat(ValueError):
    """No eye muscle was found in the photo."""


@dataclass(frozen=True)
class Measured:
    """The measures by name, those that the photo allows, and where they were taken."""

    values: dict[str, float]
    masks: Masks


def measure(photo: Image.Image) -> Measured:
    """Every measure of UNITS that the photo allows: a muscle without flecks has no colour of fat.

    Raises:
        NoMeat: there is no eye muscle in the frame.
    """
    small = working(photo)
    if min(small.size) < SMALLEST:
        raise NoMeat("too small to measure anything in")
    masks = segment(small)
    if not masks.eye.any():
        raise NoMeat("no eye muscle in the photo")
    return measure_within(np.asarray(small), masks)


def measure_within(pixels: Pixels, masks: Masks) -> Measured:
    """The measures of a photo (height, width, 3) whose masks are known."""
    part = box(masks.eye)
    near, eye, fat = pixels[part], masks.eye[part], masks.fat[part]
    found = marbling(eye, fat) | colours(near, eye, fat) | texture(lightness(near), eye & ~fat)
    found["eye_share"] = 100 * float(masks.eye.mean())
    return Measured({name: found[name] for name in UNITS if name in found}, masks)


def marbling(eye: Mask, fat: Mask) -> dict[str, float]:
    """How much fat there is, and how finely it lies.

    fat_share: area of the flecks in percent of the eye muscle's (Kuchida et al. 2000, J. Anim. Sci. 78:799).
    fleck_count: connected flecks of at least 0.01 cm2. fleck_size: their mean diameter, each as a circle of its area.
    fleck_width: twice the area over the length of all borders, by Crofton's formula: the mean width of strips.
    fineness: flecks of 0.01 to 0.5 cm2 per cm2; coarseness: share of the flecks' area that lies in flecks above 0.5 cm2
    (after the fineness and coarseness index in Lee et al. 2018, Korean J. Food Sci. An. 38:606; the bounds are ours).
    unevenness: standard deviation of the fat share between square tiles, in points (after the F7 index of Lee et al.
    2025, PLoS ONE 20:e0318058, with larger tiles: 16 to a diameter).
    """
    total, across = float(eye.sum()), diameter(eye)
    parts, _ = ndimage.label(fat)
    areas = np.bincount(parts.ravel())[1:] * (REFERENCE / total)  # cm2
    counted = areas[areas >= FINE]
    found = {
        "fat_share": 100 * float(fat.sum()) / total,
        "fleck_count": 100 * len(counted) / REFERENCE,
        "fineness": float((counted <= COARSE).sum()) / REFERENCE,
        "unevenness": _unevenness(eye, fat, max(4, round(across / TILES))),
    }
    if len(counted):
        found["fleck_size"] = float(100 * np.sqrt(counted / REFERENCE).mean())
        found["fleck_width"] = 100 * 2 * float(fat.sum()) / _border(fat) / across
        found["coarseness"] = 100 * float(areas[areas > COARSE].sum() / areas.sum())
    return found


def _border(mask: Mask) -> float:
    """Length of a mask's border in pixels, from the crossings of rows and columns."""
    edged = np.pad(mask, 1)
    crossings = int((edged[1:] ^ edged[:-1]).sum()) + int((edged[:, 1:] ^ edged[:, :-1]).sum())
    return crossings * np.pi / 4


def _unevenness(eye: Mask, fat: Mask, side: int) -> float:
    rows, columns = (range(0, length, side) for length in eye.shape)
    inside, flecks = (
        np.add.reduceat(np.add.reduceat(mask.astype(np.float32), list(rows), 0), list(columns), 1)
        for mask in (eye, fat)
    )
    full = inside >= 0.6 * side * side
    return 100 * float((flecks[full] / inside[full]).std()) if full.any() else 0.0


def _middle(pixels: Pixels) -> dict[str, float]:
    """Median L*, a*, b* of pixels (n, 3); some 20,000 of them say it."""
    middle = np.median(lab(pixels[:: 1 + len(pixels) // 20_000]), 0)
    return dict(zip("lab", middle.tolist(), strict=True))


def colours(pixels: Pixels, eye: Mask, fat: Mask) -> dict[str, float]:
    """Median CIE L*, a*, b* (D65) of lean and of flecks, away from each other's borders, where colours mix.

    The camera is not calibrated: the numbers compare photos of one camera, light and setting, and are not those of a
    colorimeter.
    """
    lean = eye & ~ndimage.binary_dilation(fat)
    lean = lean if lean.sum() > 200 else eye & ~fat
    inner = ndimage.binary_erosion(fat)
    inner = inner if inner.sum() > 40 else fat
    found: dict[str, float] = {}
    for name, mask in (("lean", lean), ("fat", inner)):
        if mask.any():
            found |= {f"{name}_{axis}": value for axis, value in _middle(pixels[mask]).items()}
    return found


def texture(light: Field, lean: Mask) -> dict[str, float]:
    """Grey-level co-occurrence of the lean (Haralick et al. 1973, IEEE Trans. SMC 3:610), mean of four directions.

    L* (h, w) in 32 levels of 2 around the lean's median, so exposure matters little; neighbours at 1/160 of the
    diameter. Contrast: sum of p (i-j)^2; homogeneity: sum of p / (1 + (i-j)^2); energy: root of the sum of p^2;
    correlation: of neighbouring levels, -1 to 1.
    """
    if not lean.any():
        return {}
    levels = ((light - np.median(light[lean][::5])) / STEP + LEVELS / 2).clip(0, LEVELS - 1).astype(np.intp)
    step = max(1, round(diameter(lean) / 160))
    found = [
        _co_occurrence(levels, lean, down, right) for down, right in ((0, step), (step, 0), (step, step), (step, -step))
    ]
    names = ("contrast", "homogeneity", "energy", "correlation")
    return {f"texture_{name}": float(np.mean(each)) for name, each in zip(names, zip(*found, strict=True), strict=True)}


def _co_occurrence(levels: NDArray[np.intp], lean: Mask, down: int, right: int) -> tuple[float, float, float, float]:
    height, width = levels.shape
    here = slice(0, height - down), slice(max(0, -right), width - max(0, right))
    there = slice(down, height), slice(max(0, right), width + min(0, right))
    both = lean[here] & lean[there]
    if not both.any():
        return 0.0, 1.0, 1.0, 0.0
    pairs = levels[here][both] * LEVELS + levels[there][both]
    table = np.bincount(pairs, minlength=LEVELS * LEVELS).reshape(LEVELS, LEVELS)
    shares = (table + table.T) / (2 * table.sum())
    i, j = np.indices(shares.shape)
    squares = (i - j) ** 2
    mean = float((shares * i).sum())
    variance = float((shares * (i - mean) ** 2).sum())
    together = float((shares * (i - mean) * (j - mean)).sum())
    return (
        float((shares * squares).sum()),
        float((shares / (1 + squares)).sum()),
        float(np.sqrt((shares**2).sum())),
        together / variance if variance > 1e-9 else 1.0,
    )
