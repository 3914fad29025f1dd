"""One waiting sample for its reviewer: photo left; findings, changes, scores and the decision right."""

import time
from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from core import ids, reviews
from core.errors import Finding
from core.policy import Actor
from core.reviews import QueueItem
from core.samples import SampleView
from dashboard import notices, stored_photos
from dashboard.language import ago, t, when
from dashboard.sample_view import show_facts, show_photo, show_scores
from dashboard.session import current_actor
from dashboard.values import differences, field_name, plain
from dashboard.widgets import badges, cut_name, known_catalogue, name_of, sample_link

FORM = "review"
# A second click this soon was meant for the sample that has just gone.
DOUBLE_CLICK_S = 1.0
REJECTING = "review_rejecting"


def show(actor: Actor, item: QueueItem, sample: SampleView) -> None:
    left, right = st.columns([3, 2], gap="large")
    with left:
        show_photo(sample, sample.rounds[0])
        show_facts(sample)
    with right:
        badges(sample)
        sample_link(sample.id)
        st.markdown(f"**{cut_name(sample)}** · {name_of('grades', sample.grade, sample.species)}")
        st.caption(plain(t("review.by", name=item.created_by, ago=ago(item.submitted_at))))
        show_warnings(item)
        show_changes(actor, item, sample)
        show_scores(sample.rounds[0], "raw")
        if st.session_state.get(REJECTING) == sample.id:
            show_rejection(sample)
        else:
            show_decision(sample)
        st.caption(t("review.keys"))


def show_warnings(item: QueueItem) -> None:
    if item.warnings:
        found = [Finding(warning["field"], warning["code"], warning["values"]) for warning in item.warnings]
        lines = [f"- **{field_name(finding.field)}**: {plain(notices.describe(finding))}" for finding in found]
        st.warning("\n".join([t("review.warnings"), "", *lines]), icon=":material/warning:")


def show_changes(actor: Actor, item: QueueItem, sample: SampleView) -> None:
    """For a resubmission: why it had come back, and what is different now."""
    if not item.resubmitted or sample.last_review is None:
        return
    with st.container(border=True):
        st.markdown(f"**{t('review.resubmitted')}** · {name_of('reject_reasons', sample.last_review.reason)}")
        st.text(sample.last_review.text or "")
        changed = reviews.resubmission(actor, sample.id)
        st.caption(t("review.changed" if changed else "review.unchanged"))
        if changed:
            differences(changed, t("review.before"), t("review.after"), sample.species)


def show_decision(sample: SampleView) -> None:
    st.button(
        t("review.approve"), key=f"review_approve_{sample.id}", type="primary", icon=":material/check:",
        shortcut="A", width="stretch", on_click=decide, args=(sample, "approve"),
    )  # fmt: skip
    with st.container(horizontal=True):
        st.button(
            t("review.reject"), key=f"review_open_reject_{sample.id}", icon=":material/undo:", shortcut="X",
            on_click=open_rejection, args=(sample.id,),
        )  # fmt: skip
        st.button(
            t("review.next"), key=f"review_next_{sample.id}", icon=":material/skip_next:", shortcut="Right",
            on_click=skip, args=(sample.id,),
        )  # fmt: skip


def show_rejection(sample: SampleView) -> None:
    """Reason by its number key, text, confirm: all without a mouse."""
    findings = notices.findings(FORM)
    chosen = st.session_state.get(f"review_reason_{sample.id}")
    st.markdown(f"**{t('review.reason')}**")
    with st.container(horizontal=True, gap="small"):
        for number, entry in enumerate(known_catalogue().reject_reasons[:9], 1):
            st.button(
                name_of("reject_reasons", entry.key), key=f"review_reason_{number}_{sample.id}", shortcut=str(number),
                type="primary" if entry.key == chosen else "secondary", on_click=choose_reason,
                args=(sample.id, entry.key),
            )  # fmt: skip
    show_finding(findings.get("reason"))
    st.text_area(t("review.text"), key=f"review_text_{sample.id}", placeholder=t("review.text_hint"))
    show_finding(findings.get("text"))
    with st.container(horizontal=True):
        st.button(
            t("review.reject_now"), key=f"review_reject_{sample.id}", type="primary", icon=":material/undo:",
            shortcut="Ctrl+Enter", on_click=decide, args=(sample, "reject"),
        )  # fmt: skip
        st.button(
            t("review.back"), key=f"review_back_{sample.id}", shortcut="Esc", on_click=open_rejection, args=(None,)
        )


def show_finding(message: str | None) -> None:
    if message:
        st.error(message, icon=":material/error:")


def open_rejection(sample_id: str | None) -> None:
    st.session_state[REJECTING] = sample_id
    notices.clear(FORM)


def choose_reason(sample_id: str, reason: str) -> None:
    """The reason's name is a first text; whoever has more to say writes over it."""
    previous = st.session_state.get(f"review_reason_{sample_id}")
    text = st.session_state.get(f"review_text_{sample_id}") or ""
    if text.strip() in ("", name_of("reject_reasons", previous)):
        st.session_state[f"review_text_{sample_id}"] = name_of("reject_reasons", reason)
    st.session_state[f"review_reason_{sample_id}"] = reason


def decide(sample: SampleView, decision: str) -> None:
    if time.monotonic() - st.session_state.get("review_decided_at", 0) < DOUBLE_CLICK_S:
        return
    actor = current_actor()
    if decision == "approve":
        done = notices.attempt(partial(reviews.approve, actor, sample.id, sample.version), form=FORM)
    else:
        reason = st.session_state.get(f"review_reason_{sample.id}") or ""
        text = st.session_state.get(f"review_text_{sample.id}") or ""
        done = notices.attempt(partial(reviews.reject, actor, sample.id, sample.version, reason, text), form=FORM)
    if done is not None:
        st.session_state["review_decided_at"] = time.monotonic()
        st.session_state.pop(REJECTING, None)
        notices.tell(t(f"review.done_{decision}", id=ids.pretty(sample.id)))


def skip(sample_id: str) -> None:
    """Gives it back to the others and goes on."""
    reviews.release(current_actor(), sample_id)
    st.session_state["review_skip"] = [*st.session_state.get("review_skip", []), sample_id]
    notices.clear(FORM)


def as_table(items: Sequence[QueueItem]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            t("sample.photo"): [stored_photos.url(item.photo_id, 256) if item.photo_id else None for item in items],
            t("sample.id"): [ids.pretty(item.id) for item in items],
            t("sample.cut"): [cut_name(item) for item in items],
            t("sample.grade"): [name_of("grades", item.grade, item.species) for item in items],
            t("review.author"): [item.created_by for item in items],
            t("review.age"): [ago(item.submitted_at) for item in items],
            t("review.remarks"): [_remarks(item) for item in items],
        }
    )


def _remarks(item: QueueItem) -> str:
    said = []
    if item.claimed_by is not None and item.claimed_until is not None:
        said.append(t("review.claimed_by", name=item.claimed_by, until=when(item.claimed_until)[-5:]))
    if item.resubmitted:
        said.append(t("review.resubmitted"))
    if item.warnings:
        said.append(t("review.unusual", n=len(item.warnings)))
    return " · ".join(said)
