"""What happened, told on the run after the click: an action runs in a callback, where nothing may be drawn."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import streamlit as st

from core import words
from core.errors import BadInput, Finding, MeatlabError
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


def tell(message: str, kind: str = "success") -> None:
    st.session_state.setdefault(NOTICES, []).append((kind, message))


def show() -> None:
    """Shows and forgets what there is to tell; called once a run by the router, above the page."""
    for kind, message in st.session_state.pop(NOTICES, []):
        (st.error if kind == "error" else st.success)(message, icon=_ICONS[kind])


def findings(form: str) -> dict[str, str]:
    """field -> what to mend, from the last refused attempt of this form."""
    found: tuple[Finding, ...] = st.session_state.get(f"{FINDINGS}.{form}", ())
    return {finding.field: describe(finding) for finding in found}


def clear(form: str) -> None:
    st.session_state.pop(f"{FINDINGS}.{form}", None)


_ICONS = {"success": ":material/check_circle:", "error": ":material/error:"}


def _readable(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return when(value)
    if name == "state":
        return t(f"status.{value}")
    if name == "species":
        return t(f"species.{value}")
    return value
