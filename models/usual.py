"""What the photos that a model learnt from look like: how usual a photo is, and which others are like it."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

AXES = 64


@dataclass(frozen=True)
class Usual:
    """The main axes of the features: mean (FEATURES,), axes (AXES, FEATURES) and spread (AXES,) along them.

    others (FEATURES + 1,): weights and offset that tell pictures without meat. limits (3,): what distances within and
    beside the axes, and the chance of no meat, are measured by.
    """

    mean: Tensor
    axes: Tensor
    spread: Tensor
    others: Tensor
    limits: Tensor

    def embed(self, features: Tensor) -> Tensor:
        """Features (n, FEATURES) as unit vectors (n, AXES): near each other where photos look alike."""
        return functional.normalize(self._along(features), dim=1)

    def strangeness(self, features: Tensor) -> Tensor:
        """How unlike the known photos each photo is (n,): 1 at the limit, 0 right in their middle."""
        return (self.signs(features) / self.limits).amax(1)

    def signs(self, features: Tensor) -> Tensor:
        """Mahalanobis distance within the main axes, Euclidean distance beside them (Lee et al. 2018; the second after
        Wang et al., CVPR 2022), and the chance that it is no meat (n, 3)."""
        away, along = features - self.mean, self._along(features)
        beside = away - (along * self.spread) @ self.axes
        no_meat = (features @ self.others[:-1] + self.others[-1]).sigmoid()
        return torch.stack([along.square().mean(1).sqrt(), beside.norm(dim=1), no_meat], 1)

    def _along(self, features: Tensor) -> Tensor:
        along: Tensor = (features - self.mean) @ self.axes.T / self.spread
        return along
