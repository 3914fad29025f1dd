"""Photos made ready once: squares of bytes on the disk, from which every epoch takes its crops."""

import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import NotFound
from models.opening import NotAPhoto
from models.preprocessing import Preprocessing
from models.training.examples import Examples

Progress = Callable[[int, int, str], None]  # done, of how many, word


def prepare(examples: Examples, side: int, progress: Progress) -> tuple[Examples, NDArray[np.uint8]]:
    """The examples whose photos can be read, and their frames (n, 3, side, side) in a file that the process ends."""
    with tempfile.NamedTemporaryFile(prefix="frames-", suffix=".bin") as file:
        shape = (len(examples), 3, side, side)
        frames = np.memmap(Path(file.name), np.uint8, "w+", shape=shape)
    readable = np.zeros(len(examples), bool)
    with ThreadPoolExecutor() as pool:
        for row, frame in enumerate(pool.map(partial(_frame, examples, side), range(len(examples)))):
            if frame is not None:
                frames[row], readable[row] = frame, True
            progress(row + 1, len(examples), "reading")
    return _kept(examples, readable), frames if readable.all() else frames[readable]


def _kept(examples: Examples, readable: NDArray[np.bool_]) -> Examples:
    rows = np.flatnonzero(readable)
    names = examples.table["photo"][~readable]
    return replace(
        examples, table=examples.table.iloc[rows].reset_index(drop=True), read=lambda row: examples.read(rows[row]),
        left_out=examples.left_out + tuple(f"{name}: no picture can be read" for name in names),
    )  # fmt: skip


def _frame(examples: Examples, side: int, row: int) -> NDArray[np.uint8] | None:
    try:
        return Preprocessing(side).read(examples.read(row)).numpy()
    except (NotAPhoto, NotFound, OSError):
        return None
