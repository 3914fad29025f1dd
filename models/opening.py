"""Opens photo files the way the network wants them: upright and RGB."""

import io

from PIL import Image, ImageOps, UnidentifiedImageError

ENOUGH = 1024  # pixels of the short side: a JPEG decoder may skip what is finer


class NotAPhoto(ValueError):
    """The bytes are no picture that can be decoded."""


def open_photo(data: bytes, enough: int = ENOUGH) -> Image.Image:
    """A photo as RGB with its EXIF orientation applied; large JPEGs are decoded at a fraction that is still enough."""
    try:
        photo = Image.open(io.BytesIO(data))
        photo.draft("RGB", (enough, enough))
        upright = ImageOps.exif_transpose(photo)
        return upright.convert("RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise NotAPhoto("not a picture that can be decoded") from error
