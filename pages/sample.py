"""One sample: its photo first, its rounds, its scores and measurements, what models say, who decided what."""

from functools import partial

import streamlit as st

from core import ids, policy, samples
from core.errors import NotFound
from core.samples import SampleView
from core.samples.views import RoundView
from dashboard import navigation
from dashboard.language import t, when
from dashboard.prediction_view import show_predictions
from dashboard.sample_view import show_facts, show_measurements, show_photo, show_scores
from dashboard.session import current_actor
from dashboard.widgets import badges, cut_name, empty, name_of


def find() -> SampleView | None:
    sample_id = ids.parse(st.query_params.get("id", ""))
    try:
        return samples.get(current_actor(), sample_id) if sample_id else None
    except NotFound:
        return None


def choose_round(sample: SampleView) -> RoundView:
    """The time line: raw, 1, 2 ... with what was done in each."""
    if len(sample.rounds) == 1:
        return sample.rounds[0]
    total = sum(part.minutes or 0 for part in sample.rounds)
    st.caption(t("sample.rounds_total", n=len(sample.rounds) - 1, minutes=total))
    seq = st.segmented_control(
        t("sample.round"), [part.seq for part in sample.rounds], required=True, default=0,
        format_func=partial(round_name, sample), key=f"sample_round_{sample.id}", label_visibility="collapsed",
    )  # fmt: skip
    return sample.rounds[seq or 0]


def round_name(sample: SampleView, seq: int) -> str:
    part = sample.rounds[seq]
    return t("sample.raw") if seq == 0 else t("sample.round_n", n=seq, minutes=part.minutes or 0)


def show_round(part: RoundView) -> None:
    if part.seq:
        st.caption(
            t(
                "sample.round_facts", method=t(f"method.{part.method}"), started=when(part.started_at),
                temperature=_given(part.temperature_c), pressure=_given(part.pressure_mpa),
                frequency=_given(part.frequency_khz),
            )
        )  # fmt: skip


def _given(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


def show_review(sample: SampleView) -> None:
    review = sample.last_review
    if review is None:
        empty("sample.no_review")
        return
    st.markdown(f"**{t(f'status.{review.decision}')}** · {review.reviewed_by} · {when(review.reviewed_at)}")
    if review.reason:
        st.markdown(f"**{name_of('reject_reasons', review.reason)}**")
        st.text(review.text or "")


def show(sample: SampleView) -> None:
    actor = current_actor()
    st.title(f"{ids.pretty(sample.id)} · {cut_name(sample)}", anchor=False)
    badges(sample)
    part = choose_round(sample)
    left, right = st.columns([3, 2], gap="large")
    with left:
        show_photo(sample, part)
        show_round(part)
    with right:
        may_predict = policy.may_ever(actor.role, "prediction.run")
        names = ["facts", "raw", "heated", "laboratory", *(["predictions"] if may_predict else []), "review"]
        tabs = dict(zip(names, st.tabs([t(f"sample.tab_{name}") for name in names]), strict=True))
        with tabs["facts"]:
            show_facts(sample)
        with tabs["raw"]:
            show_scores(part, "raw")
        with tabs["heated"]:
            show_scores(part, "heated")
        with tabs["laboratory"]:
            show_measurements(part)
        if may_predict:
            with tabs["predictions"]:
                show_predictions(part)
        with tabs["review"]:
            show_review(sample)


found = find()
if found is None:
    empty("sample.not_found")
    st.page_link(navigation.to("home"), label=t("home.title"), icon=":material/home:")
else:
    show(found)
