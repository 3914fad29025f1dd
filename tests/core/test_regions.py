"""Addresses and the traps in them."""

import pytest

from core import regions
from core.regions import locate


@pytest.mark.parametrize(
    ("address", "province", "city"),
    [
        ("강원특별자치도 횡성군 둔내면 1", "KR-42", "횡성군"),
        ("강원도 횡성군", "KR-42", "횡성군"),
        ("전북 정읍시 1", "KR-45", "정읍시"),
        ("전라북도 정읍시", "KR-45", "정읍시"),
        ("경기도 광주시 오포읍", "KR-41", "광주시"),  # not Gwangju
        ("경기도 여주시 세종대왕면", "KR-41", "여주시"),  # not Sejong
        ("충청남도 홍성군", "KR-44", "홍성군"),
        ("충남 홍성군", "KR-44", "홍성군"),
        ("경기도 수원시 장안구 1", "KR-41", "수원시 장안구"),
        ("세종특별자치시 연서면", "KR-50", None),
        ("전남광주통합특별시 광산구 1", "KR-29", "광산구"),
        ("전남광주통합특별시 함평군", "KR-46", "함평군"),
        ("전남광주특별시 광양시", "KR-46", "광양시"),
        ("광주시 북구 1", "KR-29", "북구"),
        ("광주시 오포읍", "KR-41", None),
        ("광주광역시 서구", "KR-29", "서구"),
        ("제주특별자치도 제주시", "KR-49", "제주시"),
        ("  서울   송파구 ", "KR-11", "송파구"),
        ("대구광역시 군위군", "KR-27", "군위군"),
        ("Australia", None, None),
        ("", None, None),
        (None, None, None),
        (" \n", None, None),
    ],
)
def test_an_address_is_where_its_first_words_say(address: str | None, province: str | None, city: str | None) -> None:
    assert locate(address) == (province, city)


def test_a_province_later_in_the_address_does_not_count() -> None:
    assert locate("오포읍 경기도 광주시")[0] is None


def test_every_name_of_every_province_leads_to_it() -> None:
    assert len(set(regions._aliases().values())) == 17
    for alias, province in regions._aliases().items():
        expected = "KR-41" if alias == "광주시" else province
        assert locate(f"{alias} 어느면")[0] == expected, alias
