"""Parts of the overview by species and primal cut: how many there are, and how many of them were processed."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from core.statistics.answers import ALL, Name, Part, Says
from core.statistics.cohort import Array, Cohort
from core.statistics.filters import StatisticsFilter
from core.statistics.grades import independence
from core.statistics.numbers import FEWEST, crosstab, distinct, in_groups, ranked, share_interval

STATES = ("processed", "fresh")
KINDS = {"species": "species", "primal_cut": "primal_cuts", "processing": "processing"}


@dataclass(frozen=True)
class Grouping:
    """Groups of samples by (species, primal cut), where ALL is any; `places` is -1 for what is in none."""

    keys: list[tuple[str, str]]
    places: Array

    def narrows(self, group: int) -> dict[str, Any]:
        """The fields of the filter that leave a group."""
        named = zip(("species", "primal_cut"), self.keys[group], strict=True)
        return {name: key for name, key in named if key != ALL}


def over_cuts(cohort: Cohort, query: StatisticsFilter) -> Part:
    """How many samples and animals there are of each species and primal cut."""
    rows, narrows = [], []
    for grouping in _groupings(cohort)[1:]:
        k = len(grouping.keys)
        samples = np.bincount(grouping.places, minlength=k)
        animals = distinct(grouping.places, k, cohort["animal"], cohort.facts.animals)
        rows += [(*key, int(samples[n]), int(animals[n])) for n, key in enumerate(grouping.keys)]
        narrows += [grouping.narrows(n) for n in range(k)]
    table = pd.DataFrame(rows, columns=["species", "primal_cut", "samples", "animals"])
    table["share"] = table["samples"] / max(len(cohort), 1)
    n = cohort.n
    table["share_low"], table["share_high"] = share_interval(
        table["share"].to_numpy(float) * n.animals, np.full(len(table), n.animals)
    )
    table["is_small"] = table["animals"] < FEWEST
    order = _order(table)
    says = _says_cuts(table) if len(table) else Says("statistics.says_none")
    return Part("species", table.iloc[order].reset_index(drop=True), n, 0, says, kinds=KINDS,
                narrows=[narrows[place] for place in order])  # fmt: skip


def over_processing(cohort: Cohort, query: StatisticsFilter) -> Part:
    """The share of the samples that were processed, of all and by species and primal cut; tests count each animal once
    a group and state.
    """
    state = (cohort["rounds"] == 0).astype(np.int64)
    groupings = _groupings(cohort)
    tables, tests = [], []
    for grouping, of in zip(groupings, (None, "species", "primal_cut"), strict=True):
        table, animals = _processed(cohort, grouping, state)
        tables.append(table)
        if of and (test := independence(animals)):
            tests.append(replace(test, of=of))
    if len(groupings[1].keys) < 2:
        tables = tables[1:]  # all is the same as the one species
    table = pd.concat(tables, ignore_index=True)
    table = table.iloc[_order(table)].reset_index(drop=True)
    narrows = [
        {name: row[name] for name in KINDS if row[name] != ALL} for row in table.to_dict("records")
    ]  # fmt: skip
    says = Says("statistics.says_none")
    if len(cohort):
        whole = cohort.count(state == 0)
        values = {"share": 100 * whole.samples / len(cohort), "processed": whole.samples, "n": len(cohort)}
        low, high = share_interval(np.array([values["share"] / 100 * cohort.n.animals]), np.array([cohort.n.animals]))
        says = Says("overview.says_processing", values | {"low": 100 * low[0], "high": 100 * high[0]})
    return Part("processing", table, cohort.n, 0, says, tuple(tests), kinds=KINDS, narrows=narrows)


def _groupings(cohort: Cohort) -> tuple[Grouping, Grouping, Grouping]:
    """All in one group, by species, and by species and primal cut."""
    species, cuts = cohort.keys("species"), cohort.keys("primal_cut")
    there, places = ranked(cohort["species"].astype(np.int64))
    pairs, pair_places = ranked(cohort["species"].astype(np.int64) * max(len(cuts), 1) + cohort["primal_cut"])
    named = [(species[pair // len(cuts)], cuts[pair % len(cuts)]) for pair in pairs]
    return (
        Grouping([(ALL, ALL)] if len(cohort) else [], np.zeros(len(cohort), np.int64)),
        Grouping([(species[code], ALL) for code in there], places),
        Grouping(named, pair_places),
    )


def _processed(cohort: Cohort, grouping: Grouping, state: Array) -> tuple[pd.DataFrame, Array]:
    """Rows of a group and state; and the animals of each, which the test takes."""
    samples = crosstab(grouping.places, len(grouping.keys), state, len(STATES))
    animals, of_animals = _animals(cohort, grouping, state)
    of_samples = samples.sum(axis=1)
    share = samples / np.maximum(of_samples, 1)[:, None]
    low, high = share_interval(share * of_animals[:, None], of_animals[:, None])
    rows = [
        (*key, name, int(samples[n, s]), int(animals[n, s]), share[n, s], low[n, s], high[n, s], int(of_samples[n]),
         int(of_animals[n]), bool(of_animals[n] < FEWEST))
        for n, key in enumerate(grouping.keys) for s, name in enumerate(STATES)
    ]  # fmt: skip
    columns = ["species", "primal_cut", "processing", "samples", "animals", "share", "share_low", "share_high",
               "of_samples", "of_animals", "is_small"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns), animals


def _animals(cohort: Cohort, grouping: Grouping, state: Array) -> tuple[Array, Array]:
    """How many animals each group and state has, and each group: one may have samples of both states."""
    k, animal = len(grouping.keys), cohort["animal"]
    found, of_group = np.zeros((k, len(STATES)), np.int64), np.zeros(k, np.int64)
    either, before = np.zeros(cohort.facts.animals, bool), -1
    for cell, rows in in_groups(grouping.places * len(STATES) + state, found.size):
        group, own = cell // len(STATES), np.zeros(cohort.facts.animals, bool)
        own[animal[rows]] = True
        either = either | own if group == before else own
        found[group, cell % len(STATES)], of_group[group] = np.count_nonzero(own), np.count_nonzero(either)
        before = group
    return found, of_group


def _order(table: pd.DataFrame) -> list[int]:
    """All first, then each species with its cuts behind it; those with most samples first."""
    of = "of_samples" if "of_samples" in table else "samples"
    total = table[table["primal_cut"] == ALL].groupby("species")[of].max()
    rows = enumerate(table.to_dict("records"))
    keyed = [
        (row["species"] != ALL, -total[row["species"]], row["species"], row["primal_cut"] != ALL, -row[of],
         row["primal_cut"], place)
        for place, row in rows
    ]  # fmt: skip
    return [key[-1] for key in sorted(keyed)]


def _says_cuts(table: pd.DataFrame) -> Says:
    cuts = table[table["primal_cut"] != ALL]
    most = cuts.iloc[int(cuts["samples"].to_numpy().argmax())]
    cut = Name("primal_cuts", most["primal_cut"], most["species"])
    return Says("overview.says_species", {
        "cut": cut, "species": Name("species", most["species"]), "most": int(most["samples"]),
        "share": 100 * most["share"], "n": int(cuts["samples"].sum()),
    })  # fmt: skip
