"""No animal and no piece of meat is on two sides of a split."""

import numpy as np
import pandas as pd
import pytest

from models import backbone
from models.preprocessing import Preprocessing, normalise
from models.synthetic import draw, random_scene, to_jpeg
from models.training import splits
from models.training.looking import FAR

PARTS = ("train", "aside", "test")


def table(animals: np.ndarray, seed: int = 0) -> pd.DataFrame:
    grades = np.random.default_rng(seed).choice(["1++", "1", "3", None], len(animals))
    return pd.DataFrame({"animal": animals, "grade": grades})


@pytest.mark.parametrize("seed", range(5))
def test_an_animal_is_on_one_side(seed: int) -> None:
    rng = np.random.default_rng(seed)
    animals = rng.integers(0, 90, 300).astype(str).astype(object)
    animals[rng.random(300) < 0.1] = None
    features = rng.normal(size=(300, 32)).astype(np.float32)
    found = splits.split(table(animals, seed), features, seed)
    rows = [getattr(found, part) for part in PARTS]
    assert sorted(np.concatenate(rows).tolist()) == list(range(300))
    sides = [set(animals[part]) - {None} for part in rows]
    assert len(set.union(*sides)) == sum(map(len, sides))
    assert len(rows[2]) == pytest.approx(45, abs=12)


def test_photos_that_look_alike_stay_together_also_in_chains() -> None:
    rng = np.random.default_rng(3)
    features = rng.normal(size=(200, 64)).astype(np.float32)
    features[50] = features[10] * 1.01
    features[51] = features[50] + 0.02
    found = splits.groups(table(np.arange(200).astype(str).astype(object)), features)
    assert found[10] == found[50] == found[51]
    assert len(np.unique(found)) == 198


def test_the_same_piece_photographed_again_is_found_and_others_are_not() -> None:
    """What counts as alike was set on pictures like these: the same file at another quality, mirrored, or cropped."""
    pieces = [draw(random_scene(seed, bms=1 + seed % 9, width=320, height=240)).photo for seed in range(900, 912)]
    again = [np.ascontiguousarray(pieces[0][:, ::-1]), pieces[1][6:-6, 8:-8], pieces[2]]
    files = [to_jpeg(photo, 90) for photo in pieces] + [to_jpeg(photo, 60) for photo in again]
    look = Preprocessing(FAR)
    features = np.concatenate([backbone.features(normalise(look.read(file)[None])).numpy() for file in files])
    pairs = {(a, b) for block in splits.alike(features) for a, b in block.T.tolist() if a < b}
    assert pairs == {(0, 12), (1, 13), (2, 14)}


def test_the_same_seed_gives_the_same_split() -> None:
    animals = np.arange(100).astype(str).astype(object)
    features = np.random.default_rng(1).normal(size=(100, 8)).astype(np.float32)
    one, other = (splits.split(table(animals), features, 4) for _ in range(2))
    assert all((getattr(one, part) == getattr(other, part)).all() for part in PARTS)
