"""What the photos that a model learnt from look like: how usual a photo is, and which others are like it."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

AXES = 64
NEARLY_ALL = 0.99  # of photos set aside are within the limits


@dataclass(frozen=True)
class Usual:
    """The main axes of the features: mean (FEATURES,), axes (AXES, FEATURES) and spread (AXES,) along them.

    limits (2,): what distances within and beside the axes are measured by.
    """

    mean: Tensor
    axes: Tensor
    spread: Tensor
    limits: Tensor

    def embed(self, features: Tensor) -> Tensor:
        """Features (n, FEATURES) as unit vectors (n, AXES): near each other where photos look alike."""
        return functional.normalize(self._along(features), dim=1)

    def strangeness(self, features: Tensor) -> Tensor:
        """How unlike the known photos each photo is (n,): 1 at the limit, 0 right in their middle."""
        return (self.distances(features) / self.limits).amax(1)

    def distances(self, features: Tensor) -> Tensor:
        """Mahalanobis distance within the main axes, and Euclidean distance beside them (n, 2) (Lee et al. 2018;
        the second after Wang et al., CVPR 2022)."""
        away, along = features - self.mean, self._along(features)
        beside = away - (along * self.spread) @ self.axes
        return torch.stack([along.square().mean(1).sqrt(), beside.norm(dim=1)], 1)

    def _along(self, features: Tensor) -> Tensor:
        along: Tensor = (features - self.mean) @ self.axes.T / self.spread
        return along


def learn(train: NDArray[np.float32], aside: NDArray[np.float32]) -> Usual:
    """From features of the photos learnt from (n, FEATURES), with limits from photos set aside (m, FEATURES)."""
    mean = train.mean(0)
    _, values, axes = np.linalg.svd(train - mean, full_matrices=False)
    count = min(AXES, len(values))
    spread = np.maximum(values[:count] / np.sqrt(len(train)), 1e-3)
    found = Usual(_tensor(mean), _tensor(_filled(axes[:count])), _tensor(_filled(spread, 1.0)), torch.ones(2))
    return replace(found, limits=found.distances(torch.tensor(aside)).quantile(NEARLY_ALL, dim=0))


def _tensor(part: NDArray[np.floating]) -> Tensor:
    return torch.tensor(part, dtype=torch.float32)


def _filled(part: NDArray[np.floating], by: float = 0.0) -> NDArray[np.floating]:
    """Up to AXES rows, where there were fewer photos than that."""
    missing = AXES - len(part)
    return np.pad(part, [(0, missing), *[(0, 0)] * (part.ndim - 1)], constant_values=by) if missing else part
