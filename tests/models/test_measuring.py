"""Measures of shapes and colours that are known."""

import time

import numpy as np
import pytest
import torch
from PIL import Image

from models import measuring
from models.colour import lab, lightness
from models.measuring import UNITS, NoMeat, colours, marbling, measure, texture
from models.segmenter_training import plain_photo
from models.strange import draw_strange


@pytest.fixture(scope="module")
def photo():
    return plain_photo(41_000_004)[0]


def squares(side, step, within=480):
    """A square eye muscle with square flecks of ``side`` pixels every ``step`` pixels."""
    eye = np.zeros((500, 500), np.bool_)
    eye[10 : 10 + within, 10 : 10 + within] = True
    y, x = np.mgrid[:500, :500] - 10
    return eye, eye & (y % step < side) & (x % step < side)


def test_marbling_of_squares_is_counted_right():
    eye, fat = squares(6, 24)  # 400 flecks of 36 pixels in 230,400
    found = marbling(eye, fat)
    assert found["fat_share"] == pytest.approx(6.25)
    assert found["fleck_count"] == pytest.approx(100 * 400 / measuring.REFERENCE)
    assert found["fleck_size"] == pytest.approx(100 * np.sqrt(36 / 230_400))
    assert found["fineness"] == pytest.approx(400 / measuring.REFERENCE)
    assert found["coarseness"] == 0
    assert found["unevenness"] < 3


def test_few_large_flecks_are_coarse_and_wider_though_the_share_is_the_same():
    fine, coarse = (marbling(*squares(side, 4 * side)) for side in (6, 60))
    assert coarse["fat_share"] == pytest.approx(fine["fat_share"])
    assert coarse["coarseness"] == 100
    assert coarse["fineness"] == 0
    assert coarse["fleck_width"] == pytest.approx(10 * fine["fleck_width"], rel=0.01)
    assert coarse["unevenness"] > 5 * fine["unevenness"]


def test_specks_too_small_to_trust_are_not_counted():
    eye, fat = squares(2, 24)
    assert marbling(eye, fat)["fleck_count"] == 0
    assert "fleck_size" not in marbling(eye, fat)


def test_size_of_the_picture_does_not_matter():
    eye, fat = squares(12, 48)
    whole, half = marbling(eye, fat), marbling(eye[::2, ::2], fat[::2, ::2])
    assert half == pytest.approx(whole, rel=0.03, abs=0.3)


@pytest.mark.parametrize(
    ("colour", "expected"),
    [
        ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((128, 128, 128), (53.59, 0, 0)),
        ((255, 255, 255), (100, 0, 0)),
        ((0, 0, 0), (0, 0, 0)),
        ((0, 0, 255), (32.30, 79.19, -107.86)),
        ((0, 128, 0), (46.23, -51.70, 49.90)),
    ],
)
def test_colours_are_those_of_the_standard(colour, expected):
    pixels = np.array([[colour]], np.uint8)
    assert lab(pixels)[0, 0] == pytest.approx(expected, abs=0.05)
    assert lightness(pixels)[0, 0] == pytest.approx(lab(pixels)[0, 0, 0], abs=0.03)


def test_lean_and_fat_have_their_own_colours_and_a_muscle_without_flecks_only_one():
    eye, fat = squares(8, 32)
    pixels = np.where(fat[..., None], np.uint8((240, 220, 200)), np.uint8((150, 50, 50))).astype(np.uint8)
    found = colours(pixels, eye, fat)
    assert found["fat_l"] - found["lean_l"] > 40
    assert found["lean_a"] > found["fat_a"] + 20
    assert set(colours(pixels, eye, fat & False)) == {"lean_l", "lean_a", "lean_b"}


def test_texture_of_stripes_by_hand():
    light = np.tile(np.array([40.0, 44.0], np.float32), (40, 20))  # two levels apart, column by column
    found = texture(light, np.ones((40, 40), np.bool_))
    # Three of the four directions meet the other colour each time, one never does
    assert found["texture_contrast"] == pytest.approx(0.75 * 4)
    assert found["texture_homogeneity"] == pytest.approx(0.25 + 0.75 / 5)
    assert found["texture_energy"] == pytest.approx(np.sqrt(0.5), abs=0.01)
    assert found["texture_correlation"] == pytest.approx(-0.5, abs=0.01)


def test_texture_cares_for_contrast_and_not_for_exposure():
    rng = np.random.default_rng(1)
    light = rng.normal(40, 3, (200, 200)).astype(np.float32)
    lean = np.ones(light.shape, np.bool_)
    assert texture(light + 12, lean) == pytest.approx(texture(light, lean), rel=0.01, abs=0.01)
    assert texture(40 + (light - 40) * 2, lean)["texture_contrast"] > 3 * texture(light, lean)["texture_contrast"]
    assert texture(np.full_like(light, 40), lean)["texture_homogeneity"] == 1


def test_a_photo_has_every_measure_in_order_and_within_reason(photo):
    measured = measure(photo)
    assert list(measured.values) == list(UNITS)
    assert all(np.isfinite(value) for value in measured.values.values())
    assert 0 < measured.values["fat_share"] < 45
    assert 15 < measured.values["lean_l"] < 60 < measured.values["fat_l"] < 100
    assert measured.values == measure(photo).values


def test_no_meat_is_said():
    for seed in (0, 2, 14, 15):
        with pytest.raises(NoMeat):
            measure(Image.fromarray(draw_strange(seed)))


def test_measuring_is_fast_enough_for_batches(photo):
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        large = photo.resize((640, 480))
        measure(large)
        took = []
        for _ in range(5):
            begin = time.process_time()
            measure(large)
            took.append(time.process_time() - begin)
        assert min(took) <= 0.15
    finally:
        torch.set_num_threads(threads)
