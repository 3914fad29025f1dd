"""Samples: the list, narrowed by the filters that also stand in the address."""

import math

import pandas as pd
import streamlit as st

from core import ids, samples
from core.samples import SampleFilter, SampleRow
from dashboard import filters, stored_photos
from dashboard.language import day, t, when
from dashboard.session import current_actor
from dashboard.widgets import cut_name, empty, name_of, open_sample

PAGE_SIZE = 25


def choose_filter() -> SampleFilter:
    """The filter bar; its state is the address."""
    columns = st.columns(4)
    with columns[0]:
        status = filters.status()
    with columns[1]:
        species = filters.species()
    with columns[2]:
        province = filters.province()
    with columns[3]:
        q = st.text_input(t("samples.search"), key="q", bind="query-params", placeholder=t("samples.search_hint"))
    return SampleFilter(status=status, species=species, province=province, q=q or None)


def as_table(rows: tuple[SampleRow, ...]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            t("sample.photo"): [stored_photos.url(row.photo_id, 256) if row.photo_id else None for row in rows],
            t("sample.id"): [ids.pretty(row.id) for row in rows],
            t("samples.status"): [t(f"status.{row.status}") for row in rows],
            t("sample.cut"): [cut_name(row) for row in rows],
            t("sample.grade"): [name_of("grades", row.grade, row.species) for row in rows],
            t("sample.slaughtered_on"): [day(row.slaughtered_on) for row in rows],
            t("sample.province"): [name_of("provinces", row.province) for row in rows],
            t("sample.rounds"): [row.rounds for row in rows],
            t("sample.created_by"): [row.created_by for row in rows],
            t("sample.received_at"): [when(row.received_at) for row in rows],
            t("sample.source"): [t(f"source.{row.source}") for row in rows],
        }
    )


actor = current_actor()
wanted = choose_filter()
number = int(st.session_state.get("page", 1))
found = samples.page(actor, wanted, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
st.caption(t("samples.found", n=found.total))
if not found.rows:
    empty("samples.empty")
else:
    chosen = st.dataframe(
        as_table(found.rows),
        key=f"samples_table_{number}",
        hide_index=True,
        row_height=56,
        height="content",
        on_select="rerun",
        selection_mode="single-row",
        column_config={t("sample.photo"): st.column_config.ImageColumn(width="small")},
        alt=t("samples.title"),
    )
    if chosen.selection.rows:
        open_sample(found.rows[chosen.selection.rows[0]].id)
    st.caption(t("samples.open_hint"))
if found.total and found.total > PAGE_SIZE:
    st.pagination(math.ceil(found.total / PAGE_SIZE), key="page", bind="query-params")
