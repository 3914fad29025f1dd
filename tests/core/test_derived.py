"""Computed figures against values worked out by hand or read in sources."""

from datetime import date

import pytest

from core import derived

OLD, NEW = date(2019, 11, 30), date(2019, 12, 1)


def test_chroma_and_hue_are_polar_coordinates_of_colour() -> None:
    assert derived.chroma(3, 4) == 5
    assert derived.hue(10, 10) == pytest.approx(45)
    assert derived.hue(5.7, -1) == pytest.approx(350.05, abs=0.01)
    assert derived.hue(-1, 0) == pytest.approx(180)


@pytest.mark.parametrize(
    ("before", "after", "lost"), [(200, 150, 25), (200, 200, 0), (100, 110, -10), (None, 5, None), (5, None, None)]
)
def test_a_loss_is_in_percent_of_what_it_weighed(before: float | None, after: float | None, lost: float | None) -> None:
    assert derived.loss(before, after) == lost


def test_the_sum_needs_all_four() -> None:
    values = {"moisture": 70.5, "crude_protein": 20.0, "crude_fat": 8.5, "ash": 1.0}
    assert derived.proximate_sum(values) == 100
    assert derived.proximate_sum({name: values[name] for name in ("moisture", "ash")}) is None


CARCASS = {"backfat_mm": 16.5, "ribeye_area_cm2": 95, "carcass_weight_kg": 462}


@pytest.mark.parametrize(
    ("day", "sex", "breed", "index", "grade"),
    [
        # 68.184 - 10.3125 + 12.35 - 11.088 (+ 3.23)
        (OLD, "castrated", "hanwoo", 62.3635, "C"),
        (OLD, None, "dairy_cow", 59.1335, "C"),
        # (11.06398 - 20.649585 + 26.87835 + 262.32822) / 462 x 100
        (NEW, "castrated", "hanwoo", 60.5240, "B"),
        (NEW, "female", "hanwoo", 59.6122, "C"),
        # (0.20103 - 36.221625 + 27.81125 + 296.13738) / 462 x 100
        (NEW, "male", "hanwoo", 62.3221, "C"),
    ],
)
def test_yield_by_the_rule_of_the_grading_day(day: date, sex: str | None, breed: str, index: float, grade: str) -> None:
    found = derived.beef_yield(**CARCASS, sex=sex, breed=breed, graded_on=day)
    assert found is not None
    assert (found.index, found.grade) == (pytest.approx(index, abs=1e-3), grade)


def test_a_lean_carcass_is_graded_a_and_the_bound_belongs_to_it() -> None:
    lean = derived.beef_yield(
        backfat_mm=0, ribeye_area_cm2=100, carcass_weight_kg=400, sex="castrated", breed="hanwoo", graded_on=NEW
    )
    assert lean is not None
    assert lean.grade == "A"
    assert derived._graded(67.20, 67.20, 63.30).grade == "A"
    assert derived._graded(67.19, 67.20, 63.30).grade == "B"


@pytest.mark.parametrize(
    "missing",
    [
        {"backfat_mm": None}, {"ribeye_area_cm2": None}, {"carcass_weight_kg": None}, {"graded_on": None},
        {"sex": None}, {"breed": "dairy_cow"}, {"breed": None},
    ],
    ids=str,
)  # fmt: skip
def test_no_yield_without_all_it_needs(missing: dict[str, None]) -> None:
    known = {**CARCASS, "sex": "castrated", "breed": "hanwoo", "graded_on": NEW} | missing
    assert derived.beef_yield(**known) is None


def test_replicates_have_a_mean_and_a_spread() -> None:
    three = derived.of_replicates([4.0, 5.0, 6.0])
    assert three is not None
    assert (three.n, three.mean, three.sd, three.cv) == (3, 5, 1, 20)
    assert derived.of_replicates([4.0]) == derived.Replicates(1, 4.0, None, None)
    assert derived.of_replicates([-1.0, 1.0]) == derived.Replicates(2, 0, pytest.approx(2**0.5), None)
    assert derived.of_replicates([]) is None


def test_replicates_that_lie_far_apart_disagree() -> None:
    close, far = derived.of_replicates([4.0, 5.0, 6.0]), derived.of_replicates([3.0, 5.0, 7.0])
    assert not derived.disagree("wbsf_kgf", close)
    assert derived.disagree("wbsf_kgf", far)
    assert derived.disagree("l_star", close)
    assert not derived.disagree("ph", far)
    assert not derived.disagree("l_star", None)
