"""Panel: how evaluators agree, repeat, and tell products apart; how they drift; what looks as if nobody tasted."""

from typing import Any

import streamlit as st

from core.tables.samples import SCORES
from dashboard import filters
from dashboard.charts.panel import FIGURES
from dashboard.language import t
from dashboard.statistics_page import statistics_page
from dashboard.width import is_narrow

OF_ONE = ("bias", "repeatability", "discrimination", "reliability", "kappa", "drift")  # parts that look at an attribute


def _options(part: str) -> dict[str, Any]:
    if part not in OF_ONE:
        return {}
    preparation = st.query_params.get("preparation")
    offered = SCORES.get(preparation or "", SCORES["heated"] + SCORES["raw"])
    names = {key: t(f"score.{key}") for key in offered}
    with st.container(width=520, key="panel_options"):
        attribute = filters.choose("attribute", t("column.attribute"), names, none=t("panel.attribute_of_all"))
    return {"attribute": attribute} if attribute else {}


is_narrow()  # the heat maps are drawn for it
statistics_page("panel", FIGURES, _options)
