"""Data quality equals what pandas and statsmodels count from the same samples."""

import ast
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from core import clock, ids, recycle_bin, statistics, words
from core.policy import Actor
from core.statistics import Part
from core.statistics.quality_warnings import CODE
from core.tables import Evaluation, Measurement, Sample
from tests.core.statistics.tables import add_photo, change, enrich, in_seoul, narrowed, stored, write
from tests.test_words import trees
from tests.worlds import World, make_world

CLOSE = {"rtol": 1e-9, "atol": 1e-9}
KEYED = ("grade", "bms", "sex", "breed", "born_on", "farm_address", "province")
CARCASS = ("carcass_weight_kg", "backfat_mm", "ribeye_area_cm2")
WARNINGS = (("grade", "grade_below_bms"), ("born_on", "unusual_age"), ("trace_number", "entered_minutes_ago"))
MEASURED = (("values.ph", "unusual_value"), ("2.values.ph", "unusual_value"), ("values", "unusual_sum"))


@pytest.fixture(scope="module", params=[(0, {"n": 0}), (1, {"n": 1}), (2, {"n": 300}), (3, {"n": 120, "missing": 0.5})])
def world(request: pytest.FixtureRequest) -> World:
    seed, options = request.param
    made = make_world(seed, **options)
    enrich(made, seed)
    made.more["warnings"] = warn(made, seed)
    return made


def warn(world: World, seed: int) -> pd.DataFrame:
    """Draws confirmed warnings and stores them; what there is now: of which sample, field, code, and when."""
    rng, rows = np.random.default_rng(seed), []
    for table, source, at, kinds in (
        (Sample, world.samples.assign(sample_id=world.samples["id"]), "received_at", WARNINGS),
        (Evaluation, world.evaluations, "evaluated_at", (("scores", "all_alike"),)),
        (Measurement, world.measurements, "measured_at", MEASURED),
    ):
        stored_ones = {}
        for row in source[rng.random(len(source)) < 0.3].to_dict("records"):
            own = [kinds[place] for place in rng.integers(0, len(kinds), rng.integers(1, 3))]
            stored_ones[row["id"]] = [{"field": field, "code": code, "values": {}} for field, code in own]
            rows += [
                {"sample_id": row["sample_id"], "field": field, "code": code, "at": row[at]} for field, code in own
            ]
        change(table, "warnings", stored_ones)
    return pd.DataFrame(rows, columns=["sample_id", "field", "code", "at"])


def part_of(actor: Actor, name: str, wanted: dict[str, Any]) -> Part:
    return statistics.view(actor, "quality", wanted, (name,)).parts[0]


def approved(world: World) -> pd.DataFrame:
    return world.samples[world.samples["status"] == "approved"]


def warned(world: World) -> pd.DataFrame:
    """The warnings of approved samples."""
    own = approved(world)[["id", "animal"]].rename(columns={"id": "sample_id"})
    found = world.more["warnings"].merge(own, on="sample_id")
    return found.assign(field=found["field"].str.replace(r"^([0-9]+\.)?values\.", "", regex=True))


def check_share(row: dict[str, Any], hits: int, n: int, animals: int) -> None:
    """A share of samples with the interval of Wilson for as many animals."""
    low, high = proportion_confint(hits / n * animals, animals, method="wilson")
    np.testing.assert_allclose((row["share"], row["share_low"], row["share_high"]), (hits / n, low, high), **CLOSE)


def sizes(frame: pd.DataFrame, by: list[str]) -> dict[Any, tuple[int, int, int]]:
    groups = frame.groupby(by).agg(n=("code", "size"), samples=("sample_id", "nunique"), animals=("animal", "nunique"))
    return {key: tuple(row) for key, row in zip(groups.index, groups.to_numpy().tolist(), strict=True)}


# Warnings


@pytest.mark.parametrize(("part", "by"), [("warnings", ["month", "code"]), ("warned_fields", ["code", "field"])])
def test_warnings(world: World, actor: Actor, part: str, by: list[str]) -> None:
    found, own = part_of(actor, part, world.wanted), warned(world)
    own["month"] = in_seoul(own["at"]).map(lambda day: day.replace(day=1)) if len(own) else None
    expected = sizes(own, by)
    rows = found.table.to_dict("records")
    assert {
        tuple(row[name] for name in by): (row["warnings"], row["samples"], row["animals"]) for row in rows
    } == expected
    assert (found.n.samples, found.missing) == (len(approved(world)), 0)
    for place, row in enumerate(rows):
        behind = statistics.samples_behind(actor, {}, narrowed({}, found, place)["ids"])
        assert (behind.n.samples, behind.n.animals) == (row["samples"], row["animals"])
        if part == "warned_fields":
            check_share(row, row["samples"], len(approved(world)), approved(world)["animal"].nunique())


def test_a_warning_of_the_last_evening_in_utc_is_of_the_next_month_in_seoul(actor: Actor) -> None:
    world = write([{"received_at": datetime(2095, 1, 31, 14, 59, 59, tzinfo=UTC)},
                   {"received_at": datetime(2095, 1, 31, 23, 30, tzinfo=UTC)}])  # fmt: skip
    change(Sample, "warnings", {key: [{"field": "grade", "code": "graded_late"}] for key in world.samples["id"]})
    table = part_of(actor, "warnings", world.wanted).table
    assert dict(zip(table["month"], table["warnings"], strict=True)) == {date(2095, 1, 1): 1, date(2095, 2, 1): 1}
    months = part_of(actor, "missing_by_month", world.wanted).table.query("field == 'photo'")
    assert dict(zip(months["month"], months["of_samples"], strict=True)) == {date(2095, 1, 1): 1, date(2095, 2, 1): 1}


def test_a_warning_without_field_or_code_is_told_as_missing(actor: Actor) -> None:
    """NULL among the keys gets into no other's count."""
    late = {"field": "grade", "code": "graded_late"}
    world = write([{"warnings": [late, {"field": "grade"}, {"code": "graded_late"}]}])
    months, fields = (part_of(actor, part, world.wanted) for part in ("warnings", "warned_fields"))
    assert (months.table["warnings"].tolist(), months.missing) == ([2], 1)
    assert (fields.table["warnings"].tolist(), fields.table["field"].tolist(), fields.missing) == ([1], ["grade"], 2)


def test_every_warning_that_can_be_confirmed_has_a_name() -> None:
    """Where code makes a finding that the functions named warn give back, it has words here."""
    made = {
        call.args[1].value
        for _, tree in trees("core")
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        and (function.name.lstrip("_").startswith("warn") or function.name in ("unusual", "_same_cut", "_same_photo"))
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "Finding" and isinstance(call.args[1], ast.Constant)
    }
    assert {"all_alike", "graded_late", "unusual_value", "unusual_sum", "photo_used_before"} <= made
    assert [code for code in made if not words.has(f"{CODE}.{code}")] == []


# What is missing


def lacking(world: World) -> dict[str, tuple[pd.DataFrame, pd.Series]]:
    """field -> the samples that may have it, and which of all lack it."""
    samples = approved(world)
    empty = {name: samples[name].isna() for name in (*KEYED, *CARCASS)} | {"photo": ~samples["has_photo"].astype(bool)}
    for name, table in (
        ("has_raw_scores", world.evaluations.query("preparation == 'raw'")),
        ("has_heated_scores", world.evaluations.query("preparation == 'heated'")),
        ("has_laboratory", world.measurements),
        ("rounds", world.rounds.query("seq > 0")),
    ):
        empty[name] = ~samples["id"].isin(table["sample_id"])
    return {
        name: (samples[samples["species"] == "cattle"] if name == "bms" else samples, gone)
        for name, gone in empty.items()
    }


def test_missing_fields(world: World, actor: Actor) -> None:
    found, expected = part_of(actor, "missing_fields", world.wanted), lacking(world)
    assert set(found.table["field"]) == set(expected)
    assert found.table["share"].dropna().is_monotonic_decreasing
    for place, row in enumerate(found.table.to_dict("records")):
        of, gone = expected[row["field"]]
        own = of[gone[of.index]]
        told = (row["samples"], row["animals"], row["of_samples"], row["of_animals"], row["is_small"])
        animals = of["animal"].nunique()
        assert told == (len(own), own["animal"].nunique(), len(of), animals, animals < 5)
        if len(of):
            check_share(row, len(own), len(of), animals)
        assert statistics.samples_behind(actor, narrowed(world.wanted, found, place)).n.samples == len(own)


def test_missing_by_month(world: World, actor: Actor) -> None:
    wanted = world.wanted | {"period": "received"}
    found = part_of(actor, "missing_by_month", wanted)
    told = {(row["month"], row["field"]): row for row in found.table.to_dict("records")}
    places = {key: place for place, key in enumerate(told)}
    seen = 0
    for field, (of, gone) in lacking(world).items():
        month = in_seoul(of["received_at"]).map(lambda day: day.replace(day=1))
        for key, group in of.groupby(month):
            own, row = group[gone[group.index]], told[key, field]
            animals = group["animal"].nunique()
            assert (row["samples"], row["of_samples"], row["of_animals"]) == (len(own), len(group), animals)
            assert row["is_small"] == (animals < 5)
            check_share(row, len(own), len(group), animals)
            seen += 1
            if seen % 20 == 1:
                behind = statistics.samples_behind(actor, narrowed(wanted, found, places[key, field]))
                assert behind.n.samples == len(own)
    assert seen == len(told)


def test_a_month_leads_nowhere_where_the_filter_has_other_days(world: World, actor: Actor) -> None:
    assert not any(part_of(actor, "missing_by_month", world.wanted).narrows)


def test_zero_is_a_value_and_empty_is_none(actor: Actor) -> None:
    """NULL among values is missing; a backfat of 0 mm is measured."""
    world = write([{"backfat_mm": 0.0}, {"backfat_mm": None}, {"backfat_mm": 12.0}, {"grade": None, "backfat_mm": 3.0}])
    table = part_of(actor, "missing_fields", world.wanted).table.set_index("field")["samples"]
    assert (table["backfat_mm"], table["grade"], table["ribeye_area_cm2"]) == (1, 1, 4)


# What waits


@pytest.mark.parametrize("days", [2, 100, 600, 3000])
def test_age_of_what_waits(world: World, actor: Actor, days: int) -> None:
    """Bars of one day, of a week, of four weeks, of 52 weeks: the narrowest of which there are at most 60."""
    now = datetime(world.year, 1, 2, 16, tzinfo=UTC) + timedelta(days=days)
    queue = stored().query("status == 'pending'")
    with clock.at(now):
        found = part_of(actor, "pending_age", {"status": "approved"} | world.wanted)
    today = pd.Timestamp(now).tz_convert("Asia/Seoul").date()
    ages = in_seoul(queue["submitted_at"]).map(lambda day: max((today - day).days, 0)).astype(int)
    assert (found.n.samples, found.n.animals) == (len(queue), queue["animal"].nunique())
    if queue.empty:
        return
    width = found.more["width"]
    edges = np.arange(0, ages.max() + width + 1, width)
    samples, _ = np.histogram(ages, edges)
    there = np.flatnonzero(samples)[::-1]
    assert found.table["age_from"].tolist() == edges[there].tolist()
    assert found.table["samples"].tolist() == samples[there].tolist()
    assert width == next((w for w in (1, 7, 28) if ages.max() // w < 60), 364)
    assert found.says.values["median"] == ages.median()
    for place, row in enumerate(found.table.to_dict("records")):
        own = queue[(ages >= row["age_from"]) & (ages <= row["age_to"])]
        assert row["animals"] == own["animal"].nunique()
        assert statistics.samples_behind(actor, narrowed({}, found, place)).n.samples == len(own)


# What is there twice


def pairs_of(found: Part, reason: str) -> set[tuple[str, str]]:
    own = found.table[found.table["reason"] == reason]
    return set(zip(own["sample"].str.replace("-", ""), own["other"].str.replace("-", ""), strict=True))


def test_the_same_cut_of_the_same_animal_within_ten_minutes(actor: Actor) -> None:
    midnight = datetime(2090, 3, 1, 15, tzinfo=UTC)  # in Seoul
    minutes = {
        "a": [0, 10, 20.5, 400], "b": [-5, 4], "c": [0, 10.001], "d": [0, 0], "e": [0], "f": [1], "g": [0, 24 * 60],
    }  # fmt: skip
    rows = [
        {"animal": f"00209990000{name}", "received_at": midnight + timedelta(minutes=at)}
        for name, own in minutes.items() for at in own
    ]  # fmt: skip
    other_cut = {"animal": "00209990000e", "secondary_cut": "short_rib", "received_at": midnight}
    waits = {"animal": "00209990000f", "status": "pending", "received_at": midnight}
    world = write([*rows, other_cut, waits])
    keys = world.samples["id"].tolist()
    a, b, d = keys[0:4], keys[4:6], sorted(keys[8:10])
    found = part_of(actor, "twice", world.wanted)
    expected = {(a[1], a[0]), (b[1], b[0]), (d[1], d[0])}
    assert pairs_of(found, "same_cut") == expected
    assert pairs_of(part_of(actor, "twice", world.wanted | {"status": "all"}), "same_cut") == expected | {
        (keys[11], keys[-1])
    }
    table = found.table.set_index("sample")
    assert table.loc[ids.pretty(a[1]), "minutes_apart"] == 10
    assert table.loc[ids.pretty(b[1]), "received"] == date(2090, 3, 2)
    row = found.table["sample"].tolist().index(ids.pretty(a[1]))
    behind = statistics.samples_behind(actor, {}, narrowed({}, found, row)["ids"])
    assert set(behind.newest["id"]) == {a[0], a[1]}


def test_the_same_stored_photo_of_different_samples(actor: Actor) -> None:
    start = datetime(2089, 3, 1, tzinfo=UTC)
    world = write([{"received_at": start + timedelta(days=n)} for n in range(8)])
    keys = world.samples["id"].tolist()
    for key, sha in zip(keys, ["a", "b", "a", "c", "b", "a", "d", "d"], strict=True):
        add_photo(world, key, f"{sha}{world.year:063}", "replaced" if key == keys[7] else "stored")
    found = part_of(actor, "twice", world.wanted)
    assert pairs_of(found, "same_photo") == {(keys[2], keys[0]), (keys[5], keys[2]), (keys[4], keys[1])}
    assert found.table["minutes_apart"].tolist() == [3 * 24 * 60, 3 * 24 * 60, 2 * 24 * 60]
    recycle_bin.remove(actor, keys[0], 1, "Wrong.")
    assert pairs_of(part_of(actor, "twice", world.wanted), "same_photo") == {(keys[5], keys[2]), (keys[4], keys[1])}


def test_ten_thousand_samples_against_pandas(actor: Actor) -> None:
    rng = np.random.default_rng(11)
    animals, minutes = rng.integers(0, 20, 10_000).tolist(), np.sort(rng.integers(0, 300_000, 10_000)).tolist()
    cuts, graded = rng.integers(0, 2, 10_000).tolist(), (rng.random(10_000) < 0.8).tolist()
    start = datetime(2088, 1, 1, tzinfo=UTC)
    world = write([
        {"animal": f"0028{animal:08}", "secondary_cut": ("rib_end", "short_rib")[cut],
         "received_at": start + timedelta(minutes=at), "grade": "1" if is_graded else None}
        for animal, at, cut, is_graded in zip(animals, minutes, cuts, graded, strict=True)
    ])  # fmt: skip
    wanted = {"period": "received", "first": date(2088, 7, 15), "last": date(2088, 7, 28)}
    samples = world.samples[in_seoul(world.samples["received_at"]).between(wanted["first"], wanted["last"])]
    apart = samples.sort_values("received_at", kind="stable").groupby(["animal", "secondary_cut"])["received_at"].diff()
    found = part_of(actor, "twice", wanted)
    assert len(samples) < 2000
    assert found.says.values["cuts"] == (apart <= pd.Timedelta(minutes=10)).sum() > 0
    found = part_of(actor, "missing_by_month", world.wanted)
    months = in_seoul(world.samples["received_at"]).map(lambda day: day.replace(day=1))
    expected = world.samples["grade"].isna().groupby(months).sum()
    assert found.table.query("field == 'grade'").set_index("month")["samples"].to_dict() == expected.to_dict()


# What is not verified


def test_unverified_trace_numbers(world: World, actor: Actor) -> None:
    found, samples = part_of(actor, "unverified", world.wanted), approved(world)
    month = samples["slaughtered_on"].map(lambda day: day.replace(day=1))
    groups = dict(iter(samples.groupby(month)))
    assert found.table["month"].tolist() == sorted(groups)
    assert (found.n.samples, found.missing) == (len(samples), 0)
    for row in found.table.to_dict("records"):
        own = groups[row["month"]]
        hits, animals = int((~own["trace_verified"].astype(bool)).sum()), own["animal"].nunique()
        told = (row["samples"], row["of_samples"], row["of_animals"], row["is_small"])
        assert told == (hits, len(own), animals, animals < 5)
        check_share(row, hits, len(own), animals)


def test_what_has_no_day_is_counted_as_missing(world: World, actor: Actor) -> None:
    found = part_of(actor, "unverified", {"status": "all", "period": "approved"} | {"secondary_cut": "heel"})
    heels = stored().query("secondary_cut == 'heel'")
    assert found.missing == (heels["status"] != "approved").sum()
    assert found.n.samples == (heels["status"] == "approved").sum()


def test_warnings_as_the_database_has_them(actor: Actor) -> None:
    """JSON of a warning with values and words that nobody knows is counted all the same."""
    world = write([{"warnings": json.loads('[{"field": "odd.field", "code": "of_old", "values": {"limit": 3}}]')}])
    found = part_of(actor, "warned_fields", world.wanted).table.to_dict("records")
    assert [(row["field"], row["code"], row["warnings"], row["samples"]) for row in found] == [
        ("odd.field", "of_old", 1, 1)
    ]
