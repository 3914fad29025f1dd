"""Trains a model from photos with labels, and reports honestly how far it can be trusted.

In this order: photos are made ready once; photos of one animal, or that look alike, are put on one side of the split;
heads are fitted, then the whole network; photos set aside give calibration, intervals and limits; the report is
written from animals that nothing was fitted to.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from models import modelfile
from models.modelfile import Card, Whole
from models.network import Network
from models.preprocessing import Preprocessing
from models.training import baselines, calibrating, devices, fitting, knowing, looking, report, splits
from models.training.calibrating import Seen
from models.training.examples import SCORES, VALUES, Examples, Task, task_of
from models.training.frames import prepare
from models.training.options import Options
from models.training.splits import Split
from models.version import code_version

BACKBONE = "efficientnet-lite0"

# done, of how many, seconds left, word: reading, comparing, looking, learning, checking, telling, measuring
Progress = Callable[[int, int, float | None, str], None]


@dataclass(frozen=True)
class Trained:
    """A model file, and the report, which names its SHA-256."""

    weights: bytes
    report: dict[str, Any]

    def save(self, folder: Path) -> Path:
        """Writes the weights and report.json, which names them, into a folder; the file of the weights."""
        file = folder / f"{self.report['name']}-{self.report['version']}.safetensors"
        text = json.dumps({"file": file.name, **self.report}, indent=1, ensure_ascii=False)
        folder.mkdir(parents=True, exist_ok=True)
        file.write_bytes(self.weights)
        (folder / "report.json").write_text(text + "\n", encoding="utf-8")
        return file


class Learnt(NamedTuple):
    """What learning leaves, before anything is calibrated; `losses` are those of each pass."""

    parts: Split
    task: Task
    network: Network
    losses: list[dict[str, float]]
    seen: Seen


def train(examples: Examples, options: Options, progress: Progress, checkpoint: Path | None = None) -> Trained:
    """A model of these photos, with its report.

    With a checkpoint file, a training that was stopped goes on where it was.

    Raises:
        TooFew: there are too few animals.
    """
    begin, say = time.monotonic(), _with_time_left(progress)
    options = options.named(f"{date.today():%Y.%m.%d}")
    repeatable(options.seed)
    examples, frames = prepare(examples, options.frame, say)
    if not len(examples):
        raise splits.TooFew(0)
    parts, task, network, losses, seen = learn(examples, frames, options, say, checkpoint)
    others = looking.others(network, options.side, say)
    model = _calibrated(network, task, examples, seen, others, parts, options)
    found = _reported(model, task, examples, frames, seen, parts, say)
    found |= {"seed": options.seed, "options": vars(options), "losses": losses, "left_out": list(examples.left_out)}
    found["time"] = {"seconds": time.monotonic() - begin, "device": devices.here().device.type}
    return _finished(model, found)


def learn(
    examples: Examples, frames: NDArray[np.uint8], options: Options, say: fitting.Progress,
    checkpoint: Path | None = None,
) -> Learnt:  # fmt: skip
    """The network that has learned from one part of the photos, and what it says of all."""
    parts = splits.split(examples.table, looking.first_look(frames, looking.FAR, "comparing", say), options.seed)
    task = task_of(examples.table.iloc[parts.train])
    lesson = looking.lesson(examples, task, frames, parts)
    network = Network(len(task.classes), len(task.numbers), len(task.known))
    near = looking.first_look(frames, options.side, "looking", say)
    fitting.warm(network, torch.from_numpy(near), lesson, options)
    losses = fitting.fit(network, lesson, options, say, checkpoint)
    return Learnt(parts, task, network, losses, looking.look(modelfile.halved(network), lesson, task, options, say))


def repeatable(seed: int) -> None:
    """The same training gives the same model, on the same machine."""
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True, warn_only=True)


def _calibrated(
    network: Network, task: Task, examples: Examples, seen: Seen, others: NDArray[np.float32], parts: Split,
    options: Options,
) -> Whole:  # fmt: skip
    """The model with all that photos set aside teach about it, and ``others``, features of pictures without meat."""
    aside, table = parts.aside, examples.table
    numbers = {
        name: calibrating.number(task, examples, seen, aside, parts.group, column, options.coverage)
        for column, name in enumerate(task.numbers)
    }
    temperature = calibrating.temperature(seen.logits[aside], task.grades(table)[aside])
    answers = bool(task.classes) and calibrating.grade_answers(task, seen, table, aside, parts.group, temperature)
    card = Card(
        name=options.name, version=options.version, classes=task.classes, classes_of=task.classes_of,
        answers_grade=answers, temperature=temperature, numbers=numbers,
        scores=tuple(name for name in task.numbers if name in SCORES),
        values=tuple(name for name in task.numbers if name in VALUES), scale=examples.scale, coverage=options.coverage,
        known=task.known, backbone=BACKBONE, preprocessing=Preprocessing(options.side, options.views),
        trained_on=examples.source, photos=len(table), animals=len(np.unique(parts.group)), seed=options.seed,
        code=code_version(),
    )  # fmt: skip
    known = knowing.learn(seen.features[parts.train], seen.features[aside], others)
    return Whole(card, network.cpu().eval(), known)


def _reported(
    model: Whole, task: Task, examples: Examples, frames: NDArray[np.uint8], seen: Seen, parts: Split,
    say: fitting.Progress,
) -> dict[str, Any]:  # fmt: skip
    table, measured = examples.table, baselines.measured(frames, say)
    others = baselines.all_of(task, table, measured, parts.train)
    found = report.write(model.card, task, table, seen, others, parts.test, parts.group)
    found["worst"] = report.worst(model.card, task, table, seen, frames, parts.test)
    found["data"] = {
        "photos": len(table), "animals": len(np.unique(parts.group)), "snapshot": looking.snapshot(examples),
        **{name: len(getattr(parts, part)) for name, part in
           (("train", "train"), ("calibration", "aside"), ("test", "test"))},
    }  # fmt: skip
    return found


def _finished(model: Whole, found: dict[str, Any]) -> Trained:
    weights, card = modelfile.to_bytes(model), model.card
    said = {"name": card.name, "version": card.version, "trained_on": card.trained_on}
    return Trained(weights, report.rounded(said | {"sha256": sha256(weights).hexdigest()} | found))


def _with_time_left(progress: Progress) -> fitting.Progress:
    """Adds the seconds that are left of the work that a word names, at the pace so far."""
    begun: dict[str, float] = {}

    def say(done: int, total: int, word: str) -> None:
        begin = begun.setdefault(word, time.monotonic())
        left = (time.monotonic() - begin) * (total - done) / (done - 1) if done > 1 else None
        progress(done, total, left, word)

    return say


__all__ = ["Learnt", "Options", "Progress", "Trained", "learn", "repeatable", "train"]
