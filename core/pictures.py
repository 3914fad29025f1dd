"""What bytes sent as a photo really are: type, size, private tags removed without re-encoding, smaller copies."""

import io
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from PIL import Image, ImageOps, UnidentifiedImageError

from core.clock import SEOUL
from core.errors import BadInput, Finding

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 80_000_000
MIN_SIDE = 200
COPIES = (1024, 256)
MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png"}

ORIENTATION, EXIF_IFD, DATE_TIME_ORIGINAL = 0x0112, 0x8769, 0x9003
# What a picture may keep: how it is to be shown and how it was exposed. All else, GPS, owner, serial numbers and
# maker notes among it, says where or by whom it was taken. Tag numbers: CIPA DC-008 (Exif 2.32).
KEPT_TAGS = {0x010F, 0x0110, ORIENTATION, 0x011A, 0x011B, 0x0128, 0x0132, 0x0213, EXIF_IFD}
KEPT_EXIF_TAGS = {
    *(0x829A, 0x829D, 0x8822, 0x8827, 0x8830, 0x9000, DATE_TIME_ORIGINAL, 0x9004, 0x9010, 0x9011, 0x9101),
    *(0x9201, 0x9202, 0x9203, 0x9204, 0x9207, 0x9208, 0x9209, 0x920A, 0xA000, 0xA001, 0xA002, 0xA003),
    *(0xA402, 0xA403, 0xA404, 0xA405, 0xA406),
}
JFIF, ICC, ADOBE = (0xE0, b"JFIF\0"), (0xE2, b"ICC_PROFILE\0"), (0xEE, b"Adobe")
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Besides the critical chunks: how the colours are meant. Texts, tags and what programs add for themselves go.
PNG_KEPT = {b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"mDCV", b"cLLI", b"sBIT", b"bKGD", b"pHYs"}


@dataclass(frozen=True)
class Picture:
    """A checked picture. `data` are the sent bytes, or those without private tags; width and height as shown."""

    data: bytes
    media_type: str
    width: int
    height: int
    perceptual_hash: str  # 64 bits as 16 hex digits
    taken_at: datetime | None
    copies: dict[int, bytes]  # longest side in pixels -> JPEG, orientation applied


def read(data: bytes) -> Picture:
    """Decodes and checks what was sent.

    Raises:
        BadInput: not a whole JPEG or PNG, too large or too small; names the field "photo".
    """
    with _opened(data, "photo") as image:
        return _examine(image, data)


def grey(data: bytes, longest: int, *, field: str) -> Image.Image:
    """A checked picture in shades of grey, upright, of which the longer side has at most so many pixels.

    Raises:
        BadInput: not a whole JPEG or PNG, or too large.
    """
    with _opened(data, field) as image:
        _check_pixels(image, field)
        image.draft("L", (longest, longest))
        return smaller(_on_white(_eight_bits(ImageOps.exif_transpose(image))).convert("L"), longest)


def glance(data: bytes) -> None:
    """The same as `read` as far as it can be said without decoding: much quicker, and nothing is made of it.

    Raises:
        BadInput: as for `read`; what only shows in decoding is found there.
    """
    with _opened(data, "photo") as image:
        _check_pixels(image, "photo")
        _check_sides(image)
        image.verify()


def smaller(picture: Image.Image, longest: int) -> Image.Image:
    """The same with a longer side of at most so many pixels."""
    copy = picture.copy()
    copy.thumbnail((longest, longest), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return copy


@contextmanager
def _opened(data: bytes, field: str) -> Iterator[Image.Image]:
    if len(data) > MAX_BYTES:
        raise BadInput(Finding(field, "photo_too_large", {"maximum_mb": MAX_BYTES // 1024**2}))
    try:
        with Image.open(io.BytesIO(data), formats=list(MEDIA_TYPES)) as image:
            yield image
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        OSError,
        SyntaxError,
        ValueError,
        IndexError,
        struct.error,
    ) as e:
        raise BadInput(Finding(field, "photo_unreadable")) from e


def _check_pixels(image: Image.Image, field: str) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise BadInput(Finding(field, "photo_too_many_pixels", {"maximum_mp": MAX_PIXELS // 10**6}))


def _check_sides(image: Image.Image) -> None:
    if min(image.size) < MIN_SIDE:
        raise BadInput(Finding("photo", "photo_too_small", {"minimum": MIN_SIDE}))


def _examine(image: Image.Image, data: bytes) -> Picture:
    _check_pixels(image, "photo")
    width, height = image.size
    _check_sides(image)
    kind = image.format or ""
    exif = image.getexif()
    clean = _clean_jpeg(data, exif) if kind == "JPEG" else _clean_png(data)
    if exif.get(ORIENTATION, 1) >= 5:  # lying on its side
        width, height = height, width
    # JPEG can be decoded at a fraction of its size; all its bytes are read all the same, so a cut file is noticed.
    image.draft("RGB", (2 * COPIES[0], 2 * COPIES[0]))
    shown = _eight_bits(ImageOps.exif_transpose(image)).convert("RGB")
    copies = {side: _copy(shown, side) for side in COPIES}
    return Picture(clean, MEDIA_TYPES[kind], width, height, _difference_hash(shown), _taken_at(exif), copies)


def _eight_bits(image: Image.Image) -> Image.Image:
    """A grey picture of 16 bits would otherwise be cut off at 255, which leaves it white."""
    return image.convert("I").point(lambda value: value * (1 / 256)).convert("L") if image.mode[0] == "I" else image


def _on_white(picture: Image.Image) -> Image.Image:
    """What is seen through shows white paper: a code that somebody saved may have no ground of its own."""
    if not picture.has_transparency_data:
        return picture
    picture = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)


def _copy(shown: Image.Image, side: int) -> bytes:
    copy = shown.copy()
    copy.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=3.0)
    out = io.BytesIO()
    copy.save(out, "JPEG", quality=88, optimize=False)
    return out.getvalue()


def _difference_hash(shown: Image.Image) -> str:
    """Bits of "brighter than the pixel to its right" in a 9 x 8 copy: near-duplicates differ in few bits."""
    pixels = list(shown.convert("L").resize((9, 8), Image.Resampling.LANCZOS).tobytes())
    bits = 0
    for row in range(8):
        for column in range(8):
            bits = bits << 1 | (pixels[9 * row + column] > pixels[9 * row + column + 1])
    return f"{bits:016x}"


def _taken_at(exif: Image.Exif) -> datetime | None:
    """The camera's own time, taken as Korean: cameras rarely write their zone."""
    written = exif.get_ifd(EXIF_IFD).get(DATE_TIME_ORIGINAL)
    try:
        taken_at = datetime.strptime(str(written), "%Y:%m:%d %H:%M:%S").replace(tzinfo=SEOUL)
    except ValueError:
        return None
    return taken_at if 2000 <= taken_at.year < 2100 else None  # a camera whose clock was never set


def _clean_jpeg(data: bytes, exif: Image.Exif) -> bytes:
    """Without private tags, previews and anything behind the picture; the compressed picture is not touched."""
    parts, position = [data[:2]], 2
    while (marker := data[position + 1]) != 0xDA:  # start of scan
        if data[position] != 0xFF:
            raise ValueError("no marker where one belongs")
        if marker == 0xFF:  # a fill byte
            position += 1
            continue
        end = position + 2 + int.from_bytes(data[position + 2 : position + 4])
        parts.append(_clean_segment(marker, data[position:end], exif))
        position = end
    parts.append(data[position : _end_of_picture(data, position)])
    return b"".join(parts)


def _clean_segment(marker: int, segment: bytes, exif: Image.Exif) -> bytes:
    payload = segment[4:]
    if marker == 0xE1 and payload.startswith(b"Exif\0\0"):
        return segment if _is_clean(payload[6:]) else _exif_segment(exif)
    is_note = 0xE0 <= marker <= 0xEF or marker == 0xFE  # application segments and comments
    if is_note and not any(marker == kept and payload.startswith(name) for kept, name in (JFIF, ICC, ADOBE)):
        return b""
    return segment


def _end_of_picture(data: bytes, position: int) -> int:
    """Just behind the end-of-image marker; some phones append previews and notes to it."""
    marker_in_scan = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
    while marker := marker_in_scan.search(data, position + 2 + int.from_bytes(data[position + 2 : position + 4])):
        if data[marker.start() + 1] == 0xD9:
            return marker.end()
        position = marker.start()  # a table or the next scan of a progressive picture: its length is skipped
    return len(data)


def _is_clean(tiff: bytes) -> bool:
    """Whether Exif data hold nothing but what may be kept; read here because Pillow hides some tags."""
    order = "<" if tiff.startswith(b"II") else ">"

    def directory(start: int) -> tuple[dict[int, int], int]:
        (count,) = struct.unpack_from(f"{order}H", tiff, start)
        entries = (struct.unpack_from(f"{order}HHII", tiff, start + 2 + 12 * n) for n in range(count))
        (following,) = struct.unpack_from(f"{order}I", tiff, start + 2 + 12 * count)
        return {tag: value for tag, _, _, value in entries}, following

    try:
        tags, thumbnail = directory(struct.unpack_from(f"{order}I", tiff, 4)[0])
        exposure, further = directory(tags[EXIF_IFD]) if EXIF_IFD in tags else ({}, 0)
    except struct.error:
        return False
    return not thumbnail and not further and set(tags) <= KEPT_TAGS and set(exposure) <= KEPT_EXIF_TAGS


def _exif_segment(exif: Image.Exif) -> bytes:
    kept = Image.Exif()
    for tag in KEPT_TAGS & set(exif) - {EXIF_IFD}:
        kept[tag] = exif[tag]
    kept[EXIF_IFD] = {tag: value for tag, value in exif.get_ifd(EXIF_IFD).items() if tag in KEPT_EXIF_TAGS}
    payload = b"Exif\0\0" + kept.tobytes().removeprefix(b"Exif\0\0")
    return b"\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload


def _clean_png(data: bytes) -> bytes:
    parts, position = [PNG_SIGNATURE], len(PNG_SIGNATURE)
    while position < len(data):
        length, kind = struct.unpack(">I4s", data[position : position + 8])
        end = position + 12 + length
        if kind[:1].isupper() or kind in PNG_KEPT:
            parts.append(data[position:end])
        position = end
        if kind == b"IEND":
            break
    return b"".join(parts)
