"""Observations: what is known of one sample after one round, with one number for each score and measure.

Relations are made of them: values that different people took at different times meet in one row.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, pairwise
from typing import NamedTuple

import numpy as np

from core.statistics.answers import Name, Says, scale_notes
from core.statistics.cohort import Array, Cohort, N, Rows, Scores, count_distinct
from core.statistics.reading import COLUMN_OF, NONE
from core.tables.samples import HEATED_SCORES, MEASURES, RAW_SCORES

SCORES = RAW_SCORES + HEATED_SCORES
BMS, CATHEPSIN = "bms", "cathepsin"
VARIABLES = (*SCORES, BMS, *MEASURES)
PREPARATIONS = ("raw", "heated")
SPAN = 16_384  # observations that are worked on at a time, so that they stay near the processor


@dataclass(frozen=True)
class Span:
    """Observations from `first` to before `last`, all of one group."""

    group: int
    first: int
    last: int


class Runs(NamedTuple):
    """Rows of a table; where the rows of an observation begin among them; and how many those are."""

    rows: Array
    starts: Array
    n: Array


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
        self.cohort, self.keys, self.notes = cohort, tuple(keys), list[Says]()
        tables = self._tables(count_measured(cohort, keys) if counts is None else counts)
        unit = self._unit(tables[self._of[CATHEPSIN]]) if CATHEPSIN in self._of else NONE
        rounds = {name: (rows["sample"], rows["seq"]) for name, rows in tables.items()}
        starts, size = _starts(rounds.values(), cohort)
        cut = _cuts(cohort) if by_cut else None
        self._sources = {name: _Source(rows, *rounds[name], starts, cut, unit) for name, rows in tables.items()}
        there = np.zeros(size, bool)
        for source in self._sources.values():
            there[source.slots] = True
        slots: Array = np.flatnonzero(there)
        self.sample: Array = np.repeat(np.arange(len(starts), dtype=np.int32), np.diff(starts, append=size))[there]
        self.group: Array | None = None
        if cut is not None:
            order = np.argsort(cut[self.sample], kind="stable")  # a radix sort, because the codes are small
            slots, self.sample = slots[order], self.sample[order]
            self.group = cut[self.sample]
        self._slots, self._starts = slots, starts
        place = np.empty(size, np.int32)
        place[slots] = np.arange(len(slots), dtype=np.int32)
        for source in self._sources.values():
            source.place = place[source.slots]

    def __len__(self) -> int:
        return len(self.sample)

    def __getitem__(self, key: str) -> Array:
        values = np.full(len(self), np.nan)
        places, known = self.known(key)
        values[places] = known
        return values

    def known(self, key: str) -> tuple[Array, Array]:
        """Where a variable is known, and its values there."""
        if key == BMS:
            bms = self.of_sample(BMS)
            marked = np.flatnonzero(bms > 0)
            return marked, bms[marked].astype(float)
        if key not in self._of:
            return np.empty(0, np.int32), np.empty(0)
        source = self._sources[self._of[key]]
        places, values = source.place, source.means(key, source.runs(0, len(source.place)))
        if np.isnan(values.sum()):
            there = ~np.isnan(values)
            return places[there], values[there]
        return places, values

    def keep(self, keys: Sequence[str]) -> None:
        """Goes on with some of the variables."""
        self.keys, names = tuple(keys), {self._of.get(key) for key in keys}
        self._sources = {name: source for name, source in self._sources.items() if name in names}
        self.notes = [note for note in self.notes if "measure" not in note.values or note.values["measure"].key in keys]

    def spans(self) -> Iterator[Span]:
        """All of them, some at a time; groups one after the other."""
        changes = [] if self.group is None else (np.flatnonzero(np.diff(self.group)) + 1).tolist()
        bounds = [0, *changes, len(self)]
        for group, (begin, end) in enumerate(pairwise(bounds)):
            for first in range(begin, end, SPAN):
                yield Span(group, first, min(first + SPAN, end))

    def blocks(self, every: int = 1) -> Iterator[tuple[Span, Array]]:
        """Each span, or every other one ..., with a row of values for each variable; they stand until the next one."""
        buffer = np.empty((len(self.keys), SPAN))  # one for all: new memory costs more than what is done with it
        for span in islice(self.spans(), None, None, every):
            values = buffer[:, : span.last - span.first]
            self._fill(values, span)
            yield span, values

    def complete(self) -> tuple[Array, Array]:
        """The places of those of which all variables are known, and their values: a row for each variable."""
        places, kept = [np.empty(0, np.int64)], [np.empty((len(self.keys), 0))]
        for span, values in self.blocks():
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

    def rounds(self, places: Array) -> Array:
        """The numbers of the rounds that some of them are of."""
        return self._slots[places] - self._starts[self.sample[places]]

    @cached_property
    def cut(self) -> Array:
        """A code for each species and secondary cut."""
        return _cuts(self.cohort)[self.sample]

    def count(self, chosen: Array) -> N:
        """Of those that a mask chooses; scores are evaluations and measured replicates."""
        facts, sources = self.cohort.facts, self._sources.values()
        if chosen.all():
            rows = sum(len(source.rows) for source in sources)
            return N(count_distinct(self.animal, facts.animals), count_distinct(self.sample, len(facts.samples)), rows)
        animals = count_distinct(self.animal[chosen], facts.animals)
        samples = count_distinct(self.sample[chosen], len(facts.samples))
        return N(animals, samples, sum(source.count(chosen) for source in sources))

    def mask(self, places: Array) -> Array:
        """What chooses some places."""
        mask = np.zeros(len(self), bool)
        mask[places] = True
        return mask

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
        units = np.bincount(rows["cathepsin_unit"][~np.isnan(rows[CATHEPSIN])])
        unit, left = int(units.argmax()), int(units.sum() - units.max())
        if left:
            values = {"unit": self.cohort.keys("cathepsin_unit")[unit], "n": left}
            self.notes.append(Says("relations.note_unit", {"measure": Name("measure", CATHEPSIN)} | values))
        return unit

    def _fill(self, values: Array, span: Span) -> None:
        values.fill(np.nan)
        for name, source in self._sources.items():
            begin, end = np.searchsorted(source.place, np.array((span.first, span.last), np.int32))
            places, runs = source.place[begin:end] - span.first, source.runs(begin, end)
            for key, row in zip(self.keys, values, strict=True):
                if self._of.get(key) == name:
                    row[places] = source.means(key, runs)
        if BMS in self.keys:
            bms = self.cohort.facts.samples[BMS][self.sample[span.first : span.last]]
            values[self.keys.index(BMS)] = np.where(bms > 0, bms, np.nan)


class _Source:
    """Rows that observations are means of, those of one observation behind each other: a run.

    `slots` are the slots of the runs, `place` the places of their observations, which rise. Where a code is given for
    each sample, those of one code are in a row.
    """

    def __init__(
        self, rows: Rows, sample: Array, seq: Array, starts: Array, code: Array | None, unit: int
    ) -> None:  # fmt: skip
        slots, self.rows, self.unit = starts[sample] + seq, rows.rows, unit
        if (np.diff(slots) < 0).any():
            order = np.argsort(slots, kind="stable")
            slots, sample, self.rows = slots[order], sample[order], self.rows[order]
        if code is not None:
            order = np.argsort(code[sample], kind="stable")
            slots, self.rows = slots[order], self.rows[order]
        is_first = np.ones(len(slots) + 1, bool)
        np.not_equal(slots[1:], slots[:-1], out=is_first[1:-1])
        self.bounds = np.flatnonzero(is_first)  # where runs begin, and where the last one ends
        self.slots, self.place = slots[self.bounds[:-1]], np.empty(0, np.int32)
        self._table, self._columns = rows.table, dict[str, Array]()

    def runs(self, begin: int, end: int) -> Runs:
        """Those from `begin` to before `end`."""
        bounds = self.bounds[begin : end + 1]
        return Runs(self.rows[bounds[0] : bounds[-1]], bounds[:-1] - bounds[0], np.diff(bounds))

    def means(self, key: str, runs: Runs) -> Array:
        values = self._column(key)[runs.rows]
        if key == CATHEPSIN:
            values = np.where(self._column("cathepsin_unit")[runs.rows] == self.unit, values, np.nan)
        return values if len(runs.rows) == len(runs.n) else _means(values, runs)

    def count(self, chosen: Array) -> int:
        """The rows of the observations that a mask chooses."""
        return int(np.diff(self.bounds)[chosen[self.place]].sum())

    def _column(self, key: str) -> Array:
        if key not in self._columns:
            self._columns[key] = np.asarray(self._table[COLUMN_OF.get(key, key)])
        return self._columns[key]


def _means(values: Array, runs: Runs) -> Array:
    """Of each run; empty values do not count."""
    sums, n = np.add.reduceat(values, runs.starts), runs.n
    if np.isnan(sums).any():
        known = ~np.isnan(values)
        sums = np.add.reduceat(np.where(known, values, 0), runs.starts)
        n = np.add.reduceat(known, runs.starts, dtype=np.int64)
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


def _starts(rounds: Iterable[tuple[Array, Array]], cohort: Cohort) -> tuple[Array, int]:
    """Where the slots of each sample begin, one slot a round, and how many slots there are.

    Args:
        rounds: samples and the numbers of their rounds that there is something about.
    """
    last = cohort.facts.samples["rounds"].astype(np.int32)
    for sample, seq in rounds:
        beyond = seq > last[sample]
        if beyond.any():
            np.maximum.at(last, sample[beyond], seq[beyond])
    ends = np.cumsum(last + 1, dtype=np.int32)
    return ends - last - 1, int(ends[-1]) if len(ends) else 0


def _cuts(cohort: Cohort) -> Array:
    """A code for each species and secondary cut, of all samples of the facts."""
    samples, cuts = cohort.facts.samples, len(cohort.keys("secondary_cut"))
    return (samples["species"] * cuts + samples["secondary_cut"]).astype(np.int16)


def _of_preparation(key: str, preparation: str, left: int) -> Says:
    values = {"measure": Name("measure", key), "preparation": Name("preparation", preparation), "n": left}
    return Says("relations.note_preparation", values)
