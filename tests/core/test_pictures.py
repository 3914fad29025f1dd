"""What is taken as a photo, what is taken out of it, and what is not touched."""

import hashlib
import io
import struct
import zlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from core import pictures
from core.errors import BadInput
from tests.makers import jpeg

ORIENTATION, ARTIST, GPS_IFD, EXIF_IFD, TAKEN, OWNER, MAKER_NOTE = 0x112, 0x13B, 0x8825, 0x8769, 0x9003, 0xA430, 0x927C


def exif(*, orientation: int = 1, private: bool = False, taken: str = "2026:03:05 09:30:00") -> bytes:
    tags = Image.Exif()
    tags[ORIENTATION] = orientation
    tags[0x110] = "A phone"
    tags[EXIF_IFD] = {TAKEN: taken}
    if private:
        tags[ARTIST] = "Hong Gildong"
        tags[EXIF_IFD] |= {OWNER: "Hong Gildong", MAKER_NOTE: b"Hong Gildong"}
        tags[GPS_IFD] = {1: "N", 2: (37.0, 30.0, 0.0), 3: "E", 4: (127.0, 0.0, 0.0)}
    return tags.tobytes()


def segment(marker: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def with_segments(picture: bytes, *segments: bytes) -> bytes:
    return picture[:2] + b"".join(segments) + picture[2:]


def scans(picture: bytes) -> bytes:
    """From the first scan to the end-of-image marker: all that is compressed picture."""
    return picture[picture.index(b"\xff\xda") : picture.rindex(b"\xff\xd9") + 2]


def png(mode: str = "RGB", size: tuple[int, int] = (240, 200), color: Any = 0, **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, color).save(out, "PNG", **options)
    return out.getvalue()


def code(data: bytes) -> str:
    with pytest.raises(BadInput) as refused:
        pictures.read(data)
    (finding,) = refused.value.findings
    assert finding.field == "photo"
    return finding.code


def test_place_and_owner_go_and_the_compressed_picture_stays() -> None:
    original = jpeg(exif=exif(private=True), comment="Hong Gildong", xmp=b"<x>Hong Gildong</x>", progressive=True)
    assert original.count(b"Hong Gildong") == 5
    picture = pictures.read(original)
    assert b"Hong Gildong" not in picture.data
    assert scans(picture.data) == scans(original)
    with Image.open(io.BytesIO(picture.data)) as kept:
        assert dict(kept.getexif().get_ifd(GPS_IFD)) == {}
        assert kept.getexif()[0x110] == "A phone"
        assert kept.getexif().get_ifd(EXIF_IFD)[TAKEN] == "2026:03:05 09:30:00"


def test_notes_of_programs_and_previews_go_and_the_colour_profile_stays() -> None:
    original = jpeg(icc_profile=b"a profile", exif=exif())
    private = [segment(0xED, b"Photoshop 3.0\0x"), segment(0xEB, b"JP\0who signed"), segment(0xE2, b"MPF\0more")]
    picture = pictures.read(with_segments(original, *private))
    assert picture.data == original


def test_a_thumbnail_of_what_was_cut_away_goes() -> None:
    first, second = struct.pack("<HHIHH", ORIENTATION, 3, 1, 1, 0), struct.pack("<HHII", 0x100, 4, 1, 160)
    directories = b"II*\0\x08\0\0\0" + struct.pack("<H", 1) + first + struct.pack("<IH", 26, 1) + second + bytes(4)
    original = jpeg(exif=b"Exif\0\0" + directories)
    assert directories in original
    kept = pictures.read(original).data
    assert second not in kept
    assert pictures.read(kept).data == kept


def test_the_notes_of_a_cameras_maker_go_even_where_they_are_all_there_is() -> None:
    tags = Image.Exif()
    tags[EXIF_IFD] = {TAKEN: "2026:03:05 09:30:00", MAKER_NOTE: b"serial number of Hong Gildong"}
    original = jpeg(exif=tags.tobytes())
    assert b"Hong Gildong" in original
    assert b"Hong Gildong" not in pictures.read(original).data


@pytest.mark.parametrize("original", [jpeg(), jpeg(exif=exif()), jpeg(progressive=True), png(), png("P")])
def test_a_clean_file_keeps_its_bytes_and_its_hash(original: bytes) -> None:
    picture = pictures.read(original)
    assert hashlib.sha256(picture.data).digest() == hashlib.sha256(original).digest()


def test_texts_in_a_png_go() -> None:
    text = b"tEXtAuthor\0Hong Gildong"
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    clean = png()
    assert pictures.read(clean[:-12] + chunk + clean[-12:]).data == clean


def test_what_stands_behind_the_picture_goes() -> None:
    for clean in (jpeg(), jpeg(progressive=True), png()):
        assert pictures.read(clean + b"Hong Gildong" + jpeg()).data == clean


@pytest.mark.parametrize("orientation", range(1, 9))
def test_copies_lie_as_the_camera_meant(orientation: int) -> None:
    out = io.BytesIO()
    upright = Image.new("L", (400, 300), 0)
    upright.paste(255, (0, 0, 400, 60))  # bright along the first row as stored
    upright.save(out, "JPEG", exif=exif(orientation=orientation))
    picture = pictures.read(out.getvalue())
    lying = orientation >= 5
    assert (picture.width, picture.height) == ((300, 400) if lying else (400, 300))
    with Image.open(io.BytesIO(picture.copies[256])) as copy:
        assert copy.size == ((192, 256) if lying else (256, 192))
        bright = max(
            ((copy.convert("L").getpixel(where), name) for name, where in edges(copy.size).items()), default=(0, "")
        )
    sides = {1: "top", 2: "top", 3: "bottom", 4: "bottom", 5: "left", 6: "right", 7: "right", 8: "left"}
    assert bright[1] == sides[orientation]


def edges(size: tuple[int, int]) -> dict[str, tuple[int, int]]:
    width, height = size
    return {
        "top": (width // 2, 3),
        "bottom": (width // 2, height - 4),
        "left": (3, height // 2),
        "right": (width - 4, height // 2),
    }


def test_copies_have_their_longer_side_and_no_tags() -> None:
    picture = pictures.read(jpeg(2400, 1600, exif=exif(private=True)))
    sizes = {}
    for side, data in picture.copies.items():
        with Image.open(io.BytesIO(data)) as copy:
            sizes[side] = (copy.size, copy.format, dict(copy.getexif()))
    assert sizes == {1024: ((1024, 683), "JPEG", {}), 256: ((256, 171), "JPEG", {})}


@pytest.mark.parametrize(
    ("original", "brightness"),
    [
        (jpeg(mode="CMYK"), None),
        (jpeg(mode="L"), None),
        (png("I;16", color=0x8000), 128),
        (png("L", color=128), 128),
        (png("RGBA", color=(128, 128, 128, 255)), 128),
        (png("1", color=1), 255),
    ],
)
def test_every_colour_mode_has_readable_copies(original: bytes, brightness: int | None) -> None:
    with Image.open(io.BytesIO(pictures.read(original).copies[256])) as copy:
        assert copy.mode == "RGB"
        middle = copy.getpixel((120, 100))
    assert isinstance(middle, tuple)
    assert brightness is None or abs(middle[0] - brightness) <= 2


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8",
        b"not a picture",
        b"\xff\xd8\xff\xe0" + b"fake" * 100,
        b"\x89PNG\r\n\x1a\n" + b"fake" * 100,
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        jpeg()[:-400],
        jpeg(progressive=True)[:2000],
        png()[:-30],
    ],
)
def test_what_is_no_whole_picture_is_refused(data: bytes) -> None:
    assert code(data) == "photo_unreadable"


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "BMP", "WEBP"])
def test_other_kinds_of_picture_are_refused_whatever_they_are_called(kind: str) -> None:
    assert code(jpeg(format=kind)) == "photo_unreadable"


def test_too_small_too_large_and_too_many_pixels_are_told_apart() -> None:
    assert code(jpeg(199, 500)) == "photo_too_small"
    assert code(b"\0" * (pictures.MAX_BYTES + 1)) == "photo_too_large"
    assert code(png("1", (10_000, 9_000))) == "photo_too_many_pixels"


@pytest.mark.parametrize("taken", ["0001:01:01 00:00:00", "9999:12:31 23:59:59", "2026:99:01 00:00:00", "yesterday"])
def test_a_camera_with_no_sense_of_time_is_not_believed(taken: str) -> None:
    assert pictures.read(jpeg(exif=exif(taken=taken))).taken_at is None


def test_a_cameras_time_is_korean() -> None:
    taken_at = pictures.read(jpeg(exif=exif())).taken_at
    assert taken_at is not None
    assert taken_at.isoformat() == "2026-03-05T09:30:00+09:00"


def test_like_pictures_have_like_hashes() -> None:
    original = jpeg(600, 400)
    with Image.open(io.BytesIO(original)) as opened:
        out = io.BytesIO()
        opened.resize((500, 333)).save(out, "JPEG", quality=60)
    differing = int(pictures.read(original).perceptual_hash, 16) ^ int(
        pictures.read(out.getvalue()).perceptual_hash, 16
    )
    assert differing.bit_count() <= 10


BASES = [
    jpeg(exif=exif(private=True)), jpeg(progressive=True, exif=exif(orientation=6)), png(), png(exif=exif(private=True))
]  # fmt: skip


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_damaged_bytes_are_refused_or_give_a_picture_that_opens(data: st.DataObject) -> None:
    damaged = bytearray(data.draw(st.sampled_from(BASES)))
    early = st.integers(0, min(700, len(damaged) - 1))  # where the structure is
    for place in data.draw(st.lists(early | st.integers(0, len(damaged) - 1), min_size=1, max_size=6)):
        damaged[place] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        del damaged[data.draw(st.integers(2, len(damaged) - 1)) :]
    try:
        picture = pictures.read(bytes(damaged))
    except BadInput:
        return
    with Image.open(io.BytesIO(picture.data)) as kept:
        kept.load()
        assert sorted(kept.size) == sorted((picture.width, picture.height))
    assert not any(name in picture.data[:600] for name in (b"Hong Gildong",) if b"Hong Gildong" not in bytes(damaged))
