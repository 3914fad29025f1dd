"""Writing down one person's scores of a round, changing them, taking them away."""

from functools import partial
from typing import Any
from uuid import UUID

import streamlit as st

from core import clock, evaluations, inputs
from core.evaluations import DAYS, NewEvaluation
from core.samples import SampleView
from core.samples.views import EvaluationView, RoundView
from core.tables.samples import SCORES
from dashboard import dialogs, sample_form
from dashboard.language import language, t, when
from dashboard.sample_view import evaluation_label
from dashboard.session import current_actor
from dashboard.widgets import known_catalogue

FORM = "evaluation"
SCALE = "1-10"


def action(part: RoundView, preparation: str) -> str:
    """The row of data/permissions.csv that these scores are."""
    if preparation == "heated":
        return "evaluation.write_heated"
    return "evaluation.write_processed" if part.seq else "evaluation.write_fresh"


def show_buttons(sample: SampleView, part: RoundView, preparation: str) -> None:
    there = [e for e in part.evaluations if e.preparation == preparation]
    name = f"{part.seq}_{preparation}"
    with st.container(horizontal=True):
        dialogs.opener(
            FORM, t("evaluation.add"), "add", sample.version, partial(_show_new, sample, part, preparation),
            fill=_fresh(there), title=t(f"evaluation.title_{preparation}"), name=name,
        )  # fmt: skip
        if there:
            dialogs.opener(
                FORM, t("evaluation.change"), "edit", sample.version, partial(_show_known, sample, part, preparation),
                fill=_filled(there[0]), title=t(f"evaluation.title_{preparation}"), name=f"{name}_change",
            )  # fmt: skip


def _fresh(there: list[EvaluationView]) -> dict[str, Any]:
    scale = there[-1].scale if there else SCALE
    return {"scale": scale, "day": 0, "replicate": 1, "evaluated_at": dialogs.as_typed(clock.now())}


def _filled(known: EvaluationView) -> dict[str, Any]:
    own = {
        "chosen": known.id, "scale": known.scale, "day": known.day, "replicate": known.replicate,
        "panelist": known.panelist or "", "evaluated_at": dialogs.as_typed(known.evaluated_at),
    }  # fmt: skip
    return own | known.scores


def _show_new(sample: SampleView, part: RoundView, preparation: str) -> None:
    _show_fields(preparation)
    dialogs.show_save(FORM, t("form.save"), partial(_save, sample, part, preparation, None))


def _show_known(sample: SampleView, part: RoundView, preparation: str) -> None:
    there = {e.id: e for e in part.evaluations if e.preparation == preparation}
    if len(there) > 1:
        st.selectbox(
            t("evaluation.whose"), list(there), format_func=lambda key: _long_label(there[key]),
            key=dialogs.key(FORM, "chosen"), on_change=_choose, args=(there, dialogs.key(FORM, "chosen")),
        )  # fmt: skip
    known = there[dialogs.value(FORM, "chosen") or next(iter(there))]
    _show_fields(preparation)
    dialogs.show_save(FORM, t("form.save"), partial(_save, sample, part, preparation, known))
    with st.expander(t("evaluation.remove"), icon=":material/delete:"):
        st.markdown(t("evaluation.remove_what"))
        st.button(
            t("evaluation.remove_now"), key=dialogs.key(FORM, "remove"), on_click=_remove, args=(sample, part, known)
        )  # fmt: skip


def _choose(there: dict[UUID, EvaluationView], key: str) -> None:
    dialogs.begin(FORM, dialogs.opened(FORM).version, _filled(there[st.session_state[key]]))


def _show_fields(preparation: str) -> None:
    scales = {scale.key: scale for scale in known_catalogue().scales}
    st.segmented_control(
        t("evaluation.scale"), list(scales), format_func=lambda key: scales[key].name(language()),
        key=dialogs.key(FORM, "scale"), required=True,
    )  # fmt: skip
    dialogs.mend(FORM, "scale")
    if preparation == "heated":
        days = sorted({*DAYS, dialogs.value(FORM, "day", 0)})
        st.segmented_control(
            t("evaluation.day"), days, format_func=_day_name, key=dialogs.key(FORM, "day"), required=True,
            help=t("evaluation.day_help"),
        )  # fmt: skip
    sample_form.score_sliders(
        SCORES[preparation], scales[dialogs.value(FORM, "scale", SCALE)], partial(dialogs.key, FORM),
        lambda name: dialogs.mend(FORM, f"scores.{name}"),
    )  # fmt: skip
    dialogs.mend(FORM, "scores")
    left, middle, right = st.columns([2, 1, 2])
    with left:
        st.text_input(t("evaluation.panelist"), key=dialogs.key(FORM, "panelist"), help=t("evaluation.panelist_help"))
        dialogs.mend(FORM, "panelist")
    with middle:
        st.number_input(t("evaluation.replicate"), 1, 99, None, 1, key=dialogs.key(FORM, "replicate"))
        dialogs.mend(FORM, "replicate")
    with right:
        dialogs.ask_instant(FORM, "evaluated_at", t("evaluation.evaluated_at"))


def _save(sample: SampleView, part: RoundView, preparation: str, known: EvaluationView | None) -> None:
    scores = {name: dialogs.value(FORM, name) for name in SCORES[preparation]}
    own = {name: dialogs.value(FORM, name) for name in ("scale", "day", "panelist", "replicate")}
    own["evaluated_at"] = dialogs.instant(FORM, "evaluated_at", known.evaluated_at if known else None)
    sent = {name: value for name, value in own.items() if value is not None} | {
        "preparation": preparation,
        "scores": {name: score for name, score in scores.items() if score not in (None, sample_form.NOT_SCORED)},
    }
    target = known.id if known else dialogs.opened(FORM).id

    def write(version: int, confirmed: list[str]) -> object:
        new = inputs.read(NewEvaluation, sent | {"confirmed_warnings": confirmed})
        return evaluations.write(current_actor(), sample.id, part.seq, target, new, version)

    dialogs.save(FORM, write, t("evaluation.saved"))


def _remove(sample: SampleView, part: RoundView, known: EvaluationView) -> None:
    def remove(version: int, _: list[str]) -> object:
        return evaluations.remove(current_actor(), sample.id, part.seq, known.id, version)

    dialogs.save(FORM, remove, t("evaluation.removed"))


def _long_label(evaluation: EvaluationView) -> str:
    return f"{evaluation_label(evaluation)} · {when(evaluation.evaluated_at)}"


def _day_name(day: int) -> str:
    return t("evaluation.day_n", n=day)
