"""What the traceability registry says of one number, read from its answers into our terms."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from core import clock, regions, trace_numbers
from core.trace_numbers import TraceNumber

BREEDS = {"한우": "hanwoo", "육우": "beef_cattle", "젖소": "dairy_cow"}
SEXES = {"암": "female", "수": "male", "거세": "castrated"}
GRADES = {
    "cattle": {"1++": "1++", "1+": "1+", "1": "1", "2": "2", "3": "3", "등외": "off", "D": "off"},
    "pig": {"1+": "1+", "1": "1", "2": "2", "등외": "off"},
}
BIRTH = "전산등록"
TAKEN_OVER = ("양수", "도축출하")
FILLS = (
    "species", "breed", "sex", "born_on", "slaughtered_on", "grade", "bms", "graded_on", "farm_address", "farmer_name",
)  # fmt: skip
Items = list[dict[str, str]]


@dataclass(frozen=True)
class Farm:
    """One keeper, and the day of the report. Who may not see personal data gets the region only of the address."""

    address: str | None
    farmer_name: str | None
    province: str | None
    city: str | None
    reported_on: date | None


@dataclass(frozen=True)
class Place:
    """An abattoir or a packing plant."""

    name: str | None
    address: str | None
    on: date | None


@dataclass(frozen=True)
class Member:
    """One animal (or one shipment of pigs) of a bundle."""

    trace_number: str
    breed: str | None
    sex: str | None
    grade: str | None
    slaughtered_on: date | None
    slaughter_place: str | None


@dataclass(frozen=True)
class TraceRecord:
    """What the registry says of one number.

    `state` is found, unknown (it has no such number), away (it gave no answer), no_key (it cannot be asked from here)
    or by_hand (imported meat, which it does not list). `is_current` is False where it did not answer all questions
    just now, and older answers stand in for it. A bundle fills in no single member's farm, grade or days.
    """

    trace_number: str
    kind: str
    state: str
    verified: bool = False
    is_current: bool = True
    fetched_at: datetime | None = None
    species: str | None = None
    breed: str | None = None
    sex: str | None = None
    born_on: date | None = None
    slaughtered_on: date | None = None
    grade: str | None = None
    bms: int | None = None
    graded_on: date | None = None
    farm_address: str | None = None
    farmer_name: str | None = None
    province: str | None = None
    city: str | None = None
    birth_farm: Farm | None = None
    last_farm: Farm | None = None
    slaughter_place: Place | None = None
    packing: tuple[Place, ...] = ()
    members: tuple[Member, ...] = ()

    def filled(self) -> dict[str, Any]:
        """The fields of a sample that it fills in, by their names in `NewSample`, as JSON has them."""
        return fills(self.as_json())

    def as_json(self) -> dict[str, Any]:
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self), default=lambda value: value.isoformat()))
        return plain


def fills(record: Mapping[str, Any] | None) -> dict[str, Any]:
    """The fields of a sample that a record, as JSON has it, fills in."""
    if not record or not record["verified"]:
        return {}
    return {name: record[name] for name in FILLS if record[name] is not None}


def read(trace: TraceNumber, answers: Mapping[int, Items], fetched_at: datetime | None) -> TraceRecord:
    """The record that the answers to the questions (by their number, see `registry.ask`) give."""
    parts = {option: _own(trace, option, listed) for option, listed in answers.items()}
    blank = TraceRecord(trace.number, trace.kind, "unknown", species=trace.species, fetched_at=fetched_at)
    if not any(parts.values()):
        return blank
    found = replace(blank, state="found", verified=True)
    if trace.kind == "bundle":
        return replace(found, members=tuple(_members(trace, parts.get(9, []))))
    return _read_animal(found, parts)


def _own(trace: TraceNumber, option: int, listed: Items) -> Items:
    """The items that belong to the question: an answer may mix in others, marked by their infoType and number."""
    own = []
    for item in listed:
        named = item.get("cattleNo") or item.get("pigNo") or item.get("lotNo")
        if item.get("infoType", str(option)) == str(option) and (option == 9 or named is None or _is(trace, named)):
            own.append(item)
    return own


def _is(trace: TraceNumber, written: str) -> bool:
    found = trace_numbers.parse(written)
    return found is None or found.number == trace.number


def _read_animal(found: TraceRecord, parts: Mapping[int, Items]) -> TraceRecord:
    species = found.species or found.kind
    animal, slaughter = parts.get(1, []), parts.get(3, [])
    graded = [*slaughter, *parts.get(4, [])]
    slaughtered_on = _day(_same(slaughter, "butcheryYmd"))
    birth_farm, last_farm = _farms([*parts.get(2, []), *animal], slaughtered_on)
    bms = _same(slaughter, "insfat")
    return replace(
        found,
        breed=BREEDS.get(_same(animal, "lsTypeNm")) if species == "cattle" else None,
        sex=SEXES.get(_same(animal, "sexNm")),
        born_on=_day(_same(animal, "birthYmd")),
        slaughtered_on=slaughtered_on,
        grade=GRADES[species].get(_same(graded, "gradeNm")),
        bms=int(bms) if species == "cattle" and bms in set("123456789") else None,
        graded_on=_day(_same(graded, "judgeDate")),
        farm_address=last_farm.address if last_farm else None,
        farmer_name=last_farm.farmer_name if last_farm else None,
        province=last_farm.province if last_farm else None,
        city=last_farm.city if last_farm else None,
        birth_farm=birth_farm,
        last_farm=last_farm,
        slaughter_place=_place(slaughter[0], "butchery") if slaughter else None,
        packing=tuple(_place(item, "process") for item in parts.get(4, [])),
    )


def _farms(reports: Items, slaughtered_on: date | None) -> tuple[Farm | None, Farm | None]:
    """(where it was born, where it was last before slaughter); reports name takers and givers in no sure order."""
    until = slaughtered_on or date.max
    located = [report for report in reports if report.get("farmAddr") or report.get("farmerNm")]
    dated = sorted(located, key=lambda report: _day(report.get("regYmd")) or date.min)
    before = [report for report in dated if (_day(report.get("regYmd")) or date.min) <= until]
    born = [report for report in dated if report.get("regType") == BIRTH]
    last = [report for report in before if report.get("regType") in TAKEN_OVER]
    keepers = last or [report for report in before if report.get("regType") in (BIRTH, None)] or before
    return (_farm(born[0]) if born else None), (_farm(keepers[-1]) if keepers else None)


def _farm(report: dict[str, str]) -> Farm:
    address = report.get("farmAddr")
    return Farm(address, report.get("farmerNm"), *regions.locate(address), reported_on=_day(report.get("regYmd")))


def _place(item: dict[str, str], kind: str) -> Place:
    return Place(item.get(f"{kind}PlaceNm"), item.get(f"{kind}PlaceAddr"), _day(item.get(f"{kind}Ymd")))


def _members(trace: TraceNumber, listed: Items) -> list[Member]:
    """Each animal once, in the registry's order."""
    members: dict[str, Member] = {}
    for item in listed:
        named = item.get("cattleNo") or item.get("pigNo")
        if named is None:
            continue
        found = trace_numbers.parse(named)
        number = found.number if found else named
        members[number] = Member(
            trace_number=number,
            breed=BREEDS.get(item.get("lsTypeNm", "")),
            sex=SEXES.get(item.get("sexNm", "")),
            grade=GRADES[trace.species or "cattle"].get(item.get("gradeNm", "")),
            slaughtered_on=_day(item.get("butcheryYmd")),
            slaughter_place=item.get("butcheryPlaceNm"),
        )
    return list(members.values())


def _same(listed: Items, field: str) -> str:
    """What all that say something say alike; a number of pigs may have been slaughtered on two days."""
    said = {item[field] for item in listed if field in item}
    return said.pop() if len(said) == 1 else ""


def _day(written: str | None) -> date | None:
    """A day written YYYYMMDD; one that is none, or still to come, is a slip of the registry."""
    if not re.fullmatch(r"\d{8}", written or "", re.ASCII):
        return None
    try:
        day = date.fromisoformat(written or "")
    except ValueError:
        return None
    return day if date(1970, 1, 1) <= day <= clock.today() else None
