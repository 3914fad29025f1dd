"""Data quality: what was confirmed though it looked wrong, what is missing, waits, is there twice, is unverified."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from core import clock
from core.statistics import completeness
from core.statistics.answers import Name, Part, Says
from core.statistics.cohort import Array, Cohort, month_of, months
from core.statistics.filters import StatisticsFilter, days_of_month
from core.statistics.numbers import FEWEST, distinct, ranked, share_interval
from core.statistics.overview import ages_of, narrowed
from core.statistics.quality_twice import twice
from core.statistics.quality_warnings import over_fields, over_months

WIDTHS = (1, 7, 28, 364)  # days of a bar, the first with which there are few enough bars
MOST_BARS = 60


class Query(StatisticsFilter):
    """Data quality has no options of its own."""


def missing_fields(cohort: Cohort, query: Query) -> Part:
    """The share of the samples that lack what a sample may have; those that are lacked most first."""
    table = completeness.shares(cohort, completeness.ALL_FIELDS, lacking=True)
    table = table.sort_values("share", ascending=False, kind="stable", ignore_index=True)
    says = Says("statistics.says_none")
    if len(cohort):
        most = table.iloc[0]
        values = {"field": Name("field", most["field"]), "share": 100 * most["share"], "n": most["of_samples"]}
        says = Says("quality.says_missing" if most["share"] else "quality.says_nothing_missing", values)
    narrows = [completeness.narrows(field, lacking=True) for field in table["field"]]
    notes = (Says("quality.note_bms"),)
    return Part("missing_fields", table, cohort.n, 0, says, (), notes, {"field": "field"}, narrows=narrows)


def missing_by_month(cohort: Cohort, query: Query) -> Part:
    """The same for each month of registration."""
    there, places = ranked(months(cohort["received"]))
    table = _lacked_by(cohort, [month_of(month) for month in there], places)
    says = Says("statistics.says_none")
    if len(cohort):
        known = table[~table["is_small"] & (table["samples"] > 0)]
        says = Says("quality.says_missing_few", {"n": len(cohort)})
        if len(known):
            most = known.iloc[int(known["share"].to_numpy().argmax())]
            values = {"field": Name("field", most["field"]), "month": f"{most['month']:%Y-%m}"}
            says = Says("quality.says_missing_month", values | {"share": 100 * most["share"], "n": most["of_samples"]})
    narrows = [_without(query, row["field"], row["month"]) for row in table.to_dict("records")]
    notes = (Says("quality.note_bms"),)
    return Part("missing_by_month", table, cohort.n, 0, says, (), notes, {"field": "field"}, narrows=narrows)


def pending_age(cohort: Cohort, query: Query) -> Part:
    """How many days what waits for review has waited, the oldest first, whatever status and days the filter has."""
    queue, today = narrowed(cohort, status="pending", first=None, last=None), clock.today()
    ages = ages_of(queue, today)
    width = next((width for width in WIDTHS if ages.max(initial=0) // width < MOST_BARS), WIDTHS[-1])
    there, places = ranked(ages // width)
    samples = np.bincount(places, minlength=len(there))
    animals = distinct(places, len(there), queue["animal"], queue.facts.animals)
    youngest = there * width
    table = pd.DataFrame({
        "age_from": youngest, "age_to": youngest + width - 1,
        "first": [today - timedelta(days=int(age) + width - 1) for age in youngest],
        "last": [today - timedelta(days=int(age)) for age in youngest],
        "samples": samples, "animals": animals,
    })[::-1].reset_index(drop=True)  # fmt: skip
    waits = {"status": "pending", "period": "submitted"}
    narrows = [
        waits | {"first": row["first"], "last": row["last"] if row["age_from"] else None}
        for row in table.to_dict("records")
    ]
    says = Says("quality.says_nothing_waits")
    if len(queue):
        values = {"n": queue.n.samples, "median": float(np.median(ages)), "oldest": int(ages.max())}
        says = Says("quality.says_pending", values)
    notes = (Says("quality.note_pending"),)
    return Part("pending_age", table, queue.n, 0, says, (), notes, narrows=narrows, more={"width": width})


def unverified(cohort: Cohort, query: Query) -> Part:
    """The share of samples whose trace number the registry has not confirmed, by month of the day that the filter goes
    by.
    """
    there, places = ranked(months(cohort[query.period]))
    open_ones = cohort["trace_verified"] == 0
    table = pd.DataFrame({"month": [month_of(month) for month in there]})
    known = places >= 0
    hits_of = np.bincount(places[open_ones & known], minlength=len(there))
    table = table.join(_shares(hits_of, *_sizes(cohort, places, len(there))))
    n, hits = cohort.count(known), cohort.count(known & open_ones)
    says = Says("statistics.says_none")
    if n.samples:
        share = hits.samples / n.samples
        low, high = share_interval(np.array([share * n.animals]), np.array([n.animals]))
        values = {"hits": hits.samples, "n": n.samples, "share": 100 * share}
        says = Says("quality.says_unverified", values | {"low": 100 * low[0], "high": 100 * high[0]})
    return Part("unverified", table, n, int((~known).sum()), says, link={"month": "month"})


def _lacked_by(cohort: Cohort, of_months: list[date], places: Array) -> pd.DataFrame:
    """For each month how many samples lack each field; months in which none could have it are left out."""
    tables, k = [], len(of_months)
    whole = _sizes(cohort, places, k)
    for field in completeness.ALL_FIELDS:
        may = completeness.may_have(cohort, field)
        sizes = whole if may is None else _sizes(cohort, np.where(may, places, -1), k)
        found = _shares(np.bincount(places[completeness.lacks(cohort, field)], minlength=k), *sizes)
        found.insert(0, "field", field)
        found.insert(0, "month", of_months)
        tables.append(found[found["of_samples"] > 0])
    return pd.concat(tables, ignore_index=True).sort_values("month", kind="stable", ignore_index=True)


def _sizes(cohort: Cohort, groups: Array, k: int) -> tuple[Array, Array]:
    """Samples and animals of each group."""
    return (
        np.bincount(groups[groups >= 0], minlength=k), distinct(groups, k, cohort["animal"], cohort.facts.animals)
    )  # fmt: skip


def _shares(samples: Array, of_samples: Array, of_animals: Array) -> pd.DataFrame:
    """As sure as the animals make it."""
    share = np.divide(samples, of_samples, out=np.full(len(samples), np.nan), where=of_samples > 0)
    low, high = share_interval(share * of_animals, of_animals)
    return pd.DataFrame({
        "samples": samples, "share": share, "share_low": low, "share_high": high, "of_samples": of_samples,
        "of_animals": of_animals, "is_small": of_animals < FEWEST,
    })  # fmt: skip


def _without(query: Query, field: str, month: date) -> dict[str, Any] | None:
    """What leaves the samples of a month of registration that lack a field; nothing does where the filter narrows
    another day already.
    """
    if (query.first or query.last) and query.period != "received":
        return None
    return {**completeness.narrows(field, lacking=True), "period": "received"} | days_of_month(query, month)


PARTS: dict[str, Callable[[Cohort, Query], Part]] = {
    "warnings": over_months,
    "warned_fields": over_fields,
    "missing_fields": missing_fields,
    "missing_by_month": missing_by_month,
    "pending_age": pending_age,
    "twice": twice,
    "unverified": unverified,
}
