"""Looking up numbers in a registry that answers as KAPE's does, and in one that misbehaves."""

import json
import secrets
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core import clock, db, ids, registry, samples, traceability
from core.config import settings
from core.db import transaction
from core.errors import BadInput
from core.policy import Actor
from core.tables import AuditEvent, RegistryAnswer
from tests import registry_server
from tests.makers import fresh, logged, make_user, receive_photo, trace_number
from tests.registry_server import ENCODED_KEY, KEY, TROUBLES, Registry, bundle, cattle, pig, report


@pytest.fixture(scope="module")
def running() -> Iterator[Registry]:
    with registry_server.serve() as served:
        yield served


@pytest.fixture
def kape(running: Registry, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """The registry, and settings that lead to it; patience is short, so that tests are quick."""
    monkeypatch.setenv("TRACE_SERVICE_URL", running.address)
    monkeypatch.setenv("TRACE_SERVICE_KEY", KEY)
    monkeypatch.setattr(registry, "ATTEMPT", 0.5)
    monkeypatch.setattr(registry, "PAUSES", (0.01, 0.02))
    settings.cache_clear()
    yield running
    settings.cache_clear()


@pytest.fixture(scope="module")
def researcher() -> Actor:
    return make_user("researcher")


def bundle_number() -> str:
    return f"L0260305{secrets.randbelow(10**7):07}"


def pig_number() -> str:
    return f"1{secrets.randbelow(10**11):011}"


@pytest.mark.parametrize("as_json", [False, True], ids=["xml", "json"])
def test_an_animal_fills_in_what_the_registry_knows_of_it(kape: Registry, researcher: Actor, as_json: bool) -> None:
    number = trace_number()
    kape.know(number, cattle(number), as_json=as_json)
    record = traceability.look_up(researcher, f" 410{number} ")
    assert (record.trace_number, record.kind, record.state, record.verified) == (number, "cattle", "found", True)
    assert record.is_current
    assert record.filled() == {
        "species": "cattle", "breed": "hanwoo", "sex": "castrated", "born_on": "2013-07-12",
        "slaughtered_on": "2015-03-13", "grade": "1+", "farm_address": "강원특별자치도 횡성군 둔내면 12-3",
        "farmer_name": "홍길동",
    }  # fmt: skip
    assert record.birth_farm is not None
    assert (record.birth_farm.farmer_name, record.birth_farm.province) == ("김철수", "KR-41")
    assert (record.province, record.city) == ("KR-42", "횡성군")
    assert record.slaughter_place is not None
    assert (record.slaughter_place.name, record.slaughter_place.on) == ("○○축산물공판장", date(2015, 3, 13))
    assert kape.calls(number) == {1: 1, 2: 1, 3: 1}


@pytest.mark.parametrize("as_json", [False, True], ids=["xml", "json"])
def test_a_pig_has_its_own_questions_and_packing_plants(kape: Registry, researcher: Actor, as_json: bool) -> None:
    number = pig_number()
    kape.know(number, pig(number), as_json=as_json)
    record = traceability.look_up(researcher, number)
    assert record.filled() == {
        "species": "pig", "slaughtered_on": "2026-03-02", "grade": "1+",
        "farm_address": "전라북도 김제시 용지면 7", "farmer_name": "이영희",
    }  # fmt: skip
    assert (record.province, record.city) == ("KR-45", "김제시")
    assert [(place.name, place.on) for place in record.packing] == [
        ("○○식품", date(2026, 3, 3)), ("△△유통", date(2026, 3, 4)),
    ]  # fmt: skip
    assert kape.calls(number) == {1: 1, 3: 1, 4: 1}


@pytest.mark.parametrize("as_json", [False, True], ids=["xml", "json"])
@pytest.mark.parametrize("count", [1, 2, 40])
def test_a_bundle_lists_its_members_and_copies_no_farm_of_theirs(
    kape: Registry, researcher: Actor, count: int, as_json: bool
) -> None:
    number = bundle_number()
    members = sorted({trace_number() for _ in range(count)})
    kape.know(number, bundle(number, *members), as_json=as_json)
    record = traceability.look_up(researcher, number)
    assert [member.trace_number for member in record.members] == members
    assert (record.members[0].grade, record.members[0].breed, record.members[0].sex) == ("1", "hanwoo", "female")
    assert record.filled() == {"species": "cattle"}
    assert (record.farm_address, record.grade, record.birth_farm, record.last_farm) == (None, None, None, None)
    assert kape.calls(number) == {8: 1, 9: 1}
    assert "박민수" not in json.dumps(record.as_json(), ensure_ascii=False)


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"lsTypeNm": "육우"}, "breed", "beef_cattle"),
        ({"lsTypeNm": "젖소"}, "breed", "dairy_cow"),
        ({"lsTypeNm": "들소"}, "breed", None),
        ({"sexNm": "암"}, "sex", "female"),
        ({"sexNm": "수"}, "sex", "male"),
        ({"sexNm": "?"}, "sex", None),
        ({"gradeNm": "1++"}, "grade", "1++"),
        ({"gradeNm": "2"}, "grade", "2"),
        ({"gradeNm": "등외"}, "grade", "off"),
        ({"gradeNm": "0"}, "grade", None),
        ({"birthYmd": "2013071"}, "born_on", None),
        ({"birthYmd": "20130231"}, "born_on", None),
        ({"butcheryYmd": "20990101"}, "slaughtered_on", None),
        ({"butcheryYmd": ""}, "slaughtered_on", None),
    ],
)
def test_words_of_the_registry_become_ours_or_nothing(
    kape: Registry, researcher: Actor, changes: dict[str, str], field: str, value: str | None
) -> None:
    number = trace_number()
    kape.know(number, cattle(number, **changes))
    record = traceability.look_up(researcher, number)
    assert record.species == "cattle"
    assert record.filled().get(field) == value


def test_the_marbling_and_the_grading_day_are_taken_where_they_are_given(kape: Registry, researcher: Actor) -> None:
    number = trace_number()
    parts = cattle(number)
    parts[3][0] |= {"insfat": "6", "judgeDate": "20150314"}
    kape.know(number, parts)
    assert traceability.look_up(researcher, number).filled().items() >= {"bms": 6, "graded_on": "2015-03-14"}.items()


@pytest.mark.parametrize(
    ("reports", "last"),
    [
        ([("전산등록", "20130720")], 0),  # never moved
        ([("양수", "20140105"), ("전산등록", "20130720")], 0),
        ([("양도", "20150311"), ("양수", "20140105"), ("전산등록", "20130720")], 1),  # a giver is no keeper
        ([("양수", "20160101"), ("양수", "20141231"), ("전산등록", "20130720")], 1),  # a slip after slaughter
        ([("도축출하", "20150313"), ("양수", "20140105")], 0),
        ([("변경", "20140105")], 0),
    ],
)
def test_the_farm_is_the_one_that_ends_at_slaughter(
    kape: Registry, researcher: Actor, reports: list[tuple[str, str]], last: int
) -> None:
    number = trace_number()
    parts = cattle(number)
    parts[2] = [report(kind, day, f"경기도 이천시 {n}", f"F{n}") for n, (kind, day) in enumerate(reports)]
    kape.know(number, parts)
    assert traceability.look_up(researcher, number).farmer_name == f"F{last}"


def test_what_belongs_to_another_question_or_animal_is_left_out(kape: Registry, researcher: Actor) -> None:
    number, other = trace_number(), trace_number()
    parts = cattle(number)
    parts[1] = [*cattle(other, lsTypeNm="젖소")[1], *parts[1], *parts[2]]
    kape.know(number, parts)
    assert traceability.look_up(researcher, number).breed == "hanwoo"


def test_an_unknown_number_is_said_to_be_unknown(kape: Registry, researcher: Actor) -> None:
    record = traceability.look_up(researcher, number := trace_number())
    assert (record.state, record.verified, record.is_current, record.filled()) == ("unknown", False, True, {})
    assert record.fetched_at is not None
    traceability.look_up(researcher, number)
    assert kape.calls(number) == {1: 1, 2: 1, 3: 1}
    with clock.at(clock.now() + timedelta(hours=1, seconds=1)):  # it may be known soon
        traceability.look_up(researcher, number)
    assert kape.calls(number) == {1: 2, 2: 2, 3: 2}


def test_imported_meat_is_not_asked_for(kape: Registry, researcher: Actor) -> None:
    record = traceability.look_up(researcher, "803123400001")
    assert (record.state, record.verified, record.species) == ("by_hand", False, "cattle")
    assert kape.calls("803123400001") == {}


def test_what_is_no_number_of_ours_is_refused_before_anything_is_asked(kape: Registry, researcher: Actor) -> None:
    before = len(kape.asked)
    with pytest.raises(BadInput) as refused:
        traceability.look_up(researcher, "212345678901")
    assert [finding.code for finding in refused.value.findings] == ["trace_poultry"]
    assert len(kape.asked) == before


def test_an_answer_is_kept_as_it_was_given_and_good_for_a_day(kape: Registry, researcher: Actor) -> None:
    number = trace_number()
    kape.know(number, cattle(number))
    first = traceability.look_up(researcher, number)
    with clock.at(clock.now() + timedelta(hours=23)):
        assert traceability.look_up(researcher, number) == first
    assert kape.calls(number) == {1: 1, 2: 1, 3: 1}
    with transaction() as session:
        rows = session.scalars(select(RegistryAnswer).where(RegistryAnswer.trace_number == number)).all()
        assert {row.option_no for row in rows} == {1, 2, 3}
        assert all("<resultCode>00</resultCode>" in row.payload["answer"] for row in rows)
    kape.know(number, cattle(number, gradeNm="2"))
    with clock.at(clock.now() + timedelta(hours=25)):
        later = traceability.look_up(researcher, number)
    assert (later.grade, later.is_current) == ("2", True)
    assert kape.calls(number) == {1: 2, 2: 2, 3: 2}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_registry_that_misbehaves_is_away_and_nothing_breaks(kape: Registry, researcher: Actor, trouble: str) -> None:
    number = trace_number()
    kape.know(number, cattle(number))
    kape.trouble(number, trouble)
    began = time.monotonic()
    record = traceability.look_up(researcher, number)
    assert time.monotonic() - began < 5
    assert (record.state, record.verified, record.is_current, record.filled()) == ("away", False, False, {})
    # Quota and key stay as they are however often one asks; one part that failed ends the look-up.
    assert kape.calls(number) == {1: 1 if trouble in ("quota", "quota_json", "no_key") else 3}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_an_older_answer_stands_in_for_a_registry_that_is_away(kape: Registry, researcher: Actor, trouble: str) -> None:
    number = trace_number()
    kape.know(number, cattle(number))
    first = traceability.look_up(researcher, number)
    kape.trouble(number, trouble)
    with clock.at(clock.now() + timedelta(days=30)):
        later = traceability.look_up(researcher, number)
    assert not later.is_current
    assert (later.state, later.filled(), later.fetched_at) == ("found", first.filled(), first.fetched_at)


@pytest.mark.parametrize("troubles", [("500", "none"), ("service", "dropped", "none"), ("garbage", "none")])
def test_a_short_trouble_is_overcome_by_asking_again(
    kape: Registry, researcher: Actor, troubles: tuple[str, ...]
) -> None:
    number = trace_number()
    kape.know(number, cattle(number))
    kape.trouble(number, *troubles)
    assert traceability.look_up(researcher, number).state == "found"
    assert kape.calls(number)[1] == len(troubles)


def test_a_registry_that_stops_half_way_gives_what_it_gave(kape: Registry, researcher: Actor) -> None:
    number = trace_number()
    kape.know(number, cattle(number))
    kape.trouble(number, "none", "none", "500")
    record = traceability.look_up(researcher, number)
    assert (record.state, record.is_current) == ("found", False)
    assert (record.breed, record.slaughtered_on) == ("hanwoo", None)
    kape.trouble(number, "none")
    record = traceability.look_up(researcher, number)
    assert (record.is_current, record.slaughtered_on) == (True, date(2015, 3, 13))
    assert kape.calls(number) == {1: 1, 2: 1, 3: 4}


def test_patience_ends_however_slow_the_registry_is(
    kape: Registry, researcher: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traceability, "PATIENCE", 0.7)
    number = trace_number()
    kape.trouble(number, "slow")
    began = time.monotonic()
    assert traceability.look_up(researcher, number).state == "away"
    assert time.monotonic() - began < 1.5
    assert kape.calls(number)[1] == 2


def test_nothing_listens_there(kape: Registry, researcher: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACE_SERVICE_URL", "http://127.0.0.1:9/none")
    settings.cache_clear()
    assert traceability.look_up(researcher, trace_number()).state == "away"


def test_without_a_key_nothing_is_asked_and_it_is_said(
    kape: Registry, researcher: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, known = trace_number(), trace_number()
    kape.know(known, cattle(known))
    traceability.look_up(researcher, known)
    monkeypatch.delenv("TRACE_SERVICE_KEY")
    settings.cache_clear()
    assert traceability.look_up(researcher, number).state == "no_key"
    assert kape.calls(number) == {}
    assert traceability.look_up(researcher, known).state == "found"


@pytest.mark.parametrize("key", [KEY, ENCODED_KEY])
def test_the_key_arrives_encoded_once_however_it_was_issued(
    kape: Registry, researcher: Actor, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("TRACE_SERVICE_KEY", key)
    settings.cache_clear()
    kape.keys.clear()
    number = trace_number()
    kape.know(number, cattle(number))
    assert traceability.look_up(researcher, number).state == "found"
    assert kape.keys == {ENCODED_KEY}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_the_key_reaches_no_log_and_no_error(kape: Registry, researcher: Actor, trouble: str) -> None:
    number = trace_number()
    kape.trouble(number, trouble)
    with logged() as entries:
        traceability.look_up(researcher, number)
    assert entries
    said = json.dumps(entries)
    assert KEY not in said
    assert ENCODED_KEY not in said
    assert number not in said
    with pytest.raises(registry.Away) as away:
        registry.ask(number, 1, time.monotonic() + 1)
    shown = "".join(traceback.format_exception(away.value))
    assert KEY not in shown
    assert ENCODED_KEY not in shown


def test_a_redirect_is_not_followed(kape: Registry, researcher: Actor) -> None:
    number = trace_number()
    kape.trouble(number, "redirect", "none")
    kape.know(number, cattle(number))
    assert traceability.look_up(researcher, number).state == "found"


def test_looking_up_one_number_many_times_at_once_is_harmless(kape: Registry, researcher: Actor) -> None:
    number = trace_number()
    kape.know(number, cattle(number))
    with ThreadPoolExecutor(8) as pool:
        records = list(pool.map(lambda _: traceability.look_up(researcher, number), range(16)))
    assert {record.state for record in records} == {"found"}
    assert len({json.dumps(record.filled()) for record in records}) == 1


def test_no_transaction_is_open_while_the_registry_is_asked(
    kape: Registry, researcher: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = []
    engine = db.engine()
    asked = registry.ask

    def watching(number: str, option: int, until: float) -> str:
        held.append(engine.pool.checkedout())  # type: ignore[attr-defined]
        return asked(number, option, until)

    monkeypatch.setattr(registry, "ask", watching)
    number = trace_number()
    kape.know(number, cattle(number))
    traceability.look_up(researcher, number)
    assert held == [0, 0, 0]


def test_a_normal_user_sees_regions_and_no_farmer(kape: Registry, researcher: Actor) -> None:
    number = trace_number()
    kape.know(number, cattle(number))
    record = traceability.look_up(make_user(), number)
    assert record.filled()["farm_address"] == "강원특별자치도 횡성군"
    assert (record.province, record.city) == ("KR-42", "횡성군")
    said = json.dumps(record.as_json(), ensure_ascii=False)
    for private in ("홍길동", "김철수", "둔내면", "오포읍"):
        assert private not in said
        assert private in json.dumps(traceability.look_up(researcher, number).as_json(), ensure_ascii=False)


def test_an_address_that_begins_otherwise_is_hidden_whole(kape: Registry) -> None:
    number = trace_number()
    parts = cattle(number)
    parts[2] = [report("전산등록", "20130720", "홍길동네 농장 뒷산", "홍길동")]
    kape.know(number, parts)
    record = traceability.look_up(make_user(), number)
    assert (record.farm_address, record.farmer_name) == (None, None)


def register(actor: Actor, **changes: Any) -> samples.SampleView:
    changes = {"photo": {"id": str(receive_photo(actor))}} | changes
    return samples.register(actor, ids.new(), fresh(**changes)).sample


def test_a_sample_is_verified_by_what_the_server_asked_and_by_nothing_else(kape: Registry, researcher: Actor) -> None:
    number = trace_number()
    kape.know(number, cattle(number))
    before = register(researcher, trace_number=number)
    assert (before.trace_verified, before.source, before.registry_record) == (False, "manual", None)
    record = traceability.look_up(researcher, number)
    after = register(researcher, trace_number=f"410{number}", confirmed_warnings=["trace_number:entered_minutes_ago"])
    assert (after.trace_verified, after.source) == (True, "registry")
    assert after.registry_record == record.as_json()
    unknown = trace_number()
    traceability.look_up(researcher, unknown)
    assert not register(researcher, trace_number=unknown).trace_verified


def test_the_maker_sees_of_the_registrys_record_only_what_a_look_up_would_show(
    kape: Registry, researcher: Actor
) -> None:
    number, maker = trace_number(), make_user()
    kape.know(number, cattle(number))
    shown = traceability.look_up(maker, number)
    sample = register(maker, trace_number=number)
    assert sample.farmer_name == "홍길동"  # what they typed themselves
    assert sample.registry_record == shown.as_json()
    full = samples.get(researcher, sample.id).registry_record
    assert full is not None
    assert full["birth_farm"]["farmer_name"] == "김철수"


def test_another_number_is_verified_anew_and_the_history_says_so(kape: Registry, researcher: Actor) -> None:
    number, unknown = trace_number(), trace_number()
    kape.know(number, cattle(number))
    traceability.look_up(researcher, number)
    sample = register(researcher, trace_number=number)
    changed = samples.edit(researcher, sample.id, sample.version, samples.SampleChange(trace_number=unknown))
    assert (changed.trace_verified, changed.source, changed.registry_record) == (False, "manual", None)
    with transaction() as session:
        last = session.scalars(
            select(AuditEvent).where(AuditEvent.subject_id == sample.id).order_by(AuditEvent.position.desc()).limit(1)
        ).one()
        assert last.after == {"trace_number": unknown, "source": "manual", "trace_verified": False}
    back = samples.edit(researcher, sample.id, changed.version, samples.SampleChange(trace_number=number))
    assert (back.trace_verified, back.source) == (True, "registry")


def test_demo_data_stays_generated(kape: Registry, researcher: Actor) -> None:
    number = trace_number()
    kape.know(number, cattle(number))
    traceability.look_up(researcher, number)
    new = fresh(trace_number=number, photo={"id": str(receive_photo(researcher))})
    assert samples.register(researcher, ids.new(), new, source="generated").sample.source == "generated"
