"""The registration form's state: what has been typed so far, its photo, and saving it once."""

import hashlib
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core import ids, inputs, photos, samples
from core.samples import FreshSample
from core.tables.samples import RAW_SCORES
from dashboard import notices
from dashboard.session import current_actor

FORM = "register"
FIELDS = (
    "trace_number", "species", "primal_cut", "secondary_cut", "breed", "sex", "grade", "bms", "graded_on",
    "slaughtered_on", "born_on", "farm_address", "farmer_name",
)  # fmt: skip
SCALE = "1-10"
NOT_SCORED = "-"


def key(field: str) -> str:
    return f"register_{field}"


def value(field: str) -> Any:
    return st.session_state.get(key(field))


def sample_id() -> str:
    """The id of the sample being recorded: made once, before anything is sent."""
    return st.session_state.setdefault(key("sample_id"), ids.new())


def saved_id() -> str | None:
    return st.session_state.get(key("saved"))


def photo_id() -> UUID | None:
    return st.session_state.get(key("photo_id"))


def take_photo(file: UploadedFile) -> None:
    """Stores a chosen photo at once, so that neither a reload of the widget nor another page loses it."""
    data = file.getvalue()
    chosen = hashlib.sha256(data).hexdigest()
    if chosen == st.session_state.get(key("photo_sha256")):
        return
    st.session_state[key("photo_sha256")] = chosen
    st.session_state.pop(key("photo_id"), None)
    stored = notices.attempt(lambda: photos.receive(current_actor(), data, photo_id=uuid4()), form="photo")
    if stored is not None:
        st.session_state[key("photo_id")] = stored.id


def save() -> None:
    """Sends the form to core; a second click finds it saved already."""
    if saved_id() is not None:
        return
    notices.clear("photo")
    made = notices.attempt(_register, form=FORM)
    if made is not None:
        st.session_state[key("saved")] = made.sample.id


def start_over() -> None:
    for name in [name for name in st.session_state if str(name).startswith(key(""))]:
        del st.session_state[name]
    notices.clear(FORM)


def _register() -> samples.Registered:
    entered = {field: _cleaned(value(field)) for field in FIELDS}
    scores = {name: value(name) for name in RAW_SCORES}
    given = {name: score for name, score in scores.items() if score not in (None, NOT_SCORED)}
    sent: dict[str, Any] = {field: entry for field, entry in entered.items() if entry is not None}
    sent["scores"] = {"scale": SCALE} | given
    if photo_id() is not None:
        sent["photo"] = {"id": photo_id()}
    new = inputs.read(FreshSample, sent)
    return samples.register(current_actor(), sample_id(), new)


def _cleaned(entry: Any) -> Any:
    if isinstance(entry, str):
        return entry.strip() or None
    return entry.isoformat() if isinstance(entry, date) else entry
