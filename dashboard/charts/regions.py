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
MOST_TEXTS, MOST_TEXTS_NARROW = 24, 12  # columns of the heat map that leave room for numbers


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
    counts, figure = _grid(part), go.Figure()
    known = [key for key in counts if key not in (ALL, UNKNOWN)]
    own = known if len(known) <= MOST_LINES + 1 else known[:MOST_LINES]
    for number, key in enumerate(own):
        _add_line(figure, part, key, counts[key], {"color": PALETTE[number], "dash": DASHES[number]})
    if others := known[len(own) :]:
        name, total = t("regions.others", n=len(others)), [sum(n) for n in zip(*map(counts.get, others), strict=True)]  # type: ignore[arg-type]
        hover = [
            f"{time}<br>{t('regions.hover_others', province=name, samples=n)}<extra></extra>"
            for time, n in zip(_times(part), total, strict=True)
        ]
        figure.add_scatter(
            x=part.more["times"], y=total, mode="lines+markers", name=name, hovertemplate=hover,
            line={"color": PALETTE[7], "width": 3},
        )  # fmt: skip
    for key in (UNKNOWN, ALL):
        if key in counts:
            _add_line(figure, part, key, counts[key], APART)
    figure.update_xaxes(type="date", title=t(f"statistics.period_{part.more['period']}"))
    figure.update_yaxes(title=t("column.samples"), rangemode="tozero", tickformat=",d")
    framed(figure, 560)
    return figure.update_layout(legend={"yref": "paper", "y": -0.2, "yanchor": "top"})


def heat(part: Part) -> go.Figure:
    """A row for each province, most samples first, a column for each time; the numbers in the cells where they fit."""
    counts, names, rows = _grid(part), _times(part), _rows(part)
    keys = list(counts)
    fits = len(names) <= (MOST_TEXTS_NARROW if _is_narrow() else MOST_TEXTS)
    cells = go.Heatmap(
        z=[counts[key] for key in keys], x=names, y=[key_name(part, "province", key) for key in keys],
        colorscale=COUNTS, xgap=2, ygap=2, texttemplate="%{text}" if fits else None,
        text=[[f"{n:,}" if n else "" for n in counts[key]] for key in keys],
        customdata=[[rows.get((key, time)) for time in range(len(names))] for key in keys],
        hovertext=[[_cell_hover(part, key, time, rows) for time in range(len(names))] for key in keys],
        hoverinfo="text", colorbar={"title": {"text": t("column.samples")}, "tickformat": ",d"},
    )  # fmt: skip
    figure = go.Figure(cells)
    figure.update_xaxes(type="category", title=t(f"statistics.period_{part.more['period']}"), showgrid=False)
    figure.update_yaxes(type="category", autorange="reversed", showgrid=False)
    return framed(figure, 150 + 28 * len(keys)).update_layout(margin={"t": 20})


def _add_line(figure: go.Figure, part: Part, key: str, counts: Sequence[int], line: Mapping[str, Any]) -> None:
    rows, times = _rows(part), range(len(counts))
    figure.add_scatter(
        x=part.more["times"], y=counts, mode="lines+markers", line=line, marker={"size": 5},
        name=_province(part, key), customdata=[rows.get((key, time)) for time in times],
        hovertemplate=[f"{_cell_hover(part, key, time, rows)}<extra></extra>" for time in times],
        visible="legendonly" if key == ALL else True,
    )  # fmt: skip


def _with_player(figure: go.Figure, names: list[str]) -> go.Figure:
    """A slider with a step for each frame, and buttons that play and pause."""
    now = {
        "mode": "immediate",
        "fromcurrent": True,
        "frame": {"duration": 700, "redraw": True},
        "transition": {"duration": 0},
    }
    steps = [
        {"label": name, "method": "animate", "args": [[name], now | {"frame": {"duration": 0, "redraw": True}}]}
        for name in names
    ]
    buttons = [
        {"label": f"▶ {t('regions.play')}", "method": "animate", "args": [names, now | {"fromcurrent": False}]},
        {"label": f"❚❚ {t('regions.pause')}", "method": "animate", "args": [[None], now]},
    ]
    return figure.update_layout(
        height=figure.layout.height + 130,
        sliders=[{"steps": steps, "active": len(names) - 1, "pad": {"t": 60}, "currentvalue": {"font": {"size": 16}}}],
        updatemenus=[{"type": "buttons", "direction": "right", "buttons": buttons, "x": 0, "y": 0, "xanchor": "left",
                      "yanchor": "top", "pad": {"t": 20}, "showactive": False}],
    )  # fmt: skip


def _grid(part: Part) -> dict[str, list[int]]:
    """The counts of each province at each time, with zeros; those with most samples first, the unknown last."""
    counts: dict[str, list[int]] = {}
    for time, row in zip(part.more["rows"], part.table.to_dict("records"), strict=True):
        counts.setdefault(row["province"], [0] * len(part.more["times"]))[time] = int(row["samples"])
    return dict(sorted(counts.items(), key=lambda item: (item[0] == UNKNOWN, -sum(item[1]), item[0])))


def _rows(part: Part) -> dict[tuple[str, int], int]:
    return {
        (key, time): n for n, (key, time) in enumerate(zip(part.table["province"], part.more["rows"], strict=True))
    }  # fmt: skip


def _times(part: Part) -> list[str]:
    return [time_name(part.more["step"], start) for start in part.more["times"]]


def _cell_hover(part: Part, key: str, time: int, rows: Mapping[tuple[str, int], int]) -> str:
    row = rows.get((key, time))
    counted = {"samples": 0, "animals": 0} if row is None else part.table.iloc[row].to_dict()
    return f"{time_name(part.more['step'], part.more['times'][time])}<br>{_hover(part, counted | {'province': key})}"


def _hover(part: Part, row: Mapping[str, Any]) -> str:
    name = _province(part, row["province"])
    return t("regions.hover", province=name, samples=int(row["samples"]), animals=int(row["animals"]))


def _province(part: Part, key: str) -> str:
    return t("regions.all_provinces") if key == ALL else key_name(part, "province", key)


def _most(part: Part) -> int:
    return max(1, int(part.table["samples"].max()))


def _is_narrow() -> bool:
    """As the page found it; a chart draws no measure of its own, as several may be on one page."""
    return bool(st.session_state.get(NARROW))


FIGURES: dict[str, Draw] = {"map": provinces, "trend": trend, "animation": animation, "heat": heat}
