"""A model as one safetensors file: weights, what is usual, and a card with everything needed to use them."""

import json
import math
from dataclasses import asdict, dataclass
from typing import Any

import torch
from safetensors.torch import load as read_tensors
from safetensors.torch import save as write_tensors
from torch import Tensor

from models.network import Network
from models.preprocessing import Preprocessing
from models.usual import Usual

KEY = "meatlab"  # one metadata entry holding JSON: several entries would be written in any order
FORM = 2
USUAL = ("mean", "axes", "spread", "others", "limits")


@dataclass(frozen=True)
class Number:
    """A number that the model gives: standardised by mean and spread; margins of its interval; what it may reach."""

    mean: float
    spread: float
    margins: tuple[float, float]  # low (at most 0) and high (at least 0), in the number's unit
    limits: tuple[float | None, float | None]
    answers: bool = True  # no: not better than always saying the mean

    @property
    def ends(self) -> tuple[float, float]:
        """The limits, infinite where it has none."""
        low, high = self.limits
        return -math.inf if low is None else low, math.inf if high is None else high


@dataclass(frozen=True)
class Card:
    """What a model is and what it may be asked."""

    name: str
    version: str
    classes: tuple[str, ...]  # grades, best first
    classes_of: dict[str, tuple[str, ...]]  # the grades of each species it was trained on
    answers_grade: bool
    temperature: float
    numbers: dict[str, Number]
    scores: tuple[str, ...]  # which of the numbers are scores, on `scale`
    values: tuple[str, ...]  # and which have a unit of their own
    scale: tuple[float, float]
    coverage: float  # share of true numbers that the intervals are made to hold
    known: tuple[str, ...]  # what may be told beside the photo
    backbone: str
    preprocessing: Preprocessing
    trained_on: str
    photos: int
    animals: int
    seed: int
    code: str

    @property
    def species(self) -> tuple[str, ...]:
        """It abstains from every other."""
        return tuple(self.classes_of)


@dataclass(frozen=True)
class Whole:
    """A model, ready to be stored or used."""

    card: Card
    network: Network
    usual: Usual


def to_bytes(model: Whole) -> bytes:
    """The model as one file; equal models give equal bytes. The backbone's numbers are kept at half their length."""
    tensors = {f"usual.{name}": getattr(model.usual, name).float().contiguous() for name in USUAL}
    for name, value in model.network.state_dict().items():
        if value.is_floating_point():
            tensors[name] = _stored(name, value)
    text = json.dumps({"form": FORM, **asdict(model.card)}, ensure_ascii=False)
    return bytes(write_tensors(tensors, metadata={KEY: text}))


def _stored(name: str, value: Tensor) -> Tensor:
    plain = value.detach().cpu().contiguous()
    return plain.half() if name.startswith("backbone.") and plain.dim() > 1 else plain.float()


def from_bytes(raw: bytes) -> Whole:
    """The model in a file.

    Raises:
        ValueError: the file is of another form, or its parts do not belong together.
    """
    card, tensors = read_card(raw), read_tensors(raw)
    network = Network(len(card.classes), len(card.numbers), len(card.known), pretrained=False)
    own = network.state_dict()
    for name, value in own.items():
        if value.is_floating_point():
            if name not in tensors or tensors[name].shape != value.shape:
                raise ValueError(f"these weights do not belong to this network: {name}")
            own[name] = tensors[name].float()
    network.load_state_dict(own)
    return Whole(card, network.eval().requires_grad_(False), _usual(tensors))


def _usual(tensors: dict[str, Tensor]) -> Usual:
    """Older files had not learnt from pictures without meat: there no chance of them is a reason to be silent."""
    found = {name: tensors[f"usual.{name}"] for name in USUAL if f"usual.{name}" in tensors}
    if "others" not in found:
        found["others"] = torch.zeros(found["mean"].numel() + 1)
        found["limits"] = torch.cat([found["limits"], torch.tensor([math.inf])])
    return Usual(**found)


def halved(network: Network) -> Network:
    """The network as it will be read from its file, so that what is measured of it holds there."""
    with torch.no_grad():
        for name, value in network.state_dict().items():
            if value.is_floating_point():
                value.copy_(_stored(name, value).float())
    return network


def read_card(raw: bytes) -> Card:
    """The card from the header of a safetensors file."""
    length = int.from_bytes(raw[:8], "little")
    fields: dict[str, Any] = json.loads(json.loads(raw[8 : 8 + length])["__metadata__"][KEY])
    if fields.pop("form", None) != FORM:
        raise ValueError("this file was written by another version of Meatlab")
    fields["preprocessing"] = Preprocessing(**fields["preprocessing"])
    fields["numbers"] = {name: Number(**_with_tuples(number)) for name, number in fields["numbers"].items()}
    fields["classes_of"] = _with_tuples(fields["classes_of"])
    return Card(**_with_tuples(fields))


def _with_tuples(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
