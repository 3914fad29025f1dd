"""Predictions: better than guessing on unseen photos, repeatable, and only from the weights that were asked for."""

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_image

from models import predicting
from models.head import from_bytes, to_bytes
from models.opening import NotAPhoto, open_photo
from models.predicting import Model, WrongWeights
from models.synthetic import draw, random_scene, to_jpeg

UNSEEN = 900_000  # neither training nor demonstration uses these seeds
EXTREMES = {9: "1++", 8: "1++", 2: "2", 1: "3"}


@pytest.fixture(scope="module")
def model() -> Model:
    path, sha256, _ = predicting.shipped()
    return predicting.load(path, sha256)


def _jpeg(seed: int, bms: int) -> bytes:
    return to_jpeg(draw(random_scene(UNSEEN + seed, bms=bms)).photo)


def test_marbled_and_lean_meat_are_told_apart(model):
    grades = list(model.card.classes)
    errors, baseline = [], []
    for seed in range(16):
        bms = list(EXTREMES)[seed % 4]
        answer = predicting.predict(model, _jpeg(seed, bms))
        truth = grades.index(EXTREMES[bms])
        errors.append(abs(grades.index(max(answer.grade, key=answer.grade.__getitem__)) - truth))
        baseline.append(abs(grades.index("1++") - truth))  # the commonest grade
    assert np.mean(errors) < 0.5 * np.mean(baseline)


def test_an_answer_is_complete_and_within_the_scale(model):
    answer = predicting.predict(model, _jpeg(1, 6))
    assert sum(answer.grade.values()) == pytest.approx(1, abs=1e-9)
    assert tuple(answer.grade) == model.card.classes
    assert tuple(answer.scores) == model.card.scores
    assert all(1 <= low <= value <= high <= 10 for value, low, high in answer.scores.values())
    assert answer.abstained == ()


def test_the_same_photo_gets_the_same_answer_from_every_thread(model):
    jpeg = _jpeg(2, 5)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: predicting.predict(model, jpeg), range(6)))
    table = np.array([[*a.grade.values(), *np.ravel(list(a.scores.values()))] for a in answers])
    assert np.ptp(table, axis=0).max() < 1e-5


def test_a_photo_turned_by_its_exif_tag_is_read_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees to show
    out = io.BytesIO()
    Image.new("RGB", (64, 32)).save(out, "JPEG", exif=exif)
    assert open_photo(out.getvalue()).size == (32, 64)


def test_a_photo_of_twelve_megapixels_gets_nearly_the_answer_of_its_small_copy(model):
    photo = draw(random_scene(UNSEEN, bms=8, width=4000, height=3000)).photo
    small = np.asarray(Image.fromarray(photo).resize((1000, 750), Image.Resampling.LANCZOS))
    large_answer, small_answer = (predicting.predict(model, to_jpeg(p)).grade for p in (photo, small))
    assert all(abs(large_answer[grade] - small_answer[grade]) < 0.25 for grade in large_answer)


def test_it_abstains_from_pork_and_from_what_is_no_meat(model):
    pork = predicting.predict(model, _jpeg(3, 1), species="pig")
    assert (pork.grade, pork.scores, pork.reason) == ({}, {}, "species")
    assert pork.abstained == ("grade", *model.card.scores)
    palace = predicting.predict(model, to_jpeg(load_sample_image("china.jpg")))
    assert palace.reason == "unlike_training"


def test_other_weights_and_broken_photos_are_refused(model):
    path, sha256, _ = predicting.shipped()
    raw = path.read_bytes()
    assert predicting.load(raw, sha256) is predicting.load(path, sha256)
    with pytest.raises(WrongWeights):
        predicting.load(raw[:-1] + b"x", sha256)
    with pytest.raises(NotAPhoto):
        predicting.predict(model, b"\xff\xd8 no photo")


def test_a_head_survives_its_file_and_gives_the_same_bytes(model):
    path, sha256, report = predicting.shipped()
    raw = path.read_bytes()
    assert to_bytes(from_bytes(raw)) == raw
    assert hashlib.sha256(raw).hexdigest() == sha256
    assert len(raw) < 200_000
    assert model.card.trained_on == report["trained_on"] == "generated photos"
    assert report["grade"]["accuracy"] > report["grade"]["accuracy_baseline"]
    assert all(score["mae"] <= score["mae_baseline"] for score in report["scores"].values())
