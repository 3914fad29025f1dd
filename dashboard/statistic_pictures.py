"""Charts as PNG and SVG, made in the browser by the chart itself: nothing is drawn twice, no other host is asked."""

from typing import Any

import streamlit as st

from dashboard.language import t

_pictures = st.components.v2.component(
    "meatlab_pictures",
    html='<div class="pictures"><button data-format="png">PNG</button><button data-format="svg">SVG</button></div>',
    css="""
.pictures { display: flex; gap: 0.5rem; }
button {
  font: inherit; color: var(--st-text-color); background: var(--st-background-color); cursor: pointer;
  border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius); padding: 0.4rem 0.75rem;
  min-height: 2.5rem;
}
button:hover, button:focus-visible { border-color: var(--st-primary-color); color: var(--st-primary-color); }
""",
    js="""
export default function ({ data, parentElement }) {
  for (const button of parentElement.querySelectorAll("button")) {
    button.title = data.title;
    button.setAttribute("aria-label", `${data.title}: ${button.dataset.format.toUpperCase()}`);
    button.onclick = () => {
      const chart = document.querySelector(`.st-key-${data.chart} .js-plotly-plot`);
      const camera = chart && chart.querySelector('.modebar-btn[data-title="Download plot as a PNG"], ' +
        '.modebar-btn[data-title="Download plot"]');
      if (!camera) return;
      const usual = chart._context.toImageButtonOptions;
      chart._context.toImageButtonOptions = { format: button.dataset.format, filename: data.name, scale: 2 };
      camera.click();
      chart._context.toImageButtonOptions = usual;
    };
  }
}
""",
)


def picture_buttons(chart: str, name: str) -> None:
    """Two buttons that save the chart of a key under a name."""
    data: dict[str, Any] = {"chart": chart, "name": name, "title": t("statistics.picture")}
    _pictures(data=data, key=f"pictures_{chart}", width="content", height="content")
