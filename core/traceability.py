"""The traceability registry: asked for an animal or a bundle, its answers kept for a day.

A look-up asks over the network only between transactions. Answers are kept as they were given, so that they can be
read anew, and so that the server, not the client, says whether a sample's number is verified.
"""

import time
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import clock, policy, regions, registry, trace_numbers, trace_records
from core.db import transaction
from core.policy import Actor, require
from core.tables import RegistryAnswer, Sample
from core.trace_numbers import TraceNumber
from core.trace_records import Farm, TraceRecord

# What is asked, by kind of number; imported meat is in another registry.
OPTIONS = {"cattle": (1, 2, 3), "pig": (1, 3, 4), "bundle": (8, 9)}
FRESH = timedelta(days=1)
FRESH_IF_EMPTY = timedelta(hours=1)  # what the registry does not know yet, it may know soon
AT_ONCE = 5000
PATIENCE = 12.0  # seconds for a whole look-up


def look_up(actor: Actor, number: str) -> TraceRecord:
    """What the registry says of a number in any form that people type or scan; may take PATIENCE seconds.

    Raises:
        BadInput: no trace number of ours.
    """
    require(actor, "sample.create_fresh")
    trace = trace_numbers.read(number)
    if trace.kind not in OPTIONS:
        return TraceRecord(trace.number, trace.kind, "by_hand", species=trace.species)
    answered = _ask(trace)
    with transaction() as session:
        kept = _kept(session, trace)
    record = _read(trace, kept)
    if not record.verified and len(kept) < len(OPTIONS[trace.kind]):
        record = replace(record, state="away" if registry.has_key() else "no_key", is_current=False)
    record = replace(record, is_current=record.is_current and answered)
    return record if policy.allows(actor, "personal_data.view") else _without_person(record)


def known(session: Session, trace: TraceNumber) -> dict[str, Any] | None:
    """The whole record of a number as far as it has been asked for, as JSON; None for one that is not verified."""
    record = _read(trace, _kept(session, trace)) if trace.kind in OPTIONS else None
    return record.as_json() if record is not None and record.verified else None


def verify(session: Session, sample: Sample) -> None:
    """Notes on a sample whether the registry knows its number, within the caller's transaction."""
    record = known(session, trace_numbers.read(sample.trace_number))
    sample.trace_verified, sample.registry_record = record is not None, record
    if sample.source != "generated":
        sample.source = "registry" if record is not None else "manual"


def known_of(session: Session, numbers: Collection[str]) -> dict[str, dict[str, Any]]:
    """The records of those of many numbers that the registry knows, as JSON, in a few queries."""
    found: dict[str, dict[int, RegistryAnswer]] = {}
    listed = sorted(numbers)
    for start in range(0, len(listed), AT_ONCE):
        query = select(RegistryAnswer).where(RegistryAnswer.trace_number.in_(listed[start : start + AT_ONCE]))
        for row in session.scalars(query):
            found.setdefault(row.trace_number, {})[row.option_no] = row
    records = {number: _read(trace_numbers.read(number), kept) for number, kept in found.items()}
    return {number: record.as_json() for number, record in records.items() if record.verified}


def without_person(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record as JSON without the farmer's name and with the region only of addresses."""
    plain = dict(record) | {"farmer_name": None, "farm_address": _region(record.get("farm_address"))}
    for name in ("birth_farm", "last_farm"):
        if farm := record.get(name):
            plain[name] = farm | {"farmer_name": None, "address": _region(farm["address"])}
    return plain


def _ask(trace: TraceNumber) -> bool:
    """Asks for what is not kept or too old; False if the registry did not answer all of it."""
    with transaction() as session:
        kept = _kept(session, trace)
    until = time.monotonic() + PATIENCE
    for option in OPTIONS[trace.kind]:
        if option in kept and _is_fresh(kept[option]):
            continue
        if not registry.has_key():
            return False
        try:
            answer = registry.ask(trace.number, option, until)
        except registry.Away:
            return False
        _keep(trace, option, answer)
    return True


def _keep(trace: TraceNumber, option: int, answer: str) -> None:
    """Two look-ups at once both write; the later answer stays."""
    row = insert(RegistryAnswer).values(
        trace_number=trace.number, option_no=option, payload={"answer": answer}, fetched_at=clock.now()
    )
    newer = {"payload": row.excluded.payload, "fetched_at": row.excluded.fetched_at}
    with transaction() as session:
        session.execute(
            row.on_conflict_do_update(
                index_elements=["trace_number", "option_no"],
                set_=newer,
                where=RegistryAnswer.fetched_at < row.excluded.fetched_at,
            )
        )


def _kept(session: Session, trace: TraceNumber) -> dict[int, RegistryAnswer]:
    query = select(RegistryAnswer).where(RegistryAnswer.trace_number == trace.number)
    return {row.option_no: row for row in session.scalars(query)}


def _is_fresh(row: RegistryAnswer) -> bool:
    life = FRESH if registry.items(row.payload["answer"]) else FRESH_IF_EMPTY
    return clock.now() - row.fetched_at < life


def _read(trace: TraceNumber, kept: Mapping[int, RegistryAnswer]) -> TraceRecord:
    answers = {option: registry.items(row.payload["answer"]) for option, row in kept.items()}
    return trace_records.read(trace, answers, min((row.fetched_at for row in kept.values()), default=None))


def _region(address: str | None) -> str | None:
    """Province and city as the address writes them; nothing where it begins otherwise."""
    province, city = regions.locate(address)
    return " ".join(filter(None, [(address or "").split()[0], city])) if province else None


def _without_person(record: TraceRecord) -> TraceRecord:
    def hide(farm: Farm | None) -> Farm | None:
        return replace(farm, farmer_name=None, address=_region(farm.address)) if farm else None

    return replace(
        record,
        farm_address=_region(record.farm_address),
        farmer_name=None,
        birth_farm=hide(record.birth_farm),
        last_farm=hide(record.last_farm),
    )
