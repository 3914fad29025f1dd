"""What is usual among the photos that a model learns from, and what tells them from pictures without meat.

Distances know nothing of other pictures, and flat ones, such as a sheet of paper, lie near the middle of everything. So
the features of some pictures without meat are learnt from, too (outlier exposure, Hendrycks et al. 2019,
arXiv:1812.04606).
"""

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from models.usual import AXES, Usual

NEARLY_ALL = 0.99  # of photos set aside are within the limits
DOUBT = 0.5  # chance of no meat below which that is no reason to be silent
FREEDOM = 1e-3  # inverse strength of the penalty on the weights that tell meat from others


def learn(train: NDArray[np.float32], aside: NDArray[np.float32], others: NDArray[np.float32]) -> Usual:
    """From features of the photos learnt from (n, FEATURES) and of pictures without meat (k, FEATURES); limits
    are those of photos set aside (m, FEATURES)."""
    mean = train.mean(0)
    _, values, axes = np.linalg.svd(train - mean, full_matrices=False)
    count = min(AXES, len(values))
    spread = np.maximum(values[:count] / np.sqrt(len(train)), 1e-3)
    telling = _tensor(_telling(train, others))
    found = Usual(_tensor(mean), _tensor(_filled(axes[:count])), _tensor(_filled(spread, 1.0)), telling, torch.ones(3))
    limits = found.signs(torch.tensor(aside)).quantile(NEARLY_ALL, dim=0)
    limits[2] = limits[2].clamp(min=DOUBT)
    return replace(found, limits=limits)


def _telling(meat: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.floating]:
    """Weights and offset of a logistic regression for which both kinds count alike (FEATURES + 1,)."""
    both = np.concatenate([meat, others]).astype(np.float64)
    middle, spread = both.mean(0), np.maximum(both.std(0), 1e-3)
    classes = np.arange(len(both)) >= len(meat)
    model = LogisticRegression(C=FREEDOM, class_weight="balanced", max_iter=1000)
    fitted = model.fit((both - middle) / spread, classes)
    weights = fitted.coef_[0] / spread
    return np.append(weights, fitted.intercept_ - weights @ middle)


def _tensor(part: NDArray[np.floating]) -> Tensor:
    return torch.tensor(part, dtype=torch.float32)


def _filled(part: NDArray[np.floating], by: float = 0.0) -> NDArray[np.floating]:
    """Up to AXES rows, where there were fewer photos than that."""
    missing = AXES - len(part)
    return np.pad(part, [(0, missing), *[(0, 0)] * (part.ndim - 1)], constant_values=by) if missing else part
