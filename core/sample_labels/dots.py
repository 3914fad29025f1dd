"""Labels as the dots of a printer, black or white."""

from PIL import Image, ImageDraw, ImageFont

from core.sample_labels import shapes, texts
from core.sample_labels.shapes import to_dots
from core.sample_labels.sizes import MM_PER_INCH, Size
from core.sample_labels.texts import LabelText, Line

DARK, LIGHT = 0, 255


def draw(label: LabelText, size: Size, dpi: int) -> Image.Image:
    """A label as it lies to be read: a picture in shades of grey of which only black and white are used.

    Args:
        dpi: dots an inch; the picture has a pixel for each.
    """
    picture = Image.new("L", (to_dots(size.width, dpi), to_dots(size.height, dpi)), LIGHT)
    pen = ImageDraw.Draw(picture)
    pen.fontmode = "1"  # a printer has no grey
    for left, top, width, height in shapes.codes(label.sample_id, size, dpi):
        pen.rectangle((left, top, left + width - 1, top + height - 1), fill=DARK)
    for line in texts.placed(label, size):
        font, beyond = _font(line, to_dots(size.text.width, dpi), dpi)
        pen.text((to_dots(size.text.x, dpi) - beyond, to_dots(line.y, dpi)), line.text, fill=DARK, font=font)
    return picture


def _font(line: Line, width: int, dpi: int) -> tuple[ImageFont.FreeTypeFont, int]:
    """The font of a line that is `width` dots wide at most, and how many dots its first letter is left of its start.

    Each letter is as wide as a whole number of dots, so a line may be wider here than it was measured.
    """
    pixels = int(line.em * dpi / MM_PER_INCH)
    while True:
        font = texts.font(pixels)
        left, _, right, _ = font.getbbox(line.text, mode="1")
        beyond = min(int(left), 0)
        if right - beyond <= width:
            return font, beyond
        pixels -= 1


def printed(label: LabelText, size: Size, dpi: int) -> Image.Image:
    """The same as it runs through the printer."""
    picture = draw(label, size, dpi)
    return picture.transpose(Image.Transpose.ROTATE_90) if size.upright else picture
