"""Relations: how values go together: correlations, two variables, principal components, correlations given others."""

from typing import Any

import streamlit as st

from core.measurements import measures
from core.statistics.observations import VARIABLES
from core.statistics.relations_query import MOST, MOST_TOGETHER
from dashboard import filters
from dashboard.charts.relations import FIGURES
from dashboard.language import language, t
from dashboard.statistics_page import statistics_page
from dashboard.width import is_narrow

NAMES_OF_AXES = {"x": "marbling", "y": "overall"}


def _options(part: str) -> dict[str, Any]:
    """Which variables; and how correlations are meant, or what points are coloured by."""
    names = {key: measures()[key][language()] if key in measures() else t(f"score.{key}") for key in VARIABLES}
    wanted: dict[str, Any] = {}
    if part != "scatter":
        wanted["variables"] = _several(names, MOST if part == "correlations" else MOST_TOGETHER)
    with st.container(horizontal=True, vertical_alignment="bottom", width=640, key="relations_options"):
        if part == "scatter":
            for axis, usual in NAMES_OF_AXES.items():
                wanted[axis] = filters.choose(axis, t(f"relations.{axis}"), names, none=names[usual])
        if part in ("scatter", "components"):
            colors = {"grade": t("sample.grade"), "species": t("sample.species")}
            wanted["color"] = filters.choose("color", t("relations.color"), colors, none=t("relations.color_none"))
        else:
            methods = {key: t(f"relations.method_{key}") for key in ("pearson", "spearman")}
            wanted["method"] = filters.choose("method", t("relations.method"), methods, none=methods["pearson"])
            wanted["within_cut"] = filters.synced(
                "within_cut", lambda given: given == "true", lambda chosen: "true",
                lambda key: st.toggle(t("relations.within_cut"), key=key, help=t("relations.within_cut_help")),
            )  # fmt: skip
    return {name: value for name, value in wanted.items() if value}


def _several(names: dict[str, str], most: int) -> list[str]:
    """Variables, in the address with commas between."""
    chosen: list[str] = filters.synced(
        "variables", lambda given: [key for key in (given or "").split(",") if key in names], ",".join,
        lambda key: st.multiselect(
            t("relations.variables"), list(names), format_func=names.__getitem__, key=key, max_selections=most,
            placeholder=t("relations.variables_frequent"),
        ),
    )  # fmt: skip
    return chosen


is_narrow()  # the charts are drawn for it
statistics_page("relations", FIGURES, _options)
