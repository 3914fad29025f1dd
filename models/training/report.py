"""The report of a version: its figures on animals it has never seen, beside both baselines, and its worst photos."""

import base64
import io
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image
from scipy.special import softmax

from core.naming import middle_grade
from models.modelfile import Card
from models.training import figures
from models.training.baselines import Baselines
from models.training.calibrating import Seen
from models.training.examples import Task

Array = NDArray[np.float64]
WORST, THUMBNAIL = 12, 128


def write(
    card: Card, task: Task, table: pd.DataFrame, seen: Seen, baselines: Baselines, test: NDArray[np.int64],
    group: NDArray[np.int64],
) -> dict[str, Any]:  # fmt: skip
    """Everything that is measured on the rows `test`, of the targets that baselines have."""
    report: dict[str, Any] = {"scores": {}, "values": {}}
    if "grade" in baselines:
        report["grade"] = _grade(card, task, table, seen, baselines["grade"], test, group)
    for column, name in enumerate(task.numbers):
        if name in baselines:
            truth, said = table[name].to_numpy(float), seen.numbers[:, column]
            kind = "scores" if name in card.scores else "values"
            report[kind][name] = _number(card, name, truth, said, baselines[name], test, group)
    report["groups"] = _groups(card, task, table, seen, test)
    return report


def _grade(
    card: Card, task: Task, table: pd.DataFrame, seen: Seen, baselines: dict[str, Array], test: NDArray[np.int64],
    group: NDArray[np.int64],
) -> dict[str, Any]:  # fmt: skip
    truth = task.grades(table)
    rows = test[truth[test] >= 0]
    chance = softmax(seen.logits[rows] / card.temperature, axis=1)
    named, weights, classes = middle_grade(chance), figures.drawn(group[rows]), len(task.classes)
    return {
        "classes": list(task.classes), "n": len(rows), "animals": len(np.unique(group[rows])),
        "answers": card.answers_grade,
        **figures.of_grades(truth[rows], named, classes, weights),
        "confusion": figures.confusion(truth[rows], named, classes),
        "log_loss": float(-np.log(chance[np.arange(len(rows)), truth[rows]] + 1e-12).mean()),
        "calibration": figures.calibration(truth[rows], chance),
        "baselines": {
            name: figures.of_grades(truth[rows], said[rows].astype(np.int64), classes, weights)
            for name, said in baselines.items()
        },
    }  # fmt: skip


def _number(
    card: Card, name: str, truth: Array, said: Array, baselines: dict[str, Array], test: NDArray[np.int64],
    group: NDArray[np.int64],
) -> dict[str, Any]:  # fmt: skip
    rows = test[np.isfinite(truth[test])]
    number = card.numbers[name]
    middle = said[rows].clip(*number.ends)
    ends = np.stack([(said[rows] + margin).clip(*number.ends) for margin in number.margins], 1)
    weights = figures.drawn(group[rows])
    part: dict[str, Any] = {
        "n": len(rows), "animals": len(np.unique(group[rows])), "answers": number.answers,
        **figures.of_numbers(truth[rows], middle, weights, ends),
        "width": float((ends[:, 1] - ends[:, 0]).mean()),
        "baselines": {
            name: figures.of_numbers(truth[rows], other[rows], weights) for name, other in baselines.items()
        },
        "curve": figures.curve(truth[rows], middle, np.abs(middle - np.median(middle))),
    }  # fmt: skip
    if name == "bms":
        near = np.abs(np.rint(middle) - truth[rows]) <= 1
        part["within_one"] = figures.summed((weights @ near) / weights.sum(1))
    return part


def _groups(
    card: Card, task: Task, table: pd.DataFrame, seen: Seen, test: NDArray[np.int64]
) -> dict[str, list[dict[str, Any]]]:  # fmt: skip
    """A few figures by grade, cut and sex."""
    truth = task.grades(table)
    off = np.abs(seen.grades(card.temperature) - truth) if task.classes else np.zeros(len(table))
    place = task.numbers.index("marbling") if "marbling" in task.numbers else None
    away = np.full(len(table), np.nan) if place is None else np.abs(table["marbling"] - seen.numbers[:, place])
    frame = table.assign(off=np.where(truth >= 0, off, np.nan), away=away).iloc[test]
    return {
        column: [
            {
                "group": str(name), "n": len(rows), "animals": int(rows["animal"].nunique()),
                "accuracy": _mean(rows["off"] == 0, rows["off"].notna()),
                "within_one": _mean(rows["off"] <= 1, rows["off"].notna()),
                "marbling_mae": None if rows["away"].isna().all() else float(rows["away"].mean()),
            }
            for name, rows in frame.groupby(column)
        ]
        for column in ("grade", "cut", "sex")
    }  # fmt: skip


def _mean(values: pd.Series, where: pd.Series) -> float | None:
    return float(values[where].mean()) if where.any() else None


def worst(
    card: Card, task: Task, table: pd.DataFrame, seen: Seen, frames: NDArray[np.uint8], test: NDArray[np.int64]
) -> list[dict[str, Any]]:
    """The photos on which the model was farthest off, in deviations of each target; one line a photo."""
    truth = task.grades(table).astype(float)
    truth[truth < 0] = np.nan
    columns = {name: (table[name].to_numpy(float), seen.numbers[:, place]) for place, name in enumerate(task.numbers)}
    if task.classes:
        columns["grade"] = truth, seen.grades(card.temperature).astype(float)
    found = []
    for name, (true, said) in columns.items():
        rows = test[np.isfinite(true[test])]
        spread = max(1e-9, float(np.nanstd(true))) if len(rows) else 1.0
        found += [(abs(said[row] - true[row]) / spread, name, int(row), true[row], said[row]) for row in rows]
    lines: dict[int, dict[str, Any]] = {}
    for _, name, row, true_value, said_value in sorted(found, reverse=True):
        if row not in lines and len(lines) < WORST:
            lines[row] = {
                "photo": str(table["photo"][row]), "target": name, "truth": _word(task, name, true_value),
                "predicted": _word(task, name, said_value), "thumbnail": _thumbnail(frames[row]),
            }  # fmt: skip
    return list(lines.values())


def _word(task: Task, name: str, value: float) -> str | float:
    return task.classes[int(value)] if name == "grade" else round(float(value), 2)


def _thumbnail(frame: NDArray[np.uint8]) -> str:
    image = Image.fromarray(np.ascontiguousarray(np.asarray(frame).transpose(1, 2, 0)))
    image.thumbnail((THUMBNAIL, THUMBNAIL))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return base64.b64encode(out.getvalue()).decode()


def rounded(value: Any) -> Any:
    """Figures to four digits, and nothing that JSON does not know."""
    if isinstance(value, dict):
        return {name: rounded(item) for name, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    if isinstance(value, float | np.floating):
        return round(float(value), 4) if np.isfinite(value) else None
    return value
