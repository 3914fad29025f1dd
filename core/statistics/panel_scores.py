"""The scores of a panel: one attribute on one scale, put side by side for each product that was tasted.

A product is one sample in one round on one day after it. Evaluators are compared on the same products only: each one's
score with the mean of the others' scores of that product.
"""

import math
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from core import catalogue
from core.statistics.answers import Says, scale_notes, species_notes
from core.statistics.cohort import Array, Cohort, N
from core.statistics.numbers import distinct
from core.statistics.panel_names import names_of
from core.tables.samples import SCORES


@dataclass(frozen=True)
class Layout:
    """Who scored which product, the products in order: a cell for each rater of each; replicates are one.

    `row` is the first row of the panel that a cell is made of, `count` of how many it is made (None where nobody scored
    anything twice). `first` are the cells that begin a product.
    """

    rater: Array
    row: Array
    first: Array
    count: Array | None = None

    @property
    def scores(self) -> int:
        """How many scores the cells are made of."""
        return len(self.rater) if self.count is None else int(self.count.sum())

    @cached_property
    def again(self) -> Array:
        """The cells that are made of several; they are few."""
        return np.empty(0, np.intp) if self.count is None else np.flatnonzero(self.count > 1)

    @cached_property
    def times(self) -> Array:
        """Of how many these are made."""
        return np.empty(0, np.int64) if self.count is None else self.count[self.again]

    @cached_property
    def starts(self) -> Array:
        """Where among all rows that cells are made of those of each begin."""
        return np.arange(len(self.rater)) if self.count is None else np.cumsum(self.count) - self.count

    @cached_property
    def per_product(self) -> Array:
        return np.diff(self.first, append=len(self.rater))

    @cached_property
    def others(self) -> Array:
        """How many others scored the product of each cell."""
        return self.spread(self.per_product - 1)

    @cached_property
    def parts(self) -> tuple[int, int]:
        """Into how many parts of a score the means divide: those of replicates, and those of other raters."""
        others = (np.flatnonzero(np.bincount(self.per_product)) - 1).tolist()
        own = math.lcm(*np.unique(self.times).tolist())
        return own, own * math.lcm(*(n for n in others if n > 0))

    def spread(self, of_products: Array) -> Array:
        """What is known of the products, for each of their cells."""
        return np.repeat(of_products, self.per_product)

    def some(self, places: Array) -> "Layout":
        """Some cells; what they lie beside is lost."""
        count = None if self.count is None else self.count[places]
        return Layout(self.rater[places], self.row[places], np.arange(len(places)), count)

    @cached_property
    def shared(self) -> tuple["Layout", Array]:
        """The cells of products that two raters or more have scored, and their places."""
        places, per_product = np.flatnonzero(self.others > 0), self.per_product[self.per_product > 1]
        return replace(self.some(places), first=np.cumsum(per_product) - per_product), places


@dataclass(frozen=True)
class Cells:
    """One attribute: a value for each cell; of replicates their mean.

    `within` are the sums of their squared distances from it, of the cells that are made of several (not known where
    cells were chosen). `missing` counts scores without this attribute.
    """

    layout: Layout
    value: Array
    missing: int
    within: Array = field(default_factory=lambda: np.empty(0))

    @property
    def rater(self) -> Array:
        return self.layout.rater

    @property
    def row(self) -> Array:
        return self.layout.row

    @property
    def first(self) -> Array:
        return self.layout.first

    @cached_property
    def others(self) -> Array:
        """For each cell the mean of the other raters of its product."""
        if not len(self.value):
            return np.empty(0)
        found = self.layout.spread(np.add.reduceat(self.value, self.first))
        found -= self.value
        found /= self.layout.others
        return found

    def some(self, places: Array) -> "Cells":
        """Some cells; what they lie beside is lost."""
        return Cells(self.layout.some(places), self.value[places], self.missing)

    def shared(self) -> "Cells":
        """Only products that two raters or more have scored."""
        if not len(self.value) or self.layout.per_product.min() > 1:
            return self
        layout, places = self.layout.shared
        return Cells(layout, self.value[places], self.missing)


class Panel:
    """Who scored what: the rows are in the order of products, and within one of raters.

    `raters` are the evaluators in the order of what they are called (`names`); `rater` is the place of each row's.
    """

    def __init__(self, cohort: Cohort, preparation: str) -> None:
        self.cohort, self.preparation = cohort, preparation
        scores = cohort.evaluations(preparation)
        codes = scores["rater"]
        there = np.flatnonzero(np.bincount(codes, minlength=1))
        keys = [cohort.keys("rater")[code] for code in there]
        self.names = names_of(keys)
        self.raters = tuple(self.names)
        places = np.zeros(there[-1] + 1 if len(there) else 1, np.int16)
        places[there] = [self.raters.index(key) for key in keys]
        replicate = scores["replicate"]
        self.has_replicates = bool(len(scores)) and int(replicate.min()) != int(replicate.max())
        self.scores, self.rater, self.sample = scores, places[codes], scores["sample"]
        self._animals_of: dict[int, Array] = {}

    @cached_property
    def rows(self) -> Array:
        return np.arange(len(self.rater), dtype=np.int32)

    @cached_property
    def new_product(self) -> Array:
        """For each row whether it begins a product."""
        day, new = self.scores["day"], self.scores.new_round.copy()
        new[1:] |= day[1:] != day[:-1]
        return new

    @cached_property
    def product(self) -> Array:
        return np.cumsum(self.new_product, dtype=np.int32) - 1

    @property
    def attributes(self) -> tuple[str, ...]:
        return SCORES[self.preparation]

    def cells(self, attribute: str | None) -> Cells:
        """Of all products, also of those that one rater alone scored; None: of whatever was scored, values being 0."""
        values = self.scores[attribute] if attribute else np.zeros(len(self.rater))
        known = ~np.isnan(values)
        if known.all():
            return self._cells(values, self._layout, 0)
        rows, values = self.rows[known], values[known]
        return self._cells(values, self._laid_out(rows), len(known) - len(rows))

    def _cells(self, values: Array, layout: Layout, missing: int) -> Cells:
        """Of the values of the rows that a layout is made of."""
        if layout.count is None or not len(layout.again):
            return Cells(layout, values, missing)
        n, first, means = layout.times, layout.starts[layout.again], values[layout.starts]
        starts = np.cumsum(n) - n
        own = values[np.repeat(first - starts, n) + np.arange(n.sum())]
        found = np.add.reduceat(own, starts) / n
        means[layout.again] = found
        return Cells(layout, means, missing, np.add.reduceat((own - np.repeat(found, n)) ** 2, starts))

    @cached_property
    def _layout(self) -> Layout:
        """That where no score is missing."""
        return self._laid_out(self.rows)

    def _laid_out(self, rows: Array) -> Layout:
        rater, product = self.rater[rows], self.product[rows]
        new = np.ones(len(rows), bool)
        new[1:] = product[1:] != product[:-1]
        if not self.has_replicates:
            return Layout(rater, rows, np.flatnonzero(new))
        begins = new.copy()
        begins[1:] |= rater[1:] != rater[:-1]
        cells = np.flatnonzero(begins)
        return Layout(rater[cells], rows[cells], np.flatnonzero(new[cells]), np.diff(cells, append=len(rows)))

    def values(self, attribute: str, rows: Array) -> Array:
        """The scores of some rows."""
        return self.scores.some(rows)[attribute]

    def is_shared(self) -> bool:
        """Whether any product has two raters."""
        return bool((~self.new_product[1:] & (self.rater[1:] != self.rater[:-1])).any())

    def animals(self, rows: Array) -> Array:
        of_samples: Array = self.cohort.facts.samples["animal"]
        return of_samples[self.sample[rows]]

    def count(self, rows: Array | None = None) -> N:
        """Of all rows, or of some."""
        return self.scores.count(rows)

    def ids(self, rows: Array) -> Array:
        """The ids of the samples that some rows are of."""
        return np.asarray(self.cohort.facts.samples["sample_id"][np.unique(self.sample[rows])])

    def animals_of_raters(self, cells: Cells) -> Array:
        """How many animals each rater's cells are of."""
        if not cells.missing and len(cells.row) in self._animals_of:  # the same cells of another attribute
            return self._animals_of[len(cells.row)]
        found = distinct(cells.rater, len(self.raters), self.animals(cells.row), self.cohort.facts.animals)
        if not cells.missing:
            self._animals_of[len(cells.row)] = found
        return found

    @cached_property
    def ends(self) -> tuple[float, float, float]:
        """The lowest and the highest score of the scale, and its step."""
        scale = catalogue.recent().find("scales", self.scores.scale)
        if scale is None or scale.minimum is None or scale.maximum is None:
            return 0.0, np.nan, 1.0
        return scale.minimum, scale.maximum, scale.step or 1.0

    def notes(self) -> tuple[Says, ...]:
        """What was left out by the choice of one preparation and one scale; and whether species are put together."""
        species = species_notes(self.scores.of_sample("species"))
        return Says(f"panel.note_{self.preparation}"), *scale_notes(self.scores), *species


def panel_of(cohort: Cohort, attribute: str | None = None) -> Panel:
    """The panel of the preparation that is wanted, or that an attribute is of; else of that which several people
    scored, heated first.
    """
    wanted: str | None = cohort.wanted.preparation
    if wanted is None and attribute is not None:
        wanted = next(preparation for preparation, names in SCORES.items() if attribute in names)
    if wanted is not None:
        return Panel(cohort, wanted)
    heated = Panel(cohort, "heated")
    if heated.is_shared():
        return heated
    raw = Panel(cohort, "raw")
    return raw if raw.is_shared() or not len(heated.rater) else heated


def attribute_of(panel: Panel, wanted: str | None) -> str:
    """The attribute that is wanted; the first one of the panel where it has no such attribute."""
    return wanted if wanted in panel.attributes else panel.attributes[0]
