"""The samples that a filter leaves, and their scores and measured values."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from core import regions
from core.samples.lists import UNKNOWN
from core.statistics import contents
from core.statistics.facts import Facts, Table
from core.statistics.filters import StatisticsFilter
from core.statistics.reading import COLUMN_OF, NO_DAY, NONE
from core.tables.samples import HEATED_SCORES

Array = np.ndarray[Any, Any]
EPOCH = date(1970, 1, 1).toordinal()
OF_SAMPLE = ("species", "primal_cut", "secondary_cut", "grade", "sex", "breed", "province")


@dataclass(frozen=True)
class N:
    """How many there are: an animal is one trace number; scores are single scores or measured replicates."""

    animals: int
    samples: int
    scores: int = 0


class Cohort:
    """What a filter leaves of the facts; columns of the samples by name, with codes where there are keys."""

    def __init__(self, facts: Facts, wanted: StatisticsFilter) -> None:
        self.facts, self.wanted = facts, wanted

    @cached_property
    def mask(self) -> Array:
        """For each sample of the facts whether it is among them."""
        samples, wanted = self.facts.samples, self.wanted
        mask = self.facts.alive.copy()
        if wanted.status != "all":
            mask &= samples["status"] == self.code("status", wanted.status)
        for name in OF_SAMPLE:
            if (key := getattr(wanted, name)) is not None:
                keys = regions.members(key) if name == "province" else (key,)
                mask &= np.logical_or.reduce(
                    [samples[name] == (NONE if one == UNKNOWN else self.code(name, one)) for one in keys]
                )
        if wanted.processing is not None:
            mask &= (samples["rounds"] > 0) == (wanted.processing == "processed")
        for name in ("bms", "rounds"):
            if (number := getattr(wanted, name)) is not None:
                mask &= samples[name] == number
        contents.narrow(mask, self.facts, wanted.has, wanted.lacks)
        if wanted.first:
            mask &= samples[wanted.period] >= day_number(wanted.first)
        if wanted.last:
            mask &= (samples[wanted.period] <= day_number(wanted.last)) & (samples[wanted.period] > NO_DAY)
        return mask

    @cached_property
    def rows(self) -> Array:
        return np.flatnonzero(self.mask)

    def __getitem__(self, name: str) -> Array:
        return self.facts.samples[name][self.rows]

    def __len__(self) -> int:
        return len(self.rows)

    def code(self, column: str, key: str) -> int:
        return self.facts.keys.code(column, key)

    def keys(self, column: str) -> tuple[str, ...]:
        """What the codes of a column stand for."""
        return self.facts.keys.of.get(column, ())

    @cached_property
    def n(self) -> N:
        return self.count()

    def count(self, chosen: Array | None = None) -> N:
        """Of all, or of those that a mask or places choose."""
        animals = self["animal"] if chosen is None else self["animal"][chosen]
        return N(count_distinct(animals, self.facts.animals), len(animals))

    def evaluations(self, preparation: str, *, all_rounds: bool = False) -> "Scores":
        """Scores of one preparation on one scale; those of the rounds that are wanted, or of all."""
        table = self.facts.evaluations
        rows = self._rows_of(table, preparation, all_rounds=all_rounds)
        of_row = table["scale"][rows]
        scales = np.bincount(of_row, minlength=1)
        scale = self.code("scale", self.wanted.scale) if self.wanted.scale else int(scales.argmax())
        on_scale = int(scales[scale]) if scale < len(scales) else 0
        if on_scale < len(rows):
            rows = rows[of_row == scale]
        key = self.keys("scale")[scale] if on_scale else self.wanted.scale
        return Scores(self, table, rows, preparation, key, int(scales.sum()) - on_scale)

    def measurements(self, preparation: str | None = None, *, all_rounds: bool = False) -> "Rows":
        """Measured replicates, of one preparation where one is asked for or wanted."""
        table = self.facts.measurements
        rows = self._rows_of(table, preparation or self.wanted.preparation, all_rounds=all_rounds)
        return Rows(self, table, rows)

    def warnings(self) -> "Rows":
        table = self.facts.warnings
        return Rows(self, table, np.flatnonzero(self.mask[table["sample"]]))

    def _rows_of(self, table: Table, preparation: str | None, *, all_rounds: bool) -> Array:
        """Those of a preparation, and of the rounds that are wanted."""
        mask, wanted = self.mask[table["sample"]], None if all_rounds else self.wanted.round
        if preparation:
            mask &= table["preparation"] == self.code("preparation", preparation)
        if wanted == "processed":
            mask &= table["seq"] >= 1
        elif wanted is not None:
            mask &= table["seq"] == (0 if wanted == "raw" else int(wanted))
        return np.flatnonzero(mask)


class Rows:
    """Some rows of a table about samples."""

    def __init__(self, cohort: Cohort, table: Table, rows: Array) -> None:
        self.cohort, self.table, self.rows = cohort, table, rows

    def __getitem__(self, name: str) -> Array:
        return self.at(self.rows, name)

    def __len__(self) -> int:
        return len(self.rows)

    def at(self, rows: Array, name: str) -> Array:
        """A column at some rows of the table."""
        return self.table[name][rows]

    def some(self, chosen: Array | slice) -> "Rows":
        """Those that a mask, places or a slice choose."""
        return Rows(self.cohort, self.table, self.rows[chosen])

    def of_sample(self, name: str) -> Array:
        """A column of the samples that the rows are of."""
        return self.cohort.facts.samples[name][self["sample"]]

    @cached_property
    def animal(self) -> Array:
        return self.of_sample("animal")

    @cached_property
    def new_round(self) -> Array:
        """For each row whether it begins a round of a sample."""
        slot, new = self["slot"], np.ones(len(self), bool)
        np.not_equal(slot[1:], slot[:-1], out=new[1:])
        return new

    def count(self, chosen: Array | None = None) -> N:
        """Of all, or of those that a mask or places choose."""
        facts = self.cohort.facts
        animals, samples = (each if chosen is None else each[chosen] for each in (self.animal, self["sample"]))
        return N(count_distinct(animals, facts.animals), count_distinct(samples, len(facts.samples)), len(samples))


class Scores(Rows):
    """Scores of one preparation on one scale; a column for each attribute.

    `scale` is None where there are none; `on_other_scales` counts those that were left out.
    """

    def __init__(
        self, cohort: Cohort, table: Table, rows: Array, preparation: str, scale: str | None, others: int
    ) -> None:
        super().__init__(cohort, table, rows)
        self.preparation, self.scale, self.on_other_scales = preparation, scale, others

    def at(self, rows: Array, name: str) -> Array:
        return self.scored(self.codes_at(rows, name)) if name in COLUMN_OF else super().at(rows, name)

    def some(self, chosen: Array | slice) -> "Scores":
        rows = self.rows[chosen]
        return Scores(self.cohort, self.table, rows, self.preparation, self.scale, self.on_other_scales)

    @cached_property
    def levels(self) -> Array:
        """The scores that codes stand for, in no order."""
        return self._values[:-1]

    def codes(self, name: str) -> Array:
        """For each row the code of an attribute's score; -1 where it is empty."""
        return self.codes_at(self.rows, name)

    def codes_at(self, rows: Array, name: str) -> Array:
        if (name in HEATED_SCORES) != (self.preparation == "heated"):
            raise KeyError(name)
        return super().at(rows, COLUMN_OF[name])

    def scored(self, codes: Array) -> Array:
        """The scores that codes stand for; NaN for what is empty."""
        return self._values.take(codes)

    @cached_property
    def _values(self) -> Array:
        """What codes stand for; the last one is that of -1."""
        return np.array([*self.cohort.keys("score"), np.nan])


def day_number(day: date) -> int:
    """As the facts hold days: counted from 1970-01-01."""
    return day.toordinal() - EPOCH


def day_of(number: int) -> date:
    return date.fromordinal(int(number) + EPOCH)


def months(days: Array) -> Array:
    """The month of each day, counted from January of the year 0; -1 where the day is not known."""
    known = days > NO_DAY
    if not known.any():
        return np.full(len(days), -1)
    first, last = days.min(where=known, initial=days.max()), days.max()
    # There are few days, so that their months are found once a day and not once a row.
    of_day = np.arange(first, last + 1).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 12 * 1970
    return np.where(known, of_day[np.maximum(days - first, 0)], -1)


def month_of(number: int) -> date:
    return date(int(number) // 12, int(number) % 12 + 1, 1)


def count_distinct(codes: Array, size: int) -> int:
    """How many different codes below `size` there are."""
    seen = np.zeros(size, bool)
    seen[codes] = True
    return int(np.count_nonzero(seen))
