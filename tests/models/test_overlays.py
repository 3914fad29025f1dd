"""What is drawn over a photo."""

import numpy as np
import pytest
from PIL import Image

from models import overlays
from models.segmenting import Masks


@pytest.fixture
def photo():
    return Image.new("RGB", (300, 200), (150, 50, 50))


@pytest.fixture
def masks():
    """A round eye muscle with one square fleck, at half the photo's size."""
    y, x = np.mgrid[:100, :150]
    eye = np.hypot(x - 75, y - 50) < 40
    fat = np.zeros_like(eye)
    fat[40:60, 65:85] = True
    return Masks(eye, eye, fat)


def test_flecks_are_tinted_and_the_outline_is_drawn(photo, masks):
    pixels = np.asarray(overlays.marbling(photo, masks, 1.0)).astype(int)
    assert pixels.shape == (200, 300, 3)
    assert pixels[100, 150, 2] > pixels[100, 150, 0] + 80  # a fleck turns blue
    assert tuple(pixels[100, 100]) == (150, 50, 50)  # lean stays
    line = pixels[100, 60:80]
    assert (line[:, 1] > 180).any()  # yellow
    assert pixels[5, 5].mean() > 90  # the rest is paler


def test_strength_says_how_much_is_seen_and_nothing_leaves_the_photo(photo, masks):
    assert np.array_equal(np.asarray(overlays.marbling(photo, masks, 0)), np.asarray(photo))
    weak, strong = (np.asarray(overlays.marbling(photo, masks, s))[100, 150, 2] for s in (0.3, 0.9))
    assert weak < strong
    assert np.array_equal(
        np.asarray(overlays.marbling(photo, masks, 7)), np.asarray(overlays.marbling(photo, masks, 1))
    )


def test_without_an_eye_muscle_the_photo_comes_back(photo):
    nothing = np.zeros((100, 150), np.bool_)
    assert np.array_equal(np.asarray(overlays.marbling(photo, Masks(nothing, nothing, nothing))), np.asarray(photo))


def test_a_photo_with_an_alpha_channel_or_grey_will_do(masks):
    for mode in ("RGBA", "L", "P"):
        assert overlays.marbling(Image.new(mode, (300, 200)), masks, 0.5).mode == "RGB"


def test_heat_grows_lighter_with_the_number(photo):
    ramp = np.tile(np.linspace(0, 1, 30, dtype=np.float32), (20, 1))
    drawn = np.asarray(overlays.heat(photo, ramp, 1.0)).astype(float)
    assert drawn.shape == (200, 300, 3)
    assert drawn[100, -1].mean() > 200
    assert drawn[100, -1].mean() > drawn[100, 200].mean() > drawn[100, 60].mean()
    assert np.array_equal(np.asarray(overlays.heat(photo, ramp, 0)), np.asarray(photo))


def test_colours_of_heat_are_told_apart_without_colour():
    light = overlays.TABLE @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(light) > 0).all()


def test_a_map_of_one_point_or_with_gaps_will_do(photo):
    assert overlays.heat(photo, np.float32([[0.5]]), 0.5).size == photo.size
    assert overlays.heat(photo, np.float32([[np.nan, 2.0], [-1.0, 0.5]]), 0.5).size == photo.size
