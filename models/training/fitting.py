"""The loop of training: heads first on features that are looked at once, then everything, then the averaged weights."""

import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.network import Answers, Network
from models.training import augmenting, devices
from models.training.loss import Truth, cost, loss
from models.training.options import Options

HEAD_STEPS, HEAD_LOOK = 300, 10
WARM_UP = 0.1  # share of the steps in which the rate rises
AVERAGED = 1.0  # passes over the photos that the averaged weights span

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Lesson:
    """Frames (n, 3, frame, frame) with what is known of them; `train` and `aside` are rows."""

    frames: NDArray[np.uint8]
    told: Tensor
    truth: Truth
    train: NDArray[np.int64]
    aside: NDArray[np.int64]


@dataclass
class State:
    """All that a training needs to go on after it was stopped."""

    epoch: int = 0
    best: float = math.inf
    best_epoch: int = 0
    losses: list[dict[str, float]] = field(default_factory=list)
    averaged: dict[str, Tensor] = field(default_factory=dict)
    kept: dict[str, Tensor] = field(default_factory=dict)  # of the best epoch


def fit(
    network: Network, lesson: Lesson, options: Options, progress: Progress, checkpoint: Path | None = None
) -> list[dict[str, float]]:
    """Fine-tunes the network in place to its best averaged weights; the losses of each epoch.

    With a checkpoint file, a training that was stopped goes on after the last whole epoch, with the same result.
    """
    place = devices.here()
    network.to(place.device)
    optimiser = torch.optim.AdamW(_by_rate(network, options), fused=place.device.type == "cuda")
    state = State(averaged=_copy(network))
    if checkpoint and checkpoint.exists():
        _restore(checkpoint, network, optimiser, state)
    steps = math.ceil(len(lesson.train) / options.batch)
    plan = torch.optim.lr_scheduler.LambdaLR(optimiser, _rate(steps * options.epochs), state.epoch * steps - 1)
    model = place.wrap(network)
    for epoch in range(state.epoch, options.epochs):
        learnt = _epoch(model, network, lesson, options, epoch, (optimiser, plan), state, progress)
        # Each process averages what its own photos leave in the network: with losses of their own, one might end alone.
        aside = devices.on_first(partial(evaluate, network, state.averaged, lesson, options))
        state.losses.append({"train": learnt, "aside": aside})
        state.epoch = epoch + 1
        if aside < state.best:
            state.best, state.best_epoch, state.kept = aside, epoch, {k: v.clone() for k, v in state.averaged.items()}
        if checkpoint and place.first:
            _keep(checkpoint, network, optimiser, state)
        if epoch - state.best_epoch >= options.patience:
            break
    network.load_state_dict(state.kept or state.averaged)
    return state.losses


def warm(network: Network, features: Tensor, lesson: Lesson, options: Options) -> None:
    """The heads alone, on features (n, FEATURES) of the backbone as it came, for as long as photos set aside gain."""
    learnt, aside = torch.from_numpy(lesson.train), torch.from_numpy(lesson.aside)
    heads = [part for name, part in network.named_parameters() if not name.startswith("backbone.")]
    optimiser = torch.optim.AdamW(heads, lr=1e-3, weight_decay=0.1)
    torch.manual_seed(options.seed)
    best, kept = math.inf, _copy(network)
    for step in range(HEAD_STEPS):
        network.train()
        found = loss(network.answer(features[learnt], lesson.told[learnt]), lesson.truth.of(learnt))
        optimiser.zero_grad()
        found.backward()
        optimiser.step()
        if step % HEAD_LOOK == 0:
            with torch.inference_mode():
                network.eval()
                now = float(loss(network.answer(features[aside], lesson.told[aside]), lesson.truth.of(aside)))
            if now < best:
                best, kept = now, _copy(network)
    network.load_state_dict(kept)


def _epoch(
    model: nn.Module, network: Network, lesson: Lesson, options: Options, epoch: int, moving: tuple[Any, Any],
    state: State, progress: Progress,
) -> float:  # fmt: skip
    """One pass over the photos to learn from; the mean loss."""
    place, total = devices.here(), 0.0
    model.train()
    torch.manual_seed(options.seed * 1000 + epoch)
    rng = np.random.default_rng([options.seed, epoch])
    batches = place.share(_batches(lesson.train, options.batch, rng))
    steps = len(batches)
    for step, (images, rows, told) in enumerate(
        _ahead(lesson, batches, options.crop_in(epoch), [options.seed, epoch, place.rank])
    ):
        with place.mixed():
            found = loss(model(images.to(place.device), told.to(place.device)), lesson.truth.of(rows).to(place.device))
        place.learn(found, moving[0], network)
        moving[1].step()
        _average(state.averaged, network, max(0.0, 1 - 1 / (AVERAGED * steps)))
        total += float(found.detach())
        progress(epoch * steps + step + 1, options.epochs * steps, "learning")
    return total / steps


def _batches(rows: NDArray[np.int64], size: int, rng: np.random.Generator) -> list[NDArray[np.int64]]:
    """All rows in a new order, in batches of nearly one size."""
    order = rng.permutation(rows)
    return np.array_split(order, math.ceil(len(order) / size))


def _ahead(
    lesson: Lesson, batches: list[NDArray[np.int64]], side: int, seed: list[int]
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Batches, each made ready while the one before is learnt from."""

    def ready(number: int) -> tuple[Tensor, Tensor, Tensor]:
        rng, rows = np.random.default_rng([*seed, number]), batches[number]
        images = augmenting.crops(lesson.frames, rows.tolist(), side, rng)
        return images, torch.from_numpy(rows), augmenting.told(lesson.told[rows], rng)

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ready, 0)
        for number in range(len(batches)):
            current = waiting.result()
            if number + 1 < len(batches):
                waiting = pool.submit(ready, number + 1)
            yield current


@torch.inference_mode()
def evaluate(network: Network, weights: dict[str, Tensor], lesson: Lesson, options: Options) -> float:
    """What averaged weights still cost on the photos set aside, as finished photos are looked at."""
    own = _copy(network)
    network.load_state_dict(weights)
    network.eval()
    place, found = devices.here(), []
    for rows in np.array_split(lesson.aside, math.ceil(len(lesson.aside) / options.batch)):
        images = augmenting.whole(lesson.frames, rows.tolist(), options.side)
        found.append(network(images.to(place.device), lesson.told[rows].to(place.device)))
    network.load_state_dict(own)
    answers = Answers(*(torch.cat([getattr(each, part) for each in found]).cpu() for part in ("grade", "numbers")))
    return float(cost(answers, lesson.truth.of(torch.from_numpy(lesson.aside))))


def _by_rate(network: Network, options: Options) -> list[dict[str, Any]]:
    """Backbone and heads learn at their own rates; one-dimensional weights do not decay."""
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, weights in network.named_parameters():
        weights.requires_grad_(not name.startswith(("narrow.", "backbone._fc.")))
        if weights.requires_grad:
            groups.setdefault((name.startswith("backbone."), weights.dim() > 1), []).append(weights)
    return [
        {"params": some, "lr": options.rate * (1 if deep else 3), "weight_decay": options.decay if wide else 0.0}
        for (deep, wide), some in groups.items()
    ]


def _rate(steps: int) -> Callable[[int], float]:
    """Up in a straight line, then down along half a cosine (Loshchilov and Hutter 2017)."""
    rising = max(1, round(WARM_UP * steps))

    def share(step: int) -> float:
        if step < rising:
            return (step + 1) / rising
        return 0.5 * (1 + math.cos(math.pi * min(1.0, (step - rising) / max(1, steps - rising))))

    return share


def _copy(network: Network) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in network.state_dict().items()}


@torch.no_grad()
def _average(averaged: dict[str, Tensor], network: Network, keep: float) -> None:
    for name, value in network.state_dict().items():
        if value.is_floating_point():
            averaged[name].lerp_(value, 1 - keep)


def _keep(checkpoint: Path, network: Network, optimiser: torch.optim.Optimizer, state: State) -> None:
    """Written beside and then renamed: whoever is stopped here keeps the last whole one."""
    half = checkpoint.with_suffix(".half")
    torch.save({"network": network.state_dict(), "optimiser": optimiser.state_dict(), "state": vars(state)}, half)
    half.rename(checkpoint)


def _restore(checkpoint: Path, network: Network, optimiser: torch.optim.Optimizer, state: State) -> None:
    found = torch.load(checkpoint, map_location="cpu", weights_only=True)
    network.load_state_dict(found["network"])
    optimiser.load_state_dict(found["optimiser"])
    vars(state).update(found["state"])
