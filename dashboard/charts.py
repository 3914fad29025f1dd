"""Charts, all in plotly: axes with units, the same colour for the same thing everywhere."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.language import t
from dashboard.widgets import name_of

# No outside links, and a picture that can be saved.
CONFIG: dict[str, Any] = {"displaylogo": False, "modeBarButtonsToRemove": ["lasso2d", "select2d"]}
# Dark to pale with rising marbling; told apart by colour-blind people too (lightness differs throughout).
GRADES = {"1++": "#5e0f1d", "1+": "#9d2235", "1": "#cf5f6d", "2": "#e3a19b", "3": "#f0d3c8", "off": "#9b9b9b"}
COUNTS = [[0.0, "#fbeee9"], [0.5, "#cf5f6d"], [1.0, "#5e0f1d"]]


def grade_probabilities(grade: dict[str, float]) -> go.Figure:
    """One bar a grade, its probability in percent."""
    classes = list(grade)
    bars = go.Bar(
        x=[100 * grade[c] for c in classes],
        y=[name_of("grades", c, "cattle") for c in classes],
        orientation="h",
        marker_color=[GRADES[c] for c in classes],
        text=[f"{100 * grade[c]:.0f} %" for c in classes],
        hovertemplate="%{y}: %{x:.1f} %<extra></extra>",
    )
    figure = go.Figure(bars)
    figure.update_yaxes(type="category", autorange="reversed")
    figure.update_xaxes(range=[0, 105], title=t("prediction.probability"))
    return _framed(figure, 260)


def samples_by_province_and_month(by_month: pd.DataFrame) -> go.Figure:
    """Counts by province (rows, most samples first) and month of slaughter (columns).

    Args:
        by_month: columns province, month, samples, animals, as core.statistics.regions gives them.
    """
    named = by_month.assign(
        province=[name_of("provinces", p) if p else t("sample.no_region") for p in by_month["province"].fillna("")],
        month=pd.to_datetime(by_month["month"]).dt.strftime("%Y-%m"),
    )
    grid = named.pivot_table(index="province", columns="month", values="samples", aggfunc="sum", fill_value=0)
    months = pd.period_range(grid.columns.min(), grid.columns.max(), freq="M").strftime("%Y-%m")
    grid = grid.reindex(columns=months, fill_value=0)
    grid = grid.loc[grid.sum(axis=1).sort_values().index]
    cells = go.Heatmap(
        z=grid.to_numpy(),
        x=list(grid.columns),
        y=list(grid.index),
        colorscale=COUNTS,
        xgap=2,
        ygap=2,
        text=[[str(n) if n else "" for n in row] for row in grid.to_numpy()],
        texttemplate="%{text}",
        colorbar={"title": {"text": t("regions.samples")}},
        hovertemplate="%{y}, %{x}: %{z}<extra></extra>",
    )
    figure = go.Figure(cells)
    figure.update_xaxes(type="category", title=t("regions.month"), showgrid=False)
    figure.update_yaxes(type="category", showgrid=False)
    return _framed(figure, 120 + 28 * len(grid))


def _framed(figure: go.Figure, height: int) -> go.Figure:
    return figure.update_layout(height=height, margin={"l": 10, "r": 10, "t": 10, "b": 10}, separators=".,")
