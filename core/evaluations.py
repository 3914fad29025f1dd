"""Sensory scores of one person for one round and preparation."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import access, catalogue, policy
from core.catalogue import Catalogue
from core.db import transaction
from core.errors import BadInput, Conflict, Finding, NotAllowed, NotFound, check_confirmed
from core.inputs import Instant, Line
from core.policy import Actor
from core.samples import parts
from core.samples.parts import Written
from core.samples.rules import off_scale
from core.samples.views import SampleView, view
from core.tables import Evaluation, Round, Sample
from core.tables.samples import SCORES

DAYS = (0, 3, 7, 14, 21)  # on which tenderness is usually scored after a round
FEWEST_ALIKE = 3  # so many equal scores look like a copy, or like nobody tasted
Score = Annotated[float, Field(allow_inf_nan=False)]


class NewEvaluation(BaseModel):
    """Scores by attribute on one named scale; zero is a score, absent is not scored.

    `panelist` is the pseudonym of a taster without an account, for whom the actor writes; `day` counts from the round,
    for tenderness by day. `confirmed_warnings` names what looks implausible and is right all the same, each as
    "field:code".
    """

    model_config = ConfigDict(extra="forbid")
    preparation: Literal["raw", "heated"]
    scale: Line
    scores: Annotated[dict[str, Score], Field(max_length=50)]
    panelist: Line | None = None
    replicate: Annotated[int, Field(ge=1, le=99)] = 1
    day: Annotated[int, Field(ge=0, le=120)] = 0
    evaluated_at: Instant
    confirmed_warnings: Annotated[list[Line], Field(max_length=50)] = []


OWN = ("scale", "panelist", "replicate", "day", "evaluated_at")


def write(
    actor: Actor, sample_id: str, seq: int, evaluation_id: UUID, new: NewEvaluation, version: int | None = None
) -> Written:
    """Keeps one person's scores under an id that the caller has made; the same again changes nothing.

    Args:
        version: of the sample, as the actor has seen it; needed where the id stands for other scores, to change them.

    Raises:
        EditWindowClosed: the author of the sample comes too late.
        WrongState: heated or processed scores of a sample that is not approved.
        Conflict: the id stands for other scores, and no version says that they have been seen.
        Stale: somebody changed the sample meanwhile.
        BadInput, Unconfirmed: what is wrong with the scores, and what looks wrong.
    """
    action = _action(new.preparation, seq)
    with transaction() as session:
        sample = _open(session, actor, sample_id, action)
        part = parts.round_of(session, sample_id, seq)
        known = session.get(Evaluation, evaluation_id)
        if known is not None:
            _change(session, actor, sample, part, known, new, version)
            return Written(view(session, actor, sample), created=False)
        warnings = _checked(session, sample, part, evaluation_id, actor.id, new)
        place = {"sample_id": sample_id, "seq": seq, "preparation": new.preparation}
        session.add(Evaluation(id=evaluation_id, evaluator=actor.id, warnings=warnings, **place, **values_of(new)))
        after = parts.given(values_of(new))
        parts.finish(session, actor, sample, action, _place(seq, new.preparation, evaluation_id), after=after)
        return Written(view(session, actor, sample), created=True)


def remove(actor: Actor, sample_id: str, seq: int, evaluation_id: UUID, version: int) -> SampleView:
    """Takes one person's scores away; what they were stays in the history.

    Raises:
        NotFound: there are no such scores in this round.
        EditWindowClosed, WrongState, Stale: as for `write`.
    """
    with transaction() as session:
        sample = access.get(session, actor, sample_id, lock=True)
        parts.round_of(session, sample_id, seq)
        known = session.get(Evaluation, evaluation_id)
        if known is None or (known.sample_id, known.seq) != (sample_id, seq):
            raise NotFound
        action = _action(known.preparation, seq)
        _require(session, actor, action, sample)
        _require_theirs(actor, action, known)
        parts.check_version(session, actor, sample, version, {})
        place, before = _place(seq, known.preparation, evaluation_id), parts.given(stored_of(known))
        session.delete(known)
        parts.finish(session, actor, sample, "evaluation.remove", place, before=before)
        return view(session, actor, sample)


def _change(
    session: Session, actor: Actor, sample: Sample, part: Round, known: Evaluation, new: NewEvaluation,
    version: int | None,
) -> None:  # fmt: skip
    """Gives stored scores other values; whose they are does not change."""
    if (known.sample_id, known.seq, known.preparation) != (sample.id, part.seq, new.preparation):
        raise Conflict
    if differing := parts.differences(stored_of(known), values_of(new)):
        action = _action(new.preparation, part.seq)
        _require_theirs(actor, action, known)
        parts.check_version(session, actor, sample, version, differing)
        known.warnings = _checked(session, sample, part, known.id, known.evaluator, new)
        place = _place(part.seq, new.preparation, known.id)
        parts.change(session, actor, sample, action, place, known, values_of(new), differing)


def _place(seq: int, preparation: str, evaluation_id: UUID) -> dict[str, Any]:
    return {"seq": seq, "preparation": preparation, "evaluation": str(evaluation_id)}


def _action(preparation: str, seq: int) -> str:
    """Which row of the policy these scores are."""
    if preparation == "heated":
        return "evaluation.write_heated"
    return "evaluation.write_processed" if seq else "evaluation.write_fresh"


def _open(session: Session, actor: Actor, sample_id: str, action: str) -> Sample:
    sample = access.get(session, actor, sample_id, lock=True)
    _require(session, actor, action, sample)
    return sample


def _require(session: Session, actor: Actor, action: str, sample: Sample) -> None:
    access.require_on(session, actor, action, sample)
    if action != "evaluation.write_fresh":
        parts.require_approved(sample)


def _require_theirs(actor: Actor, action: str, known: Evaluation) -> None:
    """Who may write only their own sample's scores does not touch those that somebody else has written."""
    if policy.rule(actor.role, action) != "any" and known.evaluator != actor.id:
        raise NotAllowed(action=action)


def values_of(new: NewEvaluation) -> dict[str, Any]:
    """As they are stored."""
    own = {name: getattr(new, name) for name in OWN}
    return own | {name: new.scores.get(name) for name in SCORES[new.preparation]}


def stored_of(row: Evaluation) -> dict[str, Any]:
    """The same of what is stored."""
    return {name: getattr(row, name) for name in (*OWN, *SCORES[row.preparation])}


def _checked(
    session: Session, sample: Sample, part: Round, evaluation_id: UUID, evaluator: UUID, new: NewEvaluation
) -> list[dict[str, Any]]:
    """The confirmed warnings.

    Raises:
        BadInput, Unconfirmed: what is wrong with the scores, and what looks wrong.
    """
    others = session.scalars(
        select(Evaluation).filter_by(sample_id=sample.id, seq=part.seq, evaluator=evaluator, panelist=new.panelist)
    ).all()
    beside = [other for other in others if other.id != evaluation_id]
    findings = [*check(new, catalogue.get()), *parts.check_instant("evaluated_at", new.evaluated_at, sample, part)]
    if any((o.preparation, o.replicate, o.day) == (new.preparation, new.replicate, new.day) for o in beside):
        findings.append(Finding("replicate", "scored_before"))
    if findings:
        raise BadInput(*findings)
    return check_confirmed(warn(new, [other for other in beside if other.preparation == "raw"]), new.confirmed_warnings)


def check(new: NewEvaluation, known: Catalogue) -> list[Finding]:
    """What is wrong with the scores by themselves."""
    strangers = set(new.scores) - set(SCORES[new.preparation])
    findings = [Finding(f"scores.{name}", "unknown_field") for name in sorted(strangers)]
    if not new.scores:
        findings.append(Finding("scores", "missing"))
    scale = known.find("scales", new.scale)
    if scale is None:
        return [*findings, Finding("scale", "unknown_choice")]
    own = {name: score for name, score in new.scores.items() if name not in strangers}
    return findings + off_scale({f"scores.{name}": score for name, score in own.items()}, scale)


def warn(new: NewEvaluation, raw: list[Evaluation]) -> list[Finding]:
    """Scores that were hardly tasted: all alike, or the raw ones written down once more."""
    scores = [new.scores.get(name) for name in SCORES[new.preparation]]
    given = [score for score in scores if score is not None]
    if len(given) >= FEWEST_ALIKE and len(set(given)) == 1:
        return [Finding("scores", "all_alike", {"score": given[0]})]
    if new.preparation == "heated" and len(given) >= FEWEST_ALIKE:
        for other in raw:
            if other.scale == new.scale and scores == [getattr(other, name) for name in SCORES["raw"]]:
                return [Finding("scores", "copied_from_raw")]
    return []
