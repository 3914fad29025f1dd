"""Looking up trace numbers through the API."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from core import registry
from core.config import settings
from tests import registry_server
from tests.api.conftest import Caller
from tests.makers import make_user, trace_number
from tests.registry_server import ENCODED_KEY, KEY, Registry, bundle, cattle


@pytest.fixture
def kape(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    with registry_server.serve() as served:
        monkeypatch.setenv("TRACE_SERVICE_URL", served.address)
        monkeypatch.setenv("TRACE_SERVICE_KEY", ENCODED_KEY)
        monkeypatch.setattr(registry, "PAUSES", (0.01, 0.02))
        settings.cache_clear()
        yield served
    settings.cache_clear()


def test_an_animal_comes_with_what_the_caller_may_see_of_it(caller: Caller, kape: Registry) -> None:
    number = trace_number()
    kape.know(number, cattle(number))
    told = caller.sign_in(make_user("researcher")).get(f"/v1/trace/410{number}").json()
    assert (told["trace_number"], told["kind"], told["state"], told["verified"]) == (number, "cattle", "found", True)
    assert told["is_current"]
    assert (told["species"], told["breed"], told["sex"], told["grade"]) == ("cattle", "hanwoo", "castrated", "1+")
    assert (told["born_on"], told["slaughtered_on"]) == ("2013-07-12", "2015-03-13")
    assert (told["farm_address"], told["farmer_name"]) == ("강원특별자치도 횡성군 둔내면 12-3", "홍길동")
    assert (told["province"], told["city"]) == ("KR-42", "횡성군")
    assert told["birth_farm"]["farmer_name"] == "김철수"
    assert told["slaughter_place"] == {"name": "○○축산물공판장", "on": "2015-03-13"}
    assert "bms" not in told

    answer = caller.sign_in(make_user("normal")).get(f"/v1/trace/{number}")
    assert answer.json()["farm_address"] == "강원특별자치도 횡성군"
    assert "farmer_name" not in answer.json()
    assert "홍길동" not in answer.text
    assert sum(kape.calls(number).values()) == 3  # once, for both


def test_a_bundle_lists_its_members(caller: Caller, kape: Registry) -> None:
    number, members = "L02603051277007", [trace_number(), trace_number()]
    kape.know(number, bundle(number, *members))
    told = caller.sign_in(make_user()).get("/v1/trace/l0-260305-1277-007").json()
    assert (told["trace_number"], told["kind"]) == (number, "bundle")
    assert [member["trace_number"] for member in told["members"]] == members
    assert not {"grade", "farm_address", "last_farm", "slaughtered_on"} & set(told)


def test_what_a_scanner_sends_is_understood(caller: Caller, kape: Registry) -> None:
    caller.sign_in(make_user())
    for scanned in ("]C10108801234567893251002086431813\x1d11260301", "https://x.kr/?traceNo=002086431813"):
        answer = caller.get(f"/v1/trace/{quote(scanned.replace('/', ''), safe='')}")
        assert answer.json()["trace_number"] == "002086431813"


@pytest.mark.parametrize(
    ("written", "code"),
    [("12345", "trace_form"), ("212345678901", "trace_poultry"), ("L09913011277007", "trace_bundle_day")],
)
def test_a_wrong_number_is_explained(caller: Caller, kape: Registry, written: str, code: str) -> None:
    answer = caller.sign_in(make_user()).get(f"/v1/trace/{written}")
    assert answer.status_code == 422
    (problem,) = answer.json()["errors"]
    assert (problem["field"], problem["code"]) == ("trace_number", code)
    assert kape.asked == []


@pytest.mark.parametrize(
    ("number", "state"), [("803123400001", "by_hand"), ("002999999999", "unknown"), ("002888888888", "away")]
)
def test_where_the_registry_cannot_help_the_answer_says_so(
    caller: Caller, kape: Registry, number: str, state: str
) -> None:
    kape.trouble("002888888888", "500")
    answer = caller.sign_in(make_user()).get(f"/v1/trace/{number}")
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["verified"]) == (state, False)


def test_the_key_is_in_no_answer(caller: Caller, kape: Registry) -> None:
    kape.trouble("002777777777", "no_key")
    answer = caller.sign_in(make_user()).get("/v1/trace/002777777777")
    assert answer.json()["state"] == "away"
    assert KEY not in answer.text
    assert ENCODED_KEY not in answer.text
