"""Laboratory and electronic-tongue values: one replicate of one round and preparation."""

import json
from datetime import datetime
from functools import cache
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from core import access, audit
from core.config import DATA
from core.db import transaction
from core.errors import BadInput, Conflict, Finding, NotFound, WrongState
from core.policy import Actor
from core.tables import Measurement, Round


class NewMeasurement(BaseModel):
    """Values by the keys of catalogue/measures.json, in its units."""

    model_config = ConfigDict(extra="forbid")
    preparation: Literal["raw", "heated"]
    replicate: int = 1
    values: dict[str, float]
    measured_at: datetime


@cache
def measures() -> dict[str, dict[str, Any]]:
    """key -> names (ko, en), unit, decimals and ranges, in the order people know them."""
    listed = json.loads((DATA / "catalogue" / "measures.json").read_text(encoding="utf-8"))["measures"]
    return {measure["key"]: measure for measure in listed}


def write(actor: Actor, sample_id: str, seq: int, measurement_id: UUID, new: NewMeasurement) -> None:
    """Keeps one replicate; the same again changes nothing.

    Raises:
        WrongState: the sample is not approved.
        Conflict: the id stands for other values.
        BadInput: an unknown measure, or a value outside its hard range.
    """
    _check(new)
    with transaction() as session:
        sample = access.get(session, actor, sample_id, lock=True)
        access.require_on(session, actor, "measurement.write", sample)
        if sample.status != "approved":
            raise WrongState(sample.status)
        if session.get(Round, (sample_id, seq)) is None:
            raise NotFound
        values = {"preparation": new.preparation, "replicate": new.replicate} | new.values
        if (known := session.get(Measurement, measurement_id)) is not None:
            place = {"sample_id": sample_id, "seq": seq} | values
            if any(getattr(known, name) != value for name, value in place.items()):
                raise Conflict
            return
        session.add(
            Measurement(
                id=measurement_id, sample_id=sample_id, seq=seq, measured_by=actor.id,
                measured_at=new.measured_at, **values,
            )
        )  # fmt: skip
        audit.record(session, actor, "measurement.write", "sample", sample_id, after={"seq": seq} | values)


def _check(new: NewMeasurement) -> None:
    findings = []
    for key, value in new.values.items():
        measure = measures().get(key)
        if measure is None:
            findings.append(Finding(f"values.{key}", "unknown_field"))
        elif measure["hard_min"] is not None and value < measure["hard_min"]:
            findings.append(Finding(f"values.{key}", "too_small", {"limit": measure["hard_min"]}))
        elif measure["hard_max"] is not None and value > measure["hard_max"]:
            findings.append(Finding(f"values.{key}", "too_large", {"limit": measure["hard_max"]}))
    if findings:
        raise BadInput(*findings)
