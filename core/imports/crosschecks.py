"""Columns that look wrong as a whole: shifted, swapped, or in another unit; found by what has to fit together."""

from collections.abc import Callable, Iterable
from datetime import date
from statistics import fmean
from typing import Any

from core import derived
from core.imports.headers import HEATED, family, field_of
from core.imports.tables import Said, Table
from core.measurements import measures
from core.samples.rules import BEEF_GRADES, BMS_7_IS_BEST_FROM, months_between

FEWEST = 5  # values of which anything can be said
MANY = 0.2  # share of rows whose grade and marbling do not fit: then it is not the carcasses
MOST = 0.5  # share of values beyond what is possible: then it is not the values
YIELD_TOLERANCE = 0.05
AGE_TOLERANCE = 1.5  # months


def check(tables: Iterable[Table], said: Said) -> None:
    for table in tables:
        _check_grades(table, said)
        _check_ranges(table, said)
        if "extra.yield_index" in table.index:
            _check_yield(table, said)
        if "extra.age_months" in table.index:
            _check_age(table, said)
        _check_means(table, said)


def _check_grades(table: Table, said: Said) -> None:
    """Grade against the marbling number by the rule of the day; either of the two columns may be shifted."""
    both = [v for v in table.values if v.get("samples.grade") in BEEF_GRADES and v.get("samples.bms")]
    wrong = sum(_is_far(v) for v in both)
    if len(both) >= FEWEST and wrong >= max(3, MANY * len(both)):
        column = table.index["samples.grade"]
        said.add(table.at_header(column, "samples.grade", "grades_shifted", "question", n=wrong, total=len(both)))


def _is_far(values: dict[str, Any]) -> bool:
    """Whether a grade is better than its marbling allows, or two and more worse."""
    bms, day = values["samples.bms"], values.get("samples.graded_on") or values.get("samples.slaughtered_on")
    best = {1: "3", 2: "2", 3: "2", 4: "1", 5: "1", 6: "1+", 7: "1++", 8: "1++", 9: "1++"}[bms]
    if bms == 7 and isinstance(day, date) and day < BMS_7_IS_BEST_FROM:
        best = "1+"
    distance = BEEF_GRADES.index(values["samples.grade"]) - BEEF_GRADES.index(best)
    return distance > 0 or distance < -1


def _check_ranges(table: Table, said: Said) -> None:
    """A column of which most values are impossible is another one, or in another unit."""
    impossible: dict[str, int] = {}
    for found in said.findings:
        if found.sheet == table.name and found.row and found.code in ("too_small", "too_large"):
            impossible[found.field] = impossible.get(found.field, 0) + 1
    for target, n in impossible.items():
        total = n + sum(target in values for values in table.values)
        if n >= 3 and n > MOST * total and target in table.index:
            field = field_of(target)
            said.add(
                table.at_header(
                    table.index[target],
                    target,
                    "column_impossible",
                    "question",
                    n=n,
                    total=total,
                    unit=field.unit or "-",
                )
            )


def _check_yield(table: Table, said: Said) -> None:
    """A printed yield index holds the three numbers that it is made of."""
    for row, values in zip(table.numbers, table.values, strict=True):
        printed = values.get("extra.yield_index")
        computed = _yield_of(values)
        if printed is not None and computed is not None and abs(printed - computed) > YIELD_TOLERANCE:
            said.add(table.finding(row, "extra.yield_index", "yield_differs", "warning", computed=round(computed, 2)))


def _yield_of(values: dict[str, Any]) -> float | None:
    named = {
        name: values.get(f"samples.{name}")
        for name in ("backfat_mm", "ribeye_area_cm2", "carcass_weight_kg", "sex", "breed")
    }
    day = values.get("samples.graded_on") or values.get("samples.slaughtered_on")
    found = derived.beef_yield(**named, graded_on=day)
    return found.index if found is not None else None


def _check_age(table: Table, said: Said) -> None:
    for row, values in zip(table.numbers, table.values, strict=True):
        age, born, died = (
            values.get("extra.age_months"),
            values.get("samples.born_on"),
            values.get("samples.slaughtered_on"),
        )
        if age is not None and born is not None and died is not None and born < died:
            months = months_between(born, died)
            if abs(months - age) > AGE_TOLERANCE:
                said.add(table.finding(row, "extra.age_months", "age_differs", "warning", computed=months))


def _check_means(table: Table, said: Said) -> None:
    """The mean of a measure lies where single values are usual, or the column is another one."""
    ranges = {target: span for target in table.index if (span := _usual(target, table))}
    means = {target: fmean(values) for target in ranges if len(values := _numbers(table, target)) >= FEWEST}
    for target, mean in means.items():
        low, high = ranges[target]
        if low <= mean <= high:
            continue
        other = _better(target, mean, means, ranges)
        own: dict[str, Any] = {"mean": round(mean, 2), "minimum": round(low, 2), "maximum": round(high, 2)}
        column = table.index[target]
        if other:
            said.add(table.at_header(column, target, "columns_swapped", "question", suggestion=other, **own))
        else:
            said.add(table.at_header(column, target, "mean_impossible", "question", **own))


def _usual(target: str, table: Table) -> tuple[float, float] | None:
    """The widest of what is usual for any species, with room on both sides: a mean outside it is no meat."""
    field = field_of(target)
    if field.group != "measure":
        return None
    known = measures()[field.of]
    heated = target.endswith(HEATED) or "place.preparation" in table.index or not known["beef_raw"]
    species = {values.get("samples.species") for values in table.values}
    raw = ("beef_raw",) if species == {"cattle"} else ("pork_raw",) if species == {"pig"} else ("beef_raw", "pork_raw")
    spans = [span for kind in (*raw, *(("cooked",) if heated else ())) if (span := known[kind])]
    if not spans:
        return None
    low, high = min(span[0] for span in spans), max(span[1] for span in spans)
    room = (high - low) / 4
    return low - room, high + room


def _better(target: str, mean: float, means: dict[str, float], ranges: dict[str, tuple[float, float]]) -> str | None:
    """Another column with which it may have been swapped: each would be usual in the place of the other."""
    fits: Callable[[str, float], bool] = lambda each, value: ranges[each][0] <= value <= ranges[each][1]  # noqa: E731
    own = [each for each in means if each != target and family(each) == family(target)]
    return next(
        (each for each in own if fits(each, mean) and fits(target, means[each]) and not fits(each, means[each])), None
    )


def _numbers(table: Table, target: str) -> list[float]:
    return [values[target] for values in table.values if target in values]
