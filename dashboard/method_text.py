"""How each number is computed: docs/methods.<language>.md in chapters and sections.

A marker above a heading says of which view the chapter is, or of which of its parts the section:
<!-- grades --> and <!-- grades.bms grades.carcass -->. What is of no view has a name of its own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from core.config import ROOT

MARKED = re.compile(r"^<!-- (?P<keys>[a-z_. ]+) -->\n(?P<level>##|###) (?P<title>.+)\n", re.MULTILINE)


@dataclass(frozen=True)
class Section:
    """A part of a chapter; `keys` are "view.part" of all parts that it is about."""

    keys: tuple[str, ...]
    title: str
    text: str

    @property
    def anchor(self) -> str:
        return self.keys[0].replace(".", "-")


@dataclass(frozen=True)
class Chapter:
    """`key` is a view, or one of what holds for all of them."""

    key: str
    title: str
    text: str
    sections: tuple[Section, ...]


@cache
def chapters(language: str) -> tuple[Chapter, ...]:
    """The whole text, in its order."""
    text = (ROOT / "docs" / f"methods.{language}.md").read_text(encoding="utf-8")
    found: list[Chapter] = []
    for level, section in _sections(text):
        if level == "##":
            found.append(Chapter(section.keys[0], section.title, section.text, ()))
        else:
            last = found.pop()
            found.append(Chapter(last.key, last.title, last.text, (*last.sections, section)))
    return tuple(found)


def _sections(text: str) -> Iterator[tuple[str, Section]]:
    marks = list(MARKED.finditer(text))
    for mark, end in zip(marks, [*(mark.start() for mark in marks[1:]), len(text)], strict=True):
        yield mark["level"], Section(tuple(mark["keys"].split()), mark["title"], text[mark.end() : end].strip())
