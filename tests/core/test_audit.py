"""The audit log: chained, gapless, and closed to change."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from core import audit, reviews
from core.db import make_engine, transaction
from core.policy import Actor
from core.tables import AuditEvent
from tests.makers import make_sample, make_user


def events(subject_id: str) -> list[AuditEvent]:
    with transaction() as session:
        query = select(AuditEvent).where(AuditEvent.subject_id == subject_id).order_by(AuditEvent.position)
        return list(session.scalars(query))


def check_chain(chain: list[AuditEvent]) -> None:
    assert [event.position for event in chain] == list(range(1, len(chain) + 1))
    assert chain[0].previous_hash == ""
    for before, after in pairwise(chain):
        assert after.previous_hash == before.hash
    for event in chain:
        assert event.hash == audit.event_hash(event)


def test_a_samples_history_is_one_chain() -> None:
    author, reviewer = make_user(), make_user("researcher")
    sample = make_sample(author)
    reviews.reject(reviewer, sample.id, 1, "photo_blurred", "흐립니다")
    chain = events(sample.id)
    assert [(event.action, event.actor_id, event.actor_role) for event in chain] == [
        ("sample.create_fresh", author.id, "normal"),
        ("photo.add", author.id, "normal"),
        ("sample.rejected", reviewer.id, "researcher"),
    ]
    check_chain(chain)


def test_many_writers_at_once_make_one_chain_without_gap_or_fork() -> None:
    actor, subject = make_user(), str(uuid4())

    def write(n: int) -> None:
        with transaction() as session:
            audit.record(session, actor, "test", "thing", subject, after={"n": n, "실수": 0.1, "id": uuid4()})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(24)))
    chain = events(subject)
    assert len(chain) == 24
    check_chain(chain)


def test_a_changed_event_breaks_the_chain() -> None:
    with transaction() as session:
        audit.record(session, None, "test", "thing", subject := str(uuid4()), after={"n": 1})
    (event,) = events(subject)
    event.after = {"n": 2}
    assert event.hash != audit.event_hash(event)


@pytest.mark.parametrize(
    "statement", ["update audit_events set reason = 'x'", "delete from audit_events", "truncate audit_events"]
)
def test_the_application_cannot_change_the_log(statement: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction() as session:
        session.execute(text(statement))


def test_even_the_owner_meets_a_lock(servers: dict[str, str]) -> None:
    engine = make_engine(servers["DATABASE_OWNER_URL"])
    with pytest.raises(Exception, match="append-only"), engine.begin() as connection:
        connection.execute(text("delete from audit_events"))
    engine.dispose()


def test_no_secret_and_no_password_is_in_the_log() -> None:
    actor: Actor = make_user()
    make_sample(actor)
    with transaction() as session:
        written = " ".join(str(event.after) for event in session.scalars(select(AuditEvent)))
    assert "password_hash" not in written
    assert "$argon2" not in written
