"""The report of a model version: how good it is on animals it has never seen, beside guessing and beside hand-made
features, and where it is not to be believed. Any part may be missing.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from dashboard import charts, report_file
from dashboard.charts import predictions, reports
from dashboard.charts.reports import figure_text
from dashboard.language import language, plain, t
from dashboard.photo_layers import inline, show_layers
from dashboard.prediction_parts import target_name
from dashboard.report_words import (
    GRADE_FIGURES,
    NUMBER_FIGURES,
    SHARES,
    about,
    doubtful,
    figure_name,
    group_name,
    in_order,
    truth_text,
)
from dashboard.widgets import empty, numbers

Report = Mapping[str, Any]
AIM = 0.8  # what the intervals are made to hold


def show_report(report: Report, key: str) -> None:
    """Its parts behind tabs, what it says of itself first, and the whole as files."""
    _warn(report)
    parts: dict[str, tuple[bool, Callable[[], None]]] = {
        "grade": (bool(report.get("grade")), lambda: _show_grade(report["grade"], key)),
        "scores": (bool(report.get("scores")), lambda: _show_numbers(in_order(report["scores"]), f"{key}_scores")),
        "values": (bool(report.get("values")), lambda: _show_numbers(in_order(report["values"]), f"{key}_values")),
        "groups": (any(report.get("groups", {}).values()), lambda: _show_groups(report["groups"])),
        "worst": (bool(report.get("worst")), lambda: _show_worst(report["worst"], key)),
        "about": (True, lambda: _show_about(report, key)),
    }
    there = {name: draw for name, (is_there, draw) in parts.items() if is_there}
    tabs = st.tabs([t(f"models.part_{name}") for name in there], key=f"report_{key}")
    for tab, draw in zip(tabs, there.values(), strict=True):
        with tab:
            draw()
    _downloads(report, key)


def _warn(report: Report) -> None:
    """Where it is no better than what needs no model."""
    names = [target_name(target) for target in doubtful(report)]
    if names:
        st.warning(plain(t("models.no_better", names=", ".join(names))), icon=":material/do_not_disturb_on:")


def _show_grade(grade: Report, key: str) -> None:
    if "accuracy" in grade:
        told = {name: figure_text(grade.get(name), percent=True) for name in ("accuracy", "within_one")}
        st.markdown(f"**{plain(t('models.grade_says', kappa=figure_text(grade.get('kappa'), 2), **told))}**")
    st.caption(t("models.n", photos=grade.get("n", 0), animals=grade.get("animals", 0)))
    lines = [(figure_name(name), _sides(grade, name, "majority")) for name in GRADE_FIGURES if grade.get(name)]
    if lines:
        _chart(reports.beside_baselines(lines, t("models.axis_figure")), f"{key}_grade_sides",
               t("models.beside_baselines"))  # fmt: skip
        st.caption(t("models.about_sides"))
        numbers(_sides_table(lines))
    left, right = st.columns(2, gap="medium")
    if grade.get("confusion"):
        with left:
            st.markdown(f"**{t('models.confusion')}**")
            figure = predictions.confusion(grade["confusion"], grade["classes"])
            _chart(figure, f"{key}_confusion", t("models.confusion"))
    if grade.get("calibration"):
        with right:
            st.markdown(f"**{t('models.calibration')}**")
            _chart(reports.calibration(grade["calibration"]), f"{key}_calibration", t("models.calibration"))
            if grade.get("log_loss") is not None:
                st.caption(t("models.log_loss", loss=f"{grade['log_loss']:.3f}"))


def _show_numbers(targets: Mapping[str, Report], key: str) -> None:
    """Scores, or values: each target beside both baselines, its intervals, what is gained by answering less."""
    figures = [name for name in NUMBER_FIGURES if any(part.get(name) for part in targets.values())]
    if not figures:
        empty("models.no_figures")
        return
    names = {name: figure_name(name) for name in figures}
    shown = st.segmented_control(
        t("models.figure"), list(names), format_func=names.__getitem__, key=f"{key}_figure", default=figures[0],
        required=True,
    )  # fmt: skip
    lines = [(target_name(target), _sides(part, shown, "mean")) for target, part in targets.items()]
    _chart(reports.beside_baselines(lines, figure_name(shown)), f"{key}_sides", t("models.beside_baselines"))
    st.caption(t(f"models.about_{shown}"))
    numbers(_numbers_table(targets))
    held = [(target_name(target), part["coverage"]) for target, part in targets.items() if part.get("coverage")]
    curves = {target_name(target): part["curve"] for target, part in targets.items() if part.get("curve")}
    left, right = st.columns(2, gap="medium")
    if held:
        with left:
            st.markdown(f"**{t('models.held')}**")
            _chart(reports.coverage(held, AIM), f"{key}_held", t("models.held"))
    if curves:
        with right:
            st.markdown(f"**{t('models.curve')}**")
            _chart(reports.error_over_coverage(curves, figure_name("mae")), f"{key}_curve", t("models.curve"))


def _sides(part: Report, figure: str, guess: str) -> dict[str, Any]:
    """A figure of the model and of both baselines."""
    baselines = part.get("baselines", {})
    return {
        "model": _given(part.get(figure)),
        "features": _given(baselines.get("features", {}).get(figure)),
        "guess": _given(baselines.get(guess, {}).get(figure)),
    }


def _given(figure: Any) -> Any:
    return figure if figure and figure.get("value") is not None else None


def _sides_table(lines: Sequence[tuple[str, Mapping[str, Any]]]) -> dict[str, list[str]]:
    table = {t("models.figure"): [name for name, _ in lines]}
    for side in reports.SIDES:
        table[t(f"models.side_{side}")] = [figure_text(found[side]) for _, found in lines]
    return table


def _numbers_table(targets: Mapping[str, Report]) -> dict[str, list[str]]:
    """All figures of all targets, and whether the model answers."""
    parts = list(targets.values())
    table = {
        t("models.target"): [target_name(target) for target in targets],
        "n": [f"{part.get('n', 0):,}" for part in parts],
        t("column.animals"): [f"{part.get('animals', 0):,}" for part in parts],
    }
    for name in (*NUMBER_FIGURES, "coverage"):
        if any(part.get(name) for part in parts):
            percent = name in SHARES
            table[figure_name(name)] = [figure_text(part.get(name), percent=percent) for part in parts]
    if any("width" in part for part in parts):
        table[t("models.width")] = [f"{part['width']:.2f}" if part.get("width") else "-" for part in parts]
    table[t("models.answers")] = [t("models.yes" if part.get("answers", True) else "models.no") for part in parts]
    return table


def _show_groups(groups: Mapping[str, Sequence[Report]]) -> None:
    for kind, rows in groups.items():
        if not rows:
            continue
        st.markdown(f"**{t(f'models.by_{kind}')}**")
        numbers(
            {
                t(f"models.by_{kind}"): [group_name(kind, row["group"]) for row in rows],
                "n": [f"{row.get('n', 0):,}" for row in rows],
                t("column.animals"): [f"{row.get('animals', 0):,}" for row in rows],
                figure_name("accuracy"): [_percent(row.get("accuracy")) for row in rows],
                figure_name("within_one"): [_percent(row.get("within_one")) for row in rows],
                t("models.marbling_mae"): [_plain(row.get("marbling_mae")) for row in rows],
            }
        )


def _show_worst(worst: Sequence[Report], key: str) -> None:
    st.caption(t("models.about_worst"))
    for start in range(0, len(worst), 4):
        for number, (column, one) in enumerate(zip(st.columns(4), worst[start : start + 4], strict=False), start):
            with column.container(border=True):
                if one.get("thumbnail"):
                    address = inline(base64.b64decode(one["thumbnail"]))
                    show_layers(address, t("models.worst_alt", n=number + 1), f"{key}_worst_{number}")
                st.markdown(f"**{plain(target_name(one['target']))}**")
                told = {side: truth_text(one["target"], one[side]) for side in ("truth", "predicted")}
                st.caption(plain(t("models.worst_says", **told)))


def _show_about(report: Report, key: str) -> None:
    rows = about(report, signs=24)
    st.table({t("sample.field"): [name for name, _ in rows], t("models.is"): [plain(said) for _, said in rows]},
             border="horizontal", hide_index=True, hide_header=True)  # fmt: skip
    if report.get("losses"):
        st.markdown(f"**{t('models.losses')}**")
        _chart(reports.learning(report["losses"]), f"{key}_losses", t("models.losses"))
    if report.get("left_out"):
        with st.expander(t("models.left_out_n", n=len(report["left_out"])), icon=":material/filter_alt_off:"):
            st.text("\n".join(map(str, report["left_out"])))


def _downloads(report: Report, key: str) -> None:
    stem = f"meatlab_{report.get('name', 'model')}_{report.get('version', '')}".rstrip("_")
    with st.container(horizontal=True, key=f"report_files_{key}"):
        st.download_button(
            t("models.as_html"), partial(report_file.as_html, language(), report), f"{stem}.html", "text/html",
            key=f"{key}_html", on_click="ignore", icon=":material/download:",
        )  # fmt: skip
        st.download_button(
            "JSON", partial(report_file.as_json, report), f"{stem}.json", "application/json", key=f"{key}_json",
            on_click="ignore", icon=":material/data_object:",
        )  # fmt: skip


def _chart(figure: go.Figure, key: str, alt: str) -> None:
    st.plotly_chart(figure, key=key, config=charts.CONFIG, alt=alt)


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
