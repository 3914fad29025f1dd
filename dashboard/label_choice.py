"""Which samples labels are made of: numbers that stand in the address, or all that a filter leaves."""

from collections.abc import Iterable

import streamlit as st

from core import ids, sample_labels
from core.errors import Finding
from core.policy import Actor
from core.scanning import Scanned
from dashboard import filters, notices, sample_filter, scan_field
from dashboard.language import t

NUMBERS = "labels_numbers"
SEEN = "labels_seen"
IN_ADDRESS = 60  # numbers at most; more would make an address that mail programs cut


def chosen(actor: Actor) -> tuple[str, ...]:
    """Draws the choice; the numbers of the samples in their order."""
    by = filters.tab("by", t("labels.by"), {"numbers": t("labels.by_numbers"), "filter": t("labels.by_filter")})
    if by == "filter":
        wanted, order = sample_filter.choose_filter(actor)
        found = sample_labels.of_filter(actor, wanted, order)
        if len(found) == sample_labels.MOST:
            st.caption(t("labels.most", n=sample_labels.MOST))
        return found
    _read_address()
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        numbers = st.multiselect(
            t("labels.numbers"), st.session_state[NUMBERS], key=NUMBERS, format_func=_pretty, on_change=_mend,
            accept_new_options=True, placeholder=t("labels.numbers_hint"), max_selections=sample_labels.MOST,
        )  # fmt: skip
    with right:
        scan_field.button("labels_scan", add_scanned)
    _write_address()
    return tuple(numbers)


def choose(numbers: Iterable[str]) -> None:
    """Puts these in the place of what was chosen; a callback."""
    st.session_state[NUMBERS] = list(numbers)
    _write_address()
    st.query_params.pop("by", None)


def add_scanned(found: Scanned) -> None:
    """A scanned label joins the chosen ones."""
    if found.kind != "sample":
        notices.tell(t("labels.no_sample_number", number=found.number), "error")
    elif not found.is_known:
        notices.tell(t("scan.unknown_sample", id=ids.pretty(found.number)), "error")
    else:
        held = st.session_state.get(NUMBERS, [])
        choose([*held, *({found.number} - set(held))])


def _read_address() -> None:
    """The address wins where it has changed under us: a link, or the back button."""
    given = st.query_params.get("ids")
    if NUMBERS not in st.session_state or given != st.session_state.get(SEEN):
        if given is not None or NUMBERS not in st.session_state:
            st.session_state[NUMBERS] = _read((given or "").split(","))
        st.session_state[SEEN] = given


def _write_address() -> None:
    numbers = st.session_state[NUMBERS]
    said = ",".join(numbers) if 0 < len(numbers) <= IN_ADDRESS else None
    if said != st.query_params.get("ids"):
        if said is None:
            st.query_params.pop("ids", None)
        else:
            st.query_params["ids"] = said
    st.session_state[SEEN] = said


def _mend() -> None:
    """What was typed becomes numbers in their stored form; a list that was pasted becomes its numbers."""
    entered = [part for entry in st.session_state[NUMBERS] for part in entry.replace(",", " ").split()]
    st.session_state[NUMBERS] = _read(entered)


def _read(entered: Iterable[str]) -> list[str]:
    numbers, wrong = list[str](), list[str]()
    for entry in filter(None, entered):
        found = ids.parse(entry)
        if found is not None:
            numbers.append(found)
        else:
            wrong.append(entry)
    if wrong:
        why = notices.describe(Finding("ids", "sample_id_form"))
        notices.tell(f"{', '.join(wrong)[:100]}: {why}", "error")
    return list(dict.fromkeys(numbers))[: sample_labels.MOST]


def _pretty(number: str) -> str:
    return ids.pretty(found) if (found := ids.parse(number)) else number
