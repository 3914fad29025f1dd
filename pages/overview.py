"""Overview: what there is."""

from dashboard.charts.overview import FIGURES
from dashboard.statistics_page import statistics_page

statistics_page("overview", FIGURES)
