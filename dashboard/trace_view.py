"""What the registry says of a number, for people: a few calm lines, and a table for the members of a bundle."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import streamlit as st

from dashboard.language import plain, t, when
from dashboard.widgets import name_of, numbers

ICONS = {"unknown": "help", "away": "cloud_off", "no_key": "cloud_off", "by_hand": "edit"}


def show_record(record: Mapping[str, Any], title: str | None = None) -> None:
    """A trace record as JSON has it; `title` says of a found one where it comes from."""
    state = record["state"]
    if state != "found":
        st.info(t(f"trace.state_{state}"), icon=f":material/{ICONS[state]}:")
        return
    with st.container(border=True):
        st.markdown(f":green[:material/verified:] **{title or t('trace.state_found')}**")
        if lines := _lines(record):
            st.caption("  \n".join(lines))
        if record["members"]:
            st.caption(t("trace.members", n=len(record["members"])))
            _show_members(record["members"])
        if not record["is_current"]:
            st.caption(f":material/cloud_off: {t('trace.not_current', when=_when(record['fetched_at']))}")


def _lines(record: Mapping[str, Any]) -> list[str]:
    lines = []
    if farm := record["birth_farm"]:
        lines.append(t("trace.born_at", day=record["born_on"] or "-", place=_farm(farm)))
    if farm := record["last_farm"]:
        lines.append(t("trace.kept_at", place=_farm(farm)))
    if place := record["slaughter_place"]:
        lines.append(t("trace.slaughtered_at", day=place["on"] or "-", place=_place(place)))
    lines += [t("trace.packed_at", day=place["on"] or "-", place=_place(place)) for place in record["packing"]]
    return lines


def _farm(farm: Mapping[str, Any]) -> str:
    return plain(" · ".join(filter(None, [farm["address"], farm["farmer_name"]])) or "-")


def _place(place: Mapping[str, Any]) -> str:
    return plain(" · ".join(filter(None, [place["name"], place["address"]])) or "-")


def _show_members(members: list[dict[str, Any]]) -> None:
    columns: dict[str, Callable[[Any], str]] = {
        "trace_number": str,
        "breed": lambda key: name_of("breeds", key),
        "sex": lambda key: name_of("sexes", key),
        "grade": str,
        "slaughtered_on": str,
        "slaughter_place": str,
    }
    table = {
        t(f"sample.{field}"): [say(member[field]) if member[field] is not None else "-" for member in members]
        for field, say in columns.items()
    }
    numbers(table, names=len(columns))


def _when(instant: str | None) -> str:
    return when(datetime.fromisoformat(instant)) if instant else "-"
