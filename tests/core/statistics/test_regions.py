"""Regions equal what pandas counts from the same samples, and every address is in the province that it names."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from core import catalogue, clock, ids, regions, samples, statistics
from core.config import DATA
from core.errors import BadInput, NotAllowed
from core.policy import Actor
from core.statistics import Part
from tests.makers import fresh, make_user, trace_number
from tests.worlds import World, make_world, store

CLOSE = {"rtol": 1e-9, "atol": 1e-9}
MERGED = {"KR-29": "12", "KR-46": "12"}
FIRST, LAST = date(2004, 1, 1), date(2004, 12, 31)  # a time of their own: other tests register samples of later years
OF_2004 = {"first": FIRST, "last": LAST}
# What somebody writes as the address of a farm -> its province.
ADDRESSES = {
    "경상남도 창원시 의창구": "KR-48", "경남 창원시": "KR-48", "경상북도 안동시": "KR-47", "경북 안동시": "KR-47",
    "충청북도 청주시": "KR-43", "충북 청주시": "KR-43", "충청남도 홍성군": "KR-44", "충남 홍성군": "KR-44",
    "전라남도 순천시": "KR-46", "전남 순천시": "KR-46", "전라북도 전주시": "KR-45", "전북 전주시": "KR-45",
    "전북특별자치도 전주시": "KR-45", "강원도 횡성군": "KR-42", "강원특별자치도 횡성군 둔내면 1": "KR-42",
    "제주특별자치도 서귀포시": "KR-49", "경기도 광주시 오포읍": "KR-41", "광주시 오포읍": "KR-41",
    "경기도 여주시 세종대왕면": "KR-41", "여주시 세종대왕면": None, "세종특별자치시 연서면": "KR-50",
    "광주광역시 북구": "KR-29", "광주 북구": "KR-29", "광주시 북구": "KR-29", "전남광주통합특별시 북구": "KR-29",
    "전남광주통합특별시 순천시": "KR-46", "어딘가": None, "어딘가 경상남도": None, None: None,
}  # fmt: skip
BORDERS = ("2004-01-31", "2004-02-01", "2004-02-29", "2004-03-01", "2004-12-31", "2004-01-01", "2004-08-31")


def at(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=UTC)  # type: ignore[misc, arg-type]


def world_of(table: pd.DataFrame, year: int = 0) -> World:
    """Samples that have nothing else, from columns animal, province, day, received, status."""
    rows = pd.DataFrame({
        "id": [ids.new() for _ in range(len(table))], "animal": table["animal"], "status": table["status"],
        "species": "cattle", "primal_cut": "loin", "secondary_cut": "ribeye_roll", "breed": "hanwoo", "sex": None,
        "grade": None, "bms": None, "province": table["province"], "slaughtered_on": table["day"],
        "received_at": table["received"], "approved_at": None, "carcass_weight_kg": None, "backfat_mm": None,
        "ribeye_area_cm2": None,
    })  # fmt: skip
    approved = rows["received_at"] + timedelta(days=3)
    rows["approved_at"] = approved.astype(object).where(rows["status"] == "approved", None)
    empty = make_world(0, n=0)  # its tables, and a year of its own
    world = World(year, empty.people, rows, empty.rounds, empty.evaluations, empty.measurements)
    store(world)
    return world


def ten_thousand(seed: int = 4) -> World:
    """Ten thousand samples of a year: unbalanced, some without a province, animals in several months and provinces."""
    rng, n = np.random.default_rng(seed), 10_000
    year = make_world(0, n=0).year
    keys = np.array([entry.key for entry in catalogue.get().provinces] + [None], object)
    weights = np.append(0.7 ** np.arange(len(keys) - 1), 0.3)
    days = [date(year, 1, 1) + timedelta(days=int(day)) for day in rng.integers(0, 365, n)]
    table = pd.DataFrame({
        "animal": [f"002{number:09}" for number in rng.integers(10**8, 10**8 + 4_000, n) + year * 10**5],
        "province": rng.choice(keys, n, p=weights / weights.sum()), "day": days,
        "received": [datetime(year, 1, 1, tzinfo=UTC) + timedelta(minutes=int(m)) for m in rng.integers(0, 525_000, n)],
        "status": rng.choice(["approved", "pending"], n, p=[0.9, 0.1]),
    })  # fmt: skip
    return world_of(table, year)


@pytest.fixture(scope="module", params=["empty", "one", "some", "sparse", "many"])
def world(request: pytest.FixtureRequest, servers: dict[str, str]) -> World:
    if request.param == "many":
        return ten_thousand()
    return make_world(*{"empty": (0, 0), "one": (1, 1), "some": (2, 300), "sparse": (3, 150)}[request.param])


def counted(world: World, units: str = "17", period: str = "slaughtered") -> pd.DataFrame:
    """The approved samples with their unit and their day in Seoul."""
    frame = world.samples[world.samples["status"] == "approved"]
    province = frame["province"].astype(object)
    unit = province.replace(MERGED) if units == "16" else province
    day = pd.to_datetime(frame["slaughtered_on"])
    if period != "slaughtered":
        instant = pd.to_datetime(frame["received_at" if period == "received" else "approved_at"], utc=True)
        day = instant.dt.tz_convert("Asia/Seoul").dt.tz_localize(None)
    frame = frame.assign(province=unit.where(unit.notna(), "unknown"), day=day)
    days = days_of(world, period)
    return frame[day.between(pd.Timestamp(days["first"]), pd.Timestamp(days["last"]) + pd.Timedelta("23:59:59.999"))]


def days_of(world: World, period: str) -> dict[str, Any]:
    """A time that is the world's own; what is of the year before may be approved until February."""
    return world.wanted if period == "slaughtered" else world.wanted | {"first": date(world.year, 2, 15)}


def part_of(actor: Actor, world: World, part: str, **wanted: Any) -> Part:
    days = days_of(world, wanted.get("period", "slaughtered"))
    return statistics.view(actor, "regions", {**days, **wanted}, (part,)).parts[0]


def numbers(table: pd.DataFrame, *keys: str) -> dict[Any, tuple[int, int]]:
    rows = table.to_dict("records")
    return {tuple(row[key] for key in keys): (row["samples"], row["animals"]) for row in rows}


def by_hand(frame: pd.DataFrame, *keys: str) -> dict[Any, tuple[int, int]]:
    groups = frame.groupby(list(keys))["animal"].agg(["size", "nunique"])
    return {key if isinstance(key, tuple) else (key,): (int(n), int(k)) for key, (n, k) in groups.iterrows()}


@pytest.mark.parametrize("units", ["17", "16"])
def test_the_map_counts_every_sample_and_each_animal_once(world: World, actor: Actor, units: str) -> None:
    found, frame = part_of(actor, world, "map", units=units), counted(world, units)
    assert numbers(found.table, "province") == by_hand(frame, "province")
    assert (found.n.samples, found.n.animals) == (len(frame), frame["animal"].nunique())
    assert found.missing == (frame["province"] == "unknown").sum()
    assert found.table["samples"].sum() == len(frame)
    for row in found.table.to_dict("records"):
        share, animals = row["samples"] / len(frame), frame["animal"].nunique()
        low, high = proportion_confint(share * animals, animals, method="wilson")
        told = (row["share"], row["share_low"], row["share_high"])
        np.testing.assert_allclose(told, (share, low, high), **CLOSE)
        assert row["is_small"] == (row["animals"] < 5)
    known = found.table.loc[found.table["province"] != "unknown", "samples"]
    assert known.is_monotonic_decreasing
    if found.missing:
        assert found.table["province"].iloc[-1] == "unknown"


def test_sixteen_units_have_what_seventeen_have(world: World, actor: Actor) -> None:
    of_17, of_16 = (numbers(part_of(actor, world, "map", units=units).table, "province") for units in ("17", "16"))
    merged = of_16.pop(("12",), (0, 0))
    apart = [of_17.pop((key,), (0, 0)) for key in MERGED]
    assert of_17 == of_16
    assert merged[0] == sum(n for n, _ in apart)
    assert merged[1] <= sum(n for _, n in apart)  # an animal of both is one


@pytest.mark.parametrize("period", ["slaughtered", "received", "approved"])
def test_the_trend_by_months(world: World, actor: Actor, period: str) -> None:
    frame = counted(world, period=period)
    frame = frame.assign(month=frame["day"].dt.to_period("M").dt.start_time.dt.date)
    table = part_of(actor, world, "trend", period=period).table
    is_all = table["province"] == "all"
    assert numbers(table[~is_all], "month", "province") == by_hand(frame, "month", "province")
    assert numbers(table[is_all], "month") == by_hand(frame, "month")
    heat = part_of(actor, world, "heat", period=period)
    assert numbers(heat.table, "month", "province") == by_hand(frame, "month", "province")
    assert (heat.n.samples, heat.n.animals) == (len(frame), frame["animal"].nunique())


@pytest.mark.parametrize("units", ["17", "16"])
def test_the_trend_by_weeks_from_monday(world: World, actor: Actor, units: str) -> None:
    frame = counted(world, units)
    weeks = frame["day"].dt.to_period("W-SUN")
    frame = frame.assign(first=weeks.dt.start_time.dt.date, last=weeks.dt.end_time.dt.date)
    table = part_of(actor, world, "trend", by="week", units=units).table
    is_all = table["province"] == "all"
    assert numbers(table[~is_all], "first", "last", "province") == by_hand(frame, "first", "last", "province")
    assert numbers(table[is_all], "first", "last") == by_hand(frame, "first", "last")
    assert {day.weekday() for day in table["first"]} <= {0}


def test_the_animation_counts_each_month_or_all_until_its_end(world: World, actor: Actor) -> None:
    frame = counted(world)
    frame = frame.assign(month=frame["day"].dt.to_period("M"))
    each = part_of(actor, world, "animation")
    month = frame.assign(month=frame["month"].dt.start_time.dt.date)
    assert numbers(each.table, "month", "province") == by_hand(month, "month", "province")
    until = part_of(actor, world, "animation", counted="until")
    expected: dict[Any, tuple[int, int]] = {}
    every = pd.period_range(frame["month"].min(), frame["month"].max(), freq="M") if len(frame) else []
    for end in every:
        own = frame[frame["month"] <= end].assign(last=end.end_time.date())
        expected |= by_hand(own, "last", "province")
    assert numbers(until.table, "last", "province") == expected
    assert len(each.more["times"]) == len(every)


def test_long_times_are_counted_in_longer_steps(actor: Actor) -> None:
    """At most 36 frames: 37 months are 13 quarters, 111 months, which are 37 quarters, 10 years."""
    year, *_ = (make_world(0, n=0).year for _ in range(10))  # ten years that are no other world's
    days = pd.date_range(f"{year}-01-31", periods=111, freq="ME").date
    table = pd.DataFrame({"animal": [trace_number() for _ in days], "province": "KR-11", "day": days})
    world_of(table.assign(received=at(year, 1, 1), status="approved"))
    for months, step, n in ((36, "month", 36), (37, "quarter", 13), (111, "year", 10)):
        wanted = {"first": days[0], "last": days[months - 1]}
        part = statistics.view(actor, "regions", wanted, ("animation",)).parts[0]
        assert (part.more["step"], len(part.more["times"])) == (step, n)
        assert part.table["samples"].sum() == months
        if step == "year":
            assert part.table["samples"].tolist() == [12] * 9 + [3]
            assert part.table["last"].tolist() == [date(year + n, 12, 31) for n in range(10)]
        assert ("regions.note_steps" in [note.key for note in part.notes]) == (step != "month")


def test_a_day_is_a_day_in_seoul(actor: Actor) -> None:
    """The first minute of February there is still January in UTC."""
    year = make_world(0, n=0).year
    table = pd.DataFrame({"animal": [trace_number(), trace_number()], "province": "KR-11", "day": date(year, 1, 5)})
    received = [datetime(year, 1, 31, 23, 59, tzinfo=clock.SEOUL), datetime(year, 2, 1, tzinfo=clock.SEOUL)]
    world_of(table.assign(received=received, status="approved"))
    wanted = {"period": "received", "first": date(year, 1, 1), "last": date(year, 12, 31)}
    part = statistics.view(actor, "regions", wanted, ("heat",)).parts[0]
    assert numbers(part.table, "month") == {(date(year, 1, 1),): (1, 1), (date(year, 2, 1),): (1, 1)}


def test_a_sample_without_the_day_is_left_out_and_said(actor: Actor) -> None:
    world = make_world(8, 40)
    found = part_of(actor, world, "trend", status="all")
    assert found.n.samples == len(world.samples)
    wanted = {"status": "pending", "period": "approved"}
    waiting = statistics.view(actor, "regions", wanted, ("trend",)).parts[0]
    assert waiting.table.empty
    assert waiting.n.samples == 0
    assert waiting.missing >= (world.samples["status"] == "pending").sum()
    assert "regions.note_no_day" in [note.key for note in waiting.notes]


@pytest.fixture(scope="module")
def recorded(servers: dict[str, str]) -> pd.DataFrame:
    """Samples registered as people do it, at the borders of months; some wait for review, animals come again."""
    makers = {"approved": make_user("researcher"), "pending": make_user()}
    animals = [trace_number() for _ in range(9)]
    rows = []
    for number, (address, province) in enumerate(ADDRESSES.items()):
        for status in ("approved", "pending") if number % 4 == 0 else ("approved",):
            day = BORDERS[number % len(BORDERS)]
            row = {"animal": animals[number % len(animals)], "province": province or "unknown", "day": day}
            register(makers[status], row, address, status)
            rows.append(row | {"status": status})
    frame = pd.DataFrame(rows)
    frame["day"] = pd.to_datetime(frame["day"])
    return frame[frame["status"] == "approved"]


def register(maker: Actor, row: dict[str, Any], address: str | None, status: str) -> None:
    sample: samples.NewSample = fresh(
        confirmed_warnings=["trace_number:entered_minutes_ago"], trace_number=row["animal"], farm_address=address,
        slaughtered_on=row["day"], graded_on=None, born_on=None,
    )  # fmt: skip
    if status == "approved":  # without a promised photo it is approved as it is submitted
        sample = samples.NewSample(**sample.model_dump(exclude={"photo"}))
    assert samples.register(maker, ids.new(), sample).sample.status == status


def test_addresses_are_counted_in_the_province_they_name(recorded: pd.DataFrame, actor: Actor) -> None:
    found = statistics.view(actor, "regions", OF_2004, ("map",)).parts[0]
    assert numbers(found.table, "province") == by_hand(recorded, "province")
    assert (found.n.samples, found.missing) == (len(recorded), (recorded["province"] == "unknown").sum())
    merged = statistics.view(actor, "regions", OF_2004 | {"units": "16"}, ("map",)).parts[0]
    assert numbers(merged.table, "province") == by_hand(recorded.replace({"province": MERGED}), "province")


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (FIRST, LAST),
        (date(2004, 1, 31), date(2004, 2, 29)),
        (date(2004, 2, 1), date(2004, 2, 28)),
        (date(2004, 3, 1),) * 2,
    ],
)
def test_months_begin_and_end_where_they_do(recorded: pd.DataFrame, actor: Actor, first: date, last: date) -> None:
    own = recorded[recorded["day"].between(pd.Timestamp(first), pd.Timestamp(last))]
    own = own.assign(month=own["day"].dt.to_period("M").dt.start_time.dt.date)
    found = statistics.view(actor, "regions", {"first": first, "last": last}, ("map", "heat"))
    assert numbers(found.part("map").table, "province") == by_hand(own, "province")
    assert numbers(found.part("heat").table, "month", "province") == by_hand(own, "month", "province")
    assert (found.n.samples, found.n.animals) == (len(own), own["animal"].nunique())


def test_the_filter_knows_the_merged_unit(recorded: pd.DataFrame, actor: Actor) -> None:
    own = recorded[recorded["province"].isin(list(MERGED))]
    found = statistics.view(actor, "regions", OF_2004 | {"province": "12"}, ("map",)).parts[0]
    assert numbers(found.table, "province") == by_hand(own, "province")
    assert statistics.samples_behind(actor, OF_2004 | {"province": "12"}).n.samples == len(own)
    with pytest.raises(BadInput):
        statistics.view(actor, "regions", {"province": "13"})


@pytest.fixture(scope="module")
def small(servers: dict[str, str]) -> World:
    return make_world(9, 120)


@pytest.mark.parametrize("province", [None, "KR-29", "12", "unknown"])
@pytest.mark.parametrize("units", ["17", "16"])
def test_the_samples_behind_a_row_are_those_it_counts(
    small: World, actor: Actor, units: str, province: str | None
) -> None:
    world = small
    options: dict[str, Any] = {"units": units, "by": "week", "counted": "until", "province": province}
    wanted = {name: value for name, value in (world.wanted | options).items() if value}
    wanted["first"], wanted["last"] = date(world.year, 1, 6), date(world.year, 11, 12)
    for part in statistics.view(actor, "regions", wanted).parts:
        for row in range(0, len(part.table), max(1, len(part.table) // 25)):
            fields = wanted | dict(cast("dict[str, Any]", part.narrows[row]))
            if part.name == "heat":
                assert fields["first"].month == fields["last"].month
            fields = {name: fields[name] for name in ("first", "last", "province") if fields[name] is not None}
            behind = statistics.samples_behind(actor, fields).n
            counts = part.table.iloc[row]
            assert (behind.samples, behind.animals) == (counts["samples"], counts["animals"]), (part.name, fields)


def test_every_province_and_unit_has_a_shape() -> None:
    provinces = [entry.key for entry in catalogue.get().provinces]
    units = {regions.unit_of(key) for key in provinces}
    assert (len(provinces), len(units)) == (17, 16)
    for file, keys in (("provinces.geojson", set(provinces)), ("provinces_2026.geojson", units)):
        shapes = json.loads((DATA / "catalogue" / file).read_text(encoding="utf-8"))["features"]
        assert {shape["properties"]["iso"] or shape["properties"]["code"] for shape in shapes} == keys
        assert len(shapes) == len(keys)
        for shape in shapes:
            rings = [ring for polygon in shape["geometry"]["coordinates"] for ring in polygon]
            assert all(ring[0] == ring[-1] and len(ring) > 3 for ring in rings)
            places = np.array([place for ring in rings for place in ring])
            assert (places.min(axis=0) > (124, 33)).all()
            assert (places.max(axis=0) < (132, 39)).all()


def test_a_species_without_samples_is_empty_and_no_failure(actor: Actor) -> None:
    found = statistics.view(actor, "regions", {"species": "pig", "last": FIRST, "first": date(2001, 1, 1)})
    assert (found.n.samples, found.n.animals, found.missing) == (0, 0, 0)
    assert all(part.table.empty and part.says.key == "statistics.says_none" for part in found.parts)


def test_normal_users_have_no_statistics() -> None:
    with pytest.raises(NotAllowed):
        statistics.view(make_user(), "regions", {})
