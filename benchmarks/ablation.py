"""`python -m benchmarks.ablation FOLDER [--only WORD]`: what each thing that training does is worth on these photos.

Each row leaves one thing out or changes it, and learns anew; all see the same split: half of the photos to learn from,
a tenth aside, the rest to be measured on. Prints a table for docs/training.md.
"""

import argparse
import time
from collections.abc import Iterator
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from models.training import Learnt, augmenting, devices, figures, fitting, learn, loss, options, repeatable, splits
from models.training.calibrating import temperature
from models.training.examples import Examples
from models.training.frames import prepare
from models.training.labels import from_folder
from models.training.options import Options

HALF = {"TEST": 8, "ASIDE": 2}  # of splits.PARTS


@dataclass(frozen=True)
class Variant:
    """Training with other options, or with other constants of its modules."""

    name: str
    options: dict[str, Any] = field(default_factory=dict)
    constants: tuple[tuple[Any, str, Any], ...] = ()


VARIANTS = (
    Variant("as it is"),
    Variant("heads alone", {"epochs": 0}),
    Variant("full precision", constants=((devices.Place, "mixed", lambda place: nullcontext()),)),
    Variant("one view of a photo, not four", {"views": 1}),
    Variant("weights of the last step, not averaged", constants=((fitting, "AVERAGED", 1e-9),)),
    Variant("without other light", constants=((augmenting, "LIGHT", 0.0), (augmenting, "TINT", 0.0))),
    Variant("without nearer crops", constants=((augmenting, "NEAREST", 0.99),)),
    Variant("grades without an order", constants=((loss, "STEEP", 50.0),)),
    Variant("ended after 5 passes without gain, not 8", {"patience": 5}),
    Variant("8 passes, not 12", {"epochs": 8}),
    Variant("16 passes", {"epochs": 16}),
    Variant("twice the rate", {"rate": 1e-3}),
    Variant("half the rate", {"rate": 2.5e-4}),
    Variant("224 pixels, not 288", {"side": 224}),
    Variant("crops of one size", constants=((options, "FIRST", 1.0),)),
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ablation", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="a word of the names of the rows to learn")
    asked = parser.parse_args()
    examples, ready = from_folder(asked.folder), dict[int, tuple[Examples, NDArray[np.uint8]]]()
    for variant in (each for each in VARIANTS if asked.only in each.name):
        chosen = replace(Options(), **variant.options)
        if chosen.frame not in ready:
            ready[chosen.frame] = prepare(examples, chosen.frame, _quiet)
        print("| " + " | ".join(_row(variant, chosen, *ready[chosen.frame])) + " |", flush=True)


def _row(variant: Variant, chosen: Options, examples: Examples, frames: NDArray[np.uint8]) -> Iterator[str]:
    with ExitStack() as stack:
        for part, value in HALF.items():
            stack.enter_context(patch.object(splits, part, value))
        for module, name, value in variant.constants:
            stack.enter_context(patch.object(module, name, value))
        begin = time.monotonic()
        repeatable(chosen.seed)
        learnt = learn(examples, frames, chosen, _quiet)
        yield variant.name
        yield f"{time.monotonic() - begin:.0f}"
    yield from _figures(learnt, examples)


def _figures(learnt: Learnt, examples: Examples) -> Iterator[str]:
    task, seen, table, test = learnt.task, learnt.seen, examples.table, learnt.parts.test
    truth, group, aside = task.grades(table), learnt.parts.group[test], learnt.parts.aside
    if task.classes:
        said = seen.grades(temperature(seen.logits[aside], truth[aside]))[test]
        found = figures.of_grades(truth[test], said, len(task.classes), figures.drawn(group))
        yield from (_figure(found[name]) for name in ("accuracy", "within_one", "kappa"))
    for column, name in enumerate(task.numbers):
        true = table[name].to_numpy(float)[test]
        known = np.isfinite(true)
        of = figures.of_numbers(true[known], seen.numbers[test[known], column], figures.drawn(group[known]))
        yield f"{name} {_figure(of['r2'])}"


def _figure(figure: Any) -> str:
    return f"{figure['value']:.3f} [{figure['low']:.3f}, {figure['high']:.3f}]"


def _quiet(done: int, total: int, word: str) -> None:
    pass


if __name__ == "__main__":
    main()
