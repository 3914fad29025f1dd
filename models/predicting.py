"""Says what a trained model thinks of one photo: grade probabilities and scores with intervals."""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import torch

from models import backbone
from models.head import Card, Head, from_bytes
from models.opening import open_photo

SHIPPED = Path(__file__).parent.parent / "data" / "models"
_lock = Lock()


class WrongWeights(ValueError):
    """The weights are not the ones that were asked for."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(f"weights have SHA-256 {found[:12]}…, expected {expected[:12]}…")
        self.expected, self.found = expected, found


@dataclass(frozen=True)
class Model:
    """A head that is ready to use."""

    head: Head
    sha256: str

    @property
    def card(self) -> Card:
        return self.head.card


@dataclass(frozen=True)
class Prediction:
    """What a model says of one photo.

    ``grade`` maps grades to probabilities that sum to 1; ``scores`` maps names to (value, low, high) on the card's
    scale.  Where the model does not answer they are empty, ``abstained`` names what is missing and ``reason`` says why:
    ``species`` (never trained on it) or ``unlike_training`` (the photo resembles no training photo).
    """

    grade: dict[str, float]
    scores: dict[str, tuple[float, float, float]]
    abstained: tuple[str, ...] = ()
    reason: str | None = None


@lru_cache(maxsize=4)
def _ready(raw: bytes, sha256: str) -> Model:
    return Model(from_bytes(raw), sha256)


def load(weights: bytes | Path, sha256: str) -> Model:
    """The model in a safetensors file, read once per process; refuses bytes with another SHA-256."""
    raw = weights.read_bytes() if isinstance(weights, Path) else weights
    found = hashlib.sha256(raw).hexdigest()
    if found != sha256.lower():
        raise WrongWeights(sha256, found)
    with _lock:
        return _ready(raw, found)


def predict(model: Model, image_bytes: bytes, species: str = "cattle") -> Prediction:
    """What the model says of one photo file; the same file gives the same answer, from any thread."""
    names = ("grade", *model.card.scores)
    if species not in model.card.species:
        return Prediction({}, {}, names, "species")
    image = model.card.preprocessing(open_photo(image_bytes))
    with _lock:
        features = backbone.features(image[None])
    with torch.inference_mode():
        if float(model.head.strangeness(features)[0]) > model.head.limit:
            return Prediction({}, {}, names, "unlike_training")
        chance = model.head.grades(features)[0].double()
        scores = model.head.scores(features)[0].tolist()
    chance = chance / chance.sum()
    return Prediction(
        dict(zip(model.card.classes, chance.tolist(), strict=True)),
        {name: (value, low, high) for name, (value, low, high) in zip(model.card.scores, scores, strict=True)},
    )


def shipped() -> tuple[Path, str, dict[str, Any]]:
    """Path, SHA-256 and metadata (the training report) of the head that comes with the product."""
    report: dict[str, Any] = json.loads((SHIPPED / "report.json").read_text(encoding="utf-8"))
    return SHIPPED / report["file"], report["sha256"], report
