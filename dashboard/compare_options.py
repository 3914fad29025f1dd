"""What can be chosen for a comparison: the score or measure that is compared, and what makes the groups."""

from typing import Any, get_args

import streamlit as st

from core.measurements import measures
from core.statistics.filters import Score
from core.statistics.responses import Factor
from dashboard import filters
from dashboard.language import language, t


def options(shown: str) -> dict[str, Any]:
    """By the names of the view's query; what is not chosen is left to it."""
    scores = {key: t(f"score.{key}") for key in get_args(Score)}
    values = scores | {key: str(measure[language()]) for key, measure in measures().items()}
    factors = {key: _factor(key) for key in get_args(Factor)}
    with st.container(horizontal=True, key="compare_options"):
        response = filters.choose("response", t("compare.response"), values, none=t("compare.response_most"))
        factor = filters.choose("factor", t("compare.factor"), factors, none=factors["grade"])
    return {name: key for name, key in (("response", response), ("factor", factor)) if key}


def _factor(key: str) -> str:
    return t(f"compare.factor_{key}") if key in ("round", "processing") else t(f"sample.{key}")
