"""Regions: where samples come from, on a map and over time."""

from typing import Any

import streamlit as st

from dashboard import filters
from dashboard.charts.regions import FIGURES
from dashboard.language import t
from dashboard.statistics_page import statistics_page
from dashboard.width import is_narrow


def options(part: str) -> dict[str, Any]:
    """What can be chosen beyond the filter; what is not chosen has the default of the view."""
    is_narrow()  # the maps are drawn for it
    with st.container(horizontal=True, width=560, key="regions_options"):
        chosen = {
            "units": filters.choose(
                "units", t("regions.units"), {"16": t("regions.units_16")}, none=t("regions.units_17")
            )
        }
        if part == "trend":
            chosen["by"] = filters.choose(
                "by", t("regions.by"), {"week": t("regions.by_week")}, none=t("regions.by_month")
            )
        if part == "animation":
            chosen["counted"] = filters.choose(
                "counted", t("regions.counted"), {"until": t("regions.counted_until")}, none=t("regions.counted_each")
            )
    return {name: value for name, value in chosen.items() if value is not None}


statistics_page("regions", FIGURES, options)
