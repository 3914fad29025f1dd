"""The network is the published one: its weights fit and it recognises what is in two well-known photos."""

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_sample_image

from models import backbone
from models.backbone import SameConv2d
from models.preprocessing import Preprocessing, normalise

PALACE, DAISY = 698, 985  # ImageNet-1k class numbers


@pytest.mark.parametrize(("file", "wanted"), [("china.jpg", PALACE), ("flower.jpg", DAISY)])
def test_it_recognises_a_palace_and_a_flower(file, wanted):
    """A wrong padding, normalisation or order of layers would still run, but not see a palace in the Summer Palace.

    The flower is a dahlia, which ImageNet does not have; the daisy is its nearest class.
    """
    look = Preprocessing(side=256)  # of which the published network sees the middle 224 pixels
    square = torch.from_numpy(np.array(look.square(Image.fromarray(load_sample_image(file))))).permute(2, 0, 1)[
        :, 16:240, 16:240
    ]
    with torch.inference_mode():
        chance = backbone.load()(normalise(square[None])).softmax(1)[0]
    assert int(chance.argmax()) == wanted
    assert float(chance.max()) > 0.25
    assert float(chance.max()) > 1.5 * float(chance.topk(2).values[1])


def test_features_have_the_promised_shape_and_do_not_depend_on_their_neighbours():
    images = torch.rand(3, 3, 224, 224, generator=torch.Generator().manual_seed(1))
    together = backbone.features(images)
    assert together.shape == (3, backbone.FEATURES)
    assert torch.allclose(together[1:2], backbone.features(images[1:2]), atol=1e-4)


def test_padding_is_that_of_tensorflow():
    """For an even size and stride 2 the one row of padding is below, not above: the first output sees rows 0 to 2."""
    convolution = SameConv2d(1, 1, 3, 2, bias=False)
    torch.nn.init.ones_(convolution.weight)
    seen = convolution(torch.arange(16.0).reshape(1, 1, 4, 4)).detach()
    assert seen.shape == (1, 1, 2, 2)
    assert float(seen[0, 0, 0, 0]) == sum([0, 1, 2, 4, 5, 6, 8, 9, 10])
