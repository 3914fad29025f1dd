"""What a trained model says of photos: grade probabilities and numbers with intervals, or why it says nothing."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import torch
from torch import Tensor

from models import modelfile
from models.backbone import fast
from models.fusing import fused
from models.modelfile import Card, Whole
from models.network import tell

SHIPPED = Path(__file__).parent.parent / "data" / "models"
UNLIKE, NO_MEAT = 0.95, 1.35  # strangeness above which a model says nothing; above which it is no meat to its eyes
BATCH = 16  # photos that are read while others are looked at
AT_ONCE = 8 * 256 * 256  # pixels in the network at a time: more need memory, and are no faster on a processor
_lock = Lock()

Said = tuple[float, float, float]  # value, low, high


class WrongWeights(ValueError):
    """The weights are not the ones that were asked for."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(f"weights have SHA-256 {found[:12]}…, expected {expected[:12]}…")
        self.expected, self.found = expected, found


@dataclass(frozen=True)
class Model:
    """A model that is ready to use."""

    whole: Whole
    sha256: str

    @property
    def card(self) -> Card:
        return self.whole.card


@dataclass(frozen=True)
class Prediction:
    """What a model says of one photo.

    ``grade`` maps grades, best first, to probabilities that sum to 1; ``scores`` (on the card's scale) and ``values``
    (in the catalogue's units) map names to value, low and high. ``abstained`` names what it does not answer, and why:
    ``species`` (never trained on it), ``not_meat``, ``unlike_training``, ``no_better`` (than always saying the mean).
    ``strangeness`` is 0 for a usual photo and above 1 for hardly any known one; ``embedding`` is a unit vector.
    """

    grade: dict[str, float]
    scores: dict[str, Said]
    values: dict[str, Said]
    abstained: dict[str, str]
    strangeness: float
    embedding: tuple[float, ...]


def load(weights: bytes | Path, sha256: str) -> Model:
    """The model in a safetensors file, read once per process; refuses bytes with another SHA-256."""
    raw = weights.read_bytes() if isinstance(weights, Path) else weights
    found = hashlib.sha256(raw).hexdigest()
    if found != sha256.lower():
        raise WrongWeights(sha256, found)
    with _lock:
        return _ready(raw, found)


@lru_cache(maxsize=2)
def _ready(raw: bytes, sha256: str) -> Model:
    whole = modelfile.from_bytes(raw)
    return Model(Whole(whole.card, fast(fused(whole.network)), whole.usual), sha256)


def predict(model: Model, image_bytes: bytes, species: str | None = "cattle", cut: str | None = None) -> Prediction:
    """What the model says of one photo file; the same file gives the same answer, from any thread.

    Raises:
        NotAPhoto: the bytes are no picture.
    """
    return next(_predicted(model, [model.card.preprocessing.read(image_bytes)], [species], [cut]))


def predict_many(
    model: Model, photos: Sequence[bytes], species: Sequence[str | None], cuts: Sequence[str | None]
) -> list[Prediction]:
    """The same of many photos; they are decoded while others are looked at."""
    said: list[Prediction] = []
    with ThreadPoolExecutor() as pool:
        pixels = pool.map(model.card.preprocessing.read, photos)
        for start in range(0, len(photos), BATCH):
            part = slice(start, start + BATCH)
            read = [next(pixels) for _ in photos[part]]
            said += _predicted(model, read, species[part], cuts[part])
    return said


def _predicted(
    model: Model, pixels: Sequence[Tensor], species: Sequence[str | None], cuts: Sequence[str | None]
) -> Iterator[Prediction]:
    card, network = model.card, model.whole.network
    features = look(model, torch.stack(list(pixels)))
    with torch.inference_mode():
        told = torch.stack([tell(card.known, pair) for pair in zip(species, cuts, strict=True)])
        answers = network.answer(features, told)
        strangeness = model.whole.usual.strangeness(features).tolist()
        embedding = model.whole.usual.embed(features)
        grades = chances(card, answers.grade, species)
    for row, kind in enumerate(species):
        why = _silent(card, kind, strangeness[row])
        numbers = {} if why else _numbers(card, answers.numbers[row].tolist())
        yield Prediction(
            dict(grades[row]) if card.answers_grade and card.classes and not why else {},
            {name: numbers[name] for name in card.scores if name in numbers},
            {name: numbers[name] for name in card.values if name in numbers},
            dict(_abstained(card, why)),
            strangeness[row],
            () if why == "not_meat" else tuple(embedding[row].tolist()),
        )


def look(model: Model, pixels: Tensor) -> Tensor:
    """Features (n, FEATURES) of uint8 photos (n, 3, side, side): the mean over the views."""
    with _lock, torch.inference_mode():
        images, look = torch.cat(model.card.preprocessing.look(pixels)), model.whole.network.backbone.features
        some = views_at_once(model.card.preprocessing.side)
        parts = [look(part.contiguous(memory_format=torch.channels_last)) for part in images.split(some)]
        return torch.cat(parts).unflatten(0, (-1, len(pixels))).mean(0)


def views_at_once(side: int) -> int:
    """How many views of that side go through the network together."""
    return max(1, AT_ONCE // side**2)


def chances(card: Card, logits: Tensor, species: Sequence[str | None]) -> list[dict[str, float]]:
    """Calibrated probabilities of the grades that a species has, for each photo."""
    found = []
    for row, kind in zip(logits.double() / card.temperature, species, strict=True):
        own = card.classes_of.get(kind or "", card.classes)
        places = [card.classes.index(grade) for grade in own]
        found.append(dict(zip(own, row[places].softmax(0).tolist(), strict=True)))
    return found


def _silent(card: Card, species: str | None, strangeness: float) -> str | None:
    """Why the model says nothing at all of a photo."""
    if strangeness > NO_MEAT:
        return "not_meat"
    if species is not None and species not in card.species:
        return "species"
    return "unlike_training" if strangeness > UNLIKE else None


def _numbers(card: Card, standardised: Sequence[float]) -> dict[str, Said]:
    said = {}
    for (name, number), value in zip(card.numbers.items(), standardised, strict=True):
        middle = number.mean + number.spread * value
        if number.answers:
            least, most = number.ends
            low, high = (min(most, max(least, middle + margin)) for margin in number.margins)
            said[name] = min(most, max(least, middle)), low, high
    return said


def _abstained(card: Card, why: str | None) -> Iterator[tuple[str, str]]:
    if why or not card.answers_grade:
        yield "grade", why or "no_better"
    for name, number in card.numbers.items():
        if why or not number.answers:
            yield name, why or "no_better"


def shipped() -> tuple[Path, str, dict[str, Any]]:
    """Path, SHA-256 and report of the model that comes with the product."""
    report: dict[str, Any] = json.loads((SHIPPED / "report.json").read_text(encoding="utf-8"))
    return SHIPPED / report["file"], report["sha256"], report
