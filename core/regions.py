"""Province and city of an address: by its first words, never by looking for a name somewhere inside it.

A search inside would count 경기도 광주시 as Gwangju and 여주시 세종대왕면 as Sejong.
"""

import json
from functools import cache

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
def _aliases() -> dict[str, str]:
    provinces = json.loads((DATA / "catalogue" / "regions.json").read_text(encoding="utf-8"))["provinces"]
    return {alias: province["iso"] for province in provinces for alias in province["aliases"]}
