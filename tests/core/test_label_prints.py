"""Printing labels: for whom, of what, noted once; few statements however many labels."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from core import history, ids, recycle_bin, sample_labels, samples, scanning
from core.db import engine, transaction
from core.errors import BadInput, Conflict, NotFound
from core.policy import Actor
from core.sample_labels import NewPrint
from core.samples import SampleFilter
from tests.label_reading import by_zxing, graphics
from tests.makers import fresh, make_sample, make_user


@pytest.fixture(scope="module")
def author(servers: dict[str, str]) -> Actor:
    return make_user()


@pytest.fixture(scope="module")
def staff(servers: dict[str, str]) -> Actor:
    return make_user("researcher")


def register(actor: Actor, **changes: Any) -> str:
    """Without its photo, which no label shows."""
    return samples.register(actor, ids.new(), fresh(**changes)).sample.id


@contextmanager
def statements() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(*call: Any) -> None:
        seen.append(call[2])

    event.listen(engine(), "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine(), "before_cursor_execute", note)


def findings(act: Any) -> dict[str, str]:
    with pytest.raises(BadInput) as refused:
        act()
    return {finding.field: finding.code for finding in refused.value.findings}


def test_a_print_is_a_file_of_what_was_asked(author: Actor) -> None:
    mine = [register(author), register(author)]
    written = [ids.pretty(mine[1]).lower(), mine[0], mine[1]]  # as people write them; twice is once
    file = sample_labels.print_labels(author, NewPrint(ids=written, size="40x20", copies=3, format="zpl", dpi=203))
    assert (file.samples, file.labels, file.media_type) == (2, 6, "application/zpl")
    assert file.name.endswith("-40x20.zpl")
    found = [(by_zxing(picture)["QR Code"], copies) for picture, copies in graphics(file.data)]
    assert found == [(mine[1], 3), (mine[0], 3)]


@pytest.mark.parametrize("format_", ["pdf_sheet", "pdf_single"])
def test_pdf_is_pdf(author: Actor, format_: Any) -> None:
    file = sample_labels.print_labels(author, NewPrint(ids=[register(author)], format=format_))
    assert file.data.startswith(b"%PDF")
    assert (file.media_type, file.name[-4:]) == ("application/pdf", ".pdf")


def test_every_print_is_in_the_log_and_in_the_history(author: Actor, staff: Actor) -> None:
    mine = register(author)
    made = sample_labels.print_labels(author, NewPrint(ids=[mine], size="14x39", copies=2, language="en"))
    again = sample_labels.print_labels(staff, NewPrint(ids=[mine]))
    second, first = sample_labels.prints(staff, sample_id=mine).items
    assert (first.id, first.size, first.copies, first.format, first.language, first.sample_ids) == (
        made.print_id, "14x39", 2, "pdf_sheet", "en", (mine,),
    )  # fmt: skip
    assert (first.printed_by, second.printed_by, second.id) == (author.name, staff.name, again.print_id)
    told = [(each.action, each.actor) for each in history.of_sample(staff, mine)]
    assert told[-2:] == [("label.print", author.name), ("label.print", staff.name)]
    (chosen,) = sample_labels.choose(staff, [mine], "ko").samples
    assert (chosen.printed, chosen.last_printed_at) == (3, second.printed_at)


def test_the_same_print_sent_twice_is_one(author: Actor, staff: Actor) -> None:
    mine, wanted = register(author), uuid4()
    new = NewPrint(ids=[mine], id=wanted)
    first, second = (sample_labels.print_labels(author, new) for _ in range(2))
    assert first.data == second.data
    assert first.print_id == second.print_id == wanted
    assert len(sample_labels.prints(author, sample_id=mine).items) == 1
    for actor, other in ((author, {"copies": 2}), (author, {"ids": [register(author)]}), (staff, {})):
        with pytest.raises(Conflict):
            sample_labels.print_labels(actor, new.model_copy(update=other))


def test_a_label_says_what_the_sample_is(author: Actor) -> None:
    mine = register(author, trace_number="002111222333")
    (korean,), (english,) = (sample_labels.choose(author, [mine], each).samples for each in ("ko", "en"))
    assert korean.label.lines == (ids.pretty(mine), "소 등심 꽃등심살", "2026-03-05 1+", "002111222333")
    assert english.label.lines[1] == "Cattle Loin Ribeye roll"


def test_others_samples_are_as_unknown_as_what_is_not_there(author: Actor, staff: Actor) -> None:
    foreign, gone = register(staff), make_sample(author)
    recycle_bin.remove(author, gone.id, gone.version, "Wrong.")
    for unknown in (foreign, gone.id, ids.new()):
        with pytest.raises(NotFound):
            sample_labels.print_labels(author, NewPrint(ids=[register(author), unknown]))
        assert sample_labels.choose(author, [unknown], "ko").unknown == (unknown,)
    assert sample_labels.prints(author, sample_id=foreign).items == ()


def test_what_is_wrong_is_told_by_its_place(author: Actor) -> None:
    mine = register(author)
    wrong = mine[:-1] + ("0" if mine[-1] != "0" else "1")
    act = sample_labels.print_labels
    assert findings(lambda: act(author, NewPrint(ids=[mine, wrong, "x"]))) == {
        "ids.1": "sample_id_form", "ids.2": "sample_id_form",
    }  # fmt: skip
    many = [ids.new() for _ in range(101)]
    assert findings(lambda: act(author, NewPrint(ids=many, copies=20))) == {"copies": "too_many"}
    assert findings(lambda: sample_labels.choose(author, [mine] * 501, "ko")) == {"ids": "too_many"}
    assert findings(lambda: sample_labels.prints(author, after="x")) == {"cursor": "not_valid"}


def test_many_labels_take_as_few_statements_as_one(staff: Actor) -> None:
    counts = []
    for count in (1, 8):
        mine = [register(staff) for _ in range(count)]
        with statements() as seen:
            sample_labels.print_labels(staff, NewPrint(ids=mine, format="zpl", dpi=203))
            sample_labels.choose(staff, mine, "ko")
        counts.append(len(seen))
    assert counts[0] == counts[1] < 15


def test_a_filter_names_its_samples_in_the_order_of_the_list(staff: Actor) -> None:
    owner = make_user("researcher")
    made = [register(owner) for _ in range(3)]
    wanted = SampleFilter(owner=str(owner.id))
    assert sample_labels.of_filter(staff, wanted) == tuple(reversed(made))
    assert sample_labels.of_filter(staff, wanted, "received_at") == tuple(made)
    assert sample_labels.of_filter(make_user(), wanted) == ()


def test_the_log_has_pages(staff: Actor) -> None:
    person, mine = make_user("researcher"), register(staff)
    made = [sample_labels.print_labels(person, NewPrint(ids=[mine])).print_id for _ in range(3)]
    first = sample_labels.prints(person, sample_id=mine, limit=2)
    second = sample_labels.prints(person, sample_id=mine, limit=2, after=first.after)
    assert [each.id for each in (*first.items, *second.items)] == made[::-1]
    assert second.after is None


@pytest.mark.parametrize("change", ["delete from label_prints", "update label_print_items set position = 9"])
def test_the_log_is_never_rewritten(author: Actor, change: str) -> None:
    sample_labels.print_labels(author, NewPrint(ids=[register(author)]))
    with pytest.raises(DBAPIError, match="only added"), transaction() as session:
        session.execute(text(change))


def test_a_print_stays_in_the_log_when_its_sample_is_gone() -> None:
    boss = make_user("manager")
    mine = make_sample(boss)
    sample_labels.print_labels(boss, NewPrint(ids=[mine.id]))
    recycle_bin.remove(boss, mine.id, mine.version, "Wrong.")
    recycle_bin.purge(boss, mine.id, "Wrong.")
    assert [each.sample_ids for each in sample_labels.prints(boss, sample_id=mine.id).items] == [(mine.id,)]


def test_scanning_says_whether_the_sample_is_there_for_one(author: Actor, staff: Actor) -> None:
    mine = register(author, trace_number="002999888777")
    assert scanning.scan_text(author, mine).is_known
    assert scanning.scan_text(staff, mine).is_known
    assert not scanning.scan_text(make_user(), mine).is_known
    assert not scanning.scan_text(author, ids.new()).is_known
    found = scanning.scan_text(author, "(251)002999888777")
    assert (found.kind, found.number, found.is_known) == ("trace_number", "002999888777", True)
    assert not scanning.scan_text(make_user(), "002999888777").is_known
