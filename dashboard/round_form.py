"""Adding a processing round, changing one, removing the last."""

from functools import partial

import streamlit as st

from core import clock, inputs, recycle_bin, rounds
from core.methods import METHODS
from core.rounds import NewRound
from core.samples import SampleView
from core.samples.views import RoundView
from dashboard import dialogs, notices
from dashboard.language import t
from dashboard.session import current_actor
from dashboard.timeline import round_name

FORM = "round"
REMOVAL = "round_removal"
CONDITIONS = {"temperature_c": "°C", "pressure_mpa": "MPa", "frequency_khz": "kHz"}
WEIGHTS = ("weight_before_g", "weight_after_g")


def show_buttons(sample: SampleView) -> None:
    """Add a round; with rounds there, change any and remove the last."""
    last = sample.rounds[-1]
    fill = {"started_at": dialogs.as_typed(clock.now()), "method": last.method or "deep_aging"}
    with st.container(horizontal=True):
        dialogs.opener(
            FORM, t("round.add"), "add", sample.version, partial(_show_form, sample, len(sample.rounds)), fill=fill,
            title=t("round.add_title", n=len(sample.rounds)),
        )  # fmt: skip
        for part in sample.rounds[1:]:
            dialogs.opener(
                FORM, t("round.change", n=part.seq), "edit", sample.version, partial(_show_form, sample, part.seq),
                fill=_filled(part), name=str(part.seq),
            )  # fmt: skip
        if last.seq:
            dialogs.opener(
                REMOVAL, t("round.remove", n=last.seq), "delete", sample.version, partial(_show_removal, sample)
            )  # fmt: skip


def _filled(part: RoundView) -> dict[str, object]:
    same = {name: getattr(part, name) for name in ("method", "minutes", *CONDITIONS, *WEIGHTS)}
    texts = {name: getattr(part, name) or "" for name in ("device", "note")}
    return same | texts | ({"started_at": dialogs.as_typed(part.started_at)} if part.started_at else {})


def _show_form(sample: SampleView, seq: int) -> None:
    st.selectbox(t("round.method"), list(METHODS), format_func=_method_name, key=dialogs.key(FORM, "method"))
    dialogs.mend(FORM, "method")
    left, right = st.columns(2)
    with left:
        dialogs.ask_instant(FORM, "started_at", f"{t('round.started_at')} *")
    with right:
        st.number_input(
            f"{t('round.minutes')} *", 1, None, None, 1, key=dialogs.key(FORM, "minutes"), help=_usual("minutes")
        )
        dialogs.mend(FORM, "minutes")
    for column, (name, unit) in zip(st.columns(3), CONDITIONS.items(), strict=True):
        with column:
            _ask_number(name, unit)
    for column, name in zip(st.columns(2), WEIGHTS, strict=True):
        with column:
            _ask_number(name, "g")
    st.text_input(t("round.device"), key=dialogs.key(FORM, "device"))
    dialogs.mend(FORM, "device")
    st.text_area(t("round.note"), key=dialogs.key(FORM, "note"), height=80)
    dialogs.mend(FORM, "note")
    dialogs.show_save(FORM, t("form.save"), partial(_save, sample, seq))


def _ask_number(name: str, unit: str) -> None:
    label = f"{t(f'round.{name}')} ({unit})"
    st.number_input(label, value=None, step=None, format="%g", key=dialogs.key(FORM, name), help=_usual(name))
    dialogs.mend(FORM, name)


def _usual(name: str) -> str | None:
    """What is usual for the chosen method."""
    method = METHODS.get(dialogs.value(FORM, "method") or "")
    span = method.usual.get(name) if method else None
    return t("round.usual", minimum=f"{span[0]:,g}", maximum=f"{span[1]:,g}") if span else None


def _save(sample: SampleView, seq: int) -> None:
    before = sample.rounds[seq].started_at if seq < len(sample.rounds) else None
    values = {name: dialogs.value(FORM, name) for name in rounds.FIELDS}
    values["started_at"] = dialogs.instant(FORM, "started_at", before)

    def write(version: int, confirmed: list[str]) -> object:
        given = {name: value for name, value in values.items() if value is not None}
        new = inputs.read(NewRound, given | {"confirmed_warnings": confirmed})
        if seq == len(sample.rounds):
            return rounds.add(current_actor(), sample.id, seq, new)
        return rounds.change(current_actor(), sample.id, seq, new, version)

    dialogs.save(FORM, write, t("round.saved", n=seq))


def _show_removal(sample: SampleView) -> None:
    part = sample.rounds[-1]
    hanging = {"photos": len(part.photos), "evaluations": len(part.evaluations), "values": len(part.measurements)}
    st.markdown(t("round.remove_what", name=round_name(part), **hanging))
    st.text_area(f"{t('round.remove_why')} *", key=dialogs.key(REMOVAL, "reason"), height=80)
    dialogs.mend(REMOVAL, "reason")
    dialogs.show_save(REMOVAL, t("round.remove_now"), partial(_remove, sample), icon="delete")


def _remove(sample: SampleView) -> None:
    seq = sample.rounds[-1].seq
    reason = dialogs.value(REMOVAL, "reason") or ""
    done = t("round.removed", n=seq)
    dialogs.save(
        REMOVAL, lambda version, _: rounds.remove(current_actor(), sample.id, seq, version, reason), done,
        undo=partial(_restore, sample.id, seq),
    )  # fmt: skip


def _restore(sample_id: str, seq: int) -> None:
    """A callback: brings back the round that was removed a moment ago."""
    actor = current_actor()
    removed = [
        item for item in recycle_bin.items(actor).items if (item.sample_id, item.removed_seq) == (sample_id, seq)
    ]
    if removed and notices.attempt(partial(recycle_bin.restore_round, actor, sample_id, removed[0].round_key)):
        notices.tell(t("round.restored", n=seq))


def _method_name(method: str) -> str:
    return t(f"method.{method}")
