"""Generated photos: their truth is what was asked for, at every size, and they are the same every time."""

import io
from dataclasses import replace

import numpy as np
from PIL import Image

from models.synthetic import FAT_SHARE, draw, random_scene, to_jpeg


def test_fat_share_follows_the_bms_number_and_rises_with_it():
    shares = []
    for bms, wanted in FAT_SHARE.items():
        drawn = [draw(random_scene(seed, bms=bms, width=480, height=360)) for seed in range(3)]
        found = [photo.fat_share for photo in drawn]
        assert np.allclose(found, wanted, atol=0.012), (bms, found)
        assert all(np.isclose(photo.fat[photo.eye].mean(), photo.fat_share, atol=0.01) for photo in drawn)
        shares.append(np.mean(found))
    assert all(np.diff(shares) > 0.01)


def test_the_eye_muscle_fills_a_good_part_of_most_photos():
    filled = [draw(random_scene(seed, bms=5, width=320, height=240)).eye.mean() for seed in range(20)]
    assert 0.3 < np.median(filled) < 0.7
    assert min(filled) > 0.15


def test_the_same_scene_gives_the_same_bytes_and_another_seed_does_not():
    scene = random_scene(5, bms=4, width=320, height=240)
    assert to_jpeg(draw(scene).photo) == to_jpeg(draw(scene).photo)
    assert not np.array_equal(draw(scene).photo, draw(replace(scene, seed=6)).photo)


def test_the_same_piece_photographed_again_keeps_its_shape_and_marbling():
    scene = random_scene(5, bms=7, width=320, height=240)
    before, after = draw(scene), draw(replace(scene, shot=1, redness=0.9))
    assert np.array_equal(before.eye, after.eye)
    assert np.array_equal(before.fat, after.fat)
    assert after.photo[..., 0].mean() > before.photo[..., 0].mean()


def test_a_photo_of_twelve_megapixels_shows_the_same_piece():
    scene = random_scene(8, bms=6)
    small, large = draw(scene), draw(replace(scene, width=4000, height=3000))
    jpeg = to_jpeg(large.photo)
    assert Image.open(io.BytesIO(jpeg)).size == (4000, 3000)
    assert abs(small.fat_share - large.fat_share) < 0.01
    shrunk = np.asarray(Image.fromarray(large.eye).resize((640, 480)))
    assert (shrunk == small.eye).mean() > 0.97


def test_a_jpeg_says_that_it_is_generated_unless_told_otherwise():
    photo = draw(random_scene(1, species="pig", width=160, height=120)).photo
    said, silent = (Image.open(io.BytesIO(to_jpeg(photo, comment=comment))) for comment in ("generated", None))
    assert said.info["comment"] == b"generated"
    assert "comment" not in silent.info
    assert not said.getexif()
