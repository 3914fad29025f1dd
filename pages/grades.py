"""Grades: their shares within groups, marbling numbers, official carcass figures."""

from dashboard.charts.grades import FIGURES
from dashboard.statistics_page import statistics_page

statistics_page("grades", FIGURES)
