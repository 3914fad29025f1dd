"""Turning the pages of a list of samples; where one is stands in the address, so that going back leads there."""

import streamlit as st

from core import samples
from core.errors import BadInput
from core.policy import Actor
from core.samples import Page, SampleFilter
from dashboard.filters import CURSOR
from dashboard.language import t


def page_of(actor: Actor, wanted: SampleFilter, *, limit: int, sort: str | None = None) -> Page:
    """The page that the address names; the first one where it names none of this order."""
    if cursor := st.query_params.get(CURSOR):
        try:
            found = samples.page(actor, wanted, sort=sort, cursor=cursor, limit=limit)
        except BadInput:
            found = None
        if found is not None and found.rows:
            return found
        st.query_params.pop(CURSOR, None)
    return samples.page(actor, wanted, sort=sort, limit=limit)


def turn_pages(found: Page, key: str) -> None:
    """Back and on, where there is anything."""
    if found.previous is None and found.next is None:
        return
    with st.container(horizontal=True, horizontal_alignment="right"):
        for name, cursor, label, icon in (
            ("previous", found.previous, t("samples.previous"), "chevron_left"),
            ("next", found.next, t("samples.next"), "chevron_right"),
        ):
            st.button(
                label, key=f"{key}_{name}", icon=f":material/{icon}:", disabled=cursor is None, on_click=_turn,
                args=(cursor,),
            )  # fmt: skip


def _turn(cursor: str) -> None:
    st.query_params[CURSOR] = cursor
