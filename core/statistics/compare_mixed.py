"""Compare groups by a mixed model: response ~ factor + (1 | animal) + (1 | evaluator), a run in the background.

Here a single score or replicate is the observation; that those of one animal, and those of one evaluator, are alike is
part of the model. An effect that nothing tells apart from chance is left out, and a note says so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from core.statistics import mixed
from core.statistics.answers import Name, Part, Says, Test
from core.statistics.cohort import Array, Cohort
from core.statistics.compare import chance, extremes, link_of
from core.statistics.mixed import Fit, NotEstimable
from core.statistics.numbers import ALPHA, FEWEST, ranked
from core.statistics.responses import KINDS, Query, Response, response_of

MEANS = ["group", "n", "animals", "mean", "sem", "freedom", "low", "high", "difference", "difference_sem", "is_small"]
VARIANCES = ["source", "levels", "variance", "sd", "share", "icc"]
SOURCES = ("animal", "evaluator")
# the effects that a model has -> what is said of their shares, and of the model
SHARES = {
    ("animal", "evaluator"): "compare.says_shares_animal_evaluator",
    ("animal",): "compare.says_shares_animal",
    ("evaluator",): "compare.says_shares_evaluator",
    (): "compare.says_no_shares",
}
MODELS = {
    ("animal", "evaluator"): "compare.note_model_animal_evaluator",
    ("animal",): "compare.note_model_animal",
    ("evaluator",): "compare.note_model_evaluator",
    (): "compare.note_model",
}
LEFT_OUT = {"animal": "compare.note_no_animal", "evaluator": "compare.note_no_evaluator"}
READ, SUMMED, ALL = 5, 20, 100  # how far one is, in percent
USUAL_STEPS = 400  # of the search
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Modelled:
    """A response of which some rows are modelled: those of the groups that are large enough.

    `effects` has for each random effect that can be told the level of each row.
    """

    response: Response
    chosen: Array
    effects: dict[str, Array]
    fit: Fit | None

    @property
    def variances(self) -> dict[str, float]:
        """By source; what is left comes last."""
        assert self.fit is not None  # noqa: S101  (asked for only where there is one)
        return dict(zip(self.effects, self.fit.variances, strict=False)) | {"rest": self.fit.variances[2]}


def compute(cohort: Cohort, query: Query, progress: Progress) -> list[Part]:
    """The groups' marginal means, and how the variance is shared out."""
    response = response_of(cohort, query)
    progress(READ, ALL)
    modelled = _modelled(response, progress)
    notes = (*response.notes, *_notes(modelled))
    parts = [_means(modelled, notes)]
    return parts if modelled.fit is None else [*parts, _variances(modelled)]


def _modelled(response: Response, progress: Progress) -> Modelled:
    place = np.full(response.k, -1)
    place[response.large] = np.arange(len(response.large))
    chosen = np.flatnonzero(place[response.groups] >= 0) if response.k else np.empty(0, np.int64)
    effects = _effects(response, chosen)
    if len(response.large) < 2:
        return Modelled(response, chosen, effects, None)
    taken = 0

    def step() -> None:
        nonlocal taken
        taken += 1
        progress(SUMMED + min(taken, USUAL_STEPS) * (ALL - 1 - SUMMED) // USUAL_STEPS, ALL)

    try:
        groups = place[response.groups[chosen]]
        found = mixed.fit(response.values[chosen], groups, len(response.large), list(effects.values()), step)
    except NotEstimable:
        return Modelled(response, chosen, effects, None)
    return Modelled(response, chosen, effects, found)


def _effects(response: Response, chosen: Array) -> dict[str, Array]:
    """Animals and evaluators as levels, those with more levels first; without what nothing tells apart from chance."""
    rows, found = response.rows, dict[str, Array]()
    codes = {"animal": rows.animal[chosen]}
    if response.is_score:
        codes["evaluator"] = rows["rater"][chosen]
    for source, code in codes.items():
        there, levels = ranked(code)
        if 1 < len(there) < len(code):
            found[source] = levels
    if len(found) == len(SOURCES) and _is_same(*found.values()):
        del found["evaluator"]  # each animal has an evaluator of its own
    return dict(sorted(found.items(), key=lambda item: -int(item[1].max())))


def _is_same(first: Array, second: Array) -> bool:
    """Whether two effects divide the rows alike."""
    if first.max() != second.max():
        return False
    partner = np.full(int(first.max()) + 1, -1)
    partner[first] = second
    return bool(np.all(partner[first] == second)) and len(np.unique(partner)) == len(partner)


def _means(modelled: Modelled, notes: tuple[Says, ...]) -> Part:
    response, found = modelled.response, modelled.fit
    table = pd.DataFrame(
        {
            "group": list(response.keys),
            "n": np.bincount(response.groups, minlength=response.k),
            "animals": response.animals,
            "is_small": response.animals < FEWEST,
        }
    )
    table = table.reindex(columns=MEANS)
    table[MEANS[3:-1]] = np.nan
    tests: tuple[Test, ...] = ()
    if found is not None:
        table.loc[response.large, MEANS[3:-1]] = _estimates(modelled, found)
        f, above, below = found.test()
        tests = (Test("wald_f", f, (above, below), float(stats.f.sf(f, above, below)), n=len(modelled.chosen)),)
    kinds = {"group": KINDS[response.factor]}
    says = _says_means(modelled, table, tests)
    return Part(
        "mixed_means", table, response.n, response.missing, says, tests, notes, kinds=kinds,
        link=link_of(response.factor), more=response.about(),
    )  # fmt: skip


def _estimates(modelled: Modelled, found: Fit) -> Array:
    """For each group: mean, its error and degrees of freedom, its interval, the difference from the first group."""
    k = len(found.means)
    freedom = found.freedom(np.eye(k))
    freedom = np.where(np.isnan(freedom), float(modelled.response.animals.sum() - k), freedom)
    half = mixed.half_widths(found.errors, freedom)
    covariance = found.covariance
    apart = np.sqrt(np.maximum(np.diag(covariance) + covariance[0, 0] - 2 * covariance[0], 0))
    apart[0] = np.nan
    difference = np.where(np.isnan(apart), np.nan, found.means - found.means[0])
    columns = (
        found.means, found.errors, freedom, found.means - half, found.means + half, difference, apart
    )  # fmt: skip
    return np.column_stack(columns)


def _says_means(modelled: Modelled, table: pd.DataFrame, tests: tuple[Test, ...]) -> Says:
    response = modelled.response
    values: dict[str, Any] = {"response": Name("attribute", response.name), "n": response.n.animals}
    if table.empty:
        return Says("statistics.says_none")
    if len(response.large) < 2:
        return Says("compare.says_few", values)
    if not tests:
        return Says("compare.says_not_estimable", values)
    values |= extremes(response, table.loc[response.large])
    differ = "compare.says_mixed_differ" if tests[0].p < ALPHA else "compare.says_mixed_alike"
    return Says(differ, values | {"p": chance(tests[0].p)})


def _variances(modelled: Modelled) -> Part:
    """Of what the groups leave open: how much lies between animals, between evaluators, and within both."""
    variances, response = modelled.variances, modelled.response
    total = sum(variances.values())
    sources = [source for source in (*SOURCES, "rest") if source in variances]
    rows = [
        (
            source, int(modelled.effects[source].max()) + 1 if source != "rest" else len(modelled.chosen),
            variances[source], variances[source] ** 0.5, variances[source] / total,
            variances[source] / total if source != "rest" else np.nan,
        )
        for source in sources
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=VARIANCES)
    says = Says(SHARES[tuple(sources[:-1])], {source: 100 * variances[source] / total for source in sources})
    more = response.about()
    kinds = {"source": "compare.source"}
    return Part("mixed_variance", table, response.n, response.missing, says, kinds=kinds, more=more)


def _notes(modelled: Modelled) -> tuple[Says, ...]:
    """What the model is, and which effects it cannot have."""
    if modelled.fit is None:
        return ()
    sources = tuple(source for source in SOURCES if source in modelled.effects)
    possible = SOURCES if modelled.response.is_score else SOURCES[:1]
    return (Says(MODELS[sources]), *(Says(LEFT_OUT[source]) for source in possible if source not in sources))
