"""One sample: its photo first, its rounds as a time line, everything known of it, and what one may do."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from core import ids, samples
from core.samples import SampleView
from core.samples.views import RoundView
from dashboard import (
    bin_actions,
    evaluation_form,
    history_view,
    measurement_sheet,
    navigation,
    notices,
    photo_form,
    round_form,
)  # fmt: skip
from dashboard.laboratory_view import show_measurements
from dashboard.language import t
from dashboard.prediction_view import show_predictions
from dashboard.sample_view import find_sample, show_facts, show_photo, show_review, show_rounds, show_scores, show_trace
from dashboard.session import current_actor
from dashboard.timeline import choose_round, round_name, show_timeline
from dashboard.widgets import badges, cut_name, empty


def show_actions(sample: SampleView, allowed: frozenset[str]) -> None:
    """What one may do with the sample as a whole."""
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        if "sample.edit" in allowed or sample.is_own:  # who comes too late may ask for the change there
            label = t("sample.edit" if "sample.edit" in allowed else "sample.ask_change")
            st.page_link(navigation.to("edit"), label=label, icon=":material/edit:", query_params={"id": sample.id})
        if "sample.submit_again" in allowed:
            st.button(
                t("sample.submit_again"), key="sample_submit_again", icon=":material/send:", type="primary",
                on_click=submit_again, args=(sample,),
            )  # fmt: skip
        if "review.approve" in allowed:
            st.page_link(navigation.to("review_queue"), label=t("sample.review"), icon=":material/rule:")
        if "label.print" in allowed:
            st.page_link(
                navigation.to("labels"),
                label=t("labels.open"),
                icon=":material/label:",
                query_params={"ids": sample.id},
            )
        bin_actions.show_remove(sample)


def submit_again(sample: SampleView) -> None:
    done = notices.attempt(partial(samples.submit_again, current_actor(), sample.id, sample.version))
    if done is not None:
        notices.tell(t("sample.submitted_again", id=ids.pretty(sample.id)))


def show_evaluations(sample: SampleView, part: RoundView, preparation: str, allowed: frozenset[str]) -> None:
    st.markdown(f"**{round_name(part)}**")
    show_scores(part, preparation)
    if evaluation_form.action(part, preparation) in allowed:
        evaluation_form.show_buttons(sample, part, preparation)


def show_processed(sample: SampleView, allowed: frozenset[str]) -> None:
    if len(sample.rounds) == 1:
        empty("sample.no_rounds")
    else:
        show_rounds(sample)
    if "sample.create_processed" in allowed:
        round_form.show_buttons(sample)
    for part in sample.rounds[1:]:
        show_evaluations(sample, part, "raw", allowed)


def show_heated(sample: SampleView, allowed: frozenset[str]) -> None:
    for part in sample.rounds:
        show_evaluations(sample, part, "heated", allowed)


def show_laboratory(sample: SampleView, allowed: frozenset[str]) -> None:
    for part in sample.rounds:
        st.markdown(f"**{round_name(part)}**")
        show_measurements(sample, part)
        if "measurement.write" in allowed:
            with st.container(horizontal=True):
                for preparation in ("raw", "heated"):
                    measurement_sheet.show_button(sample, part, preparation)


def show_all_photos(sample: SampleView, part: RoundView, allowed: frozenset[str]) -> None:
    photo_form.show_photos(sample)
    if "photo.add" in allowed:
        photo_form.show_button(sample, part)


def show_prediction(sample: SampleView, part: RoundView) -> None:
    st.markdown(f"**{round_name(part)}**")
    show_predictions(sample, part)


def show_all_facts(sample: SampleView) -> None:
    show_facts(sample)
    show_review(sample)


def show_tabs(sample: SampleView, part: RoundView, allowed: frozenset[str]) -> None:
    tabs: dict[str, Callable[[], None]] = {
        "facts": partial(show_all_facts, sample),
        "raw": partial(show_evaluations, sample, sample.rounds[0], "raw", allowed),
        "processed": partial(show_processed, sample, allowed),
        "heated": partial(show_heated, sample, allowed),
        "laboratory": partial(show_laboratory, sample, allowed),
        "photos": partial(show_all_photos, sample, part, allowed),
    }
    if "prediction.run" in allowed:
        tabs["predictions"] = partial(show_prediction, sample, part)
    tabs["trace"] = partial(show_trace, sample)
    if "audit.view" in allowed:
        tabs["history"] = partial(history_view.show, sample)
    names = [t(f"sample.tab_{name}") for name in tabs]
    for tab, show_one in zip(st.tabs(names, key=f"sample_tabs_{sample.id}"), tabs.values(), strict=True):
        with tab:
            show_one()


def show(sample: SampleView, allowed: frozenset[str]) -> None:
    st.title(f"{ids.pretty(sample.id)} · {cut_name(sample)}", anchor=False)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        badges(sample)
        show_actions(sample, allowed)
    if sample.status == "rejected":
        show_review(sample)
    left, right = st.columns([5, 3], gap="medium")
    with left:
        part = choose_round(sample)
        show_photo(sample, part)
        if part.photo("heated") is not None:
            show_photo(sample, part, "heated")
    with right:
        show_timeline(sample)
    show_tabs(sample, part, allowed)


found = find_sample()
if found is None:
    empty("sample.not_found")
    st.page_link(navigation.to("home"), label=t("home.title"), icon=":material/home:")
else:
    show(found, samples.allowed(current_actor(), found.id))
