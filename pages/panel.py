"""Panel: how evaluators agree."""

from dashboard.charts.panel import FIGURES
from dashboard.statistics_page import statistics_page

statistics_page("panel", FIGURES)
