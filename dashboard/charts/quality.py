"""Charts of data quality: warnings, what is missing, what waits, what is there twice, what is not verified."""

import plotly.graph_objects as go

from core.statistics import Part
from dashboard.charts import BLUE, COUNTS, ORANGE, PALETTE, framed
from dashboard.charts.shares import both, interval, share_bars, targets, whiskers
from dashboard.language import t
from dashboard.words_of_tables import key_name

REASONS = {"same_cut": ("circle", ORANGE), "same_photo": ("diamond", BLUE)}
PATTERNS = ("", "/", ".", "x", "\\", "-", "+", "|")  # with the colours of the palette more than eight are told apart
DAY_MS = 24 * 3600 * 1000  # as plotly's axes of days measure widths
SHORTEST = 0.1  # minutes; on an axis of powers nothing is 0


def warnings(part: Part) -> go.Figure:
    """A bar a month, its kinds of warning stacked."""
    figure, table = go.Figure(), part.table
    for number, code in enumerate(table.groupby("code")["warnings"].sum().sort_values(ascending=False).index):
        own = table[table["code"] == code]
        name = key_name(part, "code", code)
        figure.add_bar(
            x=own["month"], y=own["warnings"], name=name, customdata=own.index,
            marker={"color": PALETTE[number % len(PALETTE)], "pattern": {"shape": PATTERNS[number // len(PALETTE)]}},
            hovertemplate=[f"{row['month']:%Y-%m}, {name}: {row['warnings']:,}<br>{both(row)}<extra></extra>"
                           for row in own.to_dict("records")],
        )  # fmt: skip
    figure.update_layout(barmode="stack")
    figure.update_xaxes(tickformat="%Y-%m", dtick="M1" if table["month"].nunique() < 12 else None)
    figure.update_yaxes(title=t("quality.axis_warnings"), rangemode="tozero")
    return framed(figure, 460)


def warned_fields(part: Part) -> go.Figure:
    """A bar a field and kind of warning."""
    rows = part.table.to_dict("records")
    names = [f"{key_name(part, 'field', row['field'])}: {key_name(part, 'code', row['code'])}" for row in rows]
    bars = go.Bar(
        y=names, x=part.table["warnings"], orientation="h", marker_color=ORANGE, customdata=part.table.index,
        text=[f"{row['warnings']:,}" for row in rows], textposition="auto",
        hovertemplate=[f"{name}: {row['warnings']:,}<br>{both(row)}<br>{interval(row)}<extra></extra>"
                       for name, row in zip(names, rows, strict=True)],
    )  # fmt: skip
    figure = go.Figure(bars)
    figure.update_yaxes(type="category", autorange="reversed", automargin=True)
    figure.update_xaxes(title=t("quality.axis_warnings"), rangemode="tozero")
    return framed(figure, 120 + 30 * len(rows))


def missing_fields(part: Part) -> go.Figure:
    """A bar a field, with its interval."""
    return share_bars(
        part, [key_name(part, "field", field) for field in part.table["field"]], t("quality.axis_missing")
    )


def missing_by_month(part: Part) -> go.Figure:
    """A square for each field and month, darker where more is missing; they are bars, as these can be clicked."""
    table = part.table
    fields = list(table["field"].unique())
    names = {field: key_name(part, "field", field) for field in fields}
    hover = [
        f"{names[row['field']]}, {row['month']:%Y-%m}: {interval(row)}<br>{row['samples']:,} / {row['of_samples']:,}"
        f"{' *' if row['is_small'] else ''}<extra></extra>"
        for row in table.to_dict("records")
    ]
    colors = {
        "color": 100 * table["share"], "colorscale": COUNTS, "cmin": 0, "cmax": 100, "line": {"width": 0},
        "colorbar": {"ticksuffix": " %", "thickness": 10, "orientation": "h", "y": 1, "yanchor": "bottom"},
    }  # fmt: skip
    squares = go.Bar(
        x=table["month"], y=[0.94] * len(table), base=[fields.index(field) + 0.03 for field in table["field"]],
        marker=colors, width=27 * DAY_MS, customdata=targets(part), hovertemplate=hover,
    )  # fmt: skip
    figure = go.Figure(squares)
    figure.update_layout(barmode="overlay")
    figure.update_xaxes(tickformat="%Y-%m")
    figure.update_yaxes(
        tickvals=[place + 0.5 for place in range(len(fields))], ticktext=list(names.values()), range=[len(fields), 0],
        showgrid=False, zeroline=False,
    )  # fmt: skip
    return framed(figure, 120 + 28 * len(names))


def pending_age(part: Part) -> go.Figure:
    """A bar as wide as the days that it stands for."""
    table, width = part.table, part.more["width"]
    hover = []
    for row in table.to_dict("records"):
        first, last = row["age_from"], row["age_to"]
        age = t("quality.age_one", age=first) if first == last else t("quality.age_span", first=first, last=last)
        hover.append(f"{age}<br>{both(row)}<extra></extra>")
    bars = go.Bar(
        x=table["age_from"] + (width - 1) / 2, y=table["samples"], width=width * 0.95, marker_color=ORANGE,
        customdata=table.index, hovertemplate=hover,
    )  # fmt: skip
    figure = go.Figure(bars)
    figure.update_xaxes(
        title=t("quality.axis_age"), rangemode="tozero", dtick=1 if table["age_to"].max() < 15 else None
    )
    figure.update_yaxes(title=t("overview.axis_samples"), rangemode="tozero")
    return framed(figure, 400)


def twice(part: Part) -> go.Figure:
    """A mark a pair: when the later one came, and how long after the other."""
    figure = go.Figure()
    for reason, (symbol, color) in REASONS.items():
        own = part.table[part.table["reason"] == reason]
        if own.empty:
            continue
        name = key_name(part, "reason", reason)
        figure.add_scatter(
            x=own["received"], y=own["minutes_apart"].clip(lower=SHORTEST), name=name, mode="markers",
            customdata=own.index, marker={"symbol": symbol, "color": color, "size": 10, "opacity": 0.8},
            hovertemplate=[
                f"{name}<br>{row['sample']}<br>{row['other']}<br>"
                f"{key_name(part, 'secondary_cut', row['secondary_cut'], row['species'])}, "
                f"{row['minutes_apart']:.1f} min<extra></extra>"
                for row in own.to_dict("records")
            ],
        )  # fmt: skip
    figure.update_xaxes(title=t("quality.axis_received"), tickformat="%Y-%m-%d")
    figure.update_yaxes(title=t("quality.axis_apart"), type="log", dtick=1)
    return framed(figure.update_layout(showlegend=True), 420)


def unverified(part: Part) -> go.Figure:
    """A mark a month, with its interval."""
    table = part.table
    marks = go.Scatter(
        x=table["month"], y=100 * table["share"], mode="markers", marker={"color": BLUE, "size": 10},
        error_y=whiskers(table), customdata=table.index,
        hovertemplate=[
            f"{row['month']:%Y-%m}: {interval(row)}<br>{row['samples']:,} / {row['of_samples']:,}"
            f"{' *' if row['is_small'] else ''}<extra></extra>"
            for row in table.to_dict("records")
        ],
    )  # fmt: skip
    figure = go.Figure(marks)
    figure.update_xaxes(tickformat="%Y-%m")
    figure.update_yaxes(range=[0, 102], title=t("quality.axis_unverified"), ticksuffix=" %")
    return framed(figure, 400)


FIGURES = {
    "warnings": warnings,
    "warned_fields": warned_fields,
    "missing_fields": missing_fields,
    "missing_by_month": missing_by_month,
    "pending_age": pending_age,
    "twice": twice,
    "unverified": unverified,
}
