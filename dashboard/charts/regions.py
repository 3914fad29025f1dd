"""Charts of regions: the map, the map over time, the trend by province, the heat map of province and time."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from core.samples.lists import UNKNOWN
from core.statistics import Part
from core.statistics.answers import ALL
from core.statistics.region_times import time_name
from dashboard.charts import COUNTS, PALETTE, framed, maps
from dashboard.charts.maps import Shown
from dashboard.language import t
from dashboard.statistics_page import Draw
from dashboard.width import NARROW
from dashboard.words_of_tables import key_name

MOST_LINES = 6
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid")
APART = {"color": "#8a7f7a", "dash": "dot"}  # the line of what is not known, and of all
MOST_TEXTS, MOST_TEXTS_NARROW = 24, 15  # columns of the heat map that leave room for numbers


def provinces(part: Part) -> go.Figure:
    """The map: a colour for each count; hovering says the share, too."""
    shown = {}
    for number, row in enumerate(part.table.to_dict("records")):
        share = {name: 100 * row[f"share{of}"] for name, of in (("share", ""), ("low", "_low"), ("high", "_high"))}
        hover = f"{_hover(part, row)}<br>{t('regions.hover_share', **share)}"
        shown[row["province"]] = Shown(int(row["samples"]), number, hover)
    return maps.korea(part.more["units"], shown, _most(part), is_narrow=_is_narrow())


def animation(part: Part) -> go.Figure:
    """The map of each time, with a slider and a button that plays them; it begins with the last one."""
    names, units, most = _times(part), part.more["units"], _most(part)
    by_time: list[dict[str, Shown]] = [{} for _ in names]
    for number, (time, row) in enumerate(zip(part.more["rows"], part.table.to_dict("records"), strict=True)):
        hover = f"{names[time]}<br>{_hover(part, row)}"
        by_time[time][row["province"]] = Shown(int(row["samples"]), number, hover)
    figure = maps.korea(units, by_time[-1], most, is_narrow=_is_narrow())
    figure.frames = [
        go.Frame(
            name=name, traces=list(range(len(figure.data))),
            data=maps.layers(units, shown, most, with_counts=not _is_narrow()),
        )
        for name, shown in zip(names, by_time, strict=True)
    ]  # fmt: skip
    return _with_player(figure, names)


def trend(part: Part) -> go.Figure:
    """A line for each of the provinces with most samples, and one for all others; what is not known apart."""
    grid, figure = Grid(part), go.Figure()
    known = [key for key in grid.keys if key not in (ALL, UNKNOWN)]
    own = known if len(known) <= MOST_LINES + 1 else known[:MOST_LINES]
    for number, key in enumerate(own):
        _add_line(figure, grid, key, {"color": PALETTE[number], "dash": DASHES[number]})
    if len(known) > len(own):
        _add_others(figure, grid, known[len(own) :])
    for key in (UNKNOWN, ALL):
        if key in grid.keys:
            _add_line(figure, grid, key, APART)
    figure.update_xaxes(type="date", title=t(f"statistics.period_{part.more['period']}"))
    figure.update_yaxes(title=t("column.samples"), rangemode="tozero", tickformat=",d")
    framed(figure, 560)
    return figure.update_layout(legend={"yref": "paper", "y": -0.2, "yanchor": "top"}, margin={"t": 20})


def heat(part: Part) -> go.Figure:
    """A row for each province, most samples first, a column for each time; the numbers in the cells where they fit."""
    grid = Grid(part)
    times, names = range(len(grid.names)), [_short(part, key) for key in grid.keys]
    counts = [grid.counts(key) for key in grid.keys]
    fits = len(times) <= (MOST_TEXTS_NARROW if _is_narrow() else MOST_TEXTS)
    cells = go.Heatmap(
        z=counts, x=grid.names, y=names, colorscale=COUNTS, xgap=2, ygap=2, hoverinfo="skip",
        text=[[f"{n:,}" if n else "" for n in row] for row in counts], texttemplate="%{text}" if fits else None,
        textfont={"size": 8 if _is_narrow() else 12}, colorbar={**maps.bar(), "y": 1, "yanchor": "bottom"},
    )  # fmt: skip
    there = [(key, time) for key in grid.keys for time in times]
    # A cell of a heat map cannot be clicked on; a mark can, and need not be seen.
    marks = go.Scatter(
        x=[grid.names[time] for _, time in there], y=[name for name in names for _ in times], mode="markers",
        marker={"opacity": 0, "size": 20, "symbol": "square"}, customdata=[grid.row(*cell) for cell in there],
        hovertemplate=[grid.hover(*cell) for cell in there],
        selected={"marker": {"opacity": 0}}, unselected={"marker": {"opacity": 0}},
    )  # fmt: skip
    figure = go.Figure([cells, marks])
    title = t(f"statistics.period_{part.more['period']}")
    figure.update_xaxes(type="category", range=[-0.5, len(times) - 0.5], title=title, showgrid=False)
    figure.update_yaxes(type="category", range=[len(names) - 0.5, -0.5], showgrid=False)
    return framed(figure, 190 + 28 * len(names)).update_layout(margin={"t": 60}, hovermode="closest")


class Grid:
    """The cells of a table of provinces and times: provinces with most samples first, what is not known last."""

    def __init__(self, part: Part) -> None:
        self.part, self.names = part, _times(part)
        self._cells = {
            (row["province"], time): (number, int(row["samples"]), int(row["animals"]))
            for number, (time, row) in enumerate(zip(part.more["rows"], part.table.to_dict("records"), strict=True))
        }
        sums: dict[str, int] = {}
        for (key, _), (_, samples, _) in self._cells.items():
            sums[key] = sums.get(key, 0) + samples
        self.keys = sorted(sums, key=lambda key: (key == UNKNOWN, -sums[key], key))

    def counts(self, key: str) -> list[int]:
        return [self._cells.get((key, time), (None, 0, 0))[1] for time in range(len(self.names))]

    def row(self, key: str, time: int) -> int | None:
        """The row of the part's table; there is none where nothing was counted."""
        return self._cells.get((key, time), (None, 0, 0))[0]

    def hover(self, key: str, time: int) -> str:
        _, samples, animals = self._cells.get((key, time), (None, 0, 0))
        told = _hover(self.part, {"province": key, "samples": samples, "animals": animals})
        return f"{self.names[time]}<br>{told}<extra></extra>"


def _add_line(figure: go.Figure, grid: Grid, key: str, line: Mapping[str, Any]) -> None:
    times = range(len(grid.names))
    figure.add_scatter(
        x=grid.part.more["times"], y=grid.counts(key), mode="lines+markers", line=line, marker={"size": 5},
        name=_short(grid.part, key), customdata=[grid.row(key, time) for time in times],
        hovertemplate=[grid.hover(key, time) for time in times], visible="legendonly" if key == ALL else True,
    )  # fmt: skip


def _add_others(figure: go.Figure, grid: Grid, keys: Sequence[str]) -> None:
    """One line for several provinces; animals are not added up, and no single filter is behind it."""
    name = t("regions.others", n=len(keys))
    total = [sum(counts) for counts in zip(*(grid.counts(key) for key in keys), strict=True)]
    hover = [
        f"{time}<br>{t('regions.hover_others', province=name, samples=n)}<extra></extra>"
        for time, n in zip(grid.names, total, strict=True)
    ]
    figure.add_scatter(
        x=grid.part.more["times"], y=total, mode="lines+markers", marker={"size": 5}, name=name, hovertemplate=hover,
        line={"color": "#999999", "width": 3},
    )  # fmt: skip


def _with_player(figure: go.Figure, names: list[str]) -> go.Figure:
    """A slider with a step for each frame, and buttons that play and pause."""
    now = {"mode": "immediate", "fromcurrent": True, "transition": {"duration": 0}}
    slow, fast = ({"frame": {"duration": duration, "redraw": True}} for duration in (700, 0))
    steps = [{"label": name, "method": "animate", "args": [[name], now | fast]} for name in names]
    buttons = [
        {"label": f"▶ {t('regions.play')}", "method": "animate", "args": [names, now | slow | {"fromcurrent": False}]},
        {"label": f"❚❚ {t('regions.pause')}", "method": "animate", "args": [[None], now | fast]},
    ]
    figure.update_traces(selector={"type": "choropleth"}, colorbar={"x": 1, "xanchor": "right", "len": 0.5})
    return figure.update_layout(
        height=figure.layout.height + 130,
        sliders=[{"steps": steps, "active": len(names) - 1, "pad": {"t": 60}, "currentvalue": {"font": {"size": 16}},
                  "x": 0.05, "len": 0.9}],
        updatemenus=[{"type": "buttons", "direction": "right", "buttons": buttons, "x": 0, "y": 0, "xanchor": "left",
                      "yanchor": "top", "pad": {"t": 20}, "showactive": False}],
    )  # fmt: skip


def _times(part: Part) -> list[str]:
    return [time_name(part.more["step"], start) for start in part.more["times"]]


def _hover(part: Part, row: Mapping[Any, Any]) -> str:
    name = _province(part, row["province"])
    return t("regions.hover", province=name, samples=int(row["samples"]), animals=int(row["animals"]))


def _province(part: Part, key: str) -> str:
    return t("regions.all_provinces") if key == ALL else key_name(part, "province", key)


def _short(part: Part, key: str) -> str:
    """As much of a name as a phone has room for."""
    return maps.name_of_unit(key) if _is_narrow() and key != ALL else _province(part, key)


def _most(part: Part) -> int:
    return max(1, int(part.table["samples"].max()))


def _is_narrow() -> bool:
    """As the page found it; a chart draws no measure of its own, as several may be on one page."""
    return bool(st.session_state.get(NARROW))


FIGURES: dict[str, Draw] = {"map": provinces, "trend": trend, "animation": animation, "heat": heat}
