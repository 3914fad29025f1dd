"""What a photo of meat might as well have looked like: nearer or farther, turned, in a little other light."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.preprocessing import normalise
from models.torchvision_fix import transforms

NEAREST = 0.35  # smallest share of the frame's area in a crop
LIGHT = 0.15  # strongest change of brightness and contrast
TINT = 0.04  # strongest change of one colour: colour itself is scored, so little
UNTOLD = 0.3  # how often species and cut are left out


def crops(frames: NDArray[np.uint8], rows: Sequence[int], side: int, rng: np.random.Generator) -> Tensor:
    """A crop of each frame as the network wants it (n, 3, side, side)."""
    pixels = torch.stack([_crop(torch.from_numpy(np.array(frames[row])), side, rng) for row in rows])
    return _light(normalise(pixels), rng)


def _crop(frame: Tensor, side: int, rng: np.random.Generator) -> Tensor:
    edge = frame.shape[-1]
    area, stretch = rng.uniform(NEAREST, 1), np.exp(rng.uniform(-0.2, 0.2) / 2)
    height, width = (min(edge, round(edge * np.sqrt(area) * by)) for by in (stretch, 1 / stretch))
    top, left = (int(rng.integers(edge - length + 1)) for length in (height, width))
    taken: Tensor = transforms.functional.resized_crop(frame, top, left, height, width, [side, side], antialias=True)
    turned = torch.rot90(taken, int(rng.integers(4)), (1, 2))
    return turned.flip(2) if rng.random() < 0.5 else turned


def _light(images: Tensor, rng: np.random.Generator) -> Tensor:
    """Brightness, contrast and tint of normalised images, each by its own chance."""
    n = len(images)
    gain = torch.from_numpy(1 + rng.uniform(-LIGHT, LIGHT, (n, 1, 1, 1)) + rng.uniform(-TINT, TINT, (n, 3, 1, 1)))
    shift = torch.from_numpy(rng.uniform(-LIGHT, LIGHT, (n, 1, 1, 1)))
    middle = images.mean((1, 2, 3), keepdim=True)
    return ((images - middle) * gain.float() + middle + shift.float()).contiguous(memory_format=torch.channels_last)


def told(known: Tensor, rng: np.random.Generator) -> Tensor:
    """What is told beside photos (n, known), left out now and then."""
    return known * torch.from_numpy((rng.random((len(known), 1)) >= UNTOLD).astype(np.float32))


def whole(frames: NDArray[np.uint8], rows: Sequence[int], side: int) -> Tensor:
    """Whole frames as the network wants them (n, 3, side, side)."""
    return normalise(resized(frames, rows, side))


def resized(frames: NDArray[np.uint8], rows: Sequence[int], side: int) -> Tensor:
    """Whole frames as bytes (n, 3, side, side)."""
    pixels: Tensor = transforms.functional.resize(
        torch.from_numpy(np.asarray(frames[list(rows)])), [side, side], antialias=True
    )
    return pixels
