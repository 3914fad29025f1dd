"""Panel: how evaluators agree, how well each repeats and tells products apart, and what looks as if nobody tasted.

Everything is of one preparation and one scale. Intervals count animals: several products of one animal are no new ones.
"""

from collections.abc import Callable
from functools import partial
from typing import Annotated

from pydantic import Field

from core.statistics.answers import Part
from core.statistics.cohort import Cohort
from core.statistics.filters import Score, StatisticsFilter
from core.statistics.panel_products import discrimination, repeatability
from core.statistics.panel_raters import agreement, bias, drift
from core.statistics.panel_reliability import kappa, reliability
from core.statistics.panel_scores import Panel, attribute_of, panel_of
from core.statistics.panel_warnings import warnings

WHAT = "The attribute that is looked at; without it the first of the preparation."


class Query(StatisticsFilter):
    """Without a preparation the one that several people scored is taken, heated first."""

    attribute: Annotated[Score | None, Field(description=WHAT)] = None


Build = Callable[[Panel, str, StatisticsFilter], Part]


def build(make: Build, cohort: Cohort, query: Query) -> Part:
    panel = panel_of(cohort, query.attribute)
    wanted = StatisticsFilter(**{name: getattr(query, name) for name in StatisticsFilter.model_fields})
    return make(panel, attribute_of(panel, query.attribute), wanted)


PARTS: dict[str, Callable[[Cohort, Query], Part]] = {
    "bias": partial(build, bias),
    "agreement": partial(build, agreement),
    "repeatability": partial(build, repeatability),
    "discrimination": partial(build, discrimination),
    "reliability": partial(build, reliability),
    "kappa": partial(build, kappa),
    "drift": partial(build, drift),
    "warnings": partial(build, warnings),
}
