"""What the parts of a model's report are called, and which of them the page and the file both tell."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from core.labels import VALUES
from core.tables.samples import HEATED_SCORES, RAW_SCORES
from dashboard.charts.reports import figure_text
from dashboard.language import t, when
from dashboard.widgets import known_catalogue, name_of

Report = Mapping[str, Any]
GRADE_FIGURES = ("accuracy", "within_one", "macro_f1", "kappa")
NUMBER_FIGURES = ("r2", "mae", "rmse", "spearman", "within_one")
SHARES = ("accuracy", "within_one", "coverage")
ORDER = (*RAW_SCORES, *HEATED_SCORES, *VALUES)
COUNTED = ("photos", "animals", "train", "calibration", "test")


def figure_name(name: str) -> str:
    return t(f"models.figure_{name}")


def targets(report: Report) -> Iterator[tuple[str, Report]]:
    """Every target with its part of the report."""
    if report.get("grade"):
        yield "grade", report["grade"]
    for kind in ("scores", "values"):
        yield from in_order(report.get(kind) or {}).items()


def in_order(parts: Report) -> dict[str, Report]:
    """As on the form: the database keeps no order within a document."""
    known = [name for name in ORDER if name in parts]
    return {name: parts[name] for name in [*known, *sorted(set(parts) - set(known))]}


def doubtful(report: Report) -> list[str]:
    """Targets on which it is no better than a baseline, so that the model does not answer."""
    return [name for name, part in targets(report) if part.get("answers") is False]


def group_name(kind: str, key: str) -> str:
    """A grade, a cut or a sex by the name people call it."""
    lists = {"grade": ("grades",), "sex": ("sexes",), "cut": ("secondary_cuts", "primal_cuts")}[kind]
    found = (name_of(name, key) for name in lists if any(e.key == key for e in getattr(known_catalogue(), name)))
    return next(found, t("statistics.unknown") if key in ("", "unknown", "nan", "None") else key)


def truth_text(target: str, value: Any) -> str:
    """A grade by its name, a number as it is."""
    return name_of("grades", str(value)) if target == "grade" else f"{float(value):g}"


def about(report: Report, signs: int = 64) -> list[tuple[str, str]]:
    """What it was made of and how, line by line; `signs` is how much of a hash there is room for."""
    data, time, strange = (report.get(name) or {} for name in ("data", "time", "strange"))
    rows: list[tuple[str, Any]] = [
        (t("models.name"), " ".join(filter(None, [report.get("name"), report.get("version")]))),
        (t("models.trained_on"), trained_on(report.get("trained_on"))),
        *((t(f"models.data_{name}"), f"{data[name]:,}" if isinstance(data[name], int) else data[name])
          for name in COUNTED if data.get(name) is not None),
        (t("models.snapshot"), _begun(data.get("snapshot"), signs)),
        (t("models.strange"), _strange(strange)),
        (t("models.seed"), report.get("seed")),
        (t("models.took"), _took(time)),
        (t("models.created"), _instant(report.get("created"))),
        ("SHA-256", _begun(report.get("sha256"), signs)),
        (t("models.note"), report.get("note")),
    ]  # fmt: skip
    return [(name, str(said)) for name, said in rows if said not in (None, "")]


def trained_on(key: str | None) -> str | None:
    """The three that are known by their name; anything else as it is written."""
    known = {
        "generated photos": t("models.on_generated"), "folder": t("models.on_folder"),
        "database": t("models.on_database"),
    }  # fmt: skip
    return known.get(key or "", key)


def seconds_text(seconds: float) -> str:
    """A length of time in the largest units that tell something."""
    minutes = round(seconds / 60)
    if seconds < 90:
        return t("models.seconds", n=round(seconds))
    return t("models.minutes", n=minutes) if minutes < 120 else t("models.hours", n=f"{minutes / 60:.1f}")


def _begun(digest: str | None, signs: int) -> str | None:
    return f"{digest[:signs]} ..." if digest and len(digest) > signs else digest


def _instant(written: str | None) -> str | None:
    """Of Seoul; what is no instant stays as it is written."""
    try:
        return when(datetime.fromisoformat(written)) if written else None
    except ValueError:
        return written


def _strange(strange: Report) -> str | None:
    return None if strange.get("auroc") is None else f"AUROC {_figure(strange['auroc'])}"


def _figure(given: Any) -> str:
    return figure_text(given) if isinstance(given, Mapping) else f"{given:.3f}"


def _took(time: Report) -> str | None:
    if time.get("seconds") is None:
        return None
    return " · ".join(filter(None, [seconds_text(time["seconds"]), time.get("device")]))
