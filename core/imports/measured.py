"""Laboratory and electronic-tongue values of an import, held against the rules and against what is stored."""

from typing import Any
from uuid import UUID

from core import measurements
from core.imports.checking import Context, PartWrite, SampleWrite, at_part, warn
from core.imports.items import Part
from core.imports.steps import Step, differences, done_at, is_double, is_elsewhere, own_id, passes, read_model
from core.imports.tables import Said
from core.measurements import NewMeasurement
from core.samples.parts import check_instant


def check_values(
    write: SampleWrite, part: Part, step: Step, meat: Any, context: Context, said: Said, seen: dict[Any, Part]
) -> PartWrite | None:  # fmt: skip
    """What of one replicate would be written; None where it is stored already, or wrong, which is said."""
    values = dict(part.values)
    found = _identified(write, part, values, context, said, seen)
    if found is None:
        return None
    key, known = found
    stored = measurements.stored_of(known) if known else {}
    measured = {name: stored[name] for name in measurements.MEASURES if stored.get(name) is not None}
    own = {name: stored[name] for name in measurements.OWN if stored.get(name) is not None}
    if "measured_at" in values or not stored:
        own["measured_at"] = done_at(values.pop("measured_at", None), step, context)
    whole = (
        own
        | values
        | {"confirmed_warnings": [], "preparation": part.preparation, "values": measured | values["values"]}
    )
    new = read_model(NewMeasurement, whole, part, said)
    if new is None:
        return None
    wanted = measurements.values_of(new)
    differing = differences(stored, wanted) if known else {}
    if known is not None and not differing:
        return None
    wrong = [*measurements.check(new), *check_instant("measured_at", new.measured_at, meat, step)]  # type: ignore[arg-type]
    if not passes(wrong, part, said):
        return None
    species = write.values.get("species") or write.known.species  # type: ignore[union-attr]
    warnings, is_open = warn(
        measurements.warn(new, species), part.confirmed, lambda f: at_part(part, f, "warning"), said
    )
    return PartWrite(
        "measurements", key, part.seq, part.preparation, wanted, known, differing, warnings, is_open, part.source
    )


def _identified(
    write: SampleWrite, part: Part, values: dict[str, Any], context: Context, said: Said, seen: dict[Any, Part]
) -> tuple[UUID | None, Any] | None:  # fmt: skip
    """Id, and what is stored under it or in its place; None for what stands there twice."""
    said_id = values.pop("measurement_id", None)
    place = (part.seq, part.preparation, values.get("replicate", 1))
    key = said_id or (own_id(context, part) if context.stored.parts else None)
    known = context.stored.parts.get(key) if key else None
    for row in context.stored.measurements.get(write.id, []) if known is None else ():
        if (row.seq, row.preparation, row.replicate) == place:
            known, key = row, row.id
    if is_double(("measurements", *place), part, seen, said) or is_elsewhere(
        known, write, part, "measurement_id", said
    ):
        return None
    return key, known
