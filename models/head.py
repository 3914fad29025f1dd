"""The small trained part on top of the backbone: linear, readable, and stored with everything needed to use it."""

import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from safetensors.torch import load as read_tensors
from safetensors.torch import save as write_tensors
from torch import Tensor

from models.backbone import FEATURES, Preprocessing

KEY = "meatlab"  # one metadata entry holding JSON: several entries would be written in any order


@dataclass(frozen=True)
class Card:
    """What a head is and what it may be asked."""

    name: str
    version: str
    species: tuple[str, ...]  # it abstains from every other species
    classes: tuple[str, ...]  # grades, best first
    scores: tuple[str, ...]
    scale: tuple[float, float]
    coverage: float  # share of true scores that the intervals are made to hold
    backbone: str
    preprocessing: Preprocessing
    trained_on: str
    photos: int
    seed: int


@dataclass(frozen=True)
class Head:
    """Linear weights on standardised features.

    ``mean``, ``spread`` (1280,); ``grade_weights`` (classes, 1280), ``grade_bias`` (classes,); ``score_weights``
    (scores, 1280), ``score_bias`` (scores,); ``residuals`` (scores, 2): the conformal lower and upper margin of each
    score; ``limit``: how unlike the training photos a photo may be.
    """

    card: Card
    mean: Tensor
    spread: Tensor
    grade_weights: Tensor
    grade_bias: Tensor
    score_weights: Tensor
    score_bias: Tensor
    residuals: Tensor
    limit: float

    def standardise(self, features: Tensor) -> Tensor:
        """Features (n, 1280) in deviations from the training photos' mean."""
        return (features - self.mean) / self.spread

    def strangeness(self, features: Tensor) -> Tensor:
        """How unlike the training photos each photo is (n,): the mean absolute deviation of its features."""
        return self.standardise(features).abs().mean(dim=1)

    def grades(self, features: Tensor) -> Tensor:
        """Grade probabilities (n, classes), each row summing to 1."""
        return torch.softmax(self.standardise(features) @ self.grade_weights.T + self.grade_bias, dim=1)

    def scores(self, features: Tensor) -> Tensor:
        """Score, low and high end of its interval (n, scores, 3), within the scale."""
        value = (self.standardise(features) @ self.score_weights.T + self.score_bias).clamp(*self.card.scale)
        ends = value[:, :, None] + self.residuals[None]
        return torch.cat([value[:, :, None], ends], dim=2).clamp(*self.card.scale)


TENSORS = ("mean", "spread", "grade_weights", "grade_bias", "score_weights", "score_bias", "residuals")


def to_bytes(head: Head) -> bytes:
    """The head as one safetensors file; equal heads give equal bytes."""
    tensors = {name: getattr(head, name).contiguous().float() for name in TENSORS}
    card = {**asdict(head.card), "limit": head.limit}
    return bytes(write_tensors(tensors, metadata={KEY: json.dumps(card, ensure_ascii=False)}))


def _with_tuples(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}


def read_card(raw: bytes) -> tuple[Card, float]:
    """Card and limit from the header of a safetensors file."""
    length = int.from_bytes(raw[:8], "little")
    fields = _with_tuples(json.loads(json.loads(raw[8 : 8 + length])["__metadata__"][KEY]))
    limit = float(fields.pop("limit"))
    preprocessing = Preprocessing(**_with_tuples(fields.pop("preprocessing")))
    return Card(preprocessing=preprocessing, **fields), limit


def from_bytes(raw: bytes) -> Head:
    """The head in a safetensors file."""
    card, limit = read_card(raw)
    tensors = read_tensors(raw)
    if tensors["grade_weights"].shape != (len(card.classes), FEATURES):
        raise ValueError("these weights do not belong to this backbone or to these grades")
    return Head(card=card, limit=limit, **{name: tensors[name] for name in TENSORS})


def conformal_margins(truth: np.ndarray, predicted: np.ndarray, coverage: float) -> np.ndarray:
    """Lower and upper margins (scores, 2) that hold ``coverage`` of new truths; both inputs are (n, scores).

    Split conformal prediction with signed residuals (Romano et al. 2019, arXiv:1905.03222, with constant width).
    """
    residual = truth - predicted
    tail, n = (1 - coverage) / 2, len(residual)
    low = np.quantile(residual, max(0.0, tail - tail / n), axis=0, method="lower")
    high = np.quantile(residual, min(1.0, 1 - tail + (1 - tail) / n), axis=0, method="higher")
    return np.stack([np.minimum(low, 0), np.maximum(high, 0)], axis=1)
