"""Values that are counted say what all values say, whatever steps they have."""

import numpy as np
import pandas as pd
import pytest

from core.statistics import numbers, tallies

CLOSE = {"rtol": 1e-9, "atol": 1e-9}
RNG = np.random.default_rng(20)
KINDS = {
    "scores": RNG.integers(2, 21, 5000) / 2,
    "thirds": RNG.integers(3, 31, 5000) / 3,
    "two decimals": np.round(RNG.normal(33, 4, 5000), 2),
    "negative": np.round(RNG.normal(-9.6, 0.4, 5000), 2),
    "continuous": RNG.normal(0, 1, 5000),
    "one decimal, and later many": np.append(np.round(RNG.normal(0, 1, 1500), 1), RNG.normal(0, 1, 20)),
    "large": RNG.integers(0, 10**12, 500).astype(float),
    "one": np.array([4.2]),
    "none": np.empty(0),
}


@pytest.mark.parametrize("values", KINDS.values(), ids=KINDS)
def test_codes_stand_for_the_values_in_order(values: np.ndarray) -> None:
    for per_unit in (None, 2, 6):
        codes, levels = tallies.coded(values, per_unit)
        np.testing.assert_allclose(levels[codes], values, **CLOSE)
        assert (np.diff(levels) > 0).all()


def test_what_only_rounding_tells_apart_is_one_value() -> None:
    tenths = np.array([0.1 + 0.2, 0.3, (5.6 + 5.7) / 2 - 5.35, np.nextafter(0.3, 1), 0.4])
    codes, _ = tallies.coded(tenths)
    assert codes[0] == codes[1] == codes[2] == codes[3] < codes[4]
    thirds = np.array([(4.5 + 5 + 5.5 + 6 - 6) / 3, 15 / 3, 5 + 1e-14, 5.5 - 1 / 3])
    codes, _ = tallies.coded(thirds, 6)
    assert codes[0] == codes[1] == codes[2] < codes[3]


@pytest.mark.parametrize("values", KINDS.values(), ids=KINDS)
def test_counted_values_have_the_figures_of_all(values: np.ndarray) -> None:
    groups = np.arange(len(values)) % 3
    codes, levels = tallies.coded(values)
    shuffled = np.random.default_rng(1).permutation(len(levels))  # levels need not be in order
    counts = numbers.crosstab(groups, 4, codes, len(levels))[:, shuffled]
    found = pd.DataFrame(tallies.described(counts, levels[shuffled]))
    for group, row in enumerate(found.to_dict("records")):
        own = pd.Series(values[groups == group], dtype=float)
        quartiles = np.quantile(own, [0, 0.25, 0.5, 0.75, 1]) if len(own) else [np.nan] * 5
        expected = [len(own), own.mean(), own.std(), *quartiles]
        np.testing.assert_allclose(np.array(list(row.values()), float), np.array(expected, float), **CLOSE)


@pytest.mark.parametrize("most", [2**22, 0])
def test_combinations_are_those_that_pandas_counts(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallies, "MOST_CELLS", most)  # in a table, or sorted
    for n in (0, 1, 300):
        a, b, c = RNG.integers(0, 7, n), RNG.integers(0, 40, n).astype(np.int8), RNG.integers(0, 3, n)
        found, counts = tallies.combined((a, 7), (b, 40), (c, 3))
        expected = pd.DataFrame({"a": a, "b": b, "c": c}).value_counts(sort=False).sort_index()
        assert list(zip(*(codes.tolist() for codes in found), strict=True)) == list(expected.index)
        assert counts.tolist() == expected.tolist()
