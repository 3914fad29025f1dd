"""Pairs of groups and ids, and months of days, are what pandas and the calendar say."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from core.statistics import numbers
from core.statistics.cohort import months
from core.statistics.reading import NO_DAY


def test_months_are_those_of_the_calendar() -> None:
    days = [date(1999, 12, 31), date(2000, 2, 29), date(2024, 1, 1), date(1969, 12, 31)]
    counted = np.array([(day - date(1970, 1, 1)).days for day in days] + [NO_DAY])
    assert months(counted).tolist() == [12 * day.year + day.month - 1 for day in days] + [-1]
    assert months(counted[:0]).tolist() == []
    assert months(counted[-1:]).tolist() == [-1]


def test_pairs_are_the_same_however_they_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(7)
    for n, k, size in ((0, 3, 5), (1, 1, 1), (400, 7, 90)):
        groups, ids = rng.integers(0, k, n), rng.integers(0, size, n)
        found = []
        for near in (numbers.MOST_NEAR, -1):
            monkeypatch.setattr(numbers, "MOST_NEAR", near)
            found.append(vars(numbers.pairs(groups, k, ids, size)))
        expected = pd.DataFrame({"group": groups, "id": ids}).value_counts(sort=False).sort_index()
        for told in found:
            assert list(zip(told["group"], told["id"], strict=True)) == list(expected.index)
            assert told["count"].tolist() == expected.tolist()
            assert told["group"][told["of_row"]].tolist() == groups.tolist()
            assert told["id"][told["of_row"]].tolist() == ids.tolist()
