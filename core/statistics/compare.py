"""Compare groups: whether groups differ."""

from collections.abc import Callable

from core.statistics.answers import Part
from core.statistics.cohort import Cohort
from core.statistics.filters import StatisticsFilter


class Query(StatisticsFilter):
    """No options of its own."""


PARTS: dict[str, Callable[[Cohort, Query], Part]] = {}
