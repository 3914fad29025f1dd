"""Regions: where samples come from, by the province of the farm, and when; 17 provinces, or the 16 units of today.

Animals are counted anew at each level: they cannot be added up over months or provinces.
"""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pandas as pd

from core import regions
from core.samples.lists import UNKNOWN
from core.statistics.answers import ALL, Name, Part, Says
from core.statistics.cohort import Array, Cohort
from core.statistics.filters import StatisticsFilter
from core.statistics.numbers import FEWEST, distinct, share_interval
from core.statistics.region_times import Step, Times, animals_until, distinct_in, few_times, within

Units = Literal["17", "16"]
# How many times each part has; where there are more, they are of longer steps (months, quarters, years ...).
MOST = {"trend": 520, "animation": 36, "heat": 120}
SOURCE = Says("regions.source")


class Query(StatisticsFilter):
    """`units` are the 17 provinces, or the 16 units since 2026-07-01, when KR-29 and KR-46 became the unit "12".

    `by` is how long the times of the trend are; weeks begin on Monday. `counted` says of the animation whether each
    time is counted by itself or with all before it.
    """

    units: Units = "17"
    by: Literal["month", "week"] = "month"
    counted: Literal["each", "until"] = "each"


def over_provinces(cohort: Cohort, query: Query) -> Part:
    """Samples and animals of each province, most samples first; what is of no known one is the last.

    The interval of a share is as sure as the animals make it.
    """
    keys, places = located(cohort, query.units)
    samples = np.bincount(places, minlength=len(keys))
    animals = distinct(places, len(keys), cohort["animal"], cohort.facts.animals)
    n = cohort.n
    share = samples / max(n.samples, 1)
    low, high = share_interval(share * n.animals, np.full(len(keys), n.animals))
    table = pd.DataFrame({
        "province": keys, "samples": samples, "animals": animals, "share": share, "share_low": low, "share_high": high,
        "is_small": animals < FEWEST,
    })  # fmt: skip
    return Part(
        "map", table, n, _without_province(cohort), _says_first(table, n.samples), notes=(*_unknown(cohort), SOURCE),
        kinds={"province": "provinces"}, link={"province": "province"},
        narrows=[{"province": _within(key, query)} for key in keys], more={"units": query.units},
    )  # fmt: skip


def over_time(cohort: Cohort, query: Query) -> Part:
    """Samples and animals of each month or week, in all and by province."""
    return _over_times("trend", cohort, query, query.by, with_all=True)


def over_months(cohort: Cohort, query: Query) -> Part:
    """Samples and animals of each month by province."""
    return _over_times("heat", cohort, query, "month")


def in_steps(cohort: Cohort, query: Query) -> Part:
    """The map over months: of each one, or of all until its end. Beyond 36 of them, over quarters, years ..."""
    return _over_times("animation", cohort, query, "month", until=query.counted == "until")


def located(cohort: Cohort, units: Units) -> tuple[list[str], Array]:
    """The provinces or units that there are, most samples first, what is not known last; and each sample's place."""
    known = cohort.keys("province")
    names = [*(regions.unit_of(key) if units == "16" else key for key in known), UNKNOWN]
    own = np.array([names.index(name) for name in names])[cohort["province"]]  # a code of -1 takes the last
    samples = np.bincount(own, minlength=len(names))
    there = np.flatnonzero(samples)
    order = sorted(there.tolist(), key=lambda place: (names[place] == UNKNOWN, -samples[place], names[place]))
    place_of = np.full(len(names), -1)
    place_of[order] = np.arange(len(order))
    return [names[place] for place in order], place_of[own]


def _over_times(
    name: str, cohort: Cohort, query: Query, step: Step, *, with_all: bool = False, until: bool = False
) -> Part:  # fmt: skip
    keys, places = located(cohort, query.units)
    times = few_times(cohort[query.period], step, MOST[name])
    table, rows = _by_time(cohort, keys, places, times, with_all=with_all, until=until)
    table["province"] = [keys[place] if place < len(keys) else ALL for place in table["province"]]
    narrows = [
        within(times, time, query, until=until) | {"province": _within(key, query)}
        for time, key in zip(rows, table["province"], strict=True)
    ]
    chosen = times.places >= 0
    n, without_day = cohort.count(chosen), int((~chosen).sum())
    notes = [
        *_unknown(cohort),
        *([Says("regions.note_no_day", {"n": without_day})] if without_day else []),
        *([Says("regions.note_steps", {"most": MOST[name]})] if times.step != step else []),
        *([SOURCE] if name == "animation" else []),
    ]
    more = {"units": query.units, "step": times.step, "times": times.starts, "rows": rows, "period": query.period}
    return Part(
        name, table, n, int((~chosen | (cohort["province"] < 0)).sum()),
        _says(name, table, times, rows, n.samples, until=until), notes=tuple(notes), kinds={"province": "provinces"},
        link={"province": "province"}, narrows=narrows, more=more,
    )  # fmt: skip


def _by_time(
    cohort: Cohort, keys: list[str], places: Array, times: Times, *, with_all: bool, until: bool
) -> tuple[pd.DataFrame, list[int]]:
    """A row for each time and province that has any, by time; and the number of each row's time.

    `province` is a place in `keys`; the place behind them is that of all.
    """
    k, n_times, size = len(keys), len(times.starts), cohort.facts.animals
    cells = np.where(times.places >= 0, places * n_times + times.places, -1)
    samples = np.bincount(cells[cells >= 0], minlength=k * n_times).reshape(k, n_times)
    if until:
        samples = samples.cumsum(axis=1)
        animals = animals_until(places, k, times, cohort["animal"], size)
    else:
        animals = distinct_in(cells, k * n_times, cohort["animal"], size).reshape(k, n_times)
    if with_all:
        all_animals = distinct_in(times.places, n_times, cohort["animal"], size)
        samples, animals = np.vstack([samples, samples.sum(axis=0)]), np.vstack([animals, all_animals])
    # By time, that of all first, the provinces in their order.
    order = [k, *range(k)] if with_all else list(range(k))
    place, time = np.nonzero(samples[order])
    by_time = np.argsort(time, kind="stable")
    place, time = np.array(order, int)[place[by_time]], time[by_time]
    table = pd.DataFrame({"province": place, **times.columns(time, until=until), "samples": samples[place, time],
                          "animals": animals[place, time]})  # fmt: skip
    return table, time.tolist()


def _within(key: str, query: Query) -> str | None:
    """The province of a filter that leaves a row's samples: not more than it leaves already."""
    wanted = query.province
    if key == ALL or (wanted and not set(regions.members(key)) <= set(regions.members(wanted))):
        return wanted
    return key


def _without_province(cohort: Cohort) -> int:
    return int((cohort["province"] < 0).sum())


def _unknown(cohort: Cohort) -> tuple[Says, ...]:
    """What is said of the samples whose address tells no province."""
    n = cohort.count(cohort["province"] < 0)
    return (Says("regions.note_unknown", {"n": n.samples, "animals": n.animals}),) if n.samples else ()


def _says_first(table: pd.DataFrame, total: int) -> Says:
    known = table[table["province"] != UNKNOWN]
    if known.empty:
        return Says("regions.says_none_known", {"n": total}) if total else Says("statistics.says_none")
    first = known.iloc[0]
    values = {"n": int(first["samples"]), "total": total, "share": 100 * float(first["share"])}
    return Says("regions.says_first", values | {"province": _name(first["province"])})


def _says(name: str, table: pd.DataFrame, times: Times, rows: list[int], total: int, *, until: bool) -> Says:
    """The time with most samples; of maps the province that leads most often, or in the end."""
    if table.empty:
        return Says("statistics.says_none")
    if name == "trend":
        return Says("regions.says_trend", _most(table[table["province"] == ALL], times, rows) | {"total": total})
    known = table[table["province"] != UNKNOWN]
    if known.empty:
        return Says("regions.says_none_known", {"n": total})
    if name == "heat":
        return Says("regions.says_heat", _most(known, times, rows) | {"total": total})
    own_times = np.array(rows)[known.index]
    if until:
        last = known[own_times == own_times.max()]
        return Says("regions.says_until", _most(last, times, rows) | {"provinces": len(last)})
    leads = known.loc[known.groupby(own_times)["samples"].idxmax(), "province"].value_counts()
    values = {"province": _name(leads.index[0]), "n": int(leads.iloc[0]), "total": len(set(rows))}
    return Says("regions.says_animation", values)


def _most(table: pd.DataFrame, times: Times, rows: list[int]) -> dict[str, Any]:
    """What a sentence says of the row with most samples."""
    row = int(table["samples"].to_numpy().argmax())
    most = table.iloc[row]
    return {
        "time": times.name(rows[int(table.index[row])]), "province": _name(most["province"]), "n": int(most["samples"]),
        "animals": int(most["animals"]),
    }  # fmt: skip


def _name(key: Any) -> Name:
    return Name("provinces", str(key))


PARTS: dict[str, Callable[[Cohort, Query], Part]] = {
    "map": over_provinces, "trend": over_time, "animation": in_steps, "heat": over_months,
}  # fmt: skip
