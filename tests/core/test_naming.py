"""The grade that is named is the median of what is probable."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.naming import middle_grade, named_grade

CHANCES = st.lists(st.integers(0, 1000), min_size=1, max_size=6).filter(any)


@pytest.mark.parametrize(
    ("chances", "named"),
    [
        ({"1++": 0.2, "1+": 0.7, "1": 0.1}, "1+"),
        ({"1++": 0.4, "1+": 0.25, "1": 0.35}, "1+"),  # not the likeliest one, which is an end
        ({"1++": 0.5, "1+": 0.5}, "1++"),
        ({"3": 1.0}, "3"),
        ({}, None),
        (None, None),
    ],
)
def test_the_middle_is_named(chances: dict[str, float] | None, named: str | None) -> None:
    assert named_grade(chances) == named


@given(CHANCES)
def test_neither_side_of_it_is_likelier_than_not(weights: list[int]) -> None:
    place = int(middle_grade(weights))
    assert 2 * sum(weights[:place]) <= sum(weights) >= 2 * sum(weights[place + 1 :])


@given(CHANCES)
def test_no_other_is_nearer_on_average(weights: list[int]) -> None:
    places = np.arange(len(weights))
    away = [np.dot(weights, np.abs(places - place)) for place in places]
    assert away[int(middle_grade(weights))] == min(away)


def test_many_photos_at_once() -> None:
    assert middle_grade([[0.1, 0.2, 0.7], [0.6, 0.3, 0.1]]).tolist() == [2, 0]
