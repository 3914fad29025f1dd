"""The small learned part of the segmentation: where meat and eye muscle lie, and which of their pixels are fat.

``Regions`` looks at the photo through the first eleven blocks of the frozen backbone (models.backbone) and paints a
coarse map of meat and eye muscle, as feature pyramids do (Lin et al. 2017, arXiv:1612.03144). ``Flecks`` is a small
U-Net (Ronneberger et al. 2015, arXiv:1505.04597) that tells fat from lean; the photo is taken apart into four
interleaved pictures of half the size, which keeps every pixel and costs a quarter. ``Borders``, a deeper and narrower
U-Net, puts both together and draws the eye muscle anew along the seams of fat.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from safetensors.torch import load as read_tensors
from torch import Tensor, nn
from torch.nn import functional

from models import backbone

SIDE = 256  # pixels of the long side that Regions sees
STEP = 16  # sides are multiples of it
FILE, CARD = "segmenter.safetensors", "segmenter.json"
HOME = Path(__file__).parent.parent / "data" / "models"
CONTRAST = 64.0  # of 255: what Flecks takes as one
_BLOCKS = (2, 4, 10)  # whose output Regions sees: a quarter, an eighth, a sixteenth of the side


class WrongSegmenter(ValueError):
    """The file of the segmenter is not the one its card was written for."""


class Regions(nn.Module):
    """Features of three sizes to logits of meat and eye muscle (n, 2, h / 4, w / 4)."""

    def __init__(self) -> None:
        super().__init__()
        self.coarse = nn.Conv2d(112, 48, 1)
        self.near = nn.Conv2d(48, 48, 3, padding=1)
        self.far = nn.Conv2d(48, 48, 3, padding=2, dilation=2)
        self.middle, self.middle_mix = nn.Conv2d(40, 48, 1), nn.Conv2d(48, 32, 3, padding=1)
        self.fine, self.fine_mix = nn.Conv2d(24, 32, 1), nn.Conv2d(32, 32, 3, padding=1)
        self.out = nn.Conv2d(32, 2, 1)

    def forward(self, seen: list[Tensor]) -> Tensor:
        fine, middle, coarse = seen
        x = functional.relu(self.near(functional.relu(self.coarse(coarse))))
        x = x + functional.relu(self.far(x))
        x = functional.relu(self.middle_mix(functional.relu(_as_large(x, middle) + self.middle(middle))))
        x = functional.relu(self.fine_mix(functional.relu(_as_large(x, fine) + self.fine(fine))))
        logits: Tensor = self.out(x)
        return logits


class Flecks(nn.Module):
    """Photos (n, 3, h, w) as differences from the eye muscle's median, sides multiples of 8, to logits (n, h, w)."""

    def __init__(self) -> None:
        super().__init__()
        self.in2, self.mix2 = nn.Conv2d(12, 16, 3, padding=1), nn.Conv2d(16, 16, 3, padding=1)
        self.in4, self.mix4 = nn.Conv2d(16, 32, 3, padding=1), nn.Conv2d(32, 32, 3, padding=1)
        self.in8, self.mix8 = nn.Conv2d(32, 48, 3, padding=1), nn.Conv2d(48, 48, 3, padding=1)
        self.up4, self.out4 = nn.Conv2d(48, 32, 1), nn.Conv2d(32, 32, 3, padding=1)
        self.up2, self.out2 = nn.Conv2d(32, 16, 1), nn.Conv2d(16, 16, 3, padding=1)
        self.out = nn.Conv2d(16, 4, 1)

    def forward(self, pixels: Tensor) -> Tensor:
        relu = functional.relu
        half = relu(self.mix2(relu(self.in2(functional.pixel_unshuffle(pixels, 2)))))
        quarter = relu(self.mix4(relu(self.in4(functional.avg_pool2d(half, 2)))))
        eighth = relu(self.mix8(relu(self.in8(functional.avg_pool2d(quarter, 2)))))
        quarter = relu(self.out4(quarter + _as_large(self.up4(eighth), quarter, "nearest")))
        half = relu(self.out2(half + _as_large(self.up2(quarter), half, "nearest")))
        return functional.pixel_shuffle(self.out(half), 2)[:, 0]


class Borders(nn.Module):
    """A quarter of the photo (n, SEEN, h, w), sides multiples of 16, to logits of meat and eye muscle (n, 2, 2 h, 2 w).

    It sees what the other two found and follows the seams of fat between the muscles, which Regions hardly sees.
    """

    SEEN = 19
    WIDTHS = (16, 32, 64, 96, 128)

    def __init__(self) -> None:
        super().__init__()
        ends = list(zip((self.SEEN, *self.WIDTHS), self.WIDTHS, strict=False))
        self.down = nn.ModuleList(nn.Conv2d(before, width, 3, padding=1) for before, width in ends)
        self.mix = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for width in self.WIDTHS)
        self.up = nn.ModuleList(nn.Conv2d(width, before, 1) for before, width in ends[1:])
        self.join = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for width in self.WIDTHS[:-1])
        self.out = nn.Conv2d(self.WIDTHS[0], 8, 1)

    def forward(self, x: Tensor) -> Tensor:
        relu, levels = functional.relu, []
        for number, (down, mix) in enumerate(zip(self.down, self.mix, strict=True)):
            x = relu(mix(relu(down(functional.avg_pool2d(x, 2) if number else x))))
            levels.append(x)
        for level, up, join in zip(levels[-2::-1], reversed(self.up), reversed(self.join), strict=True):
            x = relu(join(level + _as_large(up(x), level)))
        return functional.pixel_shuffle(self.out(x), 2)


def _as_large(x: Tensor, other: Tensor, mode: str = "bilinear") -> Tensor:
    return functional.interpolate(x, size=other.shape[2:], mode=mode)


def seen(images: Tensor) -> list[Tensor]:
    """Photos (n, 3, h, w), normalised, sides multiples of STEP, to what Regions takes."""
    network = backbone.load()
    x = functional.relu6(network._bn0(network._conv_stem(images)))
    found = []
    for number, block in enumerate(network._blocks[: _BLOCKS[-1] + 1]):
        x = block(x)
        if number in _BLOCKS:
            found.append(x)
    return found


@dataclass(frozen=True)
class Segmenter:
    """Both networks, ready to be used."""

    regions: Regions
    flecks: Flecks
    borders: Borders


def new() -> Segmenter:
    """Untrained networks, in the memory order that processors are fastest with."""
    return Segmenter(*(backbone.fast(network()) for network in (Regions, Flecks, Borders)))


def read(weights: bytes, sha256: str) -> Segmenter:
    """Trained networks from a safetensors file.

    Raises:
        WrongSegmenter: the bytes have another SHA-256.
    """
    found = hashlib.sha256(weights).hexdigest()
    if found != sha256:
        raise WrongSegmenter(f"the segmenter has SHA-256 {found[:12]}…, expected {sha256[:12]}…")
    tensors = read_tensors(weights)
    segmenter = new()
    for name, network in vars(segmenter).items():
        own = {
            key.removeprefix(f"{name}."): value.float() for key, value in tensors.items() if key.startswith(f"{name}.")
        }
        network.load_state_dict(own)
        network.eval().requires_grad_(False)
    return segmenter


def card() -> dict[str, Any]:
    """What is known of the segmenter that ships: its SHA-256, what it was trained on, its figures."""
    known: dict[str, Any] = json.loads((HOME / CARD).read_text(encoding="utf-8"))
    return known


@lru_cache(maxsize=1)
def load() -> Segmenter:
    """The segmenter that ships, read once a process."""
    return read((HOME / FILE).read_bytes(), card()["sha256"])
