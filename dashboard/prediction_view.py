"""The prediction of a photo: one button, then what the live model says of it and how far it may be off."""

import time
from functools import partial
from uuid import UUID

import streamlit as st

from core import predictions
from core.predictions import PredictionView
from core.samples.views import RoundView
from dashboard import charts, notices
from dashboard.language import t, when
from dashboard.session import current_actor
from dashboard.widgets import empty, numbers

PATIENCE_S = 60
FORM = "prediction"
GENERATED = "generated photos"


def show_predictions(part: RoundView) -> None:
    photo = part.photo()
    if photo is None:
        empty("prediction.no_photo")
        return
    known = predictions.of_photo(current_actor(), photo.id)
    if known:
        show_prediction(known[0], part)
        return
    if f"prediction_asked_{photo.id}" in st.session_state:
        wait_for(photo.id)
        return
    st.markdown(t("prediction.what"))
    st.button(
        t("prediction.run"), key=f"prediction_run_{photo.id}", type="primary", icon=":material/insights:",
        on_click=ask, args=(photo.id,),
    )  # fmt: skip


def ask(photo_id: UUID) -> None:
    notices.attempt(partial(predictions.request, current_actor(), photo_id), form=FORM)
    st.session_state[f"prediction_asked_{photo_id}"] = time.monotonic()


@st.fragment(run_every=1.0)
def wait_for(photo_id: UUID) -> None:
    """Looks each second whether the worker is done; says so if it takes too long."""
    waited = time.monotonic() - st.session_state[f"prediction_asked_{photo_id}"]
    if predictions.of_photo(current_actor(), photo_id):
        del st.session_state[f"prediction_asked_{photo_id}"]
        st.rerun()
    if waited < PATIENCE_S:
        st.info(t("prediction.running", seconds=int(waited)), icon=":material/progress_activity:")
        return
    st.warning(t("prediction.slow"), icon=":material/hourglass_disabled:")
    st.button(
        t("prediction.again"), key=f"prediction_again_{photo_id}", on_click=ask, args=(photo_id,)
    )  # fmt: skip


def show_prediction(prediction: PredictionView, part: RoundView) -> None:
    model = prediction.model
    if model.trained_on == GENERATED:
        st.warning(t("prediction.trained_on_generated"), icon=":material/science:")
    if prediction.grade:
        st.plotly_chart(
            charts.grade_probabilities(prediction.grade), key=f"grade_{prediction.id}", config=charts.CONFIG
        )
    if prediction.scores:
        numbers(scores_table(prediction, part))
    if prediction.abstained:
        names = ", ".join(t(f"score.{name}") for name in prediction.abstained)
        st.info(f"{t(f'prediction.reason_{prediction.reason}')} {t('prediction.abstained', names=names)}")
    made = {"name": model.name, "version": model.version, "when": when(prediction.predicted_at)}
    st.caption(t("prediction.made_by", hash=model.sha256[:12], **made))


def scores_table(prediction: PredictionView, part: RoundView) -> dict[str, list[str]]:
    """Predicted beside measured where one person scored the raw photo on the same scale."""
    measured = next((e for e in part.evaluations if e.preparation == "raw"), None)
    columns = ("attribute", "predicted", "interval", "measured", "difference")
    rows = []
    for name, score in prediction.scores.items():
        seen = measured.scores.get(name) if measured and measured.scale == score["scale"] else None
        beside = ("-", "-") if seen is None else (f"{seen:.1f}", f"{score['value'] - seen:+.1f}")
        rows.append((t(f"score.{name}"), f"{score['value']:.1f}", f"{score['low']:.1f} - {score['high']:.1f}", *beside))
    return {
        t(f"prediction.{column}"): list(cells) for column, cells in zip(columns, zip(*rows, strict=True), strict=True)
    }
