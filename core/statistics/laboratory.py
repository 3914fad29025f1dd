"""Laboratory: how the values of a measure are spread, in all and by group, beside what is usual."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from core.measurements import usual_range
from core.samples.lists import UNKNOWN
from core.statistics.answers import ALL, Name, Part, Says
from core.statistics.cohort import Array, Cohort
from core.statistics.grades import GRADES
from core.statistics.laboratory_outliers import outliers
from core.statistics.laboratory_replicates import replicates
from core.statistics.laboratory_summary import summary, tongue
from core.statistics.laboratory_tallies import Tally, bins, density, tallies, tally
from core.statistics.laboratory_values import (
    PREPARATIONS,
    Query,
    Values,
    about,
    behind,
    nothing,
    samples_of,
    values_of,
)
from core.statistics.numbers import FEWEST, distinct, ranked
from core.statistics.numbers import summary as summarised

KINDS = {
    "none": "statistics", "species": "species", "primal_cut": "primal_cuts", "grade": "grades", "sex": "sexes",
    "breed": "breeds", "preparation": "preparation",
}  # fmt: skip
OF_BINS = ("bin_from", "bin_to", "n", "share", "samples", "animals")
ORDERED = ("min", "q1", "median", "q3", "max")
OF_GROUPS = ("group", "n", "samples", "animals", "mean", "sd", "sem", "low", "high", *ORDERED, "is_small")
MOST_POINTS = 200  # drawn of a group, and as many far ones
WHISKER = 1.5  # quartile distances that a whisker reaches (Tukey 1977)


def distribution(cohort: Cohort, query: Query) -> Part:
    """A histogram of the measure's values: all of them, negative ones and repeated ones too."""
    values = values_of(cohort, query)
    if not len(values.numbers):
        return nothing("distribution", OF_BINS, values.rows, values.missing, values.notes)
    rows, of = values.rows, tally(values.numbers)
    edges = bins(of)
    places, k = np.searchsorted(edges[1:-1], values.numbers, side="right"), len(edges) - 1
    n, samples = np.bincount(places, minlength=k), samples_of(rows, places, k)
    table = pd.DataFrame({"bin_from": edges[:-1], "bin_to": edges[1:], "n": n, "share": n / of.n})
    table["samples"] = [len(own) for own in samples]
    table["animals"] = distinct(places, k, rows.animal, cohort.facts.animals)
    more = about(values) | {"median": of.median, "usual": values.usual()}
    return Part(
        "distribution", table, rows.count(), values.missing, _says_spread(values, of), notes=values.notes,
        narrows=behind(samples), more=more,
    )  # fmt: skip


def box(cohort: Cohort, query: Query) -> Part:
    """The measure's values by group: quartiles, and the mean with its interval by animals."""
    values = values_of(cohort, query, apart=(query.by,))
    names, groups = grouped(values, query.by)
    k, rows = len(names), values.rows
    if not k:
        return nothing("box", OF_GROUPS, rows, values.missing, values.notes)
    of_group, samples = tallies(values.numbers, groups, k), samples_of(rows, groups, k)
    table = summarised(values.numbers, groups, k, rows.animal, cohort.facts.animals)
    table[list(ORDERED)] = [of.quantiles(0, 0.25, 0.5, 0.75, 1) for of in of_group]
    table["group"], table["samples"] = names, [len(own) for own in samples]
    table["is_small"] = table["animals"] < FEWEST
    drawn = [_drawn(of) | {"usual": _usual(values, query.by, name)} for of, name in zip(of_group, names, strict=True)]
    _add_far(values, groups, drawn)
    return Part(
        "box", table[list(OF_GROUPS)], rows.count(), values.missing, _says_groups(values, query.by, table),
        notes=values.notes, kinds={"group": KINDS[query.by]} if query.by in KINDS else {}, narrows=behind(samples),
        more=about(values) | {"by": query.by, "drawn": drawn},
    )  # fmt: skip


def grouped(values: Values, by: str) -> tuple[list[Any], Array]:
    """What the groups are called, and each value's place among them: rounds, grades and preparations in their own
    order, others with most values first; what is not known is a group, too.
    """
    rows = values.rows
    if not len(rows):
        return [], np.empty(0, np.int64)
    if by == "none":
        return [ALL], np.zeros(len(rows), np.int64)
    if by == "round":
        there, places = ranked(rows["seq"])
        return there.tolist(), places
    keys = [*rows.cohort.keys(by), UNKNOWN]
    codes = rows[by] if by == "preparation" else rows.of_sample(by)
    counts = np.bincount(np.where(codes < 0, len(keys) - 1, codes), minlength=len(keys))
    own = {"grade": GRADES, "preparation": PREPARATIONS}.get(by, ())
    order = [keys.index(key) for key in own if key in keys] or np.argsort(-counts[:-1], kind="stable").tolist()
    order = [code for code in [*order, len(keys) - 1] if counts[code]]
    place = np.full(len(keys), -1)
    place[order] = np.arange(len(order))
    return [keys[code] for code in order], place[codes]


def _drawn(of: Tally) -> dict[str, Any]:
    """What a box's whiskers, a violin and points are drawn from."""
    q1, q3 = of.quantiles(0.25, 0.75)
    near = (of.values >= q1 - WHISKER * (q3 - q1)) & (of.values <= q3 + WHISKER * (q3 - q1))
    within = Tally(of.values[near], of.counts[near])
    return {
        "whiskers": (within.values[0], within.values[-1]),
        "points": within.spread_out(MOST_POINTS),
        "violin": density(of) if of.n >= FEWEST and len(of.values) > 1 else None,
    }


def _add_far(values: Values, groups: Array, drawn: list[dict[str, Any]]) -> None:
    """The values beyond the whiskers with the ids of their samples: all, or the farthest of many."""
    low, high = (np.array([drawing["whiskers"][end] for drawing in drawn]) for end in (0, 1))
    beyond = np.maximum(low[groups] - values.numbers, values.numbers - high[groups])
    far = np.flatnonzero(beyond > 0)
    ids = values.rows.cohort.facts.samples["sample_id"]
    for group, drawing in enumerate(drawn):
        own = far[groups[far] == group]
        own = own[np.argsort(-beyond[own], kind="stable")[:MOST_POINTS]]
        drawing["far"] = values.numbers[own]
        drawing["far_ids"] = [key.decode() for key in ids[values.rows["sample"][own]]]


def _usual(values: Values, by: str, group: Any) -> tuple[float, float] | None:
    """The usual range of a group."""
    species = group if by == "species" else values.species
    preparation = group if by == "preparation" else values.preparation
    return usual_range(values.measure, species, preparation) if species and preparation else None


def _says_spread(values: Values, of: Tally) -> Says:
    q1, median, q3 = (values.quantity(number) for number in of.quantiles(0.25, 0.5, 0.75))
    told = {"measure": Name("measure", values.measure), "n": of.n, "q1": q1, "median": median, "q3": q3}
    if (usual := values.usual()) is None:
        return Says("laboratory.says_spread", told)
    limits = {"low": f"{usual[0]:g}", "high": f"{usual[1]:g} {values.unit}".strip()}
    return Says("laboratory.says_spread_usual", told | limits | {"share": 100 * float(values.outside().mean())})


def _says_groups(values: Values, by: str, table: pd.DataFrame) -> Says:
    """Of the groups that are known and not small the highest and lowest mean, or the only one's with its interval."""
    told = {"measure": Name("measure", values.measure), "n": len(values.numbers)}
    large = table[~table["is_small"] & (table["group"] != UNKNOWN)]
    if large.empty:
        return Says("laboratory.says_few", told)
    means = large["mean"].to_numpy()
    top, bottom = large.iloc[int(means.argmax())], large.iloc[int(means.argmin())]
    told |= {"top": group_name(by, top["group"], values), "mean": values.quantity(top["mean"])}
    if len(large) == 1:
        interval = {"low": f"{top['low']:.{values.decimals}f}", "high": values.quantity(top["high"])}
        key = "laboratory.says_mean_all" if by == "none" else "laboratory.says_mean"
        return Says(key, told | interval | {"animals": int(top["animals"])})
    lowest = {"bottom": group_name(by, bottom["group"], values), "low": values.quantity(bottom["mean"])}
    return Says("laboratory.says_means", told | lowest)


def group_name(by: str, group: Any, values: Values) -> Any:
    """What a group is called in a sentence."""
    if by == "round":
        return Says("statistics.round_n", {"n": group}) if group else Says("statistics.round_raw")
    return Name(KINDS[by], group, values.species)


PARTS: dict[str, Callable[[Cohort, Query], Part]] = {
    "distribution": distribution,
    "box": box,
    "outliers": outliers,
    "replicates": replicates,
    "summary": summary,
    "tongue": tongue,
}
__all__ = ["PARTS", "Query"]
