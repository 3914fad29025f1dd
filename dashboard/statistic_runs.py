"""Runs of statistics on a page: a button that starts one, how far it is, what came out.

A run is found again by its question, and by its id in the address.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import streamlit as st

from core import clock, statistics
from core.errors import BadInput, NotFound
from core.policy import Actor
from core.statistics import Answer, StatisticsFilter, runs
from core.statistics.runs import RunView
from dashboard import notices
from dashboard.language import t, when
from dashboard.statistics_page import Draw, show_findings, show_part

ADDRESS = "run"
EVERY_S = 1.0


def show_run(actor: Actor, wanted: Mapping[str, Any], view: str, figures: Mapping[str, Draw]) -> None:
    """What is known of a question that takes a run.

    Args:
        figures: part of the run -> what draws its chart.
    """
    try:
        asked = runs.question(view, wanted)
    except BadInput as refusal:
        show_findings(refusal)
        return
    found = _find(actor, view, asked)
    if found is None:
        st.query_params.pop(ADDRESS, None)
        st.markdown(t("statistic_run.what"))
        _button(actor, view, asked, "start")
        return
    st.query_params[ADDRESS] = str(found.id)
    if not found.is_finished:
        _wait_for(actor, found.id)
        return
    if found.error:
        st.error(t(f"error.{found.error}"), icon=":material/error:")
    elif found.state == "cancelled":
        st.info(t("statistic_run.cancelled"), icon=":material/cancel:")
    for part in found.parts:
        show_part(Answer(view, _query(view, found), part.n, part.missing, found.parts), part, figures[part.name])
    if found.parts:
        st.caption(t("statistic_run.done", when=when(found.finished_at)))
    _button(actor, view, asked, "again")


def _find(actor: Actor, view: str, asked: dict[str, Any]) -> RunView | None:
    """The run that the address names, if it is of this question; else the person's last one of it."""
    if (given := _in_address()) is not None:
        try:
            found = runs.get(actor, given)
        except NotFound:
            found = None
        if found is not None and (found.view, found.query) == (view, asked):
            return found
    known = next((run for run in runs.recent(actor) if (run.view, run.query) == (view, asked)), None)
    return runs.get(actor, known.id) if known else None


def _in_address() -> UUID | None:
    try:
        return UUID(st.query_params.get(ADDRESS, ""))
    except ValueError:
        return None


def _button(actor: Actor, view: str, asked: dict[str, Any], kind: str) -> None:
    labels = {"start": t("statistic_run.start"), "again": t("statistic_run.again")}
    st.button(
        labels[kind], key=f"statistic_run_{kind}", type="primary" if kind == "start" else "secondary",
        icon=":material/play_arrow:", on_click=_start, args=(actor, view, asked),
    )  # fmt: skip


def _start(actor: Actor, view: str, asked: dict[str, Any]) -> None:
    if (found := notices.attempt(lambda: runs.start(actor, view, asked))) is not None:
        st.query_params[ADDRESS] = str(found.id)


def _cancel(actor: Actor, run_id: UUID) -> None:
    notices.attempt(lambda: runs.cancel(actor, run_id))


@st.fragment(run_every=EVERY_S)
def _wait_for(actor: Actor, run_id: UUID) -> None:
    """Looks each second how far it is; the whole page is drawn again once it is finished."""
    found = runs.get(actor, run_id)
    if found.is_finished:
        st.rerun()
    share = found.done / found.total if found.total else 0.0
    if found.state == "waiting":
        waited = int((clock.now() - found.requested_at).total_seconds())
        st.progress(0.0, t("statistic_run.waiting", seconds=waited))
    else:
        st.progress(min(share, 1.0), t("statistic_run.running", share=share))
    st.button(
        t("statistic_run.cancel"), key="statistic_run_cancel", icon=":material/cancel:", on_click=_cancel,
        args=(actor, run_id),
    )  # fmt: skip


def _query(view: str, run: RunView) -> StatisticsFilter:
    return statistics.read(runs.RUNS[view].view, run.query)
