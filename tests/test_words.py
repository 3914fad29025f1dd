"""The words of both languages: complete, alike, used, and there for every key that code names."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import api.problems  # noqa: F401  (its errors have words, too)
from core import statistics, words
from core.config import ROOT
from core.errors import MeatlabError
from core.inputs import CODES
from core.statistics import runs

KOREAN, ENGLISH = (words._words(language) for language in ("ko", "en"))
# Keys that code builds from parts, as t(f"status.{status}"); a title is that of the page of the same name.
BUILT = (
    "action.", "anchor.", "error.", "evaluation.title_", "finding.", "group.", "laboratory.", "method.", "notice.",
    "prediction.", "preparation.", "problem.", "recycle_bin.n_", "review.done_", "review.view_", "role.", "round.",
    "sample.", "score.", "source.", "species.", "status.", "trace.", "users.state_", "wish.",
    "column.", "test.", "test.statistic_", "effect.", "compare.factor_", "laboratory.note_",
    "panel.note_", "regions.short.", "regions.unit_", "relations.", "statistics.period_", "statistics.processing.",
    "taste.by_", "taste.note_", "taste.says_", "models.view_", "models.part_", "models.figure_", "models.about_",
    "models.side_", "models.loss_", "models.data_", "models.by_", "photo_measure.", "predict.source_",
    "labels.format_", "scan.live_", "scan.way_", "prediction_batch.part_", "prediction_batch.state_", "training.",
    "field.sheet.", "field.one_of.", "field.name.", "field.what.", "export.format_", "export.about_", "export.state_",
    "export.counted_", "export.dictionary_", "export.kind_",
    "import.phase_", "import.column_", "import.group_", "import.extra.", "import.level_",
)  # fmt: skip
TITLE = ".title"
# Where in a call that makes a finding its code stands.
CODE_AT = {
    "Finding": 1, "Unreadable": 0, "refusal": 0, "Refused": 0, "finding": 2, "at_header": 2, "CellFinding": 4,
}  # fmt: skip
# Findings whose code is the field's name and "_unknown".
CHOICES = ("primal_cut", "secondary_cut", "breed", "sex", "grade")


def trees(*folders: str) -> Iterator[tuple[str, ast.AST]]:
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py"):
            yield from ((path.name, node) for node in ast.walk(ast.parse(path.read_text())))


def called(call: ast.Call) -> str:
    """The called name as it is written: t, words.text, Finding."""
    return ast.unparse(call.func)


def literals(node: ast.expr) -> list[str]:
    """What a plain argument may be, with both arms of an `if`."""
    if isinstance(node, ast.IfExp):
        return [*literals(node.body), *literals(node.orelse)]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def kinds(base: type[MeatlabError] = MeatlabError) -> set[type[MeatlabError]]:
    return {base}.union(*(kinds(kind) for kind in base.__subclasses__()))


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def findings() -> set[str]:
    """The codes of all findings that code makes."""
    made = {code for _, code in CODES} | {f"{field}_unknown" for field in CHOICES}
    for _, node in trees("core", "api", "dashboard"):
        if isinstance(node, ast.Call) and (place := CODE_AT.get(called(node).rpartition(".")[2])) is not None:
            made.update(code for argument in node.args[place : place + 1] for code in literals(argument))
    return made


def test_both_languages_have_the_same_keys() -> None:
    assert set(KOREAN) == set(ENGLISH)


@pytest.mark.parametrize("key", KOREAN)
def test_a_sentence_says_something_and_takes_the_same_values_in_both(key: str) -> None:
    assert KOREAN[key].strip()
    assert ENGLISH[key].strip()
    assert placeholders(KOREAN[key]) == placeholders(ENGLISH[key])


@pytest.mark.parametrize("kind", sorted(kinds(), key=str), ids=lambda kind: kind.__name__)
def test_every_error_has_its_words(kind: type[MeatlabError]) -> None:
    assert words.has(f"error.{kind.code}")
    assert words.has(f"problem.{kind.code}")


def test_every_finding_has_its_words_and_no_words_are_left_that_nobody_says() -> None:
    assert {key.removeprefix("finding.") for key in KOREAN if key.startswith("finding.")} == findings() | {"not_valid"}


def test_every_key_that_code_names_exists() -> None:
    key_at = {"t": 0, "words.text": 1, "text": 1}
    missing = [
        f"{file}: {key}"
        for file, node in trees("api", "dashboard", "pages")
        if isinstance(node, ast.Call) and len(node.args) > key_at.get(called(node), len(node.args))
        for key in literals(node.args[key_at[called(node)]])
        if not words.has(key)
    ]
    assert not missing


def test_every_part_of_statistics_has_a_name() -> None:
    assert not [key for key in parts_of_views() if not words.has(key)]


def parts_of_views() -> set[str]:
    """Of what `f"{view}.part_{part}"` builds; a run is a part of its view."""
    parts = {f"{view}.part_{part}" for view, of in statistics.VIEWS.items() for part in of.parts}
    return parts | {f"{run.view}.part_{name}" for name, run in runs.RUNS.items()}


def test_no_key_is_unused() -> None:
    said = {
        node.value
        for _, node in trees("api", "core", "dashboard", "pages")
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    } | parts_of_views()
    pages = {path.stem for path in Path(ROOT / "pages").glob("*.py")}
    unused = [
        key
        for key in KOREAN
        if key not in said and not key.startswith(BUILT) and key.removesuffix(TITLE) not in pages
        and not is_of_kind(key, said)
    ]  # fmt: skip
    assert not unused


def is_of_kind(key: str, said: set[str]) -> bool:
    """Whether it names a key of a kind that statistics name, as Name("overview.span", "week") does."""
    kind = key.rpartition(".")[0]
    return "." in kind and kind in said


def test_what_is_said_to_be_built_is_built() -> None:
    begun = {
        str(node.values[0].value)
        for _, node in trees("api", "core", "dashboard", "pages")
        if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant)
    }
    assert set(BUILT) <= begun
