"""Scores in groups: by round, by minutes of processing, by day; and the numbers of each group."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from core.statistics import numbers
from core.statistics.cohort import Array, N, Scores
from core.statistics.numbers import FEWEST

MINUTES = (0, 60, 120, 240, 480)  # the last minute of each class but the last one
MINUTE_CLASSES = ("0", "1_60", "61_120", "121_240", "241_480", "over_480")
DAYS = 30  # up to here days since slaughter stand alone, later they are put together by weeks
PIECE = 2**15  # scores that are counted at once
MOST_TENTHS = 1000  # from the lowest to the highest score; others are told apart by sorting
QUARTILES = ("min", "q1", "median", "q3", "max")
NUMBERS = ("scores", "samples", "animals", "mean", "sd", "sem", "low", "high", *QUARTILES)

Row = Mapping[Any, Any]  # of a table


@dataclass(frozen=True)
class Grouped:
    """Scores that are in groups: `codes` say which group a row is in, `labels` has a row for each group.

    `left_out` counts the rows that are in none.
    """

    scores: Scores
    codes: Array
    labels: pd.DataFrame
    left_out: int = 0


def by_round(scores: Scores) -> Grouped:
    """Groups by the number of the round: 0 is the raw sample."""
    seqs, codes = present(scores["seq"])
    return Grouped(scores, codes, pd.DataFrame({"round": seqs}))


def by_minutes(scores: Scores) -> Grouped:
    """Groups by the minutes of processing up to the round, in classes; rounds of unknown minutes are left out."""
    minutes = scores["minutes"]
    classes = np.where(np.isnan(minutes), -1, np.searchsorted(MINUTES, minutes))
    labels = pd.DataFrame({"minutes": list(MINUTE_CLASSES)})
    return _those_in_groups(scores, classes, labels)


def by_day(scores: Scores) -> Grouped:
    """Groups by the day of storage after a round, and within it by round."""
    days, day = present(scores["day"])
    seqs, seq = present(scores["seq"])
    labels = pd.DataFrame({"day": np.repeat(days, len(seqs)), "round": np.tile(seqs, len(days))})
    return Grouped(scores, day * len(seqs) + seq, labels)


def since_slaughter(scores: Scores) -> Grouped:
    """Groups by whole days in Seoul from slaughter to tasting, by weeks after DAYS; what was tasted before is left out.

    A group of a week has its first and its last day.
    """
    days = scores["evaluated"] - scores.of_sample("slaughtered")
    first = np.where(days > DAYS, DAYS + 1 + (days - DAYS - 1) // 7 * 7, days)
    there, codes = present(np.maximum(first, -1) + 1)  # 0 is whatever lies before slaughter
    labels = pd.DataFrame({"day_from": there - 1, "day_to": there - 1 + np.where(there - 1 > DAYS, 6, 0)})
    if len(there) and there[0] == 0:
        return _those_in_groups(scores, codes - 1, labels.iloc[1:].reset_index(drop=True))
    return Grouped(scores, codes, labels)


def described(grouped: Grouped, attributes: Sequence[str]) -> tuple[pd.DataFrame, N, int]:
    """For each attribute and group that has scores: how many there are of how many samples and animals, and NUMBERS.

    Then n of animals, samples and single scores of all; and how many single scores are empty or in no group. Means,
    deviations and quartiles are those of all scores; standard errors and intervals go by animals.
    """
    scores, codes, k = grouped.scores, grouped.codes, len(grouped.labels)
    facts, samples = scores.cohort.facts, scores["sample"]
    of_animals = numbers.pairs(codes, k, scores.animal, facts.animals)
    of_samples = _distinct(codes, k, samples, len(facts.samples))
    found, anything = list[dict[str, Array]](), np.zeros(len(scores), bool)
    for attribute in attributes:
        values = scores[attribute]
        known = ~np.isnan(values)
        anything |= known
        if known.all():
            found.append(_described(values, codes, k, of_animals) | {"samples": of_samples})
        else:
            own = replace(of_animals, of_row=of_animals.of_row[known])
            own = replace(own, count=np.bincount(own.of_row, minlength=len(own.group)))
            distinct = _distinct(codes[known], k, samples[known], len(facts.samples))
            found.append(_described(values[known], codes[known], k, own) | {"samples": distinct})
    columns = {"attribute": np.repeat(attributes, k)}
    columns |= {str(name): np.tile(grouped.labels[name].to_numpy(), len(attributes)) for name in grouped.labels}
    columns |= {name: np.concatenate([each[name] for each in found]) for name in NUMBERS}
    table = pd.DataFrame(columns | {"is_small": columns["animals"] < FEWEST})
    there = int(table["scores"].sum())
    if anything.all():  # then one row of those of a sample that follow each other tells as much
        anything[1:] = samples[1:] != samples[:-1]
    n = replace(scores.count(anything), scores=there)
    missing = len(attributes) * (len(scores) + grouped.left_out) - there
    return table[table["scores"] > 0].reset_index(drop=True), n, missing


def _described(values: Array, codes: Array, k: int, of: numbers.Pairs) -> dict[str, Array]:
    """The summary and the quartiles of scores that are known; they have few values, so that these are counted."""
    counts, levels = tally(values, codes, k)
    n, sums = counts.sum(axis=1), np.bincount(of.of_row, values, len(of.group))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = counts @ levels / n
        sd = np.sqrt((counts * (levels - mean[:, None]) ** 2).sum(axis=1) / (n - 1))
    told = {"scores": n, "mean": mean, "sd": np.where(n > 1, sd, np.nan)}
    told |= dict(zip(QUARTILES, quartiles(counts, levels).T, strict=True))
    return told | numbers.by_animals(n, mean, of, of.count, sums)


def tally(values: Array, groups: Array, k: int) -> tuple[Array, Array]:
    """How often each group has each value, and the values in order."""
    if (counted := _tally_tenths(values, groups, k)) is not None:
        return counted
    levels, places = np.unique(values, return_inverse=True)
    places += groups * len(levels)
    return np.bincount(places, minlength=k * len(levels)).reshape(k, len(levels)), levels


def _tally_tenths(values: Array, groups: Array, k: int) -> tuple[Array, Array] | None:
    """The same of scores that are halves or tenths; None where they are not. In pieces that stay in the cache."""
    low, high = (round(10 * float(bound)) for bound in (values.min(), values.max())) if len(values) else (0, 0)
    width = high - low + 1
    if width > MOST_TENTHS:
        return None
    counts = np.zeros(k * width, np.int64)
    for start in range(0, len(values), PIECE):
        own = values[start : start + PIECE]
        tenths = np.rint(own * 10)
        if not np.array_equal(tenths / 10, own):
            return None
        places = (tenths - low).astype(np.intp)
        counts += np.bincount(places + groups[start : start + PIECE] * width, minlength=k * width)
    return counts.reshape(k, width), np.arange(low, high + 1) / 10


def quartiles(counts: Array, levels: Array) -> Array:
    """As numbers.quartiles, of values that are counted: a row for each group, a column for each of QUARTILES."""
    upto = counts.cumsum(axis=1)
    n, levels = upto[:, -1:], np.append(levels, np.nan)  # the last one for groups without any
    place = (n - 1) * np.array([0, 0.25, 0.5, 0.75, 1])
    below = np.floor(place)
    under, over = (levels[(upto[:, None, :] <= at[:, :, None]).sum(axis=2)] for at in (below, np.ceil(place)))
    return np.where(n > 0, under + (over - under) * (place - below), np.nan)


def samples_of(grouped: Grouped, row: Row) -> Array:
    """The samples (their places in the facts) that a row of the described table is of."""
    labels = grouped.labels
    chosen = np.ones(len(labels), bool)
    for name in labels:
        chosen &= (labels[name] == row[name]).to_numpy()
    rows = chosen[grouped.codes] & ~np.isnan(grouped.scores[row["attribute"]])
    return np.unique(grouped.scores["sample"][rows])


def present(codes: Array) -> tuple[Array, Array]:
    """The numbers that there are, in order, and the place of each one among them; none is negative."""
    there = np.flatnonzero(np.bincount(codes))
    place = np.zeros(int(there[-1]) + 1 if len(there) else 0, np.intp)
    place[there] = np.arange(len(there))
    return there, place[codes]


def some(scores: Scores, chosen: Array) -> Scores:
    """Those rows that a mask chooses."""
    if chosen.all():
        return scores
    rows = scores.rows[chosen]
    return Scores(scores.cohort, scores.table, rows, scores.preparation, scores.scale, scores.on_other_scales)


def _those_in_groups(scores: Scores, codes: Array, labels: pd.DataFrame) -> Grouped:
    chosen = codes >= 0
    left_out = int((~chosen).sum())
    return Grouped(some(scores, chosen), codes[chosen], labels, left_out)


def _distinct(groups: Array, k: int, ids: Array, size: int) -> Array:
    """As numbers.distinct, sooner where groups by ids fit into memory."""
    if k * size > numbers.MOST_CELLS:
        return numbers.distinct(groups, k, ids, size)
    seen = np.zeros(k * size, bool)
    seen[groups * size + ids] = True
    return seen.reshape(k, size).sum(axis=1)
