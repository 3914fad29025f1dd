"""Home: my work today."""

import streamlit as st

from core import policy, reviews, samples, users
from core.policy import Actor
from core.samples import SampleFilter
from dashboard.language import ago, t
from dashboard.notice_list import show_notices
from dashboard.session import current_actor
from dashboard.widgets import counted, edit_link, empty, go_button, sample_cards, sample_link, show_rejection


def show_own(actor: Actor) -> None:
    go_button("register", t("home.register"), "add_a_photo")
    rejected = samples.page(actor, SampleFilter(owner="me", status="rejected"), limit=5)
    if rejected.rows:
        st.subheader(t("home.rejected", n=counted(rejected.total, rejected.is_more)), anchor=False)
        for row in rejected.rows:
            with st.container(border=True):
                sample_link(row.id)
                show_rejection(row)
                edit_link(row)
    newest = samples.page(actor, SampleFilter(owner="me"), limit=6)
    st.subheader(t("home.newest"), anchor=False)
    if not newest.rows:
        empty("home.nothing_yet")
    sample_cards(newest.rows)


def show_staff(actor: Actor) -> None:
    waits = reviews.queue(actor, limit=1)
    approved = samples.page(actor, SampleFilter(status="approved"), limit=6)
    manages = policy.may_ever(actor.role, "user.list")
    figures = st.columns(4 if manages else 3)
    figures[0].metric(t("home.waiting"), counted(waits.total, waits.is_more), border=True)
    figures[1].metric(t("home.oldest"), ago(waits.items[0].submitted_at) if waits.items else "-", border=True)
    figures[2].metric(t("home.approved"), counted(approved.total, approved.is_more), border=True)
    newcomers = users.waiting(actor) if manages else 0
    if manages:
        figures[3].metric(t("home.accounts_waiting"), newcomers, border=True)
    with st.container(horizontal=True):
        go_button("review_queue", t("home.review"), "rule")
        go_button("register", t("home.register"), "add_a_photo", kind="secondary")
        if newcomers:
            go_button("users", t("home.let_in"), "how_to_reg", kind="secondary")
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
