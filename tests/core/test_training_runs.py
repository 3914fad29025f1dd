"""Trainings in the background: asked for once, one at a time, cancelled at the next step, never lost without a word."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from benchmarks.measuring import statements
from core import model_versions, storage, training_runs, users
from core.db import transaction
from core.errors import BadInput, NotAllowed, NotFound, TooFewAnimals
from core.policy import Actor
from core.tables import TrainingRun
from core.training_runs import Report, Trained, Training, TrainingOptions, TrainingRunView
from tests.makers import make_approved, make_user, photo_id, weights

# A worker that says that it has begun, and then only steps on.
ENDLESS = """
import sys, time
from uuid import UUID
from core import training_runs

def train(training, report):
    while True:
        report(1, 10, 60.0, "fitting")
        time.sleep(0.05)

training_runs.work(UUID(sys.argv[1]), train)
"""


@pytest.fixture
def actor() -> Actor:
    return make_user("researcher")


def row_of(run_id: UUID) -> TrainingRun:
    with transaction() as session:
        return session.scalars(select(TrainingRun).where(TrainingRun.id == run_id)).one()


def jobs_of(run_id: UUID) -> list[dict[str, Any]]:
    with transaction() as session:
        query = text("select args from procrastinate_jobs where args ->> 'run_id' = :run and task_name = 'train'")
        return list(session.scalars(query, {"run": str(run_id)}))


def until(is_so: Callable[[], bool], patience_s: float = 20) -> None:
    begun = time.monotonic()
    while not is_so():
        assert time.monotonic() - begun < patience_s
        time.sleep(0.02)


def quick(training: Training, report: Report) -> Trained:
    report(1, 2, 30.0, "fitting")
    card = {"name": training.options.name, "version": training.version, "scale": [1, 10]}
    return Trained(weights(**card), {"photos": len(training.table)}, "abc123")


def test_what_a_training_is_asked_for_with(actor: Actor) -> None:
    asked = training_runs.start(actor, {"name": "ours", "seed": 7})
    assert asked.options == {"name": "ours", "scale": "1-10", "seed": 7, "epochs": 12, "side": 288}
    assert (asked.state, asked.done, asked.total, asked.word, asked.model) == ("waiting", 0, 0, None, None)
    assert (asked.requested_by, asked.requested_by_name, asked.is_finished) == (actor.id, actor.name, False)
    assert jobs_of(asked.id) == [{"run_id": str(asked.id)}]


def test_asking_twice_is_one_training(actor: Actor) -> None:
    first = training_runs.start(actor, {"seed": 1})
    assert training_runs.start(actor, TrainingOptions()) == first
    assert len(jobs_of(first.id)) == 1
    with pytest.raises(BadInput) as refused:
        training_runs.start(actor, {"seed": 2})
    assert [(f.field, f.code) for f in refused.value.findings] == [("training", "too_many")]
    assert training_runs.start(make_user("researcher"), {"seed": 2}).id != first.id
    training_runs.cancel(actor, first.id)
    assert training_runs.start(actor, {"seed": 2}).state == "waiting"


def test_asking_at_once_is_one_training(actor: Actor) -> None:
    found: list[TrainingRunView] = []
    threads = [threading.Thread(target=lambda: found.append(training_runs.start(actor, {}))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len({run.id for run in found}) == 1
    assert len(jobs_of(found[0].id)) == 1


@pytest.mark.parametrize(
    ("options", "field"),
    [({"seed": -1}, "seed"), ({"seed": 2**31}, "seed"), ({"epochs": 0}, "epochs"), ({"name": ""}, "name"),
     ({"side": 300}, "side"), ({"scale": "1-100"}, "scale"), ({"scale": "x\0"}, "scale"), ({"moon": "full"}, "moon")],
)  # fmt: skip
def test_what_is_wrong_with_the_options_is_said_by_field(actor: Actor, options: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        training_runs.start(actor, options)
    assert [finding.field for finding in refused.value.findings] == [field]
    assert training_runs.browse(actor) == []


def test_a_training_ends_in_a_version_that_is_not_live(actor: Actor) -> None:
    sample, seen = make_approved(), list[Training]()

    def train(training: Training, report: Report) -> Trained:
        seen.append(training)
        return quick(training, report)

    asked = training_runs.start(actor, {"name": "ours", "seed": 7})
    training_runs.work(asked.id, train)
    (training,) = seen
    assert training.options == TrainingOptions(name="ours", seed=7)
    assert str(photo_id(sample)) in [*training.table["photo_id"]]
    found = training_runs.get(actor, asked.id)
    assert (found.state, found.done, found.total, found.word, found.error) == ("done", 2, 2, "fitting", None)
    assert found.model is not None
    made = model_versions.get(actor, found.model.id)
    assert (made.name, made.version, made.trained_on) == ("ours", training.version, "database")
    assert (made.created_by, made.code_version, made.is_live) == (actor.id, "abc123", False)
    assert made.report == {"photos": len(training.table)}
    assert made.card["version"] == training.version
    assert made.data_snapshot["photos"] == len(training.table)
    assert storage.get(made.data_snapshot["storage_key"])
    training_runs.work(asked.id, train)  # its job once more
    assert len(seen) == 1
    assert training_runs.cancel(actor, asked.id) == found
    assert training_runs.start(actor, asked.options).id != asked.id


def test_a_training_that_was_cancelled_while_it_waited_is_not_begun(actor: Actor) -> None:
    asked = training_runs.start(actor, {})
    for _ in range(2):
        assert training_runs.cancel(actor, asked.id).state == "cancelled"
    training_runs.work(asked.id, quick)
    found = training_runs.get(actor, asked.id)
    assert (found.state, found.model) == ("cancelled", None)


def test_a_running_training_stops_at_its_next_step(actor: Actor) -> None:
    def endless(training: Training, report: Report) -> Trained:
        for done in range(10_000):
            report(done, 10_000, 60.0, "fitting")
            time.sleep(0.01)
        return quick(training, report)

    make_approved()
    asked = training_runs.start(actor, {})
    thread = threading.Thread(target=training_runs.work, args=(asked.id, endless))
    thread.start()
    until(lambda: training_runs.get(actor, asked.id).done > 0)
    found = training_runs.get(actor, asked.id)
    assert (found.state, found.seconds_left, found.word) == ("running", 60.0, "fitting")
    assert training_runs.cancel(actor, asked.id).state == "cancelled"
    thread.join(5)
    assert not thread.is_alive()
    assert training_runs.get(actor, asked.id).state == "cancelled"


def test_what_is_cancelled_at_its_very_end_leaves_no_version(actor: Actor) -> None:
    def late(training: Training, report: Report) -> Trained:
        training_runs.cancel(actor, asked.id)
        return made

    make_approved()
    made = Trained(weights(), {}, "abc123")
    asked = training_runs.start(actor, {"name": "late"})
    training_runs.work(asked.id, late)
    assert training_runs.get(actor, asked.id).state == "cancelled"
    assert "late" not in [version.name for version in model_versions.browse(actor)]


def test_there_is_one_training_at_a_time(actor: Actor) -> None:
    make_approved()
    other = training_runs.start(make_user("researcher"), {})

    def train(training: Training, report: Report) -> Trained:
        training_runs.work(other.id, quick)
        assert row_of(other.id).state == "waiting"
        return quick(training, report)

    with transaction() as session:
        session.execute(text("delete from procrastinate_jobs where args ->> 'run_id' = :id"), {"id": str(other.id)})
    asked = training_runs.start(actor, {})
    training_runs.work(asked.id, train)
    assert training_runs.get(actor, asked.id).state == "done"
    with transaction() as session:
        query = text("select scheduled_at > now() from procrastinate_jobs where args ->> 'run_id' = :id")
        assert session.scalars(query, {"id": str(other.id)}).all() == [True]
    training_runs.work(other.id, quick)
    assert row_of(other.id).state == "done"


@pytest.mark.parametrize(
    ("broken", "error"),
    [(ZeroDivisionError(), "run_failed"), (TooFewAnimals(), "too_few_animals")], ids=["crash", "refusal"],
)  # fmt: skip
def test_a_failure_is_told_and_ends_the_training(actor: Actor, broken: Exception, error: str) -> None:
    def train(training: Training, report: Report) -> Trained:
        raise broken

    make_approved()
    asked = training_runs.start(actor, {})
    if error == "run_failed":
        with pytest.raises(ZeroDivisionError):
            training_runs.work(asked.id, train)
    else:
        training_runs.work(asked.id, train)
    found = training_runs.get(actor, asked.id)
    assert (found.state, found.error, found.model) == ("failed", error, None)
    assert found.finished_at is not None
    assert training_runs.cancel(actor, asked.id).state == "failed"
    assert training_runs.start(actor, {}).id != asked.id


def test_what_is_no_model_is_not_entered(actor: Actor) -> None:
    make_approved()
    asked = training_runs.start(actor, {})
    training_runs.work(asked.id, lambda training, report: Trained(b"no model", {}, ""))
    found = training_runs.get(actor, asked.id)
    assert (found.state, found.error, found.model) == ("failed", "bad_input", None)


@pytest.mark.parametrize("look", ["start", "wake"])
def test_a_worker_that_dies_leaves_a_training_that_has_failed(actor: Actor, look: str) -> None:
    make_approved()
    asked = training_runs.start(actor, {"seed": 1})
    process = subprocess.Popen([sys.executable, "-c", ENDLESS, str(asked.id)])
    try:
        until(lambda: row_of(asked.id).done > 0)
        training_runs.wake()
        assert training_runs.get(actor, asked.id).state == "running"  # it is alive
    finally:
        process.kill()
        process.wait()

    def fails() -> bool:
        training_runs.start(actor, {"seed": 1}) if look == "start" else training_runs.wake()
        return row_of(asked.id).state == "failed"

    until(fails)
    assert row_of(asked.id).error == "run_lost"
    assert training_runs.start(actor, {"seed": 1}).id != asked.id


def test_a_job_that_was_lost_is_asked_for_again(actor: Actor) -> None:
    asked = training_runs.start(actor, {})
    for ask in (training_runs.wake, lambda: training_runs.start(actor, {})):
        with transaction() as session:
            session.execute(text("delete from procrastinate_jobs where args ->> 'run_id' = :id"), {"id": str(asked.id)})
        ask()
        assert len(jobs_of(asked.id)) == 1


def test_only_staff_train_and_see_their_own(actor: Actor) -> None:
    asked, stranger, normal = training_runs.start(actor, {}), make_user("researcher"), make_user()
    for look in (training_runs.get, training_runs.cancel):
        for person, run_id in ((stranger, asked.id), (actor, uuid4())):
            with pytest.raises(NotFound):
                look(person, run_id)
        with pytest.raises(NotAllowed):
            look(normal, asked.id)
    for refused in (lambda: training_runs.start(normal, {}), lambda: training_runs.browse(normal)):
        with pytest.raises(NotAllowed):
            refused()
    manager = make_user("manager")
    assert training_runs.browse(stranger) == []
    assert training_runs.browse(manager)[0] == training_runs.get(manager, asked.id) == asked
    assert training_runs.cancel(manager, asked.id).state == "cancelled"


def test_who_may_no_longer_train_has_no_training_that_begins(actor: Actor) -> None:
    demoted = training_runs.start(actor, {})
    users.change(make_user("manager"), actor.id, users.UserChange(role="normal"))
    training_runs.work(demoted.id, quick)
    assert (row_of(demoted.id).state, row_of(demoted.id).error) == ("failed", "not_allowed")
    gone = make_user("researcher")
    asked = training_runs.start(gone, {})
    users.deactivate(make_user("manager"), gone.id)
    training_runs.work(asked.id, quick)
    assert (row_of(asked.id).state, row_of(asked.id).error) == ("failed", "not_allowed")


def test_a_list_is_one_question_however_long(actor: Actor) -> None:
    make_approved()
    training_runs.work(training_runs.start(actor, {}).id, quick)
    for seed in range(2):
        training_runs.cancel(actor, training_runs.start(actor, {"seed": seed}).id)
    with statements() as sent:
        found = training_runs.browse(actor)
    assert [(run.state, run.model is not None) for run in found] == [("cancelled", False)] * 2 + [("done", True)]
    assert len(sent) == 1
