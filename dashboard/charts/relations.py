"""Charts of relations."""

from dashboard.statistics_page import Draw

FIGURES: dict[str, Draw] = {}
