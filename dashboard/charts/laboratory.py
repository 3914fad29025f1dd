"""Charts of laboratory."""

from dashboard.statistics_page import Draw

FIGURES: dict[str, Draw] = {}
