"""Which photos are learnt from, set aside and tested on: never two of one animal, or of one piece, on two sides."""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.model_selection import StratifiedGroupKFold

PARTS = 20
TEST, ASIDE = 3, 3  # of PARTS: for the report; for early stopping, calibration and intervals
# Cosine of two photos' features about the mean of all, above which they show the same piece again; seen from afar
# (128 pixels), copies that are mirrored, shifted or darker lie above it, and other pieces far below.
ALIKE = 0.80
BLOCK = 1024

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Split:
    """Rows of each part, and the group (n,) that each photo belongs to: an animal with all photos that look like it."""

    train: Rows
    aside: Rows
    test: Rows
    group: Rows


def split(table: pd.DataFrame, features: NDArray[np.float32], seed: int) -> Split:
    """70, 15 and 15 % of the photos, with grades in like shares."""
    group = groups(table, features)
    grades = table["grade"].map(str)
    strata = grades.where(grades.map(grades.value_counts()) >= PARTS, "rare").to_numpy(object)
    folds = min(PARTS, len(np.unique(group)))
    if folds < PARTS:
        raise TooFew(folds)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a grade that is rare need not be in every part
        folds_of = StratifiedGroupKFold(PARTS, shuffle=True, random_state=seed)
        parts = [test for _, test in folds_of.split(table, strata, group)]
    train, aside, test = parts[TEST + ASIDE :], parts[TEST : TEST + ASIDE], parts[:TEST]
    return Split(_joined(train), _joined(aside), _joined(test), group)


def _joined(parts: list[Rows]) -> Rows:
    return np.sort(np.concatenate(parts))


class TooFew(ValueError):
    """There are too few animals to learn from."""

    def __init__(self, found: int) -> None:
        super().__init__(f"training needs photos of at least {PARTS} animals; there are {found}")


def groups(table: pd.DataFrame, features: NDArray[np.float32]) -> Rows:
    """A number for each photo: photos of one animal share it, and so do photos that look alike."""
    n = len(table)
    animals, names = pd.factorize(table["animal"])
    unnamed = np.flatnonzero(animals < 0)
    animals[unnamed] = len(names) + np.arange(len(unnamed))
    _, first = np.unique(animals, return_index=True)
    same = np.stack([np.arange(n), first[np.unique(animals, return_inverse=True)[1]]])
    pairs = np.concatenate([same, *alike(features)], axis=1)
    joined = coo_array((np.ones(pairs.shape[1], bool), (pairs[0], pairs[1])), shape=(n, n))
    return np.asarray(connected_components(joined, directed=False)[1], np.int64)


def alike(features: NDArray[np.float32]) -> list[Rows]:
    """Pairs (2, m) of photos that show the same piece: their features point the same way from the mean of all."""
    centred = features - features.mean(0)
    centred = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)
    found = []
    for start in range(0, len(centred), BLOCK):
        rows, columns = np.nonzero(centred[start : start + BLOCK] @ centred.T > ALIKE)
        found.append(np.stack([rows + start, columns]))
    return found
