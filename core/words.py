"""Every text people read, in Korean and English: data/words/<language>/, a file a page and what many share."""

import tomllib
from functools import cache
from typing import Any

from core.config import DATA

LANGUAGES = ("ko", "en")


def text(language: str, key: str, **values: Any) -> str:
    """The words for `key` with `values` filled in.

    Raises:
        KeyError: no such key; a test looks for every key that code names.
    """
    return _words(language)[key].format(**values)


def of_error(language: str, code: str | None) -> str | None:
    """What a run or a photo of it failed with."""
    return text(language, f"error.{code}") if code else None


def has(key: str) -> bool:
    return key in _words(LANGUAGES[0])


def best_language(accepted: str | None) -> str:
    """The first of our languages in an Accept-Language header or a locale; Korean if there is none."""
    for tag in (accepted or "").split(","):
        language = tag.split(";")[0].strip()[:2].lower()
        if language in LANGUAGES:
            return language
    return LANGUAGES[0]


@cache
def _words(language: str) -> dict[str, str]:
    files = sorted((DATA / "words" / language).glob("*.toml"))
    return {key: words for file in files for key, words in _flat(tomllib.loads(file.read_text(encoding="utf-8")))}


def _flat(tree: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    return [
        pair
        for key, value in tree.items()
        for pair in (_flat(value, f"{prefix}{key}.") if isinstance(value, dict) else [(prefix + key, value)])
    ]
