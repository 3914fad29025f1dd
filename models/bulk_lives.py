"""Writes the lives of generated samples as rows for COPY: what the actions of core would have stored of each."""

import hashlib
import json
from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast
from uuid import UUID

import numpy as np

from core import audit, clock
from core.errors import Finding
from core.measurements import usual_range
from core.policy import Actor
from core.samples.rules import unusual
from core.tables import AuditEvent
from models.bulk_values import LAB, ROUNDS, Drawn
from models.demo import REJECTION
from models.demo_samples import E_TONGUE
from models.demo_values import SCALE
from models.population import AT_A_TABLE, HEATED_SCORES, RAW_SCORES

FIELDS = (
    "trace_number", "species", "primal_cut", "secondary_cut", "breed", "sex", "grade", "bms", "graded_on",
    "slaughtered_on", "born_on", "farm_address", "farmer_name", "captured_at", "carcass_weight_kg", "backfat_mm",
    "ribeye_area_cm2",
)  # fmt: skip
HEATED_LAB = ("wbsf_kgf", "cooking_loss")
RAW_LAB = tuple(name for name in LAB if name not in HEATED_LAB)
MEASURED = (*RAW_LAB, *HEATED_LAB, *E_TONGUE)
# Parents before children.
COLUMNS: dict[str, tuple[str, ...]] = {
    "samples": (
        "id", "version", "status", *FIELDS, "trace_kind", "province", "city", "source", "received_at", "submitted_at",
        "edit_window_from", "updated_at", "has_heated", "has_laboratory", "has_rounds", "created_by",
        "submission_hash",
    ),
    "rounds": (
        "sample_id", "seq", "created_by", "created_at", "method", "started_at", "minutes", "temperature_c",
        "pressure_mpa", "frequency_khz",
    ),
    "evaluations": (
        "id", "sample_id", "seq", "preparation", "evaluator", "panelist", "replicate", "scale", "warnings",
        "evaluated_at", *RAW_SCORES, *HEATED_SCORES,
    ),
    "measurements": (
        "id", "sample_id", "seq", "preparation", "replicate", "warnings", "measured_by", "measured_at", *MEASURED,
    ),
    "reviews": ("id", "sample_id", "sample_version", "decision", "reason", "text", "reviewed_by", "reviewed_at"),
    "audit_events": (
        "subject_type", "subject_id", "position", "at", "actor_id", "actor_role", "action", "reason", "before", "after",
        "previous_hash", "hash",
    ),
}  # fmt: skip
NO_SCORES: tuple[None, ...] = (None,) * 5


@dataclass(frozen=True)
class People:
    authors: tuple[Actor, ...]
    researchers: tuple[Actor, ...]


@dataclass
class Event:
    """What core.audit.event_hash reads of an event; a million of SQLAlchemy's would take longer."""

    subject_type: str
    subject_id: str
    position: int
    at: datetime
    actor_id: UUID
    actor_role: str
    action: str
    reason: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    previous_hash: str


class Life:
    """One sample on its way: each step adds its rows and its event."""

    def __init__(self, rows: "Rows", sample_id: str) -> None:
        self.rows, self.id = rows, sample_id
        self.position, self.hash = 0, ""
        self.at = clock.now()

    def record(self, actor: Actor, at: datetime, action: str, after: dict[str, Any], reason: str | None = None) -> None:
        self.position += 1
        self.at = at
        said = Event(
            "sample", self.id, self.position, at, actor.id, actor.role, action, reason, None, after, self.hash
        )  # fmt: skip
        self.hash = audit.event_hash(cast(AuditEvent, said))
        after_json = json.dumps(after, ensure_ascii=False)
        self.rows.add(
            "audit_events", "sample", self.id, self.position, at, actor.id, actor.role, action, reason, None,
            after_json, said.previous_hash, self.hash,
        )  # fmt: skip


class Rows:
    """Lines for COPY by table, and ids for what has one."""

    def __init__(self, seed: int, first: int) -> None:
        self.lines: dict[str, list[str]] = defaultdict(list)
        self.rng = np.random.default_rng([seed, first, 1])
        self.bytes = b""

    def add(self, table: str, *values: Any) -> None:
        self.lines[table].append("\t".join([_cell(value) for value in values]))

    def new_id(self) -> UUID:
        if not self.bytes:
            self.bytes = self.rng.bytes(16 * 4096)
        taken, self.bytes = self.bytes[:16], self.bytes[16:]
        return UUID(bytes=taken, version=4)


def write_lives(drawn: Drawn, people: People, seed: int, first: int) -> dict[str, str]:
    """table -> its rows as COPY takes them."""
    rows = Rows(seed, first)
    rng = np.random.default_rng([seed, first, 2])
    chances = rng.random((len(drawn.ids), 2 + ROUNDS)).tolist()
    for n, sample_id in enumerate(drawn.ids):
        author = people.authors[int(chances[n][0] * len(people.authors))]
        researcher = people.researchers[int(chances[n][1] * len(people.researchers))]
        _write_life(rows, drawn, n, Life(rows, sample_id), author, researcher, chances[n][2:])
    return {table: "\n".join(rows.lines[table]) + "\n" if rows.lines[table] else "" for table in COLUMNS}


def _write_life(
    rows: Rows, drawn: Drawn, n: int, life: Life, author: Actor, researcher: Actor, chances: list[float]
) -> None:
    fields, status, is_processed = drawn.fields[n], drawn.status[n], drawn.processed[n]
    received = drawn.captured_at[n] + timedelta(milliseconds=1500 + n % 60_000)
    _register(rows, life, author, fields, drawn.raw[n], received)
    reviewed = min(received + timedelta(hours=5), clock.now())
    if status != "pending":
        _review(rows, life, researcher, status, reviewed)
    if is_processed:
        _taste_and_measure(rows, life, researcher, drawn, n, 0, reviewed)
        _process(rows, life, researcher, drawn, n, chances)
    province, city = drawn.places[n]
    rows.add(
        "samples", life.id, life.position, status, *(fields[name] for name in FIELDS), fields["species"], province,
        city, "generated", received, received, reviewed if status == "rejected" else received, life.at, is_processed,
        is_processed, is_processed, author.id, hashlib.sha256(life.id.encode()).hexdigest(),
    )  # fmt: skip


def _register(
    rows: Rows, life: Life, author: Actor, fields: dict[str, Any], raw: list[float], received: datetime
) -> None:
    scores = {"scale": SCALE, **dict(zip(RAW_SCORES, raw, strict=True))}
    sent = {name: _plain(value) for name, value in fields.items() if value is not None}
    life.record(author, received, "sample.create_fresh", {**sent, "scores": scores})
    rows.add("rounds", life.id, 0, author.id, received, *(None,) * 6)
    rows.add(
        "evaluations", rows.new_id(), life.id, 0, "raw", author.id, None, 1, SCALE, "[]", fields["captured_at"], *raw,
        *NO_SCORES,
    )  # fmt: skip


def _review(rows: Rows, life: Life, researcher: Actor, status: str, at: datetime) -> None:
    reason, said = REJECTION if status == "rejected" else (None, None)
    rows.add("reviews", rows.new_id(), life.id, 1, status, reason, said, researcher.id, at)
    life.record(researcher, at, f"sample.{status}", {"reason": reason}, said)


def _process(rows: Rows, life: Life, researcher: Actor, drawn: Drawn, n: int, chances: list[float]) -> None:
    """Three rounds of deep aging, a day or more apart, each tasted and measured when it was over."""
    for seq, chance in enumerate(chances, start=1):
        started = life.at + timedelta(days=1, minutes=int(chance * 2000))
        minutes = (60, 90, 120)[int(chance * 3)]
        step = {
            "method": "deep_aging", "started_at": started, "minutes": minutes,
            "temperature_c": round(4.5 + chance, 1), "pressure_mpa": 1.0, "frequency_khz": 40.0,
        }  # fmt: skip
        done = started + timedelta(minutes=minutes)
        rows.add("rounds", life.id, seq, researcher.id, done, *step.values())
        life.record(researcher, done, "round.add", {"seq": seq, **step, "started_at": str(started)})
        _taste_and_measure(rows, life, researcher, drawn, n, seq, done)


def _taste_and_measure(rows: Rows, life: Life, researcher: Actor, drawn: Drawn, n: int, seq: int, at: datetime) -> None:
    if seq:
        _taste(rows, life, researcher, seq, "raw", drawn.raw_after[n][seq - 1], at)
    table = list(zip(drawn.tasters[n][seq], drawn.heated[n][seq], strict=True))
    for place, (taster, scores) in enumerate(table if drawn.again[n][seq] else table[:-1]):
        _taste(rows, life, researcher, seq, "heated", scores, at, taster, 1 + (place == AT_A_TABLE))
    for replicate in (1, 2) if drawn.twice[n] else (1,):
        lab = dict(zip(LAB, drawn.lab[n][seq][replicate - 1], strict=True))
        raw, heated = {name: lab[name] for name in RAW_LAB}, {name: lab[name] for name in HEATED_LAB}
        if drawn.tongued[n] and replicate == 1:
            raw |= dict(zip(E_TONGUE, drawn.tongue[n][seq], strict=True))
        _measure(rows, life, researcher, drawn, n, (seq, "raw", replicate), raw, at)
        _measure(rows, life, researcher, drawn, n, (seq, "heated", replicate), heated, at)


def _measure(
    rows: Rows, life: Life, researcher: Actor, drawn: Drawn, n: int, place: tuple[int, str, int],
    values: dict[str, float], at: datetime,
) -> None:  # fmt: skip
    key, (seq, preparation, replicate) = rows.new_id(), place
    found = unusual(values, _usual(drawn.fields[n]["species"], preparation))
    told = [asdict(Finding(f"values.{finding.field}", finding.code, finding.values)) for finding in found]
    cells = [values.get(name) for name in MEASURED]
    rows.add(
        "measurements", key, life.id, seq, preparation, replicate, json.dumps(told), researcher.id, at, *cells
    )  # fmt: skip
    said = {"seq": seq, "preparation": preparation, "measurement": str(key), "replicate": replicate}
    life.record(researcher, at, "measurement.write", {**said, "measured_at": str(at), **values})


@cache
def _usual(species: str, preparation: str) -> dict[str, tuple[float, float]]:
    return {name: span for name in MEASURED if (span := usual_range(name, species, preparation))}


def _taste(
    rows: Rows, life: Life, researcher: Actor, seq: int, preparation: str, scores: list[float], at: datetime,
    taster: str | None = None, replicate: int = 1,
) -> None:  # fmt: skip
    is_raw, key = preparation == "raw", rows.new_id()
    cells = [*scores, *NO_SCORES] if is_raw else [*NO_SCORES, *scores]
    warnings = [asdict(Finding("scores", "all_alike", {"score": scores[0]}))] if len(set(scores)) == 1 else []
    rows.add(
        "evaluations", key, life.id, seq, preparation, researcher.id, taster, replicate, SCALE, json.dumps(warnings),
        at, *cells,
    )  # fmt: skip
    place = {"seq": seq, "preparation": preparation, "evaluation": str(key), "scale": SCALE, "replicate": replicate}
    place |= {"panelist": taster} if taster else {}
    values = dict(zip(RAW_SCORES if is_raw else HEATED_SCORES, scores, strict=True))
    action = f"evaluation.write_{'processed' if is_raw else 'heated'}"
    life.record(researcher, at, action, {**place, "evaluated_at": str(at), **values})


def _plain(value: Any) -> Any:
    """As JSON holds it."""
    return value if isinstance(value, int | float | str) else value.isoformat()


def _cell(value: Any) -> str:
    if value is None:
        return "\\N"
    return value.replace("\\", "\\\\") if isinstance(value, str) else str(value)
