"""Finds the meat, the eye muscle and the fat flecks within it in a photo of a cross-section.

A small learned part (models.segmenter) says where meat and eye muscle lie and which of the eye muscle's pixels are fat.
Rules of colour and shape then make it sober: the eye muscle is one piece, thick fat along its border lies between the
muscles and is none of its flecks, and where the learned part does not know the eye muscle, the largest red part of the
meat is taken.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from torch.nn import functional

from models import segmenter
from models.colour import lab
from models.segmenter import CONTRAST, SIDE, STEP, Segmenter

WORKING = 640  # pixels of the long side that photos are reduced to
LEAST = 0.012  # share of the frame under which there is no eye muscle
FILLS = 0.3  # share from which a rough eye muscle is believed though Borders sees none: a crop shows none of them
RIM = 0.008  # diameters of the eye muscle: fat that lies so near to its border, and reaches it, is no marbling
THICK = 0.028  # half the thickness, in diameters, from which fat that reaches the border is no marbling
Mask = NDArray[np.bool_]
Field = NDArray[np.float32]
Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Masks:
    """Where things are in the photo at its working size (height, width)."""

    meat: Mask  # the piece, rim and all
    eye: Mask  # the eye muscle, its flecks included
    fat: Mask  # flecks within the eye muscle


def working(photo: Image.Image) -> Image.Image:
    """The photo as RGB with a long side of WORKING pixels at most."""
    longest = max(photo.size)
    if longest > WORKING:
        size = tuple(max(1, round(side * WORKING / longest)) for side in photo.size)
        photo = photo.resize((size[0], size[1]), Image.Resampling.BOX, reducing_gap=2.0)
    return photo.convert("RGB")


def diameter(mask: Mask) -> float:
    """Of the circle with the same area, in pixels."""
    return float(2 * np.sqrt(mask.sum() / np.pi))


def segment(photo: Image.Image, made: Segmenter | None = None) -> Masks:
    """The masks of a photo; eye muscle and flecks are empty where there is no meat. Deterministic on one machine."""
    made = made or segmenter.load()
    pixels = np.asarray(working(photo))
    sure = regions(pixels, made)
    meat, eye = sure[0] > 0, sure[1] > 0
    if eye.mean() < LEAST:
        eye = reddest(pixels, meat)
        sure[1] = np.where(eye, 3, -3)
    nothing = np.zeros_like(meat)
    if eye.mean() < LEAST:
        return Masks(meat, nothing, nothing)
    fatness = flecks(pixels, eye, made)
    drawn = borders(evidence(pixels, sure, fatness), made)[:, : meat.shape[0], : meat.shape[1]]
    rough, meat, eye = eye, drawn[0] > 0, drawn[1] > 0
    if eye.mean() < LEAST and rough.mean() > FILLS:
        eye = rough
    eye = without_fat_around(one_piece(eye), fatness > 0)
    if eye.mean() < LEAST:
        return Masks(meat, nothing, nothing)
    return Masks(meat | eye, eye, (fatness > 0) & eye)


def regions(pixels: Pixels, made: Segmenter) -> Field:
    """How surely each pixel is meat and eye muscle: logits (2, height, width)."""
    height, width = pixels.shape[:2]
    scale = SIDE / max(height, width)
    small = (max(STEP, round(side * scale / STEP) * STEP) for side in (width, height))
    image = Image.fromarray(pixels).resize((next(small), next(small)), Image.Resampling.BILINEAR, reducing_gap=2.0)
    numbers = torch.from_numpy(np.array(image)).permute(2, 0, 1)[None].float().sub_(127).div_(128)
    with torch.inference_mode():
        logits = made.regions(segmenter.seen(numbers.contiguous(memory_format=torch.channels_last)))
        large: Field = functional.interpolate(logits, size=(height, width), mode="bilinear")[0].numpy()
    return large


def one_piece(mask: Mask) -> Mask:
    """The largest connected part, small holes filled; looked for in a quarter of the size."""
    few = mask[::4, ::4]
    parts, n = ndimage.label(few)
    if not n:
        return mask
    largest = parts == np.bincount(parts.ravel())[1:].argmax() + 1
    holes, n = ndimage.label(~largest)
    sizes = np.bincount(holes.ravel(), minlength=n + 1)
    largest |= (sizes < 0.01 * largest.sum())[holes] & (holes > 0)
    near = np.repeat(np.repeat(ndimage.binary_dilation(largest), 4, 0), 4, 1)[: mask.shape[0], : mask.shape[1]]
    inside = np.repeat(np.repeat(ndimage.binary_erosion(largest, border_value=1), 4, 0), 4, 1)
    return (mask & near) | inside[: mask.shape[0], : mask.shape[1]]


def reddest(pixels: Pixels, meat: Mask) -> Mask:
    """The largest red part of the meat, by Otsu's threshold of a* (Otsu 1979, IEEE Trans. SMC 9:62)."""
    inside = meat[::4, ::4]
    if inside.mean() < 0.05:
        return np.zeros_like(meat)
    red = lab(pixels[::4, ::4])[..., 1]
    lean = (red > max(_otsu(red[inside]), 6.0)) & inside
    lean = ndimage.binary_closing(lean, iterations=2) & inside
    large = np.repeat(np.repeat(lean, 4, 0), 4, 1)[: meat.shape[0], : meat.shape[1]]
    return one_piece(large)


def _otsu(values: Field) -> float:
    """The value that parts two groups best."""
    counts, edges = np.histogram(values, 64)
    middles = (edges[1:] + edges[:-1]) / 2
    below = np.cumsum(counts)
    sums = np.cumsum(counts * middles)
    between = (sums[-1] * below / below[-1] - sums) ** 2 / np.maximum(below * (below[-1] - below), 1)
    return float(middles[between.argmax()])


def box(mask: Mask) -> tuple[slice, slice]:
    """The smallest part of the picture that holds the whole mask."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def flecks(pixels: Pixels, eye: Mask, made: Segmenter) -> Field:
    """How surely each pixel is fat, as far as it is meat: logits (height, width)."""
    height, width = eye.shape
    middle = np.median(pixels[eye][::7], 0).astype(np.float32)
    numbers = (pixels - middle) / np.float32(CONTRAST)
    numbers = np.pad(numbers, ((0, -height % 8), (0, -width % 8), (0, 0)), mode="edge")
    with torch.inference_mode():
        logits: Field = made.flecks(torch.from_numpy(numbers).permute(2, 0, 1)[None])[0, :height, :width].numpy()
    return logits


def evidence(pixels: Pixels, sure: Field, fatness: Field) -> Field:
    """What Borders sees (Borders.SEEN, h, w) at a quarter of the size, padded: colours and fat of the four quarters of
    each place, meat, eye muscle and the surest fat of the whole place."""
    tall, wide = (-side % 64 for side in fatness.shape)
    light = pixels.transpose(2, 0, 1).astype(np.float32) / 128 - 1
    planes = np.concatenate([light, np.tanh(fatness / 2)[None], np.tanh(sure / 2)])
    planes = np.pad(planes, ((0, 0), (0, tall), (0, wide)), mode="edge")
    high, wide = planes.shape[1] // 4, planes.shape[2] // 4
    quarters = planes[:4].reshape(4, high, 2, 2, wide, 2, 2).mean((3, 6)).transpose(0, 2, 4, 1, 3)
    places = planes[3:].reshape(3, high, 4, wide, 4)
    return np.concatenate([quarters.reshape(-1, high, wide), places[1:].mean((2, 4)), places[:1].max((2, 4))])


def borders(seen: Field, made: Segmenter) -> Field:
    """Logits of meat and eye muscle (2, h, w), padded, from what ``evidence`` gives."""
    with torch.inference_mode():
        logits = made.borders(torch.from_numpy(seen)[None])
        large: Field = functional.interpolate(logits, scale_factor=2, mode="bilinear")[0].numpy()
    return large


def without_fat_around(eye: Mask, fat: Mask) -> Mask:
    """The eye muscle without the seams and the rim that cling to its border; looked for at half size.

    Fat that touches the border is none of its flecks where it lies within RIM diameters of it, or is thick. The photo's
    own border is none of the muscle's.
    """
    if not eye.any():
        return eye
    part = box(eye)
    inside, few = eye[part][::2, ::2], (fat & eye)[part][::2, ::2]
    across = diameter(inside)
    edge = ndimage.binary_dilation(~inside, iterations=2) & few
    core = ndimage.binary_erosion(inside, iterations=max(1, round(RIM * across)), border_value=1)
    gone = ndimage.binary_propagation(edge & ~core, mask=few & ~core)
    thick = ndimage.distance_transform_edt(few) > THICK * across
    if thick.any():
        grown = (ndimage.distance_transform_edt(~thick) <= 1.3 * THICK * across) & few
        gone |= ndimage.binary_propagation(edge & grown, mask=grown)
    large = np.zeros_like(eye)
    large[part] = np.repeat(np.repeat(gone, 2, 0), 2, 1)[: eye[part].shape[0], : eye[part].shape[1]]
    return one_piece(eye & ~(large & fat))
