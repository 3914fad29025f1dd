"""A report of a model version, with every part that one can have."""

import base64
import io
from typing import Any

from PIL import Image

SCORES = ("marbling", "color", "texture", "surface_moisture", "overall", "flavor", "juiciness", "tenderness", "umami",
          "palatability")  # fmt: skip
CLASSES = ["1++", "1+", "1", "2", "3"]


def figure(value: float | None, off: float = 0.03) -> dict[str, float | None]:
    return {"value": value} | {end: None if value is None else value + by for end, by in (("low", -off), ("high", off))}


def report(**changes: Any) -> dict[str, Any]:
    """Of a model that is better than both baselines, but for umami and shear force."""
    values = {name: number() for name in ("bms", "wbsf_kgf", "crude_fat")}
    values["bms"]["within_one"] = figure(0.9)
    values["wbsf_kgf"]["answers"] = False
    scores = {name: number() for name in SCORES}
    scores["umami"]["answers"] = False
    said: dict[str, Any] = {
        "seed": 1, "created": "2026-11-23T10:12:00+00:00", "note": "Of a test & <b>no markup</b>.",
        "data": {"photos": 1800, "animals": 600, "train": 1100, "calibration": 346, "test": 354, "snapshot": "ab" * 32},
        "grade": grade(), "scores": scores, "values": values,
        "groups": {"grade": [group("1++")], "cut": [group("loin"), group("unknown")], "sex": [group("castrated")]},
        "worst": [
            {"photo": "a.jpg", "target": "grade", "truth": "1++", "predicted": "3", "thumbnail": thumbnail()},
            {"photo": "b.jpg", "target": "marbling", "truth": 9.5, "predicted": 2.25, "thumbnail": thumbnail()},
        ],
        "losses": [{"train": 1.2, "aside": 1.3}, {"train": 0.9, "aside": None}], "left_out": ["x.jpg: not a picture"],
        "strange": {"auroc": 0.991, "limit": 1.3}, "time": {"seconds": 1520.0, "device": "cpu"},
    }  # fmt: skip
    return said | changes


def grade() -> dict[str, Any]:
    """50 photos: 40 right, 9 one off, one three off."""
    counts = [[8, 2, 0, 0, 0], [1, 8, 1, 0, 0], [0, 1, 8, 1, 0], [0, 0, 1, 8, 1], [0, 1, 0, 1, 8]]
    named = ("accuracy", "within_one", "macro_f1", "kappa")
    figures = dict(zip(named, map(figure, (0.8, 0.98, 0.79, 0.88)), strict=True))
    return {
        "classes": CLASSES, "n": 50, "animals": 17, "answers": True, "confusion": counts, "log_loss": 0.55, **figures,
        "calibration": [
            {"low": 0.6, "high": 0.7, "n": 20, "predicted": 0.65, "observed": 0.6},
            {"low": 0.9, "high": 1.0, "n": 30, "predicted": 0.95, "observed": 0.93},
        ],
        "baselines": {
            "majority": {name: figure(0.2) for name in named}, "features": {name: figure(0.6) for name in named},
        },
    }  # fmt: skip


def number() -> dict[str, Any]:
    named = ("mae", "rmse", "r2", "spearman")
    return {
        "n": 50, "animals": 17, "answers": True, "coverage": figure(0.81), "width": 2.5,
        **dict(zip(named, map(figure, (0.5, 0.7, 0.85, 0.9)), strict=True)),
        "curve": [{"coverage": 0.5, "mae": 0.3}, {"coverage": 1.0, "mae": 0.5}],
        "baselines": {
            "mean": {name: figure(None if name == "spearman" else 0.1) for name in named},
            "features": {name: figure(0.4) for name in named},
        },
    }  # fmt: skip


def group(name: str) -> dict[str, Any]:
    return {"group": name, "n": 25, "animals": 9, "accuracy": 0.8, "within_one": None, "marbling_mae": 0.5}


def thumbnail() -> str:
    out = io.BytesIO()
    Image.new("RGB", (32, 24), "#9d2235").save(out, "JPEG")
    return base64.b64encode(out.getvalue()).decode()
