"""Runs: asked for once, computed by one worker, cancelled at the next step, never lost without a word."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import select, text

from core import clock, statistics
from core.db import transaction
from core.errors import BadInput, NotAllowed, NotFound
from core.policy import Actor
from core.statistics import N, Name, Part, Says, Test, compare_mixed, facts, runs
from core.statistics.cohort import Cohort
from core.statistics.runs import MOST_AT_ONCE, Run, RunView
from core.tables import StatisticRun
from models import worker
from tests.makers import make_user
from tests.worlds import World, make_world

Progress = Callable[[int, int], None]
Compute = Callable[[Any, Any, Progress], list[Part]]
# A worker that says that it has begun, and then only steps on.
ENDLESS = """
import sys, time
from uuid import UUID
from core.statistics import runs

def compute(cohort, query, progress):
    while True:
        progress(1, 10)
        time.sleep(0.05)

runs.RUNS["endless"] = runs.Run("compare", compute)
runs.work(UUID(sys.argv[1]))
"""


@pytest.fixture
def actor() -> Actor:
    return make_user("researcher")


@pytest.fixture(scope="module")
def world(servers: dict[str, str]) -> World:
    return make_world(50, 120, pigs=0)


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch) -> Callable[[Compute], str]:
    """Adds a kind of run for this test, and gives its name."""

    def add(compute: Compute) -> str:
        monkeypatch.setitem(runs.RUNS, "own", Run("compare", compute))
        return "own"

    return add


def row_of(run_id: UUID) -> StatisticRun:
    with transaction() as session:
        return session.scalars(select(StatisticRun).where(StatisticRun.id == run_id)).one()


def jobs_of(run_id: UUID) -> list[dict[str, Any]]:
    with transaction() as session:
        query = text("select args from procrastinate_jobs where args ->> 'run_id' = :run and task_name = 'statistics'")
        return list(session.scalars(query, {"run": str(run_id)}))


def until(is_so: Callable[[], bool], patience_s: float = 20) -> None:
    begun = time.monotonic()
    while not is_so():
        assert time.monotonic() - begun < patience_s
        time.sleep(0.02)


def nothing(cohort: Any, query: Any, progress: Progress) -> list[Part]:
    progress(1, 2)
    return []


def test_asking_twice_is_one_run_and_one_job(actor: Actor) -> None:
    first = runs.start(actor, "mixed", {"factor": "sex"})
    assert (first.state, first.done, first.total, first.parts) == ("waiting", 0, 0, ())
    assert first.query == {"period": "slaughtered", "status": "approved", "factor": "sex"}
    assert runs.start(actor, "mixed", {"factor": "sex"}) == first
    assert jobs_of(first.id) == [{"run_id": str(first.id)}]
    other = runs.start(actor, "mixed", {"factor": "breed"})
    assert other.id != first.id
    assert runs.start(make_user("researcher"), "mixed", {"factor": "sex"}).id != first.id
    assert [run.id for run in runs.recent(actor)] == [other.id, first.id]


def test_asking_at_once_is_one_run(actor: Actor) -> None:
    found: list[RunView] = []
    threads = [threading.Thread(target=lambda: found.append(runs.start(actor, "mixed", {}))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len({run.id for run in found}) == 1
    assert len(jobs_of(found[0].id)) == 1


def test_a_job_that_was_lost_is_asked_for_again(actor: Actor) -> None:
    asked = runs.start(actor, "mixed", {})
    with transaction() as session:
        session.execute(text("delete from procrastinate_jobs where args ->> 'run_id' = :run"), {"run": str(asked.id)})
    runs.start(actor, "mixed", {})
    assert len(jobs_of(asked.id)) == 1


def test_what_cannot_be_asked_for(actor: Actor) -> None:
    with pytest.raises(NotFound):
        runs.start(actor, "grades", {})
    with pytest.raises(BadInput) as refused:
        runs.start(actor, "mixed", {"species": "horse"})
    assert refused.value.findings[0].field == "species"
    for month in range(MOST_AT_ONCE):
        runs.start(actor, "mixed", {"first": date(2026, 1 + month, 1)})
    with pytest.raises(BadInput) as refused:
        runs.start(actor, "mixed", {"first": date(2026, 12, 1)})
    assert (refused.value.findings[0].field, refused.value.findings[0].code) == ("runs", "too_many")
    assert runs.start(actor, "mixed", {"first": date(2026, 1, 1)}).state == "waiting"  # that one is there already


def test_only_staff_have_runs_and_see_their_own(actor: Actor) -> None:
    asked, stranger, normal = runs.start(actor, "mixed", {}), make_user("researcher"), make_user()
    for look in (runs.get, runs.cancel):
        for person, run_id in ((stranger, asked.id), (actor, uuid4())):
            with pytest.raises(NotFound):
                look(person, run_id)
        with pytest.raises(NotAllowed):
            look(normal, asked.id)
    with pytest.raises(NotAllowed):
        runs.start(normal, "mixed", {})
    with pytest.raises(NotAllowed):
        runs.recent(normal)
    assert runs.recent(stranger) == []
    manager = make_user("manager")
    assert runs.get(manager, asked.id) == runs.get(actor, asked.id) == asked
    assert runs.cancel(manager, asked.id).state == "cancelled"


def test_a_worker_computes_what_was_asked_for(actor: Actor, world: World) -> None:
    asked = runs.start(actor, "mixed", world.wanted | {"response": "flavor", "factor": "sex"})
    worker.compute(**jobs_of(asked.id)[0])
    found = runs.get(actor, asked.id)
    assert (found.state, found.error, found.done, found.is_finished) == ("done", None, found.total, True)
    assert found.finished_at is not None
    query: Any = statistics.read("compare", asked.query)
    expected = compare_mixed.compute(Cohort(facts.current(), query), query, lambda done, total: None)
    assert [part.name for part in found.parts] == ["mixed_means", "mixed_variance"]
    for own, part in zip(found.parts, expected, strict=True):
        assert_same(own, part)
    assert runs.recent(actor) == [RunView(**vars(found) | {"parts": ()})]
    # The same question may be asked anew once it is answered.
    assert runs.start(actor, "mixed", asked.query).id != asked.id


def assert_same(own: Part, part: Part) -> None:
    pd.testing.assert_frame_equal(own.table, part.table, check_exact=True)
    others = [{name: value for name, value in vars(each).items() if name != "table"} for each in (own, part)]
    assert repr(others[0]) == repr(others[1])


def test_what_is_kept_comes_back_exactly(actor: Actor, kind: Callable[[Compute], str]) -> None:
    odd = [0.1 + 0.2, float("nan"), float("inf"), -float("inf"), -0.0, 1e22, 5e-324, 1.7976931348623157e308, 3.0]
    table = pd.DataFrame(
        {
            "value": odd,
            "n": range(9),
            "animals": np.arange(9, dtype=np.int32),
            "is_small": [True, False] * 4 + [True],
            "group": ["1++", None, "=x", "", "한우", "a", "b", "c", "unknown"],
            "month": [date(2026, 1, 1 + day) for day in range(9)],
            "mixed": [1, None, 2.5, "x", True, date(2026, 2, 3), 2**60, (1, "a"), [0.5]],
        }
    )
    table["group"] = table["group"].astype(object)
    table["mixed"] = pd.Series(list(table["mixed"]), dtype=object)
    says = Says("compare.p", {"p": 1e-300, "top": Name("grades", None, "cattle"), "n": 2**40})
    part = Part(
        "odd", table, N(1, 2, 3), 4, says,
        (Test("anova", 1.5, (1.0, 2.5), 1e-17, "eta_squared", 0.25, 9, None, {"omega_squared": -0.0}),),
        (Says("compare.note_unit"), Says("compare.p", {"p": Says("compare.p_small")})), kinds={"group": "grades"},
        link={"group": "grade"}, narrows=[{"processing": "fresh"}, None],
        more={"array": np.array([[1.5, np.nan], [0.0, 1e22]]), 3: None, "span": (0.5, 1)},
    )  # fmt: skip
    asked = runs.start(actor, kind(lambda cohort, query, progress: [part, part]), {})
    runs.work(asked.id)
    first, second = runs.get(actor, asked.id).parts
    assert_same(first, part)
    assert_same(second, part)


def test_a_run_that_was_cancelled_while_it_waited_is_not_computed(actor: Actor, kind: Callable[[Compute], str]) -> None:
    computed = []
    asked = runs.start(actor, kind(lambda cohort, query, progress: computed.append(1) or []), {})
    for _ in range(2):
        assert runs.cancel(actor, asked.id).state == "cancelled"
    runs.work(asked.id)
    assert computed == []
    assert runs.get(actor, asked.id).state == "cancelled"
    assert runs.start(actor, "own", {}).id != asked.id


def test_a_running_run_stops_at_its_next_step(actor: Actor, kind: Callable[[Compute], str]) -> None:
    stopped = threading.Event()

    def endless(cohort: Any, query: Any, progress: Progress) -> list[Part]:
        try:
            for done in range(10_000):
                progress(done, 10_000)
                time.sleep(0.01)
        finally:
            stopped.set()
        return []

    asked = runs.start(actor, kind(endless), {})
    thread = threading.Thread(target=runs.work, args=(asked.id,))
    thread.start()
    until(lambda: runs.get(actor, asked.id).done > 0)
    assert runs.get(actor, asked.id).state == "running"
    assert runs.start(actor, "own", {}).id == asked.id
    assert runs.cancel(actor, asked.id).state == "cancelled"
    thread.join(5)
    assert stopped.is_set()
    assert (runs.get(actor, asked.id).state, row_of(asked.id).result) == ("cancelled", None)


def test_a_run_that_is_cancelled_at_its_very_end_stays_cancelled(actor: Actor, kind: Callable[[Compute], str]) -> None:
    def cancelled(cohort: Any, query: Any, progress: Progress) -> list[Part]:
        runs.cancel(actor, asked.id)
        return []

    asked = runs.start(actor, kind(cancelled), {})
    runs.work(asked.id)
    assert (runs.get(actor, asked.id).state, row_of(asked.id).result) == ("cancelled", None)
    finished = runs.start(actor, kind(nothing), {})
    runs.work(finished.id)
    assert runs.cancel(actor, finished.id).state == "done"


def test_a_run_is_computed_once_however_many_workers_take_it(actor: Actor, kind: Callable[[Compute], str]) -> None:
    computed = []

    def slow(cohort: Any, query: Any, progress: Progress) -> list[Part]:
        computed.append(1)
        time.sleep(0.3)
        return []

    asked = runs.start(actor, kind(slow), {})
    threads = [threading.Thread(target=runs.work, args=(asked.id,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    runs.work(asked.id)
    runs.work(uuid4())
    assert (len(computed), runs.get(actor, asked.id).state) == (1, "done")


def test_progress_is_noted_at_most_twice_a_second(actor: Actor, kind: Callable[[Compute], str]) -> None:
    noted = []

    def stepping(cohort: Any, query: Any, progress: Progress) -> list[Part]:
        for done, pause in ((1, 0.0), (2, 0.0), (3, 0.6), (4, 0.0)):
            time.sleep(pause)
            progress(done, 10)
            noted.append(row_of(asked.id).done)
        return []

    asked = runs.start(actor, kind(stepping), {})
    runs.work(asked.id)
    assert noted == [1, 1, 3, 3]
    assert (row_of(asked.id).done, row_of(asked.id).total) == (10, 10)


def test_a_crash_is_told_and_ends_the_run(actor: Actor, kind: Callable[[Compute], str]) -> None:
    def broken(cohort: Any, query: Any, progress: Progress) -> list[Part]:
        raise ZeroDivisionError

    asked = runs.start(actor, kind(broken), {})
    with pytest.raises(ZeroDivisionError):
        runs.work(asked.id)
    found = runs.get(actor, asked.id)
    assert (found.state, found.error, found.parts) == ("failed", "run_failed", ())
    assert runs.cancel(actor, asked.id).state == "failed"
    assert runs.start(actor, "own", {}).id != asked.id


@pytest.mark.parametrize("look", ["get", "recent", "start", "clear"])
def test_a_worker_that_dies_leaves_a_run_that_has_failed(
    actor: Actor, kind: Callable[[Compute], str], look: str
) -> None:
    asked = runs.start(actor, kind(nothing), {})
    with transaction() as session:
        session.get_one(StatisticRun, asked.id).view = "endless"
    process = subprocess.Popen([sys.executable, "-c", ENDLESS, str(asked.id)])
    try:
        until(lambda: row_of(asked.id).done > 0)
        assert runs.clear()["lost"] == 0
        assert runs.get(actor, asked.id).state == "running"  # it is alive
    finally:
        process.kill()
        process.wait()
    query = {"factor": "grade"}

    def fails() -> bool:
        if look == "start":
            runs.start(actor, "own", query)
        else:
            {"get": lambda: runs.get(actor, asked.id), "recent": lambda: runs.recent(actor), "clear": runs.clear}[
                look
            ]()
        return row_of(asked.id).state == "failed"

    until(fails)
    assert row_of(asked.id).error == "run_lost"
    assert runs.start(actor, "own", query).id != asked.id


def test_old_runs_are_removed(actor: Actor) -> None:
    with clock.at(clock.now() - timedelta(days=31)):
        old = runs.start(actor, "mixed", {})
    young = runs.start(actor, "mixed", {"factor": "sex"})
    assert runs.clear()["removed"] >= 1
    assert [run.id for run in runs.recent(actor)] == [young.id]
    with pytest.raises(NotFound):
        runs.get(actor, old.id)
    runs.work(old.id)  # a job of a run that is gone does nothing
