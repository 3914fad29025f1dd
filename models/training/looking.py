"""Photos through the network without learning: once as it came, once when it is finished."""

import json
import math
from hashlib import sha256

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models import backbone
from models.backbone import FEATURES
from models.network import Network
from models.preprocessing import Preprocessing
from models.strange import KINDS, draw_strange
from models.synthetic import to_jpeg
from models.training import augmenting, devices
from models.training.calibrating import Seen
from models.training.examples import Examples, Task
from models.training.fitting import Lesson, Progress
from models.training.loss import Truth
from models.training.options import Options
from models.training.splits import Split

FAR = 128  # pixels at which photos of the same piece look the same
BATCH = 16
OTHERS = 12 * len(KINDS)  # pictures without meat that a model learns to be silent about


def first_look(frames: NDArray[np.uint8], side: int, word: str, say: Progress) -> NDArray[np.float32]:
    """Features (n, FEATURES) of the backbone as it came, of frames at `side` pixels."""
    found = []
    place = devices.here()
    network = backbone.fresh().eval().to(place.device)
    with torch.inference_mode():
        for start in range(0, len(frames), BATCH):
            rows = range(start, min(start + BATCH, len(frames)))
            found.append(network.features(augmenting.whole(frames, rows, side).to(place.device)).float().cpu().numpy())
            say(rows.stop, len(frames), word)
    return np.concatenate(found)


def lesson(examples: Examples, task: Task, frames: NDArray[np.uint8], parts: Split) -> Lesson:
    """Frames with their truth as tensors."""
    table = examples.table
    truth = Truth(
        torch.from_numpy(task.grades(table)),
        torch.from_numpy(task.allowed(table["species"].tolist())),
        torch.from_numpy(task.standardised(table)),
    )
    return Lesson(frames, torch.from_numpy(task.told(table)), truth, parts.train, parts.aside)


def look(
    network: Network, shown: Lesson, task: Task, options: Options, say: Progress
) -> Seen:  # fmt: skip
    """What the finished network says of every photo, as `predicting` will ask it; of photos learnt from, one view."""
    place, n = devices.here(), len(shown.told)
    network.to(place.device).eval()
    learnt = np.isin(np.arange(n), shown.train)
    features, done = torch.zeros(n, FEATURES), 0
    with torch.inference_mode():
        for rows, views in ((np.flatnonzero(learnt), 1), (np.flatnonzero(~learnt), options.views)):
            for some in np.array_split(rows, math.ceil(len(rows) / BATCH)):
                pixels = augmenting.resized(shown.frames, some.tolist(), options.side).to(place.device)
                seen = [network.backbone.features(view) for view in Preprocessing(options.side, views).look(pixels)]
                features[some] = torch.stack(seen).mean(0).float().cpu()
                done += len(some)
                say(done, n, "checking")
    return answered(network.cpu(), task, features, shown.told, shown.truth.allowed)


def others(network: Network, side: int, say: Progress) -> NDArray[np.float32]:
    """Features (OTHERS, FEATURES) of generated pictures without meat; their seeds are 0 to OTHERS - 1."""
    place, seen, found = devices.here(), Preprocessing(side, views=1), []
    network.to(place.device).eval()
    with torch.inference_mode():
        for start in range(0, OTHERS, BATCH):
            seeds = range(start, min(start + BATCH, OTHERS))
            files = [to_jpeg(draw_strange(seed, side * 4 // 3, side)) for seed in seeds]
            (view,) = seen.look(torch.stack([seen.read(file) for file in files]).to(place.device))
            found.append(network.backbone.features(view).float().cpu().numpy())
            say(seeds.stop, OTHERS, "telling")
    network.cpu()
    return np.concatenate(found)


def answered(network: Network, task: Task, features: Tensor, told: Tensor, allowed: Tensor) -> Seen:
    """What a network makes of features (n, FEATURES)."""
    with torch.inference_mode():
        answers = network.answer(features, told)
    logits = answers.grade.double().masked_fill(~allowed, -torch.inf)
    numbers = answers.numbers.double().numpy() * np.array(task.spread) + np.array(task.mean)
    return Seen(logits.numpy(), numbers, features.numpy())


def snapshot(examples: Examples) -> str:
    """A SHA-256 that tells apart what was learnt from: every photo's name and every label."""
    rows = examples.table.sort_values("photo").to_json(orient="records", double_precision=6)
    return sha256(json.dumps([rows, examples.scale]).encode()).hexdigest()
