"""Data quality: what is wrong or missing in the data."""

from dashboard.charts.quality import FIGURES
from dashboard.statistics_page import statistics_page

statistics_page("quality", FIGURES)
