"""Labels as PDF: sheets of A4 to be cut, or one label a page; drawn as shapes, so that any printer draws them sharp.

The codes have the same dots as for a thermal printer: one that prints a label a page finds every bar where it can print
it, and at 600 dots an inch each of 300 is four.
"""

import io
import math
from collections.abc import Sequence
from functools import cache

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from core.sample_labels import shapes, texts
from core.sample_labels.sizes import MM_PER_INCH, Size
from core.sample_labels.texts import LabelText

MM = 72 / MM_PER_INCH  # points
A4 = (210.0, 297.0)  # mm
MARGIN, GAP = 8.0, 2.0  # mm at least around a sheet, and between two labels
ASCENT = 0.92  # from the top of a line to its base line, in ems: as Pillow places this font
CUT = 0.1  # mm, the line along which a label is cut


def sheets(labels: Sequence[LabelText], size: Size, copies: int, dpi: int) -> bytes:
    """Pages of A4 full of labels with lines to cut along; the copies of a label stand behind each other."""
    canvas = _canvas(A4)
    width, height = size.printed
    across, down = places(size)
    left = (A4[0] - across * (width + GAP) + GAP) / 2
    each = [label for label in labels for _ in range(copies)]
    for number, label in enumerate(each):
        place = number % (across * down)
        if number and place == 0:
            canvas.showPage()
        x = left + place % across * (width + GAP)
        y = A4[1] - MARGIN - height - place // across * (height + GAP)
        canvas.saveState()
        canvas.translate(x * MM, y * MM)
        canvas.setStrokeGray(0.7)
        canvas.setLineWidth(CUT * MM)
        canvas.rect(0, 0, width * MM, height * MM, stroke=1, fill=0)
        _place(canvas, label, size, dpi)
        canvas.restoreState()
    return _finish(canvas)


def singles(labels: Sequence[LabelText], size: Size, copies: int, dpi: int) -> bytes:
    """One label a page of its own size, for label printers."""
    canvas = _canvas(size.printed)
    for label in labels:
        for _ in range(copies):
            _place(canvas, label, size, dpi)
            canvas.showPage()
    return _finish(canvas)


def places(size: Size) -> tuple[int, int]:
    """How many labels stand beside and below each other on a sheet."""
    width, height = size.printed
    return (
        int((A4[0] - 2 * MARGIN + GAP) // (width + GAP)),
        int((A4[1] - 2 * MARGIN + GAP) // (height + GAP)),
    )


def _canvas(page: tuple[float, float]) -> Canvas:
    _register_font()
    canvas = Canvas("", pagesize=(page[0] * MM, page[1] * MM), pageCompression=1, invariant=1)
    canvas.setTitle("Meatlab")
    canvas.setViewerPreference("PrintScaling", "None")  # a label has its size
    return canvas


def _finish(canvas: Canvas) -> bytes:
    return bytes(canvas.getpdfdata())


@cache
def _register_font() -> None:
    pdfmetrics.registerFont(TTFont(texts.FONT_NAME, io.BytesIO(texts.FONT.read_bytes())))


def _place(canvas: Canvas, label: LabelText, size: Size, dpi: int) -> None:
    """Draws a label at the origin; it is kept in the file once, however often it stands there."""
    name = f"{label.sample_id}_{size.name}"
    if not canvas.hasForm(name):
        canvas.beginForm(name, 0, 0, size.width * MM, size.height * MM)
        _draw(canvas, label, size, dpi)
        canvas.endForm()
    canvas.saveState()
    if size.upright:  # turned to the left, as the dots are: they are counted from the upper left corner of the page
        dots = math.ceil(size.width / MM_PER_INCH * dpi)
        canvas.translate(size.height * MM, size.width * MM - dots * 72 / dpi)
        canvas.rotate(90)
    canvas.doForm(name)
    canvas.restoreState()


def _draw(canvas: Canvas, label: LabelText, size: Size, dpi: int) -> None:
    canvas.setFillGray(0)
    dot, top = 72 / dpi, size.height * MM
    path = canvas.beginPath()
    for x, y, width, height in shapes.codes(label.sample_id, size, dpi):
        path.rect(x * dot, top - (y + height) * dot, width * dot, height * dot)
    canvas.drawPath(path, stroke=0, fill=1)
    for line in texts.placed(label, size):
        canvas.setFont(texts.FONT_NAME, line.em * MM)
        canvas.drawString(size.text.x * MM, top - (line.y + ASCENT * line.em) * MM, line.text)
