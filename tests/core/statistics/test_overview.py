"""The overview equals what pandas, scipy and statsmodels count from the same samples."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from core import clock, statistics
from core.policy import Actor
from core.statistics import Part, numbers
from core.statistics.answers import ALL
from tests.core.statistics.tables import enrich, in_seoul, narrowed, stored, write
from tests.worlds import World, make_world

CLOSE = {"rtol": 1e-9, "atol": 1e-9}
KEYED = ("grade", "bms", "sex", "breed", "born_on", "farm_address", "province")


@pytest.fixture(scope="module", params=[(0, {"n": 0}), (1, {"n": 1}), (2, {"n": 300}), (3, {"n": 120, "missing": 0.5})])
def world(request: pytest.FixtureRequest) -> World:
    seed, options = request.param
    made = make_world(seed, **options)
    enrich(made, seed)
    return made


def part_of(actor: Actor, name: str, wanted: dict[str, Any]) -> Part:
    return statistics.view(actor, "overview", wanted, (name,)).parts[0]


def approved(world: World) -> pd.DataFrame:
    """The approved samples, with whether they were processed."""
    samples = world.samples[world.samples["status"] == "approved"]
    steps = set(world.rounds.loc[world.rounds["seq"] > 0, "sample_id"])
    return samples.assign(processing=np.where(samples["id"].isin(steps), "processed", "fresh"))


def check_share(row: dict[str, Any], hits: int, n: int, animals: int) -> None:
    """A share of samples with the interval of Wilson for as many animals."""
    low, high = proportion_confint(hits / n * animals, animals, method="wilson")
    np.testing.assert_allclose((row["share"], row["share_low"], row["share_high"]), (hits / n, low, high), **CLOSE)


# Counts of today, this week and this month


def counted(days: pd.Series, animals: pd.Series, first: Any, last: Any) -> tuple[int, int]:
    inside = (days >= pd.Timestamp(first).date()) & (days <= pd.Timestamp(last).date())
    return int(inside.sum()), animals[inside].nunique()


@pytest.mark.parametrize("place", ["03-31T01:00", "07-01T15:30", "08-15T20:00", "10-06T00:00"])
def test_counts_beside_those_of_the_span_before(world: World, actor: Actor, place: str) -> None:
    now = datetime.fromisoformat(f"{world.year}-{place}+00:00")
    with clock.at(now):
        found = part_of(actor, "counts", {})
    today = pd.Timestamp(now).tz_convert("Asia/Seoul").tz_localize(None).normalize()
    spans = {
        "today": (today, today - pd.Timedelta(days=1)),
        "week": (today.to_period("W-SUN").start_time, today - pd.Timedelta(days=7)),
        "month": (today.to_period("M").start_time, today - pd.DateOffset(months=1)),
    }
    table = found.table.set_index(["event", "span"])
    for event, column in (("received", "received_at"), ("approved", "approved_at")):
        own = world.samples.dropna(subset=[column])
        days = in_seoul(own[column])
        for span, (first, before) in spans.items():
            begin = {"today": before, "week": first - pd.Timedelta(days=7), "month": before.to_period("M").start_time}
            row = table.loc[(event, span)]
            assert (row["samples"], row["animals"]) == counted(days, own["animal"], first, today)
            told = (row["before_samples"], row["before_animals"])
            assert told == counted(days, own["animal"], begin[span], before)


def test_a_sample_of_the_last_evening_in_utc_is_of_the_next_month_in_seoul(actor: Actor) -> None:
    instants = ["2098-01-31T14:59:59", "2098-01-31T15:00:00", "2098-01-31T23:30:00", "2098-02-28T14:59:59"]
    cut = {"primal_cut": "rib", "secondary_cut": "neck_chain"}
    write([cut | {"received_at": datetime.fromisoformat(f"{at}+00:00")} for at in instants])
    wanted = {"species": "cattle", "secondary_cut": "neck_chain"}
    with clock.at(datetime(2098, 1, 31, 23, 59, tzinfo=UTC)):  # the morning of 1 February in Seoul
        counts = part_of(actor, "counts", wanted).table.set_index(["event", "span"])
        trend = part_of(actor, "trend", wanted).table
    row = counts.loc[("received", "today")]
    assert (row["first"], row["samples"], row["before_samples"]) == (date(2098, 2, 1), 2, 1)
    assert counts.loc[("received", "month"), ["samples", "before_samples"]].tolist() == [2, 0]
    # The one approved an hour after 14:59:59 was approved in February.
    assert counts.loc[("approved", "today"), ["samples", "before_samples"]].tolist() == [3, 0]
    months = trend[trend["samples"] > 0].set_index(["event", "month"])["samples"].to_dict()
    january, february = date(2098, 1, 1), date(2098, 2, 1)
    assert months == {("received", january): 1, ("received", february): 3, ("approved", february): 3}
    with clock.at(datetime(2098, 1, 31, 14, 59, tzinfo=UTC)):  # still 31 January
        counts = part_of(actor, "counts", wanted).table.set_index(["event", "span"])
    assert counts.loc[("received", "today"), ["samples", "before_samples"]].tolist() == [1, 0]


def test_a_month_is_compared_with_as_many_days_of_the_one_before(actor: Actor) -> None:
    cut = {"primal_cut": "rib", "secondary_cut": "hanging_tender"}
    days = [(2096, 2, 1), (2096, 2, 29), (2096, 3, 1), (2096, 3, 30), (2096, 3, 31), (2096, 4, 30)]
    write([cut | {"received_at": datetime(*day, 3, tzinfo=UTC)} for day in days])
    wanted = {"species": "cattle", "secondary_cut": "hanging_tender"}
    for now, here, before in (
        (datetime(2096, 3, 31, 3, tzinfo=UTC), 3, 2),  # the whole of a shorter month
        (datetime(2096, 3, 28, 3, tzinfo=UTC), 1, 1),
        (datetime(2096, 4, 30, 3, tzinfo=UTC), 1, 2),  # without its 31st
    ):
        with clock.at(now):
            row = part_of(actor, "counts", wanted).table.set_index(["event", "span"]).loc[("received", "month")]
        assert (row["samples"], row["before_samples"]) == (here, before), now


def test_what_waits_is_told_whatever_status_and_days_the_filter_has(world: World, actor: Actor) -> None:
    now = datetime(world.year, 12, 30, tzinfo=UTC)
    queue = stored().query("status == 'pending'")
    with clock.at(now):
        for wanted in ({}, {"status": "approved"} | world.wanted, {"status": "rejected"}):
            counts, waiting = (part_of(actor, name, wanted) for name in ("counts", "waiting"))
            row = counts.table.iloc[-1]
            assert (row["event"], row["samples"], row["animals"]) == ("waiting", len(queue), queue["animal"].nunique())
            assert waiting.n.samples == len(queue)
    if not queue.empty:
        oldest = in_seoul(queue["submitted_at"]).min()
        assert row["first"] == oldest
        said = counts.says.values
        days = (pd.Timestamp(now).tz_convert("Asia/Seoul").date() - oldest).days
        assert (said["waiting"], said["since"], said["days"]) == (len(queue), oldest, max(days, 0))


def test_waiting_by_age(world: World, actor: Actor) -> None:
    now = datetime(world.year, 7, 1, 16, tzinfo=UTC)
    queue = stored().query("status == 'pending'")
    with clock.at(now):
        found = part_of(actor, "waiting", {})
    today = pd.Timestamp(now).tz_convert("Asia/Seoul").date()
    age = in_seoul(queue["submitted_at"]).map(lambda day: (today - day).days).astype(float)
    names = pd.cut(age, [-np.inf, 0, 2, 6, np.inf], labels=["d0", "d1", "d3", "d7"])
    for row in found.table.to_dict("records"):
        own = queue[names == row["age"]]
        assert (row["samples"], row["animals"]) == (len(own), own["animal"].nunique())
        if len(queue):
            check_share(row, len(own), len(queue), queue["animal"].nunique())
        behind = statistics.samples_behind(actor, narrowed({}, found, list(found.table["age"]).index(row["age"])))
        assert behind.n.samples == len(own)


# What is known of the samples


def test_completeness(world: World, actor: Actor) -> None:
    found = part_of(actor, "completeness", world.wanted)
    samples = approved(world)
    scored, heated = (
        samples["id"].isin(world.evaluations.loc[world.evaluations["preparation"] == kind, "sample_id"])
        for kind in ("raw", "heated")
    )
    expected = {name: samples[name].notna() for name in KEYED} | {
        "photo": samples["has_photo"].astype(bool), "has_raw_scores": scored, "has_heated_scores": heated,
        "has_laboratory": samples["id"].isin(world.measurements["sample_id"]),
        "rounds": samples["processing"] == "processed",
    }  # fmt: skip
    assert set(found.table["field"]) == set(expected)
    assert (found.n.samples, found.n.animals, found.missing) == (len(samples), samples["animal"].nunique(), 0)
    for place, row in enumerate(found.table.to_dict("records")):
        of = samples[samples["species"] == "cattle"] if row["field"] == "bms" else samples
        own = of[expected[row["field"]][of.index]]
        told = (row["samples"], row["animals"], row["of_samples"], row["of_animals"])
        assert told == (len(own), own["animal"].nunique(), len(of), of["animal"].nunique())
        assert row["is_small"] == (of["animal"].nunique() < 5)
        if len(of):
            check_share(row, len(own), len(of), of["animal"].nunique())
        assert statistics.samples_behind(actor, narrowed(world.wanted, found, place)).n.samples == len(own)


def test_the_interval_of_a_share_is_that_of_published_examples() -> None:
    """Newcombe (1998), Statistics in Medicine 17, 857-872, table I: the score method without correction."""
    examples = {
        (81, 263): (0.2553, 0.3662),
        (15, 148): (0.0624, 0.1605),
        (0, 20): (0, 0.1611),
        (1, 29): (0.0061, 0.1718),
    }
    hits, n = (np.array(numbers, float) for numbers in zip(*examples, strict=True))
    low, high = numbers.share_interval(hits, n)
    np.testing.assert_allclose(np.column_stack([low, high]), list(examples.values()), atol=5e-5)


def test_species_and_cuts(world: World, actor: Actor) -> None:
    found = part_of(actor, "species", world.wanted)
    samples = approved(world)
    whole = samples.assign(primal_cut=ALL)
    groups = pd.concat([samples, whole]).groupby(["species", "primal_cut"])
    expected = groups.agg(samples=("id", "size"), animals=("animal", "nunique"))
    table = found.table.set_index(["species", "primal_cut"])
    assert table["samples"].to_dict() == expected["samples"].to_dict()
    assert table["animals"].to_dict() == expected["animals"].to_dict()
    for place, row in enumerate(found.table.to_dict("records")):
        check_share(row, row["samples"], len(samples), samples["animal"].nunique())
        assert statistics.samples_behind(actor, narrowed(world.wanted, found, place)).n.samples == row["samples"]


def test_processing(world: World, actor: Actor) -> None:
    found = part_of(actor, "processing", world.wanted)
    samples = approved(world)
    seen = [samples, samples.assign(primal_cut=ALL)]
    if samples["species"].nunique() > 1:
        seen.append(samples.assign(primal_cut=ALL, species=ALL))
    groups = pd.concat(seen).groupby(["species", "primal_cut"])
    sizes = groups.agg(samples=("id", "size"), animals=("animal", "nunique"))
    assert set(zip(found.table["species"], found.table["primal_cut"], strict=True)) == set(sizes.index)
    for place, row in enumerate(found.table.to_dict("records")):
        of = sizes.loc[(row["species"], row["primal_cut"])]
        group = groups.get_group((row["species"], row["primal_cut"]))
        own = group[group["processing"] == row["processing"]]
        assert (row["samples"], row["animals"]) == (len(own), own["animal"].nunique())
        assert (row["of_samples"], row["of_animals"], row["is_small"]) == (*of, of["animals"] < 5)
        check_share(row, len(own), of["samples"], of["animals"])
        assert statistics.samples_behind(actor, narrowed(world.wanted, found, place)).n.samples == len(own)


@pytest.mark.parametrize(("of", "by"), [("species", ["species"]), ("primal_cut", ["species", "primal_cut"])])
def test_the_test_of_processing_counts_each_animal_once_a_group_and_state(
    world: World, actor: Actor, of: str, by: list[str]
) -> None:
    found = [test for test in part_of(actor, "processing", world.wanted).tests if test.of == of]
    samples = approved(world).drop_duplicates(["animal", "processing", *by])
    table = pd.crosstab([samples[name] for name in by], samples["processing"])
    table = table[table.sum(axis=1) >= 5]
    table = table.loc[:, table.sum() > 0]
    if min(table.shape, default=0) < 2:
        assert not found
        return
    statistic, p, freedom, expected = stats.chi2_contingency(table, correction=False)
    (test,) = found
    assert test.n == table.to_numpy().sum()
    if table.shape == (2, 2) and expected.min() < 5:
        assert test.name == "fisher"
        np.testing.assert_allclose((test.statistic, test.p), stats.fisher_exact(table), **CLOSE)
        return
    assert (test.name, test.freedom) == ("chi_square", (freedom,))
    effect = stats.contingency.association(table.to_numpy(), method="cramer", correction=False)
    np.testing.assert_allclose((test.statistic, test.p, test.effect), (statistic, p, effect), **CLOSE)


# Months


def test_trend_of_all_months_of_the_filter(world: World, actor: Actor) -> None:
    found = part_of(actor, "trend", world.wanted)
    expected = {}
    for event, column in (("received", "received_at"), ("approved", "approved_at")):
        own = world.samples.dropna(subset=[column])
        month = in_seoul(own[column]).map(lambda day: day.replace(day=1))
        for key, group in own.groupby(month):
            expected[event, key] = (len(group), group["animal"].nunique())
    told = {(row["event"], row["month"]): (row["samples"], row["animals"]) for row in found.table.to_dict("records")}
    assert {key: value for key, value in told.items() if value[0]} == expected
    assert found.n.samples == len(world.samples)
    if told:  # without a hole
        months = sorted({month for _, month in told})
        assert len(months) == len(pd.period_range(months[0], months[-1], freq="M"))
        assert len(told) == 2 * len(months)


def test_trend_without_days_looks_two_years_back(actor: Actor) -> None:
    cut = {"primal_cut": "rib", "secondary_cut": "intercostal"}
    days = [(2091, 12, 20), (2092, 1, 20), (2092, 2, 3), (2093, 12, 15)]
    statuses = ["approved", "rejected", "pending", "approved"]
    write([cut | {"received_at": datetime(*day, tzinfo=UTC), "status": status}
           for day, status in zip(days, statuses, strict=True)])  # fmt: skip
    with clock.at(datetime(2093, 12, 16, tzinfo=UTC)):
        found = part_of(actor, "trend", {"species": "cattle", "secondary_cut": "intercostal"})
    table = found.table.set_index(["event", "month"])["samples"]
    assert len(table) == 48
    assert table[table > 0].to_dict() == {
        ("received", date(2092, 1, 1)): 1, ("received", date(2092, 2, 1)): 1, ("received", date(2093, 12, 1)): 1,
        ("approved", date(2093, 12, 1)): 1,
    }  # fmt: skip
    assert found.n.samples == 3
    for place, row in enumerate(found.table.to_dict("records")):
        wanted = narrowed({"species": "cattle", "secondary_cut": "intercostal"}, found, place)
        assert statistics.samples_behind(actor, wanted).n.samples == row["samples"]


def test_a_day_later_the_same_question_has_another_answer(actor: Actor) -> None:
    """Nothing changed but the day: what was computed before is not shown again."""
    write([{"secondary_cut": "outside_skirt", "received_at": datetime(2094, 5, 5, 3, tzinfo=UTC)}])
    wanted = {"species": "cattle", "secondary_cut": "outside_skirt"}
    seen = []
    for days in (0, 1):
        with clock.at(datetime(2094, 5, 5, 12, tzinfo=UTC) + timedelta(days=days)):
            seen.append(part_of(actor, "counts", wanted).table["samples"].iloc[0])
    assert seen == [1, 0]


def test_ten_thousand_samples(actor: Actor) -> None:
    rng = np.random.default_rng(8)
    start = datetime(1900, 1, 1, tzinfo=UTC)
    cuts = [("rib", "short_rib"), ("brisket", "flank"), ("chuck", "neck")]
    animals, chosen = rng.integers(0, 4000, 10_000).tolist(), rng.choice(3, 10_000, p=[0.8, 0.15, 0.05]).tolist()
    minutes, known = rng.integers(0, 700_000, 10_000).tolist(), rng.random(10_000) < 0.5
    rows = [
        {"animal": f"0029{animal:08}", "primal_cut": cuts[cut][0], "secondary_cut": cuts[cut][1],
         "received_at": start + timedelta(minutes=at), "sex": "female" if sexed else None}
        for animal, cut, at, sexed in zip(animals, chosen, minutes, known, strict=True)
    ]  # fmt: skip
    world = write(rows)
    trend, species, completeness = (part_of(actor, name, world.wanted) for name in ("trend", "species", "completeness"))
    samples = world.samples
    months = in_seoul(samples["received_at"]).map(lambda day: day.replace(day=1))
    table = trend.table[trend.table["event"] == "received"].set_index("month")
    assert table["samples"].to_dict() == samples.groupby(months).size().to_dict()
    assert table["animals"].to_dict() == samples.groupby(months)["animal"].nunique().to_dict()
    told = species.table[species.table["primal_cut"] != ALL].set_index("primal_cut")
    assert told["samples"].to_dict() == samples["primal_cut"].value_counts().to_dict()
    assert told["animals"].to_dict() == samples.groupby("primal_cut")["animal"].nunique().to_dict()
    row = completeness.table.set_index("field").loc["sex"]
    assert (row["samples"], row["animals"]) == (
        samples["sex"].notna().sum(), samples.dropna(subset=["sex"])["animal"].nunique(),
    )  # fmt: skip
