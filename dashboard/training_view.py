"""Training a model on the approved samples: the options, the runs and how far they are, and how to do it elsewhere."""

from functools import partial
from uuid import UUID

import streamlit as st

from core import clock, training_runs, words
from core.policy import Actor
from core.training_runs import TrainingOptions, TrainingRunView
from dashboard import dialogs, navigation, notices
from dashboard.language import plain, t, when
from dashboard.report_words import seconds_text
from dashboard.sample_filter import names_of
from dashboard.session import current_actor
from dashboard.widgets import empty, known_catalogue

FORM = "training"
EVERY_S = 2.0
STATES = {
    "waiting": ("gray", "hourglass_top"), "running": ("blue", "progress_activity"), "done": ("green", "check_circle"),
    "failed": ("red", "error"), "cancelled": ("gray", "cancel"),
}  # fmt: skip
FIELDS = ("name", "scale", "epochs", "side", "seed")
SIDES = (128, 160, 192, 224, 256, 288, 320, 384, 448)


def show_training(actor: Actor) -> None:
    st.caption(t("training.what"))
    dialogs.opener(
        FORM, t("training.start"), "model_training", 0, _ask, kind="primary", title=t("training.start"),
        fill=TrainingOptions().model_dump(),
    )  # fmt: skip
    known = training_runs.browse(actor)
    st.subheader(t("training.runs"), anchor=False)
    if not known:
        empty("training.no_runs")
    for run in known:
        _show_run(actor, run)


def _ask() -> None:
    st.text_input(t("training.name") + " *", key=dialogs.key(FORM, "name"), max_chars=40, help=t("training.name_help"))
    dialogs.mend(FORM, "name")
    left, right = st.columns(2)
    with left:
        st.number_input(
            t("training.epochs"), 1, 200, step=1, key=dialogs.key(FORM, "epochs"), help=t("training.epochs_help")
        )
        dialogs.mend(FORM, "epochs")
    with right:
        st.number_input(t("training.seed"), 0, 2**31 - 1, step=1, key=dialogs.key(FORM, "seed"),
                        help=t("training.seed_help"))  # fmt: skip
        dialogs.mend(FORM, "seed")
    st.select_slider(t("training.side"), SIDES, key=dialogs.key(FORM, "side"), help=t("training.side_help"))
    dialogs.mend(FORM, "side")
    scales = names_of(known_catalogue().scales)
    st.selectbox(t("evaluation.scale"), list(scales), format_func=scales.__getitem__, key=dialogs.key(FORM, "scale"),
                 help=t("training.scale_help"))  # fmt: skip
    for field in ("scale", "training"):
        dialogs.mend(FORM, field)
    dialogs.show_save(FORM, t("training.start"), _start, icon="play_arrow")


def _start() -> None:
    given = {name: value for name in FIELDS if (value := dialogs.value(FORM, name)) is not None}
    dialogs.save(FORM, lambda *_: training_runs.start(current_actor(), given), t("training.started"))


def _show_run(actor: Actor, run: TrainingRunView) -> None:
    with st.container(border=True, key=f"training_{run.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(str(run.options.get('name', '-')))}**", width="content")
            color, icon = STATES[run.state]
            st.badge(t(f"prediction_batch.state_{run.state}"), color=color, icon=f":material/{icon}:")  # type: ignore[arg-type]
        st.caption(plain(" · ".join(_facts(actor, run))))
        if run.error:
            st.error(t(f"error.{run.error}"), icon=":material/error:")
        if run.model is not None:
            st.page_link(
                navigation.to("models"), label=t("training.to_report", name=f"{run.model.name} {run.model.version}"),
                icon=":material/assessment:", query_params={"version": str(run.model.id)},
            )  # fmt: skip
        if not run.is_finished:
            _wait_for(actor, run.id)


def _facts(actor: Actor, run: TrainingRunView) -> list[str]:
    names = {
        "epochs": t("training.epochs"), "side": t("training.side"), "seed": t("training.seed"),
        "scale": t("evaluation.scale"),
    }  # fmt: skip
    told = [f"{label} {run.options[name]}" for name, label in names.items() if run.options.get(name) is not None]
    facts = [when(run.requested_at), *told]
    return facts if run.requested_by == actor.id else [*facts, run.requested_by_name]


@st.fragment(run_every=EVERY_S)
def _wait_for(actor: Actor, run_id: UUID) -> None:
    """How far it is and how long it may take yet; the whole page is drawn again once it is finished."""
    run = training_runs.get(actor, run_id)
    if run.is_finished:
        st.rerun()
    if run.state == "waiting" or not run.total:
        waited = int((clock.now() - run.requested_at).total_seconds())
        st.progress(0.0, t("prediction_batch.waiting", seconds=waited))
    else:
        said = [_step(run.word), f"{100 * run.done / run.total:.0f} %"]
        if run.seconds_left is not None:
            said.append(t("training.left", time=seconds_text(run.seconds_left)))
        st.progress(min(run.done / run.total, 1.0), plain(" · ".join(filter(None, said))))
    st.caption(t("training.may_leave"))
    st.button(
        t("training.cancel"), key=f"training_cancel_{run_id}", icon=":material/cancel:", on_click=_cancel,
        args=(run_id,),
    )  # fmt: skip


def _step(word: str | None) -> str:
    """What a training is at; what has no words is not said."""
    return t(f"training.{word}") if word and words.has(f"training.{word}") else ""


def _cancel(run_id: UUID) -> None:
    if notices.attempt(partial(training_runs.cancel, current_actor(), run_id)) is not None:
        notices.tell(t("training.cancelled"))
