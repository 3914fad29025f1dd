"""What photos set aside teach about a model: how sure it may be, how wide intervals are, when to say nothing."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import softmax
from torch.nn import functional

from core.naming import middle_grade
from models.modelfile import Number
from models.training.examples import SCORES, Examples, Task
from models.training.figures import better, drawn, of_grades

FEWEST = 10  # photos set aside from which anything is concluded
LIMITS: dict[str, tuple[float | None, float | None]] = {"bms": (1, 9), "wbsf_kgf": (0, None), "crude_fat": (0, 100)}

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Seen:
    """What the network says of n photos: logits (n, classes), -inf where a species has no such grade; numbers
    (n, targets) in their units; features (n, FEATURES)."""

    logits: Array
    numbers: Array
    features: NDArray[np.float32]

    def grades(self, temperature: float) -> NDArray[np.intp]:
        """The grade that is named of each photo."""
        return middle_grade(softmax(self.logits / temperature, axis=1))

    def of(self, rows: NDArray[np.int64]) -> "Seen":
        return Seen(self.logits[rows], self.numbers[rows], self.features[rows])


def temperature(logits: Array, grades: NDArray[np.int64]) -> float:
    """What logits are divided by so that probabilities come true (Guo et al. 2017)."""
    known = grades >= 0
    if not known.any():
        return 1.0
    said, truth = torch.tensor(logits[known]), torch.tensor(grades[known])

    def surprise(power: float) -> float:
        return float(functional.cross_entropy(said / 2**power, truth))

    return float(2 ** minimize_scalar(surprise, bounds=(-4, 4), method="bounded").x)


def margins(truth: Array, said: Array, coverage: float) -> tuple[float, float]:
    """Low and high margin that hold ``coverage`` of new truths: split conformal prediction with signed residuals
    (Lei et al. 2018), the same share of misses on each side."""
    residual = truth - said
    tail, n = (1 - coverage) / 2, len(residual)
    low = np.quantile(residual, max(0.0, tail - tail / n), method="lower")
    high = np.quantile(residual, min(1.0, 1 - tail + tail / n), method="higher")
    return float(min(low, 0)), float(max(high, 0))


def number(task: Task, examples: Examples, seen: Seen, rows: NDArray[np.int64], group: NDArray[np.int64],
           column: int, coverage: float) -> Number:  # fmt: skip
    """One number's margins from the rows set aside, and whether it beats there whatever is said of all alike.

    That is the mean of those very rows: the mean of others would be beaten by an answer that is only nearer to theirs.
    """
    name, mean, spread = task.numbers[column], task.mean[column], task.spread[column]
    truth = examples.table[name].to_numpy(float)[rows]
    known = np.isfinite(truth)
    limits = examples.scale if name in SCORES else LIMITS[name]
    if known.sum() < FEWEST:
        return Number(mean, spread, (-2 * spread, 2 * spread), limits, answers=False)
    said, truth = seen.numbers[rows][known, column], truth[known]
    answers = better(truth, said, np.full_like(truth, truth.mean()), drawn(group[rows][known]))
    return Number(mean, spread, margins(truth, said, coverage), limits, answers)


def grade_answers(
    task: Task, seen: Seen, table: pd.DataFrame, rows: NDArray[np.int64], group: NDArray[np.int64], temperature: float
) -> bool:  # fmt: skip
    """Whether the grade agrees beyond chance, whichever animals had been drawn: the commonest grade alone does not."""
    truth = task.grades(table)
    known = rows[truth[rows] >= 0]
    if len(known) < FEWEST:
        return False
    said = seen.grades(temperature)[known]
    return of_grades(truth[known], said, len(task.classes), drawn(group[known]))["kappa"]["low"] > 0
