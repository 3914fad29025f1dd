"""What looks unusual in a form: shown with a box to tick each, and sent again once all of them are ticked."""

import hashlib
from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from core.errors import Finding, Unconfirmed, confirmation
from dashboard import notices
from dashboard.language import t
from dashboard.values import field_name

Made = TypeVar("Made")


def send(form: str, action: Callable[[list[str]], Made]) -> Made:
    """Runs an action with nothing confirmed, and again with all that it warns of if the person has ticked all that.

    A tick counts only for what stands beside it: after another value is typed, the new warning is another one.

    Raises:
        Unconfirmed: some of the warnings are not ticked; `show` shows all of them.
    """
    clear(form)
    try:
        return action([])
    except Unconfirmed as refusal:
        if not all(st.session_state.get(_key(form, warning)) for warning in refusal.findings):
            st.session_state[_kept(form)] = refusal.findings
            raise
        return action([confirmation(warning) for warning in refusal.findings])


def show(form: str) -> None:
    """One box to tick for each warning, above the button that sends the form."""
    warnings: tuple[Finding, ...] = st.session_state.get(_kept(form), ())
    if not warnings:
        return
    with st.container(border=True):
        st.markdown(f":material/warning: **{t('form.confirm')}**")
        for warning in warnings:
            label = f"{field_name(warning.field)}: {notices.describe(warning)}"
            st.checkbox(label, key=_key(form, warning), persist_state="session")


def clear(form: str) -> None:
    st.session_state.pop(_kept(form), None)


def _kept(form: str) -> str:
    return f"warnings.{form}"


def _key(form: str, warning: Finding) -> str:
    said = f"{confirmation(warning)} {sorted(warning.values.items())}"
    return f"{form}_confirm_{hashlib.sha256(said.encode()).hexdigest()[:16]}"
