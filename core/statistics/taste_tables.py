"""Scores in groups: by round, by minutes of processing, by day; and the numbers of each group."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from core.statistics import numbers
from core.statistics.cohort import Array, N, Scores
from core.statistics.numbers import FEWEST
from core.statistics.tallies import QUARTILES
from core.statistics.tallies import described as described_counts

MINUTES = (0, 60, 120, 240, 480)  # the last minute of each class but the last one
MINUTE_CLASSES = ("0", "1_60", "61_120", "121_240", "241_480", "over_480")
DAYS = 30  # up to here days since slaughter stand alone, later they are put together by weeks
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
    scores, codes, k, size = grouped.scores, grouped.codes, len(grouped.labels), len(grouped.scores.levels)
    facts, samples = scores.cohort.facts, scores["sample"]
    of_animals = numbers.pairs(codes, k, scores.animal, facts.animals)
    of_samples = numbers.distinct(codes, k, samples, len(facts.samples))
    found, anything = list[dict[str, Array]](), np.zeros(len(scores), bool)
    cells = (codes * size).astype(np.int16 if k * size < 2**15 else np.int64)  # of a table of groups and scores
    for attribute in attributes:
        own = scores.codes(attribute)
        told, chosen = numbers.summed(scores.scored(own), of_animals).means(k), cells
        if own.min(initial=0) >= 0:
            anything[:] = True
            told["samples"] = of_samples
        else:
            known = own >= 0
            anything |= known
            own, chosen = own[known], cells[known]
            told["samples"] = numbers.distinct(codes[known], k, samples[known], len(facts.samples))
        counts = np.bincount(chosen + own, minlength=k * size).reshape(k, size)
        found.append(told | described_counts(counts, scores.levels) | {"scores": told["n"]})
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


def samples_of(grouped: Grouped, row: Row) -> Array:
    """The samples (their places in the facts) that a row of the described table is of."""
    labels = grouped.labels
    chosen = np.ones(len(labels), bool)
    for name in labels:
        chosen &= (labels[name] == row[name]).to_numpy()
    rows = chosen[grouped.codes] & (grouped.scores.codes(row["attribute"]) >= 0)
    return np.unique(grouped.scores["sample"][rows])


def present(codes: Array) -> tuple[Array, Array]:
    """The numbers that there are, in order, and the place of each one among them; none is negative."""
    there = np.flatnonzero(np.bincount(codes))
    place = np.zeros(int(there[-1]) + 1 if len(there) else 0, np.intp)
    place[there] = np.arange(len(there))
    return there, place[codes]


def _those_in_groups(scores: Scores, codes: Array, labels: pd.DataFrame) -> Grouped:
    chosen = codes >= 0
    left_out = int((~chosen).sum())
    return Grouped(scores.some(chosen), codes[chosen], labels, left_out)
