"""Charts of regions."""

from dashboard.statistics_page import Draw

FIGURES: dict[str, Draw] = {}
