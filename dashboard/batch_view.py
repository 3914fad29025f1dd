"""Predictions of many photos: how far a batch is, what came out of it beside what was measured, and taking it over."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

import streamlit as st

from core import clock, samples
from core.errors import NotFound
from core.policy import Actor
from core.predictions import batches
from core.predictions.batches import BatchView
from core.samples.lists import UNKNOWN
from dashboard import dialogs, notices
from dashboard.language import plain, t, when
from dashboard.prediction_parts import warn_if_generated
from dashboard.session import current_actor
from dashboard.values import value_text
from dashboard.widgets import empty

ADDRESS = "run"
ACCEPT, CANCEL = "batch_accept", "batch_cancel"
EVERY_S = 1.0
STATES = {
    "waiting": ("gray", "hourglass_top"), "running": ("blue", "progress_activity"), "done": ("green", "check_circle"),
    "failed": ("red", "error"), "cancelled": ("gray", "cancel"),
}  # fmt: skip


def in_address() -> UUID | None:
    try:
        return UUID(st.query_params.get(ADDRESS, ""))
    except ValueError:
        return None


def open_batch(batch_id: UUID) -> None:
    st.query_params[ADDRESS] = str(batch_id)


def leave() -> None:
    """Back to the list."""
    for name in (ADDRESS, "target", "part", "after"):
        st.query_params.pop(name, None)


def find(actor: Actor, batch_id: UUID) -> BatchView | None:
    try:
        return batches.get(actor, batch_id)
    except NotFound:
        return None


def badge(state: str) -> None:
    color, icon = STATES[state]
    st.badge(t(f"prediction_batch.state_{state}"), color=color, icon=f":material/{icon}:")  # type: ignore[arg-type]


def show_list(actor: Actor) -> None:
    """One's own batches, newest first; all of them for a manager."""
    known = batches.browse(actor)
    st.subheader(t("prediction_batch.runs"), anchor=False)
    if not known:
        empty("prediction_batch.no_runs")
    for one in known:
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"batch_{one.id}"):
            with st.container(gap=None, width="stretch"):
                st.markdown(f"**{plain(filter_text(actor, one.filter))}**")
                st.caption(plain(" · ".join(_facts(actor, one))))
            badge(one.state)
            st.button(
                t("prediction_batch.open"), key=f"batch_open_{one.id}", icon=":material/chevron_right:",
                on_click=open_batch, args=(one.id,),
            )  # fmt: skip


def _facts(actor: Actor, one: BatchView) -> list[str]:
    facts = [when(one.requested_at), f"{one.model.name} {one.model.version}"]
    if one.total:
        facts.append(counted(one))
    return facts if one.requested_by == actor.id else [*facts, one.requested_by_name]


def counted(one: BatchView) -> str:
    """How many photos are through, and how many of them could not be read."""
    told = t("prediction_batch.counted", done=one.done + one.failed, total=one.total)
    return f"{told}, {t('prediction_batch.failed', n=one.failed)}" if one.failed else told


def filter_text(actor: Actor, wanted: Mapping[str, Any]) -> str:
    """What a batch was narrowed to, in words."""
    species = wanted.get("species")
    said = [_said(actor, name, value, species) for name, value in wanted.items() if name != "heated"]
    if wanted.get("heated"):
        said.append(t("prediction_batch.with_heated"))
    return " · ".join(said) or t("prediction_batch.all_samples")


def _said(actor: Actor, name: str, value: Any, species: str | None) -> str:
    field, _, end = name.rpartition("_")
    if name == "owner":
        people = {str(key): who for key, who in samples.authors(actor)}
        return f"{t('sample.created_by')}: {people.get(str(value), value)}"
    if name in ("has", "missing"):
        return f"{t(f'samples.{name}')}: {', '.join(_part_name(part) for part in value)}"
    if name == "q":
        return f"{t('samples.search')}: {value}"
    if end in ("from", "to"):
        what = {"received": t("sample.received_at"), "submitted": t("samples.submitted_at")}
        return f"{t(f'samples.{end}', what=what.get(field, t('sample.slaughtered_on')))} {value}"
    if name == "status":
        return t(f"status.{value}")
    return t("sample.no_region") if value == UNKNOWN else value_text(name, value, species)


def _part_name(part: str) -> str:
    names = {"photo": t("sample.photo"), "rounds": t("sample.rounds")}
    return names.get(part) or t(f"samples.{part}")


def show_state(actor: Actor, one: BatchView) -> None:
    """What the batch is of, by which model, and how it stands."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(t("prediction_batch.back"), key="batch_back", icon=":material/arrow_back:", on_click=leave)
        badge(one.state)
    st.subheader(plain(filter_text(actor, one.filter)), anchor=False)
    st.caption(plain(" · ".join(_facts(actor, one))))
    warn_if_generated(one.model.trained_on)
    if one.error:
        st.error(t(f"error.{one.error}"), icon=":material/error:")
    if one.is_finished:
        _show_acceptance(one)
    else:
        _wait_for(actor, one.id)


@st.fragment(run_every=EVERY_S)
def _wait_for(actor: Actor, batch_id: UUID) -> None:
    """Looks each second how far it is; the whole page is drawn again once it is finished."""
    one = batches.get(actor, batch_id)
    if one.is_finished:
        st.rerun()
    if one.state == "waiting" or not one.total:
        waited = int((clock.now() - one.requested_at).total_seconds())
        st.progress(0.0, t("prediction_batch.waiting", seconds=waited))
    else:
        st.progress(min((one.done + one.failed) / one.total, 1.0), plain(counted(one)))
    st.caption(t("prediction_batch.may_leave"))
    st.button(
        t("prediction_batch.cancel"), key="batch_cancel", icon=":material/cancel:", on_click=_cancel, args=(batch_id,)
    )


def _cancel(batch_id: UUID) -> None:
    if notices.attempt(partial(batches.cancel, current_actor(), batch_id)) is not None:
        notices.tell(t("prediction_batch.cancelled"))


def _show_acceptance(one: BatchView) -> None:
    """What is marked as AI until somebody takes it over; all at once, after being asked."""
    if not one.to_accept:
        if one.to_accept == 0 and one.done:
            st.caption(f":material/verified: {t('prediction_batch.all_accepted')}")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(t("prediction_batch.to_accept", n=one.to_accept), color="violet", icon=":material/smart_toy:",
                 help=t("prediction.ai_help"))  # fmt: skip
        dialogs.opener(
            ACCEPT, t("prediction_batch.accept", n=one.to_accept), "verified", 0, partial(_ask_accept, one),
            title=t("prediction_batch.accept_title"),
        )  # fmt: skip


def _ask_accept(one: BatchView) -> None:
    st.markdown(t("prediction_batch.accept_what", n=one.to_accept))
    warn_if_generated(one.model.trained_on)
    dialogs.show_save(
        ACCEPT, t("prediction_batch.accept", n=one.to_accept), partial(_accept, one.id, one.to_accept or 0),
        icon="verified",
    )  # fmt: skip


def _accept(batch_id: UUID, n: int) -> None:
    dialogs.save(
        ACCEPT, lambda *_: [batches.accept_all(current_actor(), batch_id)], t("prediction_batch.accepted", n=n)
    )
