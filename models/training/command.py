"""`manage.py train` and `manage.py evaluate`: examples from a folder or the database, files and figures out."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from core import training_data
from models import learning, predicting
from models.training import Options, train
from models.training.devices import on_first
from models.training.evaluating import evaluate
from models.training.examples import Examples
from models.training.labels import LabelsUnclear, from_folder
from models.training.splits import TooFew

DATABASE = "DATABASE"
KEY_FIGURES = ("accuracy", "within_one", "kappa", "macro_f1")


def run_train(
    examples: Examples, out: Path, options: Options, *, resume: bool
) -> Path:  # fmt: skip
    """Trains, and writes the weights and report.json into a folder; the file of the weights."""
    out.mkdir(parents=True, exist_ok=True)
    checkpoint = out / "checkpoint.pt"
    if not resume:
        on_first(lambda: checkpoint.unlink(missing_ok=True))
    for line in examples.left_out:
        print(f"  left out: {line}", file=sys.stderr)
    trained = train(examples, options, show, checkpoint)
    file = out / f"{trained.report['name']}-{trained.report['version']}.safetensors"

    def write() -> None:
        file.write_bytes(trained.weights)
        (out / "report.json").write_text(_text(trained.report | {"file": file.name}), encoding="utf-8")
        checkpoint.unlink(missing_ok=True)
        print_figures(trained.report)

    on_first(write)
    return file


def run_evaluate(file: Path, examples: Examples) -> dict[str, Any]:
    """The figures of a model file on photos of a folder, all of them."""
    raw = file.read_bytes()
    report = evaluate(predicting.load(raw, sha256(raw).hexdigest()), examples, show)
    print_figures(report)
    return report


@contextmanager
def unclear() -> Iterator[None]:
    """What cannot be learnt from becomes one sentence and exit code 1."""
    try:
        yield
    except (LabelsUnclear, TooFew) as refusal:
        sys.exit(str(refusal))


def folder(data: str, labels: Path | None, scale: str | None, species: str) -> Examples:
    """Examples of a folder; `scale` as 1-5."""
    ends = tuple(float(end) for end in scale.split("-")) if scale else None
    return from_folder(Path(data), labels, ends, species)  # type: ignore[arg-type]


def show(done: int, total: int, left: float | None, word: str) -> None:
    """One line that is written over on a screen, and now and then a line elsewhere."""
    line = f"  {word}: {done:,} of {total:,}" + (f", {left:.0f} s left" if left is not None else "")
    if sys.stdout.isatty():
        print(f"\r{line:60}", end="\n" if done == total else "", flush=True)
    elif done == total or done % max(1, total // 20) == 0:
        print(line, flush=True)


def print_figures(report: dict[str, Any]) -> None:
    """The figures that people ask for first, with 95 % intervals, beside the baselines."""
    grade = report.get("grade")
    if grade:
        print(f"grade, {grade['n']} photos of {grade['animals']} animals")
        for name in KEY_FIGURES:
            print(f"  {name:12} {_figure(grade[name])}{_others(grade, name)}")
    for name, part in (report["scores"] | report["values"]).items():
        silent = "" if part["answers"] else "  (no better than the mean: it will not answer)"
        print(f"  {name:18} R2 {_figure(part['r2'])}  MAE {_figure(part['mae'])}{_others(part, 'r2')}{silent}")


def _figure(figure: dict[str, float | None]) -> str:
    value, low, high = (float("nan") if end is None else end for end in figure.values())
    return f"{value:6.3f} [{low:.3f}, {high:.3f}]"


def _others(part: dict[str, Any], name: str) -> str:
    values = {key: figures[name]["value"] for key, figures in part.get("baselines", {}).items()}
    return "".join(f"  {key} {value:.3f}" for key, value in values.items() if value is not None)


def _text(report: dict[str, Any]) -> str:
    return json.dumps(report, indent=1, ensure_ascii=False) + "\n"


def options(**chosen: Any) -> Options:
    """The defaults with what was chosen."""
    return replace(Options(), **{name: value for name, value in chosen.items() if value is not None})


def database(scale: str | None) -> Examples:
    """Examples of the approved samples of the installation that the environment names."""
    chosen = scale or "1-10"
    low, high = (float(end) for end in chosen.split("-"))
    return learning.examples(training_data.read(None, scale=chosen), (low, high))
