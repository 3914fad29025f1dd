"""The report of a model version as a file: JSON as it is kept, or one page of HTML that needs nothing beside itself."""

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from dashboard.charts.reports import figure_text
from dashboard.language import speaking, t
from dashboard.prediction_parts import GENERATED, target_name
from dashboard.report_words import (
    GRADE_FIGURES,
    NUMBER_FIGURES,
    SHARES,
    about,
    doubtful,
    figure_name,
    group_name,
    in_order,
    truth_text,
)
from dashboard.widgets import name_of

Report = Mapping[str, Any]
STYLE = """
body { font: 15px/1.55 'Apple SD Gothic Neo', 'Noto Sans KR', 'Malgun Gothic', sans-serif; color: #241c1a;
  max-width: 80rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2 { line-height: 1.25; } h2 { margin-top: 2.2rem; }
table { border-collapse: collapse; margin: 0.6rem 0; } .wide { overflow-x: auto; }
th, td { border-bottom: 1px solid #e5dcd4; padding: 0.3rem 0.7rem; text-align: right; white-space: nowrap; }
th:first-child, td:first-child, .facts td { text-align: left; } thead th { border-bottom: 2px solid #9d2235; }
.warning { background: #fdf3dc; border-left: 4px solid #d98e2b; padding: 0.6rem 1rem; }
.photos { display: flex; flex-wrap: wrap; gap: 1rem; } figure { margin: 0; width: 9rem; } img { width: 100%; }
figcaption { font-size: 0.85rem; }
"""


def as_json(report: Report) -> bytes:
    return json.dumps(report, ensure_ascii=False, indent=1).encode()


def as_html(language: str, report: Report) -> bytes:
    """In a language: it is made when somebody asks for it, and no page runs then."""
    with speaking(language):
        name = " ".join(filter(None, [report.get("name"), report.get("version")]))
        title = t("models.report_of", name=name)
        parts = [_warnings(report), _about(report), _grade(report.get("grade") or {})]
        parts += [_numbers(kind, in_order(report.get(kind) or {})) for kind in ("scores", "values")]
        parts += [_groups(report.get("groups") or {}), _worst(report.get("worst") or [])]
        page = (
            f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
            f"<style>{STYLE}</style></head><body><h1>{escape(title)}</h1>{''.join(parts)}</body></html>"
        )
    return page.encode()


def _warnings(report: Report) -> str:
    told = [t("prediction.trained_on_generated")] if report.get("trained_on") == GENERATED else []
    if names := [target_name(target) for target in doubtful(report)]:
        told.append(t("models.no_better", names=", ".join(names)))
    return "".join(f'<p class="warning">{escape(one)}</p>' for one in told)


def _about(report: Report) -> str:
    return f'<div class="facts">{_table([], about(report))}</div>'


def _grade(grade: Report) -> str:
    if not grade:
        return ""
    baselines = grade.get("baselines", {})
    heads = [t("models.figure"), *(t(f"models.side_{side}") for side in ("model", "features", "guess"))]
    others = [grade, baselines.get("features", {}), baselines.get("majority", {})]
    rows = [
        [figure_name(name), *(figure_text(side.get(name)) for side in others)]
        for name in GRADE_FIGURES
        if grade.get(name)
    ]
    body = _counted(grade) + _table(heads, rows)
    if grade.get("confusion"):
        names = [name_of("grades", key, "cattle") for key in grade["classes"]]
        cells = [[name, *map(str, row)] for name, row in zip(names, grade["confusion"], strict=True)]
        corner = f"{t('prediction.true_grade')} \\ {t('prediction.predicted_grade')}"
        body += f"<h3>{escape(t('models.confusion'))}</h3>" + _table([corner, *names], cells)
    if grade.get("calibration"):
        heads = [t("models.axis_sure"), t("models.axis_right"), "n"]
        rows = [[f"{100 * one['predicted']:.0f} %", f"{100 * one['observed']:.0f} %", str(one["n"])]
                for one in grade["calibration"] if one["n"]]  # fmt: skip
        body += f"<h3>{escape(t('models.calibration'))}</h3>" + _table(heads, rows)
    return _section("grade", body)


def _numbers(kind: str, targets: Mapping[str, Report]) -> str:
    if not targets:
        return ""
    names = [name for name in (*NUMBER_FIGURES, "coverage") if any(part.get(name) for part in targets.values())]
    heads = [t("models.target"), t("models.side"), "n", t("column.animals"), *map(figure_name, names)]
    rows = []
    for target, part in targets.items():
        baselines = part.get("baselines", {})
        sides = {"model": part, "features": baselines.get("features"), "guess": baselines.get("mean")}
        for side, found in sides.items():
            if found:
                counts = [f"{part.get(name, 0):,}" for name in ("n", "animals")] if side == "model" else ["", ""]
                figures = [figure_text(found.get(name), percent=name in SHARES) for name in names]
                rows.append([target_name(target), t(f"models.side_{side}"), *counts, *figures])
    return _section(kind, _table(heads, rows))


def _groups(groups: Mapping[str, Sequence[Report]]) -> str:
    body = ""
    for kind, lines in groups.items():
        heads = [t(f"models.by_{kind}"), "n", t("column.animals"), figure_name("accuracy"), figure_name("within_one"),
                 t("models.marbling_mae")]  # fmt: skip
        rows = [
            [group_name(kind, one["group"]), f"{one.get('n', 0):,}", f"{one.get('animals', 0):,}",
             *("-" if one.get(name) is None else f"{one[name]:.3f}"
               for name in ("accuracy", "within_one", "marbling_mae"))]
            for one in lines
        ]  # fmt: skip
        body += _table(heads, rows) if rows else ""
    return _section("groups", body) if body else ""


def _worst(worst: Sequence[Report]) -> str:
    """The pictures are inside the page; what is no Base64 is left out."""
    figures = []
    for one in worst:
        told = t("models.worst_says", **{side: truth_text(one["target"], one[side]) for side in ("truth", "predicted")})
        image = escape(one.get("thumbnail") or "", quote=True)
        figures.append(
            f'<figure><img alt="" src="data:image/jpeg;base64,{image}">'
            f"<figcaption><b>{escape(target_name(one['target']))}</b><br>{escape(told)}</figcaption></figure>"
        )
    return _section("worst", f'<div class="photos">{"".join(figures)}</div>') if figures else ""


def _section(part: str, body: str) -> str:
    return f"<h2>{escape(t(f'models.part_{part}'))}</h2>{body}"


def _counted(part: Report) -> str:
    return f"<p>{escape(t('models.n', photos=part.get('n', 0), animals=part.get('animals', 0)))}</p>"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    above = f"<thead><tr>{head}</tr></thead>" if heads else ""
    return f'<div class="wide"><table>{above}<tbody>{body}</tbody></table></div>'
