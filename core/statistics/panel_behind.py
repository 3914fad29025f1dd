"""The samples behind a row of a part about evaluators."""

from dataclasses import dataclass

import numpy as np

from core.statistics import facts
from core.statistics.answers import SamplesBehind
from core.statistics.cohort import Array, Cohort, months
from core.statistics.filters import StatisticsFilter
from core.statistics.panel_scores import Panel


@dataclass(frozen=True)
class SamplesOf(SamplesBehind):
    """The samples of the products that all of `raters` scored beside others, in a month if one is given; or
    those that `raters` (all without any) scored `twice`.
    """

    wanted: StatisticsFilter
    preparation: str
    attribute: str
    raters: tuple[str, ...]
    month: int | None = None
    twice: bool = False

    def ids(self) -> Array:
        panel = Panel(Cohort(facts.current(), self.wanted), self.preparation)
        return panel.ids(self.rows(panel))

    def rows(self, panel: Panel) -> Array:
        cells = panel.cells(self.attribute)
        raters = [panel.raters.index(rater) for rater in self.raters if rater in panel.raters]
        if len(raters) < len(self.raters):  # somebody's scores are gone meanwhile
            return np.empty(0, np.int64)
        if self.twice:
            own = np.isin(cells.rater, raters) if raters else np.ones(len(cells.rater), bool)
            return cells.row[own & (cells.layout.count > 1)] if cells.layout.count is not None else cells.row[:0]
        cells = cells.shared()
        product = cells.layout.spread(np.arange(len(cells.first)))
        chosen = np.ones(len(cells.first), bool)
        for rater in raters:
            own = cells.rater == rater
            if self.month is not None:
                own &= months(panel.scores["evaluated"])[cells.row] == self.month
            chosen &= np.bincount(product[own], minlength=len(chosen)) > 0
        return np.asarray(cells.row[cells.first[chosen]])
