"""Charts of predictions: the ten scores of one photo, predicted against measured, a table of hits and misses."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard.charts import BLUE, GRADES, ORANGE, PALETTE, framed
from dashboard.language import t
from dashboard.widgets import name_of
from dashboard.width import NARROW

Interval = tuple[float, float, float]  # value, low, high

MEASURED, GREY = PALETTE[5], "#8a8a8a"
BAND = "rgba(0, 114, 178, 0.22)"
DEPTHS = [[0.0, "#f3f7fa"], [0.5, "#6ea3c8"], [1.0, "#0b3d63"]]
MOST_POINTS_WITH_BARS = 400  # beyond that the intervals hide the points


def grades(probabilities: Mapping[str, float], species: str, measured: str | None = None) -> go.Figure:
    """One bar a grade, its probability in percent; a mark stands at the grade that the carcass was given."""
    classes = list(probabilities)
    names = [name_of("grades", key, species) for key in classes]
    percents = [100 * probabilities[key] for key in classes]
    figure = go.Figure()
    figure.add_bar(
        x=percents, y=names, orientation="h", showlegend=False, textposition="outside", cliponaxis=False,
        marker={"color": [GRADES[key] for key in classes], "line": {"color": "rgba(127,127,127,0.6)", "width": 0.5}},
        text=[f"{percent:.0f} %" for percent in percents], hovertemplate="%{y}: %{x:.1f} %<extra></extra>",
    )  # fmt: skip
    if measured in classes:
        name = name_of("grades", measured, species)
        figure.add_scatter(
            x=[0], y=[name], mode="markers", name=t("prediction.graded", grade=name), cliponaxis=False,
            marker={"symbol": "diamond", "size": 13, "color": MEASURED, "line": {"color": "white", "width": 1.5}},
            hovertemplate=t("prediction.graded", grade=name) + "<extra></extra>",
        )  # fmt: skip
        figure.update_layout(showlegend=True)
    figure.update_yaxes(type="category", categoryorder="array", categoryarray=names, autorange="reversed")
    figure.update_xaxes(range=[0, 112], title=t("prediction.probability"), tickvals=[0, 25, 50, 75, 100])
    return framed(figure, 120 + 32 * len(classes))


def radar(
    scores: Mapping[str, Interval], scale: tuple[float, float], measured: Mapping[str, float] | None = None
) -> go.Figure:  # fmt: skip
    """All scores on one scale: a line through what is predicted, the band of the intervals, marks at what people gave.

    A score that the model does not answer, or that nobody gave, is left out of its line.
    """
    names = list(scores)
    around = [_axis(name) for name in names]
    low, high, value = ([scores[name][place] for name in names] for place in (1, 2, 0))
    figure = go.Figure()
    bare: dict[str, Any] = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    figure.add_scatterpolar(r=_closed(low), theta=_closed(around), showlegend=False, **bare)
    figure.add_scatterpolar(
        r=_closed(high), theta=_closed(around), fill="tonext", fillcolor=BAND, name=t("prediction.interval"), **bare
    )
    said = [f"{score:.1f} ({a:.1f} - {b:.1f})" for score, a, b in zip(value, low, high, strict=True)]
    figure.add_scatterpolar(
        r=_closed(value), theta=_closed(around), mode="lines+markers", name=t("prediction.predicted"),
        line={"color": BLUE, "width": 2.5}, marker={"size": 7, "color": BLUE}, text=_closed(said),
        hovertemplate="%{theta}: %{text}<extra></extra>",
    )  # fmt: skip
    given = {name: score for name, score in (measured or {}).items() if name in scores}
    if given:
        figure.add_scatterpolar(
            r=list(given.values()), theta=[_axis(name) for name in given], mode="markers",
            name=t("prediction.measured"), hovertemplate="%{theta}: %{r:.1f}<extra></extra>",
            marker={"size": 11, "color": ORANGE, "symbol": "diamond", "line": {"color": "#5a3a00", "width": 1}},
        )  # fmt: skip
    grid = {"gridcolor": "rgba(127,127,127,0.35)", "linecolor": "rgba(127,127,127,0.35)"}
    small = {"size": 11 if st.session_state.get(NARROW) else 12}
    figure.update_polars(
        bgcolor="rgba(0,0,0,0)",
        radialaxis={"range": list(scale), "tickfont": {"size": 10}, "angle": 90, "tickangle": 90, "nticks": 6, **grid},
        angularaxis={"direction": "clockwise", "rotation": 90, "tickfont": small, "type": "category", **grid},
    )  # fmt: skip
    return framed(figure, 440).update_layout(margin={"l": 75, "r": 75, "t": 70, "b": 35}, showlegend=True)


def against(rows: pd.DataFrame, axis: str, span: tuple[float, float] | None, names: Sequence[str]) -> go.Figure:
    """What was predicted over what was measured, a mark a photo; on the line the two are the same.

    Args:
        rows: columns measured, predicted, low, high.
        span: what both axes show; what there is, where it is None.
        names: of the photos, shown as one points at a mark.
    """
    low, high = span or _span(rows)
    figure = go.Figure()
    figure.add_scatter(
        x=[low, high], y=[low, high], mode="lines", name=t("prediction.no_difference"), hoverinfo="skip",
        line={"color": GREY, "dash": "dash", "width": 1.5},
    )  # fmt: skip
    bars: dict[str, Any] = {
        "type": "data", "symmetric": False, "array": (rows["high"] - rows["predicted"]).clip(lower=0),
        "arrayminus": (rows["predicted"] - rows["low"]).clip(lower=0), "thickness": 1, "width": 0,
        "color": "rgba(0, 114, 178, 0.2)",
    }  # fmt: skip
    figure.add_scatter(
        x=rows["measured"], y=rows["predicted"], mode="markers", name=t("prediction.photos"),
        error_y=bars if len(rows) <= MOST_POINTS_WITH_BARS else None, customdata=list(rows.index),
        marker={"color": BLUE, "size": 8, "opacity": 0.7},
        hovertemplate=[
            f"{name}<br>{t('prediction.measured')} {row['measured']:.2f}<br>{t('prediction.predicted')} "
            f"{row['predicted']:.2f} ({row['low']:.2f} - {row['high']:.2f})<extra></extra>"
            for name, row in zip(names, rows.to_dict("records"), strict=True)
        ],
    )  # fmt: skip
    figure.update_xaxes(title=f"{t('prediction.measured')}: {axis}", range=[low, high])
    figure.update_yaxes(title=f"{t('prediction.predicted')}: {axis}", range=[low, high])
    return framed(figure.update_layout(showlegend=True), 480)


def confusion(counts: Sequence[Sequence[int]], classes: Sequence[str]) -> go.Figure:
    """A cell for each pair of a true and a predicted grade: how many photos, and their share of the true grade."""
    table = np.asarray(counts, float)
    totals = table.sum(axis=1, keepdims=True)
    share = np.divide(table, totals, out=np.zeros_like(table), where=totals > 0)
    names = [name_of("grades", key) for key in classes]
    text = [
        [f"{int(n):,}<br>{100 * part:.0f} %" if n else "" for n, part in zip(row, parts, strict=True)]
        for row, parts in zip(table, share, strict=True)
    ]
    figure = go.Figure(
        go.Heatmap(
            z=100 * share, x=names, y=names, text=text, texttemplate="%{text}", colorscale=DEPTHS, zmin=0, zmax=100,
            xgap=2, ygap=2, showscale=False, customdata=table, textfont={"size": 12},
            hovertemplate=f"{t('prediction.true_grade')} %{{y}}, {t('prediction.predicted_grade')} %{{x}}: "
            "%{customdata:,.0f} (%{z:.1f} %)<extra></extra>",
        )
    )  # fmt: skip
    figure.update_xaxes(title=t("prediction.predicted_grade"), type="category", side="bottom", showgrid=False)
    rows = [f"{name}  n = {int(n):,}" for name, n in zip(names, totals[:, 0], strict=True)]
    figure.update_yaxes(
        title=t("prediction.true_grade"), type="category", autorange="reversed", showgrid=False,
        tickvals=names, ticktext=rows,
    )  # fmt: skip
    return framed(figure, 130 + 62 * len(classes))


def _axis(name: str) -> str:
    """A score as it is written around a circle: long names take two lines."""
    return t(f"score.{name}").replace(" ", "<br>")


def _closed(items: Sequence[Any]) -> list[Any]:
    return [*items, *items[:1]]


def _span(rows: pd.DataFrame) -> tuple[float, float]:
    """What both axes show: all values and their intervals, with a little room."""
    ends = rows[["measured", "predicted", "low", "high"]].to_numpy(float)
    low, high = float(np.nanmin(ends)), float(np.nanmax(ends))
    room = 0.04 * (high - low) or 1.0
    return low - room, high + room
