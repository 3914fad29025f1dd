"""Where lean and fat lie in a generated cross-section: eye muscle, neighbours, seams, rim and marbling.

Lengths are in frame heights of the photo, so one piece has the same anatomy at every photo size.
"""

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

from models.patterns import Field, Plate, look, plates


@dataclass(frozen=True)
class Layout:
    """How one piece lies in the frame (angles in radians, lengths in frame heights)."""

    width: int
    height: int
    centre: tuple[float, float]
    angle: float
    zoom: float


@dataclass(frozen=True)
class Cut:
    """What kind of piece it is; the usual one is a rib eye with its neighbours."""

    form: str = "rib"  # rib | strip: one muscle and its rim | trimmed: one muscle without rim
    grain: float = 1.0  # size of the flecks: below 1 fine, above 1 coarse
    ragged: float = 1.0  # how uneven the outlines are
    seam: float = 1.0  # width of the fat between the muscles


@dataclass(frozen=True)
class Anatomy:
    """Fields of the photo's shape (height, width); masks run softly from 0 to 1."""

    u: Field  # coordinates that turn with the piece
    v: Field
    along: Field  # coordinates that follow the muscle fibres
    across: Field
    edge: Field  # signed distance to the piece's outline, negative inside
    steak: Field
    muscle: Field  # lean with its marbling, every muscle
    eye: Field
    tone: Field  # lighter and darker muscles, about -1..1
    marbling: Field  # fat within the muscles
    veil: Field  # fat that shimmers through thin lean around the marbling
    seams: Field  # how close to a muscle's border, 0..1


USUAL = Cut()


def smooth(distance: Field, softness: float) -> Field:
    """1 where the distance is well below zero, 0 well above, a ramp of about two ``softness`` between."""
    ramp: Field = np.clip(0.5 - distance / (2 * softness), 0, 1)
    return ramp * ramp * (3 - 2 * ramp)


def enlarge(field: Field, width: int, height: int) -> Field:
    """A smooth field at another size."""
    return np.asarray(Image.fromarray(field).resize((width, height), Image.Resampling.BICUBIC))


def _coordinates(layout: Layout, width: int, height: int) -> tuple[Field, Field]:
    x = (np.arange(width, dtype=np.float32) + 0.5) / height - layout.centre[0]
    y = (np.arange(height, dtype=np.float32) + 0.5) / height - layout.centre[1]
    cos, sin = math.cos(layout.angle) / layout.zoom, math.sin(layout.angle) / layout.zoom
    u = (x * cos)[None, :] + (y * sin)[:, None]
    v = (y * cos)[:, None] - (x * sin)[None, :]
    return u.astype(np.float32), v.astype(np.float32)


def _lobe(rng: np.random.Generator, u: Field, v: Field, axes: tuple[float, float], wobble: float) -> Field:
    """Signed distance (roughly) to a rounded, irregular shape around the origin."""
    theta = np.arctan2(v / axes[1], u / axes[0])
    radius = 1 + sum(wobble / k * rng.normal() * np.cos(k * theta + rng.uniform(0, 2 * np.pi)) for k in (2, 3, 4, 5))
    reach = np.sqrt((u / axes[0]) ** 2 + (v / axes[1]) ** 2)
    return ((reach / radius - 1) * min(axes)).astype(np.float32)


def _neighbours(rng: np.random.Generator, u: Field, v: Field) -> tuple[Field, Field]:
    """Distance to the seams between the muscles around the eye, and a tone for each muscle."""
    start = rng.uniform(0, 2 * np.pi)
    nearest = np.full_like(u, 9.0)
    second = np.full_like(u, 9.0)
    tone = np.zeros_like(u)
    for number in range(6):
        theta = start + number * 2 * np.pi / 6 + rng.normal(0, 0.25)
        reach = rng.uniform(0.5, 0.75)
        distance = np.hypot(u - reach * np.cos(theta), v - reach * 0.8 * np.sin(theta)) + rng.normal(0, 0.03)
        closer = distance < nearest
        second = np.where(closer, nearest, np.minimum(second, distance))
        tone = np.where(closer, np.float32(rng.normal(0, 0.6)), tone)
        nearest = np.minimum(nearest, distance)
    return ((second - nearest) / 2).astype(np.float32), tone.astype(np.float32)


def _marbling_score(rng: np.random.Generator, along: Field, across: Field, coarse: float) -> Field:
    """A landscape whose highest places turn into fat: borders of large and small bundles, broken up, and specks."""
    sheet = plates()
    spots = rng.random((8, 2)).astype(np.float32) + 8
    height, width = along.shape
    few_along, few_across = along[1::3, 1::3], across[1::3, 1::3]

    def fine(plate: Plate, number: int, scale: float, stretch: float) -> Field:
        return look(plate, along * (scale / stretch) + spots[number, 0], across * scale + spots[number, 1])

    def broad(plate: Plate, number: int, scale: float) -> Field:
        field = look(plate, few_along * (scale * 0.7) + spots[number, 0], few_across * scale + spots[number, 1])
        return enlarge(field, width, height)

    along, across = along + 0.006 * broad(sheet.blobs, 0, 0.42), across + 0.006 * broad(sheet.blobs, 1, 0.42)
    clouds, patches = broad(sheet.clouds, 2, 0.35), broad(sheet.blobs, 3, 0.55)
    rivers = 0.55 + 0.3 * coarse - 3.8 * fine(sheet.cells, 4, 0.70, 2.0) + 0.14 * clouds + 0.30 * patches
    brooks = 0.78 - 2.7 * fine(sheet.cells, 5, 1.55, 1.9) + 0.14 * clouds - 0.18 * patches
    brooks += 0.26 * fine(sheet.blobs, 7, 1.0, 1.6)
    specks = 0.04 + 0.20 * fine(sheet.specks, 6, 0.62, 2.2) + 0.06 * clouds + 0.08 * patches
    score = np.maximum(np.maximum(rivers, brooks), specks) + 0.04 * fine(sheet.specks, 1, 1.3, 1.0)
    return gaussian_filter(score, 0.8 * height / 480, truncate=2.5)


def _threshold(score: Field, eye: Field, share: float) -> float:
    """The height above which ``share`` of the eye muscle lies."""
    inside = score[eye > 0.5]
    return float(np.quantile(inside[:: max(1, inside.size // 40_000)], 1 - share)) if inside.size else 9.0


def _alone(
    rng: np.random.Generator, u: Field, v: Field, waves: tuple[Field, Field], rim: float, cut: Cut
) -> tuple[Field, Field, Field, Field]:
    """The same as ``_shapes`` for a piece that is one muscle."""
    bend = 0.03 * cut.ragged
    axes = (float(rng.uniform(0.45, 0.68)), float(rng.uniform(0.26, 0.42)))
    eye = _lobe(rng, u + bend * waves[0], v + bend * waves[1], axes, 0.16 * cut.ragged)
    side = float(rng.uniform(0, 2 * np.pi))
    facing = np.clip(1.2 * np.cos(np.arctan2(v, u) - side) + 0.5 * waves[0], 0, 1.3)
    wide = rim * 1.6 * facing + 0.002 if cut.form == "strip" else np.full_like(u, 0.001)
    return eye, (eye - wide).astype(np.float32), np.full_like(u, 9.0), np.zeros_like(u)


def _shapes(
    rng: np.random.Generator, u: Field, v: Field, waves: tuple[Field, Field], rim: float, cut: Cut
) -> tuple[Field, Field, Field, Field]:
    """Signed distances to the eye muscle, to the piece's outline and to the other muscles, and these muscles' tone."""
    if cut.form != "rib":
        return _alone(rng, u, v, waves, rim, cut)
    bend = 0.022 * cut.ragged
    bent_u, bent_v = u + bend * waves[0], v + bend * waves[1]
    eye = _lobe(rng, bent_u, bent_v, (0.50, 0.35), 0.14 * cut.ragged)
    side = float(rng.choice([-1.0, 1.0]))
    aside, above = rng.uniform(0.05, 0.18), side * rng.uniform(0.08, 0.16)
    edge = _lobe(rng, bent_u - np.float32(aside), bent_v - np.float32(above), (0.80, 0.60), 0.10)
    seam, tone = _neighbours(rng, bent_u, bent_v)
    rim_here = rim * (1 + 0.35 * waves[1]) * (1.25 + 0.75 * np.clip(-side * v * 2.2, -1, 1))
    gap = (0.003 + 0.011 * np.clip(waves[0] + 0.4, 0, 2)) * cut.seam
    others = np.maximum(np.maximum(gap * 1.4 - seam, gap - eye), edge + np.maximum(rim_here, 0.006))
    eye = np.maximum(eye, edge + np.maximum(rim_here * 0.7, 0.004))
    return eye, edge, others, tone


def build(rng: np.random.Generator, layout: Layout, fat_share: float, rim: float, cut: Cut = USUAL) -> Anatomy:
    """The anatomy of one piece; ``fat_share`` of the eye muscle's area is marbling, ``rim`` is the fat rim's width."""
    width, height = layout.width, layout.height
    pixel = 1 / (height * layout.zoom)
    u, v = _coordinates(layout, max(160, width // 4), max(120, height // 4))
    sheet = plates()
    shift = rng.random((3, 2)).astype(np.float32) + 8
    waves = (
        look(sheet.clouds, u * 0.10 + shift[0, 0], v * 0.10 + shift[0, 1]),
        look(sheet.clouds, u * 0.10 + shift[1, 0], v * 0.10 + shift[1, 1]),
    )
    eye, edge, others, tone = (enlarge(field, width, height) for field in _shapes(rng, u, v, waves, rim, cut))
    u, v = _coordinates(layout, width, height)
    ragged = 0.0040 * look(sheet.blobs, u * 0.6 + shift[2, 0], v * 0.6 + shift[2, 1])
    steak = smooth(edge + 0.25 * ragged, 1.4 * pixel)
    eye_mask = smooth(eye + ragged, 1.5 * pixel) * steak
    muscle = np.maximum(eye_mask, smooth(others + 0.6 * ragged, 1.5 * pixel) * steak)
    turn = rng.uniform(-0.5, 0.5)
    cos, sin = math.cos(turn), math.sin(turn)  # plain numbers: NumPy's own would double the width of every array
    along = u * cos + v * sin + 0.05 * enlarge(waves[0], width, height)
    across = v * cos - u * sin + 0.05 * enlarge(waves[1], width, height)
    if cut.grain != 1:
        along, across = along / np.float32(cut.grain), across / np.float32(cut.grain)
    score = _marbling_score(rng, along, across, coarse=min(1.0, 0.4 + fat_share * 3))
    below = _threshold(score, eye_mask, fat_share) - score
    marbling, veil = smooth(below, 0.08), smooth(below - 0.10, 0.30)
    seams = np.exp(-np.maximum(0, -np.minimum(eye, others)) / 0.02).astype(np.float32)
    return Anatomy(u, v, along, across, edge, steak, muscle, eye_mask, tone * (1 - eye_mask), marbling, veil, seams)
