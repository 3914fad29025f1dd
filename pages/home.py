"""Home: my work today."""

import streamlit as st

from core import reviews, samples
from core.policy import Actor
from core.samples import SampleFilter
from dashboard.language import ago, t
from dashboard.notice_list import show_notices
from dashboard.session import current_actor
from dashboard.widgets import empty, go_button, sample_cards, sample_link, show_rejection


def show_own(actor: Actor) -> None:
    go_button("register", t("home.register"), "add_a_photo")
    rejected = samples.page(actor, SampleFilter(mine=True, status="rejected"), limit=5)
    if rejected.rows:
        st.subheader(t("home.rejected", n=rejected.total), anchor=False)
        for row in rejected.rows:
            with st.container(border=True):
                sample_link(row.id)
                show_rejection(row)
    newest = samples.page(actor, SampleFilter(mine=True), limit=6)
    st.subheader(t("home.newest"), anchor=False)
    if not newest.rows:
        empty("home.nothing_yet")
    sample_cards(newest.rows)


def show_staff(actor: Actor) -> None:
    waiting = samples.page(actor, SampleFilter(status="pending"), limit=1, oldest=True)
    approved = samples.page(actor, SampleFilter(status="approved"), limit=6)
    figures = st.columns(3)
    figures[0].metric(t("home.waiting"), reviews.waiting(actor), border=True)
    figures[1].metric(t("home.oldest"), ago(waiting.rows[0].received_at) if waiting.rows else "-", border=True)
    figures[2].metric(t("home.approved"), approved.total, border=True)
    with st.container(horizontal=True):
        go_button("review_queue", t("home.review"), "rule")
        go_button("register", t("home.register"), "add_a_photo", kind="secondary")
    st.subheader(t("home.newest_approved"), anchor=False)
    if not approved.rows:
        empty("home.nothing_approved")
    sample_cards(approved.rows)


actor = current_actor()
show_notices()
if actor.role == "normal":
    show_own(actor)
else:
    show_staff(actor)
