"""Draws what was found over the photo: the eye muscle's outline with its flecks, and heat maps."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from models.segmenting import Mask, Masks

Field = NDArray[np.float32]

# Blue and yellow differ for every kind of colour vision, and from red meat (Okabe and Ito 2008)
FLECKS = (0, 114, 255)
OUTLINE = (240, 228, 66)
# Dark blue over purple and orange to pale yellow, ever lighter: order can be told without colour
HEAT = ((0, 20, 60), (70, 30, 115), (165, 55, 105), (225, 105, 65), (250, 175, 55), (252, 250, 170))
TABLE = np.stack([np.interp(np.linspace(0, 5, 256), range(6), column) for column in zip(*HEAT, strict=True)], 1)


def marbling(photo: Image.Image, masks: Masks, strength: float = 0.6) -> Image.Image:
    """The photo with the eye muscle's outline, everything else paler and the flecks tinted; strength 0..1."""
    strength = _within(strength)
    pixels = np.asarray(photo.convert("RGB"), np.float32)
    if not masks.eye.any() or not strength:
        return photo.convert("RGB")
    eye, fat = (_as_large(mask, photo.size) for mask in (masks.eye, masks.fat))
    grey = pixels.mean(2, keepdims=True)
    pixels += (grey + 0.35 * (255 - grey) - pixels) * (0.35 * strength * (1 - eye[..., None]))
    pixels += (np.asarray(FLECKS, np.float32) - pixels) * (0.85 * strength * fat[..., None])
    line = _outline(masks.eye, photo.size)
    pixels += (np.asarray(OUTLINE, np.float32) - pixels) * (max(strength, 0.5) * line[..., None])
    return _image(pixels)


def heat(photo: Image.Image, heat: Field, strength: float = 0.5) -> Image.Image:
    """The photo under a heat map of any size, numbers 0..1; where the map is cold, more of the photo is seen."""
    strength = _within(strength)
    pixels = np.asarray(photo.convert("RGB"), np.float32)
    numbers = np.nan_to_num(np.asarray(heat, np.float32)).clip(0, 1)
    large = np.asarray(Image.fromarray(numbers).resize(photo.size, Image.Resampling.BICUBIC)).clip(0, 1)
    colours = TABLE[(large * 255).astype(np.uint8)].astype(np.float32)
    cover = strength * (0.35 + 0.65 * large[..., None])
    return _image(pixels + (colours - pixels) * cover.astype(np.float32))


def _within(strength: float) -> float:
    return min(1.0, max(0.0, float(strength)))


def _as_large(mask: Mask, size: tuple[int, int]) -> Field:
    """A mask at the photo's size, softly from 0 to 1."""
    return np.asarray(Image.fromarray(mask.astype(np.float32)).resize(size, Image.Resampling.BILINEAR))


def _outline(mask: Mask, size: tuple[int, int]) -> Field:
    """A line of 1/250 of the long side along the border of a mask; none along the frame."""
    smooth = ndimage.gaussian_filter(mask.astype(np.float32), max(mask.shape) / 320, mode="nearest") > 0.5
    width = max(1, round(max(mask.shape) / 500))
    line = ndimage.binary_dilation(smooth, iterations=width) & ~ndimage.binary_erosion(
        smooth, iterations=width, border_value=1
    )
    return _as_large(line, size)


def _image(pixels: Field) -> Image.Image:
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
