"""What photos set aside say of a training, and what each pass looks at."""

import torch

from core.training_runs import TrainingOptions
from models.network import Answers
from models.training import Options
from models.training.loss import Truth, cost, loss

NAN = float("nan")


def told(numbers: list[list[float]], truth: list[list[float]]) -> tuple[Answers, Truth]:
    n = len(numbers)
    answers = Answers(torch.zeros(n, 2), torch.tensor(numbers))
    return answers, Truth(torch.full((n,), -1), torch.ones(n, 2, dtype=torch.bool), torch.tensor(truth))


def test_a_number_that_is_worse_than_its_mean_costs_what_the_mean_costs() -> None:
    truth = [[1.0, 1.0], [-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]]
    good_and_bad = [[0.9, -3.0], [-0.9, 3.0], [0.9, 3.0], [-0.9, -3.0]]
    good_and_silent = [[0.9, 0.0], [-0.9, 0.0], [0.9, 0.0], [-0.9, 0.0]]
    assert cost(*told(good_and_bad, truth)) == cost(*told(good_and_silent, truth))
    assert cost(*told(good_and_silent, truth)) == loss(*told(good_and_silent, truth))
    assert loss(*told(good_and_bad, truth)) > cost(*told(good_and_bad, truth))


def test_a_cost_counts_only_what_is_known_and_nothing_known_costs_nothing() -> None:
    assert cost(*told([[0.5, 9.0], [0.5, 9.0]], [[1.0, NAN], [1.0, NAN]])) == 0.25
    assert cost(*told([[0.5], [0.5]], [[NAN], [NAN]])) == 0


def test_crops_grow_to_their_largest_in_whole_steps_of_the_network() -> None:
    options = Options()
    sides = [options.crop_in(epoch) for epoch in range(options.epochs)]
    assert sides == sorted(sides)
    assert (sides[0], sides[-1]) == (192, 288) == (sides[0], options.side)
    assert not any(side % 32 for side in sides)
    assert Options(side=32, epochs=1).crop_in(0) == 32


def test_a_page_offers_what_a_command_does() -> None:
    offered, usual = TrainingOptions(), Options()
    assert (offered.name, offered.seed, offered.epochs, offered.side) == (
        usual.name, usual.seed, usual.epochs, usual.side
    )  # fmt: skip
