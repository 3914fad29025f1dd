"""Which grade is named where a model says how probable each of them is."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray


def middle_grade(chances: ArrayLike) -> NDArray[np.intp]:
    """The place of the median grade (...,) in probabilities (..., grades) of grades in their order.

    Better ones are no likelier than not, nor are worse ones. Its distance from the true grade is the smallest to be
    expected, in grades; the likeliest one may be an end of a wide distribution whose weight lies elsewhere.
    """
    return np.asarray((np.cumsum(chances, axis=-1) >= np.sum(chances, axis=-1, keepdims=True) / 2).argmax(-1))


def named_grade(chances: Mapping[str, float] | None) -> str | None:
    """The same of grades with their probabilities, best first; None where the model says nothing."""
    return [*chances][middle_grade([*chances.values()])] if chances else None
