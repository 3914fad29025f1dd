"""What happened, told on the run after the click: an action runs in a callback, where nothing may be drawn."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import streamlit as st

from core import words
from core.errors import BadInput, Finding, MeatlabError, Unconfirmed
from dashboard.language import language, t, when

NOTICES = "notices"
FINDINGS = "findings"


def attempt(action: Callable[[], Any], *, form: str = "") -> Any:
    """Runs one action of core; a refusal becomes a notice, and findings stay with their `form`.

    Returns:
        What the action returns, or None where it was refused.
    """
    st.session_state.pop(f"{FINDINGS}.{form}", None)
    try:
        return action()
    except Unconfirmed as refusal:  # what is to be confirmed is kept by dashboard/confirmations.py
        tell(explain(refusal), "warning")
    except BadInput as refusal:
        st.session_state[f"{FINDINGS}.{form}"] = refusal.findings
        tell(explain(refusal), "error")
    except MeatlabError as refusal:
        tell(explain(refusal), "error")
    return None


def explain(refusal: MeatlabError) -> str:
    """The refusal as a sentence in the person's language."""
    values = {name: _readable(name, value) for name, value in refusal.values.items()}
    return words.text(language(), f"error.{refusal.code}", **values)


def describe(finding: Finding) -> str:
    values = {name: _readable(name, value) for name, value in finding.values.items()}
    return words.text(language(), f"finding.{finding.code}", **values)


def tell(message: str, kind: str = "success", *, undo: Callable[[], None] | None = None) -> None:
    """`undo` is a callback that takes back what was done: the notice offers it."""
    st.session_state.setdefault(NOTICES, []).append((kind, message, undo))


def show() -> None:
    """Shows and forgets what there is to tell; called once a run by the router, above the page."""
    for number, (kind, message, undo) in enumerate(st.session_state.pop(NOTICES, [])):
        {"error": st.error, "warning": st.warning}.get(kind, st.success)(message, icon=_ICONS[kind])
        if undo is not None:
            st.button(t("notice.undo"), key=f"notices_undo_{number}", icon=":material/undo:", on_click=undo)


def findings(form: str) -> dict[str, str]:
    """field -> what to mend, from the last refused attempt of this form."""
    found: tuple[Finding, ...] = st.session_state.get(f"{FINDINGS}.{form}", ())
    return {finding.field: describe(finding) for finding in found}


def set_finding(form: str, field: str, finding: Finding | None) -> None:
    """Says what is wrong with one field before the form is sent, or that nothing is any more."""
    others = [found for found in st.session_state.get(f"{FINDINGS}.{form}", ()) if found.field != field]
    st.session_state[f"{FINDINGS}.{form}"] = (*others, *([finding] if finding else []))


def clear(form: str) -> None:
    st.session_state.pop(f"{FINDINGS}.{form}", None)


_ICONS = {"success": ":material/check_circle:", "error": ":material/error:", "warning": ":material/warning:"}


def _readable(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return when(value)
    if name == "state":
        return t(f"status.{value}")
    if name == "species":
        return t(f"species.{value}")
    return value
