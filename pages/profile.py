"""Profile: own language and password."""

from functools import partial

import streamlit as st

from core import accounts
from dashboard import notices
from dashboard.language import t
from dashboard.session import current_actor
from dashboard.widgets import facts, language_switch

FORM = "password"


def change_password() -> None:
    current, new = st.session_state["profile_current"], st.session_state["profile_new"]
    notices.attempt(partial(accounts.change_password, current_actor(), current, new), form=FORM)
    if not notices.findings(FORM):
        notices.tell(t("profile.password_changed"))


actor = current_actor()
facts({t("profile.name"): actor.name, t("sign_in.email"): actor.email, t("profile.role"): t(f"role.{actor.role}")})
st.subheader(t("profile.language"), anchor=False)
language_switch(actor, "profile_language")
st.subheader(t("profile.password"), anchor=False)
st.caption(t("profile.password_hint"))
findings = notices.findings(FORM)
with st.form("profile_password"):
    st.text_input(
        t("profile.current_password"), type="password", key="profile_current", autocomplete="current-password"
    )
    if message := findings.get("current_password"):
        st.error(message)
    st.text_input(t("profile.new_password"), type="password", key="profile_new", autocomplete="new-password")
    if message := findings.get("password"):
        st.error(message)
    st.form_submit_button(t("profile.change"), on_click=change_password, type="primary")
