"""Processing rounds of an approved sample: deep aging and the like, in order, without holes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import access, clock, derived, inputs
from core.db import transaction
from core.errors import BadInput, Conflict, Finding, NotFound, NotLastRound, check_confirmed
from core.inputs import Instant, Line, Note
from core.methods import DAY, LONGEST_DAYS, METHODS, USUAL_LOSS, USUAL_WEIGHT_G
from core.policy import Actor
from core.samples import parts, rules
from core.samples.parts import Written
from core.samples.views import SampleView, view
from core.tables import Round, Sample

ACTION = "sample.create_processed"
Weight = Annotated[float, Field(gt=0, le=500_000, allow_inf_nan=False)]


class NewRound(BaseModel):
    """One step: minutes, degrees Celsius, MPa, kHz, grams; `method` is a key of core.methods.

    `confirmed_warnings` names what looks implausible and is right all the same, each as "field:code".
    """

    model_config = ConfigDict(extra="forbid")
    method: Line
    started_at: Instant
    minutes: Annotated[int, Field(ge=1, le=LONGEST_DAYS * DAY)]
    temperature_c: Annotated[float, Field(ge=-60, le=120, allow_inf_nan=False)] | None = None
    pressure_mpa: Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)] | None = None
    frequency_khz: Annotated[float, Field(ge=0, le=3_000_000, allow_inf_nan=False)] | None = None
    device: Line | None = None
    weight_before_g: Weight | None = None
    weight_after_g: Weight | None = None
    note: Note | None = None
    confirmed_warnings: Annotated[list[Line], Field(max_length=50)] = []


class Removal(BaseModel):
    """Why something goes to the recycle bin."""

    model_config = ConfigDict(extra="forbid")
    reason: Note


FIELDS = tuple(name for name in NewRound.model_fields if name != "confirmed_warnings")


def add(actor: Actor, sample_id: str, seq: int, new: NewRound) -> Written:
    """Adds the next round; the same round sent again changes nothing.

    Raises:
        WrongState: the sample is not approved.
        Conflict: this seq stands for another round, or is not the next one.
        BadInput, Unconfirmed: what is wrong with it, and what looks wrong.
    """
    with transaction() as session:
        sample = _open(session, actor, sample_id)
        rounds = _rounds(session, sample_id)
        if 0 < seq < len(rounds) and not _differences(rounds[seq], new):
            return Written(view(session, actor, sample), created=False)
        if seq != len(rounds) or seq > parts.LARGEST_SEQ:
            raise Conflict
        warnings = _checked(sample, new, rounds[-1], None)
        session.add(Round(sample_id=sample_id, seq=seq, created_by=actor.id, warnings=warnings, **values_of(new)))
        parts.finish(session, actor, sample, "round.add", {"seq": seq}, after=parts.given(values_of(new)))
        return Written(view(session, actor, sample), created=True)


def change(actor: Actor, sample_id: str, seq: int, new: NewRound, version: int) -> Written:
    """Gives a round other values, on the version that the actor has seen; sent again, it changes nothing more.

    Raises:
        NotFound: there is no such processing round.
        WrongState: the sample is not approved.
        Stale: somebody changed the sample meanwhile.
        BadInput, Unconfirmed: as for `add`; the rounds before and after stay where they are.
    """
    with transaction() as session:
        sample = _open(session, actor, sample_id)
        rounds = _rounds(session, sample_id)
        if not 0 < seq < len(rounds):
            raise NotFound
        row = rounds[seq]
        if differing := _differences(row, new):
            parts.check_version(session, actor, sample, version, differing)
            row.warnings = _checked(sample, new, rounds[seq - 1], rounds[seq + 1] if seq + 1 < len(rounds) else None)
            parts.change(session, actor, sample, "round.change", {"seq": seq}, row, values_of(new), differing)
        return Written(view(session, actor, sample), created=False)


def remove(actor: Actor, sample_id: str, seq: int, version: int, reason: str) -> SampleView:
    """Moves the last round to the recycle bin, with its photos, evaluations and measurements.

    Raises:
        NotFound: there is no such round.
        NotLastRound: others follow it, or it is the raw sample itself.
        Stale: somebody changed the sample meanwhile.
        BadInput: no reason is given.
    """
    why = inputs.read(Removal, {"reason": reason}).reason
    with transaction() as session:
        sample = _open(session, actor, sample_id)
        row = parts.round_of(session, sample_id, seq)
        if seq == 0 or seq != _rounds(session, sample_id)[-1].seq:
            raise NotLastRound
        parts.check_version(session, actor, sample, version, {})
        lowest = session.scalar(select(func.min(Round.seq)).where(Round.sample_id == sample_id)) or 0
        # What hangs on the round follows it by the foreign keys, and comes back with it.
        row.seq, row.removed_seq = min(lowest, 0) - 1, seq
        row.deleted_at, row.deleted_by, row.deleted_why = clock.now(), actor.id, why
        before = parts.given(stored_of(row))
        parts.finish(session, actor, sample, "round.remove", {"seq": seq}, reason=why, before=before)
        return view(session, actor, sample)


def _open(session: Session, actor: Actor, sample_id: str) -> Sample:
    sample = access.get(session, actor, sample_id, lock=True)
    access.require_on(session, actor, ACTION, sample)
    parts.require_approved(sample)
    return sample


def _rounds(session: Session, sample_id: str) -> Sequence[Round]:
    """The raw sample and its rounds, each at the index of its seq."""
    query = select(Round).where(Round.sample_id == sample_id, Round.seq >= 0).order_by(Round.seq)
    return session.scalars(query).all()


def values_of(new: NewRound) -> dict[str, Any]:
    """As they are stored."""
    return {name: getattr(new, name) for name in FIELDS}


def stored_of(row: Round) -> dict[str, Any]:
    """The same of what is stored."""
    return {name: getattr(row, name) for name in FIELDS}


def _differences(row: Round, new: NewRound) -> dict[str, list[Any]]:
    return parts.differences(stored_of(row), values_of(new))


def _checked(sample: Sample, new: NewRound, previous: Round, following: Round | None) -> list[dict[str, Any]]:
    """The confirmed warnings of a round that may stand between these two.

    Raises:
        BadInput, Unconfirmed: what is wrong with it, and what looks wrong.
    """
    if findings := check(sample, new, previous, following):
        raise BadInput(*findings)
    return check_confirmed(warn(new), new.confirmed_warnings)


def check(sample: Sample, new: NewRound, previous: Round, following: Round | None) -> list[Finding]:
    """What is wrong with a round that may stand between these two."""
    return [*_check_method(new), *_check_time(sample, new, previous, following)]


def _check_method(new: NewRound) -> list[Finding]:
    method = METHODS.get(new.method)
    if method is None:
        return [Finding("method", "unknown_choice")]
    return [Finding("minutes", "too_large", {"limit": method.longest})] if new.minutes > method.longest else []


def _check_time(sample: Sample, new: NewRound, previous: Round, following: Round | None) -> list[Finding]:
    findings = parts.check_instant("started_at", new.started_at, sample)
    if not findings and previous.started_at is not None and new.started_at < _end(previous):
        findings.append(Finding("started_at", "starts_before_last_round"))
    if following is not None and following.started_at is not None and _end(new) > following.started_at:
        findings.append(Finding("minutes", "ends_after_next_round"))
    return findings


def _end(step: Round | NewRound) -> datetime:
    if step.started_at is None:
        raise LookupError("started_at")
    return step.started_at + timedelta(minutes=step.minutes or 0)


def warn(new: NewRound) -> list[Finding]:
    """What looks implausible for the method, and weights that do not fit each other."""
    usual = METHODS[new.method].usual | dict.fromkeys(("weight_before_g", "weight_after_g"), USUAL_WEIGHT_G)
    findings = rules.unusual({name: getattr(new, name) for name in usual}, usual)
    lost = derived.loss(new.weight_before_g, new.weight_after_g)
    low, high = USUAL_LOSS
    if lost is not None and not low <= lost <= high:
        findings.append(Finding("weight_after_g", "unusual_loss", {"loss": round(lost, 1), "limit": high}))
    return findings
