"""Grades equal what pandas and scipy count from the same samples."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from core import statistics
from core.policy import Actor
from tests.worlds import World, make_world

GROUPS = {"by_province": "province", "by_primal_cut": "primal_cut", "by_sex": "sex", "by_breed": "breed"}
CLOSE = {"rtol": 1e-9, "atol": 1e-9}


@pytest.fixture(scope="module", params=[(0, {"n": 0}), (1, {"n": 1}), (2, {"n": 300}), (3, {"n": 120, "missing": 0.5})])
def world(request: pytest.FixtureRequest) -> World:
    seed, options = request.param
    return make_world(seed, **options)


def counted(world: World, species: str) -> pd.DataFrame:
    """The approved samples of a species, with words for what is not known."""
    samples = world.samples
    samples = samples[(samples["status"] == "approved") & (samples["species"] == species)]
    steps = world.rounds[world.rounds["seq"] > 0].groupby("sample_id").size()
    return samples.assign(
        **{name: samples[name].fillna("unknown") for name in GROUPS.values()},
        month=[day.replace(day=1) for day in samples["slaughtered_on"]],
        rounds=samples["id"].map(steps).fillna(0).astype(int),
        processing=np.where(samples["id"].isin(steps.index), "processed", "fresh"),
    )


def as_dict(table: pd.DataFrame, value: str) -> dict[tuple[Any, Any], Any]:
    return {(row["group"], row["grade"]): row[value] for row in table.to_dict("records") if row["samples"]}


@pytest.mark.parametrize("species", ["cattle", "pig"])
@pytest.mark.parametrize(
    ("part", "column"),
    [*GROUPS.items(), ("by_month", "month"), ("by_rounds", "rounds"), ("by_processing", "processing")],
)
def test_shares_within_groups(world: World, actor: Actor, part: str, column: str, species: str) -> None:
    found = statistics.view(actor, "grades", world.wanted | {"species": species}, (part,)).parts[0]
    samples = counted(world, species)
    graded = samples.dropna(subset=["grade"])
    assert found.missing == len(samples) - len(graded)
    assert (found.n.samples, found.n.animals) == (len(graded), graded["animal"].nunique())
    cells = graded.groupby([column, "grade"]).agg(samples=("id", "size"), animals=("animal", "nunique"))
    groups = graded.groupby(column).agg(samples=("id", "size"), animals=("animal", "nunique"))
    assert as_dict(found.table, "samples") == cells["samples"].to_dict()
    assert as_dict(found.table, "animals") == cells["animals"].to_dict()
    for row in found.table.to_dict("records"):
        of = groups.loc[row["group"]]
        assert (row["of_samples"], row["of_animals"]) == tuple(of)
        assert row["is_small"] == (of["animals"] < 5)
        share = row["samples"] / of["samples"]
        low, high = proportion_confint(share * of["animals"], of["animals"], method="wilson")
        np.testing.assert_allclose((row["share"], row["share_low"], row["share_high"]), (share, low, high), **CLOSE)


def test_the_test_of_independence_counts_each_animal_once_a_group(world: World, actor: Actor) -> None:
    found = statistics.view(actor, "grades", world.wanted | {"species": "cattle"}, ("by_primal_cut",)).parts[0]
    samples = counted(world, "cattle").dropna(subset=["grade"]).drop_duplicates(["animal", "primal_cut", "grade"])
    table = pd.crosstab(samples["primal_cut"], samples["grade"])
    table = table[table.sum(axis=1) >= 5]
    table = table.loc[:, table.sum() > 0]
    if min(table.shape, default=0) < 2:
        assert not found.tests
        return
    statistic, p, freedom, _ = stats.chi2_contingency(table, correction=False)
    (test,) = found.tests
    assert (test.name, test.n, test.freedom) == ("chi_square", table.to_numpy().sum(), (freedom,))
    effect = stats.contingency.association(table.to_numpy(), method="cramer", correction=False)
    np.testing.assert_allclose((test.statistic, test.p, test.effect), (statistic, p, effect), **CLOSE)


def test_marbling_numbers(world: World, actor: Actor) -> None:
    found = statistics.view(actor, "grades", world.wanted, ("bms",)).parts[0]
    samples = world.samples[world.samples["status"] == "approved"]
    assert found.missing == samples["bms"].isna().sum()
    expected = samples.groupby("bms").agg(samples=("id", "size"), animals=("animal", "nunique"))
    table = found.table.set_index("bms")[["samples", "animals"]]
    assert table[table["samples"] > 0].to_dict() == expected.to_dict()


def test_carcass_figures_count_each_carcass_once(world: World, actor: Actor) -> None:
    found = statistics.view(actor, "grades", world.wanted | {"species": "cattle"}, ("carcass",)).parts[0]
    carcasses = counted(world, "cattle").dropna(subset=["grade"]).drop_duplicates("animal")
    for row in found.table.to_dict("records"):
        own = carcasses.loc[carcasses["grade"] == row["grade"], row["value"]].dropna().astype(float)
        assert row["animals"] == len(own)
        expected = [own.mean(), own.std(), own.sem(), *own.quantile([0, 0.25, 0.5, 0.75, 1])]
        told = [row[name] for name in ("mean", "sd", "sem", "min", "q1", "median", "q3", "max")]
        np.testing.assert_allclose(told, expected, **CLOSE)
        if len(own) > 1:
            low, high = stats.t.interval(0.95, len(own) - 1, own.mean(), own.sem())
            np.testing.assert_allclose((row["low"], row["high"]), (low, high), **CLOSE)


def test_a_small_table_with_rare_cells_is_tested_exactly() -> None:
    """Fisher's tea: the worked example of The Design of Experiments (1935), 3 and 1 of 4: p = 34/70."""
    from core.statistics.grades import independence

    assert independence(np.array([[3, 1], [1, 3]])) is None  # four are too few for us
    test = independence(np.array([[5, 1], [1, 5]]))
    assert test is not None
    assert (test.name, test.n) == ("fisher", 12)
    # 2 (C(6,5) C(6,1) + C(6,6) C(6,0)) / C(12,6): the tables as unlikely as this one and more
    np.testing.assert_allclose(test.p, 2 * (36 + 1) / 924, **CLOSE)
