"""Reads the history of a sample, and proves that nobody has changed the history itself."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Executable, Result, and_, exists, select
from sqlalchemy.orm import Session

from core import access, audit, policy
from core.db import transaction
from core.policy import Actor
from core.samples.views import PERSONAL
from core.tables import AuditEvent, AuditHead, Sample, User

# Say of which part of a sample an event tells; they do not change by it.
PLACE = ("seq", "preparation", "evaluation", "measurement")
BATCH = 2000


@dataclass(frozen=True)
class Change:
    """One field, by the names of tables and API; parts of a thing follow a dot, as in "scores.color"."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True)
class HistoryEvent:
    """What one person did at one moment; `actor` is None where the system did it.

    `place` says to which part of the sample, where it is about one: its seq, preparation, replicate ...
    """

    position: int
    at: datetime
    actor: str | None
    role: str
    action: str
    reason: str | None
    place: dict[str, Any]
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the history of one subject.

    kind: "changed" (an event does not say what it said), "missing" (events that were there are not), "replaced" (an
    event does not follow on the one before it, or is not the one that was the last), "unrecorded" (events came in past
    the database's own bookkeeping).
    """

    kind: str
    subject_type: str
    subject_id: str
    first: int  # the positions that it is about, both included
    last: int

    def describe(self) -> str:
        """One line for the operator."""
        which = f"event {self.first}" if self.first == self.last else f"events {self.first} to {self.last}"
        return f"{self.subject_type} {self.subject_id}: {which} {self.kind}"


@dataclass(frozen=True)
class Verified:
    """How much was looked at, and how many problems were found."""

    events: int
    subjects: int
    problems: int


def of_sample(actor: Actor, sample_id: str) -> tuple[HistoryEvent, ...]:
    """Everything that happened to a sample, in order.

    Raises:
        NotAllowed: the actor reads no histories.
        NotFound: no such sample that they may see.
    """
    policy.require(actor, "audit.view")
    with transaction() as session:
        sample = access.get(session, actor, sample_id)
        shows_person = access.allowed_on(session, actor, "personal_data.view", sample)
        query = (
            select(AuditEvent, User.name)
            .outerjoin(User, User.id == AuditEvent.actor_id)
            .where(AuditEvent.subject_type == "sample", AuditEvent.subject_id == sample_id)
            .order_by(AuditEvent.position)
        )
        hidden = () if shows_person else PERSONAL
        return tuple(_event(row, name, hidden) for row, name in session.execute(query))


def of_field(actor: Actor, sample_id: str, field: str) -> tuple[HistoryEvent, ...]:
    """The same of one field: the events that changed it, each with that change alone."""
    return only_field(of_sample(actor, sample_id), field)


def only_field(events: Sequence[HistoryEvent], field: str) -> tuple[HistoryEvent, ...]:
    picked = [(event, tuple(c for c in event.changes if c.field == field)) for event in events]
    return tuple(HistoryEvent(**{**vars(event), "changes": found}) for event, found in picked if found)


def verify(report: Callable[[Problem], None]) -> Verified:
    """Reads the whole history and reports each problem as it is found; memory does not grow with the history.

    Found are: an event of which any part was changed, events missing at the beginning, in the middle or at the end of
    a subject's chain, events in another order, a whole chain that is gone while its head or its sample is still there,
    and events that came in past the database's own bookkeeping of heads. Not found, because nothing inside the
    database tells: somebody who owns the database and rewrites a chain with new hashes together with its head, or who
    takes away a subject with its chain and its head. A backup kept elsewhere tells.
    """
    tally: Counter[str] = Counter()
    with transaction() as session:
        # One snapshot for all queries, so that what happens meanwhile looks neither missing nor unrecorded.
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        for problem in _problems(session, tally):
            tally["problems"] += 1
            report(problem)
    return Verified(tally["events"], tally["subjects"], tally["problems"])


def _problems(session: Session, tally: Counter[str]) -> Iterator[Problem]:
    head = and_(AuditHead.subject_type == AuditEvent.subject_type, AuditHead.subject_id == AuditEvent.subject_id)
    ends = (AuditHead.position.label("head_position"), AuditHead.hash.label("head_hash"))
    events = select(*AuditEvent.__table__.columns, *ends).outerjoin(AuditHead, head)
    in_order = (AuditEvent.subject_type, AuditEvent.subject_id, AuditEvent.position)
    for subject, chain in groupby(_stream(session, events.order_by(*in_order)), key=_subject):
        tally["subjects"] += 1
        yield from _problems_of(subject, chain, tally)
    lost = select(AuditHead.subject_type, AuditHead.subject_id, AuditHead.position).where(~exists().where(head))
    for row in _stream(session, lost):
        yield Problem("missing", *_subject(row), 1, row.position)
    known = exists().where(AuditHead.subject_type == "sample", AuditHead.subject_id == Sample.id)
    for row in _stream(session, select(Sample.id).where(~known)):
        yield Problem("missing", "sample", row.id, 1, 1)


def _problems_of(subject: tuple[str, str], chain: Iterator[Any], tally: Counter[str]) -> Iterator[Problem]:
    """One subject's events in the order of their positions, each held against the one before, the last one against
    the head.
    """
    expected, previous, event = 1, "", None
    for event in chain:
        tally["events"] += 1
        if event.position > expected:
            yield Problem("missing", *subject, expected, event.position - 1)
        elif event.previous_hash != previous:
            yield Problem("replaced", *subject, event.position, event.position)
        if event.hash != audit.event_hash(event):
            yield Problem("changed", *subject, event.position, event.position)
        expected, previous = max(event.position + 1, 1), event.hash
    if event is None or event.head_position is None or event.head_position < event.position:
        yield Problem("unrecorded", *subject, expected - 1, expected - 1)
    elif event.head_position > event.position:
        yield Problem("missing", *subject, expected, event.head_position)
    elif event.head_hash != event.hash:
        yield Problem("replaced", *subject, event.position, event.position)


def _stream(session: Session, query: Executable) -> Result[Any]:
    """Read by a cursor on the server, a batch at a time."""
    return session.execute(query, execution_options={"yield_per": BATCH})


def _subject(event: Any) -> tuple[str, str]:
    return event.subject_type, event.subject_id


def _event(row: AuditEvent, name: str | None, hidden: Sequence[str]) -> HistoryEvent:
    before, after = _flat(row.before), _flat(row.after)
    place = {key: value for key, value in (before | after).items() if key in PLACE}
    changes = tuple(
        Change(field, before.get(field), after.get(field))
        for field in before | after
        if field not in PLACE and field not in hidden and before.get(field) != after.get(field)
    )
    return HistoryEvent(row.position, row.at, name, row.actor_role, row.action, row.reason, place, changes)


def _flat(values: dict[str, Any] | None) -> dict[str, Any]:
    """Without nesting: the scores of a sample become "scores.color" and so on."""
    flat: dict[str, Any] = {}
    for name, value in (values or {}).items():
        flat |= {f"{name}.{part}": each for part, each in value.items()} if isinstance(value, dict) else {name: value}
    return flat
