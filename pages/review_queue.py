"""Review queue: the oldest waiting sample with its photo; approve it, or reject it with a reason."""

import time
from functools import partial

import streamlit as st

from core import ids, reviews, samples
from core.policy import Actor
from core.samples import SampleFilter, SampleView
from dashboard import notices
from dashboard.language import ago, t
from dashboard.sample_view import show_facts, show_photo, show_scores
from dashboard.session import current_actor
from dashboard.widgets import badges, cut_name, empty, known_catalogue, name_of, sample_link

FORM = "review"
# A second click this soon was meant for the sample that has just gone.
DOUBLE_CLICK_S = 1.0


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
        st.session_state.pop("review_skip", None)
        notices.tell(t(f"review.done_{decision}", id=ids.pretty(sample.id)))


def skip(sample_id: str) -> None:
    st.session_state["review_skip"] = [*st.session_state.get("review_skip", []), sample_id]
    notices.clear(FORM)


def show(actor: Actor, sample: SampleView) -> None:
    left, right = st.columns([3, 2], gap="large")
    with left:
        show_photo(sample, sample.rounds[0])
    with right:
        badges(sample)
        sample_link(sample.id)
        st.markdown(f"**{cut_name(sample)}** · {name_of('grades', sample.grade, sample.species)}")
        st.caption(t("review.by", name=sample.created_by, ago=ago(sample.received_at)))
        show_scores(sample.rounds[0], "raw")
        if reviews.may_review(actor, sample.id):
            show_decision(sample)
        else:
            empty("review.own")
        st.button(
            t("review.next"), key=f"review_next_{sample.id}", icon=":material/skip_next:", shortcut="Right",
            on_click=skip, args=(sample.id,),
        )  # fmt: skip
        show_facts(sample)


def show_decision(sample: SampleView) -> None:
    findings = notices.findings(FORM)
    st.button(
        t("review.approve"), key=f"review_approve_{sample.id}", type="primary", icon=":material/check:",
        shortcut="A", width="stretch", on_click=decide, args=(sample, "approve"),
    )  # fmt: skip
    with st.expander(t("review.reject"), icon=":material/undo:", expanded=bool(findings)):
        st.selectbox(
            t("review.reason"), [e.key for e in known_catalogue().reject_reasons], index=None,
            format_func=lambda key: name_of("reject_reasons", key), key=f"review_reason_{sample.id}",
            placeholder=t("form.choose"),
        )  # fmt: skip
        show_finding(findings.get("reason"))
        st.text_area(t("review.text"), key=f"review_text_{sample.id}", placeholder=t("review.text_hint"))
        show_finding(findings.get("text"))
        st.button(
            t("review.reject"), key=f"review_reject_{sample.id}", icon=":material/undo:", width="stretch",
            on_click=decide, args=(sample, "reject"),
        )  # fmt: skip


def show_finding(message: str | None) -> None:
    if message:
        st.error(message, icon=":material/error:")


actor = current_actor()
skipped = st.session_state.get("review_skip", [])
queue = samples.page(actor, SampleFilter(status="pending"), limit=len(skipped) + 1, oldest=True)
st.caption(t("review.waiting", n=queue.total))
waiting = next((row for row in queue.rows if row.id not in skipped), None)
if waiting is None and skipped:
    st.session_state["review_skip"] = []
    st.rerun()
elif waiting is None:
    empty("review.empty")
else:
    show(actor, samples.get(actor, waiting.id))
