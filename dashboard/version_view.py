"""Model versions: which there are, which is live, what was live when, and changing that."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from core import model_versions, policy
from core.model_versions import ModelInfo, ModelView, Promotion
from core.policy import Actor
from dashboard import dialogs, notices
from dashboard.charts.reports import figure_text
from dashboard.language import plain, t, when
from dashboard.prediction_parts import GENERATED
from dashboard.report_words import figure_name, trained_on
from dashboard.session import current_actor
from dashboard.widgets import empty, numbers

PROMOTE, BACK = "model_promote", "model_back"
VERSION = "version"  # in the address
# What tells most of a version: part of its report, figure, whether it is a share.
TOLD = (("grade", "accuracy", True), ("grade", "kappa", False), ("marbling", "r2", False), ("flavor", "r2", False))


def name_text(version: ModelView | ModelInfo) -> str:
    return f"{version.name} {version.version}"


def show_live(actor: Actor, versions: Sequence[ModelView], known: Sequence[Promotion]) -> None:
    """What answers now, and, for a manager, the way back to what answered before."""
    live = next((version for version in versions if version.is_live), None)
    if live is None:
        empty("models.none_live")
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="models_live"):
        with st.container(gap=None, width="stretch"):
            st.markdown(f":material/sensors: {t('models.live_now', name=plain(name_text(live)))}")
            if known:
                st.caption(t("models.since", when=when(known[0].at)))
        before = next((one.model for one in known if one.model.id != live.id), None)
        if before is not None and policy.may_ever(actor.role, "model.promote"):
            dialogs.opener(
                BACK, t("models.back"), "undo", 0, partial(_ask_back, live, before), title=t("models.back_title"),
            )  # fmt: skip


def _ask_back(live: ModelView, before: ModelInfo) -> None:
    st.markdown(plain(t("models.will_be_live", new=name_text(before), old=name_text(live))))
    st.caption(t("models.what_stays"))
    done = t("models.now_live", name=plain(name_text(before)))
    action = partial(
        dialogs.save, BACK, lambda *_: model_versions.roll_back(current_actor(), live.id), done, undo=_undo_to(live)
    )
    dialogs.show_save(BACK, t("models.back_to", name=name_text(before)), action, icon="undo")


def show_version(actor: Actor, version: ModelView, live: ModelView | None, *, is_shown: bool) -> None:
    """One version as a card: what it is, its main figures, and what can be done with it."""
    with st.container(border=True, key=f"model_{version.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(name_text(version))}**", width="content")
            if version.is_live:
                st.badge(t("models.live"), color="green", icon=":material/sensors:")
            if version.trained_on == GENERATED:
                st.badge(t("models.on_generated"), color="violet", icon=":material/science:")
        st.caption(plain(" · ".join(_facts(version))))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                t("models.report_shown" if is_shown else "models.report"), key=f"model_report_{version.id}",
                icon=":material/assessment:", disabled=is_shown, on_click=choose, args=(version,),
            )  # fmt: skip
            if not version.is_live and policy.may_ever(actor.role, "model.promote"):
                dialogs.opener(
                    PROMOTE, t("models.promote"), "publish", 0, partial(_ask_promote, version, live),
                    name=str(version.id), title=t("models.promote_title"),
                )  # fmt: skip


def choose(version: ModelView) -> None:
    st.query_params[VERSION] = str(version.id)


def _facts(version: ModelView) -> list[str]:
    """Where it comes from, and how good it was on animals it had never seen."""
    told = [str(trained_on(version.trained_on)), when(version.created_at)]
    data = version.report.get("data") or {}
    if data.get("photos"):
        told.append(t("models.n", photos=data["photos"], animals=data.get("animals", 0)))
    for target, figure, is_share in TOLD:
        part = _part(version.report, target)
        if (part.get(figure) or {}).get("value") is not None:
            name = figure_name(figure) if target == "grade" else f"{t(f'score.{target}')} {figure_name(figure)}"
            told.append(f"{name} {figure_text({'value': part[figure]['value']}, 2, percent=is_share)}")
    return told


def _part(report: Mapping[str, Any], target: str) -> Mapping[str, Any]:
    part = report.get("grade") if target == "grade" else report.get("scores", {}).get(target)
    return part or {}


def _ask_promote(version: ModelView, live: ModelView | None) -> None:
    """Names what will happen before it does."""
    new = name_text(version)
    told = t("models.will_be_live", new=new, old=name_text(live)) if live else t("models.will_be_first", new=new)
    st.markdown(plain(told))
    st.caption(t("models.what_stays"))
    if version.trained_on == GENERATED:
        st.warning(t("prediction.trained_on_generated"), icon=":material/science:")
    st.text_input(t("models.reason"), key=dialogs.key(PROMOTE, "reason"), max_chars=300)
    dialogs.mend(PROMOTE, "reason")
    dialogs.show_save(PROMOTE, t("models.promote"), partial(_promote, version, live), icon="publish")


def _promote(version: ModelView, live: ModelView | None) -> None:
    reason = dialogs.value(PROMOTE, "reason")
    dialogs.save(
        PROMOTE, lambda *_: model_versions.promote(current_actor(), version.id, reason),
        t("models.now_live", name=plain(name_text(version))), undo=_undo_to(live) if live else None,
    )  # fmt: skip


def _undo_to(version: ModelView) -> partial[None]:
    return partial(_make_live_again, version)


def _make_live_again(version: ModelView) -> None:
    """A callback: takes back what was just promoted."""
    if notices.attempt(lambda: model_versions.promote(current_actor(), version.id, None)) is not None:
        notices.tell(t("models.now_live", name=plain(name_text(version))))


def show_history(known: Sequence[Promotion]) -> None:
    """What was live from when to when, and who decided it; newest first."""
    if not known:
        empty("models.none_live")
        return
    ends = [None, *(one.at for one in known[:-1])]
    numbers(
        {
            t("models.from"): [when(one.at) for one in known],
            t("models.until"): [when(end) if end else t("models.live") for end in ends],
            t("models.version"): [name_text(one.model) for one in known],
            t("models.by"): [one.by_name or t("models.by_product") for one in known],
            t("models.reason_given"): [one.reason or "-" for one in known],
        },
        names=5,
    )  # fmt: skip
