"""Charts of the panel: a dot a rater with its interval, and heat maps of raters by attribute, by rater and by month."""

import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core.statistics import Part
from core.statistics.answers import ALL
from core.statistics.numbers import ALPHA
from dashboard.charts import BLUE, COUNTS, ORANGE, PALETTE, framed
from dashboard.charts.relations import SIGNED
from dashboard.language import t
from dashboard.statistics_page import Draw
from dashboard.width import NARROW
from dashboard.words_of_tables import key_name

Row = Mapping[Any, Any]
GREY = "#8a8a8a"
BAR = {
    "orientation": "h", "thickness": 10, "x": 1, "xanchor": "right", "y": 1, "yanchor": "bottom", "outlinewidth": 0,
    "nticks": 5, "tickangle": 0,
}  # fmt: skip
SYMBOLS = ("circle", "square", "diamond", "circle-open", "diamond-open")
LEAST_RANGE = 0.5  # points on either side of zero, so that little drift does not look like much
MOST_LEVEL = 4  # months whose names stand beside each other on a phone
MOST_WRITTEN, MOST_WRITTEN_NARROW = 20, 6  # columns of a heat map whose cells have room for numbers


def bias(part: Part) -> go.Figure:
    """A dot a rater with its interval; zero is the mean of the others."""
    figure = _dots(part, part.table, "bias", "products")
    figure.add_vline(x=0, line={"color": GREY, "dash": "dash", "width": 1})
    figure.update_xaxes(title=t("panel.axis_bias"))
    return figure


def repeatability(part: Part) -> go.Figure:
    """A dot a rater with its interval, for the attribute that is looked at; the panel in another colour."""
    figure = _dots(part, part.table[part.table["attribute"] == part.more["attribute"]], "sd", "repeated")
    figure.update_xaxes(title=t("panel.axis_sd"), rangemode="tozero")
    return figure


def discrimination(part: Part) -> go.Figure:
    """F of each rater, filled where products are told apart; a stroke where F would be by chance once in 20 times."""
    table = part.table
    rows, places = table.to_dict("records"), list(range(len(table)))
    figure = go.Figure()
    figure.add_scatter(
        x=table["critical"], y=places, mode="markers", name=t("panel.critical"), hoverinfo="skip",
        marker={"symbol": "line-ns-open", "size": 18, "color": GREY, "line": {"width": 2}},
    )  # fmt: skip
    colors = [_color(row) for row in rows]
    figure.add_scatter(
        x=table["f"], y=places, mode="markers", showlegend=False, customdata=table.index,
        marker={"size": 12, "color": [color if row["p"] < ALPHA else "rgba(0,0,0,0)"
                                      for color, row in zip(colors, rows, strict=True)],
                "line": {"color": colors, "width": 2}},
        hovertemplate=[
            f"{_rater(part, row)}: F({row['freedom']:.0f}, {row['freedom_left']:.0f}) = {row['f']:.2f}, "
            f"{_p(row['p'])}<br>{t('column.mse')} {row['mse']:.3f}<extra></extra>" for row in rows
        ],
    )  # fmt: skip
    figure.update_xaxes(title=t("panel.axis_f"), rangemode="tozero")
    return _rows(figure, part, rows, "products")


def reliability(part: Part) -> go.Figure:
    """The five coefficients of each attribute, a colour and a sign each."""
    table, figure = part.table, go.Figure()
    attributes = list(dict.fromkeys(table["attribute"]))
    kinds = list(dict.fromkeys(table["coefficient"]))
    for number, kind in enumerate(kinds):
        own = table[table["coefficient"] == kind]
        rows = own.to_dict("records")
        apart = (number - (len(kinds) - 1) / 2) * 0.14
        figure.add_scatter(
            x=own["icc"], y=[attributes.index(row["attribute"]) + apart for row in rows], mode="markers", name=kind,
            error_x=_interval(own, "icc", PALETTE[number]), customdata=own.index,
            marker={"color": PALETTE[number], "symbol": SYMBOLS[number], "size": 9},
            hovertemplate=[f"{key_name(part, 'attribute', row['attribute'])}, {kind}: {_with_interval(row, 'icc')}"
                           f"<extra></extra>" for row in rows],
        )  # fmt: skip
    names = [key_name(part, "attribute", key) + _star(table[table["attribute"] == key]) for key in attributes]
    figure.update_yaxes(tickvals=list(range(len(names))), ticktext=names, autorange="reversed", zeroline=False)
    figure.update_xaxes(title=t("panel.axis_icc"), range=[min(0, float(table["low"].min(skipna=True) or 0)), 1.02])
    return framed(figure, 170 + 90 * len(names))


def agreement(part: Part) -> go.Figure:
    """A cell for each rater and attribute: r with the mean of the others."""
    attributes = list(dict.fromkeys(part.table["attribute"]))
    names = [key_name(part, "attribute", key) for key in attributes]
    return _heat(part, "r", attributes, names, "attribute", _correlated, (-1, 1), SIGNED)


def kappa(part: Part) -> go.Figure:
    """A cell for each two raters, below the diagonal."""
    there = set(part.table["rater"]) | set(part.table["partner"])
    raters = [rater for rater in part.more["names"]["rater"] if rater in there]
    turned = part.table.rename(columns={"rater": "partner", "partner": "rater"})
    is_narrow = bool(st.session_state.get(NARROW))
    names = [str(n + 1) if is_narrow else _wrapped(_name(part, rater)) for n, rater in enumerate(raters)]
    return _heat(
        part, "kappa", raters, names, "partner", _agreed, (-1, 1), SIGNED, table=turned, rows=raters,
        is_numbered=is_narrow,
    )  # fmt: skip


def drift(part: Part) -> go.Figure:
    """A cell for each rater and month: the bias, with the month's few animals marked."""
    months = sorted(set(part.table["month"]))
    names = [f"{month:%Y-%m}" for month in months]
    large = part.table.loc[~part.table["is_small"], "bias"].abs().max()
    ends = LEAST_RANGE if pd.isna(large) else max(LEAST_RANGE, float(large))
    figure = _heat(part, "bias", months, names, "month", _drifted, (-ends, ends), SIGNED)
    figure.update_xaxes(title=t("panel.axis_month"), tickangle=-90 if len(months) > MOST_LEVEL else 0)
    return figure


def warnings(part: Part) -> go.Figure:
    """A cell for each rater and kind of warning: the share of the scores, with a sign where it is above the limit."""
    kinds = list(dict.fromkeys(part.table["kind"]))
    names = ["<br>".join(textwrap.wrap(key_name(part, "kind", kind), 14)) for kind in kinds]
    table = part.table.assign(percent=100 * part.table["share"], is_small=False)
    figure = _heat(part, "percent", kinds, names, "kind", _warned, (0, 100), COUNTS, table=table)
    return figure.update_traces(colorbar_ticksuffix=" %", selector={"type": "heatmap"})


def _dots(part: Part, table: pd.DataFrame, value: str, n: str) -> go.Figure:
    rows = table.to_dict("records")
    figure = go.Figure(go.Scatter(
        x=table[value], y=list(range(len(rows))), mode="markers", showlegend=False,
        error_x=_interval(table, value, GREY),
        marker={"size": 10, "color": [_color(row) for row in rows],
                "symbol": ["diamond" if row["rater"] == ALL else "circle" for row in rows]},
        customdata=table.index,
        hovertemplate=[
            f"{_rater(part, row)}: {_with_interval(row, value)}<br>{t(f'column.{n}')} {row[n]:,}, "
            f"{t('column.animals')} {row['animals']:,}<extra></extra>" for row in rows
        ],
    ))  # fmt: skip
    return _rows(figure, part, rows, n)


def _rows(figure: go.Figure, part: Part, rows: Sequence[Row], n: str) -> go.Figure:
    """With a row a rater."""
    names = [_wrapped(_rater(part, row), f"{' *' if row['is_small'] else ''}  n = {row[n]:,}") for row in rows]
    figure.update_yaxes(
        tickvals=list(range(len(names))), ticktext=names, range=[len(names) - 0.5, -0.5], zeroline=False
    )
    if not names:
        _say_nothing(figure)
    return framed(figure, 140 + 40 * max(len(names), 3))


def _heat(
    part: Part, value: str, columns: Sequence[Any], names: Sequence[str], column: str,
    hover: Callable[[Part, Row], str], ends: tuple[float, float], colors: Any, *,
    table: pd.DataFrame | None = None, rows: Sequence[str] | None = None, is_numbered: bool = False,
) -> go.Figure:  # fmt: skip
    """A heat map with a row a rater; a column that is told by a key of the table."""
    table = part.table if table is None else table
    rows = rows or list(dict.fromkeys(table["rater"]))
    shape = len(rows), len(columns)
    z, text, cells, told = np.full(shape, np.nan), np.full(shape, "", object), list[tuple[int, int]](), list[str]()
    is_narrow = bool(st.session_state.get(NARROW))
    is_written = len(columns) <= (MOST_WRITTEN_NARROW if is_narrow else MOST_WRITTEN)
    for number, row in zip(table.index, table.to_dict("records"), strict=True):
        cell = rows.index(row["rater"]), columns.index(row[column])
        z[cell] = row[value]
        cells.append(cell)
        told.append(hover(part, part.table.loc[number].to_dict()))
        mark = " *" if row["is_small"] else " !" if row.get("is_above") else ""
        if is_written and not np.isnan(z[cell]):
            text[cell] = (f"{z[cell]:.0f}" if value == "percent" else _two_decimals(z[cell])) + mark
    figure = go.Figure(go.Heatmap(
        z=z, x=list(range(len(columns))), y=list(range(len(rows))), zmin=ends[0], zmax=ends[1], colorscale=colors,
        text=text, texttemplate="%{text}", textfont={"size": 11}, xgap=1, ygap=1, hoverinfo="skip",
        colorbar=BAR | {"len": 1 if is_narrow else 0.5},
    ))  # fmt: skip
    # Cells of a heat map cannot be clicked on, marks that nobody sees can.
    figure.add_scatter(
        x=[column for _, column in cells], y=[row for row, _ in cells], mode="markers", showlegend=False,
        marker={"size": 28, "opacity": 0, "symbol": "square"}, customdata=table.index, hovertext=told,
        hovertemplate="%{hovertext}<extra></extra>",
    )  # fmt: skip
    labels = [_wrapped(_name(part, rater), f"  {n + 1}" if is_numbered else "") for n, rater in enumerate(rows)]
    figure.update_xaxes(
        tickvals=list(range(len(names))), ticktext=list(names), range=[-0.5, len(names) - 0.5], showgrid=False,
        zeroline=False,
    )  # fmt: skip
    figure.update_yaxes(
        tickvals=list(range(len(rows))), ticktext=labels, range=[len(rows) - 0.5, -0.5], showgrid=False, zeroline=False
    )
    if not rows:
        _say_nothing(figure)
    return framed(figure, 200 + (38 if columns != rows else 44) * max(len(rows), 3))


def _say_nothing(figure: go.Figure) -> None:
    figure.add_annotation(text=t("panel.nothing"), x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)


def _correlated(part: Part, row: Row) -> str:
    return (
        f"{_rater(part, row)}, {key_name(part, 'attribute', row['attribute'])}<br>r = {_with_interval(row, 'r')}<br>"
        f"ρ = {row['rho']:.2f}, n = {row['products']:,}"
    )


def _agreed(part: Part, row: Row) -> str:
    names = f"{_rater(part, row)} - {_name(part, row['partner'])}"
    return f"{names}<br>κ = {_with_interval(row, 'kappa')}, n = {row['products']:,}"


def _drifted(part: Part, row: Row) -> str:
    where = t("panel.months_of", rater=_rater(part, row), month=f"{row['month']:%Y-%m}")
    return f"{where}<br>{_with_interval(row, 'bias')}, n = {row['products']:,}"


def _warned(part: Part, row: Row) -> str:
    what = [key_name(part, name, row[name]) for name in ("kind", "attribute", "unheated") if row[name]]
    return f"{_rater(part, row)}<br>{', '.join(what)}<br>{row['n']:,} / {row['of']:,} ({100 * row['share']:.1f} %)"


def _two_decimals(value: float) -> str:
    """Without the sign of what is rounded to nothing."""
    return f"{value:.2f}".replace("-0.00", "0.00")


def _with_interval(row: Row, value: str) -> str:
    if np.isnan(row["low"]):
        return f"{row[value]:.2f}"
    return f"{row[value]:.2f} ({row['low']:.2f} - {row['high']:.2f})"


def _interval(table: pd.DataFrame, value: str, color: str) -> dict[str, Any]:
    return {
        "type": "data", "symmetric": False, "array": table["high"] - table[value],
        "arrayminus": table[value] - table["low"], "thickness": 1.5, "width": 4,
        "color": color,
    }  # fmt: skip


def _rater(part: Part, row: Row) -> str:
    return t("panel.mean") if row["rater"] == ALL else _name(part, row["rater"])


def _name(part: Part, rater: str) -> str:
    return str(key_name(part, "rater", rater))


def _wrapped(name: str, behind: str = "") -> str:
    """Who wrote for a taster stands below the pseudonym and what belongs behind it."""
    first, paren, rest = name.partition(" (")
    return f"{first}{behind}<br>({rest}" if paren else name + behind


def _color(row: Row) -> str:
    return ORANGE if row["rater"] == ALL else BLUE


def _star(own: pd.DataFrame) -> str:
    return " *" if own["is_small"].any() else ""


def _p(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


FIGURES: dict[str, Draw] = {
    "bias": bias,
    "agreement": agreement,
    "repeatability": repeatability,
    "discrimination": discrimination,
    "reliability": reliability,
    "kappa": kappa,
    "drift": drift,
    "warnings": warnings,
}
