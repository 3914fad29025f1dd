"""What is said of evaluators equals what pandas, scipy, scikit-learn and statsmodels make of the same scores."""

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import cohen_kappa_score
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm
from statsmodels.stats.inter_rater import cohens_kappa

from core import statistics
from core.policy import Actor
from core.statistics import Name, Part, panel_reliability
from core.tables.samples import HEATED_SCORES
from tests.core.statistics.panels import ATTRIBUTE, clustered, heated, icc, means, with_many_scores
from tests.worlds import World, make_world

CLOSE = {"rtol": 1e-9, "atol": 1e-9}
GRID = np.arange(1, 10.01, 0.25)  # where the mean of two scores in half points can lie


@pytest.fixture(
    scope="module",
    params=[
        (0, {"n": 0}), (1, {"n": 1, "statuses": ("approved",)}), (2, {"n": 70}), (3, {"n": 60, "missing": 0.5}),
        (4, {"n": 40, "raters": 3, "animals": 0.2, "scales": ("1-10", "1-10", "1-5")}),
    ],
)  # fmt: skip
def world(request: pytest.FixtureRequest) -> World:
    seed, options = request.param
    return make_world(seed, **options)


def asked(actor: Actor, world: World, part: str, **options: Any) -> Part:
    return statistics.view(actor, "panel", world.wanted | {"attribute": ATTRIBUTE} | options, (part,)).parts[0]


def test_bias_and_spread(world: World, actor: Actor) -> None:
    found = asked(actor, world, "bias").table.set_index("rater")
    joined, rows = means(world), heated(world).dropna(subset=[ATTRIBUTE])
    assert set(found.index) == set(joined["rater"])
    for rater, own in joined.groupby("rater"):
        row, bias = found.loc[rater], own["value"] - own["others"]
        assert (row["products"], row["animals"]) == (len(own), own["animal"].nunique())
        assert row["is_small"] == (own["animal"].nunique() < 5)
        np.testing.assert_allclose(row["bias"], bias.mean(), **CLOSE)
        if own["animal"].nunique() > 1:
            np.testing.assert_allclose((row["low"], row["high"]), clustered(bias, own["animal"]), **CLOSE)
        scores = rows.loc[rows["rater"] == rater, ATTRIBUTE]
        top = 10 if rows["scale"].iloc[0] == "1-10" else 5
        expected = [
            scores.size,
            scores.mean(),
            scores.std(),
            scores.min(),
            scores.max(),
            100 * np.ptp(scores) / (top - 1),
        ]
        told = [row[name] for name in ("scores", "mean", "sd", "min", "max", "scale_used")]
        np.testing.assert_allclose(told, expected, **CLOSE)


def test_what_is_counted_and_left_out(world: World, actor: Actor) -> None:
    found = asked(actor, world, "bias")
    rows = heated(world)
    known = rows.dropna(subset=[ATTRIBUTE])
    shared = known[known.groupby("product")["rater"].transform("nunique") >= 2]
    used = shared if len(shared) else rows
    assert vars(found.n) == {
        "animals": used["animal"].nunique(), "samples": used["sample_id"].nunique(), "scores": len(used),
    }  # fmt: skip
    assert found.missing == len(rows) - len(known)
    notes = {note.key: note.values for note in found.notes}
    assert notes.get("panel.note_alone", {"n": 0})["n"] == len(known) - len(shared)
    assert ("statistics.note_both_species" in notes) == (rows["s_species"].nunique() > 1)


def test_drift(world: World, actor: Actor) -> None:
    table = asked(actor, world, "drift").table
    found = {(row["rater"], row["month"]): row for row in table.to_dict("records")}
    groups = dict(list(means(world).groupby(["rater", "month"])))
    assert set(found) == set(groups)
    for key, own in groups.items():
        bias, row = own["value"] - own["others"], found[key]
        assert (row["products"], row["animals"]) == (len(own), own["animal"].nunique())
        np.testing.assert_allclose(row["bias"], bias.mean(), **CLOSE)
        if own["animal"].nunique() > 1 and len(own) > 1:
            np.testing.assert_allclose((row["low"], row["high"]), clustered(bias, own["animal"]), **CLOSE)


def test_agreement_with_the_others(world: World, actor: Actor) -> None:
    table = asked(actor, world, "agreement").table
    found = {(row["rater"], row["attribute"]): row for row in table.to_dict("records")}
    expected = {(rater, name): own for name in HEATED_SCORES for rater, own in means(world, name).groupby("rater")}
    assert set(found) == set(expected)
    for key, own in expected.items():
        row, animals = found[key], own["animal"].nunique()
        assert (row["products"], row["animals"]) == (len(own), animals)
        if own["value"].nunique() < 2 or own["others"].nunique() < 2:
            assert np.isnan(row["r"])
            continue
        r, rho = stats.pearsonr(own["value"], own["others"]), stats.spearmanr(own["value"], own["others"].round(9))
        np.testing.assert_allclose((row["r"], row["rho"]), (r.statistic, rho.statistic), **CLOSE)
        if animals > 3:
            ends = np.tanh(np.arctanh(r.statistic) + np.array([-1, 1]) * stats.norm.ppf(0.975) / np.sqrt(animals - 3))
            np.testing.assert_allclose((row["low"], row["high"]), ends, **CLOSE)


def test_repeatability(world: World, actor: Actor) -> None:
    table = asked(actor, world, "repeatability").table
    found = {(row["rater"], row["attribute"]): row for row in table.to_dict("records")}
    expected = {}
    for name in HEATED_SCORES:
        rows = heated(world).dropna(subset=[name])
        twice = rows[rows.groupby(["product", "rater"])[name].transform("size") > 1] if len(rows) else rows
        expected |= {(rater, name): own for rater, own in twice.groupby("rater")}
        expected |= {("all", name): twice} if len(twice) else {}
    assert set(found) == set(expected)
    for (rater, name), own in expected.items():
        row, cells = found[rater, name], own.groupby(["product", "rater"])[name]
        freedom = len(own) - cells.ngroups
        sd = np.sqrt((cells.var() * (cells.size() - 1)).sum() / freedom)
        assert (row["repeated"], row["scores"], row["animals"]) == (cells.ngroups, len(own), own["animal"].nunique())
        ends = [sd * np.sqrt(freedom / stats.chi2.ppf(q, freedom)) for q in (0.975, 0.025)]
        np.testing.assert_allclose((row["sd"], row["low"], row["high"]), (sd, *ends), **CLOSE)


def test_discrimination_of_each_rater_and_of_the_panel(world: World, actor: Actor) -> None:
    part = asked(actor, world, "discrimination")
    found = part.table.set_index("rater")
    rows = heated(world).dropna(subset=[ATTRIBUTE])
    repeats = rows.groupby("rater").filter(lambda own: own["product"].duplicated().any()) if len(rows) else rows
    for rater, own in repeats.groupby("rater"):
        f, p = stats.f_oneway(*(scores for _, scores in own.groupby("product")[ATTRIBUTE]))
        left = own[ATTRIBUTE] - own.groupby("product")[ATTRIBUTE].transform("mean")
        freedom = len(own) - own["product"].nunique()
        row = found.loc[rater]
        assert (row["freedom"], row["freedom_left"]) == (own["product"].nunique() - 1, freedom)
        np.testing.assert_allclose(row["mse"], (left**2).sum() / freedom, **CLOSE)
        np.testing.assert_allclose(row["critical"], stats.f.isf(0.05, row["freedom"], freedom), **CLOSE)
        if own["animal"].nunique() >= 5:
            np.testing.assert_allclose((row["f"], row["p"]), (f, p), **CLOSE)
        else:
            assert np.isnan(row["f"])
    joined = means(world)
    assert set(found.index) == set(repeats["rater"]) | ({"all"} if len(joined) else set())
    if joined["product"].nunique() < 5:
        assert not part.tests
        return
    anova = anova_lm(ols("value ~ C(product) + C(rater)", joined).fit(), typ=2)
    row, expected = found.loc["all"], anova.loc["C(product)"]
    residual = anova.loc["Residual"]
    told = [row[name] for name in ("f", "freedom", "freedom_left", "p", "mse")]
    wanted = [expected["F"], expected["df"], residual["df"], expected["PR(>F)"], residual["sum_sq"] / residual["df"]]
    np.testing.assert_allclose(told, wanted, **CLOSE)
    assert part.tests[0].name == "product_effect"
    assert part.tests[0].statistic == row["f"]


def test_reliability_on_the_products_of_those_who_scored_together_most(world: World, actor: Actor) -> None:
    found = asked(actor, world, "reliability")
    rows = heated(world)
    sets = {product: tuple(sorted(set(own["rater"]))) for product, own in rows.groupby("product")}
    sets = pd.Series({product: own for product, own in sets.items() if len(own) > 1}, dtype=object)
    if sets.empty:
        assert found.table.empty
        return
    most = sorted(sets.value_counts().items(), key=lambda item: (-item[1], -len(item[0]), item[0]))[0][0]
    inside = rows[rows["product"].isin([product for product, own in sets.items() if set(most) <= set(own)])]
    inside = inside[inside["rater"].isin(most)]
    seen = 0
    for name in HEATED_SCORES:
        table = inside.groupby(["product", "rater"])[name].mean().unstack().dropna()
        own = found.table[found.table["attribute"] == name].set_index("coefficient")
        if len(table) < 2:
            assert own.empty
            continue
        seen += len(own)
        animals = inside.drop_duplicates("product").set_index("product")["animal"][table.index].nunique()
        assert {*own["products"]} == {len(table)}
        assert {*own["animals"]} == {animals}
        assert {*own["raters"]} == {len(most)}
        for key, expected in icc(table.to_numpy(), animals).items():
            told = tuple(own.loc[key, column] for column in ("icc", "low", "high"))
            np.testing.assert_allclose(told, expected if animals > 1 else (expected[0], np.nan, np.nan), **CLOSE)
    assert seen == len(found.table)


def test_kappa_of_each_two(world: World, actor: Actor) -> None:
    table = asked(actor, world, "kappa").table
    found = {(row["rater"], row["partner"]): row for row in table.to_dict("records")}
    joined = means(world)
    wide = joined.pivot_table(index="product", columns="rater", values="value")
    animal = joined.drop_duplicates("product").set_index("product")["animal"]
    expected = {pair: wide[list(pair)].dropna() for pair in combinations(sorted(wide), 2)}
    assert set(found) == {pair for pair, own in expected.items() if len(own)}
    for (one, other), row in found.items():
        own = expected[one, other]
        animals = animal[own.index].nunique()
        assert (row["products"], row["animals"]) == (len(own), animals)
        a, b = (np.rint((own[name].to_numpy() - 1) * 4).astype(int) for name in (one, other))
        if len(set(a) | set(b)) == 1:
            assert np.isnan(row["kappa"])
            continue
        kappa = cohen_kappa_score(a, b, weights="quadratic", labels=np.arange(len(GRID)))
        counts = np.histogram2d(a, b, bins=[np.arange(len(GRID) + 1)] * 2)[0]
        half = stats.norm.ppf(0.975) * np.sqrt(cohens_kappa(counts, wt="fc").var_kappa * len(own) / animals)
        np.testing.assert_allclose(
            [row["kappa"], row["low"], row["high"]], [kappa, kappa - half, kappa + half], rtol=1e-9, atol=1e-8
        )


def test_ten_thousand_scores(actor: Actor) -> None:
    world = make_world(9, 250, statuses=("approved",), raters=0)
    with_many_scores(world, 10_000)
    joined = means(world)
    parts = statistics.view(actor, "panel", world.wanted | {"attribute": ATTRIBUTE}).parts
    found = {part.name: part.table for part in parts}
    bias = found["bias"].set_index("rater")
    for rater, own in joined.groupby("rater"):
        np.testing.assert_allclose(bias.loc[rater, "bias"], (own["value"] - own["others"]).mean(), **CLOSE)
        expected = clustered(own["value"] - own["others"], own["animal"])
        np.testing.assert_allclose(tuple(bias.loc[rater, ["low", "high"]]), expected, **CLOSE)
        row = found["agreement"].query("rater == @rater and attribute == @ATTRIBUTE").iloc[0]
        rho = stats.spearmanr(own["value"], own["others"].round(9)).statistic
        np.testing.assert_allclose(
            (row["r"], row["rho"]), (stats.pearsonr(own["value"], own["others"])[0], rho), **CLOSE
        )
    assert found["drift"]["products"].sum() == len(joined)
    assert found["kappa"]["products"].sum() == joined.groupby("product").size().map(lambda n: n * (n - 1) // 2).sum()


def test_the_scores_of_one_scale_only(actor: Actor) -> None:
    world = make_world(11, 60, statuses=("approved",), scales=("1-10", "1-5"), missing=0)
    rows = world.evaluations[world.evaluations["preparation"] == "heated"]
    for scale in ("1-10", "1-5"):
        own = rows[rows["scale"] == scale]
        part = asked(actor, world, "repeatability", scale=scale)
        assert part.n.scores == len(own)
        (note,) = [note for note in part.notes if note.key == "statistics.note_scale"]
        assert note.values == {"scale": Name("scales", scale), "n": len(rows) - len(own)}
        assert asked(actor, world, "bias", scale=scale).table["max"].max() <= float(scale.partition("-")[2])


def test_which_preparation_and_attribute_are_looked_at(actor: Actor) -> None:
    world = make_world(12, 20, statuses=("approved",))
    view = {part: statistics.view(actor, "panel", world.wanted, (part,)).parts[0] for part in ("bias", "warnings")}
    assert view["bias"].more["attribute"] == "flavor"
    raw = statistics.view(actor, "panel", world.wanted | {"preparation": "raw"}, ("bias",)).parts[0]
    assert raw.table.empty  # one person scored each raw sample
    assert raw.says.key == "panel.says_nothing_shared"
    assert raw.n.scores == (world.evaluations["preparation"] == "raw").sum()
    assert asked(actor, world, "bias", attribute="color").says.key == "panel.says_nothing_shared"
    told = asked(actor, world, "bias", attribute="color", preparation="heated")
    assert told.more["attribute"] == "flavor"


def test_the_samples_behind_a_mark(actor: Actor) -> None:
    world = make_world(13, 40)
    joined = means(world).assign(sample=lambda table: table["product"].str.partition("/")[0])

    def behind(part: Part, row: int) -> set[str]:
        ids = part.narrows[row]["ids"]  # type: ignore[index]
        assert statistics.samples_behind(actor, world.wanted, ids).n.samples == len(ids)
        return {key.decode() for key in ids}

    bias = asked(actor, world, "bias")
    for number, row in enumerate(bias.table.to_dict("records")):
        assert behind(bias, number) == set(joined.loc[joined["rater"] == row["rater"], "sample"])
    drift = asked(actor, world, "drift")
    for number, row in enumerate(drift.table.to_dict("records")):
        own = joined[(joined["rater"] == row["rater"]) & (joined["month"] == row["month"])]
        assert behind(drift, number) == set(own["sample"])
    kappa = asked(actor, world, "kappa")
    row = kappa.table.iloc[0]
    products = [set(joined.loc[joined["rater"] == row[name], "product"]) for name in ("rater", "partner")]
    assert behind(kappa, 0) == {product.partition("/")[0] for product in products[0] & products[1]}
    rows = heated(world).dropna(subset=[ATTRIBUTE])
    twice = rows[rows.duplicated(["product", "rater"])]
    repeated = asked(actor, world, "repeatability")
    for number, row in enumerate(repeated.table.to_dict("records")):
        if row["attribute"] == ATTRIBUTE:
            own = twice if row["rater"] == "all" else twice[twice["rater"] == row["rater"]]
            assert behind(repeated, number) == set(own["sample_id"])


def test_more_raters_than_a_number_holds(world: World, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = asked(actor, world, "reliability").table
    statistics.forget()
    monkeypatch.setattr(panel_reliability, "IN_A_WORD", 2)
    pd.testing.assert_frame_equal(asked(actor, world, "reliability").table, expected)
