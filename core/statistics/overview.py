"""Overview: what there is, what comes in, what waits for review, and what is known of it.

Samples count as registered whatever became of them since, so what comes in looks at samples of any status; what waits
looks at pending ones. Both leave the days of the filter aside. Days are those of Seoul; a week begins on Monday.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from core import clock
from core.statistics import completeness
from core.statistics.answers import Name, Part, Says
from core.statistics.cohort import Array, Cohort, N, day_number, day_of, month_of, months
from core.statistics.filters import StatisticsFilter, days_of_month
from core.statistics.numbers import distinct, share_interval
from core.statistics.overview_cuts import over_cuts, over_processing

MONTHS = 24  # looked back where the filter has no days
# what happens to a sample -> the filter's and the facts' name for its day
EVENTS = ("received", "approved")
# age in days -> youngest and oldest of it
AGES: dict[str, tuple[int, int | None]] = {"d0": (0, 0), "d1": (1, 2), "d3": (3, 6), "d7": (7, None)}


class Query(StatisticsFilter):
    """The overview has no options of its own."""


def counts(cohort: Cohort, query: Query) -> Part:
    """Registered and approved today, this week, this month, beside as many days of the one before; and what waits."""
    cohort = narrowed(cohort, status="all", first=None, last=None)
    today = clock.today()
    rows, narrows = list[tuple[Any, ...]](), list[Mapping[str, Any]]()
    for event in EVENTS:
        for span, (now, before) in spans(today).items():
            here, there = _between(cohort, event, *now), _between(cohort, event, *before)
            rows.append((event, span, *now, here.samples, here.animals, *before, there.samples, there.animals))
            narrows.append({"status": "all", "period": event, "first": now[0], "last": now[1]})
    queue = narrowed(cohort, status="pending")
    days = queue["submitted"]
    oldest, newest = (day_of(days.min()), day_of(days.max())) if len(queue) else (None, None)
    rows.append(("waiting", "now", oldest, newest, queue.n.samples, queue.n.animals, None, None, None, None))
    narrows.append({"status": "pending", "period": "submitted", "first": None, "last": None})
    columns = ["event", "span", "first", "last", "samples", "animals", "before_first", "before_last", "before_samples",
               "before_animals"]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns).astype({"before_samples": "Int64", "before_animals": "Int64"})
    values = {"registered": rows[0][4], "approved": rows[3][4], "waiting": queue.n.samples}
    says = Says("overview.says_counts", values)
    if oldest is not None:
        says = Says("overview.says_counts_waiting", values | {"since": oldest, "days": max((today - oldest).days, 0)})
    kinds = {"event": "overview.event", "span": "overview.span"}
    notes = (Says("overview.note_any_status"), Says("overview.note_days"))
    return Part("counts", table, cohort.n, 0, says, (), notes, kinds, narrows=narrows)


def spans(today: date) -> dict[str, tuple[tuple[date, date], tuple[date, date]]]:
    """Today, this week and this month up to today, each with as much of the one before."""
    day, monday, first = timedelta(days=1), today - timedelta(days=today.weekday()), today.replace(day=1)
    last = first - day
    return {
        "today": ((today, today), (today - day, today - day)),
        "week": ((monday, today), (monday - 7 * day, today - 7 * day)),
        "month": ((first, today), (last.replace(day=1), last.replace(day=min(today.day, last.day)))),
    }


def waiting(cohort: Cohort, query: Query) -> Part:
    """How long what waits for review has waited, in days since it was submitted last."""
    queue, today = narrowed(cohort, status="pending", first=None, last=None), clock.today()
    ages = ages_of(queue, today)
    groups = np.searchsorted([low for low, _ in AGES.values()], ages, side="right") - 1
    samples = np.bincount(groups, minlength=len(AGES))
    animals = distinct(groups, len(AGES), queue["animal"], queue.facts.animals)
    share = samples / queue.n.samples if len(queue) else np.full(len(AGES), np.nan)
    low, high = share_interval(share * queue.n.animals, np.full(len(AGES), queue.n.animals))
    days = [_submitted(today, *bounds) for bounds in AGES.values()]
    table = pd.DataFrame({
        "age": list(AGES), "first": [first for first, _ in days], "last": [last for _, last in days],
        "samples": samples, "animals": animals, "share": share, "share_low": low, "share_high": high,
    })  # fmt: skip
    narrows = [{"status": "pending", "period": "submitted", "first": first, "last": last} for first, last in days]
    says = Says("overview.says_nothing_waits")
    if len(queue):
        oldest = int(ages.max())
        values = {"n": queue.n.samples, "old": int(samples[-1]), "since": today - timedelta(days=oldest)}
        says = Says("overview.says_waiting", values | {"days": oldest})
    notes = (Says("overview.note_waiting"),)
    return Part("waiting", table, queue.n, 0, says, (), notes, {"age": "overview.age"}, narrows=narrows)


def completed(cohort: Cohort, query: Query) -> Part:
    """The share of the samples that have what a sample may have."""
    table = completeness.shares(cohort, completeness.FIELDS)
    says = Says("statistics.says_none")
    if len(cohort):
        rarest = table.iloc[int(np.nanargmin(table["share"].to_numpy(float)))]
        values = {"field": Name("field", rarest["field"]), "share": 100 * rarest["share"], "n": rarest["of_samples"]}
        says = Says("overview.says_completeness" if rarest["share"] < 1 else "overview.says_complete", values)
    narrows = [completeness.narrows(field, lacking=False) for field in completeness.FIELDS]
    return Part("completeness", table, cohort.n, 0, says, (), (), {"field": "field"}, narrows=narrows)


def trend(cohort: Cohort, query: Query) -> Part:
    """Registered and approved samples of each month: of the last two years, or of all months that the filter leaves."""
    every = narrowed(cohort, status="all")
    of = {event: months(every[event]) for event in EVENTS}
    first, last = _range(query, of)
    size = max(last - first + 1, 0)
    rows, counted = list[tuple[Any, ...]](), np.zeros(len(every), bool)
    narrows: list[Mapping[str, Any] | None] = []
    for event in EVENTS:
        inside = (of[event] >= first) & (of[event] <= last)
        counted |= inside
        places = np.where(inside, of[event] - first, -1)
        samples = np.bincount(places[inside], minlength=size)
        animals = distinct(places, size, every["animal"], every.facts.animals)
        of_months = [month_of(first + place) for place in range(size)]
        rows += [(*of, int(samples[n]), int(animals[n])) for n, of in enumerate((month, event) for month in of_months)]
        narrows += [_narrowed_to(query, event, month) for month in of_months]
    table = pd.DataFrame(rows, columns=["month", "event", "samples", "animals"])
    n = every.count(counted)
    says = _says_trend(table) if n.samples else Says("statistics.says_none")
    return Part("trend", table, n, 0, says, (), (Says("overview.note_any_status"),), {"event": "overview.event"},
                narrows=narrows)  # fmt: skip


def narrowed(cohort: Cohort, **fields: Any) -> Cohort:
    """What the same filter leaves with some fields changed."""
    return Cohort(cohort.facts, cohort.wanted.model_copy(update=fields))


def ages_of(queue: Cohort, today: date) -> Array:
    """Days since each was submitted last; a clock that went ahead makes nothing younger than today."""
    return np.asarray(np.maximum(day_number(today) - queue["submitted"].astype(np.int64), 0))


def _between(cohort: Cohort, event: str, first: date, last: date) -> N:
    days = cohort[event]
    return cohort.count((days >= day_number(first)) & (days <= day_number(last)))


def _submitted(today: date, youngest: int, oldest: int | None) -> tuple[date | None, date | None]:
    """The days on which was submitted what is so old today."""
    last = today - timedelta(days=youngest) if youngest else None
    return (None if oldest is None else today - timedelta(days=oldest)), last


def _range(query: Query, of: Mapping[str, Array]) -> tuple[int, int]:
    """First and last month, as `months` counts them."""
    if query.first is None and query.last is None:
        today = clock.today()
        now = today.year * 12 + today.month - 1
        return now - MONTHS + 1, now
    there = np.concatenate([found[found >= 0] for found in of.values()])
    return (int(there.min()), int(there.max())) if len(there) else (0, -1)


def _narrowed_to(query: Query, event: str, month: date) -> dict[str, Any] | None:
    """What leaves the samples of a month; nothing does where the filter narrows another day already."""
    if (query.first or query.last) and query.period != event:
        return None
    return {"status": "all", "period": event} | days_of_month(query, month)


def _says_trend(table: pd.DataFrame) -> Says:
    registered = table[table["event"] == "received"]
    most = registered.iloc[int(registered["samples"].to_numpy().argmax())]
    total = table.groupby("event")["samples"].sum()
    values = {"registered": int(total["received"]), "approved": int(total["approved"]), "most": int(most["samples"])}
    return Says("overview.says_trend", values | {"month": f"{most['month']:%Y-%m}"})


PARTS: dict[str, Callable[[Cohort, Query], Part]] = {
    "counts": counts,
    "waiting": waiting,
    "completeness": completed,
    "species": over_cuts,
    "processing": over_processing,
    "trend": trend,
}
