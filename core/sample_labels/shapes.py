"""Both codes of a label as rectangles, each a whole number of dots of the printer: no bar is blurred or too wide."""

from core.sample_labels import symbols
from core.sample_labels.sizes import MM_PER_INCH, Box, Size

Rectangle = tuple[int, int, int, int]  # left, top, width, height in dots


def to_dots(mm: float, dpi: int) -> int:
    return round(mm * dpi / MM_PER_INCH)


def codes(sample_id: str, size: Size, dpi: int) -> list[Rectangle]:
    """What is dark of the QR code and of the Code 128, from the upper left corner of the label as it is read.

    Args:
        dpi: dots an inch, as the printer has them.
    """
    return [*_qr(sample_id, size.qr, dpi), *_bars(sample_id, size.bars, dpi)]


def _qr(sample_id: str, box: Box, dpi: int) -> list[Rectangle]:
    rows = symbols.qr(sample_id)
    side = int(min(box.width, box.height) * dpi / MM_PER_INCH)
    module = side // (len(rows) + 2 * symbols.QR_QUIET)
    inset = (side - module * len(rows)) // 2
    left, top = to_dots(box.x, dpi) + inset, to_dots(box.y, dpi) + inset
    return [
        (left + start * module, top + number * module, length * module, module)
        for number, row in enumerate(rows)
        for start, length in symbols.runs(row)
    ]


def _bars(sample_id: str, box: Box, dpi: int) -> list[Rectangle]:
    modules = symbols.bars(sample_id)
    width = int(box.width * dpi / MM_PER_INCH)
    module = width // (len(modules) + 2 * symbols.BARS_QUIET)
    left = to_dots(box.x, dpi) + (width - module * len(modules)) // 2
    top, bottom = to_dots(box.y, dpi), to_dots(box.y + box.height, dpi)
    return [(left + start * module, top, length * module, bottom - top) for start, length in symbols.runs(modules)]
