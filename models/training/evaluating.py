"""A finished model on other photos: the same figures as in its report."""

from typing import Any

import numpy as np
import pandas as pd
import torch

from models import predicting
from models.modelfile import Card
from models.predicting import Model
from models.training import report
from models.training.calibrating import Seen
from models.training.examples import Examples, Task
from models.training.figures import Figure
from models.training.fitting import Progress
from models.training.frames import prepare
from models.training.looking import snapshot

BATCH = 16
__all__ = ["Figure", "evaluate"]


def evaluate(model: Model, examples: Examples, progress: Any) -> dict[str, Any]:
    """Figures on all of these photos, beside always saying the commonest grade or the mean."""

    def say(done: int, total: int, word: str) -> None:
        progress(done, total, None, word)

    card = model.card
    examples, frames = prepare(examples, card.preprocessing.side, say)
    table, task = examples.table, _task(card)
    seen = _look(model, task, table, frames, say)
    rows = np.arange(len(table))
    group = pd.factorize(table["animal"].fillna(table["photo"]))[0]
    found = report.write(card, task, table, seen, _plain(task, table), rows, group)
    named = {"name": card.name, "version": card.version, "sha256": model.sha256, "trained_on": card.trained_on}
    data = {"photos": len(table), "animals": len(np.unique(group)), "test": len(table), "snapshot": snapshot(examples)}
    worst = report.worst(task, table, seen, frames, rows)
    return dict(report.rounded(named | found | {"worst": worst, "data": data}))


def _task(card: Card) -> Task:
    numbers = tuple(card.numbers)
    mean, spread = ([getattr(card.numbers[name], part) for name in numbers] for part in ("mean", "spread"))
    return Task(card.classes, card.classes_of, numbers, tuple(mean), tuple(spread), card.known)


def _look(model: Model, task: Task, table: pd.DataFrame, frames: np.ndarray, say: Progress) -> Seen:
    found = []
    for start in range(0, len(frames), BATCH):
        found.append(predicting.look(model, torch.from_numpy(np.asarray(frames[start : start + BATCH]))))
        say(min(start + BATCH, len(frames)), len(frames), "looking")
    features = torch.cat(found)
    with torch.inference_mode():
        answers = model.whole.network.answer(features, torch.from_numpy(task.told(table)))
    allowed = torch.from_numpy(task.allowed(table["species"].tolist()))
    logits = answers.grade.double().masked_fill(~allowed, -torch.inf).numpy()
    numbers = answers.numbers.double().numpy() * np.array(task.spread) + np.array(task.mean)
    return Seen(logits, numbers, features.numpy())


def _plain(task: Task, table: pd.DataFrame) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """What always saying the same would reach; nothing is fitted here, so the second baseline is the first."""
    said = {name: np.full(len(table), mean) for name, mean in zip(task.numbers, task.mean, strict=True)}
    truth = task.grades(table)
    if (truth >= 0).any():
        said["grade"] = np.full(len(table), np.bincount(truth[truth >= 0]).argmax(), float)
    return {name: (values, values) for name, values in said.items()}
