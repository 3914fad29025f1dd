"""The scores of a panel: one attribute on one scale, put side by side for each product that was tasted.

A product is one sample in one round on one day after it. Evaluators are compared on the same products only: each one's
score with the mean of the others' scores of that product.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core import catalogue
from core.statistics.answers import Says, scale_notes
from core.statistics.cohort import Array, Cohort, N, Scores
from core.statistics.numbers import distinct
from core.statistics.panel_names import names_of
from core.statistics.reading import COLUMN_OF
from core.tables.samples import SCORES


@dataclass(frozen=True)
class Cells:
    """One attribute: a value for each rater of each product, the products in order; replicates are one, their mean.

    `row` is the first row of the panel that a cell is made of; `count` says of how many it is the mean, and `within` is
    the sum of their squared distances from it (both None where nobody scored anything twice). `first` are the cells
    that begin a product. `missing` counts scores without this attribute.
    """

    rater: Array
    value: Array
    row: Array
    first: Array
    missing: int
    count: Array | None = None
    within: Array | None = None

    @property
    def scores(self) -> int:
        """How many scores the cells are made of."""
        return len(self.rater) if self.count is None else int(self.count.sum())

    @property
    def replicates(self) -> tuple[Array, Array]:
        """`count` and `within`, also where nobody scored anything twice."""
        if self.count is None or self.within is None:
            return np.ones(len(self.rater), np.int64), np.zeros(len(self.rater))
        return self.count, self.within

    @cached_property
    def per_product(self) -> Array:
        return np.diff(self.first, append=len(self.rater))

    @cached_property
    def raters(self) -> Array:
        """How many scored the product of each cell."""
        return self.spread(self.per_product)

    @cached_property
    def parts(self) -> tuple[int, int]:
        """Into how many parts of a score the means divide: those of replicates, and those of other raters."""
        counts = (1,) if self.count is None else np.flatnonzero(np.bincount(self.count)).tolist()
        others = (np.flatnonzero(np.bincount(self.per_product)) - 1).tolist()
        own = math.lcm(*counts)
        return own, own * math.lcm(*(n for n in others if n > 0))

    @cached_property
    def others(self) -> Array:
        """For each cell the mean of the other raters of its product."""
        if not len(self.rater):
            return np.empty(0)
        found = self.spread(np.add.reduceat(self.value, self.first))
        found -= self.value
        same = int(self.per_product.min()) == int(self.per_product.max())
        found /= (self.per_product[0] if same else self.raters) - 1
        return found

    def spread(self, of_products: Array) -> Array:
        """What is known of the products, for each of their cells."""
        return np.repeat(of_products, self.per_product)

    def some(self, places: Array) -> "Cells":
        """Some cells; what they lie beside is lost."""
        count, within = (None if each is None else each[places] for each in (self.count, self.within))
        first = np.arange(len(places))
        return Cells(self.rater[places], self.value[places], self.row[places], first, self.missing, count, within)

    def shared(self) -> "Cells":
        """Only products that two raters or more have scored."""
        if not len(self.rater) or self.per_product.min() > 1:
            return self
        kept = self.raters > 1
        first = np.zeros(len(kept), bool)
        first[self.first] = True
        count, within = (None if each is None else each[kept] for each in (self.count, self.within))
        places = np.flatnonzero(first[kept])
        return Cells(self.rater[kept], self.value[kept], self.row[kept], places, self.missing, count, within)


class Panel:
    """Who scored what: the rows are in the order of products, and within one of raters where it matters.

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
        rater = places[codes]
        sample, seq, day, replicate = (scores[name] for name in ("sample", "seq", "day", "replicate"))
        self.has_replicates = bool(len(scores)) and int(replicate.min()) != int(replicate.max())
        if self.has_replicates or not _is_sorted(sample, seq, day):
            key = ((sample.astype(np.int64) * (int(seq.max()) + 1) + seq) * (int(day.max()) + 1) + day) * len(keys)
            by_product = np.argsort(key + rater, kind="stable")  # a merge of what is nearly in order
            scores = Scores(cohort, scores.table, scores.rows[by_product], preparation, scores.scale,
                            scores.on_other_scales)  # fmt: skip
            sample, seq, day, rater = (each[by_product] for each in (sample, seq, day, rater))
        self.scores, self.rater, self.sample, self.seq, self._day = scores, rater, sample, seq, day
        self._animals_of: dict[int, Array] = {}

    @cached_property
    def rows(self) -> Array:
        return np.arange(len(self.rater), dtype=np.int32)

    @cached_property
    def new_round(self) -> Array:
        """For each row whether it begins a round of a sample."""
        new = np.ones(len(self.rater), bool)
        new[1:] = (self.sample[1:] != self.sample[:-1]) | (self.seq[1:] != self.seq[:-1])
        return new

    @cached_property
    def new_product(self) -> Array:
        """For each row whether it begins a product."""
        new = self.new_round.copy()
        new[1:] |= self._day[1:] != self._day[:-1]
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
        rows, rater, new = self.rows, self.rater, self.new_product
        empty = np.isnan(values)
        missing = int(np.count_nonzero(empty))
        if missing:
            known = ~empty
            rows, rater, values = rows[known], rater[known], values[known]
            product = self.product[known]
            new = np.ones(len(rows), bool)
            new[1:] = product[1:] != product[:-1]
        if not self.has_replicates:
            return Cells(rater, values, rows, np.flatnonzero(new), missing)
        begins = new.copy()
        begins[1:] |= rater[1:] != rater[:-1]
        cells = np.flatnonzero(begins)
        count = np.diff(cells, append=len(rows))
        means = np.add.reduceat(values, cells) / count if len(cells) else np.empty(0)
        apart = (values - np.repeat(means, count)) ** 2
        within = np.add.reduceat(apart, cells) if len(cells) else np.empty(0)
        return Cells(rater[cells], means, rows[cells], np.flatnonzero(new[cells]), missing, count, within)

    def values(self, attribute: str, rows: Array) -> Array:
        """The scores of some rows."""
        return np.asarray(self.scores.table[COLUMN_OF[attribute]][self.scores.rows[rows]])

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
        """What was left out by the choice of one preparation and one scale."""
        return Says(f"panel.note_{self.preparation}"), *scale_notes(self.scores)


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


def _is_sorted(sample: Array, seq: Array, day: Array) -> bool:
    """Whether rows are in the order of sample, round and day."""
    same = sample[1:] == sample[:-1]
    after = seq[1:] > seq[:-1]
    right = after | ((seq[1:] == seq[:-1]) & (day[1:] >= day[:-1]))
    return bool(((sample[1:] > sample[:-1]) | (same & right)).all())
