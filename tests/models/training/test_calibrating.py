"""Intervals hold the share they promise, probabilities come true, and strange photos are told apart."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch.nn import functional

from models.training import calibrating
from models.training.calibrating import Seen
from models.training.examples import Task

RNG = np.random.default_rng(5)


@pytest.mark.parametrize("n", [60, 300, 2000])
def test_margins_hold_the_share_they_promise(n: int) -> None:
    """Over many calibrations, new truths fall within as often as said, however lopsided the errors are."""
    inside = []
    for _ in range(200):
        low, high = calibrating.margins(RNG.exponential(1, n), np.ones(n), 0.8)
        new = RNG.exponential(1, 400)
        inside.append(((new >= 1 + low) & (new <= 1 + high)).mean())
    assert np.mean(inside) == pytest.approx(0.8, abs=0.015)


def test_a_temperature_makes_sure_models_modest() -> None:
    truth = RNG.integers(0, 4, 800)
    logits = 3.0 * (np.eye(4)[truth] + RNG.normal(0, 0.8, (800, 4)))
    found = calibrating.temperature(logits, truth)
    losses = [functional.cross_entropy(torch.tensor(logits / t), torch.tensor(truth)) for t in (found, 1, found * 1.3)]
    assert found > 1.3
    assert losses[0] < min(losses[1:])


def test_nothing_known_leaves_probabilities_as_they_are() -> None:
    assert calibrating.temperature(np.zeros((3, 2)), np.full(3, -1)) == 1.0


def test_grades_that_a_species_lacks_do_not_disturb_the_temperature() -> None:
    logits = np.array([[-np.inf, 2.0, 0.0], [1.0, 0.0, 3.0]])
    assert np.isfinite(calibrating.temperature(logits, np.array([1, 2])))


def of_grades(truth: np.ndarray, said: np.ndarray) -> bool:
    """Whether a model answers grades that says this of photos set aside, each of an animal of its own."""
    grades = ("1++", "1+", "1")
    task = Task(grades, {"cattle": grades}, (), (), (), ())
    n = len(truth)
    table = pd.DataFrame({"grade": [grades[number] for number in truth]})
    seen = Seen(np.eye(3)[said], np.zeros((n, 0)), np.zeros((n, 1), np.float32))
    return calibrating.grade_answers(task, seen, table, np.arange(n), np.arange(n), 1.0)


def test_a_grade_is_answered_where_it_agrees_beyond_chance() -> None:
    rng = np.random.default_rng(9)
    truth = rng.integers(0, 3, 120)
    assert of_grades(truth, np.where(rng.random(120) < 0.7, truth, rng.integers(0, 3, 120)))
    assert not of_grades(truth, rng.integers(0, 3, 120))
    assert not of_grades(truth, np.full(120, 1))
    assert not of_grades(truth[:9], truth[:9])  # too few to conclude anything
