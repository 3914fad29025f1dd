"""Charts of many laboratory measures: their replicates, their places in the usual ranges, the electronic tongue."""

import textwrap
from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from core.statistics import Part
from core.statistics.laboratory_values import TONGUE
from dashboard.charts import BLUE, ORANGE, framed
from dashboard.language import t
from dashboard.words_of_tables import key_name

GREY = "#8a8a8a"
BAND = "rgba(0, 158, 115, 0.18)"
NAME_WIDTH = 26
ROUNDS = (0.25, 0.9)  # of a scale whose ends are lost on a dark or a white ground


def replicates(part: Part) -> go.Figure:
    """A bar a measure: how many percent its replicates vary by, beside how many they may; below the electronic tongue,
    of which only the standard deviation means something.
    """
    is_tongue = part.table["measure"].isin(TONGUE)
    tables = [table for table in (part.table[~is_tongue], part.table[is_tongue]) if len(table)]
    figure = go.Figure().set_subplots(
        rows=len(tables), cols=1, row_heights=[len(table) + 1 for table in tables], vertical_spacing=0.1
    )
    for place, table in enumerate(tables, 1):
        if table["measure"].isin(TONGUE).any():
            _add_deviations(figure, part, table, place)
        else:
            _add_variations(figure, part, table, place)
    figure.update_yaxes(type="category", autorange="reversed", automargin=True)
    return framed(figure, 150 + 80 * len(tables) + 36 * len(part.table))


def _add_variations(figure: go.Figure, part: Part, table: pd.DataFrame, place: int) -> None:
    limited = table[table["cv_limit"].notna()]
    _add_bars(figure, part, table, "cv", [f"{cv:.1f} %" for cv in table["cv"]], place)
    figure.add_scatter(
        y=_names(part, limited), x=limited["cv_limit"], mode="markers", name=t("column.cv_limit"), showlegend=True,
        marker={"symbol": "line-ns", "size": 18, "line": {"color": ORANGE, "width": 3}},
        hovertemplate="%{x:g} %<extra></extra>", row=place, col=1,
    )  # fmt: skip
    figure.update_xaxes(title=t("laboratory.axis_cv"), ticksuffix=" %", row=place, col=1)


def _add_deviations(figure: go.Figure, part: Part, table: pd.DataFrame, place: int) -> None:
    _add_bars(figure, part, table, "sd", [f"{sd:.2f}" for sd in table["sd"]], place)
    figure.update_xaxes(title=t("laboratory.axis_sd", unit=table["unit"].iloc[0]), row=place, col=1)


def _add_bars(figure: go.Figure, part: Part, table: pd.DataFrame, column: str, told: list[str], place: int) -> None:
    """Bars with what they say and their n behind them, and behind the mark of a limit."""
    rows, names = table.to_dict("records"), _names(part, table)
    ends = table[[column, "cv_limit"]].max(axis=1)
    figure.add_bar(
        y=names, x=table[column], orientation="h", marker_color=BLUE, customdata=table.index, showlegend=False,
        hovertemplate=[_spread(row) for row in rows], row=place, col=1,
    )  # fmt: skip
    figure.add_scatter(
        y=names, x=ends, mode="text", textposition="middle right", cliponaxis=False, hoverinfo="skip",
        text=[f"  {said}  (n = {row['sets']:,})" for said, row in zip(told, rows, strict=True)], showlegend=False,
        row=place, col=1,
    )  # fmt: skip
    figure.update_xaxes(range=[0, 2 * max(ends.max(), 1e-9)], row=place, col=1)


def summary(part: Part) -> go.Figure:
    """A line a measure, on the scale of its usual range: all values, the middle half, the median."""
    table = part.table[part.table["usual_low"].notna()]
    rows, names = table.to_dict("records"), _names(part, table)
    figure = go.Figure()
    figure.add_vrect(0, 100, fillcolor=BAND, line_width=0, layer="below", showlegend=True, name=t("laboratory.usual"))
    for (begin, end), width, color, name in (
        (("min", "max"), 2, GREY, t("laboratory.all_values")), (("q1", "q3"), 9, BLUE, t("laboratory.middle_half")),
    ):  # fmt: skip
        figure.add_scatter(
            x=[place for row in rows for place in (_place(row, begin), _place(row, end), None)],
            y=[name for name in names for _ in range(3)], mode="lines", line={"color": color, "width": width},
            name=name, hoverinfo="skip",
        )  # fmt: skip
    figure.add_scatter(
        x=[_place(row, "median") for row in rows], y=names, mode="markers", customdata=table.index,
        name=t("column.median"), marker={"color": "#ffffff", "size": 10, "line": {"color": "#222222", "width": 1.5}},
        hovertemplate=[_figures(row) for row in rows],
    )  # fmt: skip
    for row, name in zip(rows, names, strict=True):
        text = f"{100 * row['share_outside']:.1f} %"
        figure.add_annotation(x=1, xref="paper", y=name, text=text, showarrow=False, xanchor="right", yshift=13)
    ends = [0.0, 100.0, *(_place(row, end) for row in rows for end in ("min", "max"))]
    span = max(ends) - min(ends)
    figure.update_yaxes(type="category", autorange="reversed", automargin=True, showgrid=False)
    figure.update_xaxes(
        title=t("laboratory.axis_place"), ticksuffix=" %", zeroline=False,
        range=[min(ends) - 0.03 * span, max(ends) + 0.03 * span],
    )  # fmt: skip
    return framed(figure, 160 + 42 * len(rows))


def tongue(part: Part) -> go.Figure:
    """For each taste a bar a round, to either side of the reference solution, with its interval."""
    table, figure = part.table, go.Figure()
    seqs = sorted(table["seq"].unique())
    low, high = ROUNDS
    steps = [low + (high - low) * n / max(len(seqs) - 1, 1) for n in range(len(seqs))]
    for seq, color in zip(seqs, sample_colorscale("Cividis", steps), strict=True):
        own = table[table["seq"] == seq]
        name = t("statistics.round_n", n=seq) if seq else t("statistics.round_raw")
        figure.add_bar(
            y=[wrapped(key_name(part, "measure", key)) for key in own["measure"]], x=own["mean"], name=name,
            orientation="h", text=["*" if is_small else "" for is_small in own["is_small"]], customdata=own.index,
            marker={"color": color, "line": {"color": GREY, "width": 0.5}}, textposition="inside",
            error_x={"type": "data", "array": (own["high"] - own["mean"]).fillna(0), "color": GREY, "thickness": 1.5},
            hovertemplate=[f"{name}<br>{_mean(row)}" for row in own.to_dict("records")],
        )  # fmt: skip
    figure.update_layout(barmode="group", bargap=0.25)
    figure.update_yaxes(type="category", autorange="reversed", automargin=True)
    figure.update_xaxes(title=t("laboratory.axis_tongue"), zeroline=True, zerolinecolor=GREY, zerolinewidth=1.5)
    return framed(figure, 150 + (18 * len(seqs) + 24) * table["measure"].nunique())


def wrapped(name: str) -> str:
    """A long name on several lines."""
    return "<br>".join(textwrap.wrap(name, NAME_WIDTH))


def small(text: str) -> str:
    return f'<span style="font-size:11px">{text}</span>'


def _names(part: Part, table: pd.DataFrame) -> list[str]:
    """Measures, with the preparation where one is there twice."""
    both = part.table["measure"].duplicated(keep=False)
    return [
        wrapped(
            key_name(part, "measure", row["measure"])
            + (f", {key_name(part, 'preparation', row['preparation'])}" if both[place] else "")
        )
        + (" *" if row["is_small"] else "")
        for place, row in zip(table.index, table.to_dict("records"), strict=True)
    ]


def _place(row: Mapping[Any, Any], name: str) -> float:
    """Where in its usual range a figure lies, in percent."""
    return float(100 * (row[name] - row["usual_low"]) / (row["usual_high"] - row["usual_low"]))


def _figures(row: Mapping[Any, Any]) -> str:
    names = ("median", "q1", "q3", "min", "max", "usual_low", "usual_high")
    told: dict[str, Any] = {name: f"{row[name]:.4g}" for name in names}
    told |= {name: row[name] for name in ("unit", "n", "outside")}
    return t("laboratory.hover_measure", **told) + "<extra></extra>"


def _spread(row: Mapping[Any, Any]) -> str:
    cv = "-" if pd.isna(row["cv"]) else f"{row['cv']:.3g}"
    told = {"cv": cv} | {name: f"{row[name]:.3g}" for name in ("sd", "sd_low", "sd_high", "repeatability")}
    return t("laboratory.hover_replicates", **told, unit=row["unit"], n=row["sets"], samples=row["samples"]) + (
        "<extra></extra>"
    )


def _mean(row: Mapping[Any, Any]) -> str:
    told = {name: f"{row[name]:.2f}" for name in ("mean", "low", "high")}
    return t("laboratory.hover_mean", **told, n=row["n"], animals=row["animals"]) + "<extra></extra>"
