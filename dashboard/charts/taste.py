"""Charts of taste: profiles as radar and bars, lines over minutes and days, changes against the raw sample."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core.statistics import Part
from core.statistics.taste_tables import MINUTE_CLASSES, Row
from dashboard.charts import BLUE, PALETTE, framed
from dashboard.language import t
from dashboard.statistics_page import Draw
from dashboard.widgets import known_catalogue, name_of
from dashboard.width import NARROW
from dashboard.words_of_tables import key_name

SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x", "star", "hexagon", "triangle-down")
APART = 0.06  # between lines that share a place on the axis, so that their intervals do not lie on each other
RADAR, RADAR_NARROW, BARS, BETWEEN = 380, 290, 300, 100  # pixels
ROOM = (0.12, 0.82)  # of the width of a phone: beside it stand the names of the attributes


def profile(part: Part) -> go.Figure:
    """A radar and bars, a colour for each round."""
    return _profiles(part, {"": part.table})


def raw_heated(part: Part) -> go.Figure:
    """The raw profile and the heated one, each as radar and bars."""
    tables = {preparation: part.table[part.table["preparation"] == preparation] for preparation in ("raw", "heated")}
    return _profiles(part, tables)


def minutes(part: Part) -> go.Figure:
    """A line for each attribute over the classes of minutes."""
    there = set(part.table["minutes"])
    names = {key: _class(key) for key in MINUTE_CLASSES if key in there}
    places = dict(zip(names, range(len(names)), strict=True))
    lines = {key_name(part, "attribute", key): own for key, own in part.table.groupby("attribute", sort=False)}
    figure = _lines(part, lines, "minutes", places)
    texts = list(names.values())
    figure.update_xaxes(title=t("taste.axis_minutes"), tickvals=list(range(len(texts))), ticktext=texts, tickangle=0)
    return _scored(framed(figure, 440), part)


def change(part: Part) -> go.Figure:
    """The mean change of each attribute, a bar a round; those that no chance makes are filled."""
    figure, table = go.Figure(), part.table
    for seq, own in table.groupby("round", sort=True):
        rows = own.to_dict("records")
        color = _color(seq)
        figure.add_bar(
            x=[_attribute(row) for row in rows], y=own["change"], name=_round(seq), customdata=own.index,
            error_y=_interval(own, "change"), hovertemplate=[f"{_attribute(row, ' ')}, {_change(row)}" for row in rows],
            text=_stars(own), textposition="inside", insidetextanchor="start",
            marker={
                "color": [color if row["q"] < 0.05 else "rgba(127,127,127,0.15)" for row in rows],
                "line": {"color": color, "width": 1.5},
            },
        )  # fmt: skip
    figure.update_yaxes(title=t("taste.axis_change", scale=_scale(part)), zeroline=True, zerolinewidth=2)
    return framed(figure, 440)


def tenderness(part: Part) -> go.Figure:
    """One attribute over days of storage with a line a round, or over rounds with a line a day."""
    by = part.more["by"]
    other = "round" if by == "day" else "day"
    names = {"round": _round, "day": lambda day: t("taste.one_day", first=day)}
    lines = {names[other](key): own for key, own in part.table.groupby(other, sort=True)}
    there = sorted(part.table[by].unique())
    places = {key: number for number, key in enumerate(there)}
    colors = [_color(key) for key in sorted(part.table[other].unique())] if other == "round" else None
    figure = _lines(part, lines, by, places, colors)
    title = t("taste.axis_day") if by == "day" else t("statistics.round")
    texts = [str(key) if by == "day" else _round(key) for key in there]
    figure.update_xaxes(title=title, tickvals=list(range(len(there))), ticktext=texts)
    figure.update_layout(showlegend=True)
    return _scored(framed(figure, 440), part)


def since_slaughter(part: Part) -> go.Figure:
    """One attribute over the days since slaughter, with the band of its interval."""
    table, figure = part.table, go.Figure()
    days = (table["day_from"] + table["day_to"]) / 2
    for bound, fill in (("low", None), ("high", "tonexty")):
        figure.add_scatter(
            x=days, y=table[bound].fillna(table["mean"]), mode="lines", line={"width": 0}, fill=fill,
            fillcolor="rgba(0,114,178,0.22)", hoverinfo="skip", showlegend=False,
        )  # fmt: skip
    rows = table.to_dict("records")
    figure.add_scatter(
        x=days, y=table["mean"], mode="lines+markers+text", line={"color": BLUE},
        marker=_markers(table, BLUE, "circle"), text=_stars(table), textposition="top center",
        customdata=table.index, showlegend=False,
        hovertemplate=[f"{_days(row)}<br>{_mean(row)}" for row in rows],
    )  # fmt: skip
    figure.update_xaxes(title=t("taste.axis_since_slaughter"), rangemode="tozero")
    return _scored(framed(figure, 420), part)


def _profiles(part: Part, tables: Mapping[str, pd.DataFrame]) -> go.Figure:
    """A radar and bars of each table: beside each other, on phones below."""
    is_narrow, k = bool(st.session_state.get(NARROW)), len(tables)
    places = _places(k, is_narrow=is_narrow)
    specs = [[{"type": "xy"}] * (1 if is_narrow else 2) for _ in range(2 * k if is_narrow else k)]
    for (row, column), _ in places:
        specs[row - 1][column - 1] = {"type": "polar"}
    heights = [RADAR_NARROW, BARS] * k if is_narrow else [RADAR] * k
    height = sum(heights) + BETWEEN * len(heights)
    figure = go.Figure().set_subplots(
        rows=len(specs), cols=len(specs[0]), specs=specs, row_heights=heights, vertical_spacing=BETWEEN / height,
        column_widths=None if is_narrow else [0.42, 0.58], horizontal_spacing=0.18,
    )  # fmt: skip
    lowest, highest = _range(part)
    for (preparation, table), (radar, bars) in zip(tables.items(), places, strict=True):
        for seq, own in table.groupby("round", sort=True):
            _add_round(figure, own, seq, preparation, radar, bars, is_first=table is next(iter(tables.values())))
        if preparation:
            title = {"text": f"<b>{t(f'preparation.{preparation}')}</b>", "showarrow": False}
            domain = figure.get_subplot(*radar).domain
            figure.add_annotation(
                **title, x=0, y=domain.y[1], xref="paper", yref="paper", xanchor="left", yanchor="top", xshift=-30,
            )  # fmt: skip
    figure.update_polars(
        radialaxis={
            "range": [lowest, highest], "angle": 54, "tickangle": 0, "nticks": 6, "showline": False, "ticks": "",
        },
        angularaxis={"rotation": 90, "direction": "clockwise"}, bgcolor="rgba(0,0,0,0)",
    )  # fmt: skip
    figure.update_yaxes(range=[lowest, highest], title=t("taste.axis_score", scale=_scale(part)))
    figure.update_layout(barmode="group")
    figure = framed(figure, height)
    if is_narrow:
        figure.for_each_polar(lambda polar: polar.domain.update(x=ROOM))
    return figure.update_layout(margin={"l": 10 if is_narrow else 90, "r": 10, "t": 80, "b": 20})


def _places(k: int, *, is_narrow: bool) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Row and column of each radar, and of the bars that belong to it."""
    if is_narrow:
        return [((2 * n + 1, 1), (2 * n + 2, 1)) for n in range(k)]
    return [((n + 1, 1), (n + 1, 2)) for n in range(k)]


def _add_round(
    figure: go.Figure, own: pd.DataFrame, seq: Any, preparation: str, radar: tuple[int, int], bars: tuple[int, int], *,
    is_first: bool,
) -> None:  # fmt: skip
    rows, name, color = own.to_dict("records"), _round(seq), _color(seq)
    attributes = [_attribute(row) for row in rows]
    hover = [f"{_attribute(row, ' ')}, {name}<br>{_mean(row)}" for row in rows]
    index = list(own.index)
    figure.add_scatterpolar(
        r=[*own["mean"], own["mean"].iloc[0]], theta=[*attributes, attributes[0]], name=name, legendgroup=name,
        mode="lines+markers", line={"color": color, "width": 2},
        marker={"symbol": SYMBOLS[int(seq) % len(SYMBOLS)], "size": 7, "color": color}, customdata=[*index, index[0]],
        hovertemplate=[*hover, hover[0]], showlegend=False, row=radar[0], col=radar[1],
    )  # fmt: skip
    figure.add_bar(
        x=attributes, y=own["mean"], name=name, legendgroup=name, marker_color=color, error_y=_interval(own),
        customdata=index, hovertemplate=hover, showlegend=is_first, text=_stars(own), textposition="inside",
        insidetextanchor="start", row=bars[0], col=bars[1],
    )  # fmt: skip


def _lines(
    part: Part, lines: Mapping[str, pd.DataFrame], by: str, places: Mapping[Any, int],
    colors: Sequence[str] | None = None,
) -> go.Figure:  # fmt: skip
    """A line each with intervals; the lines stand a little beside each other."""
    figure = go.Figure()
    for number, (name, own) in enumerate(lines.items()):
        color = colors[number] if colors else PALETTE[number % len(PALETTE)]
        shift = APART * (number - (len(lines) - 1) / 2)
        figure.add_scatter(
            x=[places[key] + shift for key in own[by]], y=own["mean"], name=name, error_y=_interval(own),
            mode="lines+markers+text", line={"color": color}, customdata=own.index, text=_stars(own),
            textposition="top center", marker=_markers(own, color, SYMBOLS[number % len(SYMBOLS)]),
            hovertemplate=[f"{name}<br>{_mean(row)}" for row in own.to_dict("records")],
        )  # fmt: skip
    return figure


def _scored(figure: go.Figure, part: Part) -> go.Figure:
    lowest, highest = _range(part)
    step = 1 if highest - lowest <= 10 else None
    return figure.update_yaxes(range=[lowest, highest], dtick=step, title=t("taste.axis_score", scale=_scale(part)))


def _range(part: Part) -> tuple[float, float]:
    """From the scale's lowest score to its highest; of a scale that the catalogue lost, as far as there are scores."""
    scale = next((entry for entry in known_catalogue().scales if entry.key == part.more["scale"]), None)
    if scale is None or scale.minimum is None or scale.maximum is None:
        return float(part.table["min"].min()), float(part.table["max"].max())
    return scale.minimum, scale.maximum


def _scale(part: Part) -> str:
    return name_of("scales", part.more["scale"])


def _color(seq: Any) -> str:
    return PALETTE[int(seq) % len(PALETTE)]


def _round(seq: Any) -> str:
    return t("statistics.round_n", n=int(seq)) if seq else t("taste.round_0")


def _attribute(row: Row, gap: str = "<br>") -> str:
    """On two lines where it has two words."""
    return t(f"score.{row['attribute']}").replace(" ", gap)


def _class(minutes: str) -> str:
    """A class of minutes on an axis that says the unit: two lines are short enough for a phone."""
    return minutes.replace("over_", "> ").replace("_", "-<br>")


def _interval(table: pd.DataFrame, of: str = "mean") -> dict[str, Any]:
    return {"type": "data", "array": table["high"] - table[of], "thickness": 1.5, "width": 4, "color": "#7a7a7a"}


def _markers(table: pd.DataFrame, color: str, symbol: str) -> dict[str, Any]:
    """Hollow where there are too few animals."""
    return {
        "symbol": [f"{symbol}-open" if is_small else symbol for is_small in table["is_small"]],
        "color": color,
        "size": 9,
    }


def _stars(table: pd.DataFrame) -> list[str]:
    return ["*" if is_small else "" for is_small in table["is_small"]]


def _mean(row: Row) -> str:
    key = "taste.hover" if row["low"] == row["low"] else "taste.hover_few"  # NaN is not itself
    return f"{t(key, **row)}<extra></extra>"


def _change(row: Row) -> str:
    key = "taste.hover_change" if row["low"] == row["low"] else "taste.hover_change_few"
    tested = f"<br>{t('taste.hover_tested', **row)}" if row["q"] == row["q"] else ""
    return f"{_round(row['round'])}<br>{t(key, **row)}{tested}<extra></extra>"


def _days(row: Row) -> str:
    key = "taste.one_day" if row["day_from"] == row["day_to"] else "taste.days"
    return t(key, first=row["day_from"], last=row["day_to"])


FIGURES: dict[str, Draw] = {
    "profile": profile,
    "minutes": minutes,
    "change": change,
    "raw_heated": raw_heated,
    "tenderness": tenderness,
    "since_slaughter": since_slaughter,
}
