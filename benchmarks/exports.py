"""Exports of everything there is, beside the database merely sending the same rows: time, and memory of the process."""

import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import select, text

from benchmarks.similar import PHOTOS
from core import exports
from core.db import engine, transaction
from core.policy import Actor
from core.tables import ModelVersion, User
from core.workbooks.fields import SHEETS

RESEARCHER = "generated-researcher-1@example.com"
FORMATS = ("xlsx", "csv", "parquet")
WORK = """
import re, sys, time
from uuid import UUID
from core import exports
begin = time.perf_counter()
exports.work(UUID(sys.argv[1]))
print(time.perf_counter() - begin, re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read()).group(1))
"""
PREDICTIONS = """
    insert into predictions (id, photo_id, model_version_id, grade, scores, values, abstained, strangeness,
                             requested_by, predicted_at)
    select gen_random_uuid(), p.id, :model, '{"1++": 0.2, "1+": 0.5, "1": 0.2, "2": 0.1}',
           (select jsonb_object_agg(name, jsonb_build_object('value', 5.5, 'low', 4.25, 'high', 6.75, 'scale', '1-10'))
            from unnest(array['marbling', 'color', 'texture', 'surface_moisture', 'overall', 'juiciness']) as name),
           '{"bms": {"value": 5.2, "low": 4.1, "high": 6.3}}', '{"umami": "no_better"}', 0.3, p.uploaded_by, now()
    from photos p
"""
# What of the tables is in no sheet stays where it is.
LEFT = {"samples": ("registry_record",), "predictions": ("embedding", "told", "measures")}


@dataclass(frozen=True)
class Exported:
    """One format: seconds, the most memory of the process (MB), and the size of its file (MB)."""

    format: str
    seconds: float
    memory_mb: float
    file_mb: float


@dataclass(frozen=True)
class Found:
    """Rows by sheet, what each format took, and seconds and MB of the same rows by bare COPY."""

    rows: dict[str, int]
    formats: list[Exported]
    copied: tuple[float, float]


def run() -> Found:
    """On samples that are there already."""
    with transaction() as session:  # a worker acts only for people who are active
        person = session.scalars(select(User).where(User.email == RESEARCHER)).one()
        person.state = "active"
    actor = Actor(person.id, "researcher", person.name, RESEARCHER)
    _predict()
    _copied()  # the first reading finds the tables cold
    made, times = [], []
    for kind in FORMATS:
        times.append(_copied())
        made.append(_export(actor, kind))
    rows = exports.browse(actor)[0].parts or {}
    seconds = sorted(each[0] for each in times)[len(times) // 2]
    return Found({sheet: rows[sheet] for sheet in SHEETS}, made, (seconds, times[0][1]))


def _predict() -> None:
    """A prediction of a photo of each sample."""
    model, mark = uuid4(), uuid4().hex
    with transaction() as session:
        session.execute(text("set local statement_timeout = 0"))
        session.execute(text(PHOTOS), {"count": 10**9})
        session.add(ModelVersion(
            id=model, name="bench", version=mark, sha256=mark, storage_key=mark, trained_on="nothing", report={}
        ))  # fmt: skip
        session.flush()
        session.execute(text(PREDICTIONS), {"model": model})


def _export(actor: Actor, kind: str) -> Exported:
    asked = exports.start(actor, {"format": kind, "every_status": True, "language": "ko"})
    said = subprocess.run([sys.executable, "-c", WORK, str(asked.id)], capture_output=True, check=True, text=True)
    seconds, memory = said.stdout.split()[-2:]
    done = exports.get(actor, asked.id)
    if done.state != "done":
        raise RuntimeError(done.error)
    return Exported(kind, float(seconds), int(memory) / 1024, (done.bytes or 0) / 1e6)


class _Counted:
    def __init__(self) -> None:
        self.bytes = 0

    def write(self, row: bytes) -> None:
        self.bytes += len(row)


def _copied() -> tuple[float, float]:
    """Seconds and MB of `COPY ... TO STDOUT` of the rows of all sheets, taken by a process that throws them away."""
    out, begin = _Counted(), time.perf_counter()
    with engine().connect() as connection:
        driver: Any = connection.connection.cursor()
        for sheet in SHEETS:
            left = LEFT.get(sheet, ())
            query = "select column_name from information_schema.columns where table_name = :table"
            columns = connection.execute(text(query), {"table": sheet}).scalars().all()
            shown = ", ".join(column for column in columns if column not in left)
            driver.copy_expert(f"copy (select {shown} from {sheet}) to stdout", out)  # noqa: S608
    return time.perf_counter() - begin, out.bytes / 1e6
