"""Where in a photo an answer comes from: Grad-CAM, as a map over the photo."""

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional

from core.naming import middle_grade
from models import predicting
from models.network import tell
from models.opening import open_photo
from models.predicting import Model
from models.preprocessing import normalise

GRADE = "grade"


class NoSuchTarget(ValueError):
    """The model does not answer this."""


def targets(model: Model) -> tuple[str, ...]:
    """What can be explained: the grade and each number that the model answers."""
    numbers = tuple(name for name, number in model.card.numbers.items() if number.answers)
    return ((GRADE,) if model.card.answers_grade else ()) + numbers


def explain(
    model: Model, image_bytes: bytes, target: str, species: str | None = "cattle", cut: str | None = None
) -> NDArray[np.float32]:
    """How much each place speaks for the grade that is named, or for a higher number: (height, width) of the photo's
    shape with a short side of the model's, 0..1 with 1 at the strongest place; 0 outside the square that the model
    sees.

    Grad-CAM (Selvaraju et al. 2017). Behind the last maps of this network come only a mean and a linear layer, so the
    gradient is the layer's weights, and no backward pass is needed; `tests/models/test_explaining.py` compares.

    Raises:
        NoSuchTarget: the model has no answer to this target.
        NotAPhoto: the bytes are no picture.
    """
    if target not in targets(model):
        raise NoSuchTarget(target)
    photo = open_photo(image_bytes, model.card.preprocessing.side)
    pixels = torch.from_numpy(np.asarray(model.card.preprocessing.square(photo)).copy()).permute(2, 0, 1)[None]
    with torch.inference_mode():
        maps = model.whole.network.backbone.maps(normalise(pixels))
        weights = _weights(model, maps.mean((2, 3)), tell(model.card.known, (species, cut))[None], target, species)
        heat = functional.relu(torch.einsum("c,chw->hw", weights, maps[0]))
    return _over_photo(heat / heat.max().clamp(min=1e-9), photo)


def _weights(model: Model, features: Tensor, told: Tensor, target: str, species: str | None) -> Tensor:
    """The gradient of the answer by the features (FEATURES,)."""
    network = model.whole.network
    if target != GRADE:
        weights: Tensor = network.numbers.weight[list(model.card.numbers).index(target)]
        return weights
    (said,) = predicting.chances(model.card, network.answer(features, told).grade, [species])
    own = network.grade.weight[[model.card.classes.index(grade) for grade in said]]
    chance = list(said.values())
    gradient: Tensor = own[int(middle_grade(chance))] - torch.tensor(chance, dtype=own.dtype) @ own
    return gradient


def _over_photo(heat: Tensor, photo: Image.Image) -> NDArray[np.float32]:
    """The map of the centre square, enlarged and laid where the square lies in the photo."""
    side = 256
    square = functional.interpolate(heat[None, None], (side, side), mode="bicubic", align_corners=False)[0, 0]
    scale = side / min(photo.size)
    width, height = (max(side, round(length * scale)) for length in photo.size)
    whole = np.zeros((height, width), np.float32)
    top, left = (height - side) // 2, (width - side) // 2
    whole[top : top + side, left : left + side] = square.clamp(0, 1).numpy()
    return whole
