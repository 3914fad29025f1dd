"""Charts of compare groups."""

from dashboard.statistics_page import Draw

FIGURES: dict[str, Draw] = {}
