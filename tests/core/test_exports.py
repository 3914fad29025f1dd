"""Exports: whole, from one snapshot, harmless in any sheet, and only for those who may have them."""

import csv
import io
import threading
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from itertools import zip_longest
from typing import Any
from uuid import UUID, uuid4
from xml.etree import ElementTree

import openpyxl
import pyarrow.parquet
import pytest
from openpyxl.utils.escape import unescape
from sqlalchemy import select, text

from core import clock, exports, ids, measurements, photos, recycle_bin, rounds, storage
from core.config import settings
from core.db import transaction
from core.errors import BadInput, NotAllowed, NotFound
from core.exports import ExportView, working, writing
from core.measurements import NewMeasurement
from core.policy import Actor
from core.samples import SampleView
from core.tables import AuditEvent, ExportRun, Review
from core.workbooks import cells
from core.workbooks.fields import SHEETS
from tests.core.test_rounds import new_round
from tests.makers import jpeg, make_live_model, make_sample, make_user, photo_id, predict

FARMER = '=HYPERLINK("x") \\ <b>&홍길동'


@pytest.fixture
def actor() -> Actor:
    return make_user("researcher")


@pytest.fixture
def manager() -> Actor:
    return make_user("manager")


@pytest.fixture
def made(actor: Actor) -> list[SampleView]:
    """Three samples of the actor; the first has a round, values, a heated photo and a prediction."""
    found = [make_sample(actor, farmer_name=FARMER, farm_address="경기도 수원시 장안구 1") for _ in range(3)]
    first = found[0]
    rounds.add(actor, first.id, 1, new_round(note="-cold\tand\nwet\r", device="_x000D_"))
    photos.add(actor, first.id, 0, "heated", jpeg(), photo_id=uuid4())
    values = NewMeasurement(
        preparation="raw", values={"ph": 5.625, "et_sourness": -9.61}, measured_at=clock.now(), note="@sum"
    )
    measurements.write(actor, first.id, 0, uuid4(), values)
    predict(photo_id(first), make_live_model(), scores={"marbling": (6.5, 5.0, 8.0)}, abstained={"color": "species"})
    return found


def mine(**wanted: Any) -> dict[str, Any]:
    return {"filter": {"owner": "me"}} | wanted


def export(actor: Actor, **wanted: Any) -> bytes:
    asked = exports.start(actor, mine(**wanted))
    exports.work(asked.id)
    done = exports.get(actor, asked.id)
    assert (done.state, done.error) == ("done", None)
    found = exports.file(actor, asked.id)
    data = b"".join(found.chunks)
    assert len(data) == found.length == done.bytes
    return data


def tables(archive: bytes) -> dict[str, list[dict[str, str]]]:
    """The CSV files of a zip, by their names."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert opened.testzip() is None
        files = [name for name in opened.namelist() if name.endswith(".csv")]
        texts = {name.removesuffix(".csv"): opened.read(name).decode("utf-8-sig") for name in files}
    return {name: list(csv.DictReader(io.StringIO(text, newline=""))) for name, text in texts.items()}


def sheets(workbook: bytes) -> dict[str, list[dict[str, Any]]]:
    """The rows of each sheet by its headers, as one reader of workbooks gives them."""
    book = openpyxl.load_workbook(io.BytesIO(workbook), read_only=True)
    found = {}
    for sheet in book:
        heads, *rows = sheet.iter_rows(values_only=True)
        found[sheet.title] = [dict(zip_longest(map(str, heads), row)) for row in rows]
    return found


def row_of(run_id: UUID) -> ExportRun:
    with transaction() as session:
        return session.scalars(select(ExportRun).where(ExportRun.id == run_id)).one()


def events(run_id: UUID) -> list[str]:
    with transaction() as session:
        query = select(AuditEvent.action).filter_by(subject_type="export", subject_id=str(run_id))
        return list(session.scalars(query.order_by(AuditEvent.position)))


def test_an_export_is_made_and_noted(actor: Actor, made: list[SampleView]) -> None:
    asked = exports.start(actor, mine())
    assert (asked.state, asked.total, asked.has_file) == ("waiting", 0, False)
    assert asked.filter == {"owner": str(actor.id), "status": "approved"}
    assert exports.count(actor, mine()) == 3
    exports.work(asked.id)
    done = exports.get(actor, asked.id)
    assert done.parts == {
        "samples": 3, "rounds": 4, "evaluations": 3, "measurements": 1, "reviews": 3, "predictions": 1
    }  # fmt: skip
    assert (done.state, done.done, done.total) == ("done", 15, 15)
    assert done.expires_at == (done.finished_at or clock.now()) + timedelta(days=settings().export_days)
    found = exports.file(actor, asked.id)
    assert found.name.startswith("meatlab-")
    assert found.name.endswith(".xlsx")
    assert events(asked.id) == ["export.run", "export.made", "export.download"]
    assert [run.id for run in exports.browse(actor)] == [asked.id]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_workbook_has_a_sheet_for_each_thing_and_a_dictionary(
    actor: Actor, made: list[SampleView], language: str
) -> None:
    data = export(actor, language=language)
    found = sheets(data)
    titles = [sheet.title(language) for sheet in SHEETS.values()]
    assert list(found)[:-1] == titles
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for part in archive.namelist():
            ElementTree.fromstring(archive.read(part))  # noqa: S314
    for sheet in SHEETS.values():
        shown = [field.header(language) for field in sheet.fields if field.key != "farmer_name"]
        rows = found[sheet.title(language)]
        assert list(rows[0]) == shown
        assert [row[shown[0]] for row in rows if row[shown[0]] is None] == []
    dictionary = list(found.values())[-1]
    assert len(dictionary) == sum(len(sheet.fields) for sheet in SHEETS.values()) - 1


def test_cells_are_what_people_read(actor: Actor, made: list[SampleView]) -> None:
    found = sheets(export(actor, language="ko"))
    by_number = {row["관리번호"]: row for row in found["시료"]}
    first = by_number[ids.pretty(made[0].id)]
    assert first["이력번호"] == made[0].trace_number
    assert (first["축종"], first["대분할"], first["성별"]) == ("소", "등심", "거세")
    assert first["도축일"].date() == made[0].slaughtered_on
    assert (first["이력 확인"], first["근내지방도(BMS)"]) == (False, made[0].bms)
    (measured,) = found["실험실·전자혀"]
    assert (measured["산도(pH)"], measured["신맛 (TS unit)"]) == (5.625, -9.61)
    (said,) = found["예측"]
    assert (said["예측 마블링 정도"], said["예측 마블링 정도 상한"]) == (6.5, 8)
    assert said["답하지 않은 항목"] == "color:species"


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_no_text_can_be_taken_for_a_formula_and_all_comes_back(
    manager: Actor, kind: str, actor: Actor, made: list[SampleView]
) -> None:
    wanted = {"filter": {"owner": str(actor.id)}, "farmer_name": True, "language": "en"}
    data = export(manager, **wanted, format=kind)
    found = tables(data) if kind == "csv" else sheets(data)
    samples, taken = found["samples" if kind == "csv" else "Samples"], found["rounds" if kind == "csv" else "Rounds"]
    texts = [value for rows in found.values() for row in rows for value in row.values() if isinstance(value, str)]
    risky = [value for value in texts if value.startswith(tuple(cells.RISKY))]
    assert [value for value in risky if not is_number(value)] == []
    names = {"csv": ("farmer_name", "note", "device"), "xlsx": ("Farmer", "Note", "Device")}[kind]
    assert {cells.original(row[names[0]]) for row in samples} == {FARMER}
    (note,) = {row[names[1]] for row in taken} - {None, ""}
    assert cells.original(note) == "-cold\tand\nwet"  # a note is kept without the blanks around it
    read = unescape if kind == "xlsx" else str
    assert "_x000D_" in {read(row[names[2]] or "") for row in taken}  # signs, which no program takes for a break


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def test_csv_and_parquet_say_what_the_api_says(actor: Actor, made: list[SampleView]) -> None:
    as_csv = tables(export(actor, format="csv"))
    with zipfile.ZipFile(io.BytesIO(export(actor, format="parquet"))) as archive:
        files = {sheet: io.BytesIO(archive.read(f"{sheet}.parquet")) for sheet in SHEETS}
    as_parquet = {sheet: pyarrow.parquet.read_table(file).to_pylist() for sheet, file in files.items()}
    for sheet in SHEETS.values():
        own = {field.key for field in sheet.fields} - {"farmer_name"}
        assert set(as_csv[sheet.key][0]) == set(as_parquet[sheet.key][0]) == own
        assert len(as_csv[sheet.key]) == len(as_parquet[sheet.key])
    first = next(row for row in as_parquet["samples"] if row["sample_id"] == made[0].id)
    assert (first["primal_cut"], first["province"], first["slaughtered_on"]) == (
        made[0].primal_cut, "KR-41", made[0].slaughtered_on,
    )  # fmt: skip
    (evaluation,) = [row for row in as_parquet["evaluations"] if row["sample_id"] == made[0].id]
    assert evaluation["evaluated_at"] == made[0].rounds[0].evaluations[0].evaluated_at  # to the microsecond
    assert (evaluation["evaluator_id"], evaluation["flavor"]) == (str(actor.id), None)
    noted = [row["note"] for row in as_parquet["rounds"] if row["note"]]
    assert noted == ["-cold\tand\nwet"]  # no sheet: nothing is put before it
    assert as_csv["rounds"][0]["sample_id"] in {sample.id for sample in made}
    assert {row["sheet"] for row in as_csv["dictionary"]} == set(SHEETS)


def test_photos_are_named_as_the_sheet_of_rounds_names_them(actor: Actor, made: list[SampleView]) -> None:
    data = export(actor, format="photos")
    named = {row[key] for row in tables(export(actor, format="csv"))["rounds"] for key in ("photo_raw", "photo_heated")}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        pictures = {name: archive.read(name) for name in archive.namelist() if name.endswith(".jpg")}
    assert set(pictures) == named - {""}
    assert len(pictures) == 4
    original = b"".join(photos.content(actor, photo_id(made[0]), "original").chunks)
    assert pictures[f"{ids.pretty(made[0].id)}_0_raw.jpg"] == original
    listed = tables(data)["photos"]
    assert {row["file"]: row["is_there"] for row in listed} == dict.fromkeys(pictures, "true")


def test_a_photo_that_is_ended_meanwhile_is_listed_as_missing(actor: Actor, made: list[SampleView]) -> None:
    gone = photos.get(actor, photo_id(made[1]))
    with transaction() as session:
        query = text("select storage_key from photos where id = :id")
        key = session.scalar(query, {"id": gone.id})
    storage.remove([f"{key}/original"])
    asked = exports.start(actor, mine(format="photos"))
    exports.work(asked.id)
    assert exports.get(actor, asked.id).parts == {"photos": 3, "missing": 1}


def test_only_what_fits_and_is_approved_unless_more_is_asked_for(actor: Actor, made: list[SampleView]) -> None:
    with transaction() as session:
        session.execute(text("update samples set status = 'pending' where id = :id"), {"id": made[1].id})
    recycle_bin.remove(actor, made[2].id, made[2].version, "Wrong.")
    assert [row["sample_id"] for row in tables(export(actor, format="csv"))["samples"]] == [made[0].id]
    every = tables(export(actor, format="csv", every_status=True))
    assert {row["sample_id"] for row in every["samples"]} == {made[0].id, made[1].id}
    assert {row["sample_id"] for rows in every.values() for row in rows if "sample_id" in row} == {
        made[0].id, made[1].id,
    }  # fmt: skip
    pending = tables(export(actor, format="csv", filter={"owner": "me", "status": "pending"}))
    assert [row["sample_id"] for row in pending["samples"]] == [made[1].id]


@pytest.mark.parametrize("q", ["수원%' or true --", "x\\' or 1=1", "%s %(q)s :q", "수원"])
def test_words_that_are_searched_for_are_only_words(actor: Actor, made: list[SampleView], q: str) -> None:
    wanted = {"owner": "me", "q": q}
    found = tables(export(actor, format="csv", filter=wanted))["samples"]
    assert len(found) == exports.count(actor, {"filter": wanted}) == (3 if q == "수원" else 0)


def test_all_sheets_are_of_one_moment(actor: Actor, made: list[SampleView], monkeypatch: pytest.MonkeyPatch) -> None:
    """What is entered when the first sheet is being written is in none of them."""
    copy = writing._copy

    def late(seen: Any, rows: Any, *rest: Any) -> int:
        if rows.sheet.key == "rounds":
            make_sample(actor)
        return copy(seen, rows, *rest)

    monkeypatch.setattr(writing, "_copy", late)
    found = tables(export(actor, format="csv"))
    assert [len(found[sheet]) for sheet in ("samples", "evaluations", "reviews")] == [3, 3, 3]


def test_a_file_that_misses_a_row_is_given_to_nobody(
    actor: Actor, made: list[SampleView], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_copy", lambda seen, rows, *rest: 0)
    asked = exports.start(actor, mine())
    with pytest.raises(writing.Incomplete):
        exports.work(asked.id)
    found = exports.get(actor, asked.id)
    assert (found.state, found.error, found.has_file) == ("failed", "export_incomplete", False)
    assert not list(storage.keys(f"exports/{asked.id}"))


def test_a_sheet_that_is_full_goes_on_in_the_next(
    actor: Actor, made: list[SampleView], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing.Workbook.__init__, "__defaults__", (3,))
    found = sheets(export(actor, language="en"))
    assert [len(found[title]) for title in ("Samples", "Samples (2)", "Rounds", "Rounds (2)")] == [2, 1, 2, 2]
    assert list(found["Samples (2)"][0]) == list(found["Samples"][0])


def test_farmers_names_are_only_for_managers_who_ask(actor: Actor, manager: Actor, made: list[SampleView]) -> None:
    assert "farmer_name" not in tables(export(actor, format="csv"))["samples"][0]
    with pytest.raises(BadInput) as refused:
        exports.start(actor, mine(farmer_name=True))
    assert [(f.field, f.code) for f in refused.value.findings] == [("farmer_name", "only_manager")]
    of = {"filter": {"owner": str(actor.id)}, "format": "csv"}
    assert "farmer_name" not in tables(export(manager, **of))["samples"][0]
    assert "farmer_name" in tables(export(manager, **of, farmer_name=True))["samples"][0]


def demote(person: Actor, role: str) -> Actor:
    with transaction() as session:
        session.execute(text("update users set role = :role where id = :id"), {"role": role, "id": person.id})
    return Actor(person.id, role, person.name, person.email)


def test_who_loses_the_role_loses_the_file(manager: Actor, made: list[SampleView]) -> None:
    asked = exports.start(manager, {"filter": {"q": ids.pretty(made[0].id)}, "farmer_name": True})
    exports.work(asked.id)
    exports.file(manager, asked.id)
    researcher = demote(manager, "researcher")
    with pytest.raises(NotFound):  # it has names of farmers
        exports.file(researcher, asked.id)
    with pytest.raises(NotAllowed):
        exports.file(demote(manager, "normal"), asked.id)


@pytest.mark.parametrize("role", ["normal", "researcher"])
def test_who_loses_the_role_before_it_is_made_gets_none(manager: Actor, role: str) -> None:
    asked = exports.start(manager, {"filter": {"species": "pig"}, "farmer_name": True})
    demote(manager, role)
    exports.work(asked.id)
    assert (row_of(asked.id).state, row_of(asked.id).error) == ("failed", "not_allowed")


def test_only_its_person_and_managers_see_an_export(actor: Actor, manager: Actor) -> None:
    asked = exports.start(actor, mine())
    exports.work(asked.id)
    for see in (exports.get, exports.cancel, exports.file):
        with pytest.raises(NotFound):
            see(make_user("researcher"), asked.id)
        see(manager, asked.id)
    assert asked.id in [run.id for run in exports.browse(manager)]


def test_asking_at_once_or_twice_is_one_export(actor: Actor) -> None:
    found: list[ExportView] = []
    threads = [threading.Thread(target=lambda: found.append(exports.start(actor, mine()))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({run.id for run in found}) == 1
    exports.work(found[0].id)
    assert exports.start(actor, mine()).id == found[0].id  # the second click of two comes late
    assert exports.start(actor, mine(language="en")).id != found[0].id
    assert exports.start(make_user("researcher"), mine()).id != found[0].id
    with transaction() as session:
        session.get_one(ExportRun, found[0].id).requested_at -= timedelta(minutes=1)
    assert exports.start(actor, mine()).id != found[0].id


def test_nobody_has_too_many_at_once(actor: Actor) -> None:
    for kind in ("xlsx", "csv", "parquet", "photos"):
        exports.start(actor, mine(format=kind))
    last = exports.start(actor, mine(every_status=True))
    with pytest.raises(BadInput) as refused:
        exports.start(actor, {})
    assert [(f.field, f.code) for f in refused.value.findings] == [("exports", "too_many")]
    exports.cancel(actor, last.id)
    assert exports.start(actor, {}).state == "waiting"


@pytest.mark.parametrize(
    ("wanted", "field"),
    [({"format": "xls"}, "format"), ({"filter": {"species": 1}}, "filter.species"), ({"moon": 1}, "moon"),
     ({"filter": {"moon": "full"}}, "filter.moon"), ({"language": "fr"}, "language"), ({"filter": 3}, "filter"),
     ({"every_status": "perhaps"}, "every_status")],
)  # fmt: skip
def test_what_is_wrong_is_said_by_field(actor: Actor, wanted: dict[str, Any], field: str) -> None:
    for ask in (exports.start, exports.count):
        with pytest.raises(BadInput) as refused:
            ask(actor, wanted)
        assert [finding.field for finding in refused.value.findings] == [field]


def while_writing(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Does something once the first sheet is written; each note of the progress is taken."""
    copy = writing._copy

    def then(*arguments: Any) -> int:
        written = copy(*arguments)
        act()
        return written

    monkeypatch.setattr(writing, "_copy", then)
    monkeypatch.setattr(writing, "EVERY", 1)
    monkeypatch.setattr("core.background.EVERY_S", 0)


def test_a_cancelled_export_stops_in_the_middle_and_leaves_nothing(
    actor: Actor, made: list[SampleView], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = exports.start(actor, mine())
    while_writing(monkeypatch, lambda: exports.cancel(actor, asked.id))
    exports.work(asked.id)
    found = exports.get(actor, asked.id)
    assert (found.state, found.has_file) == ("cancelled", False)
    assert found.total == 15
    assert not list(storage.keys(f"exports/{asked.id}"))
    with pytest.raises(NotFound):
        exports.file(actor, asked.id)
    monkeypatch.undo()
    export(actor)  # the connection that was broken off is no other's


def test_an_export_whose_worker_died_is_made_again_but_not_for_ever(actor: Actor, made: list[SampleView]) -> None:
    asked = exports.start(actor, mine())
    with transaction() as session:
        row = session.get_one(ExportRun, asked.id)
        row.state, row.attempts = "running", 2
        session.execute(text("delete from procrastinate_jobs where args ->> 'run_id' = :id"), {"id": str(asked.id)})
    assert exports.wake() >= 1
    with transaction() as session:
        query = text("select count(*) from procrastinate_jobs where args ->> 'run_id' = :id and status = 'todo'")
        assert session.scalar(query, {"id": str(asked.id)}) == 1
    exports.work(asked.id)
    assert exports.get(actor, asked.id).state == "done"
    with transaction() as session:
        row = session.get_one(ExportRun, asked.id)
        row.state, row.attempts = "running", working.MOST_ATTEMPTS
    exports.work(asked.id)
    assert (row_of(asked.id).state, row_of(asked.id).error) == ("failed", "run_lost")


def test_a_file_is_swept_when_its_time_is_over_and_the_run_stays(actor: Actor) -> None:
    old, young = (exports.start(actor, mine(format=kind)) for kind in ("csv", "xlsx"))
    for run in (old, young):
        exports.work(run.id)
    with transaction() as session:
        session.get_one(ExportRun, old.id).finished_at = clock.now() - timedelta(days=settings().export_days, hours=1)
    assert exports.sweep()["exports_expired"] == 1
    found = exports.get(actor, old.id)
    assert (found.state, found.has_file, found.expires_at) == ("done", False, None)
    assert not list(storage.keys(f"exports/{old.id}"))
    with pytest.raises(NotFound):
        exports.file(actor, old.id)
    exports.file(actor, young.id)
    with transaction() as session:
        session.get_one(ExportRun, old.id).requested_at = clock.now() - timedelta(days=400)
    assert exports.clear() == 1
    with pytest.raises(NotFound):
        exports.get(actor, old.id)
    exports.get(actor, young.id)


def test_what_a_dead_worker_left_in_the_bucket_is_swept(actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    left, unended = f"exports/{uuid4()}", storage.Writing(f"exports/{uuid4()}", "application/zip")
    storage.put(left, b"x", "application/zip")
    exports.sweep()
    assert [key for key, _ in storage.keys(left)] == [left]  # it may belong to one that is still at it
    monkeypatch.setattr(working, "YOUNG", timedelta(days=-1))
    swept = exports.sweep()
    assert swept["export_orphans"] >= 1
    assert swept["exports_unended"] == 1
    assert not list(storage.keys(left))
    unended.waiting.clear()


def test_an_object_is_written_in_parts_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "PART", 5 * 2**20)
    key, data = f"exports/{uuid4()}", bytes(range(256)) * 2**15  # 8 MB
    with storage.writing(key, "application/zip") as out:
        for begin in range(0, len(data), 2**18):
            out.write(data[begin : begin + 2**18])
    assert (storage.get(key), out.size, len(out.parts)) == (data, len(data), 2)

    def break_off() -> None:
        with storage.writing(f"{key}-not", "application/zip") as out:
            out.write(b"x")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    assert not list(storage.keys(f"{key}-not"))
    storage.remove([key])


def test_saved_into_a_file_it_is_the_same(actor: Actor, made: list[SampleView], tmp_path: Any) -> None:
    told: list[tuple[int, int]] = []
    path = tmp_path / "all.zip"
    parts = exports.save(actor, mine(format="csv"), path, lambda done, total: told.append((done, total)))
    assert parts["samples"] == 3
    assert tables(path.read_bytes()) == tables(export(actor, format="csv"))
    assert told[0] == (0, 15)


def test_a_file_that_is_not_whole_is_taken_away(
    actor: Actor, made: list[SampleView], tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_copy", lambda *_: 0)
    with pytest.raises(writing.Incomplete):
        exports.save(actor, mine(), tmp_path / "half.xlsx", lambda done, total: None)
    assert list(tmp_path.iterdir()) == []


def test_days_before_and_after_are_days(actor: Actor, made: list[SampleView]) -> None:
    """The first day that spreadsheets and people agree on, and one far out."""
    with transaction() as session:
        query = text("update samples set born_on = :day where id = :id")
        session.execute(query, {"day": date(1900, 3, 1), "id": made[0].id})
        session.add(Review(sample_id=made[0].id, sample_version=99, decision="rejected", reason="other", text="+ 1",
                           reviewed_by=actor.id, reviewed_at=clock.now()))  # fmt: skip
    found = sheets(export(actor, language="en"))
    born = {row["Sample number"]: row["Birth date"] for row in found["Samples"]}
    assert born[ids.pretty(made[0].id)].date() == date(1900, 3, 1)
    assert "'+ 1" in {row["Text"] for row in found["Reviews"]}
