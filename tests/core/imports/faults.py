"""Puts faults into a workbook, each in a cell of its own, and remembers where."""

import random
from collections.abc import Callable
from typing import Any

from core.imports.reading import address
from tests.core.imports.people import Made

# target -> things that nobody can mean in its cells
FAULTS: dict[str, list[Callable[[Any], Any]]] = {
    "samples.trace_number": [lambda _: "00212", lambda _: "312345678901", lambda _: "모름"],
    "samples.species": [lambda _: "양", lambda _: "소소"],
    "samples.primal_cut": [lambda _: "없는부위", lambda _: "sirlon steak"],
    "samples.secondary_cut": [lambda _: "아무살", lambda _: "loinn"],
    "samples.sex": [lambda _: "중성", lambda _: "?"],
    "samples.grade": [lambda _: "A급", lambda _: "7", lambda _: "1+++"],
    "samples.bms": [lambda _: 12.0, lambda _: 0.0, lambda _: 4.5, lambda _: "많음"],
    "samples.slaughtered_on": [lambda _: "2025-13-40", lambda _: "어제", lambda _: 2.0, lambda _: "2099-01-01"],
    "samples.graded_on": [lambda _: "2025-02-30", lambda _: "1월", lambda _: "2001-01-01"],
    "samples.carcass_weight_kg": [lambda v: v * 10, lambda _: "450킬로", lambda _: -1.0],
    "samples.backfat_mm": [lambda _: 400.0, lambda _: "12..5"],
    "samples.ribeye_area_cm2": [lambda _: 3103.0, lambda _: "10 3"[:2] + "x"],
}
SCORE = [lambda _: 55.0, lambda _: -1.0, lambda _: 5.3, lambda _: "오점", lambda _: "5,5", lambda _: 0.0]
MEASURE = {
    "ph": [lambda _: 55.0, lambda _: 1.2, lambda _: "5.6.1"],
    "drip_loss": [lambda _: 140.0, lambda _: "<0.1"],
    "cooking_loss": [lambda _: -5.0, lambda _: "많음"],
    "wbsf_kgf": [lambda _: 45.0, lambda _: "측정불가"],
    "l_star": [lambda _: 330.0, lambda _: "3O.1"],
}  # fmt: skip
ANY_MEASURE = [lambda _: 1e6, lambda _: "오류", lambda _: "#VALUE!", lambda _: True]


def kinds(target: str) -> list[Callable[[Any], Any]]:
    if target.startswith("evaluations."):
        return list(SCORE)
    if target.startswith("measurements."):
        return [*MEASURE.get(target.partition(".")[2], []), *ANY_MEASURE]
    return FAULTS.get(target, [])


def inject(made: Made, n: int, seed: int = 7) -> dict[str, str]:
    """Spoils n cells in as many rows; returns address -> target. The workbook's bytes are written anew."""
    rng = random.Random(seed)
    rows = sorted(row for row in made.truth)
    targets = [target for target in made.columns if kinds(target)]
    spoilt: dict[str, str] = {}
    for n_th, row in enumerate(rng.sample(rows, n)):
        target = targets[n_th % len(targets)]
        if target not in made.truth[row]:
            target = next(each for each in made.truth[row] if kinds(each))
        place = (row - 1, made.columns[target])
        made.cells[place] = rng.choice(kinds(target))(made.truth[row][target])
        spoilt[address(*place)] = target
    made.data = made.written()
    return spoilt
