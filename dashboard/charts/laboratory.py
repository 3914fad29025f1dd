"""Charts of one laboratory measure: its histogram, its groups, what lies far from the others."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core import ids
from core.measurements import measures
from core.statistics import Part
from dashboard.charts import BLUE, GRADES, ORANGE, PALETTE, framed
from dashboard.charts.laboratory_measures import replicates, small, summary, tongue, wrapped
from dashboard.language import language, t
from dashboard.words_of_tables import key_name

GREEN, GREY, RED = PALETTE[2], "#8a8a8a", PALETTE[5]
BAND = "rgba(0, 158, 115, 0.18)"
SPECIES = {"cattle": BLUE, "pig": ORANGE}
LEAST_SEEN = 0.004  # of the highest density
GOLDEN = 0.61803398875  # steps of this spread points evenly, and the same way each time


def distribution(part: Part) -> go.Figure:
    """Bars as wide as their bins, on the usual range, with the median."""
    table, more = part.table, part.more
    middle, decimals = (table["bin_from"] + table["bin_to"]) / 2, more["decimals"]
    bars = go.Bar(
        x=middle, y=table["n"], width=table["bin_to"] - table["bin_from"], customdata=table.index, showlegend=False,
        marker={"color": BLUE, "line": {"color": "rgba(255,255,255,0.6)", "width": 0.5}},
        hovertemplate=[
            f"{row['bin_from']:.{decimals}f} - {row['bin_to']:.{decimals}f}<br>n = {row['n']:,} "
            f"({100 * row['share']:.1f} %)<br>{t('statistics.n_animals', n=row['animals'])}, "
            f"{t('statistics.n_samples', n=row['samples'])}<extra></extra>"
            for row in table.to_dict("records")
        ],
    )  # fmt: skip
    figure = go.Figure(bars)
    edges = (float(table["bin_from"].iloc[0]), float(table["bin_to"].iloc[-1]))
    if more["usual"]:
        low, high = more["usual"]
        figure.add_vrect(low, high, fillcolor=BAND, line_width=0, layer="below", showlegend=True, name=_usual_name())
    median = {"x": [more["median"]] * 2, "y": [0, int(table["n"].max())], "name": t("column.median")}
    figure.add_scatter(**median, mode="lines", line={"color": ORANGE, "width": 2.5, "dash": "dash"}, hoverinfo="skip")
    figure.update_xaxes(title=axis(part), range=seen(edges, more["usual"]))
    figure.update_yaxes(title=t("laboratory.axis_values"), rangemode="tozero")
    return framed(figure, 440)


def box(part: Part) -> go.Figure:
    """A group a line: above how the values are spread, then the box with the mean and its interval, below points."""
    figure, rows, drawn = go.Figure(), part.table.to_dict("records"), part.more["drawn"]
    for place, (row, drawing) in enumerate(zip(rows, drawn, strict=True)):
        color = _group_color(part.more["by"], row["group"])
        _add_usual(figure, drawing["usual"], place, place == 0)
        _add_violin(figure, drawing["violin"], place, color)
        _add_points(figure, drawing, place, color)
        figure.add_box(
            y=[place + 0.02], q1=[row["q1"]], median=[row["median"]], q3=[row["q3"]], orientation="h", width=0.16,
            lowerfence=[drawing["whiskers"][0]], upperfence=[drawing["whiskers"][1]], showlegend=False,
            fillcolor=color, line={"color": GREY, "width": 1.5}, customdata=[place], hoverinfo="skip", name="",
        )  # fmt: skip
    _add_means(figure, part, rows)
    names = [
        f"{wrapped(group_name(part, row['group']))}{' *' if row['is_small'] else ''}<br>"
        + small(f"n = {row['n']:,} ({row['animals']:,})")
        for row in rows
    ]
    figure.update_yaxes(
        tickvals=list(range(len(rows))), ticktext=names, range=[len(rows) - 0.45, -0.6], showgrid=False, zeroline=False
    )
    ends = min(row["min"] for row in rows), max(row["max"] for row in rows)
    figure.update_xaxes(title=axis(part), range=seen(ends, *(drawing["usual"] for drawing in drawn)))
    return framed(figure, 150 + 84 * len(rows))


def outliers(part: Part) -> go.Figure:
    """A cut a line: its limits, some of its values, and those beyond the limits."""
    groups, table = part.more["groups"], part.table
    place = {group["secondary_cut"]: n for n, group in enumerate(groups)}
    values = [(x, n + jitter) for n, group in enumerate(groups) for x, jitter in _jittered(group["points"], 0.26)]
    figure = go.Figure()
    if part.more["usual"]:
        low, high = part.more["usual"]
        figure.add_vrect(low, high, fillcolor=BAND, line_width=0, layer="below", showlegend=True, name=_usual_name())
    figure.add_scatter(
        x=[x for x, _ in values], y=[y for _, y in values], mode="markers", name=t("laboratory.some_values"),
        marker={"color": GREY, "size": 4, "opacity": 0.45}, hoverinfo="skip",
    )  # fmt: skip
    _add_limits(figure, groups)
    figure.add_scatter(
        x=table["value"], y=[place[cut] for cut in table["secondary_cut"]], mode="markers", customdata=table.index,
        name=t("laboratory.part_outliers"), marker={"color": RED, "size": 9, "symbol": "diamond"},
        hovertemplate=[
            f"{row['sample']}<br>{row['value']:g} ({row['distance']:+.1f} × 1.4826 MAD)<extra></extra>"
            for row in table.to_dict("records")
        ],
    )  # fmt: skip
    names = [
        f"{wrapped(key_name(part, 'secondary_cut', group['secondary_cut']))}  "
        + small(f"{group['outliers']:,} / {group['n']:,}")
        for group in groups
    ]
    figure.update_yaxes(
        tickvals=list(range(len(groups))), ticktext=names, range=[len(groups) - 0.4, -0.6], showgrid=False,
        zeroline=False,
    )  # fmt: skip
    far = [*table["value"], *(x for x, _ in values), *_known(groups, "low"), *_known(groups, "high")]
    figure.update_xaxes(title=axis(part), range=seen((min(far), max(far)), part.more["usual"]))
    return framed(figure, 150 + 34 * len(groups))


def axis(part: Part) -> str:
    """The measure with its unit."""
    name, unit = measures()[part.more["measure"]][language()], part.more["unit"]
    return f"{name} ({unit})" if unit else str(name)


def group_name(part: Part, group: Any) -> str:
    if part.more["by"] == "round":
        return t("statistics.round_n", n=group) if group else t("statistics.round_raw")
    return key_name(part, "group", group)


def seen(ends: tuple[float, float], *ranges: tuple[float, float] | None) -> list[float]:
    """What an axis shows: all values, and ends of usual ranges that are not farther off than the values are apart."""
    low, high = ends
    span = (high - low) or abs(high) or 1.0
    near = [limit for both in ranges if both for limit in both if low - span <= limit <= high + span]
    return [min(low, *near, low) - 0.04 * span, max(high, *near, high) + 0.04 * span]


def _usual_name() -> str:
    return t("laboratory.usual")


def _group_color(by: str, group: Any) -> str:
    return {"grade": GRADES, "species": SPECIES}.get(by, {}).get(group, BLUE)


def _add_usual(figure: go.Figure, usual: tuple[float, float] | None, place: int, is_first: bool) -> None:
    if usual:
        figure.add_shape(
            type="rect", x0=usual[0], x1=usual[1], y0=place - 0.5, y1=place + 0.5, fillcolor=BAND, line_width=0,
            layer="below", showlegend=is_first, name=_usual_name(),
        )  # fmt: skip


def _add_violin(figure: go.Figure, violin: tuple[Any, Any] | None, place: int, color: str) -> None:
    if violin is None:
        return
    grid, density = violin[0], np.where(violin[1] > LEAST_SEEN, violin[1], 0)
    figure.add_scatter(
        x=[*grid, grid[-1], grid[0]], y=[*(place - 0.1 - 0.34 * density), place - 0.1, place - 0.1], mode="lines",
        fill="toself", fillcolor=color, opacity=0.45, line={"width": 0}, hoverinfo="skip",
        showlegend=False,
    )  # fmt: skip


def _add_points(figure: go.Figure, drawing: Mapping[str, Any], place: int, color: str) -> None:
    """Some values within the whiskers, and those beyond, which name their sample."""
    near = _jittered(drawing["points"], 0.1)
    figure.add_scatter(
        x=[x for x, _ in near], y=[place + 0.26 + y for _, y in near], mode="markers", showlegend=False,
        customdata=[place] * len(near), hoverinfo="skip", marker={"color": color, "size": 4, "opacity": 0.5},
    )  # fmt: skip
    far, samples = _jittered(drawing["far"], 0.1), map(ids.pretty, drawing["far_ids"])
    figure.add_scatter(
        x=[x for x, _ in far], y=[place + 0.26 + y for _, y in far], mode="markers", showlegend=False,
        customdata=[place] * len(far),
        marker={"color": "rgba(0,0,0,0)", "size": 6, "line": {"color": RED, "width": 1}},
        hovertemplate=[f"{sample}: {x:g}<extra></extra>" for (x, _), sample in zip(far, samples, strict=True)],
    )  # fmt: skip


def _add_means(figure: go.Figure, part: Part, rows: Sequence[Mapping[Any, Any]]) -> None:
    decimals, table = part.more["decimals"], part.table
    half = (table["high"] - table["mean"]).fillna(0)
    places = [place + 0.02 for place in range(len(rows))]
    for color, thickness in (("#222222", 5), ("#ffffff", 2)):  # one of them is seen on any ground
        figure.add_scatter(
            x=table["mean"], y=places, mode="markers", marker={"opacity": 0}, hoverinfo="skip", showlegend=False,
            error_x={"type": "data", "array": half, "color": color, "thickness": thickness, "width": 0},
        )  # fmt: skip
    figure.add_scatter(
        x=table["mean"], y=places, mode="markers", customdata=table.index, name=t("laboratory.mean_interval"),
        marker={"symbol": "diamond", "color": "#ffffff", "size": 9, "line": {"color": "#222222", "width": 1.5}},
        hovertemplate=[
            t("laboratory.hover_group", group=group_name(part, row["group"]), n=row["n"], animals=row["animals"],
              **{name: f"{row[name]:.{decimals}f}" for name in ("mean", "low", "high", "q1", "median", "q3")})
            + "<extra></extra>"
            for row in rows
        ],
    )  # fmt: skip


def _add_limits(figure: go.Figure, groups: Sequence[Mapping[str, Any]]) -> None:
    """A bracket around what is not far, and a line at the median."""
    judged = [(n, group) for n, group in enumerate(groups) if not np.isnan(group["low"])]
    x: list[float | None] = []
    y: list[float | None] = []
    for n, group in judged:
        low, high = group["low"], group["high"]
        x += [low, low, None, low, high, None, high, high, None]
        y += [n - 0.3, n + 0.3, None, n, n, None, n - 0.3, n + 0.3, None]
    limits = {"x": x, "y": y, "mode": "lines", "name": t("laboratory.limits")}
    figure.add_scatter(**limits, line={"color": BLUE, "width": 2}, hoverinfo="skip")
    figure.add_scatter(
        x=[group["median"] for group in groups], y=list(range(len(groups))), mode="markers", name=t("column.median"),
        marker={"symbol": "line-ns", "size": 14, "line": {"color": ORANGE, "width": 3}},
        hovertemplate=[f"{group['median']:g}<br>n = {group['n']:,}<extra></extra>" for group in groups],
    )  # fmt: skip


def _jittered(values: Any, width: float) -> list[tuple[float, float]]:
    """Values with places beside a line, so that equal ones can be told apart."""
    return [(float(x), width * (2 * ((n + 1) * GOLDEN % 1) - 1)) for n, x in enumerate(values)]


def _known(groups: Sequence[Mapping[str, Any]], end: str) -> list[float]:
    return [group[end] for group in groups if not np.isnan(group[end])]


FIGURES = {
    "distribution": distribution,
    "box": box,
    "outliers": outliers,
    "replicates": replicates,
    "summary": summary,
    "tongue": tongue,
}
