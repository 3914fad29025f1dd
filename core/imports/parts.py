"""Holds rounds, scores, values and photos of one sample against the rules and against what is stored."""

from collections.abc import Callable
from typing import Any

from core import rounds
from core.errors import Finding
from core.imports.checking import Context, PartWrite, PhotoWrite, SampleWrite, approved, at_part, instant, warn
from core.imports.items import Part
from core.imports.measured import check_values
from core.imports.scores import check_scores
from core.imports.steps import Meat, Step, differences, passes, read_model
from core.imports.tables import Said
from core.rounds import NewRound

PHOTOS = {"photo_raw": "raw", "photo_heated": "heated"}


def check_parts(write: SampleWrite, context: Context, said: Said) -> None:
    """Adds to the sample what of its parts would be written."""
    meat: Any = Meat(write.values.get("slaughtered_on") or (write.known and write.known.slaughtered_on))
    stored = context.stored.rounds.get(write.id, [])
    chain = [Step(row.seq, row.started_at, row.minutes) for row in stored] or [Step(0)]
    own = write.item.parts
    _check_rounds(write, [part for part in own if part.kind == "rounds"], chain, meat, context, said)
    seen: dict[tuple[Any, ...], Part] = {}
    checks: dict[str, Callable[..., PartWrite | None]] = {"evaluations": check_scores, "measurements": check_values}
    for part in own:
        if part.kind == "rounds" or not _may_stand(write, part, chain, said):
            continue
        found = checks[part.kind](write, part, chain[part.seq], meat, context, said, seen)
        if found is not None:
            write.parts.append(found)


def _may_stand(write: SampleWrite, part: Part, chain: list[Step], said: Said) -> bool:
    """Whether its round is there, and its sample approved where it has to be."""
    if part.seq >= len(chain):
        said.add(at_part(part, Finding("seq", "no_such_round", {"last": len(chain) - 1})))
        return False
    needs = part.kind == "measurements" or part.preparation == "heated" or part.seq > 0
    if needs and not approved(write):
        said.add(at_part(part, Finding("", "not_approved")))
        return False
    return True


def _check_rounds(
    write: SampleWrite, own: list[Part], chain: list[Step], meat: Any, context: Context, said: Said
) -> None:  # fmt: skip
    """In the order of their numbers: each stands on the one before it."""
    seen: dict[int, Part] = {}
    for part in sorted(own, key=lambda each: each.seq):
        names = {key: part.values.pop(key) for key in PHOTOS if key in part.values}
        first = seen.setdefault(part.seq, part)
        if first is not part:
            _same_round(part, first, said)
        elif part.seq == 0:
            _check_raw(part, said)
        elif part.values or part.seq >= len(chain) or part.source.table.layout.only == "rounds":
            _check_round(write, part, chain, meat, context, said)
        for key, name in names.items():
            _photo(write, part, PHOTOS[key], key, name, context, said)


def _same_round(part: Part, first: Part, said: Said) -> None:
    """Further rows of one round, as those of its replicates, may repeat what the first says of it."""
    for name, value in part.values.items():
        if first.values.get(name) != value:
            cell = first.source.table.layout.sheet.place(
                first.source.row, first.source.table.index.get(f"rounds.{name}", 0)
            )
            said.add(at_part(part, Finding(name, "differs_from_row", {"cell": cell})))


def _check_raw(part: Part, said: Said) -> None:
    for name in part.values:
        said.add(at_part(part, Finding(name, "raw_not_processed")))


def _check_round(
    write: SampleWrite, part: Part, chain: list[Step], meat: Any, context: Context, said: Said
) -> None:  # fmt: skip
    if part.seq > len(chain):
        said.add(at_part(part, Finding("seq", "no_such_round", {"last": len(chain) - 1})))
        return
    if not approved(write):
        said.add(at_part(part, Finding("", "not_approved")))
        return
    known = next((row for row in context.stored.rounds.get(write.id, []) if row.seq == part.seq), None)
    given = dict(part.values)
    if "started_at" in given:
        given["started_at"] = instant(given["started_at"])
    whole = ({k: v for k, v in rounds.stored_of(known).items() if v is not None} if known else {}) | given
    new = read_model(NewRound, whole, part, said)
    if new is None:
        return
    values = rounds.values_of(new)
    differing = differences(rounds.stored_of(known) if known else {}, values) if known else {}
    if known is None or differing:
        following: Any = chain[part.seq + 1] if part.seq + 1 < len(chain) else None
        before: Any = chain[part.seq - 1]
        if not passes(rounds.check(meat, new, before, following), part, said):
            return
        warnings, is_open = warn(rounds.warn(new), part.confirmed, lambda f: at_part(part, f, "warning"), said)
        write.parts.append(
            PartWrite("rounds", None, part.seq, "raw", values, known, differing, warnings, is_open, part.source)
        )
    step = Step(part.seq, new.started_at, new.minutes)
    chain[part.seq : part.seq + 1] = [step]


def _photo(
    write: SampleWrite, part: Part, preparation: str, key: str, name: str, context: Context, said: Said
) -> None:  # fmt: skip
    """A photo of the zip by its name; one that is stored already is not stored again."""
    if not context.has_photos:
        return
    name = name.rpartition("/")[2].lower()
    sha256, fault = context.photos.get(name), context.photo_faults.get(name)
    if sha256 is None or fault is not None:
        said.add(at_part(part, Finding(key, fault.code, fault.values) if fault else Finding(key, "photo_not_in_zip")))
        return
    current = context.stored.photos.get((write.id, part.seq, preparation))
    if current is None or sha256 not in (current.sent_sha256, current.sha256):
        write.photos.append(PhotoWrite(part.seq, preparation, name, sha256, part.source))
