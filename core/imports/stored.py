"""What is stored of all that a workbook names, read in a few queries however many rows it has."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import access
from core.imports.items import Item
from core.policy import Actor
from core.tables import Evaluation, ImportChange, ImportRun, Measurement, Photo, PurgedSample, Round, Sample, User

AT_ONCE = 5000


@dataclass
class Stored:
    """By the ids of samples, unless it says otherwise; only samples that the actor may see and that are in no bin."""

    samples: dict[str, Sample] = field(default_factory=dict)
    of_animal: dict[str, list[Sample]] = field(default_factory=dict)  # by trace number
    taken: set[str] = field(default_factory=set)  # ids that stand for what the actor may not see, or what is gone
    rounds: dict[str, list[Round]] = field(default_factory=dict)  # each at the index of its seq
    evaluations: dict[str, list[Evaluation]] = field(default_factory=dict)
    measurements: dict[str, list[Measurement]] = field(default_factory=dict)
    photos: dict[tuple[str, int, str], Photo] = field(default_factory=dict)
    parts: dict[UUID, Any] = field(default_factory=dict)  # evaluations and measurements by their own ids
    people: set[UUID] = field(default_factory=set)
    earlier: dict[tuple[str, int], str] = field(default_factory=dict)  # rows of this very file that were imported


def read(session: Session, actor: Actor, items: Sequence[Item], sha256: str) -> Stored:
    found = Stored(earlier=_earlier(session, actor, sha256))
    wanted = {item.sample_id for item in items if item.sample_id} | set(found.earlier.values())
    numbers = {item.reference[1] for item in items if item.reference[0] == "trace"}
    for sample in _in(session, select(Sample).where(access.visible(actor)), Sample.id, wanted):
        found.samples[sample.id] = sample
    for sample in _in(session, select(Sample).where(access.visible(actor)), Sample.trace_number, numbers):
        found.samples[sample.id] = sample
        found.of_animal.setdefault(sample.trace_number, []).append(sample)
    found.taken = _taken(session, wanted - set(found.samples))
    _read_parts(session, found)
    _read_by_id(session, found, items)
    return found


def _earlier(session: Session, actor: Actor, sha256: str) -> dict[tuple[str, int], str]:
    """Row -> sample of what was imported from the same bytes before and not undone."""
    query = (
        select(ImportChange.rows, ImportChange.sample_id)
        .join(ImportRun, ImportRun.id == ImportChange.run_id)
        .join(Sample, Sample.id == ImportChange.sample_id)
        .where(ImportRun.sha256 == sha256, ImportRun.undone_at.is_(None), access.visible(actor))
        .order_by(ImportRun.requested_at)
    )
    return {(sheet, row): sample_id for rows, sample_id in session.execute(query) for sheet, row in rows}


def _taken(session: Session, unseen: Collection[str]) -> set[str]:
    there = _in(session, select(Sample.id), Sample.id, unseen)
    return {*there, *_in(session, select(PurgedSample.id), PurgedSample.id, unseen)}


def _read_parts(session: Session, found: Stored) -> None:
    known = found.samples.keys()
    rounds = defaultdict(list, found.rounds)
    for row in _in(session, select(Round).where(Round.seq >= 0).order_by(Round.seq), Round.sample_id, known):
        rounds[row.sample_id].append(row)
    found.rounds = {sample_id: sorted(rows, key=lambda row: row.seq) for sample_id, rows in rounds.items()}
    for table, kept in ((Evaluation, found.evaluations), (Measurement, found.measurements)):
        for part in _in(session, select(table).where(table.__table__.c.seq >= 0), table.__table__.c.sample_id, known):
            kept.setdefault(part.sample_id, []).append(part)
            found.parts[part.id] = part
    current = select(Photo).where(Photo.state != "replaced", Photo.seq >= 0)
    for photo in _in(session, current, Photo.sample_id, known):
        found.photos[photo.sample_id, photo.seq, photo.preparation] = photo


def _read_by_id(session: Session, found: Stored, items: Iterable[Item]) -> None:
    """Scores and values that the workbook names by id and that may hang on other samples; and people."""
    wanted: dict[str, set[UUID]] = {"evaluation_id": set(), "measurement_id": set(), "evaluator_id": set()}
    for item in items:
        for part in item.parts:
            for name, ids in wanted.items():
                if name in part.values:
                    ids.add(part.values[name])
    for name, table in (("evaluation_id", Evaluation), ("measurement_id", Measurement)):
        for row in _in(session, select(table), table.__table__.c.id, wanted[name] - found.parts.keys()):
            found.parts[row.id] = row
    found.people = {*_in(session, select(User.id), User.id, wanted["evaluator_id"])}


def _in(session: Session, query: Any, column: Any, values: Collection[Any]) -> Iterable[Any]:
    listed = list(values)
    for start in range(0, len(listed), AT_ONCE):
        yield from session.scalars(query.where(column.in_(listed[start : start + AT_ONCE])))
