"""The two codes of a label as their smallest parts: what is dark and what is light."""

from functools import lru_cache

import numpy as np
import segno
import zxingcpp

# Of the highest level: 30 % of the symbol may be lost. Eleven signs fit into version 2 with it.
QR_LEVEL = "h"
QR_QUIET = 4  # modules around it that stay light (ISO/IEC 18004)
BARS_QUIET = 10  # modules at either end (ISO/IEC 15417)


@lru_cache(maxsize=4096)
def qr(sample_id: str) -> tuple[tuple[bool, ...], ...]:
    """The rows of the QR code of a sample's number, without its quiet zone; True is dark."""
    return tuple(tuple(bool(dark) for dark in row) for row in segno.make_qr(sample_id, error=QR_LEVEL).matrix)


@lru_cache(maxsize=4096)
def bars(sample_id: str) -> tuple[bool, ...]:
    """The modules of its Code 128 from left to right, without the quiet zones; True is dark."""
    drawn = zxingcpp.create_barcode(sample_id, zxingcpp.BarcodeFormat.Code128).to_image(scale=1, add_quiet_zones=False)
    return tuple(bool(value == 0) for value in np.asarray(drawn)[0])


def runs(modules: tuple[bool, ...]) -> list[tuple[int, int]]:
    """Where dark stretches begin, and how many modules long they are."""
    found: list[tuple[int, int]] = []
    start = None
    for place, dark in enumerate((*modules, False)):
        if dark and start is None:
            start = place
        elif not dark and start is not None:
            found.append((start, place - start))
            start = None
    return found
