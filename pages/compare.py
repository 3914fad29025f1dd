"""Compare groups: whether groups differ."""

from dashboard.charts.compare import FIGURES
from dashboard.statistics_page import statistics_page

statistics_page("compare", FIGURES)
