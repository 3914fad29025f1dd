"""Province and city of an address: by its first words, never by looking for a name somewhere inside it.

A search inside would count 경기도 광주시 as Gwangju and 여주시 세종대왕면 as Sejong.
"""

import json
from functools import cache
from typing import Any

from core.config import DATA

GWANGJU, JEONNAM, GYEONGGI = "KR-29", "KR-46", "KR-41"
GWANGJU_DISTRICTS = {"동구", "서구", "남구", "북구", "광산구"}
# One unit since 2026-07-01; the analysis keeps the two provinces it was made of.
MERGED = {"전남광주통합특별시", "전남광주특별시", "전남광주"}


def locate(address: str | None) -> tuple[str | None, str | None]:
    """(province as ISO 3166-2 key, city or county) of a Korean address; None for what it does not tell."""
    words = (address or "").split()
    if not words:
        return None, None
    return _province(words), _city(words)


def _province(words: list[str]) -> str | None:
    second = words[1] if len(words) > 1 else ""
    if words[0] in MERGED:
        return GWANGJU if second in GWANGJU_DISTRICTS else JEONNAM
    if words[0] == "광주시":
        return GWANGJU if second in GWANGJU_DISTRICTS else GYEONGGI
    return _aliases().get(words[0])


def _city(words: list[str]) -> str | None:
    if len(words) < 2 or words[1][-1] not in "시군구":
        return None
    if words[1].endswith("시") and len(words) > 2 and words[2].endswith("구"):
        return f"{words[1]} {words[2]}"
    return words[1]


@cache
def units() -> dict[str, tuple[str, ...]]:
    """The units of today that several provinces became: the code of the administration -> the provinces."""
    return {unit["code"]: tuple(unit["members"]) for unit in _shipped()["merged"]}


def unit_of(province: str) -> str:
    """The unit of today that a province is in: itself, or the one that it became part of."""
    return next((unit for unit, members in units().items() if province in members), province)


def members(unit: str) -> tuple[str, ...]:
    """The provinces that a unit, or a province, is made of."""
    return units().get(unit, (unit,))


@cache
def _aliases() -> dict[str, str]:
    return {alias: province["iso"] for province in _shipped()["provinces"] for alias in province["aliases"]}


@cache
def _shipped() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / "catalogue" / "regions.json").read_text(encoding="utf-8"))
    return found
