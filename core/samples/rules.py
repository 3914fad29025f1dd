"""Everything that can be wrong with a sample, and what only looks wrong."""

from collections.abc import Mapping
from datetime import date

from core import clock, trace_numbers
from core.catalogue import Catalogue, Entry
from core.errors import Finding
from core.samples.new import NewSample, RawScores
from core.tables.samples import RAW_SCORES
from core.trace_numbers import TraceNumber

EARLIEST = date(2000, 1, 1)
OLDEST_MONTHS = 360
# From this day on a beef marbling number of 7 is graded 1++ (KAPE grading rule).
BMS_7_IS_BEST_FROM = date(2019, 12, 1)
BEEF_GRADES = ("off", "3", "2", "1", "1+", "1++")  # worst first
# species -> field -> lowest and highest usual value
USUAL = {
    "cattle": {"carcass_weight_kg": (200, 700), "backfat_mm": (1, 50), "ribeye_area_cm2": (40, 160)},
    "pig": {"carcass_weight_kg": (50, 130), "backfat_mm": (5, 45), "ribeye_area_cm2": (20, 90)},
}


def check(new: NewSample, catalogue: Catalogue, today: date) -> list[Finding]:
    """Everything that is wrong with it, beyond the form of the single fields: nothing of this is ever stored."""
    trace = trace_numbers.parse(new.trace_number)
    return [
        *_check_trace(new, trace),
        *_check_choices(new, catalogue),
        *_check_dates(new, today),
        *_check_grade(new),
        *_check_scores(new.scores, catalogue),
    ]


def _check_trace(new: NewSample, trace: TraceNumber | None) -> list[Finding]:
    if trace is None:
        return [trace_numbers.problem(new.trace_number)]
    if trace.species not in (None, new.species):
        return [Finding("trace_number", "trace_species", {"species": trace.species})]
    return []


def _check_choices(new: NewSample, catalogue: Catalogue) -> list[Finding]:
    known = {
        "primal_cut": catalogue.find("primal_cuts", new.primal_cut, new.species),
        "secondary_cut": catalogue.find("secondary_cuts", new.secondary_cut, new.species, new.primal_cut),
        "breed": new.breed is None or catalogue.find("breeds", new.breed, new.species),
        "sex": new.sex is None or catalogue.find("sexes", new.sex),
        "grade": new.grade is None or catalogue.find("grades", new.grade, new.species),
    }
    findings = [Finding(field, f"{field}_unknown") for field, found in known.items() if not found]
    if new.bms is not None and new.species != "cattle":
        findings.append(Finding("bms", "bms_only_cattle"))
    return findings


def _check_dates(new: NewSample, today: date) -> list[Finding]:
    in_order = (("born_on", new.born_on), ("slaughtered_on", new.slaughtered_on), ("graded_on", new.graded_on))
    findings = [Finding(field, "in_the_future") for field, day in in_order if day is not None and day > today]
    findings += [
        Finding(field, "too_long_ago", {"limit": str(EARLIEST)})
        for field, day in in_order
        if day is not None and day < EARLIEST and field != "born_on"
    ]
    if new.born_on is not None and new.born_on >= new.slaughtered_on:
        findings.append(Finding("born_on", "born_after_slaughter"))
    elif new.born_on is not None and months_between(new.born_on, min(new.slaughtered_on, today)) > OLDEST_MONTHS:
        findings.append(Finding("born_on", "too_old", {"years": OLDEST_MONTHS // 12}))
    if new.graded_on is not None and new.graded_on < new.slaughtered_on:
        findings.append(Finding("graded_on", "graded_before_slaughter"))
    return findings


def _check_grade(new: NewSample) -> list[Finding]:
    """A carcass may be graded lower than its marbling allows, for its colour or texture, but never higher."""
    best = _best_grade(new)
    if best is None or BEEF_GRADES.index(new.grade or "") <= BEEF_GRADES.index(best):
        return []
    return [Finding("grade", "grade_above_bms", {"bms": new.bms, "grade": best})]


def _best_grade(new: NewSample) -> str | None:
    """The grade that the marbling number allows under the rule of the grading day; None where there is no question."""
    if new.species != "cattle" or new.bms is None or new.grade not in BEEF_GRADES:
        return None
    if new.bms == 7:
        return "1++" if (new.graded_on or new.slaughtered_on) >= BMS_7_IS_BEST_FROM else "1+"
    return {1: "3", 2: "2", 3: "2", 4: "1", 5: "1", 6: "1+", 8: "1++", 9: "1++"}[new.bms]


def _check_scores(scores: RawScores | None, catalogue: Catalogue) -> list[Finding]:
    if scores is None:
        return []
    scale = catalogue.find("scales", scores.scale)
    if scale is None:
        return [Finding("scores.scale", "unknown_choice")]
    return off_scale({f"scores.{name}": getattr(scores, name) for name in RAW_SCORES}, scale)


def off_scale(scores: dict[str, float], scale: Entry) -> list[Finding]:
    """One finding for each score that lies outside the scale or between its steps."""
    low, high, step = scale.minimum or 0.0, scale.maximum or 0.0, scale.step or 1.0
    return [
        Finding(field, "off_scale", {"minimum": low, "maximum": high, "step": step})
        for field, score in scores.items()
        if not low <= score <= high or abs((steps := (score - low) / step) - round(steps)) > 1e-6
    ]


def warn(new: NewSample) -> list[Finding]:
    """What looks implausible and may be right: whoever writes it confirms each."""
    return [*_warn_of_grade(new), *_warn_of_dates(new), *_warn_of_carcass(new)]


def months_between(first: date, last: date) -> int:
    """Whole months."""
    return (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)


def _warn_of_grade(new: NewSample) -> list[Finding]:
    best = _best_grade(new)
    if best is None or BEEF_GRADES.index(new.grade or "") >= BEEF_GRADES.index(best):
        return []
    return [Finding("grade", "grade_below_bms", {"bms": new.bms, "grade": best})]


def _warn_of_dates(new: NewSample) -> list[Finding]:
    findings = []
    if new.graded_on is not None and (new.graded_on - new.slaughtered_on).days > 14:
        findings.append(Finding("graded_on", "graded_late", {"days": (new.graded_on - new.slaughtered_on).days}))
    if new.captured_at is not None and new.captured_at.astimezone(clock.SEOUL).date() < new.slaughtered_on:
        findings.append(Finding("captured_at", "captured_before_slaughter"))
    if new.born_on is not None:
        low, high = _usual_age(new)
        months = months_between(new.born_on, new.slaughtered_on)
        if not low <= months <= high:
            findings.append(Finding("born_on", "unusual_age", {"months": months, "minimum": low, "maximum": high}))
    return findings


def _usual_age(new: NewSample) -> tuple[int, int]:
    """Lowest and highest usual age at slaughter in months."""
    if new.species == "pig":
        return 4, 36
    return (20, 40) if new.sex == "castrated" else (12, 240)


def _warn_of_carcass(new: NewSample) -> list[Finding]:
    return unusual({name: getattr(new, name) for name in USUAL[new.species]}, USUAL[new.species])


def unusual(values: Mapping[str, float | None], usual: Mapping[str, tuple[float, float]]) -> list[Finding]:
    """One warning for each value outside its usual range; absent values and ranges warn of nothing."""
    return [
        Finding(field, "unusual_value", {"minimum": usual[field][0], "maximum": usual[field][1]})
        for field, value in values.items()
        if value is not None and field in usual and not usual[field][0] <= value <= usual[field][1]
    ]
