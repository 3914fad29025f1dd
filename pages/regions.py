"""Regions: where samples come from."""

from dashboard.charts.regions import FIGURES
from dashboard.statistics_page import statistics_page

statistics_page("regions", FIGURES)
