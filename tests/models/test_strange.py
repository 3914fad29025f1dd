"""Pictures that are no meat: many kinds, the same every time."""

import numpy as np
import pytest

from models.strange import KINDS, draw_strange, kind_of


def test_there_are_many_kinds_and_seeds_go_through_them_in_turn():
    assert len(KINDS) >= 10
    assert {kind_of(seed) for seed in range(len(KINDS))} == set(KINDS)


@pytest.mark.parametrize("number", range(len(KINDS)))
def test_each_kind_is_drawn_and_varies(number):
    one, again, other = (draw_strange(seed, 96, 64) for seed in (number, number, number + len(KINDS)))
    assert one.shape == (64, 96, 3)
    assert one.dtype == np.uint8
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_kinds_look_different():
    pictures = [draw_strange(seed, 48, 48).astype(float) for seed in range(len(KINDS))]
    apart = [np.abs(a - b).mean() for i, a in enumerate(pictures) for b in pictures[:i]]
    assert np.median(apart) > 40
