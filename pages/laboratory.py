"""Laboratory: how measured values are spread, what lies far off, how well replicates agree, the electronic tongue."""

from typing import Any

from core.measurements import measures
from dashboard import filters
from dashboard.charts.laboratory import FIGURES
from dashboard.language import language, t
from dashboard.statistics_page import statistics_page

# What groups can be formed by, and what that is called.
GROUPS = {
    "species": "sample.species", "primal_cut": "sample.primal_cut", "grade": "sample.grade", "sex": "sample.sex",
    "breed": "sample.breed", "round": "statistics.round", "preparation": "photo.preparation",
}  # fmt: skip
OF_ONE_MEASURE = ("distribution", "box", "outliers")


def _options(part: str) -> dict[str, Any]:
    """The measure where a part is about one, and what its groups are formed by."""
    wanted: dict[str, Any] = {}
    if part in OF_ONE_MEASURE:
        names = {key: measure[language()] for key, measure in measures().items()}
        wanted["measure"] = filters.choose(
            "measure", t("laboratory.measure"), names, none=t("laboratory.measure_of_most")
        )
    if part == "box":
        groups = {key: t(word) for key, word in GROUPS.items()}
        wanted["by"] = filters.choose("by", t("laboratory.by"), groups, none=t("laboratory.by_none"))
    return {name: key for name, key in wanted.items() if key is not None}


statistics_page("laboratory", FIGURES, _options)
