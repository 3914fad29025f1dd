"""How each number is computed is told for every view and every part, in both languages alike."""

import re

import pytest

from core import statistics, words
from core.config import ROOT
from core.statistics import runs
from dashboard.method_text import Chapter, Section, chapters

LANGUAGES = words.LANGUAGES
OF_ALL = {"general", "sources"}  # chapters of no view
# What a run adds to the view that asks for it.
OF_RUNS = {"mixed": {"compare.mixed_means", "compare.mixed_variance"}}


def text(language: str) -> str:
    return (ROOT / "docs" / f"methods.{language}.md").read_text(encoding="utf-8")


def sections(language: str) -> list[Section]:
    return [section for chapter in chapters(language) for section in chapter.sections]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_view_has_a_chapter_and_every_part_a_section(language: str) -> None:
    told = {chapter.key for chapter in chapters(language)}
    assert told == OF_ALL | set(statistics.VIEWS)
    parts = {f"{view}.{part}" for view, of in statistics.VIEWS.items() for part in of.parts}
    parts |= {part for run in runs.RUNS for part in OF_RUNS[run]}
    told = {key for section in sections(language) for key in section.keys}
    assert {key for key in told if not key.startswith("general.")} == parts


def test_both_languages_have_the_same_chapters_and_sections_in_the_same_order() -> None:
    def marks(chapter: Chapter) -> tuple[str, list[tuple[str, ...]]]:
        return chapter.key, [section.keys for section in chapter.sections]

    korean, english = ([marks(chapter) for chapter in chapters(language)] for language in ("ko", "en"))
    assert korean == english


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_heading_is_without_its_marker(language: str) -> None:
    headings = re.findall(r"^#{2,3} .+$", text(language), re.MULTILINE)
    assert len(headings) == len(chapters(language)) + len(sections(language))
    assert len(re.findall("<!--", text(language))) == len(headings)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_section_of_one_part_is_called_as_the_page_calls_it(language: str) -> None:
    for chapter in chapters(language):
        if chapter.key in statistics.VIEWS:
            assert chapter.title == words.text(language, f"{chapter.key}.title")
    parts = {f"{view}.{part}" for view, of in statistics.VIEWS.items() for part in of.parts}
    for section in sections(language):
        if len(section.keys) == 1 and section.keys[0] in parts:
            view, part = section.keys[0].split(".")
            assert section.title == words.text(language, f"{view}.part_{part}"), section.keys


def test_both_languages_have_the_same_formulas_and_sources() -> None:
    for korean, english in zip(sections("ko"), sections("en"), strict=True):
        in_both = [re.findall(r"\$\$.+?\$\$", each.text, re.DOTALL) for each in (korean, english)]
        assert in_both[0] == in_both[1], english.keys
    assert chapters("ko")[-1].text == chapters("en")[-1].text


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_cited_is_among_the_sources(language: str) -> None:
    """Each year in brackets or after a name is one of the list."""
    sources = chapters(language)[-1].text
    told = " ".join(text(language).split(sources)[0].split())
    cited = set(re.findall(r"[A-Z][a-zé]+(?: and [A-Z][a-z]+)?,? \(?(1[89]\d\d|20[01]\d)\b", told))
    assert cited
    assert all(year in sources for year in cited)
