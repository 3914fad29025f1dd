"""The rounds of a sample as a time line: what was done in each, and what of it is still missing."""

from datetime import timedelta

import streamlit as st

from core.samples import SampleView
from core.samples.views import RoundView
from dashboard.language import plain, t, when


def choose_round(sample: SampleView) -> RoundView:
    """Which round's photo and values are shown: raw, 1, 2 ..."""
    if len(sample.rounds) == 1:
        return sample.rounds[0]
    key = f"sample_round_{sample.id}"
    if st.session_state.get(key, 0) >= len(sample.rounds):  # it has been removed
        del st.session_state[key]
    seq = st.segmented_control(
        t("sample.round"), [part.seq for part in sample.rounds], required=True, default=0,
        format_func=short_round, key=key, label_visibility="collapsed",
    )  # fmt: skip
    return sample.rounds[seq or 0]


def total(sample: SampleView) -> str:
    """All rounds in one breath: "3 rounds / 40 min"."""
    minutes = sum(part.minutes or 0 for part in sample.rounds)
    return t("sample.rounds_total", n=len(sample.rounds) - 1, minutes=f"{minutes:,}")


def show_timeline(sample: SampleView) -> None:
    name = f"**{t('sample.timeline')}**"
    st.markdown(f"{name} · {total(sample)}" if sample.rounds[1:] else name)
    for part in sample.rounds:
        with st.container(border=True, gap="xxsmall"):
            st.markdown(f"**{round_name(part)}**")
            st.caption(_conditions(sample, part))
            if part.note:
                st.text(part.note)
            show_completeness(part)


def show_completeness(part: RoundView) -> None:
    """A mark and a word for each thing that a complete round has."""
    there = ":green-badge[:material/check_circle: {}]"
    missing = ":gray-badge[:material/radio_button_unchecked: {}]"
    marks = [(there if has else missing).format(t(f"sample.has_{name}")) for name, has in completeness(part).items()]
    st.markdown(" ".join(marks))


def completeness(part: RoundView) -> dict[str, bool]:
    return {
        "photo": part.photo() is not None,
        "raw_scores": any(e.preparation == "raw" for e in part.evaluations),
        "heated_scores": any(e.preparation == "heated" for e in part.evaluations),
        "laboratory": bool(part.measurements),
    }


def round_name(part: RoundView) -> str:
    if part.seq == 0:
        return t("sample.raw")
    return t("sample.round_n", n=part.seq, method=t(f"method.{part.method}"), minutes=f"{part.minutes or 0:,}")


def short_round(seq: int) -> str:
    return t("sample.raw") if seq == 0 else t("sample.round_short", n=seq)


def place_name(seq: int, preparation: str) -> str:
    """Which photo of a sample: "Raw", "Round 2", "Round 2 · Heated"."""
    return short_round(seq) if preparation == "raw" else f"{short_round(seq)} · {t('preparation.heated')}"


def _conditions(sample: SampleView, part: RoundView) -> str:
    """When it began, and at what temperature, pressure and frequency, where known."""
    if part.seq == 0:
        return t("sample.slaughtered", day=sample.slaughtered_on.isoformat())
    since = (part.started_at or sample.received_at).date() - sample.slaughtered_on
    known = [
        when(part.started_at),
        t("sample.days_after_slaughter", days=max(0, since // timedelta(days=1))),
        *(
            f"{value:g} {unit}"
            for value, unit in (
                (part.temperature_c, "°C"), (part.pressure_mpa, "MPa"), (part.frequency_khz, "kHz"),
            )
            if value is not None
        ),
        *([plain(part.device)] if part.device else []),
    ]  # fmt: skip
    return " · ".join(known)
