"""`manage.py train` and `manage.py evaluate`: examples from a folder or the database, files and figures out."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from core import training_data
from core.labels import scale_ends
from models import learning, predicting
from models.training import Options, devices, train
from models.training.evaluating import evaluate
from models.training.examples import Examples
from models.training.labels import LabelsUnclear, from_folder
from models.training.options import STEP
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
        devices.on_first(lambda: checkpoint.unlink(missing_ok=True))
    for line in examples.left_out:
        print(f"  left out: {line}", file=sys.stderr)
    trained = train(examples, options, show, checkpoint)

    def write() -> Path:
        file = trained.save(out)
        checkpoint.unlink(missing_ok=True)
        print_figures(trained.report)
        return file

    file: Path = devices.on_first(write)
    devices.leave()
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
    return from_folder(Path(data), labels, _ends(scale) if scale else None, species)


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


def options(**chosen: Any) -> Options:
    """The defaults with what was chosen."""
    found = replace(Options(), **{name: value for name, value in chosen.items() if value is not None})
    if found.side % STEP:
        raise LabelsUnclear(f"--side {found.side} is no multiple of {STEP}: say one that is, such as {Options.side}")
    return found


def database(scale: str | None) -> Examples:
    """Examples of the approved samples of the installation that the environment names."""
    chosen = scale or "1-10"
    return learning.examples(training_data.read(None, scale=chosen), _ends(chosen))


def _ends(scale: str) -> tuple[float, float]:
    try:
        return scale_ends(scale)
    except ValueError as error:
        raise LabelsUnclear(f"{scale} is no scale: say it such as 1-5") from error
