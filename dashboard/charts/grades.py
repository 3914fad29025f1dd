"""Charts of grades: shares within groups, marbling numbers, carcass figures."""

import plotly.graph_objects as go

from core.statistics import Part
from dashboard.charts import GRADES, ORANGE, framed
from dashboard.language import t
from dashboard.words_of_tables import key_name


def shares(part: Part) -> go.Figure:
    """One bar a group, its grades stacked to 100 %."""
    table, figure = part.table, go.Figure()
    names = {group: str(key_name(part, "group", group)) for group in table["group"].unique()}
    for grade in table["grade"].unique():
        own = table[table["grade"] == grade]
        rows, name = own.to_dict("records"), key_name(part, "grade", grade)
        figure.add_bar(
            y=[f"{names[row['group']]}{' *' if row['is_small'] else ''}  n = {row['of_samples']:,}" for row in rows],
            x=100 * own["share"],
            name=name,
            orientation="h",
            marker={"color": GRADES[grade], "line": {"color": "rgba(127,127,127,0.5)", "width": 0.5}},
            customdata=own.index,
            hovertemplate=[
                f"{names[row['group']]}, {name}: {100 * row['share']:.1f} % "
                f"({100 * row['share_low']:.1f} - {100 * row['share_high']:.1f})<br>"
                f"{row['samples']:,} / {row['of_samples']:,}<extra></extra>"
                for row in rows
            ],
        )
    figure.update_layout(barmode="stack")
    figure.update_xaxes(range=[0, 100], title=t("grades.axis_share"), ticksuffix=" %")
    figure.update_yaxes(type="category", autorange="reversed")
    return framed(figure, 140 + 34 * len(names))


def bms(part: Part) -> go.Figure:
    """A bar a number, with its count above."""
    table = part.table
    hover = [
        f"BMS {row['bms']}: {row['samples']:,} ({100 * row['share']:.1f} %)<extra></extra>"
        for row in table.to_dict("records")
    ]
    bars = go.Bar(
        x=table["bms"], y=table["samples"], marker_color=ORANGE, customdata=table.index, hovertemplate=hover,
        text=[f"{n:,}" for n in table["samples"]], textposition="outside",
    )  # fmt: skip
    figure = go.Figure(bars)
    figure.update_xaxes(title=t("grades.axis_bms"), dtick=1)
    figure.update_yaxes(title=t("column.samples"))
    return framed(figure, 380)


def carcass(part: Part) -> go.Figure:
    """A box a grade, one panel a figure of the carcass, one below the other."""
    values = list(part.table["value"].unique())
    titles = [key_name(part, "value", value) for value in values]
    rows = max(len(values), 1)
    figure = go.Figure().set_subplots(
        rows=rows, cols=1, subplot_titles=titles, shared_xaxes=True, vertical_spacing=0.08
    )
    for number, row in enumerate(part.table.to_dict("records")):
        figure.add_box(
            x=[key_name(part, "grade", row["grade"])], q1=[row["q1"]], median=[row["median"]], q3=[row["q3"]],
            lowerfence=[row["min"]], upperfence=[row["max"]], mean=[row["mean"]], showlegend=False,
            name=key_name(part, "grade", row["grade"]), fillcolor=GRADES[row["grade"]],
            line={"color": "#7a7a7a", "width": 1}, customdata=[number], row=values.index(row["value"]) + 1, col=1,
        )  # fmt: skip
    figure.update_xaxes(type="category")
    return framed(figure, 80 + 220 * rows)


FIGURES = {
    **{
        f"by_{name}": shares for name in ("processing", "rounds", "province", "primal_cut", "sex", "breed", "month")
    },
    "bms": bms,
    "carcass": carcass,
}  # fmt: skip
