"""Observations: what is known of one sample after one round, with one number for each score and measure.

Relations are made of them: values that different people took at different times meet in one row.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain, islice, pairwise
from typing import NamedTuple

import numpy as np

from core.statistics.answers import Name, Says, scale_notes
from core.statistics.cohort import Array, Cohort, N, Rows, Scores, count_distinct
from core.statistics.laboratory_values import PREPARATIONS, counted, of_one_unit
from core.statistics.reading import NONE
from core.tables.samples import HEATED_SCORES, MEASURES, RAW_SCORES

SCORES = RAW_SCORES + HEATED_SCORES
BMS, CATHEPSIN = "bms", "cathepsin"
VARIABLES = (*SCORES, BMS, *MEASURES)
SPAN = 16_384  # observations that are worked on at a time, so that they stay near the processor


class Block(NamedTuple):
    """Observations from `first` to before `last`, all of one group.

    `values` has a row for each variable that may be known of them, NaN where it is not; `rows` are the places of these
    variables among all.
    """

    group: int
    first: int
    last: int
    rows: Array
    values: Array


class Source:
    """The rows of a table that observations are means of, in the order of their slots.

    `unit` is the code of the unit that cathepsin has to be in.
    """

    def __init__(self, rows: Rows, unit: int, slots: Array, starts: Array) -> None:
        self.rows, self.unit, self.slots = rows, unit, slots
        self.bounds = np.append(starts, len(rows))  # where the rows of each observation begin, and where they end

    @cached_property
    def n(self) -> Array:
        """How many rows each observation has."""
        return np.diff(self.bounds)

    def some(self, chosen: Array) -> "Source":
        """The rows of some of the observations."""
        if chosen.all():
            return self
        n = self.n[chosen]
        return Source(self.rows.some(np.repeat(chosen, self.n)), self.unit, self.slots[chosen], np.cumsum(n) - n)

    def sorted(self, order: Array) -> "Source":
        """The same with the observations in another order."""
        n = self.n[order]
        starts = np.cumsum(n) - n
        places = np.repeat(self.bounds[order] - starts, n) + np.arange(len(self.rows))
        return Source(self.rows.some(places), self.unit, self.slots[order], starts)

    def means(self, key: str, first: int, last: int) -> Array:
        """Of a variable, for the observations from `first` to before `last`; empty values do not count."""
        begin, end = self.bounds[first], self.bounds[last]
        rows = self.rows.rows[begin:end]
        values = self.rows.at(rows, key)
        if key == CATHEPSIN:
            values = np.where(self.rows.at(rows, "cathepsin_unit") == self.unit, values, np.nan)
        if len(values) == last - first:
            return values
        starts, n = self.bounds[first:last] - begin, self.n[first:last]
        unknown = np.isnan(values)
        if unknown.any():
            values = np.where(unknown, 0, values)
            n = n - np.add.reduceat(unknown, starts, dtype=np.int64)
        sums = np.add.reduceat(values, starts)
        with np.errstate(invalid="ignore"):
            return np.asarray(sums / n)


class Kind(NamedTuple):
    """Those, from `first` to before `last`, of which the same tables know something; one group behind another."""

    first: int
    last: int
    sources: Mapping[str, Source]


class Observations:
    """One row for each sample and round of which there are scores or measured values.

    A value is the mean of a score over evaluations, or of a measure over replicates; NaN where nothing is known. Scores
    are on one scale for each preparation. A measure is of one preparation, that with more values of it, as its raw and
    heated values are different things; cathepsin is in its most frequent unit. BMS is that of the sample.

    Args:
        keys: the variables that will be asked for, of VARIABLES.
        counts: how many values the measures among them have, if that is known already; see `measured`.
        by_cut: samples of one species and secondary cut are a group; without it all are one group.
    """

    def __init__(
        self, cohort: Cohort, keys: Sequence[str], counts: Mapping[str, Array] | None = None, *, by_cut: bool = False
    ) -> None:
        self.cohort, self.keys, self.notes = cohort, tuple(keys), list[Says]()
        tables = self._tables(measured(cohort, keys) if counts is None else counts)
        unit = self._unit(tables[self._of[CATHEPSIN]]) if CATHEPSIN in self._of else NONE
        sources = {name: _source(rows, unit) for name, rows in tables.items()}
        self._kinds, slots, first = list[Kind](), [np.empty(0, np.int64)], 0
        for own in _by_kind(sources, cohort, by_cut=by_cut):
            slots.append(next(iter(own.values())).slots)
            self._kinds.append(Kind(first, first + len(slots[-1]), own))
            first += len(slots[-1])
        self._slots = np.concatenate(slots)
        self.sample: Array = cohort.facts.rounds["sample"][self._slots]
        self._group: Array = self.cut if by_cut else np.zeros(len(self.sample), np.int8)

    def __len__(self) -> int:
        return len(self.sample)

    def known(self, key: str) -> tuple[Array, Array]:
        """Where a variable is known, and its values there."""
        places, values = [np.empty(0, np.int64)], [np.empty(0)]
        for kind in self._kinds:
            if self._has(kind, key):
                own = self._means(kind, key, kind.first, kind.last)
                there = np.flatnonzero(~np.isnan(own))
                places.append(there + kind.first)
                values.append(own if len(there) == len(own) else own[there])
        return np.concatenate(places), np.concatenate(values)

    def keep(self, keys: Sequence[str]) -> None:
        """Goes on with some of the variables."""
        self.keys, names = tuple(keys), {self._of.get(key) for key in keys}
        self._kinds = [
            kind._replace(sources={name: source for name, source in kind.sources.items() if name in names})
            for kind in self._kinds
        ]
        self.notes = [note for note in self.notes if "measure" not in note.values or note.values["measure"].key in keys]

    def spans(self) -> Iterator[tuple[int, int, int]]:
        """All of them, some at a time: their group, the place of the first, and that behind the last."""
        return chain.from_iterable(map(self._spans, self._kinds))

    def _spans(self, kind: Kind) -> Iterator[tuple[int, int, int]]:
        group = self._group[kind.first : kind.last]
        changes = np.flatnonzero(np.diff(group)) + kind.first + 1
        for begin, end in pairwise([kind.first, *changes.tolist(), kind.last]):
            for first in range(begin, end, SPAN):
                yield int(self._group[first]), first, min(first + SPAN, end)

    def blocks(self, every: int = 1, *, complete: bool = False) -> Iterator[Block]:
        """All of them, some at a time; or every other block ...; their values stand until the next one.

        Args:
            complete: leaves out those of which not all variables can be known.
        """
        buffer = np.empty((len(self.keys), SPAN))  # one for all: new memory costs more than what is done with it
        kinds = [(kind, [self._has(kind, key) for key in self.keys]) for kind in self._kinds]
        spans = ((kind, has, span) for kind, has in kinds if all(has) or not complete for span in self._spans(kind))
        for kind, has, (group, first, last) in islice(spans, None, None, every):
            rows = np.flatnonzero(has)
            values = buffer[: len(rows), : last - first]
            for row, place in zip(values, rows, strict=True):
                row[:] = self._means(kind, self.keys[place], first, last)
            yield Block(group, first, last, rows, values)

    def complete(self) -> tuple[Array, Array]:
        """The places of those of which all variables are known, and their values: a row for each variable."""
        places, kept = [np.empty(0, np.int64)], [np.empty((len(self.keys), 0))]
        for block in self.blocks(complete=True):
            there = np.flatnonzero(~np.isnan(block.values).any(axis=0))
            places.append(there + block.first)
            kept.append(block.values.copy() if len(there) == block.last - block.first else block.values[:, there])
        return np.concatenate(places), np.concatenate(kept, axis=1)

    def of_sample(self, name: str) -> Array:
        """A column of the samples that the observations are of."""
        return self.cohort.facts.samples[name][self.sample]

    @cached_property
    def animal(self) -> Array:
        return self.of_sample("animal")

    def rounds(self, places: Array) -> Array:
        """The numbers of the rounds that some of them are of."""
        return self.cohort.facts.rounds["seq"][self._slots[places]]

    @cached_property
    def cut(self) -> Array:
        """A code for each species and secondary cut."""
        return _cuts(self.cohort)[self.sample]

    def count(self, chosen: Array) -> N:
        """Of those that a mask chooses; scores are evaluations and measured replicates."""
        facts, rows = self.cohort.facts, 0
        for kind in self._kinds:
            own = chosen[kind.first : kind.last]
            rows += sum(int(source.n[own].sum()) for source in kind.sources.values())
        animals, samples = (each if chosen.all() else each[chosen] for each in (self.animal, self.sample))
        return N(count_distinct(animals, facts.animals), count_distinct(samples, len(facts.samples)), rows)

    def mask(self, places: Array) -> Array:
        """What chooses some places."""
        mask = np.zeros(len(self), bool)
        mask[places] = True
        return mask

    def _has(self, kind: Kind, key: str) -> bool:
        return key == BMS or self._of.get(key) in kind.sources

    def _means(self, kind: Kind, key: str, first: int, last: int) -> Array:
        if key == BMS:
            bms = self.cohort.facts.samples[BMS][self.sample[first:last]]
            return np.where(bms > 0, bms, np.nan)
        return kind.sources[self._of[key]].means(key, first - kind.first, last - kind.first)

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
        self.notes += [note for rows in tables.values() if isinstance(rows, Scores) for note in scale_notes(rows)]
        return tables

    def _unit(self, rows: Rows) -> int:
        """The unit of most cathepsin values; numbers in different units are different things."""
        known = ~np.isnan(rows[CATHEPSIN])
        unit, own = of_one_unit(rows, CATHEPSIN, known)
        if left := int(np.count_nonzero(known) - np.count_nonzero(own)):
            values = {"measure": Name("measure", CATHEPSIN), "unit": unit, "n": left}
            self.notes.append(Says("relations.note_unit", values))
        return self.cohort.code("cathepsin_unit", unit)


def measured(cohort: Cohort, keys: Iterable[str] = MEASURES) -> dict[str, Array]:
    """How many values the measures among some variables have, raw and heated; those without any are not in it."""
    return counted(cohort.measurements(), [key for key in keys if key in MEASURES])


def _source(rows: Rows, unit: int) -> Source:
    starts = np.flatnonzero(rows.new_round)
    return Source(rows, unit, rows.at(rows.rows[starts], "slot"), starts)


def _by_kind(sources: Mapping[str, Source], cohort: Cohort, *, by_cut: bool) -> Iterator[dict[str, Source]]:
    """The observations by the tables that know something of them, of each of which there are the rows about them."""
    rounds = cohort.facts.rounds
    kind_of = np.zeros(len(rounds), np.int8)
    for place, source in enumerate(sources.values()):
        kind_of[source.slots] |= 1 << place
    for kind in np.flatnonzero(np.bincount(kind_of, minlength=1)[1:]) + 1:
        there = [(name, source) for place, (name, source) in enumerate(sources.items()) if kind >> place & 1]
        own = {name: source.some(kind_of[source.slots] == kind) for name, source in there}
        if by_cut:
            cuts = _cuts(cohort)[rounds["sample"][next(iter(own.values())).slots]]
            order = np.argsort(cuts, kind="stable")  # a radix sort, because the codes are small
            own = {name: source.sorted(order) for name, source in own.items()}
        yield own


def _cuts(cohort: Cohort) -> Array:
    """A code for each species and secondary cut, of all samples of the facts."""
    samples, cuts = cohort.facts.samples, len(cohort.keys("secondary_cut"))
    return (samples["species"] * cuts + samples["secondary_cut"]).astype(np.int16)


def _of_preparation(key: str, preparation: str, left: int) -> Says:
    values = {"measure": Name("measure", key), "preparation": Name("preparation", preparation), "n": left}
    return Says("relations.note_preparation", values)
