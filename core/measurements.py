"""Laboratory and electronic-tongue values: one replicate of one round and preparation."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import access, derived, errors
from core.config import DATA
from core.db import transaction
from core.errors import BadInput, Conflict, Finding, NotFound, Unconfirmed, check_confirmed
from core.inputs import Instant, Line, Note
from core.policy import Actor
from core.samples import parts, rules
from core.samples.parts import Written
from core.samples.views import SampleView, view
from core.tables import Measurement, Round, Sample
from core.tables.samples import MEASURES

ACTION = "measurement.write"
LOSS_TOLERANCE = 0.5  # % between a typed cooking loss and the one that the weights give
Weight = Annotated[float, Field(gt=0, le=100_000, allow_inf_nan=False)]


class NewMeasurement(BaseModel):
    """Values by the keys of catalogue/measures.json, in its units; cooking weights in g; absent is not measured.

    Where both weights are given and the cooking loss is not, it is computed. `confirmed_warnings` names what looks
    implausible and is right all the same, each as "field:code".
    """

    model_config = ConfigDict(extra="forbid")
    preparation: Literal["raw", "heated"]
    replicate: Annotated[int, Field(ge=1, le=99)] = 1
    values: Annotated[dict[str, Annotated[float, Field(allow_inf_nan=False)]], Field(max_length=100)]
    cook_before_g: Weight | None = None
    cook_after_g: Weight | None = None
    cathepsin_unit: Line | None = None
    instrument: Line | None = None
    note: Note | None = None
    measured_at: Instant
    confirmed_warnings: Annotated[list[Line], Field(max_length=50)] = []


NOT_MEASURED = dict.fromkeys(MEASURES)
OWN = ("replicate", "cook_before_g", "cook_after_g", "cathepsin_unit", "instrument", "note", "measured_at")


@dataclass(frozen=True)
class _Step:
    """One replicate to write, what is stored under its id, and what differs."""

    id: UUID
    new: NewMeasurement
    known: Measurement | None
    differing: dict[str, list[Any]]


@cache
def measures() -> dict[str, dict[str, Any]]:
    """key -> names (ko, en), unit, decimals and ranges, in the order people know them."""
    listed = json.loads((DATA / "catalogue" / "measures.json").read_text(encoding="utf-8"))["measures"]
    return {measure["key"]: measure for measure in listed}


@cache
def usual_range(key: str, species: str, preparation: str) -> tuple[float, float] | None:
    """Lowest and highest plausible value of a measure; None where none is known."""
    kind = "cooked" if preparation == "heated" else {"cattle": "beef_raw", "pig": "pork_raw"}[species]
    span = measures()[key][kind]
    return (span[0], span[1]) if span else None


def write(
    actor: Actor, sample_id: str, seq: int, measurement_id: UUID, new: NewMeasurement, version: int | None = None
) -> Written:
    """Keeps one replicate under an id that the caller has made; the same again changes nothing.

    Args:
        version: of the sample, as the actor has seen it; needed where the id stands for other values, to change them.

    Raises:
        WrongState: the sample is not approved.
        Conflict: the id stands for other values, and no version says that they have been seen.
        Stale: somebody changed the sample meanwhile.
        BadInput, Unconfirmed: what is wrong with the values, and what looks wrong.
    """
    with transaction() as session:
        sample = _open(session, actor, sample_id)
        part = parts.round_of(session, sample_id, seq)
        step = _step(session, sample_id, seq, measurement_id, new)
        if step.known is not None and step.differing:
            parts.check_version(session, actor, sample, version, step.differing)
        _write(session, actor, sample, part, [step])
        return Written(view(session, actor, sample), created=step.known is None)


def write_sheet(
    actor: Actor, sample_id: str, seq: int, replicates: Mapping[UUID, NewMeasurement], removed: Collection[UUID],
    version: int,
) -> SampleView:  # fmt: skip
    """Writes a whole sheet of replicates at once and takes some away: all of it, or nothing.

    Args:
        replicates: by their ids; those that are the same as stored stay untouched.
        removed: ids of replicates that are no longer on the sheet.
        version: of the sample, as the actor has seen it.

    Raises:
        BadInput, Unconfirmed: as for `write`; fields begin with the replicate's number, as in "2.values.ph".
        WrongState, Conflict, Stale: as for `write`.
    """
    with transaction() as session:
        sample = _open(session, actor, sample_id)
        part = parts.round_of(session, sample_id, seq)
        steps = [_step(session, sample_id, seq, key, new) for key, new in replicates.items()]
        gone = [row for key in removed if (row := _find(session, sample_id, seq, key)) is not None]
        differing = {f"{step.new.replicate}.{name}": pair for step in steps for name, pair in step.differing.items()}
        if gone or any(step.known is None or step.differing for step in steps):
            parts.check_version(session, actor, sample, version, differing)
        for row in gone:
            _remove(session, actor, sample, row)
        _write(session, actor, sample, part, steps, is_sheet=True)
        return view(session, actor, sample)


def remove(actor: Actor, sample_id: str, seq: int, measurement_id: UUID, version: int) -> SampleView:
    """Takes one replicate away; what it was stays in the history.

    Raises:
        NotFound: there is no such replicate in this round.
        WrongState, Stale: as for `write`.
    """
    with transaction() as session:
        sample = _open(session, actor, sample_id)
        parts.round_of(session, sample_id, seq)
        row = _find(session, sample_id, seq, measurement_id)
        if row is None:
            raise NotFound
        parts.check_version(session, actor, sample, version, {})
        _remove(session, actor, sample, row)
        return view(session, actor, sample)


def _open(session: Session, actor: Actor, sample_id: str) -> Sample:
    sample = access.get(session, actor, sample_id, lock=True)
    access.require_on(session, actor, ACTION, sample)
    parts.require_approved(sample)
    return sample


def _find(session: Session, sample_id: str, seq: int, measurement_id: UUID) -> Measurement | None:
    row = session.get(Measurement, measurement_id)
    return row if row is not None and (row.sample_id, row.seq) == (sample_id, seq) else None


def _step(session: Session, sample_id: str, seq: int, measurement_id: UUID, new: NewMeasurement) -> _Step:
    """Raises Conflict where the id stands for a replicate of another round or preparation."""
    known = session.get(Measurement, measurement_id)
    if known is not None and (known.sample_id, known.seq, known.preparation) != (sample_id, seq, new.preparation):
        raise Conflict
    differing = {} if known is None else parts.differences(stored_of(known), values_of(new))
    return _Step(measurement_id, new, known, differing)


def _write(
    session: Session, actor: Actor, sample: Sample, part: Round, steps: list[_Step], *, is_sheet: bool = False
) -> None:
    """Writes what is new or differs, once nothing is wrong with any of it."""
    open_steps = [step for step in steps if step.known is None or step.differing]
    prefix = {step.id: f"{step.new.replicate}." if is_sheet else "" for step in open_steps}
    taken = _numbers(session, sample, part, steps)
    wrong = [f for step in open_steps for f in _under(prefix[step.id], _check(step, sample, part, taken))]
    if wrong:
        raise BadInput(*wrong)
    unusual = {step.id: warn(step.new, sample.species) for step in open_steps}
    unconfirmed = [f for step in open_steps for f in _under(prefix[step.id], _unconfirmed(step, unusual[step.id]))]
    if unconfirmed:
        raise Unconfirmed(*unconfirmed)
    for step in open_steps:
        _write_one(
            session, actor, sample, part.seq, step, check_confirmed(unusual[step.id], step.new.confirmed_warnings)
        )


def _write_one(
    session: Session, actor: Actor, sample: Sample, seq: int, step: _Step, warnings: list[dict[str, Any]]
) -> None:
    place, values = _place(seq, step.new.preparation, step.id), values_of(step.new)
    if step.known is not None:
        step.known.warnings = warnings
        parts.change(session, actor, sample, ACTION, place, step.known, values, step.differing)
        return
    session.add(
        Measurement(
            id=step.id, sample_id=sample.id, seq=seq, preparation=step.new.preparation, measured_by=actor.id,
            warnings=warnings, **values,
        )
    )  # fmt: skip
    parts.finish(session, actor, sample, ACTION, place, after=parts.given(values))


def _remove(session: Session, actor: Actor, sample: Sample, row: Measurement) -> None:
    place = _place(row.seq, row.preparation, row.id)
    session.delete(row)
    parts.finish(session, actor, sample, "measurement.remove", place, before=parts.given(stored_of(row)))


def _place(seq: int, preparation: str, measurement_id: UUID) -> dict[str, Any]:
    return {"seq": seq, "preparation": preparation, "measurement": str(measurement_id)}


def values_of(new: NewMeasurement) -> dict[str, Any]:
    """As they are stored: with the cooking loss that the weights give, where nobody typed one."""
    values: dict[str, Any] = {name: getattr(new, name) for name in OWN}
    values.update(NOT_MEASURED)
    values.update({key: value for key, value in new.values.items() if key in NOT_MEASURED})
    lost = derived.loss(new.cook_before_g, new.cook_after_g)
    if values["cooking_loss"] is None and lost is not None:
        values["cooking_loss"] = round(lost, 4)
    return values


def stored_of(row: Measurement) -> dict[str, Any]:
    """The same of what is stored."""
    return {name: getattr(row, name) for name in (*OWN, *MEASURES)}


def _numbers(session: Session, sample: Sample, part: Round, steps: list[_Step]) -> dict[UUID, tuple[str, int]]:
    """id -> preparation and replicate of all that is stored for this round, and of all that is to be."""
    query = select(Measurement.id, Measurement.preparation, Measurement.replicate)
    stored = session.execute(query.filter_by(sample_id=sample.id, seq=part.seq)).all()
    known = {row.id: (row.preparation, row.replicate) for row in stored}
    return known | {step.id: (step.new.preparation, step.new.replicate) for step in steps}


def _check(step: _Step, sample: Sample, part: Round, taken: Mapping[UUID, tuple[str, int]]) -> list[Finding]:
    new = step.new
    findings = [*check(new), *parts.check_instant("measured_at", new.measured_at, sample, part)]
    if any(place == (new.preparation, new.replicate) for key, place in taken.items() if key != step.id):
        findings.append(Finding("replicate", "measured_before"))
    return findings


def check(new: NewMeasurement) -> list[Finding]:
    """What is wrong with the values by themselves."""
    findings = [f for key, value in new.values.items() for f in _check_value(key, value)]
    if not new.values and values_of(new)["cooking_loss"] is None:
        findings.append(Finding("values", "missing"))
    if "cathepsin" in new.values and new.cathepsin_unit is None:
        findings.append(Finding("cathepsin_unit", "missing"))
    if new.cook_after_g is not None and new.cook_after_g > (new.cook_before_g or 0):
        findings.append(Finding("cook_after_g", "heavier_after_cooking"))
    return findings


def _check_value(key: str, value: float) -> list[Finding]:
    measure = measures().get(key)
    if measure is None:
        return [Finding(f"values.{key}", "unknown_field")]
    if measure["hard_min"] is not None and value < measure["hard_min"]:
        return [Finding(f"values.{key}", "too_small", {"limit": measure["hard_min"]})]
    if measure["hard_max"] is not None and value > measure["hard_max"]:
        return [Finding(f"values.{key}", "too_large", {"limit": measure["hard_max"]})]
    return []


def warn(new: NewMeasurement, species: str) -> list[Finding]:
    """Values outside what is usual for species and preparation, and values that do not fit each other."""
    all_values = values_of(new)
    stored = {key: value for key in MEASURES if (value := all_values[key]) is not None}
    findings = []
    for key, value in stored.items():
        span = usual_range(key, species, new.preparation)
        if span is not None and not span[0] <= value <= span[1]:
            findings += rules.unusual({f"values.{key}": value}, {f"values.{key}": span})
    lost = derived.loss(new.cook_before_g, new.cook_after_g)
    if lost is not None and abs(stored["cooking_loss"] - lost) > LOSS_TOLERANCE:
        findings.append(Finding("values.cooking_loss", "loss_differs", {"computed": round(lost, 2)}))
    low, high = derived.PROXIMATE_SUM
    total = derived.proximate_sum(stored)
    if total is not None and not low <= total <= high:
        findings.append(Finding("values", "unusual_sum", {"sum": round(total, 1), "minimum": low, "maximum": high}))
    return findings


def _unconfirmed(step: _Step, warnings: list[Finding]) -> list[Finding]:
    return [warning for warning in warnings if errors.confirmation(warning) not in step.new.confirmed_warnings]


def _under(prefix: str, findings: list[Finding]) -> list[Finding]:
    return [Finding(prefix + finding.field, finding.code, finding.values) for finding in findings]
