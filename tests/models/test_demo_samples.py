"""Made-up samples: believable one by one, and with the published means and correlations together."""

import json
import re
from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from models.demo_samples import DemoSample, demo_samples
from models.demo_values import Tasting
from models.population import BMS_OF_GRADE, MARBLING, OVERALL, STEADY, TASTERS

TODAY = date(2026, 7, 1)
CATALOGUE = Path("data/catalogue")


@pytest.fixture(scope="module")
def samples() -> list[DemoSample]:
    return list(demo_samples(3000, seed=11, today=TODAY))


def _r(samples: list[DemoSample], one: str, other: str) -> float:
    rows = [{**sample.raw_scores, **sample.heated_scores, **sample.raw_lab, **sample.heated_lab} for sample in samples]
    pairs = [(row[one], row[other]) for row in rows if one in row and other in row]
    return float(np.corrcoef(np.array(pairs).T)[0, 1])


@pytest.mark.parametrize(("one", "other", "wanted"), [
    ("marbling", "overall", 0.91),
    ("marbling", "texture", 0.81),
    ("marbling", "surface_moisture", -0.58),
    ("color", "surface_moisture", 0.43),
])  # fmt: skip
def test_raw_scores_correlate_as_published(samples, one, other, wanted):
    assert _r(samples, one, other) == pytest.approx(wanted, abs=0.07)


@pytest.mark.parametrize(("one", "other", "wanted"), [
    ("crude_fat", "juiciness", 0.67),
    ("crude_fat", "tenderness", 0.32),
    ("wbsf_kgf", "palatability", -0.54),
    ("cooking_loss", "palatability", -0.36),
])  # fmt: skip
def test_cooked_values_of_beef_correlate_as_published(samples, one, other, wanted):
    beef = [sample for sample in samples if sample.species == "cattle"]
    assert _r(beef, one, other) == pytest.approx(wanted, abs=0.07)


def test_mean_scores_by_grade_are_the_published_ones(samples):
    for grade, (marbling, _) in MARBLING.items():
        scores = [s.raw_scores for s in samples if s.species == "cattle" and s.grade == grade]
        assert np.mean([row["marbling"] for row in scores]) == pytest.approx(marbling, abs=0.35)
        assert np.mean([row["overall"] for row in scores]) == pytest.approx(OVERALL[grade], abs=0.35)
        assert np.mean([row["color"] for row in scores]) == pytest.approx(7.0, abs=0.3)


def test_every_sample_is_possible(samples):
    cuts = {
        (cut["species"], cut["key"], second["key"])
        for cut in json.loads((CATALOGUE / "cuts.json").read_text(encoding="utf-8"))["cuts"]
        for second in cut["secondary"]
    }
    for sample in samples:
        beef = sample.species == "cattle"
        assert re.fullmatch(r"002\d{9}" if beef else r"1\d{11}", sample.trace_number)
        assert (sample.species, sample.primal_cut, sample.secondary_cut) in cuts
        assert (sample.bms in BMS_OF_GRADE[sample.grade]) if beef else sample.bms is None
        assert sample.slaughtered_on < sample.graded_on <= sample.captured_at.date() <= TODAY
        assert (sample.born_on is not None and sample.born_on < sample.slaughtered_on) if beef else not sample.born_on
        for score in (*sample.raw_scores.values(), *sample.heated_scores.values()):
            assert 1 <= score <= 10
            assert score * 2 == int(score * 2)


def test_measures_are_within_the_hard_ranges_of_the_catalogue(samples):
    rules = {rule["key"]: rule for rule in json.loads((CATALOGUE / "measures.json").read_text("utf-8"))["measures"]}
    for sample in samples:
        for name, value in {**sample.raw_lab, **sample.heated_lab, **sample.e_tongue}.items():
            assert rules[name]["hard_min"] <= value <= rules[name]["hard_max"]


def test_processing_makes_meat_tender_and_levels_off(samples):
    processed = [sample for sample in samples if len(sample.rounds) == 3]
    assert len(processed) > 100
    for sample in processed:
        assert all(one.started_at < next_.started_at for one, next_ in pairwise(sample.rounds))
        shear = [round_.heated_lab["wbsf_kgf"] for round_ in sample.rounds]
        assert shear == sorted(shear, reverse=True)
        if sample.heated_lab:
            assert 0.08 < 1 - shear[-1] / sample.heated_lab["wbsf_kgf"] < 0.57
        assert {round_.scene.seed for round_ in sample.rounds} == {sample.scene.seed}
    tenderness = np.array([[r.heated_scores["tenderness"] for r in sample.rounds] for sample in processed]).mean(0)
    assert tenderness[0] < tenderness[1] < tenderness[2]
    assert tenderness[1] - tenderness[0] > tenderness[2] - tenderness[1]


def test_shares_are_those_of_a_believable_collection(samples):
    share = {status: np.mean([s.status == status for s in samples]) for status in ("approved", "pending", "rejected")}
    assert share == pytest.approx({"approved": 0.85, "pending": 0.10, "rejected": 0.05}, abs=0.03)
    assert np.mean([s.species == "cattle" for s in samples]) == pytest.approx(0.8, abs=0.03)
    addresses = [s.farm_address or "" for s in samples]
    assert any(address.startswith("경기도 광주시") for address in addresses)
    assert any(address.startswith("전남광주통합특별시") for address in addresses)
    assert "" in addresses


def parts(samples: list[DemoSample]) -> list[tuple[DemoSample, date, dict[str, float], tuple[Tasting, ...]]]:
    """Each round that was tasted: of which sample, on which day, what the meat is like, what was said."""
    return [
        (sample, at.date(), heated, tastings)
        for sample in samples
        for at, heated, tastings in [
            (sample.captured_at, sample.heated_scores, sample.tastings),
            *((r.started_at + timedelta(minutes=r.minutes), r.heated_scores, r.tastings) for r in sample.rounds),
        ]
        if tastings
    ]


def test_samples_of_one_animal_differ_in_their_cut_only(samples):
    by_animal = defaultdict(list)
    for sample in samples:
        by_animal[sample.trace_number].append(sample)
    counts = Counter(len(own) for own in by_animal.values())
    assert set(counts) == {1, 2, 3}
    assert counts[2] + counts[3] > 0.1 * len(by_animal)
    for own in by_animal.values():
        for name in ("farm_address", "farmer_name", "species", "sex", "breed", "grade", "bms", "born_on",
                     "slaughtered_on", "graded_on", "carcass_weight_kg", "backfat_mm", "ribeye_area_cm2"):  # fmt: skip
            assert len({getattr(sample, name) for sample in own}) == 1, name
        assert len({sample.primal_cut for sample in own}) == len(own)


def test_most_cattle_have_the_figures_of_their_carcass_and_marbled_ones_more_backfat(samples):
    cattle = [sample for sample in samples if sample.species == "cattle"]
    known = [sample for sample in cattle if sample.carcass_weight_kg is not None]
    assert len(known) / len(cattle) == pytest.approx(0.6, abs=0.04)
    for sample in known:
        assert 250 <= sample.carcass_weight_kg <= 640
        assert 5 <= sample.backfat_mm <= 40
        assert 55 <= sample.ribeye_area_cm2 <= 130
    assert 0.2 < np.corrcoef([sample.bms for sample in known], [sample.backfat_mm for sample in known])[0, 1] < 0.6
    assert not any(s.carcass_weight_kg or s.backfat_mm or s.ribeye_area_cm2 for s in samples if s.species == "pig")


def test_each_taster_has_a_bias_and_a_waver_and_one_says_always_the_same(samples):
    apart, said = defaultdict(list), defaultdict(list)
    for sample, _, heated, tastings in parts(samples):
        for tasting in tastings:
            if sample.scale == "1-10" and not tasting.day:
                said[tasting.panelist] += tasting.scores.values()
                # Away from the ends, where a score cannot lie further off.
                apart[tasting.panelist] += [s - heated[n] for n, s in tasting.scores.items() if 4 <= heated[n] <= 7]
    assert set(said) == {*TASTERS, STEADY}
    for name, (bias, waver) in TASTERS.items():
        assert np.mean(apart[name]) == pytest.approx(bias, abs=0.1)
        assert np.std(apart[name]) == pytest.approx(waver, abs=0.12)
        assert len(set(said[name])) > 10
    assert set(said[STEADY]) == {6, 6.5}
    steady = [
        one.scores for *_, tastings in parts(samples) for one in tastings if one.panelist == STEADY and not one.day
    ]
    assert 0.85 < np.mean([len(set(scores.values())) == 1 for scores in steady]) < 1


def test_tables_repeats_and_days_are_tasted_by_those_who_are_there(samples):
    tables, repeated, by_day = 0, 0, defaultdict(list)
    for _, at, heated, tastings in parts(samples):
        places = [(one.panelist, one.replicate, one.day) for one in tastings]
        assert len(set(places)) == len(places)
        seated = {one.panelist for one in tastings}
        assert len(seated) in (1, 4)
        tables += len(seated) == 4
        repeated += any(one.replicate == 2 for one in tastings)
        for one in tastings:
            assert at + timedelta(days=one.day) <= TODAY
            by_day[one.day].append(one.scores.get("tenderness", np.nan) - heated["tenderness"])
            assert set(one.scores) <= set(heated)
            assert one.scores
            assert not one.day or set(one.scores) == {"tenderness"}
    assert tables > 300
    assert 0.4 * tables < repeated < 0.8 * tables
    assert set(by_day) == {0, 3, 7, 14}
    gains = [np.nanmean(by_day[day]) for day in sorted(by_day)]
    assert gains == sorted(gains)


def test_few_samples_are_scored_on_another_scale_in_all_of_their_rounds(samples):
    others = [sample for sample in samples if sample.scale != "1-10"]
    assert 0.01 < len(others) / len(samples) < 0.05
    for sample in others:
        scores = [sample.raw_scores, *(r.raw_scores for r in sample.rounds)]
        scores += [one.scores for _, _, _, tastings in parts([sample]) for one in tastings]
        assert all(score in range(1, 10) for each in scores for score in each.values())


def test_replicates_of_the_laboratory_scatter_around_the_value(samples):
    apart, counts = defaultdict(list), Counter()
    for sample in samples:
        for analyses, raw, heated in [
            (sample.analyses, sample.raw_lab, sample.heated_lab),
            *((r.analyses, r.raw_lab, r.heated_lab) for r in sample.rounds),
        ]:
            own = [one for one in analyses if one.preparation == "raw"]
            assert [one.replicate for one in own] == list(range(1, len(own) + 1))
            counts[len(own)] += bool(own)
            for one in analyses:
                truth = raw if one.preparation == "raw" else heated
                if len(own) > 1:
                    for name, value in one.values.items():
                        apart[name].append(value - truth[name])
                else:
                    assert one.values == truth
    assert set(counts) >= {1, 2, 3}
    assert np.std(apart["wbsf_kgf"]) == pytest.approx(0.35, abs=0.05)
    assert np.std(apart["ph"]) == pytest.approx(0.02, abs=0.005)
    assert all(abs(np.mean(each)) < 0.1 for each in apart.values())


def test_a_longer_demonstration_begins_with_the_same_samples(samples):
    assert list(demo_samples(20, seed=11, today=TODAY)) == samples[:20]
    assert list(demo_samples(3, seed=12, today=TODAY)) != samples[:3]
