"""Laboratory: measured values."""

from dashboard.charts.laboratory import FIGURES
from dashboard.statistics_page import statistics_page

statistics_page("laboratory", FIGURES)
