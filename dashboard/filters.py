"""Filters whose state is the address, so that a link can be shared, in whatever language it is opened.

Streamlit's own binding of choices writes their labels, which change with the language; here the key is written.
"""

import streamlit as st

from dashboard.language import t
from dashboard.widgets import known_catalogue, name_of

STATUSES = ("pending", "approved", "rejected")


def status() -> str | None:
    return _choose("status", t("samples.status"), {key: t(f"status.{key}") for key in STATUSES})


def species() -> str | None:
    names = {entry.key: name_of("species", entry.key) for entry in known_catalogue().species}
    return _choose("species", t("sample.species"), names)


def province() -> str | None:
    names = {entry.key: name_of("provinces", entry.key) for entry in known_catalogue().provinces}
    return _choose("province", t("sample.province"), names)


def _choose(name: str, label: str, names: dict[str, str]) -> str | None:
    """One choice or none; the address wins when it has changed under us (a link, the back button)."""
    key, seen = f"filter_{name}", f"filter_{name}_seen"
    given = st.query_params.get(name)
    if key not in st.session_state or st.session_state.get(seen) != given:
        st.session_state[key] = given if given in names else None
    chosen = st.selectbox(
        label, list(names), index=None, format_func=names.__getitem__, key=key, placeholder=t("samples.all")
    )
    if chosen is None:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = chosen
    st.session_state[seen] = chosen
    return chosen
