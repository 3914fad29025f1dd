"""Relations: how values go together."""

from dashboard.charts.relations import FIGURES
from dashboard.statistics_page import statistics_page

statistics_page("relations", FIGURES)
