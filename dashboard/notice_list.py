"""What a person should hear of, on their home page, until they say that they have."""

import streamlit as st

from core import ids, notices
from core.notices import NoticeView
from dashboard.language import ago, t
from dashboard.session import current_actor
from dashboard.values import plain
from dashboard.widgets import sample_link

ICONS = {
    "approved": "check_circle",
    "rejected": "undo",
    "edit_granted": "check_circle",
    "edit_refused": "undo",
    "removed": "delete",
}


def show_notices() -> None:
    for notice in notices.unread(current_actor()):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/{ICONS.get(notice.code, 'notifications')}: {plain(_text(notice))}")
            st.caption(ago(notice.made_at))
            if notice.sample_id and notice.code != "removed":  # nothing to see there
                sample_link(notice.sample_id)
            st.button(
                t("notice.read"),
                key=f"notice_{notice.id}",
                on_click=notices.mark_read,
                args=(current_actor(), notice.id),
            )


def _text(notice: NoticeView) -> str:
    shown_id = ids.pretty(notice.sample_id) if notice.sample_id else ""
    return t(f"notice.{notice.code}", id=shown_id, **notice.values)
