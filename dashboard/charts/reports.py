"""Charts of a model's report: against both baselines, how sure it may be, what is gained by saying nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from dashboard.charts import BLUE, ORANGE, PALETTE, framed
from dashboard.language import t
from dashboard.width import NARROW

Figure = Mapping[str, float]  # value and, where known, low and high of its 95 % interval

GREY = "#8a8a8a"
# Who is compared -> colour and sign: told apart without colours, too.
SIDES = {"model": (BLUE, "circle"), "features": (ORANGE, "diamond"), "guess": (PALETTE[6], "square")}
APART = {"model": -0.22, "features": 0.0, "guess": 0.22}


def beside_baselines(lines: Sequence[tuple[str, Mapping[str, Figure | None]]], axis: str) -> go.Figure:
    """A line a figure: the model's value with its interval, and under it those of the baselines.

    Args:
        lines: what a line is called, and of each side its value, or None.
    """
    figure = go.Figure()
    for side, (color, symbol) in SIDES.items():
        drawn = [(place, name, found[side]) for place, (name, found) in enumerate(lines) if found.get(side)]
        if not drawn:
            continue
        values = [each["value"] for _, _, each in drawn if each]
        figure.add_scatter(
            x=values, y=[place + APART[side] for place, _, _ in drawn], mode="markers", name=t(f"models.side_{side}"),
            marker={"color": color, "symbol": symbol, "size": 10}, error_x=_whiskers([e for _, _, e in drawn if e]),
            hovertemplate=[f"{name}, {t(f'models.side_{side}')}: {figure_text(each)}<extra></extra>"
                           for _, name, each in drawn],
        )  # fmt: skip
    places = list(range(len(lines)))
    figure.update_yaxes(
        tickvals=places, ticktext=[name for name, _ in lines], range=[len(lines) - 0.5, -0.5], showgrid=False,
        zeroline=False, automargin=True,
    )  # fmt: skip
    figure.update_xaxes(title=axis)
    return framed(figure.update_layout(showlegend=True), 150 + 46 * len(lines))


def calibration(bins: Sequence[Mapping[str, float]]) -> go.Figure:
    """How often the model was right, over how sure it was; on the line it may be believed."""
    filled = [one for one in bins if one["n"]]
    most = max((one["n"] for one in filled), default=1)
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 100], y=[0, 100], mode="lines", name=t("models.perfect"), hoverinfo="skip",
        line={"color": GREY, "dash": "dash", "width": 1.5},
    )  # fmt: skip
    figure.add_scatter(
        x=[100 * one["predicted"] for one in filled], y=[100 * one["observed"] for one in filled],
        mode="lines+markers", name=t("models.side_model"), line={"color": BLUE, "width": 1.5},
        marker={"color": BLUE, "size": [8 + 18 * (one["n"] / most) ** 0.5 for one in filled], "opacity": 0.75},
        hovertemplate=[
            t("models.calibration_hover", sure=one["predicted"], right=one["observed"], n=int(one["n"]))
            + "<extra></extra>"
            for one in filled
        ],
    )  # fmt: skip
    figure.update_xaxes(title=t("models.axis_sure"), range=[-3, 103], ticksuffix=" %")
    figure.update_yaxes(title=t("models.axis_right"), range=[-3, 103], ticksuffix=" %")
    return framed(figure.update_layout(showlegend=True), 420)


def error_over_coverage(curves: Mapping[str, Sequence[Mapping[str, float]]], axis: str) -> go.Figure:
    """How the mean error falls as the model keeps to the photos that it is surest of; a line a target."""
    figure = go.Figure()
    dashes = ("solid", "dash", "dot", "dashdot")
    for number, (name, curve) in enumerate(curves.items()):
        figure.add_scatter(
            x=[100 * one["coverage"] for one in curve], y=[one["mae"] for one in curve], mode="lines", name=name,
            line={"color": PALETTE[number % 7], "width": 2.2, "dash": dashes[number // 7]},
            hovertemplate=f"{name}: %{{x:.0f}} %, %{{y:.3f}}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title=t("models.axis_coverage"), range=[0, 101], ticksuffix=" %")
    figure.update_yaxes(title=axis, rangemode="tozero")
    rows = -(-len(curves) // (2 if st.session_state.get(NARROW) else 5))
    figure = framed(figure.update_layout(showlegend=True), 400 + 22 * rows)
    return figure.update_layout(margin={"t": 30 + 24 * rows})


def coverage(lines: Sequence[tuple[str, Figure]], aim: float) -> go.Figure:
    """Of each target, how many true values lay inside the interval, beside what the intervals are made to hold."""
    figure = go.Figure()
    figure.add_vline(100 * aim, line={"color": GREY, "dash": "dash", "width": 1.5})
    figure.add_scatter(
        x=[100 * each["value"] for _, each in lines], y=[name for name, _ in lines], mode="markers",
        marker={"color": BLUE, "size": 10}, error_x=_whiskers([each for _, each in lines], 100), showlegend=False,
        hovertemplate=[f"{name}: {figure_text(each, percent=True)}<extra></extra>" for name, each in lines],
    )  # fmt: skip
    figure.update_yaxes(type="category", autorange="reversed", automargin=True)
    figure.update_xaxes(title=t("models.axis_held", aim=aim), ticksuffix=" %")
    return framed(figure, 110 + 32 * len(lines))


def learning(losses: Sequence[Mapping[str, float]]) -> go.Figure:
    """The loss of each epoch: of photos learnt from, and of photos set aside, where the training looks for its end."""
    figure, epochs = go.Figure(), list(range(1, len(losses) + 1))
    for side, color, dash in (("train", BLUE, "solid"), ("aside", ORANGE, "dash")):
        figure.add_scatter(
            x=epochs, y=[one.get(side) for one in losses], mode="lines+markers", name=t(f"models.loss_{side}"),
            line={"color": color, "dash": dash, "width": 2}, hovertemplate="%{x}: %{y:.3f}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title=t("training.epochs"), dtick=1 if len(epochs) < 20 else None)
    figure.update_yaxes(title=t("models.axis_loss"))
    return framed(figure.update_layout(showlegend=True), 320)


def figure_text(figure: Figure | None, decimals: int = 3, *, percent: bool = False) -> str:
    """A value with its interval: "0.78 (0.74 - 0.82)"; "-" for none."""
    if not figure or figure.get("value") is None:
        return "-"
    factor, decimals = (100, 1) if percent else (1, decimals)
    unit = " %" if percent else ""
    value = f"{factor * figure['value']:.{decimals}f}{unit}"
    if figure.get("low") is None or figure.get("high") is None:
        return value
    return f"{value} ({factor * figure['low']:.{decimals}f} - {factor * figure['high']:.{decimals}f})"


def _whiskers(figures: Sequence[Figure], factor: float = 1) -> dict[str, Any]:
    def reach(each: Figure, end: str) -> float:
        return factor * abs((each[end] if each.get(end) is not None else each["value"]) - each["value"])

    return {
        "type": "data", "symmetric": False, "array": [reach(each, "high") for each in figures],
        "arrayminus": [reach(each, "low") for each in figures], "thickness": 1.8, "width": 4,
    }  # fmt: skip
