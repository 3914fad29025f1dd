"""Every part of every view of statistics: with the default filter, and with filters by chance; beside one scan of the
tables that they are about.
"""

import gc
import random
import statistics as plain
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import select, text
from streamlit.testing.v1 import AppTest

from core import accounts, catalogue, clock, statistics
from core.accounts import NewUser
from core.config import ROOT
from core.db import engine, transaction
from core.errors import BadInput, EmailTaken
from core.policy import Actor
from core.statistics import facts
from core.tables import User
from models.bulk_values import DAYS

EMAIL, PASSWORD = "bench-statistics@example.com", "a long enough password"
TIMES, CHANCES, RENDERS = 7, 21, 20
SCANNED = ("samples", "evaluations", "measurements")


@dataclass(frozen=True)
class Measured:
    """Seconds, p95: with the default filter computed anew and when nothing has changed since; with any filter."""

    first: float
    again: float
    chosen: float


@dataclass(frozen=True)
class Rendered:
    """Seconds of the page's script, p95, and bytes that go to the browser."""

    seconds: float
    size: int


def run(seed: int = 1) -> tuple[dict[str, Measured], dict[str, Rendered], float, float]:
    """Parts, pages, seconds of a scan of the tables (median), seconds until the facts are first read."""
    actor, chance, scans = _actor(), random.Random(seed), list[float]()
    facts.forget()
    begin = time.perf_counter()
    facts.current()
    opened = time.perf_counter() - begin
    gc.freeze()  # as the dashboard does when it has started
    parts = {}
    for view, name in ((view, name) for view, of in statistics.VIEWS.items() for name in of.parts):
        parts[f"{view}, {name}"] = _part(actor, view, name, chance)
        scans.append(_seconds(_scan))  # in turns with what it is compared to
    return parts, _pages(), plain.median(scans), opened


def _part(actor: Actor, view: str, name: str, chance: random.Random) -> Measured:
    def ask(wanted: dict[str, Any]) -> None:
        statistics.view(actor, view, wanted, (name,))

    ask({})
    first = []
    for _ in range(TIMES):
        statistics.forget()
        first.append(_seconds(lambda: ask({})))
    again = [_seconds(lambda: ask({})) for _ in range(TIMES)]
    chosen = [_seconds(partial(ask, wanted)) for wanted in _filters(view, chance)]
    return Measured(_p95(first), _p95(again), _p95(chosen))


def _filters(view: str, chance: random.Random) -> list[dict[str, Any]]:
    """Filters that the view takes: one or two conditions, each with values by chance."""
    draws, found = list(_conditions(chance)), list[dict[str, Any]]()
    while len(found) < CHANCES:
        wanted: dict[str, Any] = {}
        for draw in chance.sample(draws, chance.randint(1, 2)):
            wanted |= draw()
        try:
            statistics.read(view, wanted)
        except BadInput:
            continue
        found.append(wanted)
    return found


def _conditions(chance: random.Random) -> list[Callable[[], dict[str, Any]]]:
    known = catalogue.recent()

    def one_of(name: str, keys: list[str]) -> Callable[[], dict[str, Any]]:
        return lambda: {name: chance.choice(keys)}

    def days(period: str) -> Callable[[], dict[str, Any]]:
        def draw() -> dict[str, Any]:
            first = clock.today() - timedelta(days=chance.randint(31, DAYS))
            return {"period": period, "first": first, "last": first + timedelta(days=chance.choice((7, 30, 120)))}

        return draw

    kinds = {
        "species": known.species, "primal_cut": known.primal_cuts, "secondary_cut": known.secondary_cuts,
        "grade": known.grades, "sex": known.sexes, "breed": known.breeds, "province": known.provinces,
        "scale": known.scales[:1],
    }  # fmt: skip
    return [
        *(one_of(name, [entry.key for entry in entries]) for name, entries in kinds.items()),
        one_of("status", ["all", "pending", "rejected"]),
        one_of("round", ["raw", "processed", "1", "2", "3"]),
        one_of("preparation", ["raw", "heated"]),
        one_of("processing", ["fresh", "processed"]),
        *(days(period) for period in ("slaughtered", "received", "approved")),
    ]


def _pages() -> dict[str, Rendered]:
    """Each page with its first part and the default filter, as a researcher sees it who comes back to it."""
    return {view: _page(view) for view in statistics.VIEWS}


def _page(view: str) -> Rendered:
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=120)
    ticket = accounts.sign_in(EMAIL, PASSWORD, "dashboard").exchange
    app.user = {"username": str(accounts.exchange(ticket, "dashboard").session_id)}
    app.run()
    app.switch_page(f"../pages/{view}.py").run()
    times = [_seconds(app.run) for _ in range(RENDERS)]
    sent = [proto for element in app.main if (proto := getattr(element, "proto", None)) is not None]
    return Rendered(_p95(times), sum(proto.ByteSize() for proto in sent))


def _scan() -> None:
    """One pass over the same tables, row after row, by one process."""
    with engine().connect() as connection:
        for said in ("max_parallel_workers_per_gather = 0", "enable_indexscan = off", "enable_indexonlyscan = off"):
            connection.execute(text(f"set local {said}"))
        for table in SCANNED:
            connection.execute(text(f"select count(*) from {table}"))  # noqa: S608  (names of ours)


def _actor() -> Actor:
    with suppress(EmailTaken):
        accounts.create(None, NewUser(email=EMAIL, name="bench", role="researcher", password=PASSWORD))
    with transaction() as session:
        person = session.scalars(select(User).where(User.email == EMAIL)).one()
        return Actor(person.id, "researcher", person.name, EMAIL)


def _seconds(action: Callable[[], object]) -> float:
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def _p95(times: list[float]) -> float:
    return sorted(times)[min(len(times) - 1, int(0.95 * len(times)))]
