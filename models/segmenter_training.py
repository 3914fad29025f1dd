"""Trains the segmenter on generated photos, some hours on two cores, and says how well it finds what was drawn."""

import hashlib
import io
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import save as write_tensors
from torch import Tensor, nn
from torch.nn import functional

from models import segmenter, segmenting
from models.segmenter import CONTRAST, Segmenter
from models.segmenter_examples import (
    FAT,
    FULL,
    QUARTERS,
    Found,
    Patches,
    Views,
    distorted,
    elsewhere,
    found,
    patches,
    views,
)
from models.synthetic import draw, random_scene, to_jpeg
from models.training import devices

Progress = Callable[[int, int, str], None]
Array = NDArray[np.float64]
VERSION = "0.3.0"
SEEDS_PER_RUN = 1_000_000
CLIP = 0.5  # longest gradient: without it, one batch can undo an hour
ELSEWHERE = 0.3  # share of the photos whose meat is laid on something else


@dataclass(frozen=True)
class Effort:
    """How much is drawn and how often it is looked at."""

    views: int = 3200
    view_epochs: int = 4
    patched: int = 1600  # photos that patches are taken from
    patch_epochs: int = 8
    found: int = 9000
    found_epochs: int = 14
    tests: int = 60


def _input(photos: list[NDArray[np.uint8]]) -> Tensor:
    pixels = torch.from_numpy(np.stack(photos)).permute(0, 3, 1, 2).float()
    return pixels.sub_(127).div_(128).contiguous(memory_format=torch.channels_last)


def _loss(logits: Tensor, truth: Tensor, where: Tensor | None = None) -> Tensor:
    """Cross-entropy and Dice loss (Milletari et al. 2016, arXiv:1606.04797) together, over the last two axes."""
    where = torch.ones_like(truth) if where is None else where
    entropy = functional.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    found = logits.sigmoid() * where
    both, all_ = (found * truth).sum((-2, -1)), (found + truth * where).sum((-2, -1))
    return (entropy * where).sum() / where.sum() + 0.4 * (1 - (2 * both + 15) / (all_ + 15)).mean()


def _fit(network: nn.Module, steps: int, rate: float, losses: Iterator[Tensor], say: Progress, word: str) -> None:
    """Minimises what ``losses`` yields, with one cycle of the learning rate (Smith 2018, arXiv:1803.09820)."""
    optimiser = torch.optim.AdamW(network.parameters(), rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.12)
    network.train()
    for step, loss in enumerate(losses):
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), CLIP)
        optimiser.step()
        schedule.step()
        say(step + 1, steps, word)
    network.eval()


def _batches(n: int, size: int, epochs: int, seed: int) -> list[tuple[int, NDArray[np.intp]]]:
    """Epoch and rows of every batch."""
    rng = np.random.default_rng([seed, 31])
    orders = [rng.permutation(n) for _ in range(epochs)]
    return [(epoch, rows[i : i + size]) for epoch, rows in enumerate(orders) for i in range(0, n - size + 1, size)]


def _seen_view(data: Views, epoch: int, row: int) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """A photo distorted and mirrored by chance."""
    rng = np.random.default_rng([epoch, row, 32])
    photo, masks, strange = data.photos[row], data.masks[row], data.strange
    if rng.random() < ELSEWHERE and masks[0].any():
        photo = elsewhere(rng, photo, masks[0], data.photos[strange[rng.integers(len(strange))]])
    photo = distorted(rng, photo)
    if rng.random() < 0.5:
        photo, masks = photo[::-1], masks[:, ::-1]
    if rng.random() < 0.5:
        photo, masks = photo[:, ::-1], masks[:, :, ::-1]
    return photo, masks


def fit_regions(network: nn.Module, data: Views, epochs: int, seed: int, say: Progress) -> None:
    """Every second batch lies on its side, so that upright photos are known too."""
    batches = _batches(len(data.photos), 16, epochs, seed)

    def losses() -> Iterator[Tensor]:
        with ThreadPoolExecutor(2) as pool:
            for number, (epoch, rows) in enumerate(batches):
                made = list(pool.map(lambda row, epoch=epoch: _seen_view(data, epoch, int(row)), rows))
                images = _input([photo for photo, _ in made])
                truth = torch.from_numpy(np.stack([masks for _, masks in made]).astype(np.float32))
                if number % 2:
                    images, truth = images.transpose(2, 3), truth.transpose(2, 3)
                with torch.no_grad():
                    seen = segmenter.seen(images.contiguous(memory_format=torch.channels_last))
                yield _loss(network(seen), functional.avg_pool2d(truth, 4))

    _fit(network, len(batches), 3e-3, losses(), say, "meat and eye muscle")


def _seen_patch(data: Patches, epoch: int, row: int) -> tuple[NDArray[Any], ...]:
    """A patch distorted and turned by chance, as Flecks takes it, with its eye muscle and fat."""
    rng = np.random.default_rng([epoch, row, 33])
    turn = int(rng.integers(4))
    photo = np.rot90(distorted(rng, data.photos[row]), turn)
    eye, fat = np.rot90(data.eyes[row], turn), np.rot90(data.fat[row], turn)
    middle = np.median(photo[eye], 0).astype(np.float32)
    numbers = ((photo - middle) / np.float32(CONTRAST)).transpose(2, 0, 1)
    return numbers, eye.astype(np.float32), fat.astype(np.float32) / 255


def fit_flecks(network: nn.Module, data: Patches, epochs: int, seed: int, say: Progress) -> None:
    """Only pixels of the eye muscle count."""
    batches = _batches(len(data.photos), 24, epochs, seed)

    def losses() -> Iterator[Tensor]:
        with ThreadPoolExecutor(2) as pool:
            for epoch, rows in batches:
                made = list(pool.map(lambda row, epoch=epoch: _seen_patch(data, epoch, int(row)), rows))
                pixels, eyes, fat = (torch.from_numpy(np.stack(column)) for column in zip(*made, strict=True))
                yield _loss(network(pixels.contiguous(memory_format=torch.channels_last)), fat, eyes)

    _fit(network, len(batches), 4e-3, losses(), say, "flecks")


def fit_borders(network: nn.Module, data: Found, epochs: int, seed: int, say: Progress) -> None:
    """Whole photos, turned by chance."""
    batches = _batches(len(data.seen), 16, epochs, seed)

    def losses() -> Iterator[Tensor]:
        for epoch, rows in batches:
            turn, mirror = divmod(int(np.random.default_rng([epoch, int(rows[0]), 35]).integers(8)), 2)
            seen, masks = (torch.from_numpy(part[rows]).float() for part in (data.seen, data.masks))
            quarters, places = functional.pixel_shuffle(seen[:, :QUARTERS], 2), seen[:, QUARTERS:]
            quarters, places, masks = (
                torch.rot90(part.flip(2) if mirror else part, turn, (2, 3)) for part in (quarters, places, masks)
            )
            seen = torch.cat([functional.pixel_unshuffle(quarters, 2), places], 1) / FULL
            with devices.half_on_processor():
                logits = network(seen.contiguous(memory_format=torch.channels_last))
            fat = quarters[:, FAT, None] > 0  # a border that is drawn wrong costs most where it takes a seam for flecks
            yield _loss(logits.float(), masks / 255, 1 + fat.float().expand_as(masks))

    _fit(network, len(batches), 2e-3, losses(), say, "borders")


def overlap(found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    """Intersection over union."""
    union = (found | truth).sum()
    return float((found & truth).sum() / union) if union else 1.0


def plain_photo(seed: int) -> tuple[Image.Image, NDArray[np.bool_], NDArray[np.bool_], float]:
    """A plain generated photo out of a JPEG file, its eye muscle and flecks at working size, its true fat share."""
    rng = np.random.default_rng([seed, 34])
    width = int(rng.choice([448, 560, 640, 800]))
    species = "pig" if rng.random() < 0.15 else "cattle"
    fat = float(rng.uniform(0.02, 0.27) if species == "cattle" else rng.uniform(0.01, 0.08))
    drawn = draw(random_scene(seed, species, fat_share=fat, width=width, height=int(width * rng.choice([0.75, 1]))))
    photo = Image.open(io.BytesIO(to_jpeg(drawn.photo, int(rng.integers(70, 96))))).convert("RGB")
    size = segmenting.working(photo).size
    eye, flecks = (
        np.asarray(Image.fromarray(field.astype(np.float32)).resize(size, Image.Resampling.BOX)) > 0.5
        for field in (drawn.eye, drawn.fat)
    )
    return photo, eye, flecks, drawn.fat_share


def evaluate(made: Segmenter, tests: int, seed: int) -> dict[str, float]:
    """Figures on plain generated photos never learnt from."""
    eyes, fats, shares = [], [], []
    for number in range(tests):
        photo, eye, flecks, share = plain_photo(seed + number)
        masks = segmenting.segment(photo, made)
        eyes.append(overlap(masks.eye, eye))
        fats.append(overlap(masks.fat, flecks))
        shares.append((masks.fat.sum() / max(1, masks.eye.sum()), share))
    measured, true = np.array(shares).T
    return {
        "photos": tests,
        "eye_iou": float(np.mean(eyes)), "eye_iou_p10": float(np.quantile(eyes, 0.1)),
        "fleck_iou": float(np.mean(fats)), "fleck_iou_p10": float(np.quantile(fats, 0.1)),
        "fat_share_r2": float(1 - ((measured - true) ** 2).sum() / ((true - true.mean()) ** 2).sum()),
    }  # fmt: skip


def to_bytes(made: Segmenter) -> bytes:
    """The networks as one safetensors file; their numbers are kept at half their length."""
    parts = {name: part.state_dict().items() for name, part in vars(made).items()}
    return write_tensors(
        {f"{name}.{key}": value.half().contiguous() for name, items in parts.items() for key, value in items}
    )


def train_segmenter(
    out: Path, seed: int = 1, effort: Effort | None = None, say: Progress = lambda *_: None
) -> dict[str, Any]:
    """Draws photos, trains the networks one after another, tests them and writes their file and its card to ``out``."""
    effort = effort or Effort()
    torch.manual_seed(seed)
    made = segmenter.new()
    first, second, third, last = (seed * SEEDS_PER_RUN + part * SEEDS_PER_RUN // 4 for part in range(4))
    fit_regions(made.regions, views(effort.views, first), effort.view_epochs, seed, say)
    fit_flecks(made.flecks, patches(effort.patched, second), effort.patch_epochs, seed, say)
    fit_borders(made.borders, found(effort.found, third, made), effort.found_epochs, seed, say)
    raw = to_bytes(made)
    sha256 = hashlib.sha256(raw).hexdigest()
    figures = evaluate(segmenter.read(raw, sha256), effort.tests, last)
    card = {
        "version": VERSION, "file": segmenter.FILE, "sha256": sha256, "trained_on": "generated photos", "seed": seed,
        **vars(effort), "figures": {name: round(value, 4) for name, value in figures.items()},
    }  # fmt: skip
    out.mkdir(parents=True, exist_ok=True)
    (out / segmenter.FILE).write_bytes(raw)
    (out / segmenter.CARD).write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    return card
