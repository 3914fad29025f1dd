"""Regions: approved samples by province of the farm and month of slaughter."""

from datetime import date

import pandas as pd
import streamlit as st

from core import statistics
from core.statistics import Regions, StatisticsFilter
from dashboard import charts, filters
from dashboard.language import t
from dashboard.session import current_actor
from dashboard.widgets import empty, name_of


def choose_filter() -> StatisticsFilter:
    columns = st.columns(3)
    with columns[0]:
        species = filters.species()
    with columns[1]:
        start: date | None = st.date_input(
            t("regions.from"), None, key="from", bind="query-params", format="YYYY-MM-DD"
        )
    with columns[2]:
        end: date | None = st.date_input(t("regions.to"), None, key="to", bind="query-params", format="YYYY-MM-DD")
    return StatisticsFilter(species=species, slaughtered_from=start, slaughtered_to=end)


def sentence(found: Regions) -> str:
    """What the chart shows, in one plain sentence."""
    known = found.by_province.dropna(subset=["province"])
    if known.empty:
        return t("regions.none_known", n=found.samples)
    first = known.iloc[0]
    share = 100 * first["samples"] / found.samples
    name = name_of("provinces", first["province"])
    return t("regions.sentence", province=name, n=int(first["samples"]), total=found.samples, share=f"{share:.0f}")


def table(frame: pd.DataFrame) -> pd.DataFrame:
    named = [name_of("provinces", key) if isinstance(key, str) else t("sample.no_region") for key in frame["province"]]
    shown = frame.assign(province=named)
    if "month" in shown:
        shown["month"] = pd.to_datetime(shown["month"]).dt.strftime("%Y-%m")
    words = {"province": t("sample.province"), "month": t("regions.month")}
    return shown.rename(columns=words | {"samples": t("regions.samples"), "animals": t("regions.animals")})


st.caption(t("regions.what"))
found = statistics.regions(current_actor(), choose_filter())
if not found.samples:
    empty("regions.empty")
else:
    figures = st.columns(3)
    figures[0].metric(t("regions.samples"), f"{found.samples:,}", border=True)
    figures[1].metric(t("regions.animals"), f"{found.animals:,}", border=True)
    figures[2].metric(t("sample.no_region"), f"{found.unknown_region:,}", border=True)
    st.markdown(f"**{sentence(found)}**")
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.plotly_chart(charts.samples_by_province_and_month(found.by_month), config=charts.CONFIG, alt=sentence(found))
    with right:
        by_province, by_month = st.tabs([t("regions.table_province"), t("regions.table_month")])
        by_province.dataframe(table(found.by_province), hide_index=True, width="stretch")
        by_month.dataframe(table(found.by_month), hide_index=True, width="stretch")
