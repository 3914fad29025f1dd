"""Rows put together into samples with their rounds, scores and values: what one import wants to be stored."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from core.imports.headers import HEATED
from core.imports.tables import Said, Table

PREPARATIONS = ("raw", "heated")


@dataclass(frozen=True, eq=False)
class Source:
    """The row that something came from."""

    table: Table
    row: int
    key: tuple[str, int]  # sheet and row as people name them


@dataclass
class Part:
    """A round, one person's scores or one replicate: where it belongs and what it says, by the names of its sheet."""

    kind: str  # rounds, evaluations, measurements
    seq: int
    preparation: str
    values: dict[str, Any]
    source: Source
    confirmed: list[str] = field(default_factory=list)

    def target(self, key: str) -> str:
        """The target that a value of it came from."""
        if self.preparation == "heated" and f"measurements.{key}{HEATED}" in self.source.table.index:
            return f"measurements.{key}{HEATED}"
        for each in (f"{self.kind}.{key}", f"place.{key}"):
            if each in self.source.table.index:
                return each
        return {"seq": "rounds.seq", "preparation": "place.preparation"}.get(key, f"{self.kind}.{key}")


@dataclass
class Item:
    """One sample as the workbook has it: the values with the row of each, and what hangs on it."""

    reference: tuple[Any, ...]
    sources: list[Source] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    of: dict[str, Source] = field(default_factory=dict)
    confirmed: list[str] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    spoilt_by: str = ""  # the address of what is wrong with a row of it that stays out

    @property
    def sample_id(self) -> str | None:
        return self.reference[1] if self.reference[0] == "id" else None

    def source(self, name: str) -> Source:
        return self.of.get(name, self.sources[0])


def gather(tables: Iterable[Table], said: Said) -> list[Item]:
    """One item for each sample that the rows name, in their order; rows with an error stay out."""
    items: dict[tuple[Any, ...], Item] = {}
    spoilt: dict[tuple[Any, ...], str] = {}
    for table in tables:
        for place, row in enumerate(table.numbers):
            values, source = table.values[place], Source(table, row, (table.name, row + 1))
            reference = _reference(values)
            if source.key in said.bad:
                spoilt.setdefault(reference, said.bad[source.key])
            elif reference == ("none",):
                _say_nameless(source, said)
            else:
                item = items.setdefault(reference, Item(reference))
                item.sources.append(source)
                _take_sample(item, values, source, said)
                item.parts += _parts(values, source)
    for reference, address in spoilt.items():
        if reference in items:
            items[reference].spoilt_by = address
    return list(items.values())


def _reference(values: dict[str, Any]) -> tuple[Any, ...]:
    """What names the sample: its id; or its animal, cut and the label that tells samples of one animal apart."""
    if sample_id := values.get("samples.sample_id"):
        return "id", sample_id
    if number := values.get("samples.trace_number"):
        cut = (values.get("samples.species"), values.get("samples.primal_cut"), values.get("samples.secondary_cut"))
        return "trace", number, *cut, values.get("extra.label")
    return ("none",)


def _say_nameless(source: Source, said: Said) -> None:
    own = source.table.index
    target = next(
        (each for each in ("samples.sample_id", "samples.trace_number") if each in own), "samples.trace_number"
    )
    said.add(source.table.finding(source.row, target, "missing"))


def _take_sample(item: Item, values: dict[str, Any], source: Source, said: Said) -> None:
    """Several rows of one sample have to say the same of it."""
    for target, name in source.table.sections["samples"]:
        if target not in values:
            continue
        value = values[target]
        if name not in item.values:
            item.values[name], item.of[name] = value, source
        elif item.values[name] != value:
            other = item.of[name]
            cell = other.table.layout.sheet.place(other.row, other.table.index.get(target, 0))
            said.add(source.table.finding(source.row, target, "differs_from_row", cell=cell))
    item.confirmed += values.get("samples.confirmed_warnings", ())


def _of(values: dict[str, Any], section: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """What of a row is of one kind, by the names of its sheet."""
    return {key: values[target] for target, key in section if target in values}


def _parts(values: dict[str, Any], source: Source) -> list[Part]:
    seq = values.get("rounds.seq", 0)
    found = _rounds(values, seq, source)
    of_sheet = source.table.layout.only
    preparations = (values["place.preparation"],) if "place.preparation" in values else PREPARATIONS
    for preparation in preparations:
        scores = _of(values, source.table.sections[preparation])
        if scores or (of_sheet == "evaluations" and len(preparations) == 1):
            found.append(_evaluation(values, scores, seq, preparation, source))
    found += _measurements(values, seq, preparations, source)
    return found


def _rounds(values: dict[str, Any], seq: int, source: Source) -> list[Part]:
    own = _of(values, source.table.sections["rounds"])
    confirmed = own.pop("confirmed_warnings", [])
    said = own or (source.table.layout.only == "rounds") or ("rounds.seq" in values and seq)
    return [Part("rounds", seq, "raw", own, source, confirmed)] if said else []


def _evaluation(values: dict[str, Any], scores: dict[str, float], seq: int, preparation: str, source: Source) -> Part:
    own = _of(values, source.table.sections["evaluations"])
    if "place.replicate" in values:
        own["replicate"] = values["place.replicate"]
    confirmed = own.pop("confirmed_warnings", [])
    own["scores"] = scores
    return Part("evaluations", seq, preparation, own, source, confirmed)


def _measurements(values: dict[str, Any], seq: int, preparations: tuple[str, ...], source: Source) -> list[Part]:
    """One replicate of each preparation that anything was measured of."""
    sections = source.table.sections
    first = preparations[0] if len(preparations) == 1 else "raw"
    of_sheet = source.table.layout.only == "measurements"
    found = []
    for preparation, section in ((first, "measured"), ("heated", "measured_heated")):
        measured = _of(values, sections[section])
        weights = _of(values, sections["weights"]) if section == "measured" else {}
        if measured or weights or (of_sheet and section == "measured"):
            own = _of(values, sections["measurements"]) | weights | {"values": measured}
            if "place.replicate" in values:
                own["replicate"] = values["place.replicate"]
            found.append(Part("measurements", seq, preparation, own, source, own.pop("confirmed_warnings", [])))
    return found
