"""The three sizes of labels: where on each the codes and the lines of text stand."""

from dataclasses import dataclass

MM_PER_INCH = 25.4
DPI = (203, 300)  # what thermal printers have: 8 and 11.8 dots a mm


@dataclass(frozen=True)
class Box:
    """A place on a label in mm, from its upper left corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Size:
    """`width` and `height` in mm as the label lies to be read; `upright`: it leaves the printer turned to the left.

    The boxes of both codes have their quiet zones within; `lines` are the heights of the lines of text in mm: first the
    number, then what else there is room for.
    """

    name: str
    width: float
    height: float
    qr: Box
    bars: Box
    text: Box
    lines: tuple[float, ...]
    upright: bool = False

    @property
    def printed(self) -> tuple[float, float]:
        """Width and height in mm as it leaves the printer."""
        return (self.height, self.width) if self.upright else (self.width, self.height)


SIZES = {
    size.name: size
    for size in (
        Size(
            "50x30", 50, 30, qr=Box(4.4, 0.4, 16.8, 16.8), bars=Box(1, 17.3, 48, 11.7), text=Box(21.4, 1.8, 28, 15),
            lines=(3.5, 2.7, 2.7, 2.7),
        ),
        Size(
            "40x20", 40, 20, qr=Box(0.4, 0.4, 12.5, 12.5), bars=Box(5, 12.9, 34.5, 6.6), text=Box(13.5, 0.9, 26, 12),
            lines=(3.2, 2.4, 2.4, 2.4),
        ),
        Size(
            "14x39", 39, 14, qr=Box(0.3, 0.3, 8.5, 8.5), bars=Box(7.6, 9, 31, 4.6), text=Box(9.5, 0.5, 29, 8.4),
            lines=(3.0, 2.2, 2.2), upright=True,
        ),
    )
}  # fmt: skip
