"""Confirmed warnings: what looked implausible when it was written, and was confirmed by whoever wrote it."""

import re
from typing import Any

import numpy as np
import pandas as pd

from core.statistics.answers import Name, Part, Says
from core.statistics.cohort import Array, Cohort, Rows, month_of, months
from core.statistics.filters import StatisticsFilter
from core.statistics.numbers import in_groups, ranked, share_interval

CODE = "quality.code"  # what the words of a code begin with
NUMBERED = re.compile(r"^[0-9]+\.")  # "2.values.ph" is of the second replicate


def over_months(cohort: Cohort, query: StatisticsFilter) -> Part:
    """How many warnings of each kind were confirmed in each month, in Seoul."""
    found = cohort.warnings()
    there, month = ranked(months(found["warned"]))
    codes, code = ranked(found["code"].astype(np.int64))
    cells, cell = ranked(np.where((month >= 0) & (code >= 0), month * max(len(codes), 1) + code, -1))
    names = cohort.keys("code")
    first = [(month_of(there[pair // len(codes)]), names[codes[pair % len(codes)]]) for pair in cells]
    table, ids = _counted(found, cell, [{"month": day, "code": name} for day, name in first], ["month", "code"])
    says = Says("quality.says_no_warnings", {"n": len(cohort)}) if len(cohort) else Says("statistics.says_none")
    n = found.count(cell >= 0)
    if n.samples:
        most = table.groupby("code", sort=False)["warnings"].sum()
        values = {"warnings": int(most.sum()), "samples": n.samples, "code": Name(CODE, str(most.idxmax()))}
        says = Says("quality.says_warnings", values | {"most": int(most.max())})
    return _part("warnings", cohort, table, int((cell < 0).sum()), says, ids)


def over_fields(cohort: Cohort, query: StatisticsFilter) -> Part:
    """Which fields were warned of and why, those with most warnings first; and the share of all samples with it."""
    found = cohort.warnings()
    fields, field = _fields(found)
    codes, code = ranked(found["code"].astype(np.int64))
    cells, cell = ranked(np.where((code >= 0) & (field >= 0), code * max(len(fields), 1) + field, -1))
    names = cohort.keys("code")
    keys = [{"code": names[codes[pair // len(fields)]], "field": fields[pair % len(fields)]} for pair in cells]
    table, ids = _counted(found, cell, keys, ["code", "field"])
    order = np.argsort(-table["warnings"].to_numpy(int), kind="stable")
    table = table.iloc[order].reset_index(drop=True)
    animals = cohort.n.animals
    share = table["samples"].to_numpy(float) / max(len(cohort), 1)
    low, high = share_interval(share * animals, np.full(len(table), animals))
    table = table.assign(share=share, share_low=low, share_high=high)
    says = Says("quality.says_no_warnings", {"n": len(cohort)}) if len(cohort) else Says("statistics.says_none")
    if len(table):
        most = table.iloc[0]
        values = {"field": Name("field", most["field"]), "code": Name(CODE, most["code"])}
        says = Says(
            "quality.says_warned_field", values | {"samples": int(most["samples"]), "share": 100 * most["share"]}
        )
    return _part("warned_fields", cohort, table, int((cell < 0).sum()), says, [ids[place] for place in order])


def _part(name: str, cohort: Cohort, table: pd.DataFrame, missing: int, says: Says, ids: list[Array]) -> Part:
    narrows: list[dict[str, Any]] = [{"ids": own} for own in ids]
    kinds = {"code": CODE, "field": "field"}
    return Part(name, table, cohort.n, missing, says, kinds=kinds, narrows=narrows)


def _fields(found: Rows) -> tuple[list[str], Array]:
    """The fields that were warned of, whichever replicate it was; and the place of each warning's among them."""
    plain = [NUMBERED.sub("", key).removeprefix("values.") for key in found.cohort.keys("field")]
    names = sorted(set(plain))
    places = np.array([*(names.index(name) for name in plain), -1], np.int64)  # its last one is for no field
    return names, places[found["field"]]


def _counted(
    found: Rows, cell: Array, keys: list[dict[str, Any]], columns: list[str]
) -> tuple[pd.DataFrame, list[Array]]:
    """For each cell its warnings, samples and animals; and the ids of the samples."""
    samples = found.cohort.facts.samples
    rows, ids = [], []
    sample = found["sample"]
    for number, chosen in in_groups(cell, len(keys)):
        own, animals = np.unique(sample[chosen]), found.count(chosen).animals
        rows.append({**keys[number], "warnings": len(chosen), "samples": len(own), "animals": animals})
        ids.append(samples["sample_id"][own])
    return pd.DataFrame(rows, columns=[*columns, "warnings", "samples", "animals"]), ids
