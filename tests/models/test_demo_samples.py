"""Made-up samples: believable one by one, and with the published means and correlations together."""

import json
import re
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from models.demo_samples import DemoSample, demo_samples
from models.population import BMS_OF_GRADE, MARBLING, OVERALL

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


def test_a_longer_demonstration_begins_with_the_same_samples(samples):
    assert list(demo_samples(20, seed=11, today=TODAY)) == samples[:20]
    assert list(demo_samples(3, seed=12, today=TODAY)) != samples[:3]
