"""Scan: a sample's label opens the sample, a trace number begins a registration."""

import streamlit as st

from core import ids
from core.scanning import Scanned
from dashboard import navigation, notices, scan_field
from dashboard.language import t
from dashboard.widgets import open_sample

FOUND = "scan_found"


def note(found: Scanned) -> None:
    """A callback cannot lead to another page: the page does, when it runs."""
    if found.kind == "sample" and not found.is_known:
        notices.tell(t("scan.unknown_sample", id=ids.pretty(found.number)), "error")
    else:
        st.session_state[FOUND] = found


def go(found: Scanned) -> None:
    if found.kind == "sample":
        open_sample(found.number)
    st.switch_page(navigation.to("register"), query_params={"trace": found.number})


if (found := st.session_state.pop(FOUND, None)) is not None:
    go(found)
st.caption(t("scan.what"))
scan_field.typed("scan", note)
scan_field.focused("scan")
scan_field.cameras("scan", note)
