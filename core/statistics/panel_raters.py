"""What each evaluator is like beside the others: higher or lower than they are, alike or not, month after month."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from core.statistics.answers import Name, Part, Says
from core.statistics.cohort import Array, month_of, months
from core.statistics.filters import StatisticsFilter
from core.statistics.numbers import FEWEST, summary
from core.statistics.panel_behind import SamplesOf
from core.statistics.panel_scores import Cells, Panel
from core.statistics.reliability import correlations, pearson_interval
from core.statistics.tallies import coded, combined

FIRST_AND_LAST = 2  # months that are needed to say what has changed


def bias(panel: Panel, attribute: str, wanted: StatisticsFilter) -> Part:
    """How far each rater lies from the mean of the others on the same products, and how much of the scale they use."""
    cells = panel.cells(attribute)
    shared = cells.shared()
    found = summary(
        shared.value - shared.others, shared.rater, len(panel.raters), panel.animals(shared.row),
        panel.cohort.facts.animals,
    )  # fmt: skip
    table = pd.DataFrame({
        "rater": panel.raters, "products": found["n"], "animals": found["animals"], "bias": found["mean"],
        "low": found["low"], "high": found["high"], **spread(panel, attribute),
        "is_small": found["animals"] < FEWEST,
    })[found["n"] > 0].reset_index(drop=True)  # fmt: skip
    return part_of(panel, "bias", attribute, wanted, table, shared, _says_bias(panel, attribute, table))


def spread(panel: Panel, attribute: str) -> dict[str, Array]:
    """Of all scores of each rater: how many, mean, SD, lowest, highest, and the share of the scale between the two."""
    k, codes, levels = len(panel.raters), panel.scores.codes(attribute), np.append(np.nan, panel.scores.levels)
    (rater, code), count = combined((panel.rater, k), (codes + 1, len(levels)))
    rater, level, count = (each[code > 0] for each in (rater, levels[code], count))
    low, high, _ = panel.ends
    with np.errstate(invalid="ignore", divide="ignore"):
        n = np.bincount(rater, count, k)
        mean = np.bincount(rater, count * level, k) / n
        squares = np.bincount(rater, count * (level - mean[rater]) ** 2, k)
        sd = np.sqrt(np.where(n > 1, squares / (n - 1), np.nan))
    ends = np.full((2, k), np.nan)
    np.fmin.at(ends[0], rater, level)
    np.fmax.at(ends[1], rater, level)
    return {
        "scores": n.astype(np.int64), "mean": mean, "sd": sd, "min": ends[0], "max": ends[1],
        "scale_used": 100 * (ends[1] - ends[0]) / (high - low),
    }  # fmt: skip


def drift(panel: Panel, attribute: str, wanted: StatisticsFilter) -> Part:
    """The bias of each rater in each month of tasting, in Seoul."""
    cells = panel.cells(attribute).shared()
    month = months(panel.scores["evaluated"])[cells.row]
    first = int(month.min()) if len(month) else 0
    span = int(month.max(initial=first)) - first + 1
    found = summary(
        cells.value - cells.others, cells.rater.astype(np.int32) * span + month - first, len(panel.raters) * span,
        panel.animals(cells.row), panel.cohort.facts.animals,
    )  # fmt: skip
    there = np.flatnonzero(found["n"] > 0)
    rater, place = np.divmod(there, span)
    found = found.iloc[there].reset_index(drop=True)
    table = pd.DataFrame({
        "rater": np.array(panel.raters, object)[rater],
        "month": pd.Series([month_of(first + each) for each in place], dtype=object),
        "products": found["n"], "animals": found["animals"], "bias": found["mean"], "low": found["low"],
        "high": found["high"], "is_small": found["animals"] < FEWEST,
    })  # fmt: skip
    narrows = [
        SamplesOf(wanted, panel.preparation, attribute, (panel.raters[one],), first + int(each))
        for one, each in zip(rater, place, strict=True)
    ]
    says = _says_drift(panel, attribute, table)
    return part_of(panel, "drift", attribute, wanted, table, cells, says, narrows=narrows)


def agreement(panel: Panel, attribute: str, wanted: StatisticsFilter) -> Part:
    """How each rater's scores go up and down with the mean of the others' over products, for every attribute."""
    k, rows, missing = len(panel.raters), [], 0
    for name in panel.attributes:
        cells = panel.cells(name).shared()
        missing += cells.missing
        r, rho, n = _with_others(panel, cells)
        animals = panel.animals_of_raters(cells)
        low, high = pearson_interval(r, animals)
        rows += [
            (one, name, n[one], animals[one], r[one], low[one], high[one], rho[one]) for one in range(k) if n[one]
        ]  # fmt: skip
    columns = ["rater", "attribute", "products", "animals", "r", "low", "high", "rho"]
    table = pd.DataFrame(rows, columns=columns).sort_values("rater", kind="stable", ignore_index=True)
    table["rater"] = np.array(panel.raters, object)[table["rater"].astype(int)]
    table["is_small"] = table["animals"] < FEWEST
    says = _says_agreement(panel, table)
    return part_of(panel, "agreement", attribute, wanted, table, panel.cells(None).shared(), says, missing=missing)


def _with_others(panel: Panel, cells: Cells) -> tuple[Array, Array, Array]:
    """For each rater Pearson's r and Spearman's rho with the mean of the others, and of how many products."""
    k, step, (own, others) = len(panel.raters), panel.ends[2], cells.layout.parts
    x, x_levels = coded(cells.value, own / step)
    y, y_levels = coded(cells.others, others / step)
    (rater, x, y), count = combined((cells.rater, k), (x, len(x_levels)), (y, len(y_levels)))
    r, rho = correlations(rater, x_levels[x], y_levels[y], count, k)
    return r, rho, np.bincount(rater, count, k).astype(np.int64)


def part_of(
    panel: Panel, name: str, attribute: str, wanted: StatisticsFilter, table: pd.DataFrame, cells: Cells, says: Says,
    *, missing: int | None = None, narrows: Sequence[Mapping[str, Any] | None] | None = None,
    notes: tuple[Says, ...] | None = None,
) -> Part:  # fmt: skip
    """A part about raters, of the products that `cells` are; where there are none, that is said of all scores."""
    if narrows is None:
        of = table["attribute"] if "attribute" in table else [attribute] * len(table)
        narrows = [
            SamplesOf(wanted, panel.preparation, name, (rater,)) for rater, name in zip(table["rater"], of, strict=True)
        ]
    if notes is None:
        alone = len(panel.rater) - cells.missing - cells.layout.scores
        notes = (Says("panel.note_alone", {"n": alone}),) if alone else ()
    n = panel.count() if table.empty else replace(panel.count(cells.row[cells.first]), scores=cells.layout.scores)
    kinds = {name: name for name in ("rater", "attribute") if name in table}
    more = {"names": {"rater": panel.names, "partner": panel.names}, "attribute": attribute, "ends": panel.ends}
    return Part(
        name, table, n, cells.missing if missing is None else missing, says, kinds=kinds, narrows=narrows, more=more,
        notes=(*panel.notes(), Says("panel.note_products"), *notes),
    )  # fmt: skip


def says_few(table: pd.DataFrame) -> Says:
    """That there is nothing to say of so few, or of nothing."""
    return Says("panel.says_nothing_shared") if table.empty else Says("panel.says_few", {"n": FEWEST})


def extremes(table: pd.DataFrame, value: str) -> tuple[Mapping[Any, Any], Mapping[Any, Any]]:
    """The rows with the lowest and with the highest value."""
    rows = table.sort_values(value, kind="stable").to_dict("records")
    return rows[0], rows[-1]


def _says_bias(panel: Panel, attribute: str, table: pd.DataFrame) -> Says:
    large = table[~table["is_small"]]
    if len(large) < 2:
        return says_few(table)
    bottom, top = extremes(large, "bias")
    return Says("panel.says_bias", {
        "attribute": Name("score", attribute), "top": panel.names[top["rater"]], "high": top["bias"],
        "bottom": panel.names[bottom["rater"]], "low": bottom["bias"],
    })  # fmt: skip


def _says_drift(panel: Panel, attribute: str, table: pd.DataFrame) -> Says:
    """Whose bias differs most between two months."""
    large = table[~table["is_small"]]
    ends = large.groupby("rater", sort=False)["bias"].agg(["size", "min", "max"])
    ends = ends[ends["size"] >= FIRST_AND_LAST]
    if ends.empty:
        return says_few(table) if large.empty else Says("panel.says_one_month")
    widest = int((ends["max"] - ends["min"]).to_numpy().argmax())
    low, high = extremes(large[large["rater"] == ends.index[widest]], "bias")
    return Says("panel.says_drift" if low["month"] < high["month"] else "panel.says_drift_back", {
        "attribute": Name("score", attribute), "rater": panel.names[low["rater"]], "low": low["bias"],
        "high": high["bias"],
        "low_month": f"{low['month']:%Y-%m}", "high_month": f"{high['month']:%Y-%m}",
    })  # fmt: skip


def _says_agreement(panel: Panel, table: pd.DataFrame) -> Says:
    large = table[~table["is_small"]].dropna(subset=["r"])
    if large.empty:
        return says_few(table)
    bottom, top = extremes(large.groupby("rater", sort=False)["r"].mean().reset_index(), "r")
    return Says("panel.says_agreement", {
        "top": panel.names[top["rater"]], "high": top["r"], "bottom": panel.names[bottom["rater"]], "low": bottom["r"],
    })  # fmt: skip
