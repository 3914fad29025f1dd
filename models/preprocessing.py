"""How a photo becomes the network's input: one rule for training, evaluation and every prediction."""

from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor

from models.opening import open_photo
from models.torchvision_fix import transforms

MEAN, STD = 127 / 255, 128 / 255  # as the published weights were trained: the usual ImageNet means fit worse
VIEWS = ((), (-1,), (-2,), (-2, -1))  # upright, mirrored, upside down, both: meat has no up and no left


@dataclass(frozen=True)
class Preprocessing:
    """The centre square of the upright photo at `side` pixels; answers are averaged over the first `views` of VIEWS."""

    side: int = 256
    views: int = 2

    def square(self, photo: Image.Image) -> Image.Image:
        """The centre square, reduced with all its pixels (a plain bilinear reading would drop fine flecks)."""
        edge = min(photo.size)
        left, top = (photo.width - edge) / 2, (photo.height - edge) / 2
        box = (left, top, left + edge, top + edge)
        return photo.resize((self.side, self.side), Image.Resampling.BICUBIC, box=box, reducing_gap=2.0)

    def read(self, photo: bytes) -> Tensor:
        """One photo file as uint8 (3, side, side).

        Raises:
            NotAPhoto: the bytes are no picture.
        """
        pixels: Tensor = transforms.functional.pil_to_tensor(self.square(open_photo(photo, self.side)))
        return pixels

    def look(self, pixels: Tensor) -> list[Tensor]:
        """The views of photos (n, 3, side, side), each as the network wants it."""
        images = normalise(pixels)
        return [images.flip(axes) if axes else images for axes in VIEWS[: self.views]]


def normalise(pixels: Tensor) -> Tensor:
    """uint8 pixels (n, 3, h, w) as the network's numbers."""
    numbers = pixels.float().sub_(255 * MEAN).div_(255 * STD)
    return numbers.contiguous(memory_format=torch.channels_last)
