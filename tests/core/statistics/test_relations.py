"""Relations equal what pandas, scipy, statsmodels and scikit-learn make of the same observations."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from itertools import combinations, pairwise
from typing import Any
from uuid import uuid4

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler
from starlette.testclient import TestClient
from statsmodels.stats.multitest import multipletests

from api.app import app
from core import catalogue, ids, statistics
from core.errors import BadInput
from core.policy import Actor
from core.statistics import Part, relations_pairs, relations_points, wording
from core.statistics.numbers import adjusted
from core.statistics.relations import given_others
from core.statistics.relations_query import Query
from core.tables.samples import HEATED_SCORES, MEASURES, RAW_SCORES
from core.words import LANGUAGES
from tests.core.statistics.tables import NO_ROUNDS, USUAL
from tests.makers import make_user, token
from tests.worlds import World, _years, make_world, store

CLOSE = {"rtol": 1e-9, "atol": 1e-9}
SCORES = (*RAW_SCORES, *HEATED_SCORES)
SOME = ("marbling", "overall", "juiciness", "tenderness", "bms", "ph", "wbsf_kgf", "crude_fat", "et_sourness")
WORLDS: dict[str, tuple[int, int, dict[str, Any]]] = {
    "empty": (0, 0, {}), "one": (1, 1, {}), "few": (2, 9, {}),
    "gaps": (3, 160, {"missing": 0.3, "scales": ("1-10", "1-10", "0-9")}), "more": (4, 300, {"missing": 0.05}),
}  # fmt: skip


@pytest.fixture(scope="module", params=WORLDS)
def world(request: pytest.FixtureRequest, servers: dict[str, str]) -> World:
    seed, n, options = WORLDS[request.param]
    return make_world(seed, n, **options)


def part_of(actor: Actor, world: World, name: str, **wanted: Any) -> Part:
    part = statistics.view(actor, "relations", world.wanted | wanted, (name,)).parts[0]
    for language in LANGUAGES:
        assert all(wording.sentence(language, catalogue.recent(), said) for said in (part.says, *part.notes))
    return part


def observed(world: World, **equal: Any) -> pd.DataFrame:
    """Approved samples after each round: the means of scores on the scale of most, and of the more frequent preparation
    of each measure; with animal and cut.
    """
    tables = []
    for preparation, names in (("raw", RAW_SCORES), ("heated", HEATED_SCORES)):
        own = world.of_samples(world.evaluations, status="approved", **equal)
        own = own[own["preparation"] == preparation]
        own = own[own["scale"] == own["scale"].value_counts().idxmax()] if len(own) else own
        tables.append(own.groupby(["sample_id", "seq"])[list(names)].mean())
    own = world.of_samples(world.measurements, status="approved", **equal)
    for name in MEASURES:
        if name in own and own[name].notna().any():
            counts = own.dropna(subset=[name])["preparation"].value_counts()
            preparation = "heated" if counts.get("heated", 0) > counts.get("raw", 0) else "raw"
            of_one = own[own["preparation"] == preparation]
            # Means that only rounding tells apart are one value.
            tables.append(of_one.groupby(["sample_id", "seq"])[[name]].mean().round(10))
    joined = pd.concat(tables, axis=1, sort=True).rename_axis(["sample_id", "seq"])
    for name in SCORES + MEASURES:
        joined[name] = joined.get(name, np.nan)
    samples = world.samples.set_index("id")
    joined = joined.reset_index().assign(bms=lambda table: table["sample_id"].map(samples["bms"]).astype(float))
    for name in ("animal", "species", "secondary_cut"):
        joined[name] = joined["sample_id"].map(samples[name])
    return joined.assign(cut=joined["species"].astype(str) + joined["secondary_cut"].astype(str))


def left(values: pd.Series, cut: pd.Series) -> Any:
    """What a regression on the cuts leaves."""
    dummies = pd.get_dummies(cut).astype(float)
    return sm.OLS(np.asarray(values, float), dummies.to_numpy()).fit().resid


def check_tests(table: pd.DataFrame, held: Mapping[tuple[str, str], int]) -> None:
    """p, interval, q and stars of the table from its r and animals."""
    expected = []
    for row in table.to_dict("records"):
        freedom = row["animals"] - 2 - held.get((row["x"], row["y"]), 0)
        is_tested = row["animals"] >= 5 and freedom > 0 and not np.isnan(row["r"])
        expected.append(np.nan)
        assert row["is_small"] == (row["animals"] < 5)
        if is_tested:
            t = row["r"] * np.sqrt(freedom / (1 - row["r"] ** 2))
            expected[-1] = 2 * stats.t.sf(abs(t), freedom)
            if freedom > 1:
                reach = stats.norm.interval(0.95, np.arctanh(row["r"]), 1 / np.sqrt(freedom - 1))
                np.testing.assert_allclose((row["low"], row["high"]), np.tanh(reach), **CLOSE)
    p = np.array(expected, float)
    np.testing.assert_allclose(table["p"].astype(float), p, **CLOSE)
    q = np.full(len(p), np.nan)
    if (~np.isnan(p)).any():
        q[~np.isnan(p)] = multipletests(p[~np.isnan(p)], method="fdr_bh")[1]
    np.testing.assert_allclose(table["q"].astype(float), q, **CLOSE)
    assert table["stars"].tolist() == ["*" * int(sum(one < level for level in (0.05, 0.01, 0.001))) for one in q]


@pytest.mark.parametrize("within", [False, True], ids=["all", "within cuts"])
@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_correlations(world: World, actor: Actor, method: str, within: bool) -> None:
    found = part_of(actor, world, "correlations", variables=SOME, method=method, within_cut=within)
    seen, held = observed(world), {}
    assert [(row["x"], row["y"]) for row in found.table.to_dict("records")] == list(combinations(SOME, 2))
    for row in found.table.to_dict("records"):
        own = seen.dropna(subset=[row["x"], row["y"]])
        assert (row["n"], row["animals"]) == (len(own), own["animal"].nunique())
        x, y = own[row["x"]], own[row["y"]]
        if method == "spearman" and len(own):
            x, y = (pd.Series(stats.rankdata(one), own.index) for one in (x, y))
        if within and len(own):
            held[row["x"], row["y"]] = own["cut"].nunique() - 1
            x, y = left(x, own["cut"]), left(y, own["cut"])
        r = stats.pearsonr(x, y).statistic if len(own) >= 10 else np.nan
        np.testing.assert_allclose(row["r"], r, **CLOSE)
    check_tests(found.table, held)
    used = seen[seen[list(SOME)].notna().sum(axis=1) >= 2]
    assert (found.n.animals, found.n.samples) == (used["animal"].nunique(), used["sample_id"].nunique())
    assert found.missing == (world.samples["status"] == "approved").sum() - found.n.samples


def test_the_usual_variables_are_scores_and_most_frequent_measures(world: World, actor: Actor) -> None:
    found = part_of(actor, world, "correlations").table
    seen = observed(world)
    there = [name for name in (*SCORES, *MEASURES) if seen[name].notna().any()]
    assert set(found["x"]) | set(found["y"]) == (set(there) if len(there) > 1 else set())
    heated = part_of(actor, world, "correlations", preparation="heated").table
    assert not {*heated["x"], *heated["y"]} & set(RAW_SCORES)


def test_scales_are_not_pooled(actor: Actor) -> None:
    world = make_world(11, 60, scales=("1-10", "1-10", "0-9"))
    raw = world.of_samples(world.evaluations, status="approved")
    raw = raw[raw["preparation"] == "raw"]
    found = part_of(actor, world, "scatter")
    kept = raw[raw["scale"] == "1-10"].dropna(subset=["marbling", "overall"])
    assert found.n.samples <= kept["sample_id"].nunique()
    notes = [note for note in found.notes if note.key == "statistics.note_scale"]
    assert [note.values["n"] for note in notes] == [int((raw["scale"] != "1-10").sum())]
    other = part_of(actor, world, "scatter", scale="0-9")
    assert other.n.samples <= raw[raw["scale"] == "0-9"]["sample_id"].nunique()


def test_scatter(world: World, actor: Actor) -> None:
    for x, y in (("marbling", "overall"), ("wbsf_kgf", "tenderness")):
        found = part_of(actor, world, "scatter", x=x, y=y)
        own = observed(world).dropna(subset=[x, y])
        points = found.table.sort_values(["sample", "seq"])
        expected = own.sort_values(["sample_id", "seq"])
        assert points["sample"].tolist() == expected["sample_id"].tolist()
        assert points["seq"].tolist() == expected["seq"].tolist()
        np.testing.assert_allclose(points[["x_value", "y_value"]], expected[[x, y]], **CLOSE)
        animals = own["animal"].nunique()
        assert (found.n.samples, found.n.animals) == (own["sample_id"].nunique(), animals)
        if len(own) < 10 or animals < 5:
            assert not found.tests
            assert "line" not in found.more
            continue
        # Each observation weighs as much as the animals it is of.
        fit = sm.GLM(own[y], sm.add_constant(own[x]), freq_weights=np.full(len(own), animals / len(own))).fit()
        half = stats.t.ppf(0.975, animals - 2)
        told = found.says.values
        np.testing.assert_allclose((told["intercept"], told["slope"]), fit.params, **CLOSE)
        np.testing.assert_allclose((told["slope"] - told["low"]) / half, fit.bse[x], rtol=1e-9)
        line = found.more["line"]
        design = sm.add_constant(line["x"]).to_numpy()
        of_mean = np.einsum("ni,ij,nj->n", design, fit.cov_params().to_numpy(), design)
        np.testing.assert_allclose(line["fitted"], design @ fit.params.to_numpy(), **CLOSE)
        np.testing.assert_allclose(line["high"] - line["fitted"], half * np.sqrt(of_mean), **CLOSE)
        np.testing.assert_allclose(line["new_high"] - line["fitted"], half * np.sqrt(of_mean + fit.scale), **CLOSE)
        slope, pearson, spearman = found.tests
        np.testing.assert_allclose(pearson.statistic, stats.pearsonr(own[x], own[y]).statistic, **CLOSE)
        np.testing.assert_allclose(spearman.statistic, stats.spearmanr(own[x], own[y]).statistic, **CLOSE)
        np.testing.assert_allclose(slope.p, 2 * stats.t.sf(abs(fit.params[x] / fit.bse[x]), animals - 2), **CLOSE)
        np.testing.assert_allclose(pearson.p, slope.p, **CLOSE)


def test_components(world: World, actor: Actor) -> None:
    keys = ("marbling", "overall", "tenderness", "ph", "crude_fat")
    found = part_of(actor, world, "components", variables=keys)
    own = observed(world).dropna(subset=list(keys))
    assert (found.n.samples, found.n.animals) == (own["sample_id"].nunique(), own["animal"].nunique())
    if len(own) < 10:
        assert found.table.empty
        return
    fit = PCA().fit(StandardScaler().fit_transform(own[list(keys)]))
    by_component = found.table.groupby("component")
    np.testing.assert_allclose(by_component["share"].first(), fit.explained_variance_ratio_, **CLOSE)
    np.testing.assert_allclose(by_component["share_sum"].first(), np.cumsum(fit.explained_variance_ratio_), **CLOSE)
    loadings = found.table.pivot(index="component", columns="variable", values="loading")[list(keys)].to_numpy()
    signs = np.sign((loadings * fit.components_).sum(axis=1))
    np.testing.assert_allclose(loadings * signs[:, None], fit.components_, rtol=1e-7, atol=1e-7)
    largest = loadings[np.arange(5), np.abs(loadings).argmax(axis=1)]
    assert (largest > 0).all()
    scores = found.more["scores"]
    assert len(scores) == min(len(own), 1000)
    # Over all observations scores have the eigenvalues for variances; each r is that of the scores with the variable.
    joined = scores.merge(own, left_on=["sample", "seq"], right_on=["sample_id", "seq"])
    assert len(joined) == len(scores)
    for number, name in ((1, "first"), (2, "second")):
        rows = found.table[found.table["component"] == number]
        np.testing.assert_allclose(joined[name].var(), rows["eigenvalue"].iloc[0], **CLOSE)
        np.testing.assert_allclose([joined[name].corr(joined[key]) for key in rows["variable"]], rows["r"], **CLOSE)


@pytest.mark.parametrize("method", ["pearson", "spearman"])
@pytest.mark.parametrize("within", [False, True], ids=["all", "within cuts"])
def test_partial(world: World, actor: Actor, method: str, within: bool) -> None:
    keys = ["marbling", "overall", "tenderness", "ph", "wbsf_kgf"]
    found = part_of(actor, world, "partial", variables=keys, method=method, within_cut=within)
    own = observed(world).dropna(subset=keys)
    if len(own) < 10:
        assert found.table["r"].isna().all()
        return
    values = own[keys].rank() if method == "spearman" else own[keys]
    dummies = pd.get_dummies(own["cut"]).astype(float) if within else pd.DataFrame({"one": 1.0}, own.index)
    for row in found.table.to_dict("records"):
        others = values.drop(columns=[row["x"], row["y"]]).join(dummies)
        x, y = (sm.OLS(values[row[name]], others).fit().resid for name in ("x", "y"))
        np.testing.assert_allclose(row["r"], stats.pearsonr(x, y).statistic, **CLOSE)
        assert (row["n"], row["animals"]) == (len(own), own["animal"].nunique())
        if not within:
            np.testing.assert_allclose(
                row["r_alone"], stats.pearsonr(values[row["x"]], values[row["y"]]).statistic, **CLOSE
            )
    held = len(keys) - 2 + (own["cut"].nunique() - 1 if within else 0)
    check_tests(found.table, {(row["x"], row["y"]): held for row in found.table.to_dict("records")})


def plain(raw: Mapping[str, Any], measures: Mapping[str, Any] | None = None, animals: int | None = None) -> World:
    """Stores approved samples with one evaluation of the raw sample each, and one measured replicate."""
    year, people = next(_years), [make_user("researcher") for _ in range(2)]
    n = len(next(iter(raw.values())))
    at = datetime(year, 6, 2, tzinfo=UTC)
    samples = pd.DataFrame(
        [
            {"id": ids.new(), "animal": f"002{year:04}{place % (animals or n):05}", "slaughtered_on": date(year, 6, 1),
             "received_at": at, "approved_at": at} | USUAL for place in range(n)
        ]
    )  # fmt: skip
    rounds = pd.DataFrame({"sample_id": samples["id"], "seq": 0}).reindex(columns=NO_ROUNDS.columns)
    rounds = rounds.astype({"method": object, "started_at": object, "minutes": "Int64"})
    common = {"sample_id": samples["id"], "seq": 0, "preparation": "raw", "replicate": 1}
    evaluations = pd.DataFrame(common | {"panelist": "P1", "day": 0, "scale": "1-10", "evaluated_at": at} | dict(raw))
    evaluations.insert(0, "id", [uuid4() for _ in range(n)])
    measurements = pd.DataFrame(common | {"measured_at": at} | dict(measures)) if measures else pd.DataFrame()
    if measures:
        measurements.insert(0, "id", [uuid4() for _ in range(n)])
    world = World(year, people, samples, rounds, evaluations, measurements)
    store(world)
    return world


def test_every_row_counts_however_often_its_values_occur(actor: Actor) -> None:
    """Two independent scores with many ties: about no correlation, of 10,000 rows. The system before this one paired
    the lists of different values, each in its own order: 0 where they were of different length, else almost 1.
    """
    rng = np.random.default_rng(5)
    marbling, color = rng.integers(1, 11, (2, 10_000)).astype(float)
    color[rng.random(10_000) < 0.02] = np.nan
    world = plain({"marbling": marbling, "color": color})
    own = pd.DataFrame({"marbling": marbling, "color": color}).dropna()
    for method, expected in (("pearson", stats.pearsonr), ("spearman", stats.spearmanr)):
        row = part_of(actor, world, "correlations", method=method).table.iloc[0]
        assert (row["x"], row["y"], row["n"], row["animals"]) == ("marbling", "color", len(own), len(own))
        assert abs(row["r"]) < 0.04
        reference = expected(own["marbling"], own["color"])
        np.testing.assert_allclose((row["r"], row["p"]), (reference.statistic, reference.pvalue), **CLOSE)
    found = part_of(actor, world, "scatter", x="marbling", y="color")
    assert len(found.table) == 2000
    assert found.more["counts"].sum() == len(own)
    shade = found.more
    for x, y in ((1, 1), (4, 7), (10, 10)):
        cell = shade["rows"].tolist().index(y), shade["columns"].tolist().index(x)
        assert shade["counts"][cell] == ((own["marbling"] == x) & (own["color"] == y)).sum()
    again = part_of(actor, world, "scatter", x="marbling", y="color", color="grade").table
    pd.testing.assert_frame_equal(found.table, again)  # the same points, whatever is asked of them


def test_few_animals_are_not_tested(actor: Actor) -> None:
    rng = np.random.default_rng(6)
    marbling = rng.integers(1, 11, 40).astype(float)
    world = plain({"marbling": marbling, "overall": marbling + rng.integers(0, 2, 40) / 2}, animals=4)
    row = part_of(actor, world, "correlations").table.iloc[0]
    assert (row["n"], row["animals"], row["is_small"]) == (40, 4, True)
    assert row["r"] > 0.9
    assert np.isnan([row["p"], row["q"], row["low"], row["high"]]).all()
    assert not part_of(actor, world, "scatter").tests


def test_nine_observations_are_not_shown_ten_are(actor: Actor) -> None:
    rng = np.random.default_rng(12)
    marbling, color, overall = rng.integers(1, 11, (3, 10)).astype(float)
    color[4] = np.nan
    found = part_of(actor, plain({"marbling": marbling, "color": color, "overall": overall}), "correlations")
    assert found.table["n"].tolist() == [9, 10, 9]
    assert found.table["r"].isna().tolist() == [True, False, True]
    np.testing.assert_allclose(found.table["r"].iloc[1], stats.pearsonr(marbling, overall).statistic, **CLOSE)
    assert [note.values["n"] for note in found.notes if note.key == "relations.note_hidden"] == [2]


def test_what_never_differs_goes_with_nothing(actor: Actor) -> None:
    rng = np.random.default_rng(7)
    values = {name: rng.integers(1, 11, 30).astype(float) for name in ("marbling", "color")}
    world = plain(values | {"overall": np.full(30, 5.3)}, {"ph": np.full(30, 5.7)})
    table = part_of(actor, world, "correlations", variables="marbling,color,overall,ph").table
    assert table["r"].isna().tolist() == [False, True, True, True, True, True]
    assert (table["n"] == 30).all()
    assert part_of(actor, world, "scatter", x="marbling", y="ph").says.key == "relations.says_level"
    assert part_of(actor, world, "scatter", x="ph", y="marbling").says.key == "relations.says_apart"
    left_out = part_of(actor, world, "components", variables="marbling,color,overall,ph")
    assert set(left_out.table["variable"]) == {"marbling", "color"}
    assert [note.values["n"] for note in left_out.notes if note.key == "relations.note_constant"] == [2]
    assert len(part_of(actor, world, "partial", variables="marbling,color,overall,ph").table) == 1


def test_sums_of_others_leave_nothing_when_those_are_held(actor: Actor) -> None:
    rng = np.random.default_rng(8)
    water, protein = rng.uniform(60, 70, 50).round(2), rng.uniform(18, 22, 50).round(2)
    world = plain(
        {"marbling": rng.integers(1, 11, 50).astype(float)},
        {"moisture": water, "crude_protein": protein, "crude_fat": (100 - water - protein).round(2)},
    )
    found = part_of(actor, world, "partial", variables=["moisture", "crude_protein", "crude_fat"])
    assert found.table["r"].isna().all()
    assert "relations.note_sums" in [note.key for note in found.notes]


def test_cathepsin_is_in_one_unit(actor: Actor) -> None:
    rng = np.random.default_rng(9)
    marbling, unit = rng.integers(1, 11, 60).astype(float), np.where(np.arange(60) % 3 == 0, "U/g", "nmol/min/mg")
    values = np.where(unit == "U/g", 1000 * marbling, 10 - marbling)
    world = plain({"marbling": marbling}, {"cathepsin": values, "cathepsin_unit": unit})
    found = part_of(actor, world, "correlations", variables=["marbling", "cathepsin"])
    assert (found.table["n"].iloc[0], found.table["r"].iloc[0]) == (40, pytest.approx(-1))
    notes = [note.values for note in found.notes if note.key == "relations.note_unit"]
    assert [(note["unit"], note["n"]) for note in notes] == [("nmol/min/mg", 20)]


def test_what_cannot_be_asked_for_is_refused(actor: Actor) -> None:
    asked = statistics.read("relations", {"variables": ["ph,marbling", "ph"], "within_cut": "true"})
    assert isinstance(asked, Query)
    assert (asked.variables, asked.within_cut) == (("ph", "marbling"), True)
    for field, value in (("variables", "ph,nonsense"), ("x", "nonsense"), ("method", "kendall")):
        with pytest.raises(BadInput) as refused:
            statistics.read("relations", {field: value})
        assert refused.value.findings[0].code == "unknown_choice"
    with pytest.raises(BadInput):
        statistics.read("relations", {"variables": [*SCORES, *MEASURES]})


def test_variables_are_asked_for_with_commas_or_several_times(actor: Actor, world: World) -> None:
    with TestClient(app, headers={"Authorization": f"Bearer {token(actor)}"}) as client:
        query = {name: str(day) for name, day in world.wanted.items()} | {"part": "correlations"}
        for variables in ("ph,marbling,color", ["ph", "marbling", "color"], ["ph,marbling", "color"]):
            answer = client.get("/v1/statistics/relations", params=query | {"variables": variables})
            assert answer.status_code == 200, answer.text
            assert answer.json()["filter"]["variables"] == ["ph", "marbling", "color"]
            assert len(answer.json()["parts"][0]["rows"]) == 3
        assert client.get("/v1/statistics/relations", params=query | {"variables": "ph,nonsense"}).status_code == 422


def test_benjamini_and_hochberg_1995() -> None:
    """Section 4.1 of their paper: of 15 p values the four smallest are rejected at 0.05."""
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590,
         1.0]  # fmt: skip
    q = adjusted(np.array(p))
    assert (q <= 0.05).tolist() == [True] * 4 + [False] * 11
    np.testing.assert_allclose(q, multipletests(p, method="fdr_bh")[1], **CLOSE)
    with_gaps = adjusted(np.array([np.nan, *p, np.nan]))
    assert np.isnan(with_gaps[[0, -1]]).all()
    np.testing.assert_array_equal(with_gaps[1:-1], q)


ANSCOMBE = (
    [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5],
    [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68],
)


def test_anscombe_1973() -> None:
    """The first of his four sets: r = 0.816, y = 3.00 + 0.500 x; more digits as R's lm gives for datasets::anscombe."""
    x, y = (np.array(values, float) for values in ANSCOMBE)
    r = relations_pairs.pearson([(0, np.arange(2), np.array([x, y]))], 2).r[0, 1]
    assert round(r, 5) == 0.81642
    fitted = relations_points.line(x, y, np.ones(11), 11)
    assert fitted is not None
    assert (round(fitted.intercept, 4), round(fitted.slope, 4), round(fitted.sem, 4)) == (3.0001, 0.5001, 0.1179)
    assert round(float(relations_pairs.p_values(np.array(r), np.array(9))), 5) == 0.00217
    # The usual line, where each observation is of an animal of its own.
    told = sm.OLS(y, sm.add_constant(x)).fit().get_prediction(sm.add_constant(np.linspace(4, 14, 5))).summary_frame()
    columns = ["mean", "mean_ci_lower", "mean_ci_upper", "obs_ci_lower", "obs_ci_upper"]
    own = fitted.at(np.linspace(4, 14, 5))[["fitted", "low", "high", "new_low", "new_high"]]
    np.testing.assert_allclose(own, told[columns], **CLOSE)


def test_spearman_as_scipy_documents_it() -> None:
    """The example of scipy.stats.spearmanr: 0.8207826816681233, p = 0.08858700531354381."""
    columns = [relations_pairs.levels(np.array(values, float)) for values in ([1, 2, 3, 4, 5], [5, 6, 7, 8, 7])]
    rho = relations_pairs.spearman(columns, [(0, 0, 5)]).r[0, 1]
    np.testing.assert_allclose(rho, 0.8207826816681233, **CLOSE)
    np.testing.assert_allclose(relations_pairs.p_values(np.array(rho), np.array(3)), 0.08858700531354381, **CLOSE)


@pytest.mark.parametrize(("r", "n"), [(0.5, 29), (0.3, 85), (0.2, 194)])
def test_how_many_animals_a_correlation_needs(r: float, n: int) -> None:
    """What every textbook lists for 80 % power at 5 %: with so many, the interval of r excludes 0 so often."""

    low, _ = relations_pairs.interval(np.array(r), np.array(n - 2))
    half = np.arctanh(r) - np.arctanh(float(low))
    power = stats.norm.cdf(1.959964 * (np.arctanh(r) / half - 1))
    assert power == pytest.approx(0.8, abs=5e-4)


@pytest.mark.parametrize(
    ("xy", "xz", "yz", "given_z"), [(0.50, 0.50, 0.50, 0.33), (0.49, 0.73, 0.59, 0.11), (0.20, 0.80, -0.40, 0.95)]
)
def test_partial_correlation_as_lowry_shows_it(xy: float, xz: float, yz: float, given_z: float) -> None:
    """R. Lowry, Concepts and Applications of Inferential Statistics, chapter 3a: from three correlations."""
    r = given_others(np.array([[1, xy, xz], [xy, 1, yz], [xz, yz, 1]]))[0, 1]
    assert round(float(r), 2) == given_z
    np.testing.assert_allclose(r, (xy - xz * yz) / np.sqrt((1 - xz**2) * (1 - yz**2)), **CLOSE)


def test_components_of_fishers_iris() -> None:
    """The standardised data of Fisher (1936): 72.96, 22.85, 3.67 and 0.52 % of the variance."""
    made = relations_points.principal(np.corrcoef(load_iris().data.T))
    assert np.round(made.eigenvalues / 4, 4).tolist() == [0.7296, 0.2285, 0.0367, 0.0052]
    assert np.round(made.loadings[:, 0], 4).tolist() == [0.5211, -0.2693, 0.5804, 0.5649]


def test_means_that_only_rounding_tells_apart_are_tied() -> None:
    """Two replicates of 5.6 and 5.7, and of 5.5 and 5.8, are 5.65 on average, whatever is left in the last digit."""
    empty, one, other, higher = relations_pairs.levels(np.array([np.nan, 5.65, np.nextafter(5.65, 6), 5.7])).of.tolist()
    assert 0 == empty < one == other < higher


def test_many_gaps_in_many_groups() -> None:
    """Every variable has a pattern of its own; blocks end within groups; some groups have one observation."""
    rng = np.random.default_rng(10)
    values = np.round(rng.normal(0, 2, (6, 400))) + np.arange(6)[:, None]
    values[rng.random(values.shape) < 0.35] = np.nan
    group = np.sort(rng.integers(0, 12, 400) ** 2 // 12)
    cuts = np.unique([0, 400, *np.flatnonzero(np.diff(group)) + 1, *range(50, 400, 50)])
    bounds = [(int(group[first]), int(first), int(last)) for first, last in pairwise(cuts)]
    animal = rng.integers(0, 150, 400)
    for method in ("pearson", "spearman"):
        if method == "pearson":
            found = relations_pairs.pearson(((g, np.arange(6), values[:, a:b]) for g, a, b in bounds), 6)
        else:
            found = relations_pairs.spearman([relations_pairs.levels(row) for row in values], bounds)
        units = relations_pairs.animals(found.known, found.n, animal, 150)
        for x, y in combinations(range(6), 2):
            both = ~np.isnan(values[x]) & ~np.isnan(values[y])
            own = [pd.Series(values[place][both]) for place in (x, y)]
            own = [one.rank() for one in own] if method == "spearman" else own
            cut = pd.Series(group[both])
            expected = stats.pearsonr(*(left(one, cut) for one in own)).statistic
            np.testing.assert_allclose(found.r[x, y], expected, **CLOSE)
            assert (found.n[x, y], found.groups[x, y]) == (both.sum(), cut.nunique())
            assert units[x, y] == len(np.unique(animal[both]))
