"""A change that its maker came too late for: asked for by the maker, granted or refused by a reviewer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import access, audit, clock, notices, policy
from core.db import transaction
from core.errors import BadInput, Conflict, Finding, NotAllowed, NotFound, WrongState
from core.inputs import Note, read
from core.policy import Actor, Relation
from core.samples import changes
from core.samples.changes import SampleChange
from core.tables import EditRequest, Sample, User


@dataclass(frozen=True)
class EditRequestView:
    """`differing` maps each field to [stored now, wanted]; `state` is waiting, granted or refused."""

    id: UUID
    sample_id: str
    note: str
    state: str
    requested_by: str
    requested_at: datetime
    differing: dict[str, list[Any]]
    answer: str | None


class NewEditRequest(BaseModel):
    """What should change, and why."""

    model_config = SampleChange.model_config
    changes: dict[str, Any]
    note: Note


class Refusal(BaseModel):
    """Why the change is not made; the author will read it."""

    model_config = ConfigDict(extra="forbid")
    answer: Note


def request_edit(actor: Actor, sample_id: str, request_id: UUID, new: NewEditRequest) -> EditRequestView:
    """Files the maker's wish under an id of the caller's; sent again, it is the same wish.

    Raises:
        WrongState: the maker may still edit by themselves.
        Conflict: another wish waits for this sample, or the id stands for one.
        BadInput, Unconfirmed: nothing would change, or the change is wrong, or looks so and is not confirmed.
    """
    change = read(SampleChange, new.changes)
    with transaction() as session:
        sample = access.get(session, actor, sample_id, lock=True)
        if sample.created_by != actor.id:
            raise NotAllowed(action="sample.edit")
        if access.allowed_on(session, actor, "sample.edit", sample):
            raise WrongState(sample.status)
        known = session.get(EditRequest, request_id)
        if known is not None and (known.sample_id, known.changes) == (sample_id, new.changes):
            return _view(session, known, sample)
        if known is not None or _waiting(session, sample_id):
            raise Conflict
        differing = changes.differences(session, sample, change)
        if not differing:
            raise BadInput(Finding("changes", "nothing_changes"))
        changes.check(session, sample, change, differing)  # what no reviewer could grant is not asked for
        row = EditRequest(
            id=request_id, sample_id=sample_id, sample_version=sample.version, changes=new.changes, note=new.note,
            requested_by=actor.id, requested_at=clock.now(),
        )  # fmt: skip
        session.add(row)
        after = {name: wanted for name, (_, wanted) in differing.items()}
        audit.record(session, actor, "edit_request.file", "sample", sample_id, reason=new.note, after=after)
        session.flush()
        return _view(session, row, sample)


def waiting(actor: Actor, limit: int = 50) -> tuple[UUID, ...]:
    """The wishes that wait, oldest first."""
    policy.require(actor, "review.view_queue")
    with transaction() as session:
        query = (
            select(EditRequest.id)
            .join(Sample, Sample.id == EditRequest.sample_id)
            .where(EditRequest.state == "waiting", access.visible(actor))
            .order_by(EditRequest.requested_at)
            .limit(limit)
        )
        return tuple(session.scalars(query))


def of_sample(actor: Actor, sample_id: str) -> EditRequestView | None:
    """The newest wish for a sample."""
    with transaction() as session:
        sample = access.get(session, actor, sample_id)
        query = select(EditRequest).where(EditRequest.sample_id == sample_id)
        row = session.scalars(query.order_by(EditRequest.requested_at.desc()).limit(1)).one_or_none()
        return _view(session, row, sample) if row else None


def get(actor: Actor, request_id: UUID) -> EditRequestView:
    with transaction() as session:
        row = session.get(EditRequest, request_id)
        if row is None:
            raise NotFound
        return _view(session, row, access.get(session, actor, row.sample_id))


def grant(actor: Actor, request_id: UUID) -> EditRequestView:
    """Makes the wanted change; granting it again changes nothing.

    Raises:
        NotAllowed: the reviewer is who asked for it.
        WrongState: it was refused.
        BadInput, Unconfirmed: the change does not fit what is stored by now.
    """
    return _decide(actor, request_id, "granted", None)


def refuse(actor: Actor, request_id: UUID, answer: str) -> EditRequestView:
    """Keeps the sample as it is and tells the maker why.

    Raises:
        BadInput: no answer, or none that can be kept.
        NotAllowed, WrongState: as for `grant`.
    """
    policy.require(actor, "review.view_queue")
    return _decide(actor, request_id, "refused", read(Refusal, {"answer": answer}).answer)


def _decide(actor: Actor, request_id: UUID, state: str, answer: str | None) -> EditRequestView:
    policy.require(actor, "review.view_queue")
    with transaction() as session:
        row = session.scalars(select(EditRequest).where(EditRequest.id == request_id).with_for_update()).one_or_none()
        if row is None:
            raise NotFound
        sample = access.get(session, actor, row.sample_id, lock=True)
        policy.require(actor, "review.approve", Relation(own=row.requested_by == actor.id))
        if row.state != "waiting":
            if row.state != state:
                raise WrongState(row.state)
            return _view(session, row, sample)
        if state == "granted":
            change = read(SampleChange, row.changes)
            differing = changes.differences(session, sample, change)
            changes.apply(session, actor, sample, change, differing, "edit_request.grant", row.note)
        else:
            audit.record(session, actor, "edit_request.refuse", "sample", sample.id, reason=answer)
        row.state, row.answer, row.decided_by, row.decided_at = state, answer, actor.id, clock.now()
        notices.tell(session, row.requested_by, f"edit_{state}", sample.id, answer=answer or "")
        session.flush()
        return _view(session, row, sample)


def _waiting(session: Session, sample_id: str) -> bool:
    query = select(EditRequest.id).where(EditRequest.sample_id == sample_id, EditRequest.state == "waiting")
    return session.scalars(query).first() is not None


def _view(session: Session, row: EditRequest, sample: Sample) -> EditRequestView:
    differing = changes.differences(session, sample, read(SampleChange, row.changes))
    same = {name: getattr(row, name) for name in ("id", "sample_id", "note", "state", "requested_at", "answer")}
    name = session.get_one(User, row.requested_by).name
    return EditRequestView(requested_by=name, differing=differing, **same)
