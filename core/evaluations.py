"""Sensory scores of one person for one round and preparation."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from core import access, audit, catalogue
from core.db import transaction
from core.errors import BadInput, Conflict, Finding, NotFound, WrongState
from core.policy import Actor
from core.samples.rules import off_scale
from core.tables import Evaluation, Round
from core.tables.samples import SCORES


class NewEvaluation(BaseModel):
    """Scores by attribute on one named scale; `day` counts from the round, for tenderness by day."""

    model_config = ConfigDict(extra="forbid")
    preparation: Literal["raw", "heated"]
    scale: str
    scores: dict[str, float]
    day: Annotated[int, Field(ge=0, le=120)] = 0
    evaluated_at: datetime


def write(actor: Actor, sample_id: str, seq: int, evaluation_id: UUID, new: NewEvaluation) -> None:
    """Keeps one person's scores; the same again changes nothing.

    Raises:
        WrongState: heated or processed scores of a sample that is not approved.
        Conflict: the id stands for other scores.
        BadInput: a score off the scale, or of another preparation.
    """
    raw = new.preparation == "raw"
    action = "evaluation.write_heated" if not raw else f"evaluation.write_{'processed' if seq else 'fresh'}"
    _check(new)
    with transaction() as session:
        sample = access.get(session, actor, sample_id, lock=True)
        access.require_on(session, actor, action, sample)
        if (not raw or seq) and sample.status != "approved":
            raise WrongState(sample.status)
        if session.get(Round, (sample_id, seq)) is None:
            raise NotFound
        values = {"preparation": new.preparation, "scale": new.scale, "day": new.day} | new.scores
        if (known := session.get(Evaluation, evaluation_id)) is not None:
            place = {"sample_id": sample_id, "seq": seq} | values
            if any(getattr(known, name) != value for name, value in place.items()):
                raise Conflict
            return
        session.add(
            Evaluation(
                id=evaluation_id, sample_id=sample_id, seq=seq, evaluator=actor.id,
                evaluated_at=new.evaluated_at, **values,
            )
        )  # fmt: skip
        audit.record(session, actor, action, "sample", sample_id, after={"seq": seq} | values)


def _check(new: NewEvaluation) -> None:
    strangers = set(new.scores) - set(SCORES[new.preparation])
    findings = [Finding(f"scores.{name}", "unknown_field") for name in sorted(strangers)]
    scale = catalogue.get().find("scales", new.scale)
    if scale is None:
        findings.append(Finding("scale", "unknown_choice"))
    else:
        findings += off_scale({f"scores.{name}": score for name, score in new.scores.items()}, scale)
    if findings:
        raise BadInput(*findings)
