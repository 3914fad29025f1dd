"""The history: what it tells of a sample, and that nobody changes it unseen."""

import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from uuid import uuid4

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError
from typer.testing import CliRunner

import manage
from core import audit, history, recycle_bin, reviews, samples
from core.db import make_engine, transaction
from core.errors import NotAllowed, NotFound
from core.history import Change, Problem, Verified
from core.samples import SampleChange
from tests.makers import make_approved, make_sample, make_user, photo_id

Tampering = Callable[[], AbstractContextManager[Connection]]


def tell(length: int = 4) -> str:
    """A subject with that many events."""
    subject = str(uuid4())
    with transaction() as session:
        for n in range(length):
            audit.record(session, None, "test", "thing", subject, after={"n": n})
    return subject


def problems(*subjects: str) -> list[tuple[str, int, int]]:
    found: list[Problem] = []
    history.verify(found.append)
    return [(p.kind, p.first, p.last) for p in found if p.subject_id in subjects]


@pytest.fixture
def owner(servers: dict[str, str]) -> Iterator[Tampering]:
    """Somebody who owns the tables and puts the guards aside; what was tampered with is gone after the test."""
    engine = make_engine(servers["DATABASE_OWNER_URL"])

    @contextmanager
    def tampering() -> Iterator[Connection]:
        with engine.begin() as connection:
            for table in ("audit_events", "audit_heads"):
                connection.execute(text(f"alter table {table} disable trigger user"))
            yield connection
            for table in ("audit_events", "audit_heads"):
                connection.execute(text(f"alter table {table} enable trigger user"))

    yield tampering
    with tampering() as connection:
        for table in ("audit_events", "audit_heads"):
            connection.execute(text(f"delete from {table} where subject_type in ('thing', 'bulk')"))  # noqa: S608
        known = "select from audit_heads where subject_type = 'sample' and subject_id = samples.id"
        connection.execute(text(f"delete from samples where not exists ({known})"))  # noqa: S608
    engine.dispose()


def test_a_sample_tells_who_did_what_when_and_why() -> None:
    author, staff = make_user(), make_user("researcher")
    sample = make_sample(author)
    reviews.reject(staff, sample.id, 1, "photo_blurred", "흐립니다")
    samples.edit(author, sample.id, 2, SampleChange(sex="female", carcass_weight_kg=410.5))
    told = history.of_sample(staff, sample.id)
    assert [(event.action, event.actor, event.role) for event in told] == [
        ("sample.create_fresh", author.name, "normal"),
        ("photo.add", author.name, "normal"),
        ("sample.rejected", staff.name, "researcher"),
        ("sample.edit", author.name, "normal"),
    ]
    assert told[2].reason == "흐립니다"
    assert told[2].changes == (Change("reason", None, "photo_blurred"),)
    assert set(told[3].changes) == {Change("sex", "castrated", "female"), Change("carcass_weight_kg", None, 410.5)}
    assert told[1].place == {"seq": 0, "preparation": "raw"}
    assert Change("photo", None, str(photo_id(sample))) in told[1].changes
    assert Change("scores.marbling", None, 7.0) in told[0].changes
    assert list(told) == sorted(told, key=lambda event: event.at)


def test_one_field_has_a_history_of_its_own() -> None:
    staff, sample = make_user("researcher"), make_approved()
    for version, sex in ((2, "female"), (3, "male")):
        samples.edit(staff, sample.id, version, SampleChange(sex=sex, carcass_weight_kg=400.0 + version))
    assert [event.changes for event in history.of_field(staff, sample.id, "sex")] == [
        (Change("sex", None, "castrated"),),
        (Change("sex", "castrated", "female"),),
        (Change("sex", "female", "male"),),
    ]
    assert history.of_field(staff, sample.id, "breed")[0].actor == sample.created_by
    assert not history.of_field(staff, sample.id, "ribeye_area_cm2")


def test_the_history_is_not_for_everybody_and_not_of_what_is_removed() -> None:
    author = make_user()
    sample = make_sample(author)
    with pytest.raises(NotAllowed):
        history.of_sample(author, sample.id)
    manager = make_user("manager")
    recycle_bin.remove(manager, sample.id, 1, "중복")
    with pytest.raises(NotFound):
        history.of_sample(manager, sample.id)
    recycle_bin.restore(manager, sample.id)
    told = history.of_sample(manager, sample.id)
    assert [(event.action, event.reason) for event in told[-2:]] == [
        ("sample.move_to_bin", "중복"), ("sample.restore", None),
    ]  # fmt: skip


def test_an_untouched_history_is_whole() -> None:
    sample = make_approved()
    subject = tell()
    found: list[Problem] = []
    verified = history.verify(found.append)
    assert [p for p in found if p.subject_id in (sample.id, subject)] == []
    assert verified.events >= 6
    assert 2 <= verified.subjects < verified.events
    assert verified.problems == len(found)


# what is done to one subject of four events -> what is found
TAMPERING = {
    "update audit_events set reason = 'x' where subject_id = :id and position = 2": ("changed", 2, 2),
    "update audit_events set after = '{}' where subject_id = :id and position = 4": ("changed", 4, 4),
    "update audit_events set actor_role = 'manager' where subject_id = :id and position = 1": ("changed", 1, 1),
    "update audit_events set at = at + '1 us'::interval where subject_id = :id and position = 3": ("changed", 3, 3),
    "delete from audit_events where subject_id = :id and position = 1": ("missing", 1, 1),
    "delete from audit_events where subject_id = :id and position in (2, 3)": ("missing", 2, 3),
    "delete from audit_events where subject_id = :id and position = 4": ("missing", 4, 4),
    "delete from audit_events where subject_id = :id and position > 1": ("missing", 2, 4),
    "delete from audit_events where subject_id = :id": ("missing", 1, 4),
    "delete from audit_heads where subject_id = :id": ("unrecorded", 4, 4),
    "update audit_heads set hash = 'x' where subject_id = :id": ("replaced", 4, 4),
    "update audit_heads set position = 3 where subject_id = :id": ("unrecorded", 4, 4),
}


@pytest.mark.parametrize("statement", TAMPERING)
def test_what_the_owner_does_to_it_is_found(owner: Tampering, statement: str) -> None:
    subject, other = tell(), tell()
    with owner() as connection:
        assert connection.execute(text(statement), {"id": subject}).rowcount
    assert problems(subject, other) == [TAMPERING[statement]]


def test_swapped_events_are_found(owner: Tampering) -> None:
    subject = tell()
    with owner() as connection:
        for old, new in ((2, -1), (3, 2), (-1, 3)):
            statement = "update audit_events set position = :new where subject_id = :id and position = :old"
            connection.execute(text(statement), {"id": subject, "old": old, "new": new})
    assert {kind for kind, *_ in problems(subject)} == {"changed", "replaced"}
    assert {first for _, first, _ in problems(subject)} == {2, 3, 4}


def test_an_event_with_a_hash_made_to_fit_betrays_itself_by_the_next_one_or_the_head(owner: Tampering) -> None:
    for position, told in ((2, ("replaced", 3, 3)), (4, ("replaced", 4, 4))):
        subject = tell()
        with owner() as connection:
            place = {"id": subject, "position": position}
            row = connection.execute(
                text("""update audit_events set reason = 'forged' where subject_id = :id and position = :position
                     returning *"""), place,
            ).one()  # fmt: skip
            connection.execute(
                text("update audit_events set hash = :hash where subject_id = :id and position = :position"),
                place | {"hash": audit.event_hash(row)},  # type: ignore[arg-type]
            )
        assert problems(subject) == [told]


def test_a_sample_without_any_history_is_found(owner: Tampering) -> None:
    sample = make_approved()
    with owner() as connection:
        for table in ("audit_events", "audit_heads"):
            connection.execute(text(f"delete from {table} where subject_id = :id"), {"id": sample.id})  # noqa: S608
    assert problems(sample.id) == [("missing", 1, 1)]


@pytest.mark.parametrize(
    "statement",
    [
        "insert into audit_heads values ('thing', 'x', 1, '')",
        "update audit_heads set position = 9999",
        "delete from audit_heads",
        "truncate audit_heads",
    ],
)
def test_the_application_cannot_touch_the_heads(statement: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction() as session:
        session.execute(text(statement))


@pytest.mark.parametrize("statement", ["delete from audit_heads", "update audit_heads set position = position - 1"])
def test_a_head_only_moves_forward_even_for_the_owner(servers: dict[str, str], statement: str) -> None:
    tell()
    engine = make_engine(servers["DATABASE_OWNER_URL"])
    with pytest.raises(Exception, match="append-only"), engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_memory_does_not_grow_with_the_history(owner: Tampering) -> None:
    def peak() -> tuple[Verified, int]:
        tracemalloc.start()
        verified = history.verify(lambda problem: None)
        memory = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return verified, memory

    peak()
    few, before = peak()
    with transaction() as session:
        session.execute(
            text("""
                insert into audit_events
                    (subject_type, subject_id, position, at, actor_role, action, previous_hash, hash, after)
                select 'bulk', n::text, 1, now(), 'system', 'test', '', 'x', jsonb_build_object('n', repeat('x', 200))
                from generate_series(1, 8000) n
            """)
        )
    many, after = peak()
    assert many.events == few.events + 8000
    assert many.problems == few.problems + 8000  # none of them has its hash
    assert after < before + 6 * 1024**2


def test_the_command_names_each_problem_and_exits_with_1(owner: Tampering) -> None:
    run = CliRunner()
    subject = tell()
    whole = run.invoke(manage.app, ["audit", "verify"])
    assert subject not in whole.output
    assert (whole.exit_code == 0) == ("no problems" in whole.output.splitlines()[-1])
    with owner() as connection:
        connection.execute(text("delete from audit_events where subject_id = :id and position > 2"), {"id": subject})
    broken = run.invoke(manage.app, ["audit", "verify"])
    assert broken.exit_code == 1
    assert f"thing {subject}: events 3 to 4 missing" in broken.output.splitlines()
