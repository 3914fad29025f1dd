"""Relations: how scores, measures and marbling go together: two and two, and all of them.

Samples of one animal are not independent: tests and intervals take animals for their n, not observations.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from core.statistics.answers import Name, Part, Says, species_notes
from core.statistics.cohort import Array, Cohort, N
from core.statistics.numbers import ALPHA, FEWEST, adjusted
from core.statistics.observations import Observations
from core.statistics.relations_pairs import (
    Pairs,
    animals,
    interval,
    levels,
    p_values,
    pearson,
    spearman,
)
from core.statistics.relations_points import components, scatter
from core.statistics.relations_query import FEWEST_SEEN, Query, together, variables

KINDS = {"x": "attribute", "y": "attribute"}
STARS = ((0.001, "***"), (0.01, "**"), (ALPHA, "*"))
SINGULAR = 1e-10  # below this the smallest eigenvalue is zero, and rounding


def correlations(cohort: Cohort, query: Query) -> Part:
    """The correlation of each pair of variables, of the observations in which both are known."""
    keys, counts = variables(cohort, query)
    of = Observations(cohort, keys, counts, by_cut=query.within_cut)
    found = _correlated(of, query)
    units = animals(found.known, found.n, of.animal, cohort.facts.animals)
    shown = np.arange(len(keys)) if query.variables else np.flatnonzero(np.diag(found.n))
    x, y = (shown[place] for place in np.triu_indices(len(shown), 1))
    held = found.groups[x, y] - 1 if query.within_cut else 0
    r = np.where(found.n[x, y] >= FEWEST_SEEN, found.r[x, y], np.nan)
    freedom = units[x, y] - 2 - held
    table = _table([keys[place] for place in x], [keys[place] for place in y], found.n[x, y], units[x, y], r, freedom)
    n = of.count((found.known & (found.known - 1)) != 0)  # two of them at least are known
    hidden = int((found.n[x, y] < FEWEST_SEEN).sum())
    notes = [*of.notes, *_notes(cohort, query)]
    if hidden:
        notes.append(Says("relations.note_hidden", {"n": hidden, "fewest": FEWEST_SEEN}))
    says = _strongest("relations.says_pairs", table, query)
    return _part("correlations", table, n, len(cohort) - n.samples, says, notes, query)


def partial(cohort: Cohort, query: Query) -> Part:
    """The correlation of each pair given all other variables, of observations in which all are known."""
    found = together(cohort, query, as_asked=True)
    k, seen = len(found.keys), len(found.places)
    x, y = np.triu_indices(k, 1)
    given = alone = np.full((k, k), np.nan)
    notes = [*found.notes, *_notes(cohort, query)]
    if seen >= FEWEST_SEEN and k > 1:
        alone = found.r
        given = given_others(alone)
        if np.isnan(given).all():
            notes.append(Says("relations.note_sums"))
    n = found.n
    units = n.animals
    freedom = np.full(len(x), units - k - (found.groups - 1))
    names = [found.keys[place] for place in x], [found.keys[place] for place in y]
    table = _table(*names, np.full(len(x), seen), np.full(len(x), units), given[x, y], freedom)
    table.insert(5, "r_alone", alone[x, y])
    says = _strongest("relations.says_partial", table, query)
    return _part("partial", table, n, len(cohort) - n.samples, says, notes, query)


def given_others(r: Array) -> Array:
    """Partial correlations of each pair given all others, from plain ones: of the inverse of their matrix (Whittaker
    1990). Empty where a variable is a sum of others.
    """
    if np.linalg.eigvalsh(r)[0] < SINGULAR:
        return np.full(r.shape, np.nan)
    inverse = np.linalg.inv(r)
    scale = np.sqrt(np.diag(inverse))
    return np.asarray(np.clip(-inverse / np.outer(scale, scale), -1, 1))


def stars(q: float) -> str:
    return next((sign for level, sign in STARS if q < level), "")


def _correlated(of: Observations, query: Query) -> Pairs:
    if query.method == "spearman":
        columns = [levels(values, places, len(of)) for places, values in map(of.known, of.keys)]
        return spearman(columns, of.spans())
    return pearson(((block.group, block.rows, block.values) for block in of.blocks()), len(of.keys))


def _table(x: list[str], y: list[str], n: Array, units: Array, r: Array, freedom: Array) -> pd.DataFrame:
    tested = np.where((units >= FEWEST) & (freedom > 0), freedom, np.nan)
    low, high = interval(r, tested)
    p = p_values(r, tested)
    q = adjusted(p)
    return pd.DataFrame(
        {
            "x": x, "y": y, "n": n, "animals": units, "r": r, "low": low, "high": high, "p": p, "q": q,
            "stars": [stars(one) for one in q], "is_small": units < FEWEST,
        }
    )  # fmt: skip


def _part(name: str, table: pd.DataFrame, n: N, missing: int, says: Says, notes: list[Says], query: Query) -> Part:
    """A pair leads to its points, and they to their samples."""
    narrows = [{"address": {"part": "scatter", "x": row["x"], "y": row["y"]}} for row in table.to_dict("records")]
    more = {"method": query.method, "decimals": 3}
    return Part(name, table, n, missing, says, (), tuple(notes), KINDS, narrows=narrows, more=more)


def _strongest(key: str, table: pd.DataFrame, query: Query) -> Says:
    told = table[table["r"].notna()]
    if told.empty:
        return Says("relations.says_few", {"fewest": FEWEST_SEEN})
    best = told.iloc[int(np.argmax(told["r"].abs()))]
    sign = Says(f"relations.sign_{query.method}")
    values = {"x": Name("attribute", best["x"]), "y": Name("attribute", best["y"]), "r": best["r"], "sign": sign}
    beyond = int((told["q"] < ALPHA).sum())
    return Says(key, values | {"animals": best["animals"], "beyond": beyond, "pairs": len(told)})


def _notes(cohort: Cohort, query: Query) -> list[Says]:
    notes = [Says("relations.stars"), Says("relations.note_animals")]
    if query.within_cut:
        notes.append(Says("relations.note_within"))
    else:
        notes += species_notes(cohort["species"])
    return notes


PARTS: dict[str, Callable[[Cohort, Query], Part]] = {
    "correlations": correlations,
    "scatter": scatter,
    "components": components,
    "partial": partial,
}
