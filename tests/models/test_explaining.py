"""The map is that of Grad-CAM with a real backward pass, and lies where the photo's square lies."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from models import explaining, modelfile, predicting
from models.network import tell
from models.opening import open_photo
from models.predicting import Model
from models.preprocessing import normalise
from models.synthetic import draw, random_scene, to_jpeg

PHOTO = to_jpeg(draw(random_scene(77, bms=7, width=480, height=360)).photo)


@pytest.fixture(scope="module")
def model() -> Model:
    path, sha256, _ = predicting.shipped()
    return predicting.load(path, sha256)


def by_hand(target: str) -> np.ndarray:
    """Grad-CAM as published: the gradient of the answer by each map, averaged over places, weighs the maps."""
    path, _, _ = predicting.shipped()
    whole = modelfile.from_bytes(path.read_bytes())  # not fused
    card, network = whole.card, whole.network
    pixels = card.preprocessing.read(PHOTO)[None]
    maps = network.backbone.maps(normalise(pixels)).detach().requires_grad_(True)
    answers = network.answer(maps.mean((2, 3)), tell(card.known, ("cattle", None))[None])
    if target == "grade":
        own = answers.grade[0, [card.classes.index(grade) for grade in card.classes_of["cattle"]]] / card.temperature
        place = int((own.softmax(0).cumsum(0) >= 0.5).nonzero()[0])  # the median
        answer = own.log_softmax(0)[place]
    else:
        answer = answers.numbers[0, list(card.numbers).index(target)]
    (gradient,) = torch.autograd.grad(answer, maps)
    heat = functional.relu((gradient.mean((2, 3), keepdim=True) * maps).sum(1))[0].detach()
    return (heat / heat.max()).numpy()


@pytest.mark.parametrize("target", ["grade", "marbling", "bms"])
def test_it_is_grad_cam(model: Model, target: str) -> None:
    found, expected = explaining.explain(model, PHOTO, target), by_hand(target)
    side = found.shape[0]
    square = found[:, (found.shape[1] - side) // 2 :][:, :side]
    small = functional.interpolate(torch.tensor(square)[None, None], expected.shape, mode="area")[0, 0].numpy()
    assert np.corrcoef(small.ravel(), expected.ravel())[0, 1] > 0.97


def test_the_map_has_the_shape_of_the_photo_and_nothing_outside_the_square(model: Model) -> None:
    found = explaining.explain(model, PHOTO, "grade")
    width, height = open_photo(PHOTO).size
    assert found.shape[1] / found.shape[0] == pytest.approx(width / height, abs=0.01)
    assert found.dtype == np.float32
    assert 0 <= found.min() <= found.max() <= 1
    edge = (found.shape[1] - found.shape[0]) // 2 - 1
    assert not found[:, :edge].any()


def test_what_the_model_does_not_answer_cannot_be_explained(model: Model) -> None:
    with pytest.raises(explaining.NoSuchTarget):
        explaining.explain(model, PHOTO, "price")
