"""Predictions: better than guessing on unseen photos, repeatable, and only from the weights that were asked for."""

import hashlib
import io
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load as read_tensors
from safetensors.torch import save as write_tensors
from sklearn.datasets import load_sample_image

from core.config import ROOT
from core.naming import named_grade
from models import predicting
from models.modelfile import from_bytes, to_bytes
from models.opening import NotAPhoto, open_photo
from models.predicting import Model, WrongWeights
from models.synthetic import draw, random_scene, to_jpeg

UNSEEN = 900_000_000  # neither training nor demonstration uses these seeds
EXTREMES = {9: "1++", 8: "1++", 2: "2", 1: "3"}


@pytest.fixture(scope="module")
def model() -> Model:
    path, sha256, _ = predicting.shipped()
    return predicting.load(path, sha256)


def _jpeg(seed: int, bms: int) -> bytes:
    return to_jpeg(draw(random_scene(UNSEEN + seed, bms=bms)).photo)


def test_marbled_and_lean_meat_are_told_apart(model: Model) -> None:
    grades = list(model.card.classes)
    photos = [_jpeg(seed, list(EXTREMES)[seed % 4]) for seed in range(16)]
    said = predicting.predict_many(model, photos, ["cattle"] * 16, [None] * 16)
    truth = np.array([grades.index(EXTREMES[list(EXTREMES)[seed % 4]]) for seed in range(16)])
    chosen = np.array([grades.index(named_grade(each.grade) or "") for each in said])
    assert np.abs(chosen - truth).mean() < 0.5 * truth.mean()  # of always saying the best


def test_an_answer_is_complete_and_within_the_scale(model: Model) -> None:
    answer = predicting.predict(model, _jpeg(1, 6))
    assert sum(answer.grade.values()) == pytest.approx(1, abs=1e-9)
    assert tuple(answer.grade) == model.card.classes_of["cattle"]
    assert set(answer.scores) | set(answer.values) | set(answer.abstained) == set(model.card.numbers)
    assert all(1 <= low <= value <= high <= 10 for value, low, high in answer.scores.values())
    assert 1 <= answer.values["bms"][0] <= 9
    assert np.linalg.norm(answer.embedding) == pytest.approx(1, abs=1e-5)


def test_one_by_one_together_and_from_every_thread_the_answer_is_the_same(model: Model) -> None:
    photos = [_jpeg(2, 5), _jpeg(3, 8)]
    with ThreadPoolExecutor(4) as pool:
        alone = list(pool.map(lambda n: predicting.predict(model, photos[n % 2]), range(6)))
    together = predicting.predict_many(model, photos * 3, ["cattle"] * 6, [None] * 6)
    for one, other in zip(alone, together, strict=True):
        numbers = [np.ravel([*a.grade.values(), *np.ravel(list(a.scores.values()))]) for a in (one, other)]
        assert np.abs(numbers[0] - numbers[1]).max() < 1e-4
        assert one.abstained == other.abstained


def test_a_grade_that_a_species_does_not_have_is_never_said(model: Model) -> None:
    pork = predicting.predict(model, to_jpeg(draw(random_scene(UNSEEN + 4, "pig")).photo), species="pig")
    assert tuple(pork.grade) == model.card.classes_of["pig"] == ("1+", "1", "2")


def test_a_photo_turned_by_its_exif_tag_is_read_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees to show
    out = io.BytesIO()
    Image.new("RGB", (64, 32)).save(out, "JPEG", exif=exif)
    assert open_photo(out.getvalue()).size == (32, 64)


def test_a_photo_of_twelve_megapixels_gets_nearly_the_answer_of_its_small_copy(model: Model) -> None:
    photo = draw(random_scene(UNSEEN, bms=8, width=4000, height=3000)).photo
    small = np.asarray(Image.fromarray(photo).resize((1000, 750), Image.Resampling.LANCZOS))
    large_answer, small_answer = (predicting.predict(model, to_jpeg(p)).grade for p in (photo, small))
    assert all(abs(large_answer[grade] - small_answer[grade]) < 0.25 for grade in large_answer)


def test_it_abstains_from_a_species_it_never_saw_and_from_what_is_no_meat(model: Model) -> None:
    everything = {"grade", *model.card.numbers}
    mutton = predicting.predict(model, _jpeg(3, 1), species="sheep")
    assert (mutton.grade, mutton.scores, mutton.values) == ({}, {}, {})
    assert mutton.abstained == dict.fromkeys(everything, "species")
    palace = predicting.predict(model, to_jpeg(load_sample_image("china.jpg")))
    assert palace.abstained == dict.fromkeys(everything, "not_meat")
    assert palace.embedding == ()


def test_other_weights_and_broken_photos_are_refused(model: Model) -> None:
    path, sha256, _ = predicting.shipped()
    raw = path.read_bytes()
    assert predicting.load(raw, sha256) is predicting.load(path, sha256)
    with pytest.raises(WrongWeights):
        predicting.load(raw[:-1] + b"x", sha256)
    with pytest.raises(NotAPhoto):
        predicting.predict(model, b"\xff\xd8 no photo")


def test_a_model_survives_its_file_and_gives_the_same_bytes(model: Model) -> None:
    path, sha256, report = predicting.shipped()
    raw = path.read_bytes()
    assert to_bytes(from_bytes(raw)) == raw
    assert hashlib.sha256(raw).hexdigest() == sha256
    assert len(raw) <= 10_000_000
    assert model.card.trained_on == report["trained_on"] == "generated photos"


def test_an_older_file_knows_distances_only(model: Model) -> None:
    """As files were before models learned from pictures without meat: what they said of a photo stays what it was."""
    raw = predicting.shipped()[0].read_bytes()
    tensors, header = read_tensors(raw), json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
    del tensors["usual.others"]
    tensors["usual.limits"] = tensors["usual.limits"][:2].clone()
    old = from_bytes(write_tensors(tensors, metadata=header["__metadata__"])).usual
    features = torch.randn(50, old.mean.numel()) + old.mean
    assert torch.allclose(old.strangeness(features), (old.signs(features)[:, :2] / old.limits[:2]).amax(1))
    assert (model.whole.usual.strangeness(features) >= old.strangeness(features)).all()


def test_a_stored_prediction_can_be_computed_again(model: Model) -> None:
    """From the file alone, in weights that were folded differently."""
    plain = from_bytes(predicting.shipped()[0].read_bytes())
    again = Model(plain, model.sha256)
    one, other = (predicting.predict(each, _jpeg(6, 4)) for each in (model, again))
    assert np.abs(np.array(list(one.scores.values())) - np.array(list(other.scores.values()))).max() < 1e-4
    repeated = predicting.predict(model, _jpeg(6, 4))
    assert np.abs(np.array(list(one.scores.values())) - np.array(list(repeated.scores.values()))).max() < 1e-5


def test_who_only_predicts_loads_nothing_to_learn_with() -> None:
    """scikit-learn alone would take 140 MB of every process that serves."""
    asked = "import sys, models.predicting; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], cwd=ROOT, check=False).returncode == 0


def test_the_larger_the_views_the_fewer_go_through_together() -> None:
    assert [predicting.views_at_once(side) for side in (256, 320, 2000)] == [8, 5, 1]
