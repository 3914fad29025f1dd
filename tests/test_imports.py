"""Imports go one way: pages -> dashboard -> core, api -> core, models -> core, and the screens -> models."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OUR_OWN = {"api", "benchmarks", "core", "dashboard", "deploy", "models", "pages", "tests", "manage"}
MAY_IMPORT = {
    "core": set(),
    "models": {"core"},
    "api": {"core", "models"},
    "dashboard": {"core", "models"},
    "pages": {"core", "models", "dashboard"},
    "deploy": {"core"},
}
NOT_IN_CORE = {"streamlit", "fastapi", "starlette", "torch"}


def imports(path: Path) -> Iterator[str]:
    """The top-level name of everything that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: say the whole name instead of a relative import"
            yield (node.module or "").split(".")[0]


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_a_package_imports_only_what_lies_below_it(package: str) -> None:
    forbidden = OUR_OWN - MAY_IMPORT[package] - {package}
    wrong = {
        str(path.relative_to(ROOT)): found
        for path in (ROOT / package).rglob("*.py")
        if (found := forbidden.intersection(imports(path)))
    }
    assert not wrong


def test_core_knows_no_screen_and_no_network() -> None:
    wrong = {str(path): found for path in (ROOT / "core").rglob("*.py") if (found := NOT_IN_CORE & {*imports(path)})}
    assert not wrong


def test_the_only_program_at_the_root_is_manage() -> None:
    # Streamlit would serve a pages/ folder beside a main script to anybody.
    assert [path.name for path in ROOT.glob("*.py")] == ["manage.py"]
