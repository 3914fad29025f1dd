"""The registration page's state: its draft, its photo, what the registry said, and saving it once."""

import hashlib
from typing import Any
from uuid import UUID, uuid4

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core import drafts, ids, inputs, photos, samples, trace_numbers, traceability
from core.errors import Conflict, MeatlabError, NotFound
from core.samples import FreshSample
from core.traceability import TraceRecord
from dashboard import confirmations, notices, sample_form
from dashboard.sample_form import key as _key
from dashboard.session import current_actor

FORM = "register"
DRAFT = "register"


def key(field: str) -> str:
    return _key(FORM, field)


def held(field: str) -> Any:
    return st.session_state.get(key(field))


def sample_id() -> str:
    """The id of the sample being recorded: made once, before anything is sent."""
    made: str = st.session_state.setdefault(key("sample_id"), ids.new())
    return made


def saved_id() -> str | None:
    return held("saved")


def photo_id() -> UUID | None:
    return held("photo_id")


def restore() -> None:
    """Puts the draft into the form, once for each time the page is opened anew."""
    if held("opened"):
        return
    st.session_state[key("opened")] = True
    draft = drafts.load(current_actor(), DRAFT)
    if draft is None:
        return
    content = draft.content
    if not any(content.get("fields", {}).values()) and not content.get("photo_id"):
        return
    sample_form.fill(FORM, content.get("fields", {}))
    st.session_state[key("sample_id")] = _free_id(content.get("sample_id"))
    if (photo := _still_received(content.get("photo_id"))) is not None:
        st.session_state[key("photo_id")] = photo
        st.session_state[key("photo_sha256")] = content.get("photo_sha256")
    st.session_state[key("registry")] = content.get("registry", {})
    st.session_state[key("to_look_up")] = content.get("looked_up")
    st.session_state[key("restored")] = draft.saved_at


def go_on() -> None:
    """Goes on with the draft that was found."""
    st.session_state.pop(key("restored"), None)


def changed() -> None:
    """After each change in the form."""
    go_on()
    keep()


def keep() -> None:
    """Saves what has been typed so far."""
    if saved_id() is None:
        asked = record()
        content = {
            "fields": sample_form.values(FORM),
            "sample_id": sample_id(),
            "photo_id": str(photo_id()) if photo_id() else None,
            "photo_sha256": held("photo_sha256"),
            "registry": registry(),
            "looked_up": asked.trace_number if asked else None,
        }
        notices.attempt(lambda: drafts.save(current_actor(), DRAFT, content), form="draft")


def start_over() -> None:
    """Forgets the form and its draft."""
    notices.attempt(lambda: drafts.discard(current_actor(), DRAFT), form="draft")
    _forget()
    st.session_state[key("opened")] = True


def take_photo(file: UploadedFile) -> None:
    """Stores a chosen photo at once, so that neither a reload of the widget nor another page loses it."""
    data = file.getvalue()
    chosen = hashlib.sha256(data).hexdigest()
    if chosen == held("photo_sha256"):
        return
    st.session_state[key("photo_sha256")] = chosen
    st.session_state.pop(key("photo_id"), None)
    stored = notices.attempt(lambda: photos.receive(current_actor(), data, photo_id=uuid4()), form="photo")
    if stored is not None:
        st.session_state[key("photo_id")] = stored.id
    changed()


def read_number() -> None:
    """After the number is typed, pasted or scanned, or asked for again: shows it in its stored form.

    The registry is asked later, by `ask_registry`, where the page can show that it waits.
    """
    typed = held("trace_number") or ""
    found = trace_numbers.parse(typed)
    st.session_state.pop(key("record"), None)
    st.session_state[key("to_look_up")] = found.number if found else None
    notices.set_finding(FORM, "trace_number", trace_numbers.problem(typed) if typed.strip() and not found else None)
    if found is not None:
        st.session_state[key("trace_number")] = found.number
        if not held("species"):
            st.session_state[key("species")] = found.species
    changed()


def take_scanned(number: str) -> None:
    """Begins with a number that was scanned elsewhere."""
    st.session_state[key("trace_number")] = number
    read_number()


def start_with(number: str) -> None:
    """The same, after forgetting what was there."""
    start_over()
    take_scanned(number)


def to_look_up() -> str | None:
    number: str | None = held("to_look_up")
    return number


def ask_registry() -> None:
    """Asks for the noted number and fills in what the person has not typed. Draws nothing: it may take seconds."""
    found = notices.attempt(lambda: traceability.look_up(current_actor(), to_look_up() or ""), form="look_up")
    if found is not None:
        st.session_state[key("record")] = found
        _fill_in(found)
        keep()
    st.session_state[key("to_look_up")] = None


def record() -> TraceRecord | None:
    """What the registry said of the number that stands in the form."""
    found: TraceRecord | None = held("record")
    return found


def registry() -> dict[str, Any]:
    """field -> what the registry says, as JSON has it."""
    told: dict[str, Any] = held("registry") or {}
    return told


def save() -> None:
    """Sends the form to core; a second click finds it saved already."""
    if saved_id() is not None:
        return
    notices.clear("photo")
    made = notices.attempt(lambda: confirmations.send(FORM, _register), form=FORM)
    if made is not None:
        st.session_state[key("saved")] = made.sample.id


def _register(confirmed: list[str]) -> samples.Registered:
    entered = sample_form.values(FORM)
    sent: dict[str, Any] = {field: entry for field, entry in entered.items() if entry is not None}
    sent.setdefault("scores", {"scale": sample_form.scale(FORM)})
    if photo_id() is not None:
        sent["photo"] = {"id": photo_id()}
    new = inputs.read(FreshSample, sent | {"confirmed_warnings": confirmed})
    try:
        return samples.register(current_actor(), sample_id(), new)
    except Conflict:
        st.session_state[key("sample_id")] = ids.new()  # saved elsewhere meanwhile: this is another sample
        raise


def _fill_in(found: TraceRecord) -> None:
    """Empty fields, and those that an earlier look-up filled, become what the registry says."""
    now, before, told = sample_form.values(FORM), registry(), found.filled()
    free = {field for field, entry in now.items() if entry is None or entry == before.get(field)}
    sample_form.fill(FORM, {field: told.get(field) for field in free & (set(told) | set(before))})
    st.session_state[key("registry")] = told


def _free_id(wanted: str | None) -> str:
    """The draft's own number, unless a sample has it by now."""
    if wanted is None or ids.parse(wanted) != wanted:
        return ids.new()
    try:
        samples.get(current_actor(), wanted)
    except NotFound:
        return wanted
    return ids.new()


def _still_received(wanted: str | None) -> UUID | None:
    """The draft's photo, if it still waits for its sample."""
    try:
        found = photos.get(current_actor(), UUID(wanted)) if wanted else None
    except (ValueError, MeatlabError):
        return None
    return found.id if found is not None and found.state == "received" else None


def _forget() -> None:
    sample_form.clear(FORM)
    confirmations.clear(FORM)
    notices.clear("photo")
