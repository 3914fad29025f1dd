"""Charts, all in plotly: axes with units, the same colour for the same thing everywhere."""

from typing import Any

import plotly.graph_objects as go

# No outside links, and a picture that can be saved; a wheel over a map scrolls the page.
CONFIG: dict[str, Any] = {
    "displaylogo": False, "modeBarButtonsToRemove": ["lasso2d", "select2d"], "scrollZoom": False,
}  # fmt: skip
# Dark to pale with rising marbling; told apart by colour-blind people too (lightness differs throughout).
GRADES = {"1++": "#5e0f1d", "1+": "#9d2235", "1": "#cf5f6d", "2": "#e3a19b", "3": "#f0d3c8", "off": "#9b9b9b"}
# Okabe and Ito (2008): told apart with any colour vision, on light and on dark.
PALETTE = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#999999", "#f0e442")
BLUE, ORANGE = PALETTE[0], PALETTE[1]
COUNTS = [[0.0, "#fbeee9"], [0.5, "#cf5f6d"], [1.0, "#5e0f1d"]]


def framed(figure: go.Figure, height: int) -> go.Figure:
    """With the margins and signs that all charts have; a legend stands above the chart, beside nothing."""
    legend = {"orientation": "h", "yref": "container", "y": 1, "yanchor": "top", "x": 0, "traceorder": "normal"}
    return figure.update_layout(
        height=height, margin={"l": 10, "r": 20, "t": 50, "b": 10}, separators=".,", legend=legend,
        dragmode=False,  # a finger that begins on a chart scrolls the page
    )  # fmt: skip
