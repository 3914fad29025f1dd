"""Scores of an import, held against the rules and against what is stored."""

from typing import Any
from uuid import UUID

from core import evaluations
from core.errors import Finding
from core.evaluations import NewEvaluation
from core.imports.checking import Context, PartWrite, SampleWrite, at_part, warn
from core.imports.items import Part
from core.imports.steps import Step, differences, done_at, is_double, is_elsewhere, own_id, passes, read_model
from core.imports.tables import Said
from core.samples.parts import check_instant


def check_scores(
    write: SampleWrite, part: Part, step: Step, meat: Any, context: Context, said: Said, seen: dict[Any, Part]
) -> PartWrite | None:  # fmt: skip
    """What of one person's scores would be written; None where it is stored already, or wrong, which is said."""
    values = dict(part.values)
    found = _identified(write, part, values, context, said, seen)
    if found is None:
        return None
    key, known, evaluator = found
    stored = evaluations.stored_of(known) if known else {}
    whole = _whole_evaluation(values, stored, step, part, context)
    if whole["scale"] is None:
        said.add(_scale_needed(part))
        return None
    new = read_model(NewEvaluation, whole, part, said)
    if new is None:
        return None
    wanted = evaluations.values_of(new)
    differing = differences(stored, wanted) if known else {}
    if known is not None and not differing:
        return None
    wrong = [*evaluations.check(new, context.catalogue), *check_instant("evaluated_at", new.evaluated_at, meat, step)]  # type: ignore[arg-type]
    if not passes(wrong, part, said):
        return None
    raw = [
        row for row in context.stored.evaluations.get(write.id, []) if row.preparation == "raw" and row.seq == part.seq
    ]
    looks = evaluations.warn(new, [row for row in raw if row.evaluator == evaluator]) or _copied(new, part, write)
    warnings, is_open = warn(looks, part.confirmed, lambda f: at_part(part, f, "warning"), said)
    return PartWrite(
        "evaluations", key, part.seq, part.preparation, wanted, known, differing, warnings, is_open, part.source,
        known.evaluator if known else evaluator,
    )  # fmt: skip


def _identified(
    write: SampleWrite, part: Part, values: dict[str, Any], context: Context, said: Said, seen: dict[Any, Part]
) -> tuple[UUID | None, Any, UUID] | None:  # fmt: skip
    """Id, what is stored under it or in its place, and whose they are; None for what stands there twice."""
    said_id = values.pop("evaluation_id", None)
    evaluator = _whose(values, context, is_known=said_id in context.stored.parts)
    place = (part.seq, part.preparation, values.get("panelist"), values.get("replicate", 1), values.get("day", 0))
    key = said_id or (own_id(context, part) if context.stored.parts else None)
    known = context.stored.parts.get(key) if key else None
    for row in context.stored.evaluations.get(write.id, []) if known is None else ():
        if (row.seq, row.preparation, row.panelist, row.replicate, row.day, row.evaluator) == (*place, evaluator):
            known, key = row, row.id
    person = evaluator if said_id else None
    if is_double(("evaluations", *place, person), part, seen, said) or is_elsewhere(
        known, write, part, "evaluation_id", said
    ):
        return None
    return key, known, evaluator


def _whose(values: dict[str, Any], context: Context, *, is_known: bool) -> UUID:
    """Under whose account scores go: the one who imports, but for a manager who brings back what others wrote.

    Somebody else whom the sheet names becomes a panelist, for whom the actor writes.
    """
    account, name = values.pop("evaluator_id", None), values.pop("evaluator", None)
    if account is not None and context.actor.role == "manager" and account in context.stored.people:
        return UUID(str(account))
    is_own = account == context.actor.id or (account is None and name == context.actor.name)
    if name and not is_own and not is_known:
        values.setdefault("panelist", name)
    return context.actor.id


def _copied(new: NewEvaluation, part: Part, write: SampleWrite) -> list[Finding]:
    """Heated scores that repeat the raw ones of the same row, which is nothing that was tasted."""
    if part.preparation != "heated" or len(new.scores) < evaluations.FEWEST_ALIKE:
        return []
    scores = [new.scores.get(name) for name in evaluations.SCORES["heated"]]
    for other in write.parts:
        beside = other.kind == "evaluations" and other.preparation == "raw" and other.source is part.source
        if beside and scores == [other.values[name] for name in evaluations.SCORES["raw"]]:
            return [Finding("scores", "copied_from_raw")]
    return []


def _scale_needed(part: Part) -> Any:
    """Once for a sheet, at the header of its first score."""
    first = next(iter(part.values["scores"]), "")
    column = part.source.table.index.get(f"evaluations.{first}", 0)
    return part.source.table.at_header(column, "evaluations.scale", "scale_needed", "question")


def _whole_evaluation(
    values: dict[str, Any], stored: dict[str, Any], step: Step, part: Part, context: Context
) -> dict[str, Any]:  # fmt: skip
    names = evaluations.SCORES[part.preparation]
    scores = {name: stored[name] for name in names if stored.get(name) is not None} | values.pop("scores")
    own = {name: stored[name] for name in evaluations.OWN if stored.get(name) is not None}
    at = done_at(values.pop("evaluated_at", None), step, context) if "evaluated_at" in values or not stored else None
    own |= {"evaluated_at": at} if at is not None else {}
    return (
        {"scale": context.scale, "confirmed_warnings": []}
        | own
        | values
        | {"preparation": part.preparation, "scores": scores}
    )
