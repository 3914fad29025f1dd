"""What rounds, scores and values of an import have in common: where they stand, when they were made, what is known."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid5

from core.clock import SEOUL
from core.errors import BadInput, Finding
from core.imports.checking import Context, PartWrite, SampleWrite, at_part, same
from core.imports.items import Part
from core.imports.tables import Said
from core.inputs import read

NAMESPACE = UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")


@dataclass
class Step:
    """A round as it stands or will stand: what times are held against."""

    seq: int
    started_at: datetime | None = None
    minutes: int | None = None


@dataclass
class Meat:
    """What of a sample times are held against."""

    slaughtered_on: Any


def done_at(said: Any, step: Step, context: Context) -> datetime:
    """When it was done: as the sheet says, else on the day that the person says, else now."""
    day, exact = said if said is not None else (context.day, None)
    if day is None:
        return context.asked_at
    if exact is not None:
        return exact
    noon = datetime.combine(day, time(12), SEOUL)
    if step.started_at is not None and step.started_at.astimezone(SEOUL).date() == day:
        noon = max(noon, step.started_at + timedelta(minutes=step.minutes or 0))
    return min(noon, context.asked_at) if day == context.asked_at.astimezone(SEOUL).date() else noon


def own_id(context: Context, part: Part) -> UUID:
    return id_of(context.sha256, part)


def id_of(sha256: str, part: Part | PartWrite) -> UUID:
    """The same for the same row of the same file, so that what was imported once is found again."""
    sheet, row = part.source.key
    return uuid5(NAMESPACE, f"{sha256}:{sheet}:{row}:{part.kind}:{part.preparation}")


def is_double(place: tuple[Any, ...], part: Part, seen: dict[Any, Part], said: Said) -> bool:
    first = seen.setdefault(place, part)
    if first is part:
        return False
    said.add(at_part(part, Finding("replicate", "row_twice", {"other_row": first.source.row + 1})))
    return True


def is_elsewhere(known: Any, write: SampleWrite, part: Part, name: str, said: Said) -> bool:
    """Whether its id stands for scores or values of another place."""
    if known is None or (known.sample_id, known.seq, known.preparation) == (write.id, part.seq, part.preparation):
        return False
    said.add(at_part(part, Finding(name, "id_of_another")))
    return True


def read_model(model: type[Any], values: dict[str, Any], part: Part, said: Said) -> Any:
    try:
        return read(model, values)
    except BadInput as refusal:
        passes(refusal.findings, part, said)
        return None


def passes(found: Any, part: Part, said: Said) -> bool:
    for finding in found:
        said.add(at_part(part, finding))
    return not found


def differences(stored: dict[str, Any], wanted: dict[str, Any]) -> dict[str, list[Any]]:
    return {name: [stored.get(name), value] for name, value in wanted.items() if not same(stored.get(name), value)}
