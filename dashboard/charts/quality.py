"""Charts of data quality."""

from dashboard.statistics_page import Draw

FIGURES: dict[str, Draw] = {}
