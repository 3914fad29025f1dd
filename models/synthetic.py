"""Draws believable photos of meat cross-sections whose marbling is known, for demonstration, training and tests."""

import io
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from models import anatomy, clutter, painting
from models.patterns import UNIT, Field, plates

# Fat share of the eye muscle by BMS number: the middle of published bands, which depend on the method
FAT_SHARE = {1: 0.040, 2: 0.060, 3: 0.080, 4: 0.105, 5: 0.130, 6: 0.155, 7: 0.180, 8: 0.207, 9: 0.240}
LARGEST = 1600  # pixels of the long side that are really drawn; larger photos are enlarged and get fresh grain


@dataclass(frozen=True)
class Scene:
    """One photo of one piece: the same scene gives the same picture at every size.

    ``seed`` decides the piece (shape, marbling), ``shot`` the occasion (glare, background): the same piece photographed
    again after processing keeps its seed and gets another shot.
    """

    seed: int
    species: str = "cattle"  # cattle | pig
    bms: int | None = None  # 1..9, cattle only
    fat_share: float | None = None  # of the eye muscle's area; without it the middle of the BMS band
    grade: str | None = None  # a label only: what is drawn follows from the fat share
    width: int = 640  # pixels
    height: int = 480  # pixels
    redness: float = 0.55  # 0 dark .. 1 bright lean
    cream: float = 0.4  # 0 white .. 1 yellowish fat
    wetness: float = 0.4  # 0 dry .. 1 wet
    rim: float = 0.05  # width of the fat rim in frame heights
    kelvin: float = 5500.0  # colour of the light as the camera sees it: low is yellow, high is blue
    exposure: float = 0.0  # stops
    blur: float = 0.6  # radius in pixels of a photo 480 pixels high
    noise: float = 2.0  # deviation, of 255
    background: str = "black tray"
    angle: float = 0.0  # degrees
    zoom: float = 1.0
    centre: tuple[float, float] = (0.5, 0.5)  # of the eye muscle, as shares of width and height
    shot: int = 0
    cut: anatomy.Cut = anatomy.USUAL
    things: tuple[str, ...] = ()  # names of clutter.THINGS that lie on or beside the piece
    neighbour: int | None = None  # seed of a second piece that looks into the frame
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)  # gains of a coloured lamp on top of kelvin
    shade: float = 0.0  # depth of a shadow across the picture, 0..1

    @property
    def target(self) -> float:
        """Fat share to draw, 0..1."""
        if self.fat_share is not None:
            return self.fat_share
        return FAT_SHARE[self.bms] if self.bms else 0.03


@dataclass(frozen=True)
class Drawn:
    """A generated photo with what is known about it."""

    photo: NDArray[np.uint8]  # (height, width, 3), RGB
    eye: NDArray[np.bool_]  # (height, width), what is seen of the eye muscle
    fat: Field  # (height, width), 0..1, marbling inside the eye muscle
    fat_share: float  # of the eye muscle's area
    meat: NDArray[np.bool_]  # (height, width), what is seen of every piece, rim and all


def random_scene(
    seed: int,
    species: str = "cattle",
    bms: int | None = None,
    fat_share: float | None = None,
    grade: str | None = None,
    redness: float | None = None,
    wetness: float | None = None,
    width: int = 640,
    height: int = 480,
) -> Scene:
    """A scene whose unnamed parameters are as varied as in real collections of phone photos."""
    rng = np.random.default_rng([seed, 7])
    return Scene(
        seed, species, bms, fat_share, grade, width, height,
        redness=float(np.clip(rng.normal(0.55, 0.2), 0, 1)) if redness is None else redness,
        cream=float(rng.beta(2, 2.5)),
        wetness=float(rng.beta(2, 2.5)) if wetness is None else wetness,
        rim=float(rng.uniform(0.02, 0.07) + (0.025 if species == "pig" else 0)),
        kelvin=float(np.clip(rng.normal(5500, 650), 4200, 7600)),
        exposure=float(rng.normal(0, 0.16)),
        blur=float(rng.gamma(2.2, 0.3)),
        noise=float(rng.uniform(1, 4)),
        background=str(rng.choice(painting.BACKGROUNDS, p=[0.3, 0.25, 0.2, 0.1, 0.15])),
        angle=float(rng.uniform(0, 360)),
        zoom=float(rng.uniform(0.78, 1.35)),
        centre=(float(rng.uniform(0.40, 0.60)), float(rng.uniform(0.40, 0.60))),
    )  # fmt: skip


def draw(scene: Scene) -> Drawn:
    """The photo of a scene and its truth."""
    scale = min(1.0, LARGEST / max(scene.width, scene.height))
    width, height = round(scene.width * scale), round(scene.height * scale)
    centre = scene.centre[0] * width / height, scene.centre[1]
    layout = anatomy.Layout(width, height, centre, float(np.radians(scene.angle)), scene.zoom)
    meat, shot = np.random.default_rng([scene.seed, 0]), np.random.default_rng([scene.seed, 1, scene.shot])
    body = anatomy.build(meat, layout, scene.target, scene.rim, scene.cut)
    paint = painting.Paint(scene.species, scene.redness, scene.cream, scene.wetness, scene.background)
    piece = body.steak
    if scene.neighbour is None:
        picture = painting.paint_meat(meat, shot, body, layout, paint)
    else:
        under, beside = _neighbour(scene, layout, paint)
        picture = painting.paint_meat(meat, shot, body, layout, paint, under)
        piece = np.maximum(piece, beside)
    seen: Field | float = 1.0
    if scene.things:
        rng = np.random.default_rng([scene.seed, 2, scene.shot])
        seen = 1 - clutter.lay(rng, picture, layout, scene.things)
    photo = _photograph(scene, shot, picture)
    eye = body.eye * seen
    area = float(eye.sum())
    fields = [eye, body.marbling * eye, piece * seen]
    share = float(fields[1].sum()) / area if area else 0.0
    if scale < 1:
        fields = [anatomy.enlarge(field, scene.width, scene.height) for field in fields]
    return Drawn(photo, fields[0] > 0.5, np.clip(fields[1], 0, 1), share, fields[2] > 0.5)


def _neighbour(scene: Scene, layout: anatomy.Layout, paint: painting.Paint) -> tuple[Field, Field]:
    """The background with a second piece on it (3, h, w), and where that one lies (h, w)."""
    rng, shot = (np.random.default_rng([scene.neighbour or 0, number]) for number in (5, 6))
    way, reach = float(rng.uniform(0, 2 * np.pi)), float(rng.uniform(0.95, 1.25)) * layout.zoom
    centre = layout.centre[0] + reach * np.cos(way), layout.centre[1] + reach * np.sin(way)
    place = replace(layout, centre=centre, angle=float(rng.uniform(0, 2 * np.pi)))
    body = anatomy.build(rng, place, float(rng.uniform(0.02, 0.3)), scene.rim, scene.cut)
    return painting.paint_meat(rng, shot, body, place, paint), body.steak


def _white_balance(kelvin: float) -> Field:
    """Gains of red, green and blue; a straight line through 5500 K is near enough for phone photos."""
    warm = (5500 - kelvin) / 5500
    return np.asarray((1 + 0.32 * warm, 1 + 0.03 * warm, 1 - 0.55 * warm), np.float32).reshape(3, 1, 1)


def _shadow(scene: Scene, x: Field, y: Field) -> Field:
    """A soft-edged shadow over one side of the picture, as of a person who leans over it."""
    rng = np.random.default_rng([scene.seed, 3, scene.shot])
    turn, where, soft = rng.uniform(0, 2 * np.pi), rng.uniform(-0.5, 0.5), rng.uniform(0.05, 0.5)
    side = x * np.float32(np.cos(turn)) + y * np.float32(np.sin(turn)) - np.float32(where)
    return 1 - np.float32(scene.shade) * anatomy.smooth(side, float(soft))


def _photograph(scene: Scene, shot: np.random.Generator, picture: Field) -> NDArray[np.uint8]:
    """Uneven light, white balance, exposure, lens blur, enlargement and sensor grain."""
    height, width = picture.shape[1:]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    lean_x, lean_y = shot.normal(0, 0.09, 2).astype(np.float32)
    light = (1 + lean_x * x + lean_y * y) * (1 - 0.09 * (x * x + y * y)) * np.float32(2**scene.exposure)
    lit = picture * light * _white_balance(scene.kelvin)
    if scene.tint != (1.0, 1.0, 1.0):
        lit *= np.asarray(scene.tint, np.float32).reshape(3, 1, 1)
    if scene.shade:
        lit *= _shadow(scene, x, y)
    over = np.maximum(lit - 205, 0)
    lit -= over * over / (over + 50)  # a film-like shoulder: bright fat keeps its drawing
    image = Image.fromarray(np.ascontiguousarray(lit.clip(0, 255).astype(np.uint8).transpose(1, 2, 0)))
    if scene.blur > 0.15:
        image = image.filter(ImageFilter.BoxBlur(scene.blur * height / 480))
    if (width, height) != (scene.width, scene.height):
        image = image.resize((scene.width, scene.height), Image.Resampling.BICUBIC)
    across, down = np.arange(scene.width, dtype=np.int32), np.arange(scene.height, dtype=np.int32)
    a, b = shot.integers(0, 1024, 2)
    grain = plates().white[(down + a) % 1024][:, (across + b) % 1024] * np.float32(scene.noise / UNIT)
    return (np.asarray(image, np.float32) + grain[..., None]).clip(0, 255).astype(np.uint8)


def to_jpeg(photo: NDArray[np.uint8], quality: int = 90, comment: str | None = "generated") -> bytes:
    """A JPEG file without metadata but for a comment that says what it is (none: not even that)."""
    out = io.BytesIO()
    extra = {"comment": comment} if comment else {}
    Image.fromarray(photo).save(out, "JPEG", quality=quality, **extra)
    return out.getvalue()
