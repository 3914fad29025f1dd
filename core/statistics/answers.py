"""What a view answers: tables of numbers, each with its n, what is missing, tests, and what it says in one sentence."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from core.statistics.cohort import Array, N, Scores
from core.statistics.filters import StatisticsFilter

ALL = "all"  # in a column of keys: the row that is of all of them


@dataclass(frozen=True)
class Name:
    """A key that a sentence calls by its name; for kinds see core.statistics.wording.name."""

    kind: str
    key: str | None
    species: str | None = None


@dataclass(frozen=True)
class Says:
    """A plain sentence: a word key and what fills it: numbers as numbers, names, sentences of their own."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Test:
    """One statistical test: `name` is a word key under "test", `effect_name` one under "effect".

    `freedom` are its degrees of freedom; `of` says what was tested where a part has several tests. `more_effects` are
    further sizes of the effect, by name.
    """

    __test__ = False  # it is no test of ours

    name: str
    statistic: float
    freedom: tuple[float, ...]
    p: float
    effect_name: str | None = None
    effect: float | None = None
    n: int = 0
    of: str | None = None
    more_effects: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """One chart and its numbers.

    The names of the table's columns are word keys under "column"; its rows are in the order they are shown. `kinds`
    says of which columns the values are keys, and of what kind (core.statistics.wording.name). `link` says which
    columns narrow the filter to what a row stands for: column -> field of the filter, or "month" for a column of first
    days. Where columns cannot say it, `narrows` has for each row the fields of the filter that do (None takes one off;
    "ids" are the samples themselves, where no filter says them; "address" is what the page's address becomes where
    another part shows them), or None where nothing can. `missing` counts what was left out because something of it is
    not known. `notes` are said below the chart: what was left out, what is small. `more` are further things that a
    chart is drawn from.
    """

    name: str
    table: pd.DataFrame
    n: N
    missing: int
    says: Says
    tests: tuple[Test, ...] = ()
    notes: tuple[Says, ...] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)
    link: Mapping[str, str] = field(default_factory=dict)
    narrows: Sequence[Mapping[str, Any] | None] = ()
    more: Mapping[str, Any] = field(default_factory=dict)


class SamplesBehind(Mapping[str, Any]):
    """The samples that a row of a part stands for, as `Part.narrows` has them; looked for when somebody asks."""

    def ids(self) -> Array:
        raise NotImplementedError

    def __getitem__(self, name: str) -> Array:
        if name != "ids":
            raise KeyError(name)
        return self.ids()

    def __iter__(self) -> Iterator[str]:
        return iter(("ids",))

    def __len__(self) -> int:
        return 1


def scale_notes(scores: Scores, left_out: int | None = None) -> tuple[Says, ...]:
    """What is said where scores on other scales are left out."""
    n = scores.on_other_scales if left_out is None else left_out
    return (Says("statistics.note_scale", {"scale": Name("scales", scores.scale), "n": n}),) if n else ()


def species_notes(species: Array) -> tuple[Says, ...]:
    """What is said where things of both species are put together, of which there are the codes."""
    is_one = not len(species) or species.min() == species.max()
    return () if is_one else (Says("statistics.note_both_species"),)


@dataclass(frozen=True)
class Answer:
    """What a view says of what a filter leaves; `missing` counts the samples that its first part had to leave out."""

    view: str
    wanted: StatisticsFilter
    n: N
    missing: int
    parts: tuple[Part, ...]

    def part(self, name: str) -> Part:
        return next(part for part in self.parts if part.name == name)
