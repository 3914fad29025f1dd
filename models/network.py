"""The network: one backbone, and a linear head for every target that is asked of a photo."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models import backbone
from models.backbone import FEATURES, EfficientNetLite0


@dataclass(frozen=True)
class Answers:
    """What the network says of n photos: logits (n, classes) and standardised numbers (n, targets)."""

    grade: Tensor
    numbers: Tensor


class Network(nn.Module):
    """Backbone and heads.

    ``known`` words may be told beside the photo (species and cuts). Telling nothing is allowed, too: training leaves
    them out now and then.
    """

    def __init__(self, classes: int, targets: int, known: int, *, pretrained: bool = True) -> None:
        super().__init__()
        self.backbone: EfficientNetLite0 = backbone.fresh() if pretrained else EfficientNetLite0()
        self.backbone._fc = nn.Identity()  # type: ignore[assignment]  # nobody asks for ImageNet's classes
        self.told = nn.Linear(known, FEATURES, bias=False)
        self.drop = nn.Dropout(0.2)
        self.grade = nn.Linear(FEATURES, classes)
        self.numbers = nn.Linear(FEATURES, targets)
        nn.init.zeros_(self.told.weight)

    def train(self, mode: bool = True) -> "Network":
        """Batch normalisation keeps what it learnt of a million pictures: a few hundred of meat would spoil it."""
        super().train(mode)
        for module in self.backbone.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self

    def answer(self, features: Tensor, told: Tensor) -> Answers:
        """Features (n, FEATURES) and what is told beside the photos (n, known) to answers."""
        seen = self.drop(features + self.told(told))
        return Answers(self.grade(seen), self.numbers(seen))

    def forward(self, images: Tensor, told: Tensor) -> Answers:
        """Photos (n, 3, side, side), normalised, and what is told beside them (n, known) to answers."""
        return self.answer(self.backbone.features(images), told)


def tell(known: Sequence[str], said: Sequence[str | None]) -> Tensor:
    """What is told of one photo as (known,): 1 for each word that the network knows."""
    return torch.tensor([float(word in said) for word in known])
