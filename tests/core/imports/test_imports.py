"""Imports from the file to the database and back: looked through, confirmed, written once, undone."""

import io
import zipfile
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from core import clock, history, imports, samples
from core.db import engine, transaction
from core.errors import (
    BadInput,
    ImportEdited,
    ImportNotReady,
    ImportTooOld,
    NotAllowed,
    NotFound,
    OpenQuestions,
)
from core.imports import ImportView
from core.policy import Actor
from core.tables import AuditEvent, Evaluation, ImportChange, ImportRun, Measurement, Photo, Round, Sample
from tests.core.imports.people import HEATED, LABORATORY, RAW, SAMPLE, TONGUE, Cells, Made, Person, make, write
from tests.makers import jpeg, make_user

EVERYTHING = (SAMPLE, HEATED, RAW, TONGUE, LABORATORY)
PERSON = Person("tidy", language=2, says_groups=True, groups=EVERYTHING, n=4)


@pytest.fixture
def actor() -> Actor:
    return make_user("researcher")


def sent(actor: Actor, data: bytes, photos: bytes | None = None, **options: Any) -> ImportView:
    """Looked through."""
    run = imports.start(actor, "시험.xlsx", data, {"scale": "1-10"} | options, photos=photos)
    imports.work(run.id)
    return imports.get(actor, run.id)


def confirmed(actor: Actor, run: ImportView, **how: Any) -> ImportView:
    """Written."""
    imports.confirm(actor, run.id, **how)
    imports.work(run.id)
    return imports.get(actor, run.id)


def all_of(actor: Actor) -> list[Sample]:
    with transaction() as session:
        return list(session.scalars(select(Sample).where(Sample.created_by == actor.id).order_by(Sample.received_at)))


def everything(ids: list[str]) -> list[Any]:
    """All that is stored of samples, but for how often and when they were changed."""
    tables = ("samples", "rounds", "photos", "evaluations", "measurements", "reviews")
    found = []
    with engine().connect() as connection:
        for table in tables:
            key = "id" if table == "samples" else "sample_id"
            plain = "to_jsonb(t) - 'version' - 'updated_at'"
            query = f"select {plain} from {table} t where {key} = any(%(ids)s) order by t::text"  # noqa: S608
            found.append(connection.exec_driver_sql(query, {"ids": ids}).scalars().all())
    return found


def codes(actor: Actor, run: ImportView) -> set[tuple[str, str]]:
    return {(each.cell, each.code) for each in imports.findings(actor, run.id, limit=10_000)[0]}


def sheet(rows: list[list[Any]], person: Person = PERSON) -> bytes:
    cells: Cells = {(r, c): value for r, row in enumerate(rows) for c, value in enumerate(row) if value is not None}
    return write(person, cells, [])


def test_what_is_confirmed_is_written_as_the_workbook_has_it(actor: Actor) -> None:
    made = make(PERSON, seed=11)
    run = sent(actor, made.data)
    assert (run.phase, run.summary["good"], run.summary["new_samples"]) == ("checked", 4, 4)
    assert not all_of(actor)  # nothing before it is confirmed
    assert confirmed(actor, run).phase == "written"
    stored = {sample.trace_number: samples.get(actor, sample.id) for sample in all_of(actor)}
    for values in made.truth.values():
        _compare(stored[values["samples.trace_number"]], values)


def _compare(found: Any, values: dict[str, Any]) -> None:
    raw = found.rounds[0]
    scores = {name: score for each in raw.evaluations for name, score in each.scores.items()}
    measured = {name: value for each in raw.measurements for name, value in each.values.items()}
    for target, value in values.items():
        sheet_, _, key = target.partition(".")
        told = {"samples": vars(found), "evaluations": scores, "measurements": measured}[sheet_]
        assert told[key] == value
    assert found.status == "approved"
    assert {each.scale for each in raw.evaluations} == {"1-10"}


def test_the_same_file_twice_writes_nothing_twice(actor: Actor) -> None:
    data = make(PERSON, seed=12).data
    confirmed(actor, sent(actor, data))
    before = everything(ids := [sample.id for sample in all_of(actor)])
    again = sent(actor, data)
    assert (again.summary["same"], again.summary["good"]) == (4, 0)
    assert confirmed(actor, again).summary["written"]["new_samples"] == 0
    assert everything(ids) == before
    assert len(all_of(actor)) == 4


def test_the_same_file_from_somebody_else_writes_nothing_twice_either(actor: Actor) -> None:
    data = make(PERSON, seed=13).data
    confirmed(actor, sent(actor, data))
    other = make_user("researcher")
    assert sent(other, data).summary["same"] == 4


def test_confirming_twice_writes_once(actor: Actor) -> None:
    run = sent(actor, make(PERSON, seed=14).data)
    confirmed(actor, run)
    assert confirmed(actor, run).phase == "written"
    assert len(all_of(actor)) == 4


def test_bad_rows_stay_out_and_good_ones_go_in(actor: Actor) -> None:
    made = make(PERSON, seed=15)
    row = min(made.truth)
    made.cells[row - 1, made.columns["samples.sex"]] = "중성"
    run = sent(actor, made.written())
    assert (run.summary["bad"], run.summary["good"]) == (1, 3)
    confirmed(actor, run)
    assert len(all_of(actor)) == 3


def test_history_says_who_what_and_from_which_file(actor: Actor) -> None:
    run = confirmed(actor, sent(actor, make(PERSON, seed=16).data))
    events = history.of_sample(actor, all_of(actor)[0].id)
    assert [event.action for event in events][:2] == ["sample.create_fresh", "sample.approved_on_submission"]
    assert {event.actor for event in events} == {actor.name}
    assert all(run.sha256[:16] in (event.reason or "") for event in events)
    problems: list[Any] = []
    history.verify(problems.append)
    assert problems == []


def test_undoing_an_import_leaves_what_was_there_before(actor: Actor) -> None:
    made = make(PERSON, seed=17)
    confirmed(actor, sent(actor, made.data))
    ids = [sample.id for sample in all_of(actor)]
    before = everything(ids)
    _change_and_add(made)
    run = sent(actor, made.written())
    assert (run.summary["new_samples"], run.summary["changed_samples"]) == (1, 2)
    written = confirmed(actor, run)
    assert everything(ids) != before
    assert written.may_undo
    assert imports.undo(actor, run.id).phase == "undone"
    assert everything(ids) == before
    assert imports.undo(actor, run.id).phase == "undone"
    assert len(all_of(actor)) == 4


def _change_and_add(made: Made) -> None:
    """One sample's weight, another's pH, and one sample more."""
    first, second = sorted(made.truth)[:2]
    made.cells[first - 1, made.columns["samples.carcass_weight_kg"]] = 455.5
    made.cells[second - 1, made.columns["measurements.ph"]] = 5.55
    more = make(PERSON, seed=99)
    source = min(more.truth)
    end = max(made.truth)
    for column in made.columns.values():
        made.cells[end, column] = more.cells[source - 1, column]


def test_what_was_undone_can_be_imported_again(actor: Actor) -> None:
    data = make(PERSON, seed=18).data
    run = confirmed(actor, sent(actor, data))
    imports.undo(actor, run.id)
    assert not all_of(actor)
    again = confirmed(actor, sent(actor, data))
    assert again.summary["written"]["new_samples"] == 4


def test_an_import_that_somebody_has_edited_is_not_undone(actor: Actor) -> None:
    run = confirmed(actor, sent(actor, make(PERSON, seed=19).data))
    one = all_of(actor)[0]
    samples.edit(actor, one.id, one.version, samples.SampleChange(farmer_name="김철수"))
    with pytest.raises(ImportEdited):
        imports.undo(actor, run.id)
    assert len(all_of(actor)) == 4


def test_an_import_is_undone_for_a_day(actor: Actor) -> None:
    run = confirmed(actor, sent(actor, make(PERSON, seed=20).data))
    with clock.at(clock.now() + timedelta(hours=24, minutes=1)), pytest.raises(ImportTooOld):
        imports.undo(actor, run.id)


def test_what_was_changed_since_the_last_look_is_not_written_over(actor: Actor) -> None:
    made = make(PERSON, seed=21)
    confirmed(actor, sent(actor, made.data))
    _change_and_add(made)
    run = sent(actor, made.written())
    for one in all_of(actor):
        samples.edit(actor, one.id, one.version, samples.SampleChange(farmer_name="김철수"))
    failed = confirmed(actor, run)
    assert (failed.phase, failed.error) == ("failed", "import_changed")
    assert len(all_of(actor)) == 4
    imports.answer(actor, run.id, {})
    imports.work(run.id)
    assert confirmed(actor, imports.get(actor, run.id)).phase == "written"


def test_the_scale_is_asked_for_and_never_guessed(actor: Actor) -> None:
    run = sent(actor, make(PERSON, seed=22).data, scale=None)
    assert "scale_needed" in {code for _, code in codes(actor, run)}
    with pytest.raises(OpenQuestions):
        imports.confirm(actor, run.id)
    imports.answer(actor, run.id, {"scale": "1-10"})
    imports.work(run.id)
    assert confirmed(actor, imports.get(actor, run.id)).phase == "written"


def test_unknown_columns_are_asked_for_and_mapped(actor: Actor) -> None:
    made = make(Person("unknown", groups=(SAMPLE, RAW)), seed=23)
    column = max(made.columns.values()) + 1
    made.cells[0, column] = "산성정도"
    for row in made.truth:
        made.cells[row - 1, column] = 5.5
    run = sent(actor, made.written())
    (asked,) = [each for each in imports.columns(actor, run.id) if each.target is None]
    assert (asked.header, asked.preview) == ("산성정도", ("5.5",) * 5)
    assert run.summary["open_questions"] == 1
    imports.answer(actor, run.id, {"mapping": {asked.key: "measurements.ph"}})
    imports.work(run.id)
    confirmed(actor, imports.get(actor, run.id))
    with transaction() as session:
        ids = [sample.id for sample in all_of(actor)]
        assert set(session.scalars(select(Measurement.ph).where(Measurement.sample_id.in_(ids)))) == {5.5}


def test_what_looks_unusual_goes_in_only_when_confirmed(actor: Actor) -> None:
    made = make(PERSON, seed=24)
    row = min(made.truth)
    made.cells[row - 1, made.columns["measurements.ph"]] = 7.9
    data = made.written()
    run = sent(actor, data)
    assert (run.summary["warned"], run.summary["good"]) == (1, 3)
    written = confirmed(actor, run)
    assert written.summary["written"] | {"photos": 0} == {
        "new_samples": 4, "changed_samples": 0, "rounds": 0, "evaluations": 8, "measurements": 3, "photos": 0,
    }  # fmt: skip
    again = confirmed(actor, sent(actor, data), with_warnings=True)
    assert again.summary["written"]["measurements"] == 1
    with transaction() as session:
        query = select(Measurement.warnings).where(Measurement.ph == 7.9, Measurement.measured_by == actor.id)
        assert session.scalars(query).one()[0]["code"] == "unusual_value"


def test_which_of_two_samples_a_row_is_of_is_asked(actor: Actor) -> None:
    header = ["이력번호", "대분할", "소분할", "도축일자", "도체중"]
    row = ["002123123123", "등심", "꽃등심살", "2025-03-01", 400.0]
    labelled = sheet([[*header, "샘플번호"], [*row, "S1"], [*row, "S2"]])
    confirmed(actor, sent(actor, labelled))
    ids = [sample.id for sample in all_of(actor)]
    assert len(ids) == 2
    run = sent(actor, sheet([header, [*row[:4], 410.0]]))
    assert codes(actor, run) == {("A2", "several_fit")}
    imports.answer(actor, run.id, {"choices": {"시험결과!2": ids[1]}})
    imports.work(run.id)
    confirmed(actor, imports.get(actor, run.id))
    assert {sample.id: sample.carcass_weight_kg for sample in all_of(actor)} == {ids[0]: 400.0, ids[1]: 410.0}


def test_rounds_and_replicates_of_one_sample(actor: Actor) -> None:
    made = make(Person("rounds", rounds=3, groups=(SAMPLE, RAW, LABORATORY), n=2), seed=25)
    confirmed(actor, sent(actor, made.data), with_warnings=True)
    found = [samples.get(actor, sample.id) for sample in all_of(actor)]
    assert [len(each.rounds) for each in found] == [3, 3]
    assert {len(part.measurements) for each in found for part in each.rounds} == {1}


def zipped(photos: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in photos.items():
            archive.writestr(name, data)
    return out.getvalue()


def with_photos(names: list[str | None]) -> bytes:
    rows: list[list[Any]] = [["이력번호", "부위", "도축일자", "이미지 파일명"]]
    numbers = ["002555000111", "002555000222", "002555000333"]
    rows += [[number, "채끝살", "2025-03-01", name] for number, name in zip(numbers, names, strict=True)]
    return sheet(rows)


def test_photos_of_a_zip_go_to_the_rows_that_name_them(actor: Actor) -> None:
    pictures = {"A1.jpg": jpeg(), "사진/b2.JPG": jpeg(), "left.jpg": jpeg(), "notes.txt": b"x"}
    data = with_photos(["a1.jpg", "b2.jpg", "c3.jpg"])
    run = sent(actor, data, zipped(pictures))
    assert codes(actor, run) == {("D4", "photo_not_in_zip"), ("", "photo_unused")}
    confirmed(actor, run)
    with transaction() as session:
        ids = [sample.id for sample in all_of(actor)]
        assert len(session.scalars(select(Photo).where(Photo.sample_id.in_(ids), Photo.state == "stored")).all()) == 2
    assert sent(actor, data, zipped(pictures)).summary["photos"] == 0


def test_a_photo_with_the_number_of_another_row_is_reported(actor: Actor) -> None:
    names: list[str | None] = ["002555000222.jpg", "x.jpg", "x.jpg"]
    run = sent(actor, with_photos(names), zipped({"002555000222.jpg": jpeg(), "x.jpg": jpeg()}))
    assert codes(actor, run) == {("D2", "photo_of_other"), ("D4", "photo_twice")}


def test_a_photo_that_is_none_is_found_before_anything_is_written(actor: Actor) -> None:
    names: list[str | None] = ["a.jpg", "b.jpg", "c.jpg"]
    run = sent(actor, with_photos(names), zipped({"a.jpg": b"x", "b.jpg": jpeg(50, 50), "c.jpg": jpeg()}))
    assert codes(actor, run) == {("D2", "photo_unreadable"), ("D3", "photo_too_small")}
    assert confirmed(actor, run).summary["written"]["photos"] == 1


def test_other_tasters_become_panelists(actor: Actor) -> None:
    header = ["이력번호", "부위", "도축일자", "평가자", "마블링", "육색", "조직감"]
    rows = [
        ["002666000111", "채끝살", "2025-03-01", name, 5.0, 6.0, n] for n, name in ((7.0, "김철수"), (4.0, "이영희"))
    ]
    data = sheet([header, *rows])
    confirmed(actor, sent(actor, data))
    (one,) = all_of(actor)
    told = samples.get(actor, one.id).rounds[0].evaluations
    assert {(each.panelist, each.scores["texture"]) for each in told} == {("김철수", 7.0), ("이영희", 4.0)}
    assert sent(actor, data).summary["same"] == 2


def test_nobody_sees_the_imports_of_others_but_a_manager(actor: Actor) -> None:
    run = sent(actor, make(PERSON, seed=26).data)
    with pytest.raises(NotFound):
        imports.get(make_user("researcher"), run.id)
    assert imports.get(make_user("manager"), run.id).id == run.id
    for action in (imports.browse, lambda who: imports.get(who, run.id), lambda who: imports.start(who, "x", b"x")):
        with pytest.raises(NotAllowed):
            action(make_user())


def test_who_may_undo(actor: Actor) -> None:
    run = confirmed(actor, sent(actor, make(PERSON, seed=27).data))
    with pytest.raises(NotFound):
        imports.undo(make_user("researcher"), run.id)
    assert imports.undo(make_user("manager"), run.id).phase == "undone"


def test_what_cannot_be_read_says_why(actor: Actor) -> None:
    run = sent(actor, b"PK\x03\x04 no zip at all")
    assert (run.phase, run.summary["refused"][0]["code"]) == ("failed", "workbook_broken")
    with pytest.raises(BadInput):
        imports.start(actor, "empty.xlsx", b"")
    with pytest.raises(ImportNotReady):
        imports.undo(actor, run.id)


def test_a_cancelled_import_writes_nothing(actor: Actor) -> None:
    run = imports.start(actor, "x.xlsx", make(PERSON, seed=28).data)
    imports.cancel(actor, run.id)
    imports.work(run.id)
    assert imports.get(actor, run.id).phase == "cancelled"


def test_old_imports_are_cleared(actor: Actor) -> None:
    run = sent(actor, make(PERSON, seed=29).data)
    with clock.at(clock.now() + timedelta(days=91)):
        assert imports.clear() >= 1
    with pytest.raises(NotFound):
        imports.get(actor, run.id)


def test_tables_of_imports_are_used() -> None:
    with transaction() as session:
        for table in (ImportRun, ImportChange, Round, Evaluation, AuditEvent):
            assert session.scalar(select(func.count()).select_from(table)) is not None
    assert UUID(int=0)
