"""No file breaks us: each is read within bounds, or refused with a reason."""

import resource
import time

import pytest

from core import catalogue, words
from core.errors import BadInput
from core.imports import layout, reading
from core.imports.planning import read_tables
from core.imports.tables import Said
from tests.core.imports.strange_files import HEAVY, STRANGE, fuzzed, links_outside

MOST_MB = 400  # more than before
MOST_SECONDS = 30.0


def survives(data: bytes) -> str:
    """What became of it: read, or the reason."""
    try:
        book = reading.read(data)
    except BadInput as refusal:
        (finding,) = refusal.findings
        assert all(words.text(language, f"finding.{finding.code}", **finding.values) for language in words.LANGUAGES)
        return finding.code
    found = [each for sheet in book.sheets if (each := layout.find(sheet)) is not None]
    read_tables(found, catalogue.get(), Said())
    return "read"


def megabytes() -> float:
    """The most that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.mark.parametrize("name", STRANGE)
def test_a_strange_file_is_read_or_refused(name: str) -> None:
    data = STRANGE[name]()
    before, begun = megabytes(), time.monotonic()
    survives(data)
    assert time.monotonic() - begun < MOST_SECONDS
    assert megabytes() - before < MOST_MB


@pytest.mark.parametrize(("name", "codes"), [
    ("bomb", {"workbook_too_large"}), ("far_cell", {"sheet_too_large"}),
    ("hidden_far_cell", {"sheet_too_large", "workbook_too_large"}),
    ("wide_and_tall", {"sheet_too_large", "workbook_too_large"}), ("lying_dimension", {"read"}),
    ("broken_xml", {"workbook_broken"}), ("truncated", {"workbook_broken"}), ("many_parts", {"workbook_too_large"}),
    ("not_ours", {"not_a_workbook"}), ("no text", {"not_a_workbook"}), ("an endless cell", {"csv_broken"}),
])  # fmt: skip
def test_a_refusal_says_why(name: str, codes: set[str]) -> None:
    assert survives(STRANGE[name]()) in codes


def test_links_to_elsewhere_are_not_followed_and_formulas_keep_their_values() -> None:
    assert survives(links_outside()) == "read"


def test_fuzzed_files_break_nothing() -> None:
    for name, data in fuzzed(25):
        assert survives(data), name


@pytest.mark.soak
def test_200_fuzzed_files_break_nothing() -> None:
    before = megabytes()
    for name, data in fuzzed(200, seed=4):
        begun = time.monotonic()
        assert survives(data), name
        assert time.monotonic() - begun < MOST_SECONDS, name
    assert megabytes() - before < MOST_MB


@pytest.mark.soak
@pytest.mark.parametrize("name", HEAVY)
def test_what_takes_long_to_make_is_refused_too(name: str) -> None:
    assert survives(HEAVY[name]()) == "workbook_too_large"
