"""An import of 10,000 rows with 40 columns: looked through and written, beside openpyxl merely reading the file."""

import io
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from openpyxl import load_workbook
from sqlalchemy import insert

from benchmarks.measuring import Result
from core import accounts, clock, imports
from core.db import transaction
from core.imports import reading
from core.imports.planning import Asked, ImportOptions, plan
from core.policy import Actor
from core.tables import User
from tests.core.imports.people import HEATED, LABORATORY, RAW, SAMPLE, TONGUE, Person, make

ROWS = 10_000
TIMES = 5
PERSON = Person(
    "bench", language=2, says_groups=True, title_rows=2, groups=(SAMPLE, HEATED, RAW, TONGUE, LABORATORY), n=ROWS
)
IN_ONE_PROCESS = "import sys; from benchmarks import imports; imports.once(sys.argv[1])"


def run() -> tuple[list[Result], float, float]:
    """The dry run beside both ways of openpyxl, the seconds of a whole write, and the megabytes of one process."""
    data, actor = make(PERSON).data, _actor()
    looking = lambda: look_through(actor, data)  # noqa: E731
    ways: dict[str, Callable[[], object]] = {"openpyxl, read only": _streamed(data), "openpyxl": _whole(data)}
    times: dict[str, list[float]] = {"dry run": [], **{name: [] for name in ways}}
    looking()
    for _ in range(TIMES):
        for name, action in {"dry run": looking, **ways}.items():
            begin = time.perf_counter()
            action()
            times[name].append(time.perf_counter() - begin)
    medians = {name: statistics.median(each) for name, each in times.items()}
    compared = [Result("dry run", medians["dry run"], name, medians[name]) for name in ways]
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
        file.write(make(PERSON, seed=2).data)
        file.flush()
        command = [sys.executable, "-c", IN_ONE_PROCESS, file.name]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    seconds, megabytes = said.split()[-2:]
    return compared, float(seconds), float(megabytes)


def _streamed(data: bytes) -> Callable[[], object]:
    def read() -> int:
        sheet = load_workbook(io.BytesIO(data), read_only=True, data_only=True).worksheets[0]
        return sum(1 for row in sheet.iter_rows(values_only=True) for _ in row)

    return read


def _whole(data: bytes) -> Callable[[], object]:
    return lambda: load_workbook(io.BytesIO(data), data_only=True)


def look_through(actor: Actor, data: bytes) -> None:
    asked = Asked(actor, uuid4(), "0" * 64, clock.now(), ImportOptions(scale="1-10"))
    with transaction() as session:
        found = plan(session, reading.read(data), asked)
    assert (found.summary["new_samples"], found.findings) == (ROWS, [])
    found.digest()


def once(file: str) -> None:
    """One whole import; prints the seconds of its write and the megabytes that this process needed at most."""
    actor = _actor()
    started = imports.start(actor, "bench.xlsx", Path(file).read_bytes(), {"scale": "1-10"})
    imports.work(started.id)
    imports.confirm(actor, started.id, with_warnings=True)
    begin = time.perf_counter()
    imports.work(started.id)
    seconds = time.perf_counter() - begin
    assert imports.get(actor, started.id).summary["written"]["new_samples"] == ROWS
    most = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(f"{seconds:.2f} {most / 1024:.0f}")


def _actor() -> Actor:
    email = f"{uuid4().hex}@example.com"
    person = {"email": email, "name": "Bench", "role": "researcher", "state": "active", "password_hash": "-"}
    with transaction() as session:
        session.execute(insert(User), [person])
    return accounts.actor_of(email)
