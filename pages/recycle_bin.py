"""Recycle bin: who removed what and why; restore one or many; a manager ends what shall not come back."""

from functools import partial

import streamlit as st

from core import ids, policy, recycle_bin
from core.config import settings
from core.policy import Actor
from core.recycle_bin import SAMPLE, BinItem
from dashboard import bin_actions, dialogs, notices, stored_photos
from dashboard.language import plain, t, when
from dashboard.session import current_actor
from dashboard.widgets import cut_name, empty, name_of

ABREAST = 3
STEP = 12
SHOWN = "bin_shown"
PURGE = "bin_purge"
SOON_DAYS = 7
MOST_AT_ONCE = 200


def name(item: BinItem) -> str:
    number = ids.pretty(item.sample_id)
    return number if item.round_key == SAMPLE else t("recycle_bin.round", id=number, n=item.removed_seq)


def picked(item: BinItem) -> str:
    return f"bin_pick_{item.sample_id}_{item.round_key}"


def restore(item: BinItem) -> None:
    if item.round_key == SAMPLE:
        bin_actions.restore(item.sample_id)
        return
    action = partial(recycle_bin.restore_round, current_actor(), item.sample_id, item.round_key)
    if notices.attempt(partial(action, with_sample=item.sample_in_bin)) is not None:
        notices.tell(t("recycle_bin.restored", id=name(item)))


def restore_chosen(items: list[BinItem]) -> None:
    names = {(item.sample_id, item.round_key): name(item) for item in items}
    done = notices.attempt(partial(recycle_bin.restore_many, current_actor(), list(names)))
    refused = [result for result in done or () if result.refusal is not None]
    for result in refused:
        sentence = notices.explain(result.refusal) if result.refusal else ""
        notices.tell(f"{names[result.sample_id, result.round_key]}: {sentence}", "error")
    if done and len(done) > len(refused):
        notices.tell(t("recycle_bin.restored_many", n=len(done) - len(refused)))
    for item in items:
        st.session_state.pop(picked(item), None)


def purge(item: BinItem) -> None:
    actor, reason = current_actor(), dialogs.value(PURGE, "reason") or ""
    dialogs.save(
        PURGE, lambda *_: recycle_bin.purge(actor, item.sample_id, reason), t("recycle_bin.purged", id=name(item))
    )


def show_more() -> None:
    st.session_state[SHOWN] = st.session_state.get(SHOWN, STEP) + STEP


def show_item(actor: Actor, item: BinItem) -> None:
    with st.container(border=True, key=f"bin_item_{item.sample_id}_{item.round_key}"):
        if item.photo_id is not None:
            picture = stored_photos.url(item.photo_id, in_bin=True)
            st.image(picture, alt=t("sample.photo_alt", cut=cut_name(item)), width="stretch")
        with st.container(horizontal=True, vertical_alignment="center"):
            st.checkbox(f"**{name(item)}**", key=picked(item))
            color = "orange" if item.days_left <= SOON_DAYS else "gray"
            st.badge(t("time.days_left", days=item.days_left), icon=":material/timer:", color=color)
        with st.container(gap="xsmall"):
            st.text(item.reason)
            st.caption(plain(t("recycle_bin.by", name=item.deleted_by, when=when(item.deleted_at))))
            st.caption(f"{cut_name(item)} · {name_of('grades', item.grade, item.species)}")
            st.caption(hanging(item))
        show_actions(actor, item)


def hanging(item: BinItem) -> str:
    """What comes back with it; what there is none of is left out."""
    counts = {"photos": item.photos, "evaluations": item.evaluations, "measurements": item.measurements}
    if item.round_key == SAMPLE:
        counts = {"rounds": item.rounds} | counts
    return " · ".join(t(f"recycle_bin.n_{kind}", n=n) for kind, n in counts.items() if n)


def show_actions(actor: Actor, item: BinItem) -> None:
    both = item.round_key != SAMPLE and item.sample_in_bin
    with st.container(horizontal=True):
        st.button(
            t("recycle_bin.restore_both" if both else "recycle_bin.restore"), icon=":material/restore_from_trash:",
            key=f"bin_restore_{item.sample_id}_{item.round_key}", on_click=restore, args=(item,),
            disabled=not item.in_order, help=None if item.in_order else t("recycle_bin.not_in_order"),
        )  # fmt: skip
        if item.round_key == SAMPLE and policy.may_ever(actor.role, "sample.purge"):
            dialogs.opener(
                PURGE, t("recycle_bin.purge"), "delete_forever", 0, partial(ask_purge, item), name=item.sample_id
            )


def ask_purge(item: BinItem) -> None:
    st.markdown(t("recycle_bin.purge_will_happen", id=name(item)))
    st.text_area(t("recycle_bin.purge_reason"), key=dialogs.key(PURGE, "reason"), max_chars=2000)
    dialogs.mend(PURGE, "reason")
    dialogs.show_save(PURGE, t("recycle_bin.purge_now"), partial(purge, item), icon="delete_forever")


actor = current_actor()
page = recycle_bin.items(actor, limit=st.session_state.get(SHOWN, STEP))
st.caption(t("recycle_bin.what", n=page.total, days=settings().retention_days))
if not page.items:
    empty("recycle_bin.empty")
chosen = [item for item in page.items if st.session_state.get(picked(item))][:MOST_AT_ONCE]
if chosen:
    st.button(
        t("recycle_bin.restore_chosen", n=len(chosen)), key="bin_restore_chosen", type="primary",
        icon=":material/restore_from_trash:", on_click=restore_chosen, args=(chosen,),
    )  # fmt: skip
for start in range(0, len(page.items), ABREAST):
    for column, item in zip(st.columns(ABREAST), page.items[start : start + ABREAST], strict=False):
        with column:
            show_item(actor, item)
if page.after is not None:
    st.button(t("recycle_bin.more"), key="bin_more", on_click=show_more)
