"""What training makes small: the distance in grades, and squared errors of the numbers that are known."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from models.network import Answers

STEEP = 2.0  # how quickly a neighbouring grade is less wished for
NEVER = -1e4


@dataclass(frozen=True)
class Truth:
    """Of n photos: grade number (n,), -1 unknown; allowed grades (n, classes); numbers (n, targets), NaN unknown."""

    grade: Tensor
    allowed: Tensor
    numbers: Tensor

    def of(self, rows: Tensor) -> "Truth":
        return Truth(self.grade[rows], self.allowed[rows], self.numbers[rows])

    def to(self, device: torch.device) -> "Truth":
        return Truth(self.grade.to(device), self.allowed.to(device), self.numbers.to(device))


def loss(answers: Answers, truth: Truth) -> Tensor:
    """The mean over photos and targets; 0 where nothing is known."""
    return grade_loss(answers.grade, truth) + number_loss(answers.numbers, truth.numbers)


def grade_loss(logits: Tensor, truth: Truth) -> Tensor:
    """Cross entropy with soft labels that fall off with the distance in grades (Diaz and Marathe, CVPR 2019)."""
    known = truth.grade >= 0
    if not known.any():
        return logits.sum() * 0
    classes = torch.arange(logits.shape[1], device=logits.device)
    away = (classes[None] - truth.grade[known, None]).abs().float()
    allowed = truth.allowed[known]
    wished = (-STEEP * away).masked_fill(~allowed, NEVER).softmax(1)
    said = logits[known].float().masked_fill(~allowed, NEVER).log_softmax(1)
    return -(wished * said).sum(1).mean()


def number_loss(numbers: Tensor, truth: Tensor) -> Tensor:
    known = ~torch.isnan(truth)
    if not known.any():
        return numbers.sum() * 0
    return functional.mse_loss(numbers.float()[known], truth[known])


def cost(answers: Answers, truth: Truth) -> Tensor:
    """The same loss over many photos at once, but no number costs more than its mean does: it would not be answered.

    Otherwise those that no photo shows would soon hide, by what they lose, what the others gain.
    """
    known = ~torch.isnan(truth.numbers)
    wrong = (answers.numbers.float() - truth.numbers).where(known, 0).square().sum(0)
    least = wrong.minimum(truth.numbers.where(known, 0).square().sum(0))
    return grade_loss(answers.grade, truth) + least.sum() / known.sum().clamp(min=1)
