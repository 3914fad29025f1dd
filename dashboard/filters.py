"""Filters whose state is the address, so that a link can be shared, in whatever language it is opened.

Streamlit's own binding of choices writes their labels, which change with the language; here the key is written.
"""

from collections.abc import Callable
from datetime import date
from typing import Any, Literal

import streamlit as st

from core.samples import SampleFilter
from dashboard.language import t
from dashboard.widgets import known_catalogue, name_of

STATUSES = ("pending", "approved", "rejected")
DAYS = date(1900, 1, 1), date(2099, 12, 31)  # that core takes; without bounds the widget refuses what is ten years off
Width = Literal["stretch"] | int
CURSOR = "cursor"  # where in a list one is
PAGE = "filters_page"


def turn_to(page: str) -> None:
    """Called once a run by the router. A filter that two pages have is another widget on each: on the second it is
    empty, whatever the first one had, and the address must be read anew or the empty filter would be written there.
    """
    if st.session_state.get(PAGE) != page:
        for key in [key for key in st.session_state if str(key).startswith("filter_")]:
            del st.session_state[key]
        st.session_state[PAGE] = page


def status() -> str | None:
    return choose("status", t("samples.status"), {key: t(f"status.{key}") for key in STATUSES})


def species() -> str | None:
    names = {entry.key: name_of("species", entry.key) for entry in known_catalogue().species}
    return choose("species", t("sample.species"), names)


def province() -> str | None:
    names = {entry.key: name_of("provinces", entry.key) for entry in known_catalogue().provinces}
    return choose("province", t("sample.province"), names)


def choose(
    name: str, label: str, names: dict[str, str], *, none: str | None = None, width: Width = "stretch"
) -> str | None:  # fmt: skip
    """One choice or none; `none` says what that means, if it isn't all."""
    return synced(
        name, lambda given: given if given in names else None, str,
        lambda key: st.selectbox(
            label, list(names), index=None, format_func=names.__getitem__, key=key,
            placeholder=none or t("samples.all"), width=width,
        ),
    )  # fmt: skip


def choose_many(name: str, label: str, names: dict[str, str]) -> list[str]:
    """Any number of choices; in the address they stand behind each other with commas."""
    return synced(
        name, lambda given: [one for one in (given or "").split(",") if one in names], ",".join,
        lambda key: st.pills(
            label, list(names), selection_mode="multi", format_func=names.__getitem__, key=key
        ),
    )  # fmt: skip


def pick_day(name: str, label: str, *, width: Width = "stretch") -> date | None:
    return synced(
        name, _day, date.isoformat,
        lambda key: st.date_input(label, None, *DAYS, key=key, format="YYYY-MM-DD", width=width),
    )  # fmt: skip


def write(name: str, label: str, hint: str) -> str | None:
    """Words to search for."""
    text: str = synced(
        name, lambda given: (given or "")[:200], str.strip,
        lambda key: st.text_input(label, key=key, placeholder=hint, max_chars=200, icon=":material/search:"),
    )  # fmt: skip
    return text.strip() or None


def synced(
    name: str, read: Callable[[str | None], Any], written: Callable[[Any], str], draw: Callable[[str], Any]
) -> Any:
    """Draws a widget whose value is what the address says under `name`; empty values leave the address.

    The address wins when it has changed under us (a link, the back button), and is written only where it changes:
    each time makes an entry for the back button. Whoever narrows a list anew begins at its first page.
    """
    key, seen = f"filter_{name}", f"filter_{name}_seen"
    given = st.query_params.get(name)
    if key not in st.session_state or st.session_state.get(seen) != given:
        st.session_state[key] = read(given)
    chosen = draw(key)
    said = (written(chosen) if chosen else "") or None
    if said != given:
        for left in (CURSOR, "id"):
            st.query_params.pop(left, None)
        if said:
            st.query_params[name] = said
        else:
            st.query_params.pop(name, None)
    st.session_state[seen] = said
    return chosen


def _day(given: str | None) -> date | None:
    try:
        return SampleFilter(received_from=date.fromisoformat(given or "")).received_from
    except ValueError:
        return None


def tab(name: str, label: str, names: dict[str, str]) -> str:
    """Which part of a page is shown; the first unless the address says otherwise."""
    first = next(iter(names))
    chosen: str = synced(
        name, lambda given: given if given in names else first, lambda chosen: "" if chosen == first else chosen,
        lambda key: st.segmented_control(
            label, list(names), format_func=names.__getitem__, key=key, required=True, label_visibility="collapsed"
        ),
    )  # fmt: skip
    return chosen
