"""Editing a sample: what was typed against what was there, and what to do where somebody else was faster."""

import hashlib
from functools import partial
from typing import Any
from uuid import uuid4

import streamlit as st

from core import ids, inputs, photos, samples
from core.errors import Stale
from core.samples import SampleChange, SampleView, edit_requests
from core.samples.changes import FIELDS
from core.samples.edit_requests import NewEditRequest
from dashboard import confirmations, notices, sample_form
from dashboard.language import t
from dashboard.session import current_actor


def form_of(sample_id: str) -> str:
    return f"edit_{sample_id}"


def begin(sample: SampleView) -> SampleView:
    """The version that the form was filled from: once, and again after `leave`."""
    key = f"{form_of(sample.id)}_seen"
    if key not in st.session_state:
        st.session_state[key] = sample
        sample_form.fill(form_of(sample.id), values_of(sample))
    seen: SampleView = st.session_state[key]
    return seen


def leave(sample_id: str) -> None:
    """Forgets what was typed and not saved."""
    confirmations.clear(form_of(sample_id))
    sample_form.clear(form_of(sample_id))


def values_of(sample: SampleView) -> dict[str, Any]:
    """The fields of a sample as the form has them."""
    held = SampleChange.model_validate({name: getattr(sample, name) for name in FIELDS if name != "scores"})
    raw = [e for e in sample.rounds[0].evaluations if e.preparation == "raw" and e.panelist is None]
    scores = next((e for e in raw if e.evaluator == sample.created_by), None)
    as_scores = {"scale": scores.scale} | scores.scores if scores else None
    return held.model_dump(mode="json", include=set(FIELDS)) | {"scores": as_scores}


def wanted(sample_id: str) -> dict[str, Any]:
    """What the person has changed: field -> what they typed."""
    seen: SampleView = st.session_state[f"{form_of(sample_id)}_seen"]
    before, now = values_of(seen), sample_form.values(form_of(sample_id))
    return {name: value for name, value in now.items() if value != before[name]}


def clashes(sample_id: str) -> dict[str, list[Any]]:
    """Fields that somebody else has changed meanwhile, too: field -> [theirs, mine]."""
    found: dict[str, list[Any]] = st.session_state.get(f"{form_of(sample_id)}_clashes", {})
    return found


def save(sample_id: str, *, submit: bool = False) -> None:
    """Saves what was changed, and puts a rejected sample back into the queue if asked."""
    done = notices.attempt(partial(_save, sample_id, submit), form=form_of(sample_id))
    if done is not None:
        _finish(sample_id, t("edit.submitted" if submit else "edit.saved", id=ids.pretty(sample_id)))


def settle(sample_id: str, keep_mine: bool) -> None:
    """Ends a clash: mine over theirs, or theirs into the form. What nobody else has changed stays as it was typed."""
    theirs, mine = clashes(sample_id), wanted(sample_id)
    fresh = samples.get(current_actor(), sample_id)
    st.session_state[f"{form_of(sample_id)}_seen"] = fresh
    st.session_state.pop(f"{form_of(sample_id)}_clashes", None)
    kept = {name: value for name, value in mine.items() if keep_mine or name not in theirs}
    sample_form.fill(form_of(sample_id), values_of(fresh) | kept)


def take_photo(sample_id: str, data: bytes) -> None:
    """Puts another raw photo in the place of the one that is there; the same file again is no other photo."""
    key = f"{form_of(sample_id)}_photo"
    chosen = hashlib.sha256(data).hexdigest()
    if st.session_state.get(key) == chosen:
        return
    st.session_state[key] = chosen
    notices.attempt(
        partial(photos.add, current_actor(), sample_id, 0, "raw", data, photo_id=uuid4()), form=f"{key}_findings"
    )


def ask(sample_id: str) -> None:
    """Files the change for a reviewer, where the time to make it is over."""
    note = st.session_state.get(f"{form_of(sample_id)}_note") or ""
    request_id = st.session_state.setdefault(f"{form_of(sample_id)}_request", uuid4())

    def file(confirmed: list[str]) -> Any:
        changes = wanted(sample_id) | ({"confirmed_warnings": confirmed} if confirmed else {})
        new = inputs.read(NewEditRequest, {"changes": changes, "note": note})
        return edit_requests.request_edit(current_actor(), sample_id, request_id, new)

    form = form_of(sample_id)
    if notices.attempt(partial(confirmations.send, form, file), form=form) is not None:
        _finish(sample_id, t("edit.asked"))


def finished(sample_id: str) -> str | None:
    """What to tell once the form is done; the page then leads to the sample."""
    told: str | None = st.session_state.pop(f"edited_{sample_id}", None)
    return told


def _finish(sample_id: str, told: str) -> None:
    leave(sample_id)
    st.session_state[f"edited_{sample_id}"] = told


def _save(sample_id: str, submit: bool) -> SampleView:
    seen: SampleView = st.session_state[f"{form_of(sample_id)}_seen"]
    changed, actor = wanted(sample_id), current_actor()

    def send(version: int, confirmed: list[str]) -> SampleView:
        change = inputs.read(SampleChange, changed | {"confirmed_warnings": confirmed})
        return samples.edit(actor, sample_id, version, change)

    def send_over_others(confirmed: list[str]) -> SampleView:
        """Two people may change different fields: then a fresh read is all it takes."""
        try:
            return send(seen.version, confirmed)
        except Stale as refusal:
            theirs = _changed_between(seen, refusal.current)
            both = {name: [theirs[name], changed[name]] for name in refusal.differing if name in theirs}
            if both:
                st.session_state[f"{form_of(sample_id)}_clashes"] = both
                raise
            return send(refusal.current.version, confirmed)

    saved = confirmations.send(form_of(sample_id), send_over_others) if changed else seen
    return samples.submit_again(actor, sample_id, saved.version) if submit else saved


def _changed_between(seen: SampleView, current: SampleView) -> dict[str, Any]:
    before, now = values_of(seen), values_of(current)
    return {name: now[name] for name in FIELDS if before[name] != now[name]}
