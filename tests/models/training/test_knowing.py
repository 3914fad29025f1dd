"""What a model keeps of the photos that it learned from: far from them is strange, and so is what resembles no meat."""

import numpy as np
import torch

from models.training.knowing import learn
from models.usual import AXES

RNG = np.random.default_rng(5)


def test_strange_features_are_strange_within_the_axes_and_beside_them() -> None:
    base = RNG.normal(size=(8, 200)).astype(np.float32)
    known = (RNG.normal(size=(500, 8)) @ base + RNG.normal(0, 0.05, (500, 200))).astype(np.float32)
    found = learn(known[:300], known[300:400], known[:50] + 9)
    far = (6 * RNG.normal(size=(100, 8)) @ base).astype(np.float32)
    beside = known[400:] + RNG.normal(0, 1, (100, 200)).astype(np.float32)
    usually, strange, other = (found.strangeness(torch.tensor(each)) for each in (known[400:], far, beside))
    assert usually.median() < 1
    assert strange.median() > 2
    assert other.median() > 2


def test_what_resembles_pictures_without_meat_is_strange_though_it_lies_in_the_middle() -> None:
    known = RNG.normal(size=(500, 40)).astype(np.float32)
    flat = RNG.normal(0, 0.1, (100, 40)).astype(np.float32)
    known[:, 0], flat[:, 0] = np.abs(known[:, 0]) + 1, -0.1
    found = learn(known[:300], known[300:400], flat[:50])
    meat, other = found.signs(torch.tensor(known[400:])), found.signs(torch.tensor(flat[50:]))
    assert other[:, 0].median() < meat[:, 0].median()
    assert (found.strangeness(torch.tensor(known[400:])) < 1).float().mean() >= 0.9
    assert (found.strangeness(torch.tensor(flat[50:])) > 1).all()


def test_embeddings_have_unit_length_and_few_photos_are_enough() -> None:
    known = RNG.normal(size=(30, 100)).astype(np.float32)
    embedded = learn(known[:20], known[20:], known + 1).embed(torch.tensor(known))
    assert embedded.shape == (30, AXES)
    assert torch.allclose(embedded.norm(dim=1), torch.ones(30), atol=1e-5)
