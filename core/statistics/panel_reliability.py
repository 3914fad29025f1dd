"""How far the scores of a panel can be relied on: intraclass correlations, and kappa of each two evaluators."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from core.statistics.answers import Name, Part, Says
from core.statistics.cohort import Array, count_distinct
from core.statistics.filters import StatisticsFilter
from core.statistics.numbers import FEWEST, distinct
from core.statistics.panel_behind import SamplesOf
from core.statistics.panel_raters import extremes, part_of, says_few
from core.statistics.panel_scores import Cells, Panel
from core.statistics.reliability import Z, intraclass, side_by_side, weighted_kappa
from core.statistics.tallies import coded, combined

IN_A_WORD = 62  # raters that a whole number holds
COLUMNS = ["attribute", "coefficient", "icc", "low", "high", "raters", "products", "animals"]


@dataclass(frozen=True)
class Block:
    """Products that all of some raters scored: `places` are the cells of whatever was scored, a row a product."""

    cells: Cells
    places: Array
    raters: tuple[str, ...]

    def values(self, panel: Panel, attribute: str) -> Array:
        """A row a product, a column a rater: the mean of the replicates, NaN where nothing is known."""
        first = self.cells.row[self.places]
        if self.cells.layout.count is None:
            return panel.values(attribute, first)
        count = self.cells.layout.count[self.places]
        sums, known = np.zeros(first.shape), np.zeros(first.shape)
        for replicate in range(int(count.max(initial=0))):
            there = np.where(
                count > replicate, panel.values(attribute, first + np.minimum(replicate, count - 1)), np.nan
            )
            known += ~np.isnan(there)
            sums += np.nan_to_num(there)
        with np.errstate(invalid="ignore"):
            return np.asarray(sums / known)


def reliability(panel: Panel, attribute: str, wanted: StatisticsFilter) -> Part:
    """Intraclass correlations of each attribute, of the products that those raters scored who scored together most."""
    found = block(panel)
    tables: list[pd.DataFrame] = []
    missing, used = 0, np.zeros(len(found.places), bool)
    for name in panel.attributes if len(found.places) else ():
        values = found.values(panel, name)
        known = ~np.isnan(values).any(axis=1)
        missing += int(np.isnan(values).sum())
        used |= known
        if np.count_nonzero(known) < 2:
            continue
        animals = panel.animals(found.cells.row[found.places[known, 0]])
        units = count_distinct(animals, panel.cohort.facts.animals)
        tables.append(intraclass(values[known], units).assign(
            attribute=name, raters=len(found.raters), products=np.count_nonzero(known), animals=units
        ))  # fmt: skip
    table = (pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=COLUMNS))[COLUMNS]
    table["is_small"] = table["animals"].astype(int) < FEWEST
    narrows = [SamplesOf(wanted, panel.preparation, name, found.raters) for name in table["attribute"]]
    names = ", ".join(panel.names[rater] for rater in found.raters)
    notes = (Says("panel.note_block", {"raters": names, "n": int(used.sum())}),) if tables else ()
    return part_of(
        panel, "reliability", attribute, wanted, table, found.cells.some(found.places[used].ravel()),
        _says_reliability(attribute, table, len(found.raters)), missing=missing, narrows=narrows, notes=notes,
    )  # fmt: skip


def block(panel: Panel) -> Block:
    """The raters who scored most products together (of two such sets the larger), and all products that they did."""
    cells = panel.cells(None).shared()
    if not len(cells.rater):
        return Block(cells, np.empty((0, 0), np.intp), ())
    words = range(len(panel.raters) // IN_A_WORD + 1)
    bits = np.left_shift(1, cells.rater % IN_A_WORD, dtype=np.int64)
    sets = np.stack(
        [np.add.reduceat(np.where(cells.rater // IN_A_WORD == word, bits, 0), cells.first) for word in words]
    )
    most = _most_frequent(sets)
    complete = ((sets & most[:, None]) == most[:, None]).all(axis=0)
    members = [place for place in range(len(panel.raters)) if most[place // IN_A_WORD] >> (place % IN_A_WORD) & 1]
    is_member = np.zeros(len(panel.raters), bool)
    is_member[members] = True
    places = np.flatnonzero(cells.layout.spread(complete) & is_member[cells.rater]).reshape(-1, len(members))
    places = np.take_along_axis(places, np.argsort(cells.rater[places], axis=1), axis=1)
    return Block(cells, places, tuple(panel.raters[place] for place in members))


def _most_frequent(sets: Array) -> Array:
    """The column that occurs most often; of several the one with most bits, then the first in order."""
    if len(sets) == 1:
        kinds, counts = np.unique(sets[0], return_counts=True)
        kinds = kinds[None]
    else:
        kinds, counts = np.unique(sets, axis=1, return_counts=True)
    sizes = np.bitwise_count(kinds).sum(axis=0)
    return np.asarray(kinds[:, np.lexsort((-sizes.astype(int), -counts))[0]])


def kappa(panel: Panel, attribute: str, wanted: StatisticsFilter) -> Part:
    """Kappa with quadratic weights of each two raters, on the products that both scored."""
    cells = panel.cells(attribute).shared()
    k = len(panel.raters)
    pair, a, b = _side_by_side(panel, cells)
    codes, levels = coded(cells.value, cells.layout.parts[0] / panel.ends[2])
    there = np.flatnonzero(np.bincount(pair))
    dense = np.zeros(k * k, np.int32)
    dense[there] = np.arange(len(there))
    pair = dense[pair]
    animals = distinct(pair, len(there), panel.animals(cells.row)[a], panel.cohort.facts.animals)
    (of, of_a, of_b), count = combined((pair, len(there)), (codes[a], len(levels)), (codes[b], len(levels)))
    value, variance = weighted_kappa(of, levels[of_a], levels[of_b], count, len(there))
    with np.errstate(invalid="ignore", divide="ignore"):
        half = Z * np.sqrt(variance / animals)
    one, other = np.divmod(there, max(k, 1))
    names = np.array(panel.raters, object)
    table = pd.DataFrame({
        "rater": names[one], "partner": names[other], "products": np.bincount(of, count, len(there)).astype(np.int64),
        "animals": animals, "kappa": value, "low": value - half, "high": value + half, "is_small": animals < FEWEST,
    })  # fmt: skip
    narrows = [
        SamplesOf(wanted, panel.preparation, attribute, (row["rater"], row["partner"]))
        for row in table.to_dict("records")
    ]
    says = _says_kappa(panel, attribute, table)
    found = part_of(panel, "kappa", attribute, wanted, table, cells, says, narrows=narrows)
    return replace(found, kinds={**found.kinds, "partner": "rater"})


def _side_by_side(panel: Panel, cells: Cells) -> tuple[Array, Array, Array]:
    """For each two cells of a product: the pair of raters, the cell of the first of them, and that of the second."""
    pairs: list[Array] = [np.empty(0, np.int64)]
    firsts: list[Array] = [np.empty(0, np.int64)]
    seconds: list[Array] = [np.empty(0, np.int64)]
    k = len(panel.raters)
    for left, right in side_by_side(cells.first, len(cells.rater)):
        turned = cells.rater[left] > cells.rater[right]
        first, second = np.where(turned, right, left), np.where(turned, left, right)
        pairs.append(cells.rater[first].astype(np.int64) * k + cells.rater[second])
        firsts.append(first)
        seconds.append(second)
    return np.concatenate(pairs), np.concatenate(firsts), np.concatenate(seconds)


def _says_reliability(attribute: str, table: pd.DataFrame, raters: int) -> Says:
    own = table[(table["attribute"] == attribute) & ~table["is_small"]].set_index("coefficient")
    if own.empty:
        return Says("panel.says_few", {"n": FEWEST}) if raters else says_few(table)
    one, mean = own.loc["ICC(2,1)"], own.loc["ICC(2,k)"]
    return Says("panel.says_reliability", {
        "attribute": Name("score", attribute), "one": one["icc"], "mean": mean["icc"], "raters": raters,
        "low": mean["low"], "high": mean["high"],
    })  # fmt: skip


def _says_kappa(panel: Panel, attribute: str, table: pd.DataFrame) -> Says:
    large = table[~table["is_small"]].dropna(subset=["kappa"])
    if large.empty:
        return says_few(table)
    bottom, top = extremes(large, "kappa")
    values: dict[str, Any] = {
        "attribute": Name("score", attribute), "one": panel.names[top["rater"]], "other": panel.names[top["partner"]],
        "high": top["kappa"],
    }  # fmt: skip
    if len(large) == 1:
        return Says("panel.says_kappa_one", values)
    worst = {"third": panel.names[bottom["rater"]], "fourth": panel.names[bottom["partner"]], "low": bottom["kappa"]}
    return Says("panel.says_kappa", values | worst)
