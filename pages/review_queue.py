"""Review queue: samples one by one with the photo large, many at once as a list, and wishes that came too late."""

from functools import partial

import streamlit as st

from core import ids, reviews, samples
from core.policy import Actor
from core.samples import edit_requests
from dashboard import filters, notices, review_view
from dashboard.language import ago, t, when
from dashboard.session import current_actor
from dashboard.values import differences, plain
from dashboard.widgets import cut_name, empty, name_of, sample_link

PAGE_SIZE = 25
FORM = "wish"


def show_one(actor: Actor) -> None:
    """The next sample, taken in hand as it is shown."""
    skipped = st.session_state.get("review_skip", [])
    item = reviews.next_item(actor, skipped) or (reviews.next_item(actor) if skipped else None)
    if item is None:
        empty("review.none_free" if reviews.waiting(actor) else "review.empty")
        return
    if item.id in skipped:  # once through; begin again
        st.session_state["review_skip"] = []
    review_view.show(actor, item, samples.get(actor, item.id))


def show_list(actor: Actor) -> None:
    number = int(st.session_state.get("page", 1))
    found = reviews.queue(actor, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
    if not found.items:
        empty("review.empty")
        return
    chosen = st.dataframe(
        review_view.as_table(found.items),
        key=f"review_list_{number}_{st.session_state.get('review_list_round', 0)}",
        hide_index=True, row_height=56, height="content", on_select="rerun", selection_mode="multi-row",
        column_config={t("sample.photo"): st.column_config.ImageColumn(width="small")},
        alt=t("review_queue.title"),
    )  # fmt: skip
    st.caption(t("review.choose"))
    picked = [found.items[row] for row in chosen.selection.rows]
    with st.container(horizontal=True):
        st.button(
            t("review.approve_chosen", n=len(picked)), key="review_approve_many", type="primary",
            icon=":material/done_all:", disabled=not picked, on_click=approve_many, args=(picked,),
        )  # fmt: skip
        if len(picked) == 1:
            sample_link(picked[0].id)
    if found.total > PAGE_SIZE:
        st.pagination(-(-found.total // PAGE_SIZE), key="page", bind="query-params")


def approve_many(picked: list[reviews.QueueItem]) -> None:
    seen = [(item.id, item.version) for item in picked]
    done = notices.attempt(partial(reviews.approve_many, current_actor(), seen), form="review_many")
    if done is None:
        return
    st.session_state["review_list_round"] = st.session_state.get("review_list_round", 0) + 1
    notices.tell(t("review.many_done", n=sum(one.refusal is None for one in done)))
    for one in done:
        if one.refusal is not None:
            told = {"id": ids.pretty(one.sample_id), "why": notices.explain(one.refusal)}
            notices.tell(t("review.many_left", **told), "error")


def show_wishes(actor: Actor) -> None:
    st.caption(t("wish.what"))
    waiting = edit_requests.waiting(actor)
    if not waiting:
        empty("wish.none")
        return
    wish = edit_requests.get(actor, waiting[0])
    sample = samples.get(actor, wish.sample_id)
    with st.container(border=True):
        sample_link(wish.sample_id)
        st.markdown(f"**{cut_name(sample)}** · {name_of('grades', sample.grade, sample.species)}")
        st.caption(plain(t("wish.by", name=wish.requested_by, ago=ago(wish.requested_at))))
        st.text(wish.note)
        differences(wish.differing, t("wish.stored"), t("wish.wanted"), sample.species)
        if sample.is_own:
            empty("wish.own")
            return
        answer = f"wish_answer_{wish.id}"
        st.text_input(t("wish.answer"), key=answer)
        for message in notices.findings(FORM).values():
            st.error(message, icon=":material/error:")
        with st.container(horizontal=True):
            st.button(
                t("wish.grant"), key=f"wish_grant_{wish.id}", type="primary", icon=":material/check:",
                on_click=decide_wish, args=(wish, "granted"),
            )  # fmt: skip
            st.button(
                t("wish.refuse"), key=f"wish_refuse_{wish.id}", icon=":material/undo:",
                on_click=decide_wish, args=(wish, "refused"),
            )  # fmt: skip


def decide_wish(wish: edit_requests.EditRequestView, state: str) -> None:
    actor = current_actor()
    if state == "granted":
        done = notices.attempt(partial(edit_requests.grant, actor, wish.id), form=FORM)
    else:
        answer = st.session_state.get(f"wish_answer_{wish.id}") or ""
        done = notices.attempt(partial(edit_requests.refuse, actor, wish.id, answer), form=FORM)
    if done is not None:
        notices.tell(t(f"wish.{state}", id=ids.pretty(wish.sample_id)))


VIEWS = {"one": show_one, "list": show_list, "wishes": show_wishes}

actor = current_actor()
waits = reviews.queue(actor, limit=1)
oldest = waits.items[0].submitted_at if waits.items else None
counted = t("review.waiting_more" if waits.is_more else "review.waiting", n=waits.total)
st.caption(f"{counted} · {ago(oldest)} ({when(oldest)})" if oldest else counted)
names = {"wishes": t("review.view_wishes", n=len(edit_requests.waiting(actor)))}
view = filters.tab("view", t("review.view"), {name: names.get(name) or t(f"review.view_{name}") for name in VIEWS})
VIEWS[view](actor)
