"""Trains the first head on generated photos and reports honestly how far it can be trusted."""

import hashlib
import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegressionCV, RidgeCV

from models import backbone
from models.backbone import Preprocessing
from models.head import TENSORS, Card, Head, conformal_margins, to_bytes
from models.opening import open_photo
from models.population import GRADES, RAW_SCORES, draw_piece
from models.synthetic import draw, random_scene, to_jpeg

Array = NDArray[np.float64]
NAME, VERSION = "first-head", "0.1.0"
BATCH = 32
SEEDS_PER_RUN = 10_000  # photo seeds stay under those of the demonstration
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Photos:
    """Features (n, 1280) of n generated photos with their grade (n,) as a class number and five scores (n, 5)."""

    features: Array
    grades: NDArray[np.int64]
    scores: Array

    def part(self, where: slice) -> "Photos":
        return Photos(self.features[where], self.grades[where], self.scores[where])


def _example(seed: int, preprocessing: Preprocessing) -> tuple[torch.Tensor, int, list[float]]:
    """One generated beef photo as the network sees it, its grade's number and its raw scores."""
    rng = np.random.default_rng([seed, 3])
    piece = draw_piece(rng)
    width = int(rng.choice([448, 640, 800]))
    scene = random_scene(
        seed, piece.species, piece.bms, piece.fat_share, piece.grade, piece.redness, piece.wetness,
        width, width * 3 // 4,
    )  # fmt: skip
    jpeg = to_jpeg(draw(scene).photo, quality=int(rng.integers(70, 96)))
    grade = list(GRADES["cattle"]).index(piece.grade)
    return preprocessing(open_photo(jpeg)), grade, [piece.raw[name] for name in RAW_SCORES]


def _batches(n: int, first: int, preprocessing: Preprocessing) -> Iterator[list[tuple[torch.Tensor, int, list[float]]]]:
    with ThreadPoolExecutor(2) as pool:
        for start in range(0, n, BATCH):
            seeds = range(first + start, first + min(n, start + BATCH))
            yield list(pool.map(partial(_example, preprocessing=preprocessing), seeds))


def photograph(n: int, seed: int, preprocessing: Preprocessing) -> Photos:
    """Draws n photos and looks at them through the backbone."""
    seen, grades, scores = [], [], []
    for batch in _batches(n, seed * SEEDS_PER_RUN, preprocessing):
        # One by one, as in prediction: for this network on a processor that is also faster than a batch.
        seen += [backbone.features(image[None]).numpy() for image, _, _ in batch]
        grades += [grade for _, grade, _ in batch]
        scores += [values for _, _, values in batch]
        log.info("looked at %d of %d photos", len(grades), n)
    return Photos(np.concatenate(seen).astype(np.float64), np.array(grades), np.array(scores))


def fit(train: Photos, calibration: Photos, card: Card) -> Head:
    """Softmax regression for the grade, ridge regression for each score, margins from photos not fitted."""
    mean, spread = train.features.mean(0), train.features.std(0) + 1e-3
    x = (train.features - mean) / spread
    grade = LogisticRegressionCV(
        Cs=[3e-5, 1e-4, 3e-4, 1e-3, 3e-3], cv=3, l1_ratios=(0.0,), scoring="neg_log_loss", max_iter=400,
        use_legacy_attributes=False,
    ).fit(x, train.grades)  # fmt: skip
    ridge = RidgeCV(alphas=[1e3, 3e3, 1e4, 3e4, 1e5], alpha_per_target=True).fit(x, train.scores)
    aside = (calibration.features - mean) / spread
    low, high = card.scale
    margins = conformal_margins(calibration.scores, ridge.predict(aside).clip(low, high), card.coverage)
    limit = 1.5 * float(np.quantile(np.abs(aside).mean(1), 0.99))
    arrays = (mean, spread, grade.coef_, grade.intercept_, ridge.coef_, ridge.intercept_, margins)
    tensors = {name: torch.tensor(array, dtype=torch.float32) for name, array in zip(TENSORS, arrays, strict=True)}
    return Head(card=card, limit=limit, **tensors)


def evaluate(head: Head, held_out: Photos, train: Photos) -> dict[str, Any]:
    """Figures on photos never fitted, beside what always answering the commonest grade or the mean would reach."""
    features = torch.tensor(held_out.features, dtype=torch.float32)
    chance = head.grades(features).numpy()
    chosen, truth = chance.argmax(1), held_out.grades
    common = np.bincount(train.grades).argmax()
    middle = int(np.median(train.grades))
    scores = head.scores(features).numpy()
    shares = np.bincount(train.grades, minlength=len(head.card.classes)) / len(train.grades)
    report: dict[str, Any] = {
        "photos": {"train": len(train.grades), "held_out": len(truth)},
        "grade": {
            "accuracy": float((chosen == truth).mean()),
            "accuracy_baseline": float((common == truth).mean()),
            "within_one": float((np.abs(chosen - truth) <= 1).mean()),
            "within_one_baseline": float((np.abs(middle - truth) <= 1).mean()),
            "log_loss": float(-np.log(chance[np.arange(len(truth)), truth] + 1e-12).mean()),
            "log_loss_baseline": float(-np.log(shares[truth]).mean()),
            "confusion": [[int(((truth == a) & (chosen == b)).sum()) for b in range(5)] for a in range(5)],
        },
        "scores": {},
    }
    for column, name in enumerate(head.card.scores):
        actual, value, low, high = held_out.scores[:, column], *scores[:, column].T
        report["scores"][name] = {
            "mae": float(np.abs(actual - value).mean()),
            "mae_baseline": float(np.abs(actual - train.scores[:, column].mean()).mean()),
            "r": float(np.corrcoef(actual, value)[0, 1]),
            "inside_interval": float(((actual >= low) & (actual <= high)).mean()),
            "interval_width": float((high - low).mean()),
        }
    return report


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(item) for name, item in value.items()}
    return round(value, 4) if isinstance(value, float) else value


def train_first_head(out_dir: Path, n: int = 2500, seed: int = 1) -> dict[str, Any]:
    """Draws n photos, trains on 70 %, sets margins on 15 %, tests on 15 %; writes weights and report.json."""
    preprocessing = Preprocessing()
    photos = photograph(n, seed, preprocessing)
    cut, end = int(n * 0.7), int(n * 0.85)
    train, calibration, held_out = (photos.part(slice(*ends)) for ends in ((0, cut), (cut, end), (end, n)))
    card = Card(
        NAME, VERSION, ("cattle",), tuple(GRADES["cattle"]), RAW_SCORES, (1.0, 10.0), 0.8,
        "efficientnet-lite0-57934424", preprocessing, "generated photos", n, seed,
    )  # fmt: skip
    head = fit(train, calibration, card)
    raw = to_bytes(head)
    file = f"{NAME}-{VERSION}.safetensors"
    report = {
        "name": NAME, "version": VERSION, "file": file, "sha256": hashlib.sha256(raw).hexdigest(),
        "trained_on": card.trained_on, "seed": seed, **evaluate(head, held_out, train),
        "note": "Measured on generated photos only: says nothing about real meat.",
    }  # fmt: skip
    out_dir.mkdir(parents=True, exist_ok=True)
    (out_dir / file).write_bytes(raw)
    rounded: dict[str, Any] = _rounded(report)
    (out_dir / "report.json").write_text(json.dumps(rounded, indent=2) + "\n", encoding="utf-8")
    return rounded
