"""Relations: which variables a part is about, and the observations in which they are known."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from core.inputs import Line
from core.statistics.answers import Says
from core.statistics.cohort import Array, Cohort, N
from core.statistics.filters import StatisticsFilter
from core.statistics.observations import SCORES, SPAN, VARIABLES, Observations, measured
from core.statistics.relations_pairs import pearson, ranks
from core.tables.samples import HEATED_SCORES, RAW_SCORES

MOST = 20  # variables that are looked at two and two
MOST_TOGETHER = 12  # variables that are looked at all together
MEASURES_SHOWN, MEASURES_TOGETHER = 10, 2  # unless variables are asked for
FEWEST_SEEN = 10  # observations; a correlation of fewer is not shown
SAME = 1e-9  # of the largest value: what differs by less is the same, as only rounding tells it apart
TRIED = 8  # spans of observations in which variables are looked for that fit together


def _known(key: str) -> str:
    if key not in VARIABLES:
        raise PydanticCustomError("literal_variable", "There is no such variable")
    return key


def _split(given: Any) -> Any:
    """Keys with commas between, or several of that."""
    several = [given] if isinstance(given, str) else given
    if not isinstance(several, Iterable) or not all(isinstance(one, str) for one in several):
        return given
    return tuple(dict.fromkeys(key.strip() for one in several for key in one.split(",") if key.strip()))


Key = Annotated[Line, AfterValidator(_known)]
_KEYS = "Keys of scores and measures, or bms; with commas between, or several times. Without: the most frequent."


class Query(StatisticsFilter):
    """An observation is a sample after one round: the means of its scores and measures.

    `method` and `within_cut` are of correlations; `within_cut` takes out what cuts differ in: correlations are of what
    is left about the mean of each species and secondary cut. `x`, `y` and `color` are of the points.
    """

    variables: Annotated[tuple[Key, ...], BeforeValidator(_split), Field(max_length=MOST, description=_KEYS)] = ()
    method: Literal["pearson", "spearman"] = "pearson"
    within_cut: bool = False
    x: Key | None = None
    y: Key | None = None
    color: Literal["grade", "species"] | None = None


class Together(NamedTuple):
    """Observations in which all of some variables are known.

    `values` has a row for each of the keys; `places` are theirs among all observations `of` the samples. `groups` is
    how many cuts they are of, where what cuts differ in was taken out; else 1.
    """

    keys: tuple[str, ...]
    values: Array
    places: Array
    of: Observations
    groups: int
    notes: tuple[Says, ...]

    @property
    def r(self) -> Array:
        """Correlations of all of them."""
        spans = range(0, len(self.places), SPAN)
        every = np.arange(len(self.keys))
        return pearson(((0, every, self.values[:, first : first + SPAN]) for first in spans), len(self.keys)).r

    @property
    def n(self) -> N:
        return self.of.count(self.of.mask(self.places))


def variables(cohort: Cohort, query: Query, measures: int = MEASURES_SHOWN) -> tuple[list[str], dict[str, Array]]:
    """The variables that are asked for, or scores and most frequent measures; and how many values measures have."""
    if query.variables:
        return list(query.variables), measured(cohort, query.variables)
    counts = measured(cohort)
    scores = {"raw": RAW_SCORES, "heated": HEATED_SCORES}.get(query.preparation or "", SCORES)
    frequent = sorted(counts, key=lambda key: -int(counts[key].sum()))
    return [*scores, *frequent[:measures]], counts


def together(cohort: Cohort, query: Query, *, as_asked: bool = False) -> Together:
    """The variables that are asked for, or such as are often known together; without those that never differ.

    Args:
        as_asked: values are ranks, or within cuts, where the query says so.
    """
    keys, counts = variables(cohort, query, MEASURES_TOGETHER)
    notes: list[Says] = []
    if len(query.variables) > MOST_TOGETHER:
        notes.append(Says("relations.note_most", {"most": MOST_TOGETHER, "n": len(keys) - MOST_TOGETHER}))
    of = Observations(cohort, keys[:MOST_TOGETHER], counts)
    if not query.variables:
        of.keep(_fitting(of))
    places, values = of.complete()
    scales, groups = [float(max(-row.min(initial=0), row.max(initial=0))) for row in values], 1
    if as_asked and query.method == "spearman":
        values = np.array([ranks(row) for row in values]).reshape(values.shape)
    if as_asked and query.within_cut and len(places):
        values, groups = _within(values, of.cut[places])
    differs = [not len(places) or not is_same(row, scale) for row, scale in zip(values, scales, strict=True)]
    if not all(differs):
        notes.append(Says("relations.note_constant", {"n": differs.count(False)}))
        values = values[differs]
    kept = tuple(key for key, is_kept in zip(of.keys, differs, strict=True) if is_kept)
    return Together(kept, values, places, of, groups, (*of.notes, *notes))


def _fitting(of: Observations) -> list[str]:
    """One variable after the other, but for those that would leave too few observations with all of them."""
    tried, kept = [np.empty((len(of.keys), 0), bool)], list[str]()
    for block in of.blocks(max(1, len(of) // (TRIED * SPAN))):
        tried.append(np.zeros((len(of.keys), block.last - block.first), bool))
        tried[-1][block.rows] = ~np.isnan(block.values)
    known = np.concatenate(tried, axis=1)
    left = np.ones(known.shape[1], bool)
    for key, own in zip(of.keys, known, strict=True):
        fits = left & own
        if np.count_nonzero(fits) >= FEWEST_SEEN:
            left = fits
            kept.append(key)
    return kept or list(of.keys)


def _within(values: Array, groups: Array) -> tuple[Array, int]:
    """Values about the means of their groups, and how many groups there are."""
    _, place = np.unique(groups, return_inverse=True)
    n = np.bincount(place)
    return np.array([row - (np.bincount(place, row) / n)[place] for row in values]).reshape(values.shape), len(n)


def is_same(values: Array, scale: float | None = None) -> bool:
    """Whether values are one value, but for what rounding makes of them."""
    if not len(values):
        return True
    low, high = float(values.min()), float(values.max())
    return high - low <= SAME * (max(-low, high) if scale is None else scale)


def axes(query: Query) -> tuple[str, str]:
    """The two variables of the scatter plot."""
    x, y = ("tenderness", "palatability") if query.preparation == "heated" else ("marbling", "overall")
    return query.x or x, query.y or y
