"""Laboratory figures equal what pandas, scipy and statsmodels compute from the same replicates."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args
from uuid import uuid4

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from core import ids, statistics
from core.config import DATA
from core.errors import BadInput
from core.policy import Actor
from core.statistics import Part
from core.statistics.laboratory_values import Measure, Query
from core.tables.samples import MEASURES
from tests.makers import make_user
from tests.worlds import MEASURES as DRAWN
from tests.worlds import World, _years, make_world, store

CLOSE = {"rtol": 1e-9, "atol": 1e-9}
PAPER = json.loads((DATA / "catalogue" / "measures.json").read_text(encoding="utf-8"))["measures"]
KIND = {("cattle", "raw"): "beef_raw", ("pig", "raw"): "pork_raw"}
SET = ["sample_id", "seq", "preparation"]
ORDERED = ["min", "q1", "median", "q3", "max"]


@pytest.fixture(scope="module", params=[(0, {"n": 0}), (1, {"n": 1}), (2, {"n": 240}), (3, {"n": 120, "missing": 0.5})])
def world(request: pytest.FixtureRequest) -> World:
    seed, options = request.param
    return make_world(seed + 70, **options)


def part_of(actor: Actor, world: World, part: str, **wanted: Any) -> Part:
    return statistics.view(actor, "laboratory", world.wanted | wanted, (part,)).parts[0]


def all_values(world: World) -> pd.DataFrame:
    """One row a replicate of an approved sample, with its sample's columns as s_..."""
    return world.of_samples(world.measurements, status="approved")


def measured(world: World, measure: str, apart: tuple[str, ...] = ()) -> pd.DataFrame:
    """The rows with a value: of the preparation, then of the species, that has most of them."""
    rows = all_values(world).dropna(subset=[measure])
    for column in ("preparation", "s_species"):
        if column not in apart and len(rows):
            counts = rows[column].value_counts()
            rows = rows[rows[column] == max(("raw", "heated", "cattle", "pig"), key=lambda key: counts.get(key, 0))]
    return rows


def usual(measure: str, species: str, preparation: str) -> tuple[float, float] | None:
    """As the catalogue's file says it."""
    entry = next(entry for entry in PAPER if entry["key"] == measure)
    return entry[KIND.get((species, preparation), "cooked")]


def keys_in(rows: list[Any]) -> list[str]:
    return [key.decode() for key in rows]


def write(rows: pd.DataFrame) -> World:
    """Stores samples with one value or more each.

    `rows` has the numbers of `sample` and `animal`, and what columns of core.tables.Measurement are needed; cut and
    species may be given.
    """
    year, people = next(_years), [make_user("researcher") for _ in range(2)]
    usually = {"animal": 0, "species": "cattle", "primal_cut": "loin", "secondary_cut": "ribeye_roll", "seq": 0,
               "preparation": "raw", "replicate": 1}  # fmt: skip
    rows = rows.assign(**{name: value for name, value in usually.items() if name not in rows})
    first = rows.drop_duplicates("sample")
    made = {sample: ids.new() for sample in first["sample"]}
    at = datetime(year, 6, 2, tzinfo=UTC)
    samples = pd.DataFrame(
        {"id": list(made.values()), "animal": [f"002{year:04}{animal:05}" for animal in first["animal"]],
         "status": "approved", **{name: first[name].to_numpy() for name in ("species", "primal_cut", "secondary_cut")},
         "breed": None, "sex": "castrated", "grade": "1", "bms": None, "province": "KR-42",
         "slaughtered_on": date(year, 6, 1), "received_at": at, "approved_at": at + timedelta(hours=1)},
    )  # fmt: skip
    measurements = rows.drop(columns=["animal", "species", "primal_cut", "secondary_cut", "sample"])
    measurements = measurements.assign(
        id=[uuid4() for _ in range(len(rows))],
        sample_id=rows["sample"].map(made),
        measured_at=datetime(2020, 1, 1, tzinfo=UTC),
    )
    rounds = measurements[["sample_id", "seq"]].drop_duplicates()
    world = World(year, people, samples, rounds, pd.DataFrame(), measurements)
    store(world)
    return world


@pytest.mark.parametrize("measure", ["ph", "et_sourness", "crude_fat"])
def test_a_histogram_holds_every_value(world: World, actor: Actor, measure: str) -> None:
    found = part_of(actor, world, "distribution", measure=measure)
    rows = measured(world, measure)
    values = rows[measure].to_numpy()
    assert found.n.scores == len(values) == found.table["n"].sum()
    if not len(values):
        assert found.table.empty
        return
    assert (found.n.samples, found.n.animals) == (rows["sample_id"].nunique(), rows["s_animal"].nunique())
    edges = np.append(found.table["bin_from"], found.table["bin_to"].iloc[-1])
    np.testing.assert_array_equal(edges[1:-1], found.table["bin_to"].iloc[:-1])
    assert 10 <= len(found.table) <= 60
    np.testing.assert_allclose(np.diff(edges), edges[1] - edges[0], rtol=1e-6)
    assert edges[0] < values.min()
    assert values.max() < edges[-1]
    place = pd.cut(rows[measure], edges, labels=False)
    counts = rows.groupby(place).agg(
        n=(measure, "size"), samples=("sample_id", "nunique"), animals=("s_animal", "nunique")
    )
    there = found.table[found.table["n"] > 0]
    pd.testing.assert_frame_equal(
        there[["n", "samples", "animals"]], counts, check_names=False, check_index_type=False, check_dtype=False
    )
    np.testing.assert_allclose(found.table["share"], found.table["n"] / len(values), **CLOSE)
    np.testing.assert_allclose(found.more["median"], np.median(values), **CLOSE)
    if len(values) > 500:
        ideal = np.diff(np.histogram_bin_edges(values, "fd"))[0]
        assert 1 / 2.6 < (edges[1] - edges[0]) / ideal < 2.6
    for row, narrowed in enumerate(found.narrows):
        assert set(keys_in(narrowed["ids"])) == set(rows.loc[place == row, "sample_id"])


@pytest.mark.parametrize(
    ("by", "column"),
    [("none", None), ("species", "s_species"), ("primal_cut", "s_primal_cut"), ("grade", "s_grade"), ("sex", "s_sex"),
     ("breed", "s_breed"), ("round", "seq"), ("preparation", "preparation")],
)  # fmt: skip
def test_boxes_of_groups(world: World, actor: Actor, by: str, column: str | None) -> None:
    found = part_of(actor, world, "box", measure="l_star", by=by)
    rows = measured(world, "l_star", apart=({"species": "s_species"}.get(by, by),))
    rows = rows.assign(group="all" if column is None else rows[column].astype(object).fillna("unknown"))
    assert set(found.table["group"]) == set(rows["group"])
    for row in found.table.to_dict("records"):
        own = rows[rows["group"] == row["group"]]
        values = own["l_star"]
        assert (row["n"], row["samples"]) == (len(own), own["sample_id"].nunique())
        assert row["animals"] == own["s_animal"].nunique()
        assert row["is_small"] == (row["animals"] < 5)
        expected = [values.mean(), values.std(), *values.quantile([0, 0.25, 0.5, 0.75, 1])]
        np.testing.assert_allclose([row[name] for name in ("mean", "sd", *ORDERED)], expected, **CLOSE)
        if row["animals"] > 1:
            # Several values of one animal are no new animals: errors clustered by animal.
            fitted = sm.OLS(values, np.ones(len(values))).fit(
                cov_type="cluster", cov_kwds={"groups": own["s_animal"].factorize()[0]}, use_t=True
            )
            interval = fitted.conf_int().to_numpy()[0]
            told = (row["sem"], row["low"], row["high"])
            np.testing.assert_allclose(told, (fitted.bse.iloc[0], *interval), rtol=1e-8)
        else:
            assert np.isnan(row["sem"])


def test_what_is_drawn_of_a_box_is_there(world: World, actor: Actor) -> None:
    found = part_of(actor, world, "box", measure="wbsf_kgf", by="sex")
    rows = measured(world, "wbsf_kgf")
    for row, drawn in zip(found.table.to_dict("records"), found.more.get("drawn", []), strict=True):
        own = rows[rows["s_sex"].fillna("unknown") == row["group"]]
        values = own["wbsf_kgf"].to_numpy()
        reach = 1.5 * (row["q3"] - row["q1"])
        near = values[(values >= row["q1"] - reach) & (values <= row["q3"] + reach)]
        assert drawn["whiskers"] == (near.min(), near.max())
        assert len(drawn["points"]) == min(200, len(near))
        assert np.isin(drawn["points"], near).all()
        far = own[(values < near.min()) | (values > near.max())]
        assert sorted(drawn["far"]) == sorted(far["wbsf_kgf"])
        assert sorted(drawn["far_ids"]) == sorted(far["sample_id"])


def test_the_violin_is_a_gaussian_kernel_of_silvermans_width() -> None:
    from core.statistics.laboratory_tallies import density, tally

    rng = np.random.default_rng(4)
    values = np.append(rng.normal(5.6, 0.1, 900), rng.normal(6.2, 0.2, 300))
    grid, found = density(tally(values))
    width = 0.9 * min(values.std(ddof=1), stats.iqr(values) / 1.34) * len(values) ** -0.2
    expected = stats.gaussian_kde(values, bw_method=width / values.std(ddof=1))(grid)
    np.testing.assert_allclose(found, expected / expected.max(), atol=2e-3)


@pytest.fixture(scope="module")
def with_outliers(servers: dict[str, str]) -> World:
    """Far values in cuts of many values, of few, and of almost equal ones; ties."""
    rng = np.random.default_rng(11)
    cuts = {
        "ribeye_roll": ("loin", 240),
        "striploin": ("striploin", 31),
        "heel": ("shank", 29),
        "flank": ("brisket", 60),
    }
    rows = [{"secondary_cut": cut, "primal_cut": primal, "ph": round(rng.normal(5.6, 0.1), 2)}
            for cut, (primal, n) in cuts.items() for _ in range(n)]  # fmt: skip
    table = pd.DataFrame(rows).assign(sample=range(len(rows)), animal=np.arange(len(rows)) // 2)
    table.loc[table["secondary_cut"] == "flank", "ph"] = [5.5] * 40 + [7.9] * 20
    table.loc[[0, 1, 2, 100, 245, 272], "ph"] = [7.4, 4.1, 6.9, np.nan, 6.6, 8.0]
    return write(table)


def test_outliers_by_the_robust_rule(with_outliers: World, actor: Actor) -> None:
    found = part_of(actor, with_outliers, "outliers", measure="ph")
    rows = measured(with_outliers, "ph")
    expected: dict[str, tuple[float, ...]] = {}
    for cut, own in rows.groupby("s_secondary_cut"):
        mad = stats.median_abs_deviation(own["ph"])
        if len(own) >= 30 and mad > 0:
            median = own["ph"].median()
            far = own[(own["ph"] - median).abs() > 4 * 1.4826 * mad]
            reach, distance = 4 * 1.4826 * mad, (far["ph"] - median) / (1.4826 * mad)
            for row, apart in zip(far.to_dict("records"), distance, strict=True):
                expected[row["sample_id"]] = (row["ph"], median, median - reach, median + reach, apart)
            assert cut in ("ribeye_roll", "striploin")
    told = {
        ids.parse(row["sample"]): tuple(
            row[name] for name in ("value", "median", "limit_low", "limit_high", "distance")
        )
        for row in found.table.to_dict("records")
    }
    assert len(expected) >= 4
    assert set(told) == set(expected)
    for sample, figures in expected.items():
        np.testing.assert_allclose(told[sample], figures, **CLOSE)
    assert (found.table["distance"].abs().diff().dropna() <= 0).all()
    low, high = usual("ph", "cattle", "raw") or (0, 0)
    assert found.says.values["found"] == len(expected)
    assert found.says.values["outside"] == int(((rows["ph"] < low) | (rows["ph"] > high)).sum()) > 20
    assert found.missing == 1
    notes = {note.key: note.values for note in found.notes}
    assert notes["laboratory.note_few_values"]["n"] == 29
    assert notes["laboratory.note_no_spread"]["n"] == 1  # of the same cut: half and more of its values are 5.5
    assert [keys_in(narrowed["ids"]) for narrowed in found.narrows] == [[ids.parse(s)] for s in found.table["sample"]]


def test_at_most_200_outliers_are_listed_and_all_are_counted(actor: Actor) -> None:
    values = np.concatenate([np.linspace(5.5, 5.7, 600), np.linspace(7, 8, 250)])
    world = write(pd.DataFrame({"sample": range(850), "animal": range(850), "ph": values}))
    found = part_of(actor, world, "outliers", measure="ph")
    assert (len(found.table), found.says.values["found"]) == (200, 250)
    assert found.table["value"].min() == pytest.approx(np.sort(values)[-200])


@pytest.mark.parametrize("wanted", [{}, {"preparation": "heated"}, {"round": "raw"}])
def test_replicates(world: World, actor: Actor, wanted: dict[str, str]) -> None:
    found = part_of(actor, world, "replicates", **wanted)
    rows = all_values(world)
    rows = rows[(rows["preparation"] == wanted.get("preparation", rows["preparation"]))]
    rows = rows[rows["seq"] == 0] if wanted.get("round") == "raw" else rows
    told = {(row["measure"], row["preparation"]): row for row in found.table.to_dict("records")}
    seen = 0
    for (measure, preparation), own in (
        rows.melt([*SET, "s_animal"], DRAWN).dropna().groupby(["variable", "preparation"])
    ):
        sets = own.groupby(SET)["value"].agg(["count", "mean", "var"]).query("count > 1")
        if sets.empty:
            assert (measure, preparation) not in told
            continue
        seen += 1
        row = told[measure, preparation]
        of_sets = own[own.set_index(SET).index.isin(sets.index)]
        assert (row["sets"], row["n"]) == (len(sets), sets["count"].sum())
        assert (row["samples"], row["animals"]) == (of_sets["sample_id"].nunique(), of_sets["s_animal"].nunique())
        freedom = sets["count"] - 1
        sd = np.sqrt(np.average(sets["var"], weights=freedom))
        low, high = stats.chi2.interval(0.95, freedom.sum())
        bounds = [sd * np.sqrt(freedom.sum() / high), sd * np.sqrt(freedom.sum() / low)]
        figures = [row[name] for name in ("sd", "sd_low", "sd_high", "repeatability")]
        np.testing.assert_allclose(figures, [sd, *bounds, 2.77 * sd], **CLOSE)
        if measure.startswith("et_"):
            assert np.isnan(row["cv"])
            continue
        cv = (100 * np.sqrt(sets["var"]) / sets["mean"].abs())[sets["mean"] != 0]
        weights = freedom[sets["mean"] != 0]
        np.testing.assert_allclose(row["cv"], np.sqrt(np.average(cv**2, weights=weights)), **CLOSE)
        limit = {"wbsf_kgf": 30, "l_star": 10, "a_star": 10, "b_star": 10}.get(measure)
        if limit is None:
            assert pd.isna(row["above"])
        else:
            assert (row["above"], row["share_above"]) == ((cv > limit).sum(), pytest.approx((cv > limit).mean()))
    assert seen == len(told)


def test_repeatability_is_the_certified_deviation_within_instruments(actor: Actor) -> None:
    """NIST Statistical Reference Datasets, analysis of variance, SiRstv (resistivity of silicon wafers, 5 instruments
    with 5 replicates): certified residual standard deviation 1.04076068334656E-01 with 20 degrees of freedom.
    """
    instruments = [
        [196.3052, 196.1240, 196.1890, 196.2569, 196.3403], [196.3042, 196.3825, 196.1669, 196.3257, 196.0422],
        [196.1303, 196.2005, 196.2889, 196.0343, 196.1811], [196.2795, 196.1748, 196.1494, 196.1485, 195.9885],
        [196.2119, 196.1051, 196.1850, 196.0052, 196.2090],
    ]  # fmt: skip
    rows = [{"sample": n, "animal": n, "replicate": r + 1, "mfi": value}
            for n, values in enumerate(instruments) for r, value in enumerate(values)]  # fmt: skip
    world = write(pd.DataFrame(rows))
    (row,) = part_of(actor, world, "replicates").table.to_dict("records")
    np.testing.assert_allclose(row["sd"], 1.04076068334656e-01, rtol=1e-12)
    np.testing.assert_allclose(row["repeatability"], 2.77 * 1.04076068334656e-01, rtol=1e-12)
    assert (row["measure"], row["sets"], row["n"], row["is_small"]) == ("mfi", 5, 25, False)


def test_robust_figures_of_published_examples() -> None:
    """R, ?mad: mad(c(1:9)) with constant 1 and mad(c(1:8, 100)) with constant 1 are 2, and 2.9652 with 1.4826.
    Microsoft, QUARTILE.INC: the first quartile of 1, 2, 4, 7, 8, 9, 10, 12 is 3.5.
    """
    from core.statistics.laboratory_tallies import CONSISTENT, tally

    for values in (np.arange(1.0, 10), np.append(np.arange(1.0, 9), 100)):
        assert tally(values).mad == 2
        np.testing.assert_allclose(CONSISTENT * tally(values).mad, 2.9652, **CLOSE)
    assert tally(np.array([1.0, 2, 4, 7, 8, 9, 10, 12])).quantiles(0.25) == [3.5]


def test_all_measures_beside_the_usual_range(world: World, actor: Actor) -> None:
    found = part_of(actor, world, "summary")
    rows = all_values(world).melt([*SET, "s_species", "s_animal"], DRAWN).dropna(subset=["value"])
    if rows.empty:
        assert found.table.empty
        return
    rows = rows[rows["s_species"] == rows["s_species"].value_counts().idxmax()]
    cells = dict(list(rows.groupby(["variable", "preparation"])))
    assert set(map(tuple, found.table[["measure", "preparation"]].to_numpy())) == set(cells)
    for place, row in enumerate(found.table.to_dict("records")):
        own = cells[row["measure"], row["preparation"]]
        values = own["value"]
        assert (row["n"], row["samples"], row["animals"]) == (
            len(own), own["sample_id"].nunique(), own["s_animal"].nunique()
        )  # fmt: skip
        expected = [values.mean(), values.std(), *values.quantile([0, 0.25, 0.5, 0.75, 1])]
        np.testing.assert_allclose([row[name] for name in ("mean", "sd", *ORDERED)], expected, **CLOSE)
        span = usual(row["measure"], own["s_species"].iloc[0], row["preparation"])
        if span is None:
            assert pd.isna(row["outside"])
            continue
        out = (values < span[0]) | (values > span[1])
        assert (row["usual_low"], row["usual_high"], row["outside"]) == (*span, out.sum())
        np.testing.assert_allclose(row["share_outside"], out.mean(), **CLOSE)
        assert set(keys_in(found.narrows[place]["ids"])) == set(own.loc[out, "sample_id"])


def test_the_tongue_by_round(world: World, actor: Actor) -> None:
    found = part_of(actor, world, "tongue", preparation="raw")
    rows = all_values(world).melt([*SET, "s_species", "s_animal"], ["et_sourness", "et_umami"]).dropna()
    rows = rows[rows["preparation"] == "raw"]
    if rows.empty:
        assert found.table.empty
        return
    rows = rows[rows["s_species"] == rows["s_species"].value_counts().idxmax()]
    expected = rows.groupby(["variable", "seq"]).agg(
        n=("value", "size"), samples=("sample_id", "nunique"), animals=("s_animal", "nunique"), mean=("value", "mean"),
        sd=("value", "std"), min=("value", "min"), max=("value", "max"),
    )  # fmt: skip
    told = found.table.set_index(["measure", "seq"]).sort_index()
    assert list(told.index) == list(expected.index)
    np.testing.assert_allclose(told[list(expected)].to_numpy(float), expected.to_numpy(float), **CLOSE)
    assert (told.loc["et_sourness", "mean"] < 0).all()
    assert (told["is_small"] == (told["animals"] < 5)).all()


SOURNESS = [-10.23, -10.23, -9.8, -9.8, -9.8, None, -9.31, -8.97, 0.0]  # with ties, an empty one, and zero


def test_old_mistakes_are_not_made_again(actor: Actor) -> None:
    """Negative sourness was cut off at 0, repeated values counted once, empty ones as 0, and zero as empty."""
    world = write(
        pd.DataFrame({"sample": range(9), "animal": range(9), "et_sourness": pd.Series(SOURNESS, dtype=float)})
    )
    there = [value for value in SOURNESS if value is not None]
    found = part_of(actor, world, "distribution", measure="et_sourness")
    assert (found.table["n"].sum(), found.missing, found.more["median"]) == (8, 1, -9.8)
    assert found.table["bin_from"].iloc[0] < -10.23
    assert found.table["bin_to"].iloc[-1] > 0
    for row in found.table.to_dict("records"):
        assert row["n"] == sum(row["bin_from"] < value < row["bin_to"] for value in there)
    (row,) = part_of(actor, world, "box", measure="et_sourness").table.to_dict("records")
    assert (row["n"], row["min"], row["max"]) == (8, -10.23, 0)
    np.testing.assert_allclose(row["mean"], np.mean(there), **CLOSE)
    (row,) = part_of(actor, world, "tongue").table.to_dict("records")
    assert (row["n"], row["min"], row["max"]) == (8, -10.23, 0)
    np.testing.assert_allclose(row["mean"], np.mean(there), **CLOSE)


def test_raw_and_heated_values_are_never_put_together(world: World, actor: Actor) -> None:
    found = part_of(actor, world, "distribution", measure="l_star")
    rows = all_values(world).dropna(subset=["l_star"])
    counts = rows["preparation"].value_counts()
    notes = {note.key: note.values for note in found.notes}
    if len(counts) < 2:
        assert "laboratory.note_preparation" not in notes
        return
    assert notes["laboratory.note_preparation"]["n"] == counts.min()
    for preparation in ("raw", "heated"):
        own = part_of(actor, world, "distribution", measure="l_star", preparation=preparation)
        of_species = rows[rows["preparation"] == preparation]["s_species"].value_counts()
        assert own.n.scores == of_species.max()


def test_cathepsin_is_shown_in_the_unit_of_most(actor: Actor) -> None:
    rows = pd.DataFrame(
        {"sample": [n // 2 for n in range(14)], "replicate": [1, 2] * 7, "cathepsin": [0.2] * 8 + [90.0] * 6}
    )
    world = write(rows.assign(animal=rows["sample"], cathepsin_unit=["nmol/min/mg"] * 8 + ["U/g"] * 6))
    found = part_of(actor, world, "box", measure="cathepsin")
    assert found.table[["n", "max"]].iloc[0].tolist() == [8, 0.2]
    assert (found.more["unit"], found.missing) == ("nmol/min/mg", 0)
    assert {note.key: note.values.get("n") for note in found.notes} == {"laboratory.note_unit": 6}
    for part in ("summary", "replicates"):
        (row,) = part_of(actor, world, part).table.to_dict("records")
        assert (row["unit"], row["n"]) == ("nmol/min/mg", 8)


def test_the_measure_with_most_values_is_taken(world: World, actor: Actor) -> None:
    counts = all_values(world)[list(DRAWN)].count()
    found = part_of(actor, world, "box")
    assert not len(found.table) or counts[found.more["measure"]] == counts.max()


def test_ten_thousand_replicates(actor: Actor) -> None:
    rng = np.random.default_rng(8)
    rows = pd.DataFrame({"sample": np.repeat(range(2500), 4), "replicate": [1, 2, 3, 4] * 2500})
    rows = rows.assign(animal=rows["sample"] // 3, seq=0, moisture=np.round(rng.normal(70, 3, 10_000), 2))
    rows["crude_fat"] = rng.gamma(4, 3, 10_000)  # without end of decimals: nothing is tied
    rows.loc[rng.random(10_000) < 0.1, ["moisture"]] = np.nan
    rows.loc[::2500, "crude_fat"] = 80.0
    world = write(rows)
    for measure in ("moisture", "crude_fat"):
        values = rows[measure].dropna()
        (row,) = part_of(actor, world, "box", measure=measure).table.to_dict("records")
        expected = [values.mean(), values.std(), *values.quantile([0, 0.25, 0.5, 0.75, 1])]
        np.testing.assert_allclose([row[name] for name in ("mean", "sd", *ORDERED)], expected, **CLOSE)
        bins = part_of(actor, world, "distribution", measure=measure).table
        assert (bins["n"].sum(), len(bins) <= 60) == (len(values), True)
        mad = stats.median_abs_deviation(values)
        far = ((values - values.median()).abs() > 4 * 1.4826 * mad).sum()
        assert part_of(actor, world, "outliers", measure=measure).says.values["found"] == far
    found = part_of(actor, world, "replicates").table.set_index("measure")
    for measure in ("moisture", "crude_fat"):
        sets = rows.groupby("sample")[measure].agg(["count", "var"]).query("count > 1")
        sd = np.sqrt(np.average(sets["var"], weights=sets["count"] - 1))
        np.testing.assert_allclose(found.loc[measure, "sd"], sd, **CLOSE)


def test_the_measures_that_can_be_asked_for_are_all() -> None:
    assert get_args(Measure) == MEASURES
    assert Query(measure="ph").measure == "ph"


def test_an_unknown_measure_is_refused(actor: Actor) -> None:
    with pytest.raises(BadInput) as refused:
        statistics.view(actor, "laboratory", {"measure": "acidity"})
    assert [(finding.field, finding.code) for finding in refused.value.findings] == [("measure", "unknown_choice")]
