"""Shares with their intervals, as several charts draw them."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from core.statistics import Part
from dashboard.charts import BLUE, ORANGE, framed
from dashboard.language import t


def share_bars(part: Part, names: list[str], title: str) -> go.Figure:
    """Bars of shares with their intervals, each with how many it is of; rows that lead nowhere are no targets."""
    rows = part.table.to_dict("records")
    bars = go.Bar(
        y=[f"{name}{' *' if row['is_small'] else ''}" for name, row in zip(names, rows, strict=True)],
        x=100 * part.table["share"], orientation="h", marker_color=BLUE, error_x=whiskers(part.table, ORANGE),
        customdata=targets(part),
        hovertemplate=[f"{name}: {interval(row)}<br>{row['samples']:,} / {row['of_samples']:,}<extra></extra>"
                       for name, row in zip(names, rows, strict=True)],
    )  # fmt: skip
    figure = go.Figure(bars)
    figure.update_yaxes(type="category", autorange="reversed")
    figure.update_xaxes(range=[0, 102], title=title, ticksuffix=" %")
    return framed(figure, 120 + 30 * len(rows))


def both(row: Mapping[Any, Any]) -> str:
    """How many samples and animals a row has."""
    return t("overview.n_both", samples=row["samples"], animals=row["animals"])


def interval(row: Mapping[Any, Any]) -> str:
    """A share with its interval, in percent."""
    if pd.isna(row["share"]):
        return "-"
    return f"{100 * row['share']:.1f} % ({100 * abs(row['share_low']):.1f} - {100 * row['share_high']:.1f})"


def whiskers(table: pd.DataFrame, color: str = "#7a7a7a") -> dict[str, Any]:
    """The intervals of shares as the error bars of a chart in percent."""
    return {
        "type": "data", "symmetric": False, "array": (100 * (table["share_high"] - table["share"])).clip(0),
        "arrayminus": (100 * (table["share"] - table["share_low"])).clip(0), "color": color,
        "thickness": 1.5, "width": 3,
    }  # fmt: skip


def targets(part: Part, table: pd.DataFrame | None = None) -> list[int | None]:
    """The rows that marks stand for; None where no filter leaves what is behind one."""
    return [None if part.narrows[row] is None else int(row) for row in (part.table if table is None else table).index]
