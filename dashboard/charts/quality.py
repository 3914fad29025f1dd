"""Charts of data quality: warnings, what is missing, what waits, what is there twice, what is not verified."""

import plotly.graph_objects as go

from core.statistics import Part
from dashboard.charts import BLUE, COUNTS, ORANGE, PALETTE, framed
from dashboard.charts.shares import both, interval, share_bars, targets, whiskers
from dashboard.language import t
from dashboard.words_of_tables import key_name

REASONS = {"same_cut": ("circle", ORANGE), "same_photo": ("diamond", BLUE)}
PATTERNS = ("", "/", ".", "x", "\\", "-", "+", "|")  # with the colours of the palette more than eight are told apart
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
    """A square for each field and month, darker where more is missing."""
    table = part.table
    names = {field: key_name(part, "field", field) for field in table["field"].unique()}
    table = table.assign(place=targets(part), text=[
        f"{names[row['field']]}, {row['month']:%Y-%m}: {interval(row)}<br>{row['samples']:,} / {row['of_samples']:,}"
        f"{' *' if row['is_small'] else ''}" for row in table.to_dict("records")
    ])  # fmt: skip
    wide = {
        column: table.pivot(index="field", columns="month", values=column).reindex(list(names))
        for column in ("share", "place", "text")
    }
    squares = go.Heatmap(
        z=100 * wide["share"], x=wide["share"].columns, y=list(names.values()), colorscale=COUNTS, zmin=0, zmax=100,
        customdata=wide["place"].astype(object).where(wide["place"].notna(), None).to_numpy(), text=wide["text"],
        hovertemplate="%{text}<extra></extra>", xgap=1, ygap=1,
        colorbar={"ticksuffix": " %", "thickness": 12, "title": None},
    )  # fmt: skip
    figure = go.Figure(squares)
    figure.update_xaxes(tickformat="%Y-%m")
    figure.update_yaxes(type="category", autorange="reversed")
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
