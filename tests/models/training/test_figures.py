"""Figures equal those of scikit-learn and scipy, and their intervals draw animals."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn import metrics

from models.training import figures

RNG = np.random.default_rng(7)
N = 240
GROUP = RNG.integers(0, 60, N)
WEIGHTS = figures.drawn(GROUP)
TRUTH = RNG.integers(0, 5, N)
SAID = np.clip(TRUTH + RNG.integers(-1, 2, N) * (RNG.random(N) < 0.6), 0, 4)
MEASURED = RNG.normal(5, 2, N)
PREDICTED = MEASURED + RNG.normal(0, 1, N)


def test_figures_of_grades() -> None:
    found = figures.of_grades(TRUTH, SAID, 5, WEIGHTS)
    expected = {
        "accuracy": metrics.accuracy_score(TRUTH, SAID),
        "within_one": np.mean(np.abs(TRUTH - SAID) <= 1),
        "macro_f1": metrics.f1_score(TRUTH, SAID, average="macro"),
        "kappa": metrics.cohen_kappa_score(TRUTH, SAID, weights="quadratic"),
    }
    for name, value in expected.items():
        assert found[name]["value"] == pytest.approx(value, abs=1e-12)
        assert found[name]["low"] <= value <= found[name]["high"]
    assert figures.confusion(TRUTH, SAID, 5) == metrics.confusion_matrix(TRUTH, SAID).tolist()


def test_figures_of_numbers() -> None:
    ends = np.stack([PREDICTED - 1.28, PREDICTED + 1.28], 1)
    found = figures.of_numbers(MEASURED, PREDICTED, WEIGHTS, ends)
    expected = {
        "mae": metrics.mean_absolute_error(MEASURED, PREDICTED),
        "rmse": metrics.root_mean_squared_error(MEASURED, PREDICTED),
        "r2": metrics.r2_score(MEASURED, PREDICTED),
        "spearman": spearmanr(MEASURED, PREDICTED).statistic,
        "coverage": np.mean(np.abs(MEASURED - PREDICTED) <= 1.28),
    }
    for name, value in expected.items():
        assert found[name]["value"] == pytest.approx(value, abs=1e-9)


def test_a_bootstrap_interval_is_that_of_drawing_animals_by_hand() -> None:
    found = figures.of_numbers(MEASURED, PREDICTED, WEIGHTS)["mae"]
    rng, away = np.random.default_rng(99), np.abs(MEASURED - PREDICTED)
    rows = {animal: np.flatnonzero(animal == GROUP) for animal in np.unique(GROUP)}
    names = list(rows)
    drawn = [away[np.concatenate([rows[name] for name in rng.choice(names, len(names))])].mean() for _ in range(2000)]
    assert [found["low"], found["high"]] == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.02)


def test_photos_of_one_animal_are_not_many_witnesses() -> None:
    """Twenty copies of each photo, as photos of one animal, leave the interval as wide as it was."""
    once = figures.of_numbers(MEASURED, PREDICTED, figures.drawn(np.arange(N)))["mae"]
    copied = figures.drawn(np.repeat(np.arange(N), 20))
    often = figures.of_numbers(np.repeat(MEASURED, 20), np.repeat(PREDICTED, 20), copied)["mae"]
    assert often["high"] - often["low"] == pytest.approx(once["high"] - once["low"], rel=0.01)


def test_better_means_beyond_chance() -> None:
    mean = np.full(N, MEASURED.mean())
    assert figures.better(MEASURED, PREDICTED, mean, WEIGHTS)
    assert not figures.better(MEASURED, mean + RNG.normal(0, 0.01, N), mean, WEIGHTS)


def test_calibration_and_error_over_coverage() -> None:
    chance = RNG.dirichlet(np.ones(5), N)
    bins = figures.calibration(TRUTH, chance)
    assert sum(each["n"] for each in bins) == N
    assert all(each["low"] <= each["predicted"] <= each["high"] for each in bins)
    away = np.abs(MEASURED - PREDICTED)
    curve = figures.curve(MEASURED, PREDICTED, doubt=away)
    assert curve[-1]["mae"] == pytest.approx(away.mean())
    assert all(a["mae"] <= b["mae"] for a, b in pairwise(curve))


def test_grades_of_which_nothing_is_known_give_no_figure() -> None:
    found = figures.of_numbers(np.ones(5), np.ones(5), figures.drawn(np.arange(5), draws=20))
    assert np.isnan(found["r2"]["value"])
