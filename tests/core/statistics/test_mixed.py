"""The mixed model: as published, as statsmodels fits it, as dense algebra and tests of balanced designs have it."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats

from core import statistics
from core.policy import Actor
from core.statistics import Part, compare_mixed, facts, mixed
from core.statistics.cohort import Cohort
from core.statistics.mixed import Fit, NotEstimable
from core.tables.samples import MEASURES
from tests.core.statistics.test_compare import check_sentences, stored_again, values
from tests.worlds import World, make_world

Array = np.ndarray[Any, Any]
# Data sets of R's package lme4: yields of five preparations from each of six batches (Davies 1947) ...
DYESTUFF = """1545 1440 1440 1520 1580 1540 1555 1490 1560 1495 1595 1550 1605 1510 1560
    1445 1440 1595 1465 1545 1595 1630 1515 1635 1625 1520 1455 1450 1480 1445"""
# ... and diameters where six samples of penicillin (columns) keep bacteria off 24 plates (rows; Davies 1972).
PENICILLIN = """
    27 23 26 23 23 21  27 23 26 23 23 21  25 21 25 24 24 20  26 23 25 23 23 20  25 22 26 22 23 20  24 22 25 23 22 19
    24 20 23 21 22 19  26 22 26 24 24 21  24 21 24 22 22 20  24 21 24 23 22 19  26 23 26 24 24 21  25 22 26 24 24 20
    26 24 26 24 25 22  26 23 26 23 23 20  26 23 25 24 24 22  25 22 25 23 23 20  25 21 24 23 23 20  25 22 24 23 23 19
    24 21 23 21 21 19  26 23 26 24 24 21  25 21 24 22 22 18  25 22 25 22 22 20  24 21 24 22 24 19  24 21 24 22 21 18"""


def numbers(text: str) -> Array:
    return np.array(text.split(), float)


def one_group(y: Array, *effects: Array) -> Fit:
    return mixed.fit(y, np.zeros(len(y), int), 1, effects)


def test_dyestuff_as_lme4_prints_it() -> None:
    """lmer(Yield ~ 1 + (1 | Batch), Dyestuff), in Bates (2010), lme4: Mixed-effects modeling with R, section 1.3."""
    found = one_group(numbers(DYESTUFF), np.repeat(range(6), 5))
    assert round(found.deviance, 4) == 319.6543  # the REML criterion at convergence
    assert np.round(found.variances, 2).tolist() == [1764.05, 0, 2451.25]
    assert (round(found.means[0], 4), round(found.errors[0], 2)) == (1527.5, 19.38)
    # The mean of a balanced design has as many degrees of freedom as there are batches, less one.
    np.testing.assert_allclose(found.freedom(np.ones((1, 1))), 5, rtol=1e-5)


@pytest.mark.parametrize("is_turned", [False, True])
def test_penicillin_as_lme4_prints_it(is_turned: bool) -> None:
    """lmer(diameter ~ 1 + (1 | plate) + (1 | sample), Penicillin), in Bates (2010), section 2.1."""
    plate, sample = np.repeat(range(24), 6), np.tile(range(6), 24)
    found = one_group(numbers(PENICILLIN), *((sample, plate) if is_turned else (plate, sample)))
    deviations = np.sqrt(found.variances)
    assert round(found.deviance, 2) == 330.86
    assert np.round(deviations, 4).tolist() == [*((1.9316, 0.8467) if is_turned else (0.8467, 1.9316)), 0.5499]
    assert (round(found.means[0], 4), round(found.errors[0], 4)) == (22.9722, 0.8086)


def drawn(seed: int, animals: int, raters: int, k: int = 3) -> pd.DataFrame:
    """Unbalanced: each animal belongs to a group and is scored by some of the raters, some of them twice."""
    rng = np.random.default_rng(seed)
    rows = [
        (animal, rater, animal % k)
        for animal in range(animals)
        for rater in np.flatnonzero(rng.random(raters) < 0.7)
        for _ in range(1 + int(rng.random() < 0.2))
    ]
    table = pd.DataFrame(rows, columns=["animal", "rater", "group"])
    of_animal, of_rater = rng.normal(0, 1.2, animals), rng.normal(0, 0.7, raters)
    noise = rng.normal(0, 0.9, len(table))
    table["y"] = 5 + 0.4 * table["group"] + of_animal[table["animal"]] + of_rater[table["rater"]] + noise
    return table


def fitted(table: pd.DataFrame, *effects: str) -> Fit:
    k = int(table["group"].max()) + 1
    levels = [pd.factorize(table[name])[0] for name in effects]
    return mixed.fit(table["y"].to_numpy(), table["group"].to_numpy(), k, levels)


@pytest.mark.parametrize("seed", range(3))
def test_crossed_effects_as_statsmodels_fits_them(seed: int) -> None:
    table = drawn(seed, 30, 5)
    found = fitted(table, "animal", "rater")
    parts = {"animal": "0 + C(animal)", "rater": "0 + C(rater)"}
    model = smf.mixedlm("y ~ 0 + C(group)", table.assign(all=1), groups="all", vc_formula=parts, re_formula="0")
    expected = model.fit(reml=True, method=["bfgs", "lbfgs"])
    np.testing.assert_allclose(found.variances[:2], expected.vcomp, rtol=2e-4)
    np.testing.assert_allclose(found.variances[2], expected.scale, rtol=2e-4)
    np.testing.assert_allclose(found.means, expected.fe_params, rtol=1e-5)
    np.testing.assert_allclose(found.errors, expected.bse_fe, rtol=2e-3)  # theirs come from a numerical curvature
    assert found.deviance <= -2 * expected.llf + 1e-6


def test_one_effect_of_ten_thousand_rows_as_statsmodels_fits_it() -> None:
    table = drawn(7, 2600, 5)
    assert len(table) > 10_000
    found = fitted(table, "animal")
    expected = smf.mixedlm("y ~ 0 + C(group)", table, groups="animal").fit(reml=True)
    np.testing.assert_allclose(found.variances[0], expected.cov_re.to_numpy()[0, 0], rtol=1e-5)
    np.testing.assert_allclose(found.variances[2], expected.scale, rtol=1e-5)
    np.testing.assert_allclose(found.means, expected.fe_params, rtol=1e-6)
    np.testing.assert_allclose(found.errors, expected.bse_fe, rtol=5e-5)
    np.testing.assert_allclose(found.deviance, -2 * expected.llf, rtol=1e-9)


def dense(y: Array, x: Array, effects: list[Array], variances: Any) -> tuple[float, Array, Array]:
    """-2 log REML, the means and their covariance, from the whole covariance of the rows."""
    whole = variances[-1] * np.eye(len(y))
    for level, variance in zip(effects, variances, strict=False):
        whole += variance * (level[:, None] == level[None, :])
    inverse = np.linalg.inv(whole)
    information = x.T @ inverse @ x
    means = np.linalg.solve(information, x.T @ inverse @ y)
    rest = y - x @ means
    logs = np.linalg.slogdet(whole)[1] + np.linalg.slogdet(information)[1]
    freedom = len(y) - x.shape[1]
    return logs + float(rest @ inverse @ rest) + freedom * np.log(2 * np.pi), means, np.linalg.inv(information)


@pytest.mark.parametrize("effects", [("animal", "rater"), ("rater", "animal"), ("animal",), ()])
def test_likelihood_means_and_errors_are_those_of_dense_algebra(effects: tuple[str, ...]) -> None:
    table = drawn(11, 40, 6)
    found = fitted(table, *effects)
    y, x = table["y"].to_numpy(), np.eye(3)[table["group"]]
    levels = [table[name].to_numpy() for name in effects]
    own = [*found.variances[: len(effects)], found.variances[2]]
    deviance, means, covariance = dense(y, x, levels, own)
    np.testing.assert_allclose(found.deviance, deviance, rtol=1e-9)
    np.testing.assert_allclose(found.means, means, rtol=1e-9)
    np.testing.assert_allclose(found.covariance, covariance, rtol=1e-9, atol=1e-12)
    for place in range(len(own)):  # and no other variances are likelier
        for factor in (0.98, 1.02):
            other = [value * (factor if n == place else 1) for n, value in enumerate(own)]
            assert dense(y, x, levels, other)[0] > deviance


@pytest.mark.parametrize("raters", [1, 4])
def test_a_balanced_design_is_tested_as_the_means_of_its_animals(raters: int) -> None:
    """Then the F of the model is that of the analysis of variance of those means, with its degrees of freedom."""
    rng, k, animals, times = np.random.default_rng(3), 4, 40, 4
    animal = np.repeat(range(animals), times)
    group, rater = animal % k, np.tile(range(times), animals)
    y = rng.normal(0, 1, animals)[animal] + rng.normal(0, 1, len(animal)) + 0.6 * group
    effects = [animal]
    if raters > 1:
        y, effects = y + rng.normal(0, 2, raters)[rater], [animal, rater]
    found = mixed.fit(y, group, k, effects)
    means = np.bincount(animal, y) / times
    expected = stats.f_oneway(*(means[np.arange(animals) % k == each] for each in range(k)))
    f, above, below = found.test()
    np.testing.assert_allclose(f, expected.statistic, rtol=1e-6)
    np.testing.assert_allclose((above, below), (k - 1, animals - k), rtol=1e-4)
    if raters == 1:
        np.testing.assert_allclose(found.freedom(np.eye(k)), animals - k, rtol=1e-4)


def test_a_variance_that_is_not_there_is_zero() -> None:
    rng = np.random.default_rng(0)
    animal = np.repeat(range(20), 4)
    y = rng.normal(0, 1, 80)
    y -= (np.bincount(animal, y) / 4)[animal]  # animals are more alike than chance would have them
    found = one_group(y, animal, np.tile(range(4), 20))
    assert found.variances[0] == 0
    np.testing.assert_allclose(one_group(y).variances[2], y.var(ddof=1))


def test_what_cannot_be_estimated_is_not() -> None:
    animal = np.repeat(range(10), 3)
    for y in (np.full(30, 4.0), np.repeat(np.arange(10.0) ** 2, 3)):  # nothing varies; nothing varies within an animal
        with pytest.raises(NotEstimable):
            one_group(y, animal)


# The run on what is stored


def run(world: World, **wanted: Any) -> tuple[list[Part], list[tuple[int, int]]]:
    query: Any = statistics.read("compare", world.wanted | wanted)
    steps: list[tuple[int, int]] = []
    parts = compare_mixed.compute(Cohort(facts.current(), query), query, lambda *step: steps.append(step))
    for part in parts:
        check_sentences(part)
    return parts, steps


@pytest.mark.parametrize(
    ("response", "factor"),
    [("palatability", "grade"), ("flavor", "round"), ("overall", "primal_cut"), ("wbsf_kgf", "sex")],
)
def test_a_run_is_the_model_of_what_is_stored(actor: Actor, response: str, factor: str) -> None:
    world = make_world(40, 90, missing=0.15, pigs=0.1)
    parts, steps = run(world, response=response, factor=factor, species="cattle")
    rows = with_raters(world, response, values(world, response, factor)).dropna(subset=["value", "group"])
    animals = rows.groupby("group")["animal"].nunique()
    large = animals[animals >= 5].index
    means, variances = parts
    assert (means.n.scores, means.n.animals) == (len(rows), rows["animal"].nunique())
    assert set(means.table["group"]) == set(animals.index)
    table = means.table.set_index("group")
    assert table["is_small"].to_dict() == (animals < 5).to_dict()
    assert table.loc[table["is_small"], "mean"].isna().all()
    own = rows[rows["group"].isin(large)]
    names = [group for group in means.table["group"] if group in large]
    sources = variances.table["source"].tolist()
    assert sources == (["animal", "rest"] if response in MEASURES or own["rater"].nunique() == 1 else [
        "animal", "evaluator", "rest",
    ])  # fmt: skip
    levels = [own[{"animal": "animal", "evaluator": "rater"}[source]].to_numpy() for source in sources[:-1]]
    x = (own["group"].to_numpy()[:, None] == np.array(names, object)[None, :]).astype(float)
    spread = variances.table["variance"].to_numpy()
    _, expected, covariance = dense(own["value"].to_numpy(), x, levels, spread)
    np.testing.assert_allclose(table.loc[names, "mean"].astype(float), expected, rtol=1e-9)
    errors = np.sqrt(np.diag(covariance))
    np.testing.assert_allclose(table.loc[names, "sem"].astype(float), errors, rtol=1e-9)
    half = stats.t.ppf(0.975, table.loc[names, "freedom"].astype(float)) * errors
    np.testing.assert_allclose(table.loc[names, "high"].astype(float), expected + half, rtol=1e-9)
    contrasts = np.hstack([np.ones((len(names) - 1, 1)), -np.eye(len(names) - 1)])
    apart = contrasts @ expected
    f = apart @ np.linalg.solve(contrasts @ covariance @ contrasts.T, apart) / len(apart)
    np.testing.assert_allclose(means.tests[0].statistic, f, rtol=1e-8)
    np.testing.assert_allclose(table.loc[names[1:], "difference"].astype(float), -apart, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(
        table.loc[names[1:], "difference_sem"].astype(float),
        np.sqrt(np.diag(contrasts @ covariance @ contrasts.T)), rtol=1e-8,
    )  # fmt: skip
    np.testing.assert_allclose(variances.table["share"], spread / spread.sum(), rtol=1e-12)
    assert variances.table["levels"].tolist() == [*(len(set(level)) for level in levels), len(own)]
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    assert all(done < total for done, total in steps)


def with_raters(world: World, response: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Values with who gave them; in the order of `values`, whose rows those of one kind are."""
    if response in MEASURES:
        return rows
    preparation = "heated" if response in ("palatability", "flavor") else "raw"
    samples = world.samples[(world.samples["status"] == "approved") & (world.samples["species"] == "cattle")]
    own = world.evaluations[world.evaluations["preparation"] == preparation]
    return rows.assign(rater=own[own["sample_id"].isin(samples["id"])]["rater"].to_numpy())


def test_an_empty_question_and_one_of_few_animals(actor: Actor) -> None:
    for world, said in (
        (make_world(41, 0), "statistics.says_none"),
        (make_world(42, 1, statuses=("approved",)), "compare.says_few"),
    ):
        (means,), _ = run(world, response="overall", factor="primal_cut")
        assert (means.says.key, means.tests) == (said, ())
        assert means.table["mean"].isna().all()


def test_animals_with_one_value_each_have_no_effect_of_their_own(actor: Actor) -> None:
    world = make_world(43, 80, pigs=0, animals=30, processed=0)
    one = world.evaluations[(world.evaluations["preparation"] == "raw") & (world.evaluations["replicate"] == 1)]
    numbers = {animal: f"{n:012}" for n, animal in enumerate(world.samples["id"])}
    world.samples["animal"] = ["002" + numbers[key][3:] for key in world.samples["id"]]
    again = stored_again(world, evaluations=one.assign(panelist=None))
    parts, _ = run(again, response="overall", factor="sex")
    assert [note.key for note in parts[0].notes if note.key.startswith("compare.note_no")] == [
        "compare.note_no_animal", "compare.note_no_evaluator",
    ]  # fmt: skip
    own = values(again, "overall", "sex").dropna()
    groups = [group["value"] for _, group in own.groupby("group") if len(group) >= 5]
    expected = stats.f_oneway(*groups)
    np.testing.assert_allclose(parts[0].tests[0].statistic, expected.statistic, rtol=1e-9)
    np.testing.assert_allclose(
        parts[0].tests[0].freedom, (len(groups) - 1, sum(map(len, groups)) - len(groups)), rtol=1e-6
    )
