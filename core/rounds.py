"""Processing rounds of an approved sample: deep aging and the like, in order, without holes."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from core import access, audit
from core.db import transaction
from core.errors import BadInput, Conflict, Finding, WrongState
from core.policy import Actor
from core.tables import Round


class NewRound(BaseModel):
    """One step: minutes, degrees Celsius, MPa, kHz, grams."""

    model_config = ConfigDict(extra="forbid")
    method: str
    started_at: datetime
    minutes: Annotated[int, Field(ge=1, le=1440)]
    temperature_c: float | None = None
    pressure_mpa: float | None = None
    frequency_khz: float | None = None
    weight_before_g: Annotated[float, Field(gt=0)] | None = None
    weight_after_g: Annotated[float, Field(gt=0)] | None = None
    note: str | None = None


def add(actor: Actor, sample_id: str, seq: int, new: NewRound) -> None:
    """Adds the next round; the same round sent again changes nothing.

    Raises:
        WrongState: the sample is not approved.
        Conflict: this seq stands for another round, or is not the next one.
        BadInput: it starts before the round before it has ended.
    """
    with transaction() as session:
        sample = access.get(session, actor, sample_id, lock=True)
        access.require_on(session, actor, "sample.create_processed", sample)
        if sample.status != "approved":
            raise WrongState(sample.status)
        rounds = session.scalars(select(Round).where(Round.sample_id == sample_id).order_by(Round.seq)).all()
        values = new.model_dump()
        if seq < len(rounds):
            if seq > 0 and all(getattr(rounds[seq], name) == value for name, value in values.items()):
                return
            raise Conflict
        if seq != len(rounds):
            raise Conflict
        last = rounds[-1]
        if last.started_at and new.started_at < last.started_at + timedelta(minutes=last.minutes or 0):
            raise BadInput(Finding("started_at", "starts_before_last_round"))
        session.add(Round(sample_id=sample_id, seq=seq, created_by=actor.id, **values))
        sample.version += 1
        audit.record(session, actor, "round.add", "sample", sample_id, after={"seq": seq} | values)
