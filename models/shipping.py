"""The model that ships with the product: learnt from generated photos, so that all works from the first start."""

from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from models import predicting
from models.predicting import Model
from models.strange import draw_strange
from models.synthetic import to_jpeg
from models.training import Options, Progress, Trained, train
from models.training.examples import Examples
from models.training.generated import generated

NAME, VERSION = "generated-photos", "1.1.0"  # a new training is a new version: installations know the old one's weights
MEAT, OTHERS = 200, 200  # pictures of each kind that the refusal is measured on
UNSEEN, STRANGE_SEEDS = 7_000, 50_000  # seeds that no training uses
NOTE = "Measured on generated photos only: says nothing about real meat."


def train_shipped(out: Path, photos: int, options: Options, progress: Progress) -> dict[str, Any]:
    """Draws photos, trains, and writes the weights and report.json, which is returned."""
    examples = generated(photos, options.seed, lambda done, total, word: progress(done, total, None, word))
    trained = train(examples, options, progress)
    unseen = generated(MEAT, options.seed + UNSEEN, lambda *_: None)
    strange = how_strange(predicting.load(trained.weights, trained.report["sha256"]), unseen)
    report = trained.report | {"strange": strange, "note": NOTE}
    Trained(trained.weights, report).save(out)
    return report


def how_strange(model: Model, examples: Examples) -> dict[str, float]:
    """How well pictures of anything else are told from photos of meat that nothing was fitted to.

    auroc: the chance that a picture of something else is stranger than a photo of meat; passed and refused: the shares
    of meat that is answered, and of everything else that is not.
    """
    side = model.card.preprocessing.side
    meat = [examples.read(row) for row in range(len(examples))]
    others = [to_jpeg(draw_strange(STRANGE_SEEDS + seed, side, side)) for seed in range(OTHERS)]
    nothing_told = [None] * (len(meat) + len(others))
    said = predicting.predict_many(model, meat + others, nothing_told, nothing_told)
    found = np.array([each.strangeness for each in said])
    is_strange = np.arange(len(found)) >= len(meat)
    return {
        "auroc": float(roc_auc_score(is_strange, found)), "limit": predicting.UNLIKE,
        "passed": float((found[~is_strange] <= predicting.UNLIKE).mean()),
        "refused": float((found[is_strange] > predicting.UNLIKE).mean()),
    }  # fmt: skip
