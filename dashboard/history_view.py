"""The history of a sample as a page shows it: who did what, when and why, and what it was before."""

import streamlit as st

from core import history
from core.history import HistoryEvent
from core.samples import SampleView
from core.words import has
from dashboard import stored_photos
from dashboard.language import plain, t, when
from dashboard.session import current_actor
from dashboard.values import differences, field_name, value_text
from dashboard.widgets import empty, name_of

# What only programs read.
UNTOLD = ("photo", "sha256", "in_bin", "round_key", "photos", "prediction", "model_version", "captured_at")
STEP = 20


def show(sample: SampleView) -> None:
    """Newest first, of the whole sample or of one field; for those whom the policy lets read histories."""
    events = history.of_sample(current_actor(), sample.id)
    fields = {c.field: field_name(c.field) for event in events for c in event.changes if c.field not in UNTOLD}
    field = st.selectbox(
        t("history.field"), sorted(fields, key=fields.__getitem__), index=None, format_func=fields.__getitem__,
        key=f"history_field_{sample.id}", placeholder=t("history.all_fields"),
    )  # fmt: skip
    told = events if field is None else history.only_field(events, field)
    if not told:
        empty("history.nothing")
    key = f"history_shown_{sample.id}"
    for event in told[::-1][: st.session_state.get(key, STEP)]:
        _show_event(sample, event)
    if len(told) > st.session_state.get(key, STEP):
        st.button(t("history.more"), key=f"{key}_more", on_click=_more, args=(key,))


def action_name(action: str) -> str:
    """What was done, in words; an action without any keeps its key."""
    return t(f"action.{action}") if has(f"action.{action}") else action


def _show_event(sample: SampleView, event: HistoryEvent) -> None:
    role = t("history.system") if event.actor is None else t(f"role.{event.role}")
    with st.container(border=True):
        st.markdown(f"**{plain(action_name(event.action))}**{_place(event)}")
        st.caption(plain(" · ".join(filter(None, [when(event.at), event.actor, role]))))
        if event.reason:
            st.text(event.reason)
        _show_photo(event)
        _show_changes(
            sample, {c.field: _shown(c.field, c.before, c.after) for c in event.changes if c.field not in UNTOLD}
        )


def _place(event: HistoryEvent) -> str:
    """Which round and preparation it is about."""
    seq, preparation = event.place.get("seq"), event.place.get("preparation")
    parts = [] if not seq else [t("history.round", n=seq)]
    if preparation is not None:
        parts.append(t(f"preparation.{preparation}"))
    return "".join(f" · {part}" for part in parts)


def _show_photo(event: HistoryEvent) -> None:
    photo = next((c.after for c in event.changes if c.field == "photo"), None)
    if photo is not None:
        st.markdown(f":material/image: [{t('history.photo')}]({stored_photos.url(photo)})")


def _show_changes(sample: SampleView, changes: dict[str, list[object]]) -> None:
    """In a table; in one paragraph where all of it is new, or all of it went."""
    for side in (0, 1):
        if changes and all(pair[side] is None for pair in changes.values()):
            said = [f"{field_name(f)} {value_text(f, pair[1 - side], sample.species)}" for f, pair in changes.items()]
            st.markdown(plain(" · ".join(said)))
            return
    if changes:
        differences(changes, t("history.before"), t("history.after"), sample.species)


def _shown(field: str, before: object, after: object) -> list[object]:
    """A reject reason by its name; all else as `differences` says it."""
    if field != "reason":
        return [before, after]
    return [None if key is None else name_of("reject_reasons", str(key)) for key in (before, after)]


def _more(key: str) -> None:
    st.session_state[key] = st.session_state.get(key, STEP) + STEP
