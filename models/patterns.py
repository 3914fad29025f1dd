"""Endless textures that the photo generator looks its details up in, drawn once per process."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.ndimage import zoom
from scipy.spatial import cKDTree

Field = NDArray[np.float32]
Plate = NDArray[np.int8]
SIZE = 1024  # pixels of a plate's side; every plate repeats without a seam
UNIT = 32  # a plate holds 32nds: bytes, so that it stays in the processor's cache


@dataclass(frozen=True)
class Plates:
    """Repeating textures (SIZE, SIZE). Noise has mean 0 and deviation 1; ``cells`` is 0 on seams and 1 inside."""

    clouds: Plate  # every wavelength, the long ones strongest
    grain: Plate  # like clouds, more detail
    blobs: Plate  # one wavelength: about 24 across the plate
    specks: Plate  # one wavelength: about 64 across the plate
    cells: Plate  # bundles seen from their cut ends: about 20 across the plate
    cell_tone: Plate  # one random number per bundle
    white: Plate  # no two pixels alike


def _noise(rng: np.random.Generator, spectrum: Callable[[Field], Field]) -> Field:
    """Noise that repeats, by shaping white noise in frequency (cycles per plate)."""
    ky = np.fft.fftfreq(SIZE, 1 / SIZE).astype(np.float32)[:, None]
    kx = np.arange(SIZE // 2 + 1, dtype=np.float32)[None, :]
    frequency = np.maximum(np.hypot(kx, ky), 0.5)
    shaped = fft.rfft2(rng.standard_normal((SIZE, SIZE), dtype=np.float32)) * spectrum(frequency)
    shaped[0, 0] = 0
    field = fft.irfft2(shaped, s=(SIZE, SIZE)).astype(np.float32)
    return field / field.std()


def _band(centre: float, octaves: float) -> Callable[[Field], Field]:
    return lambda frequency: np.exp(-(np.log2(frequency / centre) ** 2) / (2 * octaves**2)).astype(np.float32)


def _cells(rng: np.random.Generator, across: int) -> tuple[Field, Field]:
    """Distance to the nearest seam between cells (0..1), and a tone per cell (after Worley, SIGGRAPH 1996)."""
    half = SIZE // 2
    step = half / across
    lattice = np.stack(np.meshgrid(np.arange(across), np.arange(across)), -1).reshape(-1, 2) * step
    points = (lattice + rng.uniform(0, step, lattice.shape)) % half
    pixels = np.stack(np.meshgrid(np.arange(half), np.arange(half)), -1).reshape(-1, 2).astype(np.float64)
    distance, index = cKDTree(points, boxsize=half).query(pixels, k=2)
    seam = ((distance[:, 1] - distance[:, 0]) / step).reshape(half, half)
    tone = rng.standard_normal(len(points))[index[:, 0]].reshape(half, half)
    fine = zoom(seam, 2, order=1, mode="grid-wrap", grid_mode=True)
    return np.clip(fine, 0, 1).astype(np.float32), np.repeat(np.repeat(tone, 2, 0), 2, 1).astype(np.float32)


@lru_cache(maxsize=1)
def plates() -> Plates:
    """The plates, always the same ones: a scene chooses where on them it looks."""
    rng = np.random.default_rng(20240601)
    cells, tone = _cells(rng, 20)
    # One block for all: having freed a block this large, glibc keeps later pictures' memory and draws a third faster.
    fields = np.stack(
        [
            _noise(rng, lambda k: k**-1.6),
            _noise(rng, lambda k: k**-0.7),
            _noise(rng, _band(24, 0.45)),
            _noise(rng, _band(64, 0.5)),
            cells,
            tone,
            rng.standard_normal((SIZE, SIZE), dtype=np.float32),
        ]
    )
    return Plates(*np.round(fields * UNIT).clip(-127, 127).astype(np.int8))


def look(plate: Plate, x: Field, y: Field) -> Field:
    """Values of a plate at the points (x, y), in plates: 1 is once across; nearest pixel, repeating."""
    columns = (x * SIZE).astype(np.int32)
    columns &= SIZE - 1
    rows = (y * SIZE).astype(np.int32)
    rows &= SIZE - 1
    rows *= SIZE
    rows += columns
    return plate.ravel().take(rows) * np.float32(1 / UNIT)
