"""A finished model on other photos: the same figures as in its report."""

from typing import Any

import numpy as np
import pandas as pd
import torch

from models import predicting
from models.modelfile import Card
from models.predicting import Model
from models.training import baselines, report
from models.training.calibrating import Seen
from models.training.examples import Examples, Task
from models.training.fitting import Progress
from models.training.frames import prepare
from models.training.looking import answered, snapshot

BATCH = 16


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
    found = report.write(card, task, table, seen, baselines.plain(task, table), rows, group)
    named = {"name": card.name, "version": card.version, "sha256": model.sha256, "trained_on": card.trained_on}
    data = {"photos": len(table), "animals": len(np.unique(group)), "test": len(table), "snapshot": snapshot(examples)}
    worst = report.worst(card, task, table, seen, frames, rows)
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
    told, allowed = task.told(table), task.allowed(table["species"].tolist())
    return answered(model.whole.network, task, torch.cat(found), torch.from_numpy(told), torch.from_numpy(allowed))
