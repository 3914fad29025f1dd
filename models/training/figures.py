"""Figures of a model on photos it has never seen, with 95 % bootstrap intervals that draw animals, not photos."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
DRAWS = 1000
Figure = dict[str, float]  # value, low, high


def drawn(group: Whole, seed: int = 0, draws: int = DRAWS) -> Array:
    """How often each photo counts (draws + 1, n): once in the first row, then as its animal was drawn with return."""
    _, code = np.unique(group, return_inverse=True)
    animals = int(code.max(initial=-1)) + 1
    rng = np.random.default_rng(seed)
    times = rng.multinomial(animals, np.full(animals, 1 / animals), size=draws) if animals else np.zeros((draws, 0))
    return np.concatenate([np.ones((1, len(code))), times[:, code]])


def summed(values: Array) -> Figure:
    """The figure itself (first) with the middle 95 % of those of the draws; NaN draws are left out."""
    rest = values[1:][np.isfinite(values[1:])]
    low, high = np.quantile(rest, [0.025, 0.975]) if len(rest) else (np.nan, np.nan)
    return {"value": float(values[0]), "low": float(low), "high": float(high)}


def of_grades(truth: Whole, said: Whole, classes: int, weights: Array) -> dict[str, Figure]:
    """Of grade numbers (n,) and weights (draws + 1, n)."""
    pairs = np.zeros((len(truth), classes * classes))
    pairs[np.arange(len(truth)), truth * classes + said] = 1
    table = (weights @ pairs).reshape(-1, classes, classes)
    return {name: summed(figure(table)) for name, figure in GRADE_FIGURES.items()}


def confusion(truth: Whole, said: Whole, classes: int) -> list[list[int]]:
    """How many of each true grade (row) were said to be what (column)."""
    return np.bincount(truth * classes + said, minlength=classes**2).reshape(classes, classes).tolist()


def _accuracy(table: Array) -> Array:
    return np.asarray(np.trace(table, axis1=1, axis2=2) / table.sum((1, 2)))


def _within_one(table: Array) -> Array:
    place = np.arange(table.shape[1])
    near = np.abs(place[:, None] - place) <= 1
    return np.asarray((table * near).sum((1, 2)) / table.sum((1, 2)))


def _macro_f1(table: Array) -> Array:
    """The mean over the grades that occur, in truth or in what was said."""
    hit, true, said = np.einsum("bii->bi", table), table.sum(2), table.sum(1)
    both = true + said
    return np.asarray(np.nanmean(np.where(both > 0, 2 * hit / np.maximum(both, 1e-12), np.nan), axis=1))


def _kappa(table: Array) -> Array:
    """Cohen's kappa with quadratic weights (Cohen 1968)."""
    place = np.arange(table.shape[1])
    away = (place[:, None] - place) ** 2
    n = table.sum((1, 2))
    by_chance = table.sum(2)[:, :, None] * table.sum(1)[:, None, :] / n[:, None, None]
    expected = (away * by_chance).sum((1, 2))
    return 1 - (away * table).sum((1, 2)) / np.where(expected > 0, expected, np.nan)


GRADE_FIGURES: dict[str, Callable[[Array], Array]] = {
    "accuracy": _accuracy, "within_one": _within_one, "macro_f1": _macro_f1, "kappa": _kappa,
}  # fmt: skip


def of_numbers(truth: Array, said: Array, weights: Array, ends: Array | None = None) -> dict[str, Figure]:
    """Of numbers (n,) with intervals (n, 2); r2 is against the mean of these truths; ranks are those of all photos."""
    away = truth - said
    columns = [np.ones_like(truth), truth, truth**2, np.abs(away), away**2, *_ranks(truth, said)]
    if ends is not None:
        columns.append((truth >= ends[:, 0]) & (truth <= ends[:, 1]))
    n, sums = weights.sum(1), weights @ np.stack(columns, 1).astype(np.float64)
    mean = sums[:, 1:] / n[:, None]
    variance = mean[:, 1] - mean[:, 0] ** 2
    figures = {
        "mae": mean[:, 2],
        "rmse": np.sqrt(mean[:, 3]),
        "r2": 1 - mean[:, 3] / np.where(variance > 1e-12, variance, np.nan),
        "spearman": _correlation(mean[:, 4:9]),
    }
    if ends is not None:
        figures["coverage"] = mean[:, 9]
    return {name: summed(values) for name, values in figures.items()}


def _ranks(truth: Array, said: Array) -> list[Array]:
    one, other = rankdata(truth), rankdata(said)
    return [one, other, one**2, other**2, one * other]


def _correlation(means: Array) -> Array:
    """From the means of x, y, x2, y2 and xy (draws, 5)."""
    x, y, xx, yy, xy = means.T
    spread = (xx - x**2) * (yy - y**2)
    return np.asarray((xy - x * y) / np.sqrt(np.where(spread > 1e-12, spread, np.nan)))


def calibration(truth: Whole, chance: Array, bins: int = 10) -> list[dict[str, float]]:
    """How often the likeliest grade was right, by how sure the model was (Guo et al. 2017)."""
    sure, right = chance.max(1), chance.argmax(1) == truth
    place = np.minimum((sure * bins).astype(int), bins - 1)
    return [
        {
            "low": number / bins, "high": (number + 1) / bins, "n": int((place == number).sum()),
            "predicted": float(sure[place == number].mean()), "observed": float(right[place == number].mean()),
        }
        for number in range(bins)
        if (place == number).any()
    ]  # fmt: skip


def curve(truth: Array, said: Array, doubt: Array, steps: int = 10) -> list[dict[str, float]]:
    """The mean absolute error of the photos that the model doubts least, by the share of photos it answers."""
    order = np.argsort(doubt, kind="stable")
    away = np.abs(truth - said)[order]
    shares = np.linspace(1 / steps, 1, steps)
    return [
        {"coverage": float(share), "mae": float(away[: max(1, round(share * len(away)))].mean())} for share in shares
    ]


def better(truth: Array, said: Array, other: Array, weights: Array) -> bool:
    """Whether squared errors are smaller than another's, beyond what drawing other animals would change."""
    gain = (weights @ ((truth - other) ** 2 - (truth - said) ** 2)) / weights.sum(1)
    return bool(summed(gain)["low"] > 0)
