"""The menu of saved views: filters under names of one's own, applied by a click."""

from uuid import UUID

import streamlit as st

from core import saved_views
from core.errors import NameTaken
from core.policy import Actor
from core.saved_views import SavedView
from dashboard import notices
from dashboard.filters import CURSOR
from dashboard.language import plain, t
from dashboard.session import current_actor

FORM = "saved_view"
TAKEN = "saved_view_taken"
NAME = "saved_view_name"


def saved_view_menu(actor: Actor, page: str) -> None:
    """Applies, keeps and forgets views of a page; a view is what the address says, but for where one is in the list."""
    with st.popover(t("views.title"), icon=":material/bookmark:", key="views_menu"):
        views = saved_views.of(actor, page)
        if not views:
            st.caption(t("views.none"))
        for view in views:
            _show(view)
        st.text_input(t("views.name"), key=NAME, max_chars=60)
        for message in notices.findings(FORM).values():
            st.error(message, icon=":material/error:")
        if taken := st.session_state.get(TAKEN):
            st.warning(t("views.taken", name=plain(taken)), icon=":material/warning:")
            st.button(t("views.replace"), key="views_replace", on_click=_save, args=(page, taken))
        st.button(t("views.save"), key="views_save", icon=":material/bookmark_add:", on_click=_save, args=(page,))


def _show(view: SavedView) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(plain(view.name), key=f"view_{view.id}", type="tertiary", on_click=_apply, args=(view.query,))
        st.button(
            t("views.forget"), key=f"view_forget_{view.id}", type="tertiary", icon=":material/delete:",
            on_click=_forget, args=(view.id, view.name),
        )  # fmt: skip


def _apply(query: dict[str, str]) -> None:
    st.query_params.from_dict(query)


def _save(page: str, replace: str | None = None) -> None:
    """Keeps what the address says; a taken name is asked about first."""
    name = replace or st.session_state.get(NAME, "")
    query = {key: value for key, value in st.query_params.items() if key not in (CURSOR, "id")}
    st.session_state.pop(TAKEN, None)

    def keep() -> SavedView | None:
        try:
            return saved_views.save(current_actor(), page, name, query, replace=replace is not None)
        except NameTaken:
            st.session_state[TAKEN] = name
            return None

    if (kept := notices.attempt(keep, form=FORM)) is not None:
        st.session_state[NAME] = ""
        notices.tell(t("views.saved", name=plain(kept.name)))


def _forget(view_id: UUID, name: str) -> None:
    def forget() -> bool:
        saved_views.remove(current_actor(), view_id)
        return True

    if notices.attempt(forget, form=FORM):
        notices.tell(t("views.forgotten", name=plain(name)))
