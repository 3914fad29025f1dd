"""The prediction of a stored photo: asked for with one button, waited for, shown, accepted."""

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import streamlit as st

from core import ids, model_versions, predictions
from core.errors import NotFound
from core.model_versions import ModelView
from core.policy import Actor
from core.predictions import PredictionView
from core.samples import SampleView
from core.samples.views import RoundView
from dashboard import notices
from dashboard.charts.predictions import Interval
from dashboard.language import plain, t, when
from dashboard.photo_choice import explanation_link
from dashboard.prediction_parts import (
    Shown,
    grade_text,
    show_abstained,
    show_grade,
    show_made_by,
    show_mark,
    show_scores,
    show_values,
    warn_if_generated,
)
from dashboard.session import current_actor
from dashboard.widgets import empty, numbers

PATIENCE_S = 60
FORM = "prediction"


def show_predictions(sample: SampleView, part: RoundView) -> None:
    """Of all photos of a round, one below the other."""
    shots = [shot for shot in part.photos if shot.state == "stored"]
    if not shots:
        empty("prediction.no_photo")
    for shot in shots:
        if len(shots) > 1:
            st.subheader(t(f"preparation.{shot.preparation}"), anchor=False)
        found = find_or_ask(shot.id)
        if found is None:
            continue
        shown = as_shown(current_actor(), found, sample.species)
        left, right = st.columns([4, 5], gap="medium")
        with left:
            show_verdict(found, shown)
        with right:
            show_values(shown)
        show_scores(shown)
        show_made_by(shown)
        explanation_link(shot.id)


def find_or_ask(photo_id: UUID) -> PredictionView | None:
    """The newest prediction of a photo; where there is none, or a newer model is live, the button that asks for one."""
    known, live = predictions.of_photo(current_actor(), photo_id), live_model()
    if live is None:
        empty("prediction.no_model")
    elif not any(one.model.id == live.id for one in known):
        _ask_or_wait(photo_id, live, is_first=not known)
    if len(known) > 1:
        _show_earlier(known[1:])
    return known[0] if known else None


def live_model() -> ModelView | None:
    try:
        return model_versions.live(current_actor())
    except NotFound:
        return None


def _ask_or_wait(photo_id: UUID, live: ModelView, *, is_first: bool) -> None:
    if _asked(photo_id) in st.session_state:
        _wait_for(photo_id, live.id)
        return
    told = {"name": live.name, "version": live.version}
    st.markdown(t("prediction.what") if is_first else plain(t("prediction.newer", **told)))
    st.button(
        t("prediction.run"), key=f"prediction_run_{photo_id}", type="primary" if is_first else "secondary",
        icon=":material/insights:", on_click=ask, args=(photo_id,),
    )  # fmt: skip


def ask(photo_id: UUID) -> None:
    """A callback."""
    notices.attempt(partial(predictions.request, current_actor(), photo_id), form=FORM)
    st.session_state[_asked(photo_id)] = time.monotonic()


def _asked(photo_id: UUID) -> str:
    return f"prediction_asked_{photo_id}"


@st.fragment(run_every=1.0)
def _wait_for(photo_id: UUID, model_id: UUID) -> None:
    """Looks each second whether the worker is done; says so if it takes too long."""
    waited = time.monotonic() - st.session_state[_asked(photo_id)]
    if any(one.model.id == model_id for one in predictions.of_photo(current_actor(), photo_id)):
        del st.session_state[_asked(photo_id)]
        st.rerun()
    if waited < PATIENCE_S:
        st.info(t("prediction.running", seconds=int(waited)), icon=":material/progress_activity:")
        return
    st.warning(t("prediction.slow"), icon=":material/hourglass_disabled:")
    st.button(t("prediction.again"), key=f"prediction_again_{photo_id}", on_click=ask, args=(photo_id,))


def as_shown(actor: Actor, found: PredictionView, species: str) -> Shown:
    """A stored prediction beside what was found of the same round."""
    low, high = found.scale
    accepted = (found.accepted_by_name or "-", found.accepted_at) if found.accepted_at else None
    return Shown(
        str(found.id), species, found.grade or {}, _intervals(found.scores), _intervals(found.values),
        found.abstained, found.scale, found.model.name, found.model.version, found.model.sha256,
        found.model.trained_on, found.predicted_at, accepted,
        predictions.measured(actor, found.photo_id, scale=f"{low:g}-{high:g}"),
    )  # fmt: skip


def _intervals(stored: Mapping[str, Mapping[str, Any]]) -> dict[str, Interval]:
    return {name: (one["value"], one["low"], one["high"]) for name, one in stored.items()}


def show_verdict(found: PredictionView, shown: Shown) -> None:
    """The grade, whose word it is, and what is not answered."""
    warn_if_generated(shown.trained_on)
    with st.container(horizontal=True, vertical_alignment="center"):
        if found.says_something:
            show_mark(shown)
        if found.is_ai and found.says_something:
            st.button(
                t("prediction.accept"), key=f"prediction_accept_{found.id}", icon=":material/verified:",
                help=t("prediction.accept_help"), on_click=_accept, args=(found.id, found.sample_id),
            )  # fmt: skip
    show_grade(shown)
    show_abstained(shown.abstained)


def _accept(prediction_id: UUID, sample_id: str) -> None:
    if notices.attempt(partial(predictions.accept, current_actor(), prediction_id), form=FORM) is not None:
        notices.tell(t("prediction.now_accepted", id=ids.pretty(sample_id)))


def _show_earlier(found: Sequence[PredictionView]) -> None:
    """What other model versions said before; nothing is ever overwritten."""
    with st.expander(t("prediction.earlier", n=len(found)), icon=":material/history:"):
        numbers(
            {
                t("prediction.when"): [when(one.predicted_at) for one in found],
                t("prediction.model"): [f"{one.model.name} {one.model.version}" for one in found],
                t("prediction.grade"): [grade_text(one) or "-" for one in found],
                t("prediction.accepted_short"): [when(one.accepted_at) for one in found],
            },
            names=4,
        )  # fmt: skip
