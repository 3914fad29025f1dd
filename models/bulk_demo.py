"""Fills a database with generated samples by COPY, to measure with: whole lives, rightly chained history, no photos.

What is written is what the actions of core would have written, except that nothing was photographed: so approved
samples have no picture here. Everything follows from the seed, the day and what was there before.
"""

import io
import os
import secrets
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, text

from core import accounts, audit, clock
from core.accounts import NewUser
from core.config import settings
from core.db import make_engine, transaction
from core.policy import Actor
from core.tables import AuditEvent, Sample, User
from models.bulk_lives import COLUMNS, People, write_lives
from models.bulk_values import draw

SEED = 1
CHUNK = 5000
AUTHORS, RESEARCHERS = 5, 3
SUBJECT = ("installation", "generated")  # whose history says what was filled in
FILLED = "demo.filled"


class NotEmpty(Exception):
    """There are samples already, and nobody said that more shall come beside them."""


@dataclass(frozen=True)
class Task:
    """One chunk of a load: all that drawing it needs."""

    seed: int
    first: int
    n: int
    span: tuple[float, float]
    today: date
    people: People


def load(
    n: int, *, more: bool = False, seed: int = SEED, progress: Callable[[int, int], None] = lambda done, total: None
) -> None:
    """Adds `n` generated samples; one that stopped half-way keeps whole chunks.

    Raises:
        NotEmpty: there are samples, and `more` is not said.
    """
    with transaction() as session:
        if not more and session.scalar(select(Sample.id).limit(1)) is not None:
            raise NotEmpty
    people, there, done = _people(), _last_number(), 0
    # Drawing takes one processor, the database the other: the next chunks are drawn while one is stored.
    with ProcessPoolExecutor(os.cpu_count()) as drawing:
        for count, tables in _drawn(drawing, list(_tasks(n, there, seed, people))):
            _copy(tables, there + done, count)
            done += count
            progress(done, n)
    _tidy()


def _last_number() -> int:
    """How many were ever made: each has a number, and what follows from it is made once."""
    events = select(AuditEvent.after).where(
        AuditEvent.subject_type == SUBJECT[0], AuditEvent.subject_id == SUBJECT[1], AuditEvent.action == FILLED
    )
    with transaction() as session:
        last = session.scalars(events.order_by(AuditEvent.position.desc()).limit(1)).first()
    return int(last["to"]) if last else 0


def _tasks(n: int, there: int, seed: int, people: People) -> Iterator[Task]:
    today = clock.today()
    for start in range(0, n, CHUNK):
        count = min(CHUNK, n - start)
        yield Task(seed, there + start, count, (start / n, (start + count) / n), today, people)


def _drawn(drawing: ProcessPoolExecutor, tasks: list[Task]) -> Iterator[tuple[int, dict[str, str]]]:
    """Each chunk in turn, a few of them drawn ahead."""
    ahead: deque[tuple[int, Future[dict[str, str]]]] = deque()
    for task in tasks:
        ahead.append((task.n, drawing.submit(make_chunk, task)))
        if len(ahead) > (os.cpu_count() or 1) + 1:
            count, future = ahead.popleft()
            yield count, future.result()
    for count, future in ahead:
        yield count, future.result()


def make_chunk(task: Task) -> dict[str, str]:
    """table -> its rows of this chunk as COPY takes them."""
    drawn = draw(task.seed, task.first, task.n, task.span, task.today)
    return write_lives(drawn, task.people, task.seed, task.first)


def _copy(tables: dict[str, str], first: int, count: int) -> None:
    """One chunk in one transaction, parents before children."""
    with transaction() as session:
        session.execute(text("set local statement_timeout = 0"))
        cursor = session.connection().connection.cursor()
        for table, columns in COLUMNS.items():
            cursor.copy_expert(f"copy {table} ({', '.join(columns)}) from stdin", io.StringIO(tables[table]))
        audit.record(session, None, FILLED, *SUBJECT, after={"from": first, "to": first + count})


def _people() -> People:
    """Who recorded and who reviewed it all: accounts that nobody can sign in to, the same for every load."""
    found = defaultdict[str, list[Actor]](list)
    for role, count in (("normal", AUTHORS), ("researcher", RESEARCHERS)):
        for number in range(1, count + 1):
            found[role].append(_person(role, number))
    return People(tuple(found["normal"]), tuple(found["researcher"]))


def _person(role: str, number: int) -> Actor:
    email = f"generated-{role}-{number}@example.com"
    with transaction() as session:
        known = session.scalars(select(User).where(User.email == email)).one_or_none()
        if known is not None:
            return Actor(known.id, role, known.name, email)
    new = NewUser(email=email, name=f"generated {role} {number}", role=role, password=secrets.token_urlsafe(32))
    accounts.create(None, new)
    with transaction() as session:
        person = session.scalars(select(User).where(User.email == email)).one()
        audit.record(
            session, None, "user.deactivate", "user", person.id, before={"state": person.state},
            after={"state": "deactivated"},
        )  # fmt: skip
        person.state = "deactivated"
        return Actor(person.id, role, person.name, email)


def _tidy() -> None:
    """Fresh statistics, and pages that say what is visible: what the database would do by itself before long."""
    owner = make_engine(settings().owner_url)
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("set statement_timeout = 0"))
        for table in (*COLUMNS, "audit_heads"):
            connection.execute(text(f"vacuum analyze {table}"))
    owner.dispose()
