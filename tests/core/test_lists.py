"""The list of samples: what it is narrowed to, in which order, and how it is turned page by page."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any
from uuid import uuid4

import pytest

from benchmarks.measuring import statements
from core import clock, evaluations, ids, measurements, photos, recycle_bin, reviews, rounds, samples
from core.errors import BadInput
from core.evaluations import NewEvaluation
from core.measurements import NewMeasurement
from core.policy import Actor
from core.rounds import NewRound
from core.samples import SampleFilter, SampleRow, SampleView
from core.samples.cursors import SORTS
from tests.makers import fresh, jpeg, make_sample, make_user, receive_photo, trace_number

RANKS = ("off", "3", "2", "1", "1+", "1++")
FARMS = ("강원특별자치도 횡성군 둔내면 1", "경기도 광주시 1", "충청북도 청주시 흥덕구 1", "주소 미상", None)
CUTS = {
    "cattle": (("loin", "ribeye_roll"), ("striploin", "striploin"), ("tenderloin", "tenderloin")),
    "pig": (("belly", "belly"), ("loin", "loin")),
}
HEATED = {"flavor": 6, "juiciness": 6, "tenderness": 5, "umami": 6, "palatability": 7}
START = datetime(2026, 3, 10, 3, tzinfo=UTC)


@pytest.fixture(scope="module")
def researcher() -> Actor:
    return make_user("researcher")


@pytest.fixture(scope="module")
def author() -> Actor:
    return make_user()


@pytest.fixture(scope="module")
def made(author: Actor, researcher: Actor) -> list[SampleView]:
    """Forty samples of one author, all sorts, as they are when all is done to them."""
    chance = random.Random(7)
    return [samples.get(author, record(author, researcher, chance, n)) for n in range(40)]


def record(author: Actor, researcher: Actor, chance: random.Random, n: int) -> str:
    """One sample on its way: some wait, some came back, some have all there can be."""
    sample_id, at = ids.new(), START + timedelta(hours=7 * (n // 2))  # two in the same instant
    with clock.at(at):
        stored = {"photo": {"id": str(receive_photo(author))}} if n % 5 else {}
        samples.register(author, sample_id, fresh(**any_animal(chance) | stored))
        if n % 5 and n % 3 == 0:
            reviews.reject(researcher, sample_id, 1, "photo_blurred", "Please take it again.")
        elif n % 5 and n % 3 == 1:
            reviews.approve(researcher, sample_id, 1)
            measure(researcher, sample_id, at, chance)
    if n % 6 == 0 and n % 5:
        with clock.at(at + timedelta(days=1)):
            samples.submit_again(author, sample_id, samples.get(author, sample_id).version)
    return sample_id


def any_animal(chance: random.Random) -> dict[str, Any]:
    species = chance.choice(("cattle", "cattle", "pig"))
    primal, secondary = chance.choice(CUTS[species])
    common = {
        "species": species, "primal_cut": primal, "secondary_cut": secondary, "farm_address": chance.choice(FARMS),
        "slaughtered_on": str(date(2026, 3, 1) + timedelta(days=chance.randrange(8))), "graded_on": None,
        "bms": None, "born_on": None,
    }  # fmt: skip
    if species == "pig":
        grade = chance.choice(("1+", "1", "2", None))
        return common | {"trace_number": f"1{trace_number()[1:]}", "grade": grade, "breed": "lyd", "sex": "female"}
    breed, sex = chance.choice(("hanwoo", "chikso", None)), chance.choice(("castrated", "female", None))
    return common | {"grade": chance.choice((*RANKS, None)), "breed": breed, "sex": sex}


def measure(researcher: Actor, sample_id: str, at: datetime, chance: random.Random) -> None:
    if chance.random() < 0.6:
        evaluations.write(researcher, sample_id, 0, uuid4(), tasted(at))
    if chance.random() < 0.6:
        measured = NewMeasurement.model_validate({"preparation": "raw", "values": {"ph": 5.6}, "measured_at": at})
        measurements.write(researcher, sample_id, 0, uuid4(), measured)
    if chance.random() < 0.6:
        step = {"method": "deep_aging", "started_at": at, "minutes": 60}
        with clock.at(at + timedelta(hours=2)):
            rounds.add(researcher, sample_id, 1, NewRound.model_validate(step))


def tasted(at: datetime) -> NewEvaluation:
    sent = {"preparation": "heated", "scale": "1-10", "scores": HEATED, "evaluated_at": at}
    return NewEvaluation.model_validate(sent)


def parts(sample: SampleView) -> set[str]:
    """What there is of a sample, seen from the whole of it."""
    there = {
        "photo": sample.rounds[0].photo() is not None,
        "heated": any(e.preparation == "heated" for part in sample.rounds for e in part.evaluations),
        "laboratory": any(part.measurements for part in sample.rounds),
        "rounds": len(sample.rounds) > 1,
    }
    return {name for name, is_there in there.items() if is_there}


def seoul_day(instant: datetime) -> date:
    return instant.astimezone(clock.SEOUL).date()


# Each filter with some of its values, and what it means for one sample.
MEANING: dict[str, tuple[tuple[Any, ...], Callable[[SampleView, Any], bool]]] = {
    "status": (("pending", "approved", "rejected"), lambda s, v: s.status == v),
    "species": (("cattle", "pig", "horse"), lambda s, v: s.species == v),
    "primal_cut": (("loin", "belly"), lambda s, v: s.primal_cut == v),
    "secondary_cut": (("ribeye_roll", "loin"), lambda s, v: s.secondary_cut == v),
    "grade": (("1++", "1", "2", "no such grade"), lambda s, v: s.grade == v),
    "sex": (("female",), lambda s, v: s.sex == v),
    "breed": (("hanwoo", "lyd"), lambda s, v: s.breed == v),
    "province": (("KR-42", "KR-41", "unknown"), lambda s, v: s.province == (None if v == "unknown" else v)),
    "slaughtered_from": ((date(2026, 3, 4),), lambda s, v: s.slaughtered_on >= v),
    "slaughtered_to": ((date(2026, 3, 6),), lambda s, v: s.slaughtered_on <= v),
    "received_from": ((date(2026, 3, 12),), lambda s, v: seoul_day(s.received_at) >= v),
    "received_to": ((date(2026, 3, 13),), lambda s, v: seoul_day(s.received_at) <= v),
    "submitted_from": ((date(2026, 3, 13),), lambda s, v: seoul_day(s.submitted_at) >= v),
    "submitted_to": ((date(2026, 3, 12),), lambda s, v: seoul_day(s.submitted_at) <= v),
    "has": ((("photo",), ("heated",), ("laboratory", "rounds")), lambda s, v: set(v) <= parts(s)),
    "missing": ((("photo",), ("rounds", "heated")), lambda s, v: not set(v) & parts(s)),
    "q": (("횡성", "청주시 흥", "없는 곳"), lambda s, v: (s.city or "").startswith(v)),
}


def listed(actor: Actor, wanted: SampleFilter, **how: Any) -> list[str]:
    return [row.id for row in samples.page(actor, wanted, limit=100, **how).rows]


def test_each_filter_alone_means_what_it_says(author: Actor, made: list[SampleView]) -> None:
    for name, (choices, fits) in MEANING.items():
        for value in choices:
            expected = {sample.id for sample in made if fits(sample, value)}
            assert set(listed(author, SampleFilter.model_validate({name: value}))) == expected, (name, value)


def test_filters_together_leave_what_each_of_them_leaves(author: Actor, made: list[SampleView]) -> None:
    chance, found = random.Random(11), 0
    for _ in range(150):
        chosen = {name: chance.choice(MEANING[name][0]) for name in chance.sample(list(MEANING), chance.randint(2, 4))}
        expected = {s.id for s in made if all(MEANING[name][1](s, value) for name, value in chosen.items())}
        sort = chance.choice(("", "-")) + chance.choice(list(SORTS))
        assert set(listed(author, SampleFilter.model_validate(chosen), sort=sort)) == expected, (chosen, sort)
        found += bool(expected)
    assert found > 30


@pytest.mark.parametrize(("name", "down"), [*product(SORTS, (False, True))])
def test_an_order_is_whole_and_stable_and_its_pages_fit_together(
    author: Actor, made: list[SampleView], name: str, down: bool
) -> None:
    sort = f"-{name}" if down else name
    whole = samples.page(author, SampleFilter(), sort=sort, limit=100).rows
    assert [row.id for row in whole] == [row.id for row in sorted(whole, key=key_of(name), reverse=down)]
    assert {row.id for row in whole} == {sample.id for sample in made}
    forward = list(walk(author, sort=sort, limit=7))
    assert [row.id for page in forward for row in page.rows] == [row.id for row in whole]
    at = forward[-1]
    for expected in reversed(forward[:-1]):
        at = samples.page(author, SampleFilter(), sort=sort, limit=7, cursor=at.previous)
        assert [row.id for row in at.rows] == [row.id for row in expected.rows]
    assert at.previous is None


def test_few_and_many_are_turned_alike(author: Actor, made: list[SampleView], monkeypatch: pytest.MonkeyPatch) -> None:
    few = [[row.id for row in page.rows] for page in walk(author, sort="-grade", limit=7)]
    monkeypatch.setattr(samples.lists, "MOST_COUNTED", 3)
    assert [[row.id for row in page.rows] for page in walk(author, sort="-grade", limit=7)] == few


def key_of(name: str) -> Callable[[SampleRow], Any]:
    if name == "grade":
        return lambda row: (RANKS.index(row.grade) if row.grade else -1, row.received_at, row.id)
    return lambda row: (getattr(row, name), row.id)


def walk(actor: Actor, **how: Any) -> Iterator[samples.Page]:
    page = samples.page(actor, SampleFilter(), **how)
    yield page
    while page.next:
        page = samples.page(actor, SampleFilter(), cursor=page.next, **how)
        yield page


def test_nothing_is_left_out_or_shown_twice_while_samples_are_added() -> None:
    actor = make_user()
    before = [samples.register(actor, ids.new(), fresh()).sample.id for _ in range(7)]
    seen: list[str] = []
    for page in walk(actor, limit=3):
        seen += [row.id for row in page.rows]
        samples.register(actor, ids.new(), fresh())
    assert seen == before[::-1]


def test_back_at_the_beginning_the_first_page_is_whole() -> None:
    actor = make_user()
    for _ in range(4):
        samples.register(actor, ids.new(), fresh())
    second = samples.page(actor, SampleFilter(), limit=3, cursor=samples.page(actor, SampleFilter(), limit=3).next)
    newest = samples.register(actor, ids.new(), fresh()).sample.id
    first = samples.page(actor, SampleFilter(), limit=3, cursor=second.previous)
    assert first.previous is not None  # the newest one lies before what was the first page
    first = samples.page(actor, SampleFilter(), limit=3, cursor=first.previous)
    assert first.rows[0].id == newest
    assert len(first.rows) == 3


def test_without_a_wish_the_order_fits_the_filter(author: Actor, made: list[SampleView]) -> None:
    days = samples.page(author, SampleFilter(slaughtered_from=date(2026, 3, 2)), limit=100).rows
    assert [row.slaughtered_on for row in days] == sorted((row.slaughtered_on for row in days), reverse=True)
    submitted = samples.page(author, SampleFilter(submitted_to=date(2026, 3, 20)), limit=100).rows
    assert [row.submitted_at for row in submitted] == sorted((row.submitted_at for row in submitted), reverse=True)
    received = samples.page(author, SampleFilter(), limit=100).rows
    assert [row.received_at for row in received] == sorted((row.received_at for row in received), reverse=True)


def test_a_sample_is_found_by_any_part_of_its_number(author: Actor, made: list[SampleView]) -> None:
    for sample in made[:6]:
        for start, end in ((0, 4), (2, 7), (7, 11), (0, 11), (5, 8)):
            part = sample.id[start:end]
            expected = {other.id for other in made if part in other.id or other.trace_number.startswith(part)}
            for typed in (part, part.lower(), part.replace("0", "O").replace("1", "l"), "-".join(part), f" {part} "):
                assert set(listed(author, SampleFilter(q=typed))) == expected, typed
        assert listed(author, SampleFilter(q=ids.pretty(sample.id))) == [sample.id]
        two = sample.id[:2]
        begin = {other.id for other in made if other.id.startswith(two) or other.trace_number.startswith(two)}
        assert set(listed(author, SampleFilter(q=two.lower()))) == begin


@pytest.mark.parametrize("typed", ["{0}", " {0:.7} ", "410{0}", "(251){0}", "{1}"])
def test_a_sample_is_found_by_its_trace_number(author: Actor, made: list[SampleView], typed: str) -> None:
    sample = next(sample for sample in made if sample.species == "cattle")
    tag = sample.trace_number[3:]
    q = typed.format(sample.trace_number, f"{tag[:4]}-{tag[4:8]}-{tag[8:]}")
    assert sample.id in listed(author, SampleFilter(q=q))
    assert len(listed(author, SampleFilter(q=q))) < 5


@pytest.mark.parametrize("typed", ["%", "_", "%%%", "\\", "'; drop table samples", "🥩", "7K3M_9QXD", "x" * 200])
def test_signs_that_mean_something_to_the_database_find_nothing(author: Actor, made: list[Any], typed: str) -> None:
    assert not listed(author, SampleFilter(q=typed))


def test_each_sees_their_own_and_staff_sees_all(author: Actor, researcher: Actor, made: list[SampleView]) -> None:
    stranger = make_user()
    assert not samples.page(stranger, SampleFilter()).rows
    assert not samples.page(stranger, SampleFilter(owner=str(author.id))).rows
    assert not samples.page(stranger, SampleFilter(q=made[0].id)).rows
    assert set(listed(researcher, SampleFilter(owner=str(author.id)))) == {sample.id for sample in made}
    assert not listed(researcher, SampleFilter(owner="me"))
    assert samples.authors(stranger) == ()
    assert samples.authors(author) == ((author.id, author.name),)
    assert (author.id, author.name) in samples.authors(researcher)


def test_a_row_says_what_the_whole_sample_says(author: Actor, made: list[SampleView]) -> None:
    whole = {sample.id: sample for sample in made}
    for row in samples.page(author, SampleFilter(), limit=100).rows:
        sample = whole[row.id]
        same = set(SampleRow.__dataclass_fields__) & set(SampleView.__dataclass_fields__) - {"rounds"}
        assert {name: getattr(row, name) for name in same} == {name: getattr(sample, name) for name in same}
        assert row.rounds == len(sample.rounds) - 1
        there = {name for name in ("photo", "heated", "laboratory") if getattr(row, f"has_{name}")}
        assert there == parts(sample) - {"rounds"}
        shown = sample.rounds[0].photo()
        assert row.photo_id == (shown.id if shown else None)


def test_what_there_is_follows_what_comes_and_goes(researcher: Actor) -> None:
    sample = make_sample(researcher)
    at = clock.now() - timedelta(hours=3)

    def found(**wanted: Any) -> bool:
        return listed(researcher, SampleFilter(q=sample.id, **wanted)) == [sample.id]

    rounds.add(researcher, sample.id, 1, NewRound(method="deep_aging", started_at=at, minutes=60))
    photos.add(researcher, sample.id, 1, "raw", jpeg(), photo_id=uuid4())
    evaluations.write(researcher, sample.id, 1, uuid4(), tasted(clock.now()))
    assert found(has=("photo", "rounds", "heated"), missing=("laboratory",))
    rounds.remove(researcher, sample.id, 1, samples.get(researcher, sample.id).version, "made in error")
    assert found(has=("photo",), missing=("rounds", "heated", "laboratory"))
    recycle_bin.restore_round(researcher, sample.id, -1)
    assert found(has=("photo", "rounds", "heated"), missing=("laboratory",))


def test_what_lies_in_the_bin_is_not_listed(researcher: Actor) -> None:
    sample = make_sample(researcher)
    recycle_bin.remove(researcher, sample.id, sample.version, "made in error")
    assert not listed(researcher, SampleFilter(q=sample.id))


def test_a_change_moves_a_sample_up_among_the_changed() -> None:
    actor = make_user()
    oldest, newest = (make_sample(actor) for _ in range(2))
    assert listed(actor, SampleFilter(), sort="-updated_at") == [newest.id, oldest.id]
    samples.edit(actor, oldest.id, 1, samples.SampleChange.model_validate({"sex": "female"}))
    assert listed(actor, SampleFilter(), sort="-updated_at") == [oldest.id, newest.id]


def test_all_that_fit_are_counted_and_no_more_than_a_thousand(
    author: Actor, made: list[SampleView], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = samples.page(author, SampleFilter(), limit=3)
    assert (found.total, found.is_more) == (40, False)
    assert samples.page(author, SampleFilter(), limit=3, count=False).total is None
    monkeypatch.setattr(samples.lists, "MOST_COUNTED", 39)
    found = samples.page(author, SampleFilter(), limit=3)
    assert (found.total, found.is_more) == (39, True)


def test_a_page_takes_the_same_few_queries_however_long_it_is(author: Actor, made: list[SampleView]) -> None:
    with statements() as short:
        samples.page(author, SampleFilter(), limit=1)
    with statements() as long:
        samples.page(author, SampleFilter(has=("photo",), status="rejected", q="0"), sort="-grade", limit=100)
    assert len(short) == len(long) == 2
    with statements() as turned:
        samples.page(author, SampleFilter(), limit=10, cursor=samples.page(author, SampleFilter(), limit=30).next)
    assert len(turned) == 4  # two for each of the two pages


@pytest.mark.parametrize("sort", ["-", "id", "grade_rank", "--grade", "grade; drop table samples"])
def test_an_order_that_there_is_not_is_refused(author: Actor, sort: str) -> None:
    with pytest.raises(BadInput) as refused:
        samples.page(author, SampleFilter(), sort=sort)
    assert [(finding.field, finding.code) for finding in refused.value.findings] == [("sort", "unknown_choice")]


CURSORS = ["x", "é", "e30", "bnVsbA", "W10", "\0", "[" * 300, "W1tbW1tbW1tbW1tb", "=" * 50]


@pytest.mark.parametrize("cursor", CURSORS, ids=ascii)
def test_a_cursor_that_is_none_is_refused(author: Actor, cursor: str) -> None:
    with pytest.raises(BadInput) as refused:
        samples.page(author, SampleFilter(), cursor=cursor)
    assert [(finding.field, finding.code) for finding in refused.value.findings] == [("cursor", "not_valid")]


def test_a_cursor_belongs_to_its_order(author: Actor, made: list[SampleView]) -> None:
    cursor = samples.page(author, SampleFilter(), limit=3).next
    for sort in ("received_at", "-slaughtered_on", "grade"):
        with pytest.raises(BadInput):
            samples.page(author, SampleFilter(), sort=sort, cursor=cursor)


def test_days_that_no_calendar_of_ours_has_are_refused() -> None:
    for wrong in ("9999-12-31", "0001-01-01"):
        with pytest.raises(ValueError, match="received_to"):
            SampleFilter.model_validate({"received_to": wrong})
