"""Changes a sample after its registration: edits it, submits a rejected one again."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, create_model
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import access, audit, catalogue, clock, errors, regions, trace_numbers, traceability
from core.db import transaction
from core.errors import BadInput, Finding, Stale, WrongState, check_confirmed
from core.policy import Actor
from core.samples import rules
from core.samples.new import NewSample, RawScores
from core.samples.views import SampleView, view
from core.tables import Evaluation, Sample
from core.tables.samples import RAW_SCORES

FIELDS = tuple(name for name in NewSample.model_fields if name not in {"photo", "confirmed_warnings", "captured_at"})
REQUIRED = tuple(name for name in FIELDS if NewSample.model_fields[name].is_required())
# Follow from other fields.
DERIVED = ("trace_kind", "source", "trace_verified", "province", "city")


def _optional(name: str) -> Any:
    field = NewSample.model_fields[name]
    return (field.rebuild_annotation() | None, None)


SampleChange: type[BaseModel] = create_model(
    "SampleChange",
    __doc__="The fields to change, as a merge patch: what is absent stays, what is null is emptied.",
    __config__=NewSample.model_config,
    **{name: _optional(name) for name in FIELDS},
    confirmed_warnings=(NewSample.model_fields["confirmed_warnings"].rebuild_annotation(), []),
)


def edit(actor: Actor, sample_id: str, version: int, change: BaseModel) -> SampleView:
    """Changes some fields of the version that the actor has seen; sent again, it changes nothing more.

    Raises:
        EditWindowClosed: the maker's time is over.
        Stale: somebody changed the sample meanwhile; says which of the wanted fields differ from what is stored.
        BadInput, Unconfirmed: as for `register`.
    """
    with transaction() as session:
        sample = access.get(session, actor, sample_id, lock=True)
        access.require_on(session, actor, "sample.edit", sample)
        differing = differences(session, sample, change)
        if differing and sample.version != version:
            raise stale(session, actor, sample, differing)
        apply(session, actor, sample, change, differing, "sample.edit")
        return view(session, actor, sample)


def submit_again(actor: Actor, sample_id: str, version: int) -> SampleView:
    """Puts a rejected sample back into the review queue; sent again, it changes nothing more.

    Raises:
        EditWindowClosed, Stale: as for `edit`.
        WrongState: it is not rejected.
    """
    with transaction() as session:
        sample = access.get(session, actor, sample_id, lock=True)
        if sample.status == "pending" and sample.version == version + 1:
            return view(session, actor, sample)
        access.require_on(session, actor, "sample.submit_again", sample)
        if sample.status != "rejected":
            raise WrongState(sample.status)
        if sample.version != version:
            raise stale(session, actor, sample, {})
        sample.status, sample.submitted_at = "pending", clock.now()
        sample.version += 1
        audit.record(session, actor, "sample.submit_again", "sample", sample_id)
        session.flush()
        return view(session, actor, sample)


def differences(session: Session, sample: Sample, change: BaseModel) -> dict[str, list[Any]]:
    """Each wanted field that is stored otherwise: [stored, wanted], as JSON has them."""
    wanted = change.model_dump(mode="json", exclude_unset=True, exclude={"confirmed_warnings"})
    stored = _stored(session, sample)
    if trace := trace_numbers.parse(wanted.get("trace_number") or ""):
        wanted["trace_number"] = trace.number
    return {name: [stored[name], value] for name, value in wanted.items() if stored[name] != value}


def check(
    session: Session, sample: Sample, change: BaseModel, differing: dict[str, list[Any]]
) -> tuple[NewSample, list[dict[str, Any]]]:
    """The whole sample as it will be, and what of it looks wrong and is confirmed.

    Raises:
        BadInput, Unconfirmed: as for `register`.
    """
    new = _whole(session, sample, change, differing)
    if findings := rules.check(new, catalogue.get(), clock.today()):
        raise BadInput(*findings)
    return new, check_confirmed(rules.warn(new), [*new.confirmed_warnings, *_confirmed(sample, differing)])


def apply(
    session: Session, actor: Actor, sample: Sample, change: BaseModel, differing: dict[str, list[Any]],
    action: str, reason: str | None = None,
) -> None:  # fmt: skip
    """Checks the whole sample as it will be and writes it, within the caller's transaction on a locked sample."""
    if not differing:
        return
    new, sample.warnings = check(session, sample, change, differing)
    before = _derived(sample) | {name: old for name, (old, _) in differing.items()}
    _write(session, sample, new, differing)
    after = _derived(sample) | {name: wanted for name, (_, wanted) in differing.items()}
    changed = [name for name in after if before[name] != after[name]]
    sample.version += 1
    events = {"before": {name: before[name] for name in changed}, "after": {name: after[name] for name in changed}}
    audit.record(session, actor, action, "sample", sample.id, reason=reason, **events)
    session.flush()


def stale(session: Session, actor: Actor, sample: Sample, differing: dict[str, list[Any]]) -> Stale:
    return Stale(sample.version, differing=differing, current=view(session, actor, sample))


def _stored(session: Session, sample: Sample) -> dict[str, Any]:
    values = {name: getattr(sample, name) for name in FIELDS if name != "scores"}
    values["scores"] = None if (scores := _makers_scores(session, sample)) is None else _as_scores(scores).model_dump()
    return NewSample.model_construct(**values).model_dump(mode="json", include=set(FIELDS), warnings=False)


def _whole(session: Session, sample: Sample, change: BaseModel, differing: dict[str, list[Any]]) -> NewSample:
    """The sample as it will be.

    Raises:
        BadInput: a field that every sample has is emptied.
    """
    if emptied := [name for name in REQUIRED if name in differing and differing[name][1] is None]:
        raise BadInput(*(Finding(name, "missing") for name in emptied))
    values = _stored(session, sample) | {name: wanted for name, (_, wanted) in differing.items()}
    return NewSample(**values, confirmed_warnings=getattr(change, "confirmed_warnings", []))


def _write(session: Session, sample: Sample, new: NewSample, differing: Iterable[str]) -> None:
    for name in differing:
        if name != "scores":
            setattr(sample, name, getattr(new, name))
    if "scores" in differing:
        _write_scores(session, sample, new.scores)
    trace = trace_numbers.parse(new.trace_number)
    sample.trace_kind = trace.kind if trace else sample.trace_kind
    if "trace_number" in differing:
        traceability.verify(session, sample)
    sample.province, sample.city = regions.locate(new.farm_address)
    session.flush()


def _write_scores(session: Session, sample: Sample, scores: RawScores | None) -> None:
    row = _makers_scores(session, sample)
    if scores is None and row is not None:
        session.delete(row)
    if scores is None:
        return
    if row is None:
        row = Evaluation(
            sample_id=sample.id, seq=0, preparation="raw", evaluator=sample.created_by, evaluated_at=clock.now()
        )
        session.add(row)
    for name, value in scores.model_dump().items():
        setattr(row, name, value)


def _makers_scores(session: Session, sample: Sample) -> Evaluation | None:
    """The raw scores that came with the sample."""
    place = {"sample_id": sample.id, "seq": 0, "preparation": "raw", "evaluator": sample.created_by}
    query = select(Evaluation).filter_by(**place, panelist=None).order_by(Evaluation.evaluated_at).limit(1)
    return session.scalars(query).one_or_none()


def _as_scores(row: Evaluation) -> RawScores:
    return RawScores.model_construct(**{name: getattr(row, name) for name in ("scale", *RAW_SCORES)})


def _confirmed(sample: Sample, differing: Iterable[str]) -> list[str]:
    """Warnings that were confirmed before and whose field stays as it is."""
    findings = [Finding(warning["field"], warning["code"]) for warning in sample.warnings]
    return [errors.confirmation(finding) for finding in findings if finding.field not in differing]


def _derived(sample: Sample) -> dict[str, Any]:
    return {name: getattr(sample, name) for name in DERIVED}
