"""Taste: sensory profiles by round, minutes and day, what processing changed, raw against heated."""

from typing import Any

import streamlit as st

from core.tables.samples import HEATED_SCORES, RAW_SCORES
from dashboard import filters
from dashboard.charts.taste import FIGURES
from dashboard.language import t
from dashboard.statistics_page import statistics_page
from dashboard.width import is_narrow

OFFERED = {"tenderness": HEATED_SCORES, "since_slaughter": RAW_SCORES + HEATED_SCORES}  # by part


def _options(part: str) -> dict[str, Any]:
    if part not in OFFERED:
        return {}
    names = {key: t(f"score.{key}") for key in OFFERED[part]}
    with st.container(horizontal=True, width=520, key="taste_options"):
        wanted = {"attribute": filters.choose("attribute", t("taste.attribute"), names, none=names["tenderness"])}
        if part == "tenderness":
            axes = {key: t(f"taste.by_{key}") for key in ("day", "round")}
            wanted["by"] = filters.choose("by", t("taste.by"), axes, none=t("taste.by_itself"))
    return {name: value for name, value in wanted.items() if value is not None}


is_narrow()  # the radars are drawn for it
statistics_page("taste", FIGURES, _options)
