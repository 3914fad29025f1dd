"""What a filter leaves is what pandas leaves, for each of its fields and for many together."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from core import statistics
from core.errors import BadInput, NotAllowed, NotFound
from core.policy import Actor
from core.statistics import StatisticsFilter, facts
from core.statistics.cohort import Cohort, N
from core.statistics.filters import Score
from core.tables.samples import HEATED_SCORES, RAW_SCORES
from tests.makers import make_user
from tests.worlds import World, make_world, store

SEOUL = ZoneInfo("Asia/Seoul")
OF_SAMPLE = ("species", "primal_cut", "secondary_cut", "grade", "sex", "breed", "province", "bms")


@pytest.fixture(scope="module")
def world(servers: dict[str, str]) -> World:
    return make_world(41, 400, statuses=("approved", "approved", "pending", "rejected"), scales=("1-10", "1-10", "1-9"))


def left(world: World, wanted: dict[str, Any]) -> pd.DataFrame:
    """The samples that a filter leaves, by pandas."""
    samples = world.samples
    status = wanted.get("status", "approved")
    if status != "all":
        samples = samples[samples["status"] == status]
    for name in OF_SAMPLE:
        if name in wanted:
            key = wanted[name]
            samples = samples[samples[name].isna() if key == "unknown" else samples[name] == key]
    steps = world.rounds[world.rounds["seq"] > 0].groupby("sample_id").size()
    counted = samples["id"].map(steps).fillna(0)
    if "rounds" in wanted:
        samples = samples[counted == wanted["rounds"]]
    if "processing" in wanted:
        samples = samples[(counted.loc[samples.index] > 0) == (wanted["processing"] == "processed")]
    period = wanted.get("period", "slaughtered")
    column = {"slaughtered": "slaughtered_on", "received": "received_at", "approved": "approved_at"}[period]
    days = (
        samples[column]
        if period == "slaughtered"
        else [pd.NaT if pd.isna(at) else at.astimezone(SEOUL).date() for at in samples[column]]
    )
    days = pd.to_datetime(pd.Series(list(days), index=samples.index))
    for bound, keep in (("first", days.ge), ("last", days.le)):
        if bound in wanted:
            samples = samples[keep(pd.Timestamp(wanted[bound])).loc[samples.index]]
    return samples


def counted(world: World, wanted: dict[str, Any]) -> Cohort:
    return Cohort(facts.current(), StatisticsFilter.model_validate(wanted))


SINGLE: list[dict[str, Any]] = [
    {"species": "pig"}, {"primal_cut": "loin"}, {"species": "cattle", "primal_cut": "loin"},
    {"secondary_cut": "ribeye_roll"}, {"grade": "1+"}, {"grade": "unknown"}, {"bms": 6}, {"sex": "female"},
    {"sex": "unknown"}, {"breed": "hanwoo"}, {"breed": "unknown"}, {"province": "KR-29"}, {"province": "unknown"},
    {"status": "all"}, {"status": "pending"}, {"status": "rejected"}, {"processing": "fresh"},
    {"processing": "processed"}, {"rounds": 0}, {"rounds": 2}, {"rounds": 9},
    {"species": "cattle", "grade": "1++", "sex": "castrated", "processing": "processed"},
]  # fmt: skip


@pytest.mark.parametrize("wanted", SINGLE, ids=str)
def test_samples(world: World, wanted: dict[str, Any]) -> None:
    expected = left(world, world.wanted | wanted)
    assert counted(world, world.wanted | wanted).n == N(expected["animal"].nunique(), len(expected))


@pytest.mark.parametrize("period", ["slaughtered", "received", "approved"])
@pytest.mark.parametrize(("first", "last"), [(1, 31), (31, 31), (32, 59), (300, 800)])
def test_days_run_in_seoul(world: World, period: str, first: int, last: int) -> None:
    """Of each period the same calendar days, both ends included; 15:00 UTC begins the next day."""
    begin = date(world.year, 1, 1)
    wanted = {"period": period, "first": begin + timedelta(days=first - 1), "last": begin + timedelta(days=last - 1)}
    cohort, expected = counted(world, wanted), left(world, wanted)
    own = set(world.samples["id"].str.encode("ascii"))  # other worlds may have been received in this year, too
    found = [sample_id for sample_id in cohort["sample_id"] if sample_id in own]
    assert len(found) == len(expected)


@pytest.mark.parametrize("preparation", ["raw", "heated"])
@pytest.mark.parametrize("round_", [None, "raw", "processed", "1", "3"])
@pytest.mark.parametrize("scale", [None, "1-10", "1-9", "1-5"])
def test_scores_are_of_one_scale(world: World, preparation: str, round_: str | None, scale: str | None) -> None:
    chosen = {name: value for name, value in (("round", round_), ("scale", scale)) if value is not None}
    scores = counted(world, world.wanted | chosen).evaluations(preparation)
    expected = world.evaluations[
        world.evaluations["sample_id"].isin(left(world, world.wanted)["id"])
        & (world.evaluations["preparation"] == preparation)
    ]
    if round_ is not None:
        seqs = {"raw": expected["seq"] == 0, "processed": expected["seq"] >= 1}
        expected = expected[seqs[round_] if round_ in seqs else expected["seq"] == int(round_)]
    most = scale or expected["scale"].value_counts().idxmax()
    own = expected[expected["scale"] == most]
    assert scores.scale == most
    assert scores.on_other_scales == len(expected) - len(own)
    assert len(scores) == len(own)
    assert scores.count().samples == own["sample_id"].nunique()
    attribute = "flavor" if preparation == "heated" else "marbling"
    np.testing.assert_allclose(np.sort(scores[attribute]), np.sort(own[attribute]))
    with pytest.raises(KeyError):
        scores["marbling" if preparation == "heated" else "flavor"]


@pytest.mark.parametrize("preparation", [None, "raw", "heated"])
def test_measured_values(world: World, preparation: str | None) -> None:
    rows = counted(world, world.wanted).measurements(preparation)
    expected = world.measurements[world.measurements["sample_id"].isin(left(world, world.wanted)["id"])]
    if preparation:
        expected = expected[expected["preparation"] == preparation]
    assert len(rows) == len(expected)
    np.testing.assert_allclose(np.sort(rows["et_sourness"]), np.sort(expected["et_sourness"]))
    assert np.nanmax(rows["et_sourness"]) < 0


def test_accumulated_minutes_are_those_of_the_rounds_in_order(servers: dict[str, str]) -> None:
    """Also where the rows come in another order, and nothing where one round does not say its minutes."""
    world = make_world(43, 12, processed=1, rounds=4, missing=0, statuses=("approved",), pigs=0)
    steps = world.rounds.sample(frac=1, random_state=1)
    cohort = counted(world, world.wanted)
    scores = cohort.evaluations("heated")
    expected = {}
    for sample_id, own in steps.groupby("sample_id"):
        total = own.sort_values("seq")["minutes"].fillna(0).cumsum()
        expected |= {(sample_id, seq): minutes for seq, minutes in zip(sorted(own["seq"]), total, strict=True)}
    of = cohort.facts.samples["sample_id"][scores["sample"]]
    told = {(s.decode(), int(seq)): m for s, seq, m in zip(of, scores["seq"], scores["minutes"], strict=True)}
    assert told == {place: float(expected[place]) for place in told}


def test_a_round_without_minutes_leaves_the_sum_unknown(servers: dict[str, str]) -> None:
    world = make_world(44, 1, processed=0, statuses=("approved",), pigs=0)
    sample_id = world.samples["id"].iloc[0]
    other = World(world.year, world.people, world.samples.iloc[:0], pd.DataFrame([
        {"sample_id": sample_id, "seq": seq, "method": "deep_aging", "minutes": minutes,
         "started_at": datetime(2020, 1, seq, tzinfo=UTC)}
        for seq, minutes in ((1, 60), (2, None), (3, 30))
    ]).astype({"minutes": "Int64"}), world.evaluations.iloc[:0], world.measurements.iloc[:0])  # fmt: skip
    rows = pd.concat([world.evaluations.head(1).assign(seq=seq, preparation="heated") for seq in (1, 2, 3)])
    other.evaluations = rows.assign(id=[pd.NA] * 3).drop(columns="id")
    store(other)
    facts.forget()
    scores = counted(world, world.wanted).evaluations("heated")
    told = dict(zip(scores["seq"].tolist(), scores["minutes"].tolist(), strict=True))
    assert told[1] == 60
    assert np.isnan([told[2], told[3]]).all()


def test_scores_as_a_type_are_those_of_the_tables() -> None:
    assert get_args(Score) == RAW_SCORES + HEATED_SCORES


def test_normal_users_have_no_statistics(actor: Actor) -> None:
    for ask in (lambda: statistics.view(make_user(), "grades", {}), lambda: statistics.samples_behind(make_user(), {})):
        with pytest.raises(NotAllowed):
            ask()
    with pytest.raises(NotFound):
        statistics.view(actor, "weather", {})


@pytest.mark.parametrize(
    ("wanted", "field"),
    [({"species": "horse"}, "species"), ({"scale": "1-7"}, "scale"), ({"first": "x"}, "first"), ({"bms": 0}, "bms"),
     ({"first": "2026-02-02", "last": "2026-02-01"}, "last"), ({"colour": "red"}, "colour"), ({"round": "0"}, "round")],
)  # fmt: skip
def test_a_bad_filter_is_refused_by_field(actor: Actor, wanted: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refusal:
        statistics.view(actor, "grades", wanted)
    assert [finding.field for finding in refusal.value.findings] == [field]


def test_the_samples_behind_are_the_newest_first(world: World, actor: Actor) -> None:
    found = statistics.samples_behind(actor, world.wanted | {"status": "all"})
    received = world.samples.set_index("id")["received_at"].loc[found.newest["id"]]
    days = [at.astimezone(SEOUL).date() for at in received]
    assert (found.n.samples, len(found.newest)) == (400, 200)
    assert days == sorted(days, reverse=True)


def test_a_part_is_computed_once_while_nothing_changes(world: World, actor: Actor) -> None:
    first = statistics.view(actor, "grades", world.wanted, ("bms",)).parts[0]
    assert statistics.view(actor, "grades", world.wanted, ("bms",)).parts[0] is first
    make_world(42, 1)
    assert statistics.view(actor, "grades", world.wanted, ("bms",)).parts[0] is not first
