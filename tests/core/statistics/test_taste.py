"""Taste equals what pandas, scipy and statsmodels make of the same scores."""

from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any
from uuid import uuid4

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.multitest import multipletests

from core import catalogue, statistics
from core.clock import SEOUL
from core.policy import Actor
from core.statistics import Part, numbers, tallies, taste_pairs, wording
from core.tables.samples import HEATED_SCORES, RAW_SCORES, SCORES
from tests import worlds
from tests.makers import make_user
from tests.worlds import World

CLOSE = {"rtol": 1e-9, "atol": 1e-9}
NUMBERS = ["mean", "sd", "sem", "low", "high", "min", "q1", "median", "q3", "max"]
CLASSES = {0: "0", 60: "1_60", 120: "61_120", 240: "121_240", 480: "241_480", 10**6: "over_480"}


def drawn(seed: int, n: int, **options: Any) -> World:
    """A world like those of tests.worlds, in which some minutes are not known and tasting lies from 9 days before
    slaughter to 300 days after it.
    """
    rng = np.random.default_rng(seed)
    year, people = next(worlds._years), [make_user("researcher") for _ in range(2)]
    missing, scales = options.get("missing", 0.1), options.get("scales", ("1-10",))
    samples = worlds._samples(rng, n, year, 0.6, 0.2, missing, ("approved", "approved", "approved", "pending"))
    steps = worlds._rounds(rng, samples, 4, 0.5)
    steps["minutes"] = steps["minutes"].mask((rng.random(len(steps)) < 0.15) & (steps["seq"] > 0))
    scores = worlds._evaluations(rng, samples, steps, 3, missing, scales)
    apart = [timedelta(days=int(days)) for days in rng.choice([-10, 0, 1, 2, 30, 40, 300], len(scores))]
    scores["evaluated_at"] = [at + more for at, more in zip(scores["evaluated_at"], apart, strict=True)]
    world = World(year, people, samples, steps, scores, worlds._measurements(rng, samples[:0], steps, missing))
    worlds.store(world)
    return world


@pytest.fixture(
    scope="module",
    params=[
        (0, 0, {}), (1, 1, {}), (2, 140, {"missing": 0.3, "scales": ("1-10", "1-10", "1-10", "0-9")}), (3, 12, {}),
        (4, 1250, {"missing": 0.02}),
    ],
    ids=["empty", "one", "two scales", "few", "10,000 rows"],
)  # fmt: skip
def world(request: pytest.FixtureRequest, servers: dict[str, str]) -> World:
    seed, n, options = request.param
    return drawn(seed, n, **options)


def shown(actor: Actor, world: World, part: str, **wanted: Any) -> Part:
    return statistics.view(actor, "taste", world.wanted | wanted, (part,)).parts[0]


def scores_of(world: World, preparation: str) -> tuple[pd.DataFrame, int]:
    """The scores of approved samples on the scale of most of them; and how many there are on others."""
    table = world.of_samples(world.evaluations, status="approved")
    table = table[table["preparation"] == preparation]
    scale = table["scale"].value_counts().index[0] if len(table) else None
    return table[table["scale"] == scale], int((table["scale"] != scale).sum())


def with_minutes(world: World, table: pd.DataFrame) -> pd.DataFrame:
    rows = {}
    for sample_id, steps in world.rounds.sort_values("seq").groupby("sample_id"):
        total: float = 0
        for step in steps.to_dict("records"):
            total += 0 if step["seq"] == 0 else np.nan if pd.isna(step["minutes"]) else float(step["minutes"])
            rows[sample_id, step["seq"]] = total
    minutes = [rows[key] for key in zip(table["sample_id"], table["seq"], strict=True)]
    return table.assign(total=minutes)


def with_days(table: pd.DataFrame) -> pd.DataFrame:
    tasted = [at.astimezone(SEOUL).date() for at in table["evaluated_at"]]
    days = [(at - slaughtered).days for at, slaughtered in zip(tasted, table["s_slaughtered_on"], strict=True)]
    return table.assign(days=days)


def by_animals(values: pd.Series, animals: pd.Series) -> tuple[float, float, float]:
    """The standard error and interval of a mean whose unit is the animal, from an ordinary regression on a constant
    with errors clustered by animal.
    """
    units = animals.nunique()
    if units < 2:
        return np.nan, np.nan, np.nan
    codes = pd.factorize(animals)[0]
    fitted = sm.OLS(values.to_numpy(), np.ones(len(values))).fit(cov_type="cluster", cov_kwds={"groups": codes})
    error = float(fitted.bse[0])
    low, high = values.mean() + error * stats.t.ppf([0.025, 0.975], units - 1)
    return error, low, high


def check_groups(part: Part, scores: pd.DataFrame, keys: dict[str, str], attributes: tuple[str, ...]) -> None:
    """Each row of the part's table against the scores themselves; `keys` are columns of the table and of the scores."""
    expected = {}
    for attribute in attributes:
        known = scores.dropna(subset=[attribute, *keys.values()])
        for group, own in known.groupby(list(keys.values())):
            expected[attribute, *group] = own
    rows = {(row["attribute"], *(row[key] for key in keys)): row for row in part.table.to_dict("records")}
    assert set(rows) == set(expected)
    for key, own in expected.items():
        row, values = rows[key], own[key[0]]
        counts = (len(own), own["sample_id"].nunique(), own["s_animal"].nunique())
        assert (row["scores"], row["samples"], row["animals"]) == counts
        assert row["is_small"] == (counts[2] < 5)
        told = [values.mean(), values.std(), *by_animals(values, own["s_animal"])]
        told += list(values.quantile([0, 0.25, 0.5, 0.75, 1]))
        np.testing.assert_allclose([row[name] for name in NUMBERS], told, **CLOSE, equal_nan=True)
    anything = pd.concat(expected.values()) if expected else scores[:0]
    there = sum(map(len, expected.values()))
    assert (part.n.animals, part.n.samples) == (anything["s_animal"].nunique(), anything["sample_id"].nunique())
    assert (part.n.scores, part.missing) == (there, len(attributes) * len(scores) - there)


def check_note(part: Part, key: str, n: int) -> None:
    assert [note.values["n"] for note in part.notes if note.key == key] == ([n] if n else [])


@pytest.mark.parametrize("preparation", ["raw", "heated"])
def test_profile_by_round(world: World, actor: Actor, preparation: str) -> None:
    part = shown(actor, world, "profile", preparation=preparation)
    scores, on_others = scores_of(world, preparation)
    check_groups(part, scores, {"round": "seq"}, SCORES[preparation])
    check_note(part, "statistics.note_scale", on_others)


@pytest.mark.parametrize("preparation", ["raw", "heated"])
def test_profile_by_minutes_leaves_out_what_is_not_known(world: World, actor: Actor, preparation: str) -> None:
    part = shown(actor, world, "minutes", preparation=preparation)
    scores = with_minutes(world, scores_of(world, preparation)[0])
    last = [next((name for most, name in CLASSES.items() if total <= most), None) for total in scores["total"]]
    check_groups(part, scores.assign(minutes=pd.Series(last, scores.index, dtype=object)), {"minutes": "minutes"},
                 SCORES[preparation])  # fmt: skip
    check_note(part, "taste.note_minutes", int(scores["total"].isna().sum()))


@pytest.mark.parametrize("attribute", ["tenderness", "umami"])
def test_storage_by_day_and_round(world: World, actor: Actor, attribute: str) -> None:
    part = shown(actor, world, "tenderness", attribute=attribute)
    check_groups(part, scores_of(world, "heated")[0], {"day": "day", "round": "seq"}, (attribute,))
    assert part.more["by"] == ("day" if part.table["day"].nunique() > 1 else "round")


@pytest.mark.parametrize("attribute", ["juiciness", "overall"])
def test_since_slaughter_by_days_then_weeks(world: World, actor: Actor, attribute: str) -> None:
    part = shown(actor, world, "since_slaughter", attribute=attribute)
    scores = with_days(scores_of(world, "raw" if attribute in RAW_SCORES else "heated")[0])
    first = [np.nan if days < 0 else days if days <= 30 else 31 + 7 * ((days - 31) // 7) for days in scores["days"]]
    last = [start + 6 if start > 30 else start for start in first]
    scores = scores.assign(start=pd.Series(first, scores.index, float), end=pd.Series(last, scores.index, float))
    check_groups(part, scores, {"day_from": "start", "day_to": "end"}, (attribute,))
    before = int((scores["days"] < 0).sum())
    assert [note.values["n"] for note in part.notes if note.key == "taste.note_since_slaughter"] == [before][
        : before > 0
    ]


def pairs_of(scores: pd.DataFrame, attribute: str, seq: int) -> pd.DataFrame:
    """The samples that have means of both: before, after and their animals."""
    means = scores.groupby(["sample_id", "seq"])[attribute].mean().unstack()
    means = means.reindex(columns=sorted({0, seq, *means.columns}))
    animals = scores.drop_duplicates("sample_id").set_index("sample_id")["s_animal"]
    both = pd.DataFrame({"before": means[0], "after": means[seq], "animal": animals}).dropna()
    return both.assign(change=both["after"] - both["before"])


@pytest.mark.parametrize("preparation", ["raw", "heated"])
def test_change_is_that_of_the_same_sample(world: World, actor: Actor, preparation: str) -> None:
    part = shown(actor, world, "change", preparation=preparation)
    scores, on_others = scores_of(world, preparation)
    check_note(part, "statistics.note_scale", on_others)
    rows = {(row["attribute"], row["round"]): row for row in part.table.to_dict("records")}
    expected = {
        (attribute, seq): both
        for attribute in SCORES[preparation]
        for seq in scores.loc[scores["seq"] > 0, "seq"].unique()
        if len(both := pairs_of(scores, attribute, seq))
    }
    assert set(rows) == set(expected)
    for key, both in expected.items():
        check_change(rows[key], both)
    after = scores[scores["seq"] > 0].drop_duplicates(["sample_id", "seq"])
    assert part.missing == len(SCORES[preparation]) * len(after) - sum(map(len, expected.values()))
    samples = {sample for both in expected.values() for sample in both.index}
    assert part.n.samples == len(samples)
    assert part.n.animals == scores.loc[scores["sample_id"].isin(samples), "s_animal"].nunique()
    for p, q in (("p", "q"), ("p_wilcoxon", "q_wilcoxon")):
        tested = part.table[part.table[p].notna()]
        assert tested[q].notna().all()
        if len(tested):
            np.testing.assert_allclose(tested[q], multipletests(tested[p], method="fdr_bh")[1], **CLOSE)


def check_change(row: dict[Any, Any], both: pd.DataFrame) -> None:
    assert (row["samples"], row["animals"]) == (len(both), both["animal"].nunique())
    told = [both["before"].mean(), both["after"].mean(), both["change"].mean(), both["change"].std()]
    told += by_animals(both["change"], both["animal"])
    found = [row[name] for name in ("before", "after", "change", "sd", "sem", "low", "high")]
    np.testing.assert_allclose(found, told, **CLOSE, equal_nan=True)
    of_animals = both.groupby("animal")["change"].mean().to_numpy()
    if len(of_animals) < 5:
        assert row["is_small"]
        assert np.isnan([row[name] for name in ("t", "df", "p", "q", "d_z", "v", "p_wilcoxon", "q_wilcoxon")]).all()
        return
    t = stats.ttest_1samp(of_animals, 0)
    d_z = of_animals.mean() / of_animals.std(ddof=1)
    found = [row[name] for name in ("t", "df", "p", "d_z")]
    np.testing.assert_allclose(found, [t.statistic, len(of_animals) - 1, t.pvalue, d_z], **CLOSE)
    rounded = of_animals.round(9)
    up = stats.wilcoxon(rounded, alternative="greater", method="approx", zero_method="wilcox")
    assert row["v"] == pytest.approx(up.statistic, **{"rel": 1e-9})
    if (rounded != 0).sum() > 50:
        two_sided = stats.wilcoxon(rounded, method="approx", correction=False, zero_method="wilcox")
        np.testing.assert_allclose(row["p_wilcoxon"], two_sided.pvalue, **CLOSE)


def test_only_the_wanted_rounds_are_compared_with_the_raw_sample(world: World, actor: Actor) -> None:
    everything = shown(actor, world, "change").table
    for wanted, rounds in (("2", {2}), ("processed", {1, 2, 3, 4}), ("raw", set())):
        table = shown(actor, world, "change", round=wanted).table
        expected = everything[everything["round"].isin(rounds)].reset_index(drop=True)
        columns = [name for name in table if name not in ("q", "q_wilcoxon")]  # fewer are corrected for
        pd.testing.assert_frame_equal(table[columns], expected[columns], check_dtype=False)


def test_raw_against_heated_of_the_same_sample_and_round(world: World, actor: Actor) -> None:
    part = shown(actor, world, "raw_heated")
    heated, _ = scores_of(world, "heated")
    raw = world.of_samples(world.evaluations, status="approved")
    raw = raw[(raw["preparation"] == "raw") & (raw["scale"].isin(heated["scale"].unique()))]
    both = set.intersection(*(set(zip(table["sample_id"], table["seq"], strict=True)) for table in (raw, heated)))
    cells, sides = ["sample_id", "seq"], []
    for preparation, table in (("raw", raw), ("heated", heated)):
        in_both = [cell in both for cell in zip(table["sample_id"], table["seq"], strict=True)]
        kept = table[np.array(in_both, bool)]
        own = part.table[part.table["preparation"] == preparation].drop(columns="preparation")
        counted = [kept[name].notna() for name in SCORES[preparation]]
        n = statistics.N(
            kept.loc[np.logical_or.reduce(counted), "s_animal"].nunique(),
            kept.loc[np.logical_or.reduce(counted), "sample_id"].nunique(), int(sum(map(sum, counted))),
        )  # fmt: skip
        empty = len(counted) * len(kept) - n.scores
        check_groups(Part("", own, n, empty, part.says), kept, {"round": "seq"}, SCORES[preparation])
        sides.append(kept.groupby([*cells, "s_animal"])["overall" if preparation == "raw" else "palatability"].mean())
    pairs = pd.concat(sides, axis=1).dropna().groupby("s_animal").mean()
    if len(pairs) < 5:
        assert not part.tests
        return
    pearson, spearman = part.tests
    found = stats.pearsonr(pairs["overall"], pairs["palatability"])
    told = (pearson.statistic, pearson.p, *pearson.more_effects.values())
    np.testing.assert_allclose(told, (*found, *found.confidence_interval()), **CLOSE)
    found = stats.spearmanr(pairs["overall"].round(9), pairs["palatability"].round(9))
    np.testing.assert_allclose((spearman.statistic, spearman.p), found, **CLOSE)
    z, error = np.arctanh(found.statistic), np.sqrt((1 + found.statistic**2 / 2) / (len(pairs) - 3))
    told = (spearman.more_effects["low"], spearman.more_effects["high"])
    np.testing.assert_allclose(told, np.tanh([z - 1.959963984540054 * error, z + 1.959963984540054 * error]), **CLOSE)
    assert (pearson.n, spearman.n) == (len(pairs), len(pairs))


def test_a_mark_leads_to_the_samples_it_is_made_of(world: World, actor: Actor) -> None:
    for part in statistics.view(actor, "taste", world.wanted).parts:
        for row, narrows in list(zip(part.table.to_dict("records"), part.narrows, strict=True))[::3]:
            behind = statistics.samples_behind(actor, world.wanted, narrows["ids"])  # type: ignore[index]
            assert (behind.n.samples, behind.n.animals) == (row["samples"], row["animals"])


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_part_says_something(world: World, actor: Actor, language: str) -> None:
    for part in statistics.view(actor, "taste", world.wanted).parts:
        for says in (part.says, *part.notes):
            assert wording.sentence(language, catalogue.get(), says).strip()
        assert (part.says.key == "statistics.says_none") == (part.n.samples == 0)


def test_the_unit_since_slaughter_is_the_day(actor: Actor) -> None:
    """The old system counted hours in one version and days in the next; 72 hours are three days in Seoul."""
    year, people = next(worlds._years), [actor, make_user("researcher")]
    sample = worlds._samples(np.random.default_rng(5), 1, year, 1, 0, 0, ("approved",))
    sample["slaughtered_on"] = date(year, 3, 1)
    midnight = datetime(year, 3, 1, tzinfo=SEOUL).astimezone(UTC)
    place = {"sample_id": sample["id"].iloc[0], "seq": 0}
    rows = [
        place | {"id": uuid4(), "preparation": "raw", "panelist": "P", "replicate": n, "day": 0, "scale": "1-10",
                 "evaluated_at": midnight + timedelta(hours=hours), "overall": float(n)}
        for n, hours in enumerate((-1, 0, 23.9, 24, 72.5, 24 * 30 + 23, 24 * 31, 24 * 37 + 23, 24 * 38), 1)
    ]  # fmt: skip
    steps = pd.DataFrame([place | {"method": None, "started_at": None, "minutes": None}])
    world = World(year, people, sample, steps, pd.DataFrame(rows), pd.DataFrame())
    worlds.store(world)
    part = shown(actor, world, "since_slaughter", attribute="overall")
    told = part.table[["day_from", "day_to", "scores", "mean"]].to_numpy().tolist()
    of_days = [[0, 0, 2, 2.5], [1, 1, 1, 4], [3, 3, 1, 5], [30, 30, 1, 6]]
    assert told == [*of_days, [31, 37, 2, 7.5], [38, 44, 1, 9]]
    assert part.missing == 1  # an hour before the day of slaughter


def test_scales_are_never_put_together(actor: Actor) -> None:
    world = drawn(7, 60, scales=("1-10", "1-10", "0-9"))
    table = world.of_samples(world.evaluations, status="approved")
    for preparation, attribute in (("raw", "color"), ("heated", "umami")):
        for scale in ("1-10", "0-9"):
            part = shown(actor, world, "profile", preparation=preparation, scale=scale)
            own = table[(table["preparation"] == preparation) & (table["seq"] == 0) & (table["scale"] == scale)]
            row = part.table[(part.table["attribute"] == attribute) & (part.table["round"] == 0)]
            assert row["mean"].item() == pytest.approx(own[attribute].mean(), rel=1e-9)
            others = table[(table["preparation"] == preparation) & (table["scale"] != scale)]
            check_note(part, "statistics.note_scale", len(others))
    assert {part.more["scale"] for part in statistics.view(actor, "taste", world.wanted).parts} == {"1-10"}


def test_heated_scores_come_first_and_raw_ones_where_there_are_no_others(actor: Actor) -> None:
    world = drawn(8, 40)
    assert shown(actor, world, "profile").more["preparation"] == "heated"
    assert set(shown(actor, world, "profile", status="pending").table["attribute"]) <= set(RAW_SCORES)
    assert set(shown(actor, world, "profile").table["attribute"]) <= set(HEATED_SCORES)


def test_student_s_sleep_data() -> None:
    """Student (1908), The probable error of a mean, Biometrika 6: additional hours of sleep, ten patients."""
    test = taste_pairs.paired_t(np.array([1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]))
    assert test is not None
    assert (round(test.statistic, 4), test.freedom, round(test.p, 6), test.n) == (4.0621, (9.0,), 0.002833, 10)
    assert test.effect == pytest.approx(4.0621 / np.sqrt(10), abs=1e-4)


def test_hollander_and_wolfe_s_depression_data() -> None:
    """Hollander and Wolfe (1973), Nonparametric statistical methods, page 29; as in the help of R's wilcox.test."""
    x = np.array([1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30])
    y = np.array([0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29])
    test = taste_pairs.signed_rank(x - y)
    assert test is not None
    assert (test.statistic, round(test.p, 5), round(test.p / 2, 5), test.n) == (40, 0.03906, 0.01953, 9)


@pytest.mark.parametrize("seed", range(4))
def test_few_signed_ranks_are_counted_out_with_their_ties(seed: int) -> None:
    differences = np.random.default_rng(seed).integers(-4, 7, 11) / 10
    test = taste_pairs.signed_rank(differences)
    assert test is not None
    known = differences[differences != 0]
    ranks = stats.rankdata(np.abs(known).round(9))
    sums = np.array([ranks[np.array(signs)].sum() for signs in product([False, True], repeat=len(known))])
    v = ranks[known > 0].sum()
    p = min(1, 2 * min((sums <= v + 1e-9).mean(), (sums >= v - 1e-9).mean()))
    np.testing.assert_allclose((test.statistic, test.p), (v, p), **CLOSE)


def test_many_signed_ranks_are_counted_out_as_scipy_does() -> None:
    differences = np.random.default_rng(9).normal(0.2, 1, 50)
    test, expected = taste_pairs.signed_rank(differences), stats.wilcoxon(differences, method="exact")
    assert test is not None
    np.testing.assert_allclose(test.p, expected.pvalue, **CLOSE)


@pytest.mark.parametrize("part", ["profile", "minutes", "change", "raw_heated", "tenderness", "since_slaughter"])
def test_it_is_said_where_species_are_put_together(world: World, actor: Actor, part: str) -> None:
    key, species = "statistics.note_both_species", scores_of(world, "heated")[0]["s_species"].nunique()
    said = key in [note.key for note in shown(actor, world, part).notes]
    if part == "profile" or len(world.samples) > 100:
        assert said == (species > 1)
    assert key not in [note.key for note in shown(actor, world, part, species="cattle").notes]


def test_nothing_is_tested_with_too_few_or_without_any_difference() -> None:
    assert taste_pairs.paired_t(np.array([1.0, 2.0, 3.0, 4.0])) is None
    assert taste_pairs.signed_rank(np.array([1.0, 2.0, 3.0, 4.0])) is None
    assert taste_pairs.paired_t(np.full(9, 0.3)) is None  # each changed alike: nothing to compare with
    assert taste_pairs.signed_rank(np.zeros(9)) is None
    assert taste_pairs.correlations(np.arange(9.0), np.ones(9)) == ()


@pytest.mark.parametrize("values", [[1.0, 1.05, 7.25, 1.05], [0.1, 0.3, 0.7, 9.9], [-3.5, 2000.0, 0.0, 0.0], []])
def test_counted_quartiles_are_those_of_all_values(values: list[float]) -> None:
    groups = np.arange(len(values)) % 2 * 2  # none is in group 1
    codes, levels = tallies.coded(np.array(values))
    found = tallies.described(numbers.crosstab(groups, 3, codes, len(levels)), levels)
    for group, row in zip(range(3), np.transpose([found[name] for name in tallies.QUARTILES]), strict=True):
        own = np.array(values)[groups == group]
        expected = np.quantile(own, [0, 0.25, 0.5, 0.75, 1]) if len(own) else np.full(5, np.nan)
        np.testing.assert_allclose(row, expected, **CLOSE, equal_nan=True)


def test_summaries_of_several_columns_are_those_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(10)
    columns = [np.where(rng.random(600) < 0.2, np.nan, rng.integers(1, 20, 600) / 2) for _ in range(3)]
    groups, animals = rng.integers(-1, 5, 600), rng.integers(0, 90, 600)
    together = list(numbers.summaries(columns, groups, 6, animals, 100))
    monkeypatch.setattr(numbers, "MOST_NEAR", 0)  # as where groups by animals do not fit into memory
    for values, found in zip(columns, together, strict=True):
        pd.testing.assert_frame_equal(found, numbers.summary(values, groups, 6, animals, 100), rtol=1e-12)
        for group in range(5):
            chosen = (groups == group) & ~np.isnan(values)
            told = by_animals(pd.Series(values[chosen]), pd.Series(animals[chosen]))
            np.testing.assert_allclose(found.loc[group, ["sem", "low", "high"]].astype(float), told, **CLOSE)
