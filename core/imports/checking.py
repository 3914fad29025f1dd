"""Holds one sample of a workbook against the rules and against what is stored: what would be written, what is wrong."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from core import errors, ids
from core.catalogue import Catalogue
from core.clock import SEOUL
from core.config import settings
from core.errors import BadInput, Finding
from core.imports.items import Item, Part, Source
from core.imports.stored import Stored
from core.imports.tables import Said
from core.inputs import read
from core.policy import Actor
from core.samples import rules
from core.samples.new import NewSample
from core.tables import Sample

NEW = "new"
NO_COLUMNS = ("scores", "photo", "confirmed_warnings")
OWN_FIELDS = tuple(name for name in NewSample.model_fields if name not in NO_COLUMNS)
REQUIRED = tuple(name for name in OWN_FIELDS if NewSample.model_fields[name].is_required())
SAME_INSTANT = timedelta(seconds=1)  # what a cell of a spreadsheet can tell


@dataclass(frozen=True)
class Context:
    """What the whole dry run knows. day: when it was tasted and measured where the sheet does not say."""

    actor: Actor
    run_id: UUID
    sha256: str
    catalogue: Catalogue
    today: date
    asked_at: datetime
    scale: str | None
    day: date | None
    choices: Mapping[str, str]
    stored: Stored
    photos: Mapping[str, str] = field(default_factory=dict)  # name of a file -> SHA-256, of the zip that came along
    photo_faults: Mapping[str, Finding] = field(default_factory=dict)
    has_photos: bool = False


@dataclass
class PartWrite:
    """A round, scores or a replicate to write. known: what is stored of it; differing: [stored, wanted] by field."""

    kind: str
    id: UUID | None
    seq: int
    preparation: str
    values: dict[str, Any]
    known: Any
    differing: dict[str, list[Any]]
    warnings: list[dict[str, Any]]
    unconfirmed: bool
    source: Source
    evaluator: UUID | None = None


@dataclass
class PhotoWrite:
    seq: int
    preparation: str
    name: str
    sha256: str
    source: Source


@dataclass
class SampleWrite:
    """One sample to write. known: what is stored of it, None for a new one; values: of a new one, or what changes."""

    id: str
    known: Sample | None
    item: Item
    values: dict[str, Any] = field(default_factory=dict)
    differing: dict[str, list[Any]] = field(default_factory=dict)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    unconfirmed: bool = False
    parts: list[PartWrite] = field(default_factory=list)
    photos: list[PhotoWrite] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return self.known is not None and not (self.differing or self.parts or self.photos)


def check_sample(item: Item, context: Context, said: Said) -> SampleWrite | None:
    """What of the sample itself would be written; None where it cannot be."""
    found = _resolve(item, context, said)
    if found is None:
        return None
    sample_id, known = found
    write = SampleWrite(sample_id, known, item)
    whole = _values(item) if known is None else _merged(write, _values(item))
    if known is not None and not write.differing:
        return write
    if known is not None and not _is_current(item, known, write, said):
        return None
    new = _checked(item, whole, context, said)
    if new is None:
        return None
    if known is None:
        write.values = {name: getattr(new, name) for name in OWN_FIELDS}
    else:
        write.values = {name: getattr(new, name) for name in write.differing}
    before = [errors.confirmation(Finding(w["field"], w["code"])) for w in (known.warnings if known else [])]
    confirmed = [*item.confirmed, *(each for each in before if each.split(":")[0] not in write.differing)]
    write.warnings, write.unconfirmed = warn(rules.warn(new), confirmed, lambda f: _at_sample(item, f, "warning"), said)
    return write


def warn(found: list[Finding], confirmed: list[str], place: Any, said: Said) -> tuple[list[dict[str, Any]], bool]:
    """The warnings as they are stored, and whether somebody still has to confirm one."""
    open_ones = [finding for finding in found if errors.confirmation(finding) not in confirmed]
    for finding in open_ones:
        said.add(place(finding))
    return [vars(finding) for finding in found], bool(open_ones)


def _at_sample(item: Item, finding: Finding, level: Any = "error") -> Any:
    source = item.source(finding.field)
    return source.table.finding(source.row, f"samples.{finding.field}", finding.code, level, **finding.values)


def _resolve(item: Item, context: Context, said: Said) -> tuple[str, Sample | None] | None:
    """The stored sample that is meant, or the id of a new one."""
    stored, first = context.stored, item.sources[0]
    if item.sample_id is not None:
        if item.sample_id in stored.taken:
            said.add(first.table.finding(first.row, "samples.sample_id", "sample_id_taken"))
            return None
        return item.sample_id, stored.samples.get(item.sample_id)
    if (earlier := stored.earlier.get(first.key)) is not None and earlier in stored.samples:
        return earlier, stored.samples[earlier]
    fitting = _fitting(item, context)
    chosen = context.choices.get(f"{first.key[0]}!{first.key[1]}")
    if chosen == NEW or not fitting:
        return f"{first.key[0]}!{first.key[1]}", None  # its id is made as it is written
    if chosen is not None:
        fitting = [sample for sample in fitting if sample.id == ids.parse(chosen)]
    if len(fitting) != 1:
        said.add(_ask_which(item, _fitting(item, context)))
        return None
    return fitting[0].id, fitting[0]


def _fitting(item: Item, context: Context) -> list[Sample]:
    """Stored samples of this animal, cut and round."""
    _, number, _, primal, secondary, _ = item.reference
    of_animal = [
        sample for sample in context.stored.of_animal.get(number, [])
        if primal in (None, sample.primal_cut) and secondary in (None, sample.secondary_cut)
    ]  # fmt: skip
    if len(of_animal) > 1:
        last = max((part.seq for part in item.parts), default=0)
        having = [sample for sample in of_animal if last < len(context.stored.rounds.get(sample.id, ()))]
        return having or of_animal
    return of_animal


def _ask_which(item: Item, fitting: list[Sample]) -> Any:
    first = item.sources[0]
    named = ", ".join(ids.pretty(sample.id) for sample in fitting[:10])
    return first.table.finding(first.row, "samples.trace_number", "several_fit", "question", ids=named)


def made_id(run_id: UUID, item: Item) -> str:
    """The id of a new sample: the same for the same row of the same run, however often it is asked."""
    for n in range(1000):
        said = f"{run_id}:{item.sources[0].key}:{n}".encode()
        number = int.from_bytes(hashlib.sha256(said).digest()[:8])
        digits = "".join([ids.ALPHABET[number >> shift & 31] for shift in range(0, 50, 5)])
        if made := ids.with_check_symbol(digits):
            return made
    raise LookupError("no id")


def _values(item: Item) -> dict[str, Any]:
    """As the models take them: a day where only a day was said of an instant becomes its noon."""
    values = {name: value for name, value in item.values.items() if name != "version"}
    if "captured_at" in values:
        values["captured_at"] = instant(values["captured_at"])
    return values


def instant(said: tuple[date, datetime | None]) -> datetime:
    return said[1] or datetime.combine(said[0], time(12), SEOUL)


def _merged(write: SampleWrite, given: dict[str, Any]) -> dict[str, Any]:
    """The stored sample with what the workbook says otherwise; empty cells say nothing."""
    known = write.known
    whole = {name: getattr(known, name) for name in OWN_FIELDS}
    for name, value in given.items():
        if not same(whole[name], value) and name != "captured_at":
            write.differing[name] = [_plain(whole[name]), _plain(value)]
            whole[name] = value
    return {name: value for name, value in whole.items() if value is not None}


def same(stored: Any, wanted: Any) -> bool:
    if isinstance(stored, datetime) and isinstance(wanted, datetime):
        return abs(stored - wanted) <= SAME_INSTANT
    if isinstance(stored, float) and isinstance(wanted, float | int):
        return abs(stored - wanted) <= 1e-9 * max(1.0, abs(stored))
    return bool(stored == wanted)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _is_current(item: Item, known: Sample, write: SampleWrite, said: Said) -> bool:
    """Whether the workbook was made of the version that is stored, where it says of which it was made."""
    version = item.values.get("version")
    if version is None or version == known.version:
        return True
    names = ", ".join(f"{name}: {stored} → {wanted}" for name, (stored, wanted) in write.differing.items())[:500]
    source = item.source("version")
    said.add(
        source.table.finding(source.row, "samples.version", "changed_since", current=known.version, differing=names)
    )
    return False


def _checked(item: Item, values: dict[str, Any], context: Context, said: Said) -> NewSample | None:
    missing = [name for name in REQUIRED if name not in values]
    if missing and item.spoilt_by:
        first = item.sources[0]
        said.add(first.table.finding(first.row, "samples.sample_id", "other_row_bad", cell=item.spoilt_by))
        return None
    if missing and all(source.table.layout.only not in (None, "samples") for source in item.sources):
        first = item.sources[0]
        said.add(first.table.finding(first.row, "samples.sample_id", "no_such_sample"))
        return None
    try:
        new = read(NewSample, values | {"confirmed_warnings": []})
    except BadInput as refusal:
        found = list(refusal.findings)
    else:
        found = rules.check(new, context.catalogue, context.today)
    for finding in found:
        said.add(_at_sample(item, finding))
    return None if found else new


def approved(write: SampleWrite) -> bool:
    """Whether it is approved, or will be as it is imported: only then it is processed, heated and measured."""
    if write.known is not None:
        return write.known.status == "approved"
    return not settings().review_everyone


def at_part(part: Part, finding: Finding, level: Any = "error") -> Any:
    """Where a finding of a model's field stands in the row that the part came from."""
    name = finding.field
    if name.startswith(("scores.", "values.")):
        name = name.partition(".")[2]
    elif name in ("scores", "values"):
        name = next(iter(part.values.get(name, {})), name)
    source = part.source
    return source.table.finding(source.row, part.target(name), finding.code, level, **finding.values)
