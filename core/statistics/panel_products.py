"""How well each evaluator tells products apart, and says the same of the same product twice."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from core.statistics.answers import ALL, Name, Part, Says, Test
from core.statistics.cohort import Array, count_distinct
from core.statistics.filters import StatisticsFilter
from core.statistics.numbers import ALPHA, FEWEST, distinct
from core.statistics.panel_behind import SamplesOf
from core.statistics.panel_raters import extremes, part_of
from core.statistics.panel_scores import Cells, Panel
from core.statistics.reliability import product_effect, sd_interval

REPEATED = ["rater", "attribute", "repeated", "scores", "animals", "sd", "low", "high"]
APART = ["rater", "products", "scores", "animals", "f", "freedom", "freedom_left", "p", "critical", "mse"]


def repeatability(panel: Panel, attribute: str, wanted: StatisticsFilter) -> Part:
    """The standard deviation of replicates of one product by one rater, pooled; of each rater and of all."""
    found: list[pd.DataFrame] = []
    missing = 0
    for name in panel.attributes if panel.has_replicates else ():
        cells = panel.cells(name)
        missing += cells.missing
        found.append(_of_replicates(panel, name, cells))
    table = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=REPEATED)
    table = table[table["repeated"] > 0].sort_values("rater", kind="stable", ignore_index=True)
    table["rater"] = np.array([*panel.raters, ALL], object)[table["rater"].astype(int)]
    table["is_small"] = table["animals"] < FEWEST
    says = _says_repeatability(panel, attribute, table[table["attribute"] == attribute])
    narrows = [
        SamplesOf(
            wanted, panel.preparation, row["attribute"], (row["rater"],) if row["rater"] != ALL else (), twice=True
        )
        for row in table.to_dict("records")
    ]
    cells = panel.cells(None)
    return part_of(panel, "repeatability", attribute, wanted, table, cells, says, missing=missing, narrows=narrows)


def _of_replicates(panel: Panel, name: str, cells: Cells) -> pd.DataFrame:
    """A row a rater, and a last one of all."""
    k, twice = len(panel.raters), cells.layout.again
    rater, animals = cells.rater[twice], panel.animals(cells.row[twice])
    repeated, scores, squares = (
        _with_total(np.bincount(rater, weights, k)) for weights in (None, cells.layout.times, cells.within)
    )
    freedom = scores - repeated
    with np.errstate(invalid="ignore", divide="ignore"):
        sd = np.sqrt(squares / freedom)
    low, high = sd_interval(sd, freedom)
    size = panel.cohort.facts.animals
    of = [*distinct(rater, k, animals, size), count_distinct(animals, size)]
    return pd.DataFrame({
        "rater": range(k + 1), "attribute": name, "repeated": repeated.astype(np.int64),
        "scores": scores.astype(np.int64), "animals": of, "sd": sd, "low": low, "high": high,
    })  # fmt: skip


def _with_total(of_raters: Array) -> Array:
    return np.append(of_raters, of_raters.sum())


def discrimination(panel: Panel, attribute: str, wanted: StatisticsFilter) -> Part:
    """Whether products differ beyond chance: for each rater who scored products twice, and for the whole panel."""
    cells = panel.cells(attribute)
    shared = cells.shared()
    rows = _each_rater(panel, cells) if cells.layout.count is not None else []
    whole = _whole_panel(panel, shared)
    table = pd.DataFrame([*rows, *([whole] if whole else [])], columns=APART)
    with np.errstate(invalid="ignore"):
        table["critical"] = stats.f.ppf(1 - ALPHA, table["freedom"].astype(float), table["freedom_left"].astype(float))
    table = table.astype({"f": float, "p": float, "mse": float, "freedom": float, "freedom_left": float})
    table["is_small"] = table["animals"] < FEWEST
    tests: tuple[Test, ...] = ()
    if whole and not np.isnan(whole["p"]):
        freedom = (whole["freedom"], whole["freedom_left"])
        tests = (Test("product_effect", whole["f"], freedom, whole["p"], n=whole["products"], of=attribute),)
    narrows = [
        SamplesOf(wanted, panel.preparation, attribute, (rater,) if rater != ALL else (), twice=rater != ALL)
        for rater in table["rater"]
    ]
    says = _says_discrimination(panel, attribute, table)
    used = cells if rows else shared
    return replace(part_of(panel, "discrimination", attribute, wanted, table, used, says, narrows=narrows), tests=tests)


def _each_rater(panel: Panel, cells: Cells) -> list[dict[str, Any]]:
    """One-way analysis of variance over products of each rater who scored some of them twice."""
    k, rater, layout = len(panel.raters), cells.rater, cells.layout
    count = np.ones(len(rater)) if layout.count is None else layout.count
    n, products, left = (
        np.bincount(rater, count, k),
        np.bincount(rater, minlength=k),
        np.bincount(rater[layout.again], cells.within, k),
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(rater, count * cells.value, k) / n
        between = np.bincount(rater, count * (cells.value - mean[rater]) ** 2, k)
        freedom, freedom_left = products - 1.0, n - products
        mse = left / freedom_left
        animals = panel.animals_of_raters(cells)
        f = np.where((freedom > 0) & (mse > 0) & (animals >= FEWEST), between / freedom / mse, np.nan)
    p = stats.f.sf(f, freedom, freedom_left)
    return [
        {"rater": panel.raters[one], "products": products[one], "scores": int(n[one]), "animals": animals[one],
         "f": f[one], "freedom": freedom[one], "freedom_left": freedom_left[one], "p": p[one], "mse": mse[one]}
        for one in range(k) if n[one] > products[one]
    ]  # fmt: skip


def _whole_panel(panel: Panel, shared: Cells) -> dict[str, Any] | None:
    """What the products make of the scores in the model product + rater, with replicates as one."""
    if not len(shared.rater):
        return None
    f, freedom, freedom_left, mse = product_effect(shared.rater, shared.value, shared.first, len(panel.raters))
    animals = count_distinct(panel.animals(shared.row[shared.first]), panel.cohort.facts.animals)
    f = f if animals >= FEWEST else np.nan
    p = float(stats.f.sf(f, freedom, freedom_left))
    return {
        "rater": ALL, "products": len(shared.first), "scores": len(shared.rater), "animals": animals, "f": f,
        "freedom": freedom, "freedom_left": freedom_left, "p": p, "mse": mse,
    }  # fmt: skip


def _says_repeatability(panel: Panel, attribute: str, own: pd.DataFrame) -> Says:
    if own.empty:
        return Says("panel.says_nothing_twice", {"attribute": Name("score", attribute)})
    whole = own[own["rater"] == ALL].iloc[0]
    values = {"attribute": Name("score", attribute), "sd": whole["sd"], "n": int(whole["repeated"])}
    raters = own[(own["rater"] != ALL) & ~own["is_small"]]
    if len(raters) < 2:
        return Says("panel.says_repeatability_of_all", values)
    top, bottom = extremes(raters, "sd")
    return Says("panel.says_repeatability", values | {
        "top": panel.names[top["rater"]], "low": top["sd"], "bottom": panel.names[bottom["rater"]],
        "high": bottom["sd"],
    })  # fmt: skip


def _says_discrimination(panel: Panel, attribute: str, table: pd.DataFrame) -> Says:
    """How many raters tell products apart; of the whole panel where nobody scored anything twice."""
    known = table.dropna(subset=["p"])
    raters = known[known["rater"] != ALL]
    values: dict[str, Any] = {"attribute": Name("score", attribute)}
    if len(raters):
        apart = int((raters["p"] < ALPHA).sum())
        return Says("panel.says_discrimination", values | {"apart": apart, "n": len(raters)})
    if known.empty:
        return Says("panel.says_nothing_shared") if table.empty else Says("panel.says_few", {"n": FEWEST})
    whole = known.iloc[0]
    key = "panel.says_panel_apart" if whole["p"] < ALPHA else "panel.says_panel_not_apart"
    return Says(key, values | {"f": whole["f"], "n": int(whole["products"])})
