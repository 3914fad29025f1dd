"""Charts of groups that are compared: means with letters, differences of pairs, the mixed model."""

from typing import Any

import plotly.graph_objects as go

from core.measurements import measures
from core.statistics import Part
from core.tables.samples import HEATED_SCORES, RAW_SCORES
from dashboard.charts import BLUE, PALETTE, framed
from dashboard.language import language, t
from dashboard.widgets import name_of
from dashboard.words_of_tables import key_name

GREY, MEAN, BOX = "#8a8a8a", PALETTE[5], "rgba(86, 180, 233, 0.28)"
SOURCES = {"animal": PALETTE[0], "evaluator": PALETTE[1], "rest": PALETTE[6]}
MOST_PAIRS = 45  # that are drawn
LINE = 44  # pixels a group
MOST_SIGNS = 14  # of two names on one line


def means(part: Part) -> go.Figure:
    """A group a line: its mean with the interval and the letters, and behind it the box of its animals."""
    figure, rows = go.Figure(), part.table.to_dict("records")
    names = [_group(part, row) for row in rows]
    for number, (name, row) in enumerate(zip(names, rows, strict=True)):
        figure.add_box(
            y=[name], q1=[row["q1"]], median=[row["median"]], q3=[row["q3"]], lowerfence=[row["min"]], orientation="h",
            upperfence=[row["max"]], width=0.55, fillcolor=BOX, line={"color": GREY, "width": 1}, customdata=[number],
            showlegend=not number, name=t("compare.legend_quartiles"), hoverinfo="skip",
        )  # fmt: skip
    _add_means(figure, part, names, rows)
    ends = [row["max"] for row in rows]
    figure.add_scatter(
        x=ends, y=names, text=[f"  {row['letters']}" for row in rows], mode="text", textposition="middle right",
        textfont={"size": 15}, showlegend=False, hoverinfo="skip", cliponaxis=False,
    )  # fmt: skip
    return _lines(figure, part, names)


def pairs(part: Part) -> go.Figure:
    """A pair a line: the difference with its interval; those whose interval leaves out zero are filled."""
    rows = part.table.to_dict("records")
    order = sorted(range(len(rows)), key=lambda row: rows[row]["p_adjusted"])[:MOST_PAIRS]
    drawn = [rows[row] for row in sorted(order)]
    figure, decimals = go.Figure(), part.more["decimals"]
    names = [_pair(part, row) for row in drawn]
    for is_different, color, symbol in ((True, PALETTE[5], "circle"), (False, BLUE, "circle-open")):
        own = [place for place, row in enumerate(drawn) if (row["p_adjusted"] < 0.05) == is_different]
        picked = [drawn[place] for place in own]
        if not own:
            continue
        figure.add_scatter(
            x=[row["difference"] for row in picked], y=[names[place] for place in own], mode="markers",
            error_x=_bars([row["high"] - row["difference"] for row in picked]),
            marker={"color": color, "size": 10, "symbol": symbol, "line": {"width": 2}},
            name=t("compare.different" if is_different else "compare.alike"),
            hovertemplate=[
                f"{names[place]}: {row['difference']:.{decimals}f} ({row['low']:.{decimals}f} - "
                f"{row['high']:.{decimals}f})<br>p = {row['p_adjusted']:.4f}, g = {row['hedges_g']:.2f}<extra></extra>"
                for place, row in zip(own, picked, strict=True)
            ],
        )  # fmt: skip
    figure.update_layout(showlegend=True)
    figure.add_vline(0, line={"color": GREY, "width": 1, "dash": "dash"})
    if len(drawn) < len(rows):
        said = t("compare.most_pairs", shown=len(drawn), n=len(rows))
        figure.add_annotation(text=said, xref="paper", yref="paper", x=0, y=1.0, yanchor="bottom", showarrow=False)
    figure.update_xaxes(title=f"{axis(part)}<br><sub>{t('compare.axis_difference')}</sub>")
    figure.update_yaxes(type="category", categoryorder="array", categoryarray=names, autorange="reversed")
    return framed(figure, 170 + 38 * len(names))


def mixed_means(part: Part) -> go.Figure:
    """A group a line: its marginal mean with the interval."""
    rows = part.table.to_dict("records")
    figure, names = go.Figure(), [_group(part, row) for row in rows]
    _add_means(figure, part, names, rows)
    return _lines(figure, part, names)


def mixed_variance(part: Part) -> go.Figure:
    """One bar, as long as the whole variance."""
    figure = go.Figure()
    for number, row in enumerate(part.table.to_dict("records")):
        name = key_name(part, "source", row["source"])
        figure.add_bar(
            x=[100 * row["share"]], y=[""], orientation="h", name=name, marker_color=SOURCES[row["source"]],
            customdata=[number], text=[f"{100 * row['share']:.0f} %"], textposition="inside", insidetextanchor="middle",
            hovertemplate=f"{name}: {100 * row['share']:.1f} %<br>{t('column.variance')} = {row['variance']:.4g}"
            "<extra></extra>",
        )  # fmt: skip
    figure.update_layout(barmode="stack")
    figure.update_xaxes(range=[0, 100], title=t("compare.axis_share"), ticksuffix=" %")
    figure.update_yaxes(type="category")
    return framed(figure, 210)


def axis(part: Part) -> str:
    """The response with its unit or its scale."""
    response, unit = part.more["response"], part.more["unit"]
    if response in RAW_SCORES + HEATED_SCORES:
        return ", ".join(filter(None, [t(f"score.{response}"), name_of("scales", unit) if unit else ""]))
    name = str(measures()[response][language()])
    return f"{name} ({unit})" if unit else name


def _add_means(figure: go.Figure, part: Part, names: list[str], rows: list[dict[Any, Any]]) -> None:
    decimals = part.more["decimals"]
    figure.add_scatter(
        x=[row["mean"] for row in rows], y=names, mode="markers", name=t("compare.legend_mean"),
        error_x=_bars([row["high"] - row["mean"] for row in rows]), customdata=list(range(len(rows))),
        marker={"color": MEAN, "size": 11, "symbol": "diamond", "line": {"color": "white", "width": 1}},
        hovertemplate=[
            f"{name}<br>{t('column.mean')} {row['mean']:.{decimals}f} ({row['low']:.{decimals}f} - "
            f"{row['high']:.{decimals}f})<extra></extra>"
            for name, row in zip(names, rows, strict=True)
        ],
    )  # fmt: skip


def _bars(halves: list[float]) -> dict[str, Any]:
    return {"type": "data", "array": halves, "thickness": 2.5, "width": 6}


def _group(part: Part, row: dict[Any, Any]) -> str:
    """A group's name with a mark where it is small, and its animals."""
    name = key_name(part, "group", row["group"])
    return f"{name}{' *' if row['is_small'] else ''}<br><sub>{t('statistics.n_animals', n=row['animals'])}</sub>"


def _pair(part: Part, row: dict[Any, Any]) -> str:
    """Both names, on two lines where they are long."""
    first, second = key_name(part, "group", row["group"]), key_name(part, "against", row["against"])
    return f"{first} -{'<br>' if len(first + second) > MOST_SIGNS else ' '}{second}"


def _lines(figure: go.Figure, part: Part, names: list[str]) -> go.Figure:
    figure.update_xaxes(title=axis(part))
    figure.update_yaxes(type="category", categoryorder="array", categoryarray=names, autorange="reversed")
    return framed(figure, 170 + LINE * len(names))


FIGURES = {"means": means, "pairs": pairs}
OF_RUN = {"mixed_means": mixed_means, "mixed_variance": mixed_variance}
