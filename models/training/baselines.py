"""What a model must beat: always the commonest grade or the mean, and classical learning on features of the photo."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from core.naming import middle_grade
from models.measuring import UNITS, NoMeat, measure
from models.training.examples import Task

Array = NDArray[np.float64]
Baselines = dict[str, dict[str, Array]]  # target -> baseline -> what it says of every row
BOOSTING: dict[str, Any] = {"max_iter": 150, "learning_rate": 0.05, "random_state": 0}


def measured(frames: NDArray[np.uint8], progress: Callable[[int, int, str], None]) -> Array:
    """What is measured in each frame (n, measures); NaN where no meat is found."""
    found = np.full((len(frames), len(UNITS)), np.nan)
    # Threads: a process that was forked off one that has used torch would wait for torch's threads for ever.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for row, values in enumerate(pool.map(_measured, frames)):
            found[row] = values
            progress(row + 1, len(frames), "measuring")
    return found


def _measured(frame: NDArray[np.uint8]) -> list[float]:
    try:
        values = measure(Image.fromarray(np.ascontiguousarray(frame.transpose(1, 2, 0)))).values
    except NoMeat:
        return [np.nan] * len(UNITS)
    return [values.get(name, np.nan) for name in UNITS]


def all_of(task: Task, table: pd.DataFrame, features: Array, train: NDArray[np.int64]) -> Baselines:
    """For every row the commonest grade or the mean, and gradient boosting, of the rows that are learnt from."""
    told = np.concatenate([features, task.told(table)], axis=1)
    found = {name: _of_number(told, table[name].to_numpy(float), train) for name in task.numbers}
    if task.classes:
        found["grade"] = _of_grade(told, task.grades(table), train)
    return found


def plain(task: Task, table: pd.DataFrame) -> Baselines:
    """The commonest grade of these rows, and the means that the model knows, of all that is labelled here."""
    means = zip(task.numbers, task.mean, strict=True)
    said = {name: {"mean": np.full(len(table), mean)} for name, mean in means if table[name].notna().any()}
    truth = task.grades(table)
    if (truth >= 0).any():
        said["grade"] = {"majority": commonest(truth, len(table))}
    return said


def commonest(grades: NDArray[np.int64], n: int) -> Array:
    """The commonest of the grades that are known, n times."""
    return np.full(n, np.bincount(grades[grades >= 0]).argmax(), float)


def _spoken(features: Array, rows: NDArray[np.int64]) -> Array:
    """The features, 0 where none of the rows that are learnt from has a value: boosting wants one in every column."""
    return np.where(np.isnan(features[rows]).all(0), 0, features)


def _of_grade(features: Array, truth: NDArray[np.int64], train: NDArray[np.int64]) -> dict[str, Array]:
    known = train[truth[train] >= 0]
    features = _spoken(features, known)
    fitted = HistGradientBoostingClassifier(**BOOSTING).fit(features[known], truth[known])
    named = fitted.classes_[middle_grade(fitted.predict_proba(features))]  # as of a model's probabilities
    return {"majority": commonest(truth[known], len(truth)), "features": np.asarray(named, np.float64)}


def _of_number(features: Array, truth: Array, train: NDArray[np.int64]) -> dict[str, Array]:
    known = train[np.isfinite(truth[train])]
    features = _spoken(features, known)
    fitted = HistGradientBoostingRegressor(**BOOSTING).fit(features[known], truth[known])
    return {
        "mean": np.full(len(truth), truth[known].mean()),
        "features": np.asarray(fitted.predict(features), np.float64),
    }
