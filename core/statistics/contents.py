"""What there may be of a sample, and which samples have it."""

from typing import Any, Literal

import numpy as np

from core.statistics.facts import Facts
from core.statistics.reading import CARCASS

Array = np.ndarray[Any, Any]
Content = Literal[
    "photo", "grade", "bms", "sex", "breed", "born_on", "farm_address", "province", "has_raw_scores",
    "has_heated_scores", "has_laboratory", "rounds", "carcass_weight_kg", "backfat_mm", "ribeye_area_cm2",
]  # fmt: skip
# what -> the column of the facts that says whether it is there
FLAGS = {
    "photo": "has_photo", "born_on": "has_birth", "farm_address": "has_address", "has_heated_scores": "has_heated",
    "has_laboratory": "has_laboratory",
}  # fmt: skip


def has(facts: Facts, what: Content) -> Array:
    """For each sample whether it has something: zero is there, empty is not."""
    if what == "has_raw_scores":
        return _has_raw_scores(facts)
    values = facts.samples[FLAGS.get(what, what)]
    if what in CARCASS:
        return np.asarray(~np.isnan(values))
    return np.asarray(values > 0 if what in FLAGS or what in ("bms", "rounds") else values >= 0)


def may_have(facts: Facts, what: Content) -> Array | None:
    """For each sample whether it could have it, or None where each could: pigs have no marbling number."""
    if what != "bms":
        return None
    return np.asarray(facts.samples["species"] == facts.keys.code("species", "cattle"))


def lacks(facts: Facts, what: Content) -> Array:
    """For each sample whether it could have something and has not."""
    may = may_have(facts, what)
    return ~has(facts, what) if may is None else may & ~has(facts, what)


def narrow(mask: Array, facts: Facts, having: Content | None, lacking: Content | None) -> None:
    """Leaves in a mask of the samples those that have one thing and lack another."""
    if having is not None:
        mask &= has(facts, having)
    if lacking is not None:
        mask &= lacks(facts, lacking)


def _has_raw_scores(facts: Facts) -> Array:
    """Somebody has scored it raw, before processing or after."""
    scored, table = np.zeros(len(facts.samples), bool), facts.evaluations
    scored[table["sample"][table["preparation"] == facts.keys.code("preparation", "raw")]] = True
    return scored
