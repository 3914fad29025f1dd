"""Writes what was confirmed of a dry run, all of it or nothing, within the caller's transaction."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from core import audit, clock, photo_claims, regions, trace_numbers, traceability
from core.audit import New
from core.errors import Stale
from core.imports.checking import PartWrite, SampleWrite, approved
from core.imports.steps import id_of
from core.policy import Actor
from core.predictions.asking import ask_on_approval
from core.samples import parts
from core.samples.changes import DERIVED
from core.tables import Evaluation, Measurement, Photo, Review, Round, Sample

TABLES: dict[str, type[Any]] = {"rounds": Round, "evaluations": Evaluation, "measurements": Measurement}
ACTIONS = {"rounds": ("round.add", "round.change"), "measurements": ("measurement.write", "measurement.write")}
AT_ONCE = 2000


@dataclass(frozen=True)
class Order:
    """Who writes, from which file, and under which ids the photos of its zip were received."""

    actor: Actor
    sha256: str
    reason: str
    photos: dict[str, UUID] = field(default_factory=dict)  # by the SHA-256 of what was sent


@dataclass
class Change:
    """One sample that was written, and what it takes to undo it: as `core.tables.ImportChange` holds it."""

    sample_id: str
    is_new: bool
    version: int
    rows: list[list[Any]]
    before: dict[str, Any]


def chosen(writes: Sequence[SampleWrite], *, with_warnings: bool) -> list[SampleWrite]:
    """What goes in: without what nobody has confirmed, and without what stands on that."""
    if with_warnings:
        return list(writes)
    return [kept for write in writes if (kept := _confirmed_only(write)) is not None]


def _confirmed_only(write: SampleWrite) -> SampleWrite | None:
    if write.unconfirmed and write.known is None:
        return None
    kept = SampleWrite(write.id, write.known, write.item, photos=list(write.photos))
    if not write.unconfirmed:
        kept.values, kept.differing, kept.warnings = write.values, write.differing, write.warnings
    left_out = [p.seq for p in write.parts if p.kind == "rounds" and p.unconfirmed and p.known is None]
    first_gone = min(left_out, default=parts.LARGEST_SEQ + 1)
    kept.parts = [part for part in write.parts if not part.unconfirmed and part.seq < first_gone]
    kept.photos = [photo for photo in kept.photos if photo.seq < first_gone]
    return None if kept.is_empty else kept


def write(
    session: Session, order: Order, writes: Sequence[SampleWrite], report: Callable[[int], None] = lambda done: None
) -> list[Change]:
    """Raises Stale where somebody has changed one of the samples since the plan was made."""
    _lock(session, [each for each in writes if each.known is not None])
    changes: list[Change] = []
    for start in range(0, len(writes), AT_ONCE):
        changes += _write_some(session, order, writes[start : start + AT_ONCE])
        report(min(start + AT_ONCE, len(writes)))
    return changes


def _lock(session: Session, writes: Sequence[SampleWrite]) -> None:
    seen = {write.id: write.known.version for write in writes if write.known is not None}
    listed = sorted(seen)
    for start in range(0, len(listed), AT_ONCE):
        some = listed[start : start + AT_ONCE]
        query = select(Sample.id, Sample.version, Sample.deleted_at).where(Sample.id.in_(some)).order_by(Sample.id)
        there = {row.id: row.version for row in session.execute(query.with_for_update()) if row.deleted_at is None}
        for sample_id in some:
            if there.get(sample_id) != seen[sample_id]:
                raise Stale(there.get(sample_id, 0))


def _write_some(session: Session, order: Order, writes: Sequence[SampleWrite]) -> list[Change]:
    events: list[New] = []
    changes = [_begin(write, events) for write in writes]
    _add_samples(session, order, [write for write in writes if write.known is None], events, changes)
    for write in writes:
        if write.known is not None and write.differing:
            _edit(session, write, write.known, events)
    added: dict[str, list[dict[str, Any]]] = {kind: [] for kind in TABLES}
    for write, change in zip(writes, changes, strict=True):
        for part in write.parts:
            _write_part(order, write, part, added, change, events)
    session.flush()
    for kind, rows in added.items():
        if rows:
            session.execute(insert(TABLES[kind]), rows)
    audit.record_all(session, order.actor, "sample", events, reason=order.reason)
    _attach_photos(session, order, writes, changes)
    _count(session, writes, changes)
    return changes


def _begin(write: SampleWrite, events: list[New]) -> Change:
    rows = {source.key: None for source in write.item.sources}
    before: dict[str, Any] = {"added": {kind: [] for kind in (*TABLES, "photos")}, "changed": [], "replaced": []}
    if write.known is not None:
        names = {*write.differing, *DERIVED, "registry_record", "warnings"} if write.differing else set()
        before["sample"] = {name: json_of(getattr(write.known, name)) for name in sorted(names)}
    version = 1 if write.known is None else write.known.version
    return Change(write.id, write.known is None, version, [list(row) for row in rows], before)


def json_of(value: Any) -> Any:
    """As JSON holds it."""
    return value.isoformat() if hasattr(value, "isoformat") else str(value) if isinstance(value, UUID) else value


def _add_samples(
    session: Session, order: Order, writes: Sequence[SampleWrite], events: list[New], changes: Sequence[Change]
) -> None:  # fmt: skip
    """New samples with their raw round; approved as they come, as their maker's own are."""
    if not writes:
        return
    records = traceability.known_of(session, {write.values["trace_number"] for write in writes})
    session.execute(insert(Sample), [_sample(write, order, records) for write in writes])
    session.execute(insert(Round), [{"sample_id": w.id, "seq": 0, "created_by": order.actor.id} for w in writes])
    by_id = {change.sample_id: change for change in changes}
    reviews = []
    for write in writes:
        after = {name: value for name, value in write.values.items() if value is not None}
        events.append(New("sample.create_fresh", write.id, after=after))
        if approved(write):
            events.append(New("sample.approved_on_submission", write.id))
            reviews.append({
                "id": uuid4(), "sample_id": write.id, "sample_version": 1, "decision": "approved",
                "reviewed_by": order.actor.id, "reviewed_at": clock.now(),
            })  # fmt: skip
            by_id[write.id].version += 1
            if write.photos:
                ask_on_approval(session, order.actor, write.id)
    if reviews:
        session.execute(insert(Review), reviews)


def _sample(write: SampleWrite, order: Order, records: dict[str, dict[str, Any]]) -> dict[str, Any]:
    trace = trace_numbers.read(write.values["trace_number"])
    province, city = regions.locate(write.values.get("farm_address"))
    now, record = clock.now(), records.get(trace.number)
    submission = hashlib.sha256(f"{order.sha256}:{write.item.sources[0].key}".encode()).hexdigest()
    return write.values | {
        "id": write.id, "version": 1, "status": "approved" if approved(write) else "pending",
        "trace_number": trace.number, "trace_kind": trace.kind, "province": province, "city": city,
        "source": "registry" if record else "manual", "trace_verified": record is not None, "registry_record": record,
        "warnings": write.warnings, "received_at": now, "submitted_at": now, "edit_window_from": now,
        "created_by": order.actor.id, "submission_hash": submission,
    }  # fmt: skip


def _edit(session: Session, write: SampleWrite, sample: Sample, events: list[New]) -> None:
    """As `samples.edit` does it to one."""
    before = {name: getattr(sample, name) for name in DERIVED} | {k: old for k, (old, _) in write.differing.items()}
    for name, value in write.values.items():
        setattr(sample, name, value)
    trace = trace_numbers.read(sample.trace_number)
    sample.trace_number, sample.trace_kind, sample.warnings = trace.number, trace.kind, write.warnings
    if "trace_number" in write.differing:
        traceability.verify(session, sample)
    sample.province, sample.city = regions.locate(sample.farm_address)
    after = {name: getattr(sample, name) for name in DERIVED} | {k: new for k, (_, new) in write.differing.items()}
    changed = [name for name in after if before[name] != after[name]]
    own = [{name: values[name] for name in changed} for values in (before, after)]
    events.append(New("sample.edit", write.id, *own))


def _write_part(
    order: Order, write: SampleWrite, part: PartWrite, added: dict[str, list[dict[str, Any]]], change: Change,
    events: list[New],
) -> None:  # fmt: skip
    change.version += 1
    place = {"seq": part.seq, "preparation": part.preparation}
    if part.kind == "rounds":
        place, own = {"seq": part.seq}, {"sample_id": write.id, "seq": part.seq, "created_by": order.actor.id}
        key: Any = part.seq
    else:
        key = part.id or id_of(order.sha256, part)
        own = {"id": key, "sample_id": write.id, **place}
        own |= {"evaluator": part.evaluator} if part.kind == "evaluations" else {"measured_by": order.actor.id}
        place |= {part.kind.removesuffix("s"): str(key)}
    if part.known is None:
        added[part.kind].append(own | part.values | {"warnings": part.warnings})
        change.before["added"][part.kind].append(json_of(key))
        events.append(New(_action(part), write.id, None, {**place, **parts.given(part.values)}))
        return
    stored = {name: json_of(getattr(part.known, name)) for name in (*part.differing, "warnings")}
    change.before["changed"].append({"kind": part.kind, "key": json_of(key), "values": stored})
    for name in part.differing:
        setattr(part.known, name, part.values[name])
    part.known.warnings = part.warnings
    old, new = ({**place, **{n: json_of(pair[i]) for n, pair in part.differing.items()}} for i in (0, 1))
    events.append(New(_action(part), write.id, old, new))


def _action(part: PartWrite) -> str:
    if part.kind in ACTIONS:
        return ACTIONS[part.kind][part.known is not None]
    if part.preparation == "heated":
        return "evaluation.write_heated"
    return "evaluation.write_processed" if part.seq else "evaluation.write_fresh"


def _attach_photos(session: Session, order: Order, writes: Sequence[SampleWrite], changes: Sequence[Change]) -> None:
    for write, change in zip(writes, changes, strict=True):
        for photo in write.photos:
            place = {"sample_id": write.id, "seq": photo.seq, "preparation": photo.preparation}
            current = session.scalars(select(Photo.id).filter_by(**place).where(Photo.state == "stored")).all()
            photo_id = order.photos[photo.sha256]
            photo_claims.attach(session, order.actor, photo_id, write.id, photo.seq, photo.preparation)
            change.before["replaced"] += [str(each) for each in current]
            change.before["added"]["photos"].append(str(photo_id))
            change.version += 1


def _count(session: Session, writes: Sequence[SampleWrite], changes: Sequence[Change]) -> None:
    """Each change of a sample is a version more."""
    new = []
    for write, change in zip(writes, changes, strict=True):
        if write.known is not None:
            change.version += bool(write.differing)
            write.known.version = change.version
        else:
            new.append({"id": write.id, "version": change.version})
    if new:
        session.bulk_update_mappings(Sample.__mapper__, new)
    session.flush()
