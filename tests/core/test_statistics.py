"""Statistics equal what pandas counts from the same samples."""

import random
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from core import ids, samples, statistics
from core.errors import NotAllowed
from core.policy import Actor
from core.statistics import StatisticsFilter
from tests.makers import fresh, make_user, trace_number

ADDRESSES = {
    "강원특별자치도 횡성군": "KR-42",
    "경기도 광주시": "KR-41",
    "광주 북구": "KR-29",
    "어딘가": None,
    None: None,
}
FIRST = date(2004, 1, 1)  # a time of their own: the other tests' samples are of later years
DAYS = 150


@pytest.fixture(scope="module")
def recorded() -> pd.DataFrame:
    """What was registered, counted by hand: animals repeat, some addresses tell no province, some wait for review."""
    chance = random.Random(7)
    animals = [trace_number() for _ in range(12)]
    makers = {"approved": make_user("researcher"), "pending": make_user()}
    rows = []
    for _ in range(60):
        status, address = chance.choice(["approved", "approved", "pending"]), chance.choice(list(ADDRESSES))
        row: dict[str, Any] = {
            "trace": chance.choice(animals),
            "province": ADDRESSES[address],
            "day": FIRST + timedelta(days=chance.randrange(DAYS)),
        }
        _register(makers[status], row, address, status)
        rows.append(row | {"status": status})
    frame = pd.DataFrame(rows)
    frame["province"] = frame["province"].astype(object).where(frame["province"].notna(), "unknown")
    return frame[frame["status"] == "approved"]


def _register(maker: Actor, row: dict[str, Any], address: str | None, status: str) -> None:
    sample: samples.NewSample = fresh(
        confirmed_warnings=["trace_number:entered_minutes_ago"],
        trace_number=row["trace"],
        farm_address=address,
        slaughtered_on=str(row["day"]),
        graded_on=None,
        born_on=None,
    )
    if status == "approved":  # without a promised photo it is approved as it is submitted
        sample = samples.NewSample(**sample.model_dump(exclude={"photo"}))
    assert samples.register(maker, ids.new(), sample).sample.status == status


def counted(frame: pd.DataFrame, keys: list[str]) -> dict[tuple[object, ...], tuple[int, int]]:
    groups = frame.groupby(keys)["trace"].agg(["size", "nunique"])
    return {key if isinstance(key, tuple) else (key,): (int(n), int(a)) for key, (n, a) in groups.iterrows()}


def told(frame: pd.DataFrame, keys: list[str]) -> dict[tuple[object, ...], tuple[int, int]]:
    known = frame.assign(province=frame["province"].astype(object).where(frame["province"].notna(), "unknown"))
    return {tuple(row[key] for key in keys): (row["samples"], row["animals"]) for row in known.to_dict("records")}


@pytest.mark.parametrize(("first", "last"), [(0, DAYS), (20, 90), (31, 31)])
def test_regions_are_what_pandas_counts(recorded: pd.DataFrame, first: int, last: int) -> None:
    start, end = FIRST + timedelta(days=first), FIRST + timedelta(days=last)
    frame = recorded[(recorded["day"] >= start) & (recorded["day"] <= end)]
    frame = frame.assign(month=[day.replace(day=1) for day in frame["day"]])
    found = statistics.regions(make_user("manager"), StatisticsFilter(slaughtered_from=start, slaughtered_to=end))
    assert (found.samples, found.animals) == (len(frame), frame["trace"].nunique())
    assert found.unknown_region == (frame["province"] == "unknown").sum()
    assert told(found.by_province, ["province"]) == counted(frame, ["province"])
    assert told(found.by_month, ["province", "month"]) == counted(frame, ["province", "month"])


def test_a_species_without_samples_is_empty_and_no_failure() -> None:
    found = statistics.regions(make_user("researcher"), StatisticsFilter(species="pig", slaughtered_to=FIRST))
    assert (found.samples, found.animals, found.unknown_region) == (0, 0, 0)
    assert found.by_month.empty
    assert list(found.by_province.columns) == ["province", "samples", "animals"]


def test_normal_users_have_no_statistics() -> None:
    with pytest.raises(NotAllowed):
        statistics.regions(make_user(), StatisticsFilter())
