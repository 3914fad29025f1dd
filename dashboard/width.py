"""Whether the screen is as narrow as a phone's: what is drawn differs, so the server has to know."""

from typing import Any

import streamlit as st

BELOW = 640  # pixels
NARROW = "is_narrow"

_measure = st.components.v2.component(
    "meatlab_width",
    js="""
export default function ({ data, setStateValue }) {
  const media = window.matchMedia(`(max-width: ${data.below}px)`);
  const tell = () => { if (media.matches !== data.known) setStateValue("is_narrow", media.matches); };
  media.onchange = tell;
  tell();
}
""",
)


def is_narrow() -> bool:
    """The last known answer; the first one of a session is a guess by the browser's name."""
    known = st.session_state.get(NARROW)
    if known is None:
        known = "Mobi" in (st.context.headers.get("User-Agent") or "")
    found: Any = _measure(
        data={"below": BELOW, "known": known}, key="screen_width", default={NARROW: known},
        on_is_narrow_change=lambda: None,
    )  # fmt: skip
    st.session_state[NARROW] = bool(found.is_narrow)
    return bool(found.is_narrow)
