"""Charts of relations: heat maps of correlations, two variables with their line, principal components."""

from collections.abc import Mapping
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core.measurements import measures
from core.statistics import Part, wording
from core.statistics.cohort import Array
from dashboard.charts import BLUE, GRADES, ORANGE, PALETTE, framed
from dashboard.language import language, t
from dashboard.statistics_page import Draw
from dashboard.widgets import known_catalogue
from dashboard.width import NARROW
from dashboard.words_of_tables import key_name

RED = PALETTE[5]
# Red goes against, blue goes with: told apart with any colour vision.
SIGNED = [[0.0, RED], [0.5, "#f7f7f7"], [1.0, BLUE]]
SPECIES = {"cattle": BLUE, "pig": ORANGE}
DEPTHS = [[0.0, "#dbe8f2"], [0.5, "#6ea3c8"], [1.0, "#0b3d63"]]
GREY = "#8a8a8a"
MOST_WRITTEN = 8  # variables of a heat map on a phone whose cells have room for numbers
LONGEST = 14  # letters of a line of a name on a phone


def pairs(part: Part) -> go.Figure:
    """A cell a pair: below the diagonal r with its stars, above it n."""
    keys = list(dict.fromkeys([*part.table["x"], *part.table["y"]]))
    narrow, places = _is_narrow(), list(range(len(keys)))
    is_roomy = not narrow or len(keys) <= MOST_WRITTEN
    r, row, text, hover = _cells(part, keys)
    figure = go.Figure(
        go.Heatmap(
            z=r, x=places, y=places, zmin=-1, zmax=1, colorscale=SIGNED, xgap=1, ygap=1, hoverinfo="skip",
            text=text if is_roomy else None, texttemplate="%{text}" if is_roomy else None, textfont={"size": 10},
            colorbar={
                "orientation": "h", "thickness": 10, "len": 0.5, "x": 1, "xanchor": "right", "y": 1,
                "yanchor": "bottom", "title": {"text": _sign(part), "side": "top"}, "tickvals": [-1, 0, 1],
            },
        )
    )  # fmt: skip
    below, left = np.nonzero(row >= 0)
    # Cells cannot be clicked on; marks that nobody sees can.
    figure.add_scatter(
        x=left, y=below, mode="markers", customdata=row[below, left], text=hover[below, left], showlegend=False,
        hovertemplate="%{text}<extra></extra>",
        marker={"symbol": "square", "size": 22 if is_roomy else 10, "color": "rgba(0,0,0,0)"},
    )  # fmt: skip
    # Two columns of names leave no room on a phone: there the columns have numbers.
    names = ["<br>".join(wrap(_name(key), LONGEST)) if narrow else _name(key) for key in keys]
    columns = [str(place + 1) for place in places] if narrow else names
    rows = [f"{name} {place + 1}" for place, name in enumerate(names)] if narrow else names
    axis = {"tickvals": places, "showgrid": False, "zeroline": False}
    figure.update_xaxes(ticktext=columns, tickangle=0 if narrow else 90, tickfont_size=10 if is_roomy else 8, **axis)
    figure.update_yaxes(ticktext=rows, autorange="reversed", **axis)
    return framed(figure, 190 + (32 if is_roomy else 18) * len(keys))


def _cells(part: Part, keys: list[str]) -> tuple[Array, Array, Array, Array]:
    """Of a heat map: r, the row of the table (-1 in cells of no pair), what is written in cells, and what hovers."""
    shape = len(keys), len(keys)
    r, number = np.full(shape, np.nan), np.full(shape, -1)
    text, hover = np.full(shape, "", object), np.full(shape, "", object)
    for place, row in enumerate(part.table.to_dict("records")):
        cell = keys.index(row["y"]), keys.index(row["x"])
        r[cell], number[cell], hover[cell] = row["r"], place, _pair(part, row)
        if not np.isnan(row["r"]):
            text[cell] = "<br>".join(filter(None, (_of_one(row["r"]), row["stars"])))
        text[cell[::-1]] = _short(row["n"])
    return r, number, text, hover


def scatter(part: Part) -> go.Figure:
    """The points, or how many there are of them, with the line, the interval of its mean, and that of new ones."""
    more, figure = part.more, go.Figure()
    x, y = more["axes"]
    if "counts" in more:
        _shade(figure, more)
    rng, (wide, high) = np.random.default_rng(0), more.get("shaken", (0, 0))
    for name, color, own in _colored(part, part.table, more["color"]):
        off_x, off_y = wide * rng.uniform(-1, 1, len(own)), high * rng.uniform(-1, 1, len(own))
        figure.add_scatter(
            x=own["x_value"] + off_x, y=own["y_value"] + off_y, mode="markers", name=name, customdata=own.index,
            # With shading they are there to be called up by the legend.
            visible="legendonly" if "counts" in more else True,
            marker={"color": color, "size": 7, "opacity": 0.65, "line": {"color": "white", "width": 0.5}},
            hovertemplate=[
                f"{row['sample']}, {t('statistics.round_n', n=row['seq'])}<br>{_name(x)} {row['x_value']:.4g}<br>"
                f"{_name(y)} {row['y_value']:.4g}<extra></extra>"
                for row in own.to_dict("records")
            ],
        )  # fmt: skip
    if "line" in more:
        _line(figure, more["line"])
    figure.update_xaxes(title=_with_unit(x))
    figure.update_yaxes(title=_with_unit(y))
    return framed(figure, 540)


def components(part: Part) -> go.Figure:
    """The observations on the first two components, and an arrow a variable: its correlations with them."""
    figure, table, points = go.Figure(), part.table, part.more.get("scores")
    if points is None:
        return framed(figure, 200)
    for name, color, own in _colored(part, points, part.more["color"]):
        figure.add_scatter(
            x=own["first"], y=own["second"], mode="markers", name=name, customdata=own.index + len(table),
            marker={"color": color, "size": 5, "opacity": 0.45},
            hovertemplate=[f"{sample}<extra></extra>" for sample in own["sample"]],
        )  # fmt: skip
    first, second = (table[table["component"] == n] for n in (1, 2))
    length = 0.9 * float(points[["first", "second"]].abs().to_numpy().max())
    _arrows(figure, first["variable"].tolist(), np.column_stack([first["r"], second["r"]]), length)
    shares = [
        t("relations.axis_component", n=n, share=100 * float(own["share"].iloc[0]))
        for n, own in ((1, first), (2, second))
    ]
    reach = [-1.4 * length, 1.4 * length]
    figure.update_xaxes(title=shares[0], range=reach, zeroline=True)
    # Angles between arrows mean something only where both axes have one scale.
    figure.update_yaxes(title=shares[1], range=reach, zeroline=True, scaleanchor="x")
    return framed(figure, 420 if _is_narrow() else 640)


def _arrows(figure: go.Figure, keys: list[str], r: Array, length: float) -> None:
    """An arrow a variable, so long where it is one with the components; and its name beside its tip."""
    gap = (0.17 if _is_narrow() else 0.11) * length
    for key, (x, y) in zip(keys, r, strict=True):
        figure.add_scatter(
            x=[0, length * x], y=[0, length * y], mode="lines+markers", showlegend=False,
            line={"color": RED, "width": 1.5},
            marker={"symbol": "arrow", "size": [0, 11], "angleref": "previous", "color": RED},
            hovertemplate=t("relations.hover_loading", name=_name(key), first=x, second=y) + "<extra></extra>",
        )  # fmt: skip
    for is_right in (True, False):
        side = np.flatnonzero((r[:, 0] >= 0) == is_right)
        names = [f"<b>{_name(keys[place])}</b>" for place in side]
        figure.add_scatter(
            x=1.04 * length * r[side, 0], y=_apart(1.04 * length * r[side, 1], gap), mode="text", text=names,
            textposition="middle right" if is_right else "middle left", showlegend=False, hoverinfo="skip",
            textfont={"color": RED},
        )  # fmt: skip


def _apart(heights: Array, gap: float) -> Array:
    """Heights moved until none is nearer to another than the gap."""
    moved, order = heights.copy(), np.argsort(heights)
    for _ in range(100):
        near = np.maximum(gap - np.diff(moved[order]), 0) / 2
        if not near.any():
            break
        moved[order[:-1]] -= near
        moved[order[1:]] += near
    return moved


def _shade(figure: go.Figure, more: Any) -> None:
    """How many observations there are in each cell of a grid; by their logarithm, as most are in the middle."""
    counts = more["counts"]
    with np.errstate(divide="ignore"):
        depth = np.where(counts > 0, np.log10(counts), np.nan)
    ticks = np.arange(int(np.nanmax(depth)) + 1)
    figure.add_heatmap(
        x=more["columns"], y=more["rows"], z=depth, colorscale=DEPTHS, text=counts,
        hovertemplate="%{x:.4g}, %{y:.4g}: %{text:,}<extra></extra>",
        colorbar={
            "title": t("relations.observations"), "thickness": 10, "len": 0.6, "tickvals": ticks,
            "ticktext": [f"{10**int(n):,}" for n in ticks],
        },
        showscale=not _is_narrow(),
    )  # fmt: skip


def _line(figure: go.Figure, line: pd.DataFrame) -> None:
    """With its intervals, the wider one first."""
    for low, high, name, color in (
        ("new_low", "new_high", "relations.band_new", "rgba(213,94,0,0.08)"),
        ("low", "high", "relations.band_mean", "rgba(213,94,0,0.25)"),
    ):
        figure.add_scatter(
            x=[*line["x"], *line["x"][::-1]], y=[*line[high], *line[low][::-1]], fill="toself", fillcolor=color,
            mode="lines", line={"color": RED, "width": 1, "dash": "dot"}, hoverinfo="skip", name=t(name),
        )  # fmt: skip
    figure.add_scatter(
        x=line["x"], y=line["fitted"], mode="lines", name=t("relations.line"), hoverinfo="skip",
        line={"color": RED, "width": 2.5},
    )  # fmt: skip


def _colored(part: Part, points: pd.DataFrame, by: str | None) -> list[tuple[str, str, pd.DataFrame]]:
    """The points by color: what they are called, the color, and which they are."""
    if by is None:
        return [(t("relations.observations"), BLUE, points)]
    colors = GRADES if by == "grade" else SPECIES
    groups = [(key, points[points[by] == key]) for key in colors] + [(None, points[points[by].isna()])]
    return [(key_name(part, by, key), colors.get(str(key), GREY), own) for key, own in groups if len(own)]


def _pair(part: Part, row: Mapping[Any, Any]) -> str:
    names = {"x": _name(row["x"]), "y": _name(row["y"]), "n": row["n"], "animals": row["animals"]}
    if np.isnan(row["r"]):
        return t("relations.hover_few", **names)
    if np.isnan(row["p"]):
        return t("relations.hover_untested", **names, sign=_sign(part), r=row["r"])
    told = {name: row[name] for name in ("r", "low", "high", "p", "q")}
    return t("relations.hover", **names, **told, sign=_sign(part), stars=f" {row['stars']}")


def _is_narrow() -> bool:
    return bool(st.session_state.get(NARROW))


def _sign(part: Part) -> str:
    return t(f"relations.sign_{part.more['method']}")


def _name(key: str) -> str:
    return wording.name(language(), known_catalogue(), "attribute", key)


def _with_unit(key: str) -> str:
    unit = measures()[key]["unit"] if key in measures() else ""
    return f"{_name(key)} ({unit})" if unit not in ("", "-", "–") else _name(key)


def _of_one(r: float) -> str:
    """A correlation as papers write it, without the zero that it always begins with."""
    return f"{r:.2f}".replace("-0.00", "0.00").replace("0.", ".", 1)


def _short(n: int) -> str:
    """A count in the room of a cell."""
    if n < (1_000 if _is_narrow() else 10_000):
        return f"{n:,}"
    return f"{n / 1e6:.3g}M" if n >= 999_500 else f"{n / 1e3:.3g}k"


FIGURES: dict[str, Draw] = {"correlations": pairs, "scatter": scatter, "components": components, "partial": pairs}
