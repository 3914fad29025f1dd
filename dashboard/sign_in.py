"""The sign-in page: streamlit-authenticator's form in front, our accounts and our cookie behind it."""

from types import SimpleNamespace
from typing import Any

import streamlit as st
from streamlit_authenticator import Authenticate
from streamlit_authenticator.models import cookie_model

from core import accounts
from core.errors import MeatlabError
from dashboard import notices
from dashboard.language import language, t
from dashboard.widgets import language_switch

# The library's own cookie is readable by scripts and cannot be revoked, and its iframe leaves a hole in the page.
_no_cookie = SimpleNamespace(get=lambda *_: None, set=lambda *_: None, delete=lambda *_: None)
cookie_model.stx = SimpleNamespace(CookieManager=lambda: _no_cookie)

TICKET = "sign_in_ticket"
REFUSAL = "sign_in_refusal"

# Hands the one-time ticket to our own route, which answers with the HttpOnly cookie; then the page loads anew.
_hand_in = st.components.v2.component(
    "meatlab_sign_in",
    js="""
export default function ({ data }) {
  fetch("/auth/session", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ticket: data.ticket }),
  }).then(() => window.location.reload());
}
""",
)


def page() -> None:
    _, middle, _ = st.columns([1, 2, 1])
    with middle:
        language_switch(None)
        st.title(t("product.name"), anchor=False)
        st.caption(t("product.claim"))
        notices.show()
        _form()
        if refusal := st.session_state.get(REFUSAL):
            st.error(refusal, icon=":material/error:")
        if ticket := st.session_state.pop(TICKET, None):
            with st.spinner(t("sign_in.opening")):
                _hand_in(data={"ticket": ticket}, key="sign_in_hand_in")


def _form() -> None:
    authenticator = Authenticate({"usernames": {}}, cookie_expiry_days=0, auto_hash=False, login_sleep_time=0)
    model = authenticator.authentication_controller.authentication_model
    model.check_credentials = lambda email, password: _check(model, email, password)
    # The library remembers a success in the browser tab's state; only the cookie counts here.
    st.session_state["authentication_status"] = None
    fields = {
        "Form name": t("sign_in.title"),
        "Username": t("sign_in.email"),
        "Password": t("sign_in.password"),
        "Login": t("sign_in.button"),
    }
    authenticator.login(fields=fields, key=f"sign_in_{language()}")


def _check(model: Any, email: str, password: str) -> bool:
    st.session_state.pop(REFUSAL, None)
    try:
        opened = accounts.sign_in(email, password, "dashboard")
    except MeatlabError as refusal:
        st.session_state[REFUSAL] = notices.explain(refusal)
        return False
    st.session_state[TICKET] = opened.exchange
    model.credentials["usernames"][email] = {"email": email, "name": opened.actor.name, "logged_in": False}
    return True
