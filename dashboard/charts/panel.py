"""Charts of panel."""

from dashboard.statistics_page import Draw

FIGURES: dict[str, Draw] = {}
