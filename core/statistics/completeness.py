"""Which share of the samples has, or lacks, what there may be of a sample."""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

import numpy as np
import pandas as pd

from core.samples.lists import UNKNOWN
from core.statistics import contents
from core.statistics.cohort import Array, Cohort, count_distinct
from core.statistics.contents import Content
from core.statistics.numbers import FEWEST, share_interval
from core.statistics.reading import CARCASS

ALL_FIELDS: tuple[Content, ...] = get_args(Content)
FIELDS = tuple(field for field in ALL_FIELDS if field not in CARCASS)


def narrows(field: str, *, lacking: bool) -> Mapping[str, Any]:
    """The fields of the filter that leave the samples that have something, or lack it."""
    if field == "rounds":
        return {"processing": "fresh" if lacking else "processed"}
    if lacking and field in ("grade", "sex", "breed", "province"):
        return {field: UNKNOWN}
    return {"lacks" if lacking else "has": field}


def shares(cohort: Cohort, fields: Sequence[Content], *, lacking: bool = False) -> pd.DataFrame:
    """For each field how many samples have it, or lack it, of those that could have it; as sure as the animals make
    it (share_interval).
    """
    animal, size, rows = cohort["animal"], cohort.facts.animals, []
    whole = (len(cohort), count_distinct(animal, size))
    for field in fields:
        may = may_have(cohort, field)
        of_samples, of_animals = whole if may is None else (int(may.sum()), count_distinct(animal[may], size))
        own = animal[lacks(cohort, field) if lacking else has(cohort, field)]
        share = len(own) / of_samples if of_samples else np.nan
        rows.append((field, len(own), count_distinct(own, size), share, of_samples, of_animals))
    table = pd.DataFrame(rows, columns=["field", "samples", "animals", "share", "of_samples", "of_animals"])
    of = table["of_animals"].to_numpy(float)
    low, high = share_interval(table["share"].to_numpy(float) * of, of)
    table.insert(4, "share_low", low)
    table.insert(5, "share_high", high)
    table["is_small"] = table["of_animals"] < FEWEST
    return table


def has(cohort: Cohort, field: Content) -> Array:
    return contents.has(cohort.facts, field)[cohort.rows]


def lacks(cohort: Cohort, field: Content) -> Array:
    return contents.lacks(cohort.facts, field)[cohort.rows]


def may_have(cohort: Cohort, field: Content) -> Array | None:
    may = contents.may_have(cohort.facts, field)
    return None if may is None else may[cohort.rows]
