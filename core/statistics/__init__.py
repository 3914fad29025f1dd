"""Statistics: views over the samples, scores and values that a filter leaves. Pages and routes show the same answers.

`view` answers one; the modules of their names say what each part of a view is and how it is computed.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from core import catalogue, clock, inputs
from core.errors import BadInput, Finding, NotFound
from core.policy import Actor, require
from core.statistics import behind as _behind
from core.statistics import (
    compare,
    facts,
    filters,
    grades,
    laboratory,
    overview,
    panel,
    quality,
    regions,
    relations,
    taste,
)
from core.statistics.answers import Answer, Name, Part, Says, Test
from core.statistics.behind import Behind
from core.statistics.cohort import Cohort, N
from core.statistics.filters import StatisticsFilter


@dataclass(frozen=True)
class View:
    """`query` is the filter with the view's own options; `parts` compute its charts."""

    query: type[StatisticsFilter]
    parts: Mapping[str, Callable[[Cohort, Any], Part]]


VIEWS: dict[str, View] = {
    name: View(module.Query, module.PARTS)
    for name, module in {
        "overview": overview,
        "regions": regions,
        "grades": grades,
        "taste": taste,
        "laboratory": laboratory,
        "relations": relations,
        "compare": compare,
        "panel": panel,
        "quality": quality,
    }.items()
}
MOST_KEPT = 100  # parts that are remembered; some of them name the samples behind each of their marks
_kept: "OrderedDict[tuple[str, ...], Part]" = OrderedDict()
_lock = Lock()


def view(actor: Actor, name: str, wanted: Mapping[str, Any] | StatisticsFilter, parts: Collection[str] = ()) -> Answer:
    """What a view says of what the filter leaves, as things are now: all of its parts, or some.

    Raises:
        NotFound: there is no such view.
        BadInput: what is wrong with the filter, by field; or there is no such part.
    """
    require(actor, "statistics.view")
    if name not in VIEWS:
        raise NotFound
    query = read(name, wanted)
    if unknown := [part for part in parts if part not in VIEWS[name].parts]:
        raise BadInput(Finding("part", "unknown_choice", {"given": unknown[0]}))
    now = facts.current()
    cohort = Cohort(now, query)
    found = tuple(
        _part(name, part, cohort, query) for part in VIEWS[name].parts if part in (parts or VIEWS[name].parts)
    )
    return Answer(name, query, cohort.n, found[0].missing if found else 0, found)


def samples_behind(actor: Actor, wanted: Mapping[str, Any] | StatisticsFilter, ids: Any = None) -> Behind:
    """How many samples a filter leaves, or have some ids, and the newest of them.

    Raises:
        BadInput: what is wrong with the filter, by field.
    """
    require(actor, "statistics.view")
    query = _checked(StatisticsFilter, wanted)
    return _behind.behind(Cohort(facts.current(), query), ids)


def read(name: str, wanted: Mapping[str, Any] | StatisticsFilter) -> StatisticsFilter:
    """A view's query.

    Raises:
        BadInput: what is wrong with it, by field.
    """
    return _checked(VIEWS[name].query, wanted)


def _checked(kind: type[StatisticsFilter], wanted: Mapping[str, Any] | StatisticsFilter) -> StatisticsFilter:
    query = wanted if isinstance(wanted, kind) else inputs.read(kind, dict(wanted))
    if findings := filters.check(query, catalogue.recent()):
        raise BadInput(*findings)
    return query


def prepare() -> None:
    """Reads what views need, so that the first one who asks need not wait for it."""
    facts.current()


def forget() -> None:
    """What was computed is computed anew when it is asked for again."""
    with _lock:
        _kept.clear()


def _part(name: str, part: str, cohort: Cohort, query: StatisticsFilter) -> Part:
    """Computed once for as long as nothing changes; a new day is a change, as some parts look back from today."""
    now = (cohort.facts.snapshot.installation, cohort.facts.moment, clock.today().isoformat())
    key = (*now, name, part, query.model_dump_json())
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    made = VIEWS[name].parts[part](cohort, query)
    with _lock:
        _kept[key] = made
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return made


__all__ = [
    "VIEWS",
    "Answer",
    "Behind",
    "N",
    "Name",
    "Part",
    "Says",
    "StatisticsFilter",
    "Test",
    "View",
    "forget",
    "prepare",
    "read",
    "samples_behind",
    "view",
]
