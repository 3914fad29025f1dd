"""Broken and strange photos: refused by one sentence, or read and answered; nothing else ever happens."""

import io
import random
import warnings
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image

from core import pictures, words
from core.errors import BadInput
from models import explaining, predicting
from models.measuring import NoMeat, measure
from models.opening import open_photo
from models.predicting import Model
from models.strange import draw_strange
from models.synthetic import draw, random_scene

Dice = random.Random
SIDE = 320


@pytest.fixture(scope="module")
def model() -> Model:
    path, sha256, _ = predicting.shipped()
    return predicting.load(path, sha256)


def saved(photo: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    photo.save(out, kind, **options)
    return out.getvalue()


def meat(dice: Dice) -> Image.Image:
    return Image.fromarray(draw(random_scene(dice.randrange(500), width=SIDE, height=SIDE)).photo)


def kept(dice: Dice) -> bytes:
    """A good photo in one of the forms that are taken."""
    kind = dice.choice(["JPEG", "PNG"])
    return saved(meat(dice), kind, **({"progressive": dice.random() < 0.5} if kind == "JPEG" else {}))


def cut_off(dice: Dice) -> bytes:
    data = kept(dice)
    return data[: dice.randrange(len(data))]


def with_wrong_bytes(dice: Dice) -> bytes:
    data = bytearray(kept(dice))
    for _ in range(dice.choice([1, 10, 200])):
        data[dice.randrange(len(data))] = dice.randrange(256)
    return bytes(data)


def with_a_hole(dice: Dice) -> bytes:
    data = kept(dice)
    begin = dice.randrange(len(data))
    return data[:begin] + data[begin + dice.randrange(1, 5000) :]


def with_a_tail(dice: Dice) -> bytes:
    return kept(dice) + dice.randbytes(dice.randrange(1, 5000))


def two_in_one(dice: Dice) -> bytes:
    return cut_off(dice) + kept(dice)


def no_picture(dice: Dice) -> bytes:
    begin = dice.choice([b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"<svg>", b"%PDF-1.7", b"PK\x03\x04"])
    return begin + dice.randbytes(dice.choice([0, 3, 3000]))


def of_another_kind(dice: Dice) -> bytes:
    return saved(meat(dice), dice.choice(["GIF", "BMP", "TIFF", "WEBP"]))


def of_another_mode(dice: Dice) -> bytes:
    mode, kind = dice.choice(
        [("L", "JPEG"), ("CMYK", "JPEG"), ("L", "PNG"), ("P", "PNG"), ("RGBA", "PNG"), ("LA", "PNG"), ("1", "PNG"),
         ("I;16", "PNG")]
    )  # fmt: skip
    photo = meat(dice)
    fine = Image.fromarray(np.asarray(photo.convert("L"), np.uint16) * 257)  # 16 bits a pixel
    return saved(fine if mode == "I;16" else photo.convert(mode), kind)


def moving(dice: Dice) -> bytes:
    return saved(meat(dice), "PNG", save_all=True, append_images=[meat(dice)])


def of_another_shape(dice: Dice) -> bytes:
    size = dice.choice([(1, 1), (1, 4000), (4000, 1), (200, 199), (3000, 210), (205, 3000)])
    return saved(meat(dice).resize(size), dice.choice(["JPEG", "PNG"]))


def turned(dice: Dice) -> bytes:
    tags = Image.Exif()
    tags[0x0112] = dice.randrange(10)
    return saved(meat(dice), "JPEG", exif=tags)


def of_one_colour(dice: Dice) -> bytes:
    return saved(Image.new("RGB", (SIDE, SIDE), tuple(dice.choices([0, 128, 255], k=3))), dice.choice(["JPEG", "PNG"]))


def of_something_else(dice: Dice) -> bytes:
    return saved(Image.fromarray(draw_strange(dice.randrange(10_000), SIDE, SIDE)), "JPEG")


def spoiled(dice: Dice) -> bytes:
    """Much too dark, too bright, or noisy."""
    pixels = np.asarray(meat(dice), float) * dice.choice([0.02, 0.3, 3.0])
    noise = np.random.default_rng(dice.randrange(1000)).normal(0, dice.choice([0, 60]), pixels.shape)
    return saved(Image.fromarray((pixels + noise).clip(0, 255).astype(np.uint8)), "JPEG", quality=dice.choice([1, 90]))


KINDS: tuple[Callable[[Dice], bytes], ...] = (
    kept, cut_off, with_wrong_bytes, with_a_hole, with_a_tail, two_in_one, no_picture, of_another_kind, of_another_mode,
    moving, of_another_shape, turned, of_one_colour, of_something_else, spoiled,
)  # fmt: skip


def outcome(model: Model, data: bytes) -> str:
    """Goes with a file all the way that a photo goes; how that ended."""
    try:
        photo = pictures.read(data).data
    except BadInput as refusal:
        return "refused" if all(words.has(f"finding.{each.code}") for each in refusal.findings) else "no word"
    said = predicting.predict(model, photo)
    assert said.grade or said.abstained["grade"]
    assert np.isfinite([said.strangeness, *said.grade.values(), *np.ravel(list(said.scores.values()))]).all()
    if said.grade:
        assert np.isfinite(explaining.explain(model, photo, "grade")).all()
    with suppress(NoMeat):
        assert np.isfinite(list(measure(open_photo(photo)).values.values())).all()
    return "answered" if said.grade else "silent"


@pytest.mark.parametrize("count", [45, pytest.param(1000, marks=[pytest.mark.soak, pytest.mark.timeout(3600)])])
def test_no_file_is_more_than_refused(model: Model, count: int) -> None:
    found = Counter[tuple[str, str]]()
    for number in range(count):
        dice = Dice(number)
        kind = KINDS[number % len(KINDS)]
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            found[kind.__name__, outcome(model, kind(dice))] += 1
    assert found["kept", "refused"] == found["turned", "refused"] == found["of_something_else", "refused"] == 0
    assert found["no_picture", "answered"] == found["no_picture", "silent"] == 0
    assert found["of_one_colour", "answered"] == 0
    assert found["kept", "answered"] > found["kept", "silent"]
    assert {how for _, how in found} == {"refused", "silent", "answered"}
