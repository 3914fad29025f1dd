"""Taste: sensory profiles."""

from dashboard.charts.taste import FIGURES
from dashboard.statistics_page import statistics_page

statistics_page("taste", FIGURES)
