"""Comparisons of groups equal what pandas, scipy and statsmodels find in the same values, and what others published."""

import math
from itertools import combinations
from typing import Any
from uuid import uuid4

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.formula.api import ols
from statsmodels.stats.oneway import anova_oneway

from core import catalogue, ids, statistics, words
from core.errors import BadInput
from core.policy import Actor
from core.statistics import Part, posthoc, studentized, wording
from core.statistics.posthoc import AllPairs, Moments
from core.tables.samples import HEATED_SCORES, MEASURES, RAW_SCORES
from tests import worlds
from tests.worlds import World, make_world, store

CLOSE = {"rtol": 1e-9, "atol": 1e-9}
# R's data set PlantGrowth (Dobson 1983, An Introduction to Statistical Modelling, table 7.1): dry weights of plants.
PLANTS = {
    "ctrl": [4.17, 5.58, 5.18, 6.11, 4.50, 4.61, 5.17, 4.53, 5.33, 5.14],
    "trt1": [4.81, 4.17, 4.41, 3.59, 5.87, 3.83, 6.03, 4.89, 4.32, 4.69],
    "trt2": [6.31, 5.12, 5.54, 5.50, 5.37, 5.29, 4.92, 6.15, 5.80, 5.26],
}
# NIST StRD, analysis of variance, SiRstv: resistances of silicon wafers.
RESISTANCES = [
    [196.3052, 196.1240, 196.1890, 196.2569, 196.3403], [196.3042, 196.3825, 196.1669, 196.3257, 196.0422],
    [196.1303, 196.2005, 196.2889, 196.0343, 196.1811], [196.2795, 196.1748, 196.1494, 196.1485, 195.9885],
    [196.2119, 196.1051, 196.1850, 196.0052, 196.2090],
]  # fmt: skip
# Hollander and Wolfe (1973), table 6.1, in the help of R's kruskal.test: half-times of mucociliary clearance.
CLEARANCES = [[2.9, 3.0, 2.5, 2.6, 3.2], [3.8, 2.7, 4.0, 2.4], [2.8, 3.4, 3.7, 2.2, 2.0]]


def flat(groups: Any) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], int]:
    values = list(groups.values()) if isinstance(groups, dict) else groups
    return np.concatenate(values).astype(float), np.repeat(range(len(values)), [len(v) for v in values]), len(values)


def moments(groups: Any) -> Moments:
    return posthoc.moments(*flat(groups))


def found_by_pair(pairs: AllPairs) -> list[tuple[float, ...]]:
    low, high = pairs.intervals()
    return list(zip(pairs.difference, low, high, pairs.p, strict=True))


def test_analysis_of_variance_as_certified_by_nist() -> None:
    test = posthoc.anova(moments(RESISTANCES))
    assert test is not None
    assert test.freedom == (4, 20)
    np.testing.assert_allclose(test.statistic, 1.18046237440255, rtol=1e-9)
    np.testing.assert_allclose(test.effect, 1.90999039051129e-01, rtol=1e-9)  # the certified R-squared


def test_analysis_of_variance_as_r_prints_it() -> None:
    """summary(aov(weight ~ group, PlantGrowth)), oneway.test(weight ~ group, PlantGrowth)."""
    same, unequal = posthoc.anova(moments(PLANTS)), posthoc.welch(moments(PLANTS))
    assert same is not None
    assert unequal is not None
    assert (round(same.statistic, 3), round(same.p, 5), same.freedom) == (4.846, 0.01591, (2, 27))
    assert (round(unequal.statistic, 3), round(unequal.p, 5)) == (5.181, 0.01739)
    assert (unequal.freedom[0], round(unequal.freedom[1], 3)) == (2, 17.128)


def test_tukeys_pairs_as_r_prints_them() -> None:
    """TukeyHSD(aov(weight ~ group, PlantGrowth)): each second less first, with its interval and p."""
    printed = [
        (-0.371, -1.0622161, 0.3202161, 0.3908711),  # trt1 - ctrl
        (0.494, -0.1972161, 1.1852161, 0.1979960),  # trt2 - ctrl
        (0.865, 0.1737839, 1.5562161, 0.0120064),  # trt2 - trt1
    ]
    for own, (difference, low, high, p) in zip(
        found_by_pair(posthoc.tukey_kramer(moments(PLANTS))), printed, strict=True
    ):
        np.testing.assert_allclose(own, (-difference, -high, -low, p), atol=6e-8)


def test_letters_as_they_are_read_from_tukeys_pairs() -> None:
    of = moments(PLANTS)
    assert posthoc.letters(of.mean, posthoc.tukey_kramer(of)) == ["ab", "b", "a"]


def test_ranks_as_r_prints_them() -> None:
    """kruskal.test(list(x, y, z)): Kruskal-Wallis chi-squared = 0.77143, df = 2, p-value = 0.68."""
    test = posthoc.kruskal(*flat(CLEARANCES))
    assert test is not None
    assert (round(test.statistic, 5), test.freedom, round(test.p, 2)) == (0.77143, (2,), 0.68)


@pytest.mark.parametrize(
    ("groups", "printed"),
    [
        (
            [[24, 23, 31, 51], [34, 18, 18, 26], [17, 68, 59, 7]],
            [
                (8.25, -16.5492749527311, 33.0492749527311, 0.558733632413559),
                (-5.5, -63.6702454316458, 52.6702454316458, 0.941147750599221),
                (-13.75, -74.3174374251372, 46.8174374251372, 0.682983914946841),
            ],
        ),
        (
            [[30, 23, 51], [-81, 71, -27, 63], [42, 11, 29, 19, 50], [23, 22, 20, 18, 9]],
            [
                (28.16666667, -141.985416377670, 198.318749711003, 0.8727542747886180),
                (4.466666667, -37.2830676783904, 46.2164010117237, 0.9752628408671710),
                (16.26666667, -35.0933112382470, 67.6266445715803, 0.4262506151302880),
                (-23.70000000, -195.315617201249, 147.915617201249, 0.9148950609000590),
                (-11.90000000, -188.105478728519, 164.305478728519, 0.9861432250093960),
                (11.80000000, -16.2894857524254, 39.8894857524254, 0.4755344436335670),
            ],
        ),
    ],
)
def test_games_and_howells_pairs_as_spss_prints_them(groups: list[list[float]], printed: list[Any]) -> None:
    """ONEWAY ... /POSTHOC=GH, as quoted in scipy/stats/tests/test_hypotests.py (TestGamesHowell)."""
    for own, expected in zip(found_by_pair(posthoc.games_howell(moments(groups))), printed, strict=True):
        np.testing.assert_allclose(own[:3], expected[:3], rtol=2e-7)
        np.testing.assert_allclose(own[3], expected[3], atol=1e-8)


@pytest.mark.parametrize("k", [2, 3, 7, 20])
def test_the_studentized_range_is_scipys(k: int) -> None:
    q, freedom = np.array([0.3, 2.0, 3.5, 6.0, 20.0]), np.array([4, 6.5, 29, 140.5, 20_000])
    np.testing.assert_allclose(
        studentized.tail(q, k, freedom), stats.studentized_range.sf(q, k, freedom), atol=1e-9, rtol=0
    )
    own = studentized.quantile(0.05, k, np.array([140.5, 4.0, np.nan, 29.0]))
    assert np.isnan(own[2])
    np.testing.assert_allclose(1 - stats.studentized_range.cdf(own[[0, 1, 3]], k, [140.5, 4, 29]), 0.05, atol=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_groups_share_a_letter_if_and_only_if_they_do_not_differ(seed: int) -> None:
    rng = np.random.default_rng(seed)
    groups = [rng.normal(rng.normal(0, 1), rng.uniform(0.2, 2), rng.integers(3, 40)) for _ in range(9)]
    of = moments(groups)
    pairs = posthoc.games_howell(of)
    letters = posthoc.letters(of.mean, pairs)
    for i, j, p in zip(pairs.first, pairs.second, pairs.p, strict=True):
        assert bool(set(letters[i]) & set(letters[j])) == (p >= 0.05)
    assert "a" in letters[int(np.argmax(of.mean))]
    assert all(letters)


# What the view finds in what is stored

COMPARED = [
    ("palatability", "grade"), ("flavor", "round"), ("tenderness", "primal_cut"), ("marbling", "province"),
    ("overall", "processing"), ("wbsf_kgf", "sex"), ("et_sourness", "secondary_cut"), ("color", "breed"),
]  # fmt: skip
ORDER = {"grade": ("1++", "1+", "1", "2", "3", "off")}


@pytest.fixture(
    scope="module", params=[(0, {"n": 0}), (1, {"n": 1}), (2, {"n": 200}), (3, {"n": 120, "missing": 0.4, "raters": 3})]
)
def world(request: pytest.FixtureRequest) -> World:
    seed, options = request.param
    return make_world(seed, **options)


def ask(actor: Actor, world: World, part: str, **wanted: Any) -> Part:
    found = statistics.view(actor, "compare", world.wanted | wanted, (part,)).parts[0]
    check_sentences(found)
    return found


def check_sentences(part: Part) -> None:
    """Each can be said in both languages."""
    for says in (part.says, *part.notes):
        assert all(wording.sentence(language, catalogue.recent(), says) for language in words.LANGUAGES)


def values(world: World, response: str, factor: str, species: str | None = "cattle") -> pd.DataFrame:
    """The approved values of the response with animal and group; empty ones too."""
    samples = world.samples[world.samples["status"] == "approved"]
    if species:
        samples = samples[samples["species"] == species]
    if response in MEASURES:
        table = world.measurements
        counts = table[table["sample_id"].isin(samples["id"])].groupby("preparation")[response].count()
        preparation = counts.idxmax() if counts.any() else "raw"
    else:
        table, preparation = world.evaluations, "raw" if response in RAW_SCORES else "heated"
    rows = table[table["preparation"] == preparation].merge(
        samples.add_prefix("s_"), left_on="sample_id", right_on="s_id"
    )
    groups = {
        "round": ["raw" if seq == 0 else str(seq) for seq in rows["seq"]],
        "processing": np.where(rows["seq"] > 0, "processed", "fresh"),
    }
    group = groups[factor] if factor in groups else rows[f"s_{factor}"]
    return pd.DataFrame(
        {"animal": rows["s_animal"], "sample": rows["sample_id"], "group": group, "value": rows[response].astype(float)}
    )


def observations(rows: pd.DataFrame) -> pd.DataFrame:
    """One a group and animal: the mean."""
    return rows.dropna().groupby(["group", "animal"], as_index=False)["value"].mean()


def large(observed: pd.DataFrame) -> dict[str, np.ndarray[Any, Any]]:
    return {str(key): own.to_numpy() for key, own in observed.groupby("group")["value"] if len(own) >= 5}


@pytest.mark.parametrize(("response", "factor"), COMPARED)
def test_means_are_those_of_the_animals(world: World, actor: Actor, response: str, factor: str) -> None:
    part = ask(actor, world, "means", response=response, factor=factor, species="cattle")
    rows = values(world, response, factor)
    known = rows.dropna()
    assert part.missing == len(rows) - len(known)
    assert (part.n.scores, part.n.animals, part.n.samples) == (
        len(known), known["animal"].nunique(), known["sample"].nunique(),
    )  # fmt: skip
    observed = observations(rows)
    assert set(part.table["group"]) == set(known["group"])
    for row in part.table.to_dict("records"):
        own, single = observed.loc[observed["group"] == row["group"], "value"], known[known["group"] == row["group"]]
        assert (row["n"], row["samples"], row["animals"]) == (len(single), single["sample"].nunique(), len(own))
        assert row["is_small"] == (len(own) < 5)
        expected = [own.mean(), own.std(), own.sem(), *own.quantile([0, 0.25, 0.5, 0.75, 1])]
        told = [row[name] for name in ("mean", "sd", "sem", "min", "q1", "median", "q3", "max")]
        np.testing.assert_allclose(told, expected, **CLOSE)
        if len(own) > 1 and own.sem() > 0:
            low, high = stats.t.interval(0.95, len(own) - 1, own.mean(), own.sem())
            np.testing.assert_allclose((row["low"], row["high"]), (low, high), **CLOSE)


@pytest.mark.parametrize(("response", "factor"), COMPARED)
def test_tests_are_those_of_scipy_and_statsmodels(world: World, actor: Actor, response: str, factor: str) -> None:
    part = ask(actor, world, "means", response=response, factor=factor, species="cattle")
    groups = large(observations(values(world, response, factor)))
    if len(groups) < 2:
        assert not part.tests
        assert set(part.table["letters"]) <= {""}
        return
    spread = stats.levene(*groups.values(), center="median")
    variances = "unequal" if spread.pvalue < 0.05 else "equal"
    overall = anova_oneway(list(groups.values()), use_var=variances, welch_correction=True)
    ranks = stats.kruskal(*[np.round(own, 10) for own in groups.values()])
    n = sum(map(len, groups.values()))
    first, second, third = part.tests
    assert [first.name, second.name, third.name] == [
        "welch" if variances == "unequal" else "anova", "kruskal", "brown_forsythe",
    ]  # fmt: skip
    assert first.n == second.n == third.n == n
    np.testing.assert_allclose((first.statistic, first.p, *first.freedom),
                               (overall.statistic, overall.pvalue, *overall.df), **CLOSE)  # fmt: skip
    np.testing.assert_allclose((second.statistic, second.p), (ranks.statistic, ranks.pvalue), **CLOSE)
    np.testing.assert_allclose(second.effect, ranks.statistic * (n + 1) / (n**2 - 1), **CLOSE)
    np.testing.assert_allclose((third.statistic, third.p), (spread.statistic, spread.pvalue), **CLOSE)
    frame = pd.DataFrame([(key, value) for key, own in groups.items() for value in own], columns=["group", "value"])
    squares = sm.stats.anova_lm(ols("value ~ C(group)", frame).fit())
    between, within = squares["sum_sq"]
    error, freedom = squares["mean_sq"].iloc[1], squares["df"].iloc[0]
    np.testing.assert_allclose(first.effect, between / (between + within), **CLOSE)
    omega = (between - freedom * error) / (between + within + error)
    np.testing.assert_allclose(first.more_effects["omega_squared"], omega, **CLOSE)


@pytest.mark.parametrize(("response", "factor"), [COMPARED[place] for place in (0, 1, 4, 5)])
def test_pairs_are_those_of_scipy(world: World, actor: Actor, response: str, factor: str) -> None:
    part = ask(actor, world, "pairs", response=response, factor=factor, species="cattle")
    groups = large(observations(values(world, response, factor)))
    told = {(row["group"], row["against"]): row for row in part.table.to_dict("records")}
    if len(groups) < 2:
        assert not told
        return
    assert {frozenset(pair) for pair in told} == {frozenset(pair) for pair in combinations(groups, 2)}
    is_equal = bool(stats.levene(*groups.values(), center="median").pvalue >= 0.05)
    expected = stats.tukey_hsd(*groups.values(), equal_var=is_equal)
    interval, place = expected.confidence_interval(), {key: n for n, key in enumerate(groups)}
    for (first, second), row in told.items():
        at = place[first], place[second]
        numbers = (expected.statistic[at], interval.low[at], interval.high[at])
        np.testing.assert_allclose((row["difference"], row["low"], row["high"]), numbers, rtol=1e-7, atol=1e-7)
        np.testing.assert_allclose(row["p_adjusted"], expected.pvalue[at], **CLOSE)
        np.testing.assert_allclose(row["hedges_g"], hedges(groups[first], groups[second]), **CLOSE)


def hedges(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> float:
    """As Hedges (1981) has it, with the gamma function written out."""
    m = len(a) + len(b) - 2
    pooled = math.sqrt(((len(a) - 1) * a.var(ddof=1) + (len(b) - 1) * b.var(ddof=1)) / m)
    unbias = math.exp(math.lgamma(m / 2) - math.lgamma((m - 1) / 2)) / math.sqrt(m / 2)
    return float(unbias * (a.mean() - b.mean()) / pooled)


def test_ten_thousand_scores(actor: Actor) -> None:
    world = make_world(4, 1000, animals=0.7)
    wanted: dict[str, Any] = {"response": "juiciness", "factor": "round"}
    rows = values(world, "juiciness", "round", None)
    assert len(world.evaluations) + len(world.measurements) > 10_000
    part = ask(actor, world, "means", **wanted, species="cattle")
    groups = large(observations(values(world, "juiciness", "round")))
    assert part.n.scores == len(values(world, "juiciness", "round").dropna()) > 3000
    assert len(rows) > part.n.scores
    np.testing.assert_allclose(
        part.table["mean"], [groups[key].mean() for key in part.table["group"]], **CLOSE
    )  # fmt: skip
    np.testing.assert_allclose(part.tests[1].statistic, stats.kruskal(*groups.values()).statistic, **CLOSE)
    assert part.table["group"].tolist() == ["raw", "1", "2", "3"]
    # The same animals are in the groups of several rounds, and a note says of how many.
    twice = observations(values(world, "juiciness", "round")).groupby("animal").size()
    assert {note.key: note.values.get("n") for note in part.notes}["compare.note_twice"] == (twice > 1).sum()


def test_scales_are_never_put_together(actor: Actor) -> None:
    world = make_world(5, 80, scales=("1-10", "1-5"), pigs=0)
    heated = world.of_samples(world.evaluations[world.evaluations["preparation"] == "heated"], status="approved")
    counts = heated["scale"].value_counts()
    for scale, expected in ((None, counts.idxmax()), ("1-5", "1-5"), ("1-10", "1-10")):
        part = ask(actor, world, "means", response="umami", factor="sex", **({"scale": scale} if scale else {}))
        own = heated[heated["scale"] == expected].dropna(subset=["umami", "s_sex"])
        assert part.n.scores == len(own)
        assert part.more["unit"] == expected
        left = {note.key: note.values.get("n") for note in part.notes}["statistics.note_scale"]
        assert left == counts.drop(expected).sum()


def test_one_species_unless_species_are_compared(actor: Actor) -> None:
    world = make_world(6, 120, pigs=0.4)
    part = ask(actor, world, "means", response="flavor", factor="secondary_cut")
    counts = world.samples.loc[world.samples["status"] == "approved", "species"].value_counts()
    assert part.n.scores == len(values(world, "flavor", "secondary_cut", counts.idxmax()).dropna())
    assert part.more["species"] == counts.idxmax()
    assert part.notes[0].key == "statistics.note_species"
    both = ask(actor, world, "means", response="flavor", factor="species")
    assert set(both.table["group"]) == {"cattle", "pig"}
    assert both.n.scores == len(values(world, "flavor", "species", None).dropna())


def test_a_measure_is_of_one_preparation_and_cathepsin_of_one_unit(actor: Actor) -> None:
    world = make_world(7, 60, pigs=0)
    measured = world.measurements.assign(cathepsin=np.arange(len(world.measurements), dtype=float))
    measured["cathepsin_unit"] = np.where(np.arange(len(measured)) % 3, "U/g", "nmol/min/mg")
    world = stored_again(world, measurements=measured)
    part = ask(actor, world, "means", response="cathepsin", factor="sex")
    own = world.measurements[world.measurements["cathepsin"].notna()]
    own = own[own["preparation"] == own["preparation"].value_counts().idxmax()]
    unit = own["cathepsin_unit"].value_counts().idxmax()
    own = world.of_samples(own[own["cathepsin_unit"] == unit], status="approved").dropna(subset=["s_sex"])
    assert (part.n.scores, part.more["unit"]) == (len(own), unit)
    assert [note.key for note in part.notes][:2] == ["laboratory.note_preparation", "laboratory.note_unit"]
    raw = ask(actor, world, "means", response="ph", factor="sex", preparation="raw")
    assert "laboratory.note_preparation" not in [note.key for note in raw.notes]


def stored_again(world: World, **tables: pd.DataFrame) -> World:
    """The world with other tables, under other ids and in a year of its own."""
    year, names = next(worlds._years), {old: ids.new() for old in world.samples["id"]}
    days = [day.replace(year=year, day=min(day.day, 28)) for day in world.samples["slaughtered_on"]]
    again = World(
        year, world.people, world.samples.assign(id=world.samples["id"].map(names), slaughtered_on=days),
        *(
            table.assign(sample_id=table["sample_id"].map(names))
            for name in ("rounds", "evaluations", "measurements")
            for table in (tables.get(name, getattr(world, name)),)
        ),
    )  # fmt: skip
    for table in (again.evaluations, again.measurements):
        table["id"] = [uuid4() for _ in range(len(table))]
    store(again)
    return again


def test_the_response_that_is_compared_unless_another_is_wanted(actor: Actor) -> None:
    full = make_world(8, 40, pigs=0)
    assert ask(actor, full, "means").more["response"] == "palatability"
    assert ask(actor, full, "means", preparation="raw").more["response"] == "overall"
    untasted = make_world(9, 40, pigs=0, raters=0)
    assert ask(actor, untasted, "means").more["response"] == "overall"
    assert ask(actor, untasted, "means", preparation="heated").more["response"] in MEASURES


def test_what_nobody_can_have_scored_is_empty(actor: Actor) -> None:
    world = make_world(10, 30)
    for response, preparation in (("palatability", "raw"), ("marbling", "heated")):
        part = ask(actor, world, "means", response=response, preparation=preparation)
        assert (len(part.table), part.n.scores, part.says.key) == (0, 0, "statistics.says_none")


def test_values_that_do_not_vary_are_not_tested(actor: Actor) -> None:
    world = make_world(11, 60, pigs=0)
    alike = {name: np.where(world.evaluations[name].notna(), 4.0, np.nan) for name in HEATED_SCORES + RAW_SCORES}
    world = stored_again(world, evaluations=world.evaluations.assign(**alike))
    for part in ("means", "pairs"):
        found = ask(actor, world, part, response="flavor", factor="sex")
        assert (found.tests, found.says.key) == ((), "compare.says_constant")


def test_no_more_than_twenty_groups(actor: Actor) -> None:
    """As many groups as there are rounds: those with most animals are kept, in the order of rounds."""
    world = make_world(12, 40, pigs=0, rounds=1, processed=1, statuses=("approved",))
    more = [
        world.rounds[world.rounds["seq"] == 1]
        .head(40 - seq)
        .assign(seq=seq, started_at=world.rounds["started_at"].max())
        for seq in range(2, 25)
    ]
    scored = world.evaluations[(world.evaluations["seq"] == 1) & (world.evaluations["preparation"] == "raw")]
    scores = [scored[scored["sample_id"].isin(step["sample_id"])].assign(seq=int(step["seq"].iloc[0])) for step in more]
    world = stored_again(
        world, rounds=pd.concat([world.rounds, *more], ignore_index=True),
        evaluations=pd.concat([world.evaluations, *scores], ignore_index=True),
    )  # fmt: skip
    part = ask(actor, world, "means", response="overall", factor="round")
    animals = observations(values(world, "overall", "round")).groupby("group").size()
    assert len(animals) == 25
    assert part.table["animals"].min() >= animals.sort_values().iloc[4]
    assert part.table["group"].tolist() == ["raw", *sorted((key for key in part.table["group"][1:]), key=int)]
    assert len(part.table) == 20
    assert {note.key: note.values.get("n") for note in part.notes}["compare.note_groups"] == 5
    behind = statistics.samples_behind(actor, world.wanted, part.narrows[-1]["ids"])
    assert behind.n.samples == part.table["samples"].iloc[-1]


def test_what_is_wrong_with_the_question(actor: Actor) -> None:
    for wanted, field in (({"response": "beauty"}, "response"), ({"factor": "farm"}, "factor")):
        with pytest.raises(BadInput) as refused:
            statistics.view(actor, "compare", wanted)
        finding = refused.value.findings[0]
        assert (finding.field.split(".")[0], finding.code) == (field, "unknown_choice")
