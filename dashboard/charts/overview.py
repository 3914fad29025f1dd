"""Charts of the overview: counts beside those of the span before, what waits, shares of samples, months."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from core.statistics import Part
from core.statistics.answers import ALL
from dashboard.charts import BLUE, ORANGE, PALETTE, framed
from dashboard.charts.shares import both, interval, share_bars, targets, whiskers
from dashboard.language import t
from dashboard.words_of_tables import key_name

GREEN, PALE = PALETTE[2], "#999999"
SPECIES = {"cattle": BLUE, "pig": ORANGE}
EVENTS = {"received": BLUE, "approved": GREEN}
PROCESSING = {"processed": BLUE, "fresh": "#b9d7e8"}


def counts(part: Part) -> go.Figure:
    """Two bars a span: now and before; below them what waits."""
    rows, figure = part.table.to_dict("records"), go.Figure()
    names = [f"{key_name(part, 'event', row['event'])}: {key_name(part, 'span', row['span'])}" for row in rows]
    now = go.Bar(
        y=names, x=[row["samples"] for row in rows], name=t("overview.now"), orientation="h",
        customdata=part.table.index, marker_color=BLUE,
        text=[f"{row['samples']:,}" for row in rows], textposition="outside", cliponaxis=False,
        hovertemplate=[f"{name}<br>{_days(row['first'], row['last'])}{both(row)}<extra></extra>"
                       for name, row in zip(names, rows, strict=True)],
    )  # fmt: skip
    spans = [(name, row) for name, row in zip(names, rows, strict=True) if not pd.isna(row["before_samples"])]
    before = go.Bar(
        y=[name for name, _ in spans], x=[row["before_samples"] for _, row in spans], name=t("overview.before"),
        orientation="h", marker_color=PALE, text=[f"{row['before_samples']:,}" for _, row in spans],
        textposition="outside", cliponaxis=False,
        hovertemplate=[
            f"{t('overview.before')}<br>{_days(row['before_first'], row['before_last'])}"
            f"{t('overview.n_both', samples=row['before_samples'], animals=row['before_animals'])}<extra></extra>"
            for _, row in spans
        ],
    )  # fmt: skip
    figure.add_traces([now, before])
    figure.update_layout(barmode="group", bargap=0.25)
    figure.update_yaxes(autorange="reversed", type="category")
    figure.update_xaxes(title=t("overview.axis_samples"), rangemode="tozero")
    figure = framed(figure, 480)
    return figure.update_layout(margin={"r": 60})


def waiting(part: Part) -> go.Figure:
    """A bar an age, youngest first."""
    rows = part.table.to_dict("records")
    bars = go.Bar(
        x=[key_name(part, "age", row["age"]) for row in rows], y=part.table["samples"], marker_color=ORANGE,
        customdata=part.table.index, text=[f"{row['samples']:,}" for row in rows], textposition="outside",
        cliponaxis=False, hovertemplate=[f"{both(row)}<br>{interval(row)}<extra></extra>" for row in rows],
    )  # fmt: skip
    figure = go.Figure(bars)
    figure.update_xaxes(title=t("column.age"), type="category")
    figure.update_yaxes(title=t("overview.axis_samples"), rangemode="tozero")
    return framed(figure, 380)


def completeness(part: Part) -> go.Figure:
    """A bar a field, with its interval."""
    return share_bars(part, [key_name(part, "field", field) for field in part.table["field"]], t("overview.axis_share"))


def species(part: Part) -> go.Figure:
    """A panel a species, a bar a primal cut."""
    table = part.table
    totals = {row["species"]: row for row in table[table["primal_cut"] == ALL].to_dict("records")}
    cuts = {name: table[(table["species"] == name) & (table["primal_cut"] != ALL)] for name in totals}
    titles = [
        f"<b>{key_name(part, 'species', name)}</b>  {both(row)}" for name, row in totals.items()
    ]  # fmt: skip
    figure = go.Figure().set_subplots(
        rows=len(totals), cols=1, shared_xaxes=True, subplot_titles=titles, vertical_spacing=0.09,
        row_heights=[len(own) for own in cuts.values()],
    )  # fmt: skip
    for number, (name, own) in enumerate(cuts.items(), start=1):
        rows = own.to_dict("records")
        names = [key_name(part, "primal_cut", row["primal_cut"], name) for row in rows]
        figure.add_bar(
            y=[f"{cut}{' *' if row['is_small'] else ''}" for cut, row in zip(names, rows, strict=True)],
            x=own["samples"], orientation="h", marker_color=SPECIES[name], customdata=own.index, showlegend=False,
            text=[f"{row['samples']:,} ({100 * row['share']:.1f} %)" for row in rows], textposition="auto",
            hovertemplate=[f"{both(row)}<br>{interval(row)}<extra></extra>" for row in rows], row=number, col=1,
        )  # fmt: skip
    figure.update_yaxes(type="category", autorange="reversed")
    figure.update_xaxes(title=t("overview.axis_samples"), row=len(totals), col=1)
    return framed(figure, 130 + 32 * (len(table) - len(totals)) + 40 * len(totals))


def processing(part: Part) -> go.Figure:
    """One bar a group, processed and fresh to 100 %; the interval is that of the share processed."""
    figure, names = go.Figure(), group_names(part)
    for state, color in PROCESSING.items():
        own = part.table[part.table["processing"] == state]
        rows = own.to_dict("records")
        figure.add_bar(
            y=[names[row["species"], row["primal_cut"]] for row in rows], x=100 * own["share"],
            name=key_name(part, "processing", state), orientation="h", marker_color=color, customdata=own.index,
            error_x=whiskers(own, ORANGE) if state == "processed" else None,
            hovertemplate=[
                f"{names[row['species'], row['primal_cut']]}<br>{key_name(part, 'processing', state)}: {interval(row)}"
                f"<br>{row['samples']:,} / {row['of_samples']:,}<extra></extra>"
                for row in rows
            ],
        )  # fmt: skip
    figure.update_layout(barmode="stack")
    figure.update_xaxes(range=[0, 100], title=t("overview.axis_share"), ticksuffix=" %")
    figure.update_yaxes(type="category", autorange="reversed")
    return framed(figure, 140 + 30 * len(names))


def trend(part: Part) -> go.Figure:
    """A line of registered and one of approved samples."""
    figure = go.Figure()
    for event in part.table["event"].unique():
        own = part.table[part.table["event"] == event]
        rows = own.to_dict("records")
        name = key_name(part, "event", event)
        figure.add_scatter(
            x=own["month"], y=own["samples"], name=name, mode="lines+markers", customdata=targets(part, own),
            line={"color": EVENTS[event], "width": 2, "dash": "solid" if event == "received" else "dot"},
            marker={"size": 8, "symbol": "circle" if event == "received" else "diamond"},
            hovertemplate=[f"{row['month']:%Y-%m}, {name}<br>{both(row)}<extra></extra>" for row in rows],
        )  # fmt: skip
    figure.update_xaxes(tickformat="%Y-%m", hoverformat="%Y-%m")
    figure.update_yaxes(title=t("overview.axis_samples"), rangemode="tozero")
    return framed(figure, 420)


def group_names(part: Part) -> dict[tuple[str, str], str]:
    """What the groups by species and primal cut are called on an axis, each with its n."""
    names = {}
    for row in part.table.to_dict("records"):
        cut = key_name(part, "primal_cut", row["primal_cut"], row["species"])
        name = key_name(part, "species", row["species"])
        if row["primal_cut"] == ALL and row["species"] != ALL:
            cut = f"<b>{t('overview.all_of', name=name)}</b>"
        elif row["species"] == ALL:
            cut = f"<b>{name}</b>"
        mark = " *" if row["is_small"] else ""
        names[row["species"], row["primal_cut"]] = f"{cut}{mark}  n = {row['of_samples']:,}"
    return names


def _days(first: Any, last: Any) -> str:
    if first is None or last is None:
        return ""
    return (first.isoformat() if first == last else t("overview.days", first=first, last=last)) + "<br>"


FIGURES = {
    "counts": counts,
    "waiting": waiting,
    "completeness": completeness,
    "species": species,
    "processing": processing,
    "trend": trend,
}
