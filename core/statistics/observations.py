"""Observations: what is known of one sample after one round, with one number for each score and measure.

Relations are made of them: values that different people took at different times meet in one row.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from core.statistics.answers import Name, Says
from core.statistics.cohort import Array, Cohort, N, Rows, Scores, count_distinct
from core.statistics.reading import COLUMN_OF, NONE
from core.tables.samples import HEATED_SCORES, MEASURES, RAW_SCORES

SCORES = RAW_SCORES + HEATED_SCORES
BMS, CATHEPSIN = "bms", "cathepsin"
VARIABLES = (*SCORES, BMS, *MEASURES)
PREPARATIONS = ("raw", "heated")
SPAN = 8192  # observations that are worked on at a time, so that they stay near the processor


@dataclass(frozen=True)
class Span:
    """Observations from `first` to before `last`, all of one group."""

    group: int
    first: int
    last: int


class Observations:
    """One row for each sample and round of which there are scores or measured values, in the order of the samples.

    A value is the mean of a score over evaluations, or of a measure over replicates; NaN where nothing is known. Scores
    are on one scale for each preparation. A measure is of one preparation, that with more values of it, as its raw and
    heated values are different things; cathepsin is in its most frequent unit. BMS is that of the sample.

    Args:
        keys: the variables that will be asked for, of VARIABLES.
        counts: how many values the measures among them have, if that is known already; see `count_measured`.
        by_cut: samples of one species and secondary cut are a group, and in a row; without it all are one group.
    """

    def __init__(
        self, cohort: Cohort, keys: Sequence[str], counts: Mapping[str, Array] | None = None, *, by_cut: bool = False
    ) -> None:
        self.cohort, self.keys, self.group, self.notes = cohort, tuple(keys), np.empty(0, np.int16), list[Says]()
        tables = self._tables(count_measured(cohort, keys) if counts is None else counts)
        starts, size = _starts(tables.values(), cohort)
        slots = {name: starts[rows["sample"]] + rows["seq"] for name, rows in tables.items()}
        there = np.zeros(size, bool)
        for slot in slots.values():
            there[slot] = True
        place = np.cumsum(there, dtype=np.int32) - 1
        places = {name: place[slot] for name, slot in slots.items()}
        widths = np.diff(starts, append=np.int32(size))
        self.sample: Array = np.repeat(np.arange(len(starts), dtype=np.int32), widths)[there]
        self.seq: Array = np.flatnonzero(there).astype(np.int32) - starts[self.sample]
        if by_cut:
            rank = self._in_groups()
            places = {name: rank[place] for name, place in places.items()}
        unit = self._unit(tables[self._of[CATHEPSIN]]) if CATHEPSIN in self._of else NONE
        self._sources = {name: _Source(tables[name], place, unit) for name, place in places.items()}

    def __len__(self) -> int:
        return len(self.sample)

    def __getitem__(self, key: str) -> Array:
        return self._values([key], Span(0, 0, len(self)))[0]

    def spans(self) -> Iterator[Span]:
        """All of them, some at a time; groups one after the other."""
        bounds = [0, *(np.flatnonzero(np.diff(self.group)) + 1).tolist(), len(self)]
        for group, (begin, end) in enumerate(pairwise(bounds)):
            for first in range(begin, end, SPAN):
                yield Span(group, first, min(first + SPAN, end))

    def values(self, span: Span) -> Array:
        """A row for each variable."""
        return self._values(self.keys, span)

    def complete(self) -> tuple[Array, Array]:
        """The places of those of which all variables are known, and their values: a row for each variable."""
        places, kept = [np.empty(0, np.int64)], [np.empty((len(self.keys), 0))]
        for span in self.spans():
            values = self.values(span)
            is_known = ~np.isnan(values).any(axis=0)
            places.append(np.flatnonzero(is_known) + span.first)
            kept.append(values[:, is_known])
        return np.concatenate(places), np.concatenate(kept, axis=1)

    def of_sample(self, name: str) -> Array:
        """A column of the samples that the observations are of."""
        return self.cohort.facts.samples[name][self.sample]

    @cached_property
    def animal(self) -> Array:
        return self.of_sample("animal")

    @cached_property
    def cut(self) -> Array:
        """A code for each species and secondary cut."""
        cuts = len(self.cohort.keys("secondary_cut"))
        return (self.of_sample("species") * cuts + self.of_sample("secondary_cut")).astype(np.int16)

    def count(self, chosen: Array) -> N:
        """Of those that a mask or places choose; scores are evaluations and measured replicates."""
        facts = self.cohort.facts
        rows = [np.bincount(source.place, minlength=len(self))[chosen].sum() for source in self._sources.values()]
        animals = count_distinct(self.animal[chosen], facts.animals)
        return N(animals, count_distinct(self.sample[chosen], len(facts.samples)), int(sum(rows)))

    def _tables(self, counts: Mapping[str, Array]) -> dict[str, Rows]:
        """The rows that the variables are in; and, in `_of`, in which of them each variable is."""
        wanted, tables, self._of = self.cohort.wanted.preparation, dict[str, Rows](), dict[str, str]()
        for key in self.keys:
            if key in SCORES:
                preparation = PREPARATIONS[key in HEATED_SCORES]
                if wanted not in (None, preparation):
                    continue
                self._of[key] = f"{preparation} scores"
                if self._of[key] not in tables:
                    tables[self._of[key]] = self.cohort.evaluations(preparation)
            elif key in counts:
                preparation = PREPARATIONS[int(np.argmax(counts[key]))]
                self._of[key] = f"{preparation} measures"
                if self._of[key] not in tables:
                    tables[self._of[key]] = self.cohort.measurements(preparation)
                if left := int(np.min(counts[key])):
                    self.notes.append(_of_preparation(key, preparation, left))
        self.notes += [_of_scale(rows) for rows in tables.values() if isinstance(rows, Scores) and rows.on_other_scales]
        return tables

    def _unit(self, rows: Rows) -> int:
        """The unit of most cathepsin values; numbers in different units are different things."""
        units = np.bincount(rows["cathepsin_unit"][~np.isnan(rows[CATHEPSIN])])
        unit, left = int(units.argmax()), int(units.sum() - units.max())
        if left:
            values = {"unit": self.cohort.keys("cathepsin_unit")[unit], "n": left}
            self.notes.append(Says("relations.note_unit", {"measure": Name("measure", CATHEPSIN)} | values))
        return unit

    def _in_groups(self) -> Array:
        """Puts the groups one after the other; gives the new place of each observation."""
        cut = self.cut
        order = np.argsort(cut, kind="stable")  # a radix sort, because the codes are small
        self.sample, self.seq = self.sample[order], self.seq[order]
        self.group = self.cut = cut[order]
        rank = np.empty(len(order), np.int32)
        rank[order] = np.arange(len(order), dtype=np.int32)
        return rank

    def _values(self, keys: Sequence[str], span: Span) -> Array:
        found = np.full((len(keys), span.last - span.first), np.nan)
        for name, source in self._sources.items():
            source.fill({key: row for key, row in zip(keys, found, strict=True) if self._of.get(key) == name}, span)
        if BMS in keys:
            bms = self.cohort.facts.samples[BMS][self.sample[span.first : span.last]]
            found[keys.index(BMS)] = np.where(bms > 0, bms, np.nan)
        return found


class _Source:
    """Rows that observations are means of, in the order of the observations."""

    def __init__(self, rows: Rows, place: Array, unit: int) -> None:
        self.table, self.rows, self.place, self.unit = rows.table, rows.rows, place, unit
        if (np.diff(place) < 0).any():
            order = np.argsort(place, kind="stable")
            self.rows, self.place = self.rows[order], place[order]

    def fill(self, found: Mapping[str, Array], span: Span) -> None:
        """Writes the means of variables, each into its array, where there are any."""
        begin, end = np.searchsorted(self.place, np.array((span.first, span.last), self.place.dtype))
        places, rows = self.place[begin:end] - span.first, self.rows[begin:end]
        starts = np.flatnonzero(np.diff(places, prepend=-1))
        n = np.diff(starts, append=end - begin)
        for key, into in found.items():
            values = np.asarray(self.table[COLUMN_OF.get(key, key)])[rows]
            if key == CATHEPSIN:
                values = np.where(self.table["cathepsin_unit"][rows] == self.unit, values, np.nan)
            into[places[starts]] = values if len(starts) == len(values) else _means(values, starts, n)


def _means(values: Array, starts: Array, n: Array) -> Array:
    """Of runs of values that begin at some places and are so long; empty values do not count."""
    sums = np.add.reduceat(values, starts)
    if np.isnan(sums).any():
        known = ~np.isnan(values)
        sums, n = np.add.reduceat(np.where(known, values, 0), starts), np.add.reduceat(known, starts, dtype=np.int64)
    with np.errstate(invalid="ignore"):
        return np.asarray(sums / n)


def count_measured(cohort: Cohort, keys: Iterable[str] = MEASURES) -> dict[str, Array]:
    """How many values each measure has, by preparation; those without any are not in it."""
    rows, counts = cohort.measurements(), dict[str, Array]()
    places = slice(None) if len(rows) == len(rows.table) else rows.rows
    is_heated = rows.table["preparation"][places] == cohort.code("preparation", "heated")
    for key in (key for key in keys if key in MEASURES):
        known = ~np.isnan(rows.table[key][places])
        total, heated = np.count_nonzero(known), np.count_nonzero(known & is_heated)
        if total:
            counts[key] = np.array([total - heated, heated])
    return counts


def _starts(tables: Iterable[Rows], cohort: Cohort) -> tuple[Array, int]:
    """Where the slots of each sample begin, one slot a round, and how many slots there are."""
    last = cohort.facts.samples["rounds"].astype(np.int32)
    for rows in tables:
        sample, seq = rows["sample"], rows["seq"]
        beyond = seq > last[sample]
        if beyond.any():
            np.maximum.at(last, sample[beyond], seq[beyond])
    ends = np.cumsum(last + 1, dtype=np.int32)
    return ends - last - 1, int(ends[-1]) if len(ends) else 0


def _of_scale(scores: Scores) -> Says:
    return Says("statistics.note_scale", {"scale": Name("scales", scores.scale), "n": scores.on_other_scales})


def _of_preparation(key: str, preparation: str, left: int) -> Says:
    values = {"measure": Name("measure", key), "preparation": Name("preparation", preparation), "n": left}
    return Says("relations.note_preparation", values)
