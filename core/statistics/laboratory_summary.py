"""Laboratory: all measures beside what is usual, and the profile of the electronic tongue over the rounds."""

from typing import Any

import numpy as np
import pandas as pd

from core.measurements import usual_range
from core.statistics.answers import Name, Part, Says
from core.statistics.cohort import Array, Cohort, Rows
from core.statistics.laboratory_tallies import tally
from core.statistics.laboratory_values import (
    PREPARATIONS,
    TONGUE,
    Query,
    behind,
    counted,
    ids_of,
    nothing,
    of_most,
    of_one_unit,
    samples_of,
)
from core.statistics.numbers import FEWEST, ranked, summaries
from core.tables.samples import MEASURES

ORDERED = ("min", "q1", "median", "q3", "max")
OF_MEASURES = (
    "measure", "preparation", "unit", "n", "samples", "animals", "mean", "sd", "sem", "low", "high", *ORDERED,
    "usual_low", "usual_high", "outside", "share_outside", "is_small",
)  # fmt: skip
OF_ROUNDS = ("measure", "seq", "n", "samples", "animals", "mean", "sd", "sem", "low", "high", "min", "max", "is_small")


def summary(cohort: Cohort, query: Query) -> Part:
    """Each measure that has values, raw and heated apart, of one species: its figures, and what lies outside of the
    usual range; a row of the table stands for the samples outside.
    """
    rows = cohort.measurements()
    rows, species, notes = of_most(rows, counted(rows), "species")
    found, counts = list[tuple[dict[str, Any], Array]](), counted(rows)
    for place, preparation in enumerate(PREPARATIONS):
        own = rows.some(rows["preparation"] == cohort.code("preparation", preparation))
        found += _of_preparation(own, [key for key in counts if counts[key][place]], species or "", preparation)
    if not found:
        return nothing("summary", OF_MEASURES, rows, 0, notes)
    found.sort(key=lambda row: MEASURES.index(row[0]["measure"]))
    table = pd.DataFrame([row for row, _ in found])[list(OF_MEASURES)].astype({"outside": "Int64"})
    return Part(
        "summary", table, rows.count(), 0, _says_outside(table), notes=notes,
        kinds={"measure": "measure", "preparation": "preparation"}, narrows=behind(samples for _, samples in found),
        more={"species": species},
    )  # fmt: skip


def tongue(cohort: Cohort, query: Query) -> Part:
    """The mean of each taste by round, of one species and preparation; values are relative and may be negative."""
    measured = cohort.measurements()
    rows, preparation, notes = of_most(measured, TONGUE, "preparation")
    rows, species, more_notes = of_most(rows, TONGUE, "species")
    known = np.logical_or.reduce([~np.isnan(rows[key]) for key in TONGUE])
    missing, rows = int(np.count_nonzero(~known)), rows.some(known)
    if not len(rows):
        return nothing("tongue", OF_ROUNDS, rows, missing)
    seqs, groups = ranked(rows["seq"])
    tables, samples = list[pd.DataFrame](), list[Array]()
    means = summaries((rows[key] for key in TONGUE), groups, len(seqs), rows.animal, cohort.facts.animals)
    for key, found in zip(TONGUE, means, strict=True):
        own = np.where(np.isnan(rows[key]), -1, groups)
        of_round = samples_of(rows, own, len(seqs))
        of_key = found.assign(measure=key, seq=seqs, samples=[len(ids) for ids in of_round])
        of_key[["min", "max"]] = _ends(rows[key], own, len(seqs))
        tables.append(of_key[of_key["n"] > 0])
        samples += [of_round[place] for place in np.flatnonzero(of_key["n"])]
    table = pd.concat(tables, ignore_index=True)
    table["is_small"] = table["animals"] < FEWEST
    return Part(
        "tongue", table[list(OF_ROUNDS)], rows.count(), missing, _says_tongue(table),
        notes=(*notes, *more_notes, Says("laboratory.note_tongue")), kinds={"measure": "measure"},
        narrows=behind(samples), more={"species": species, "preparation": preparation},
    )  # fmt: skip


def _of_preparation(
    rows: Rows, keys: list[str], species: str, preparation: str
) -> list[tuple[dict[str, Any], Array]]:  # fmt: skip
    """A row of the table for each measure, and the samples that have a value outside of the usual range."""
    facts, sample, units, columns = rows.cohort.facts, rows["sample"], dict[str, str](), list[Array]()
    for key in keys:
        values = rows[key]
        units[key], own = of_one_unit(rows, key, ~np.isnan(values))
        values[~own] = np.nan
        columns.append(values)
    found, everyone = list[tuple[dict[str, Any], Array]](), np.zeros(len(rows), np.int64)
    for key, values, means in zip(
        keys, columns, summaries(columns, everyone, 1, rows.animal, facts.animals), strict=True
    ):
        known = ~np.isnan(values)
        usual = usual_range(key, species, preparation)
        low, high = usual or (np.nan, np.nan)
        out = (values < low) | (values > high)
        row: dict[str, Any] = {"measure": key, "preparation": preparation, "unit": units[key]}
        row |= {str(name): value for name, value in means.iloc[0].items()} | {
            "n": int(known.sum()),
            "animals": int(means["animals"].iloc[0]),
        }
        row |= dict(zip(ORDERED, tally(values[known]).quantiles(0, 0.25, 0.5, 0.75, 1), strict=True))
        row["samples"] = 1 + int(np.count_nonzero(np.diff(sample[known])))  # the facts are in the order of the samples
        row |= {"usual_low": low, "usual_high": high, "is_small": row["animals"] < FEWEST}
        row["outside"] = int(out.sum()) if usual else pd.NA
        row["share_outside"] = out.sum() / row["n"] if usual else np.nan
        found.append((row, ids_of(rows, sample[out])))
    return found


def _ends(values: Array, groups: Array, k: int) -> Array:
    """The lowest and the highest value of each group; NaN where it has none."""
    ends = np.full((k, 2), np.nan)
    for group in range(k):
        own = values[groups == group]
        if len(own):
            ends[group] = own.min(), own.max()
    return ends


def _says_outside(table: pd.DataFrame) -> Says:
    """Which measure lies outside of the usual range most often."""
    told = {"n": int(table["n"].sum()), "measures": int(table["measure"].nunique())}
    judged = table[table["share_outside"].notna() & (table["outside"] > 0)]
    if judged.empty:
        return Says("laboratory.says_inside", told)
    most = judged.iloc[int(judged["share_outside"].to_numpy(float).argmax())]
    worst = {"measure": Name("measure", most["measure"]), "preparation": Name("preparation", most["preparation"])}
    return Says("laboratory.says_outside", told | worst | {"share": 100 * most["share_outside"]})


def _says_tongue(table: pd.DataFrame) -> Says:
    """Which taste's mean changes most from the first round to the last, of those that are not small."""
    n, changes = int(table["n"].sum()), list[tuple[float, str, pd.Series, pd.Series]]()
    for measure, own in table[~table["is_small"]].groupby("measure", sort=False):
        first, last = own.iloc[0], own.iloc[-1]
        changes.append((abs(last["mean"] - first["mean"]), str(measure), first, last))
    changes = [change for change in changes if change[2]["seq"] != change[3]["seq"]]
    if not changes:
        return Says("laboratory.says_tongue", {"n": n})
    _, measure, first, last = max(changes, key=lambda change: change[0])
    told = {"measure": Name("measure", measure), "first": first["mean"], "last": last["mean"], "n": n}
    return Says("laboratory.says_tongue_changes", told | {"from": _round(first["seq"]), "to": _round(last["seq"])})


def _round(seq: int) -> Says:
    return Says("statistics.round_n", {"n": seq}) if seq else Says("statistics.round_raw")
