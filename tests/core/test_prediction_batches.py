"""Batches: counted first, predicted photo by photo, gone on with after a death, accepted as a whole."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from benchmarks.measuring import statements
from core import clock, photos, predictions, recycle_bin, rounds, users
from core.db import transaction
from core.errors import BadInput, NotAllowed, NotFound
from core.model_versions import ModelInfo
from core.policy import Actor
from core.predictions import PhotoToPredict, Said, batches
from core.predictions.batches import BatchFilter, BatchView, asking, working
from core.samples import SampleFilter, SampleView
from core.tables import AuditEvent, PredictionBatch, PredictionBatchItem
from tests.core.test_rounds import new_round
from tests.makers import jpeg, make_live_model, make_sample, make_user, photo_id, predict, said

# A worker that predicts one photo, says so, and then stays at the next one.
STUCK = """
import sys, time
from uuid import UUID
from core.predictions import Said, batches

def predict(model, photo, seen=[]):
    if seen:
        time.sleep(600)
    seen.append(photo)
    return Said({"1": 1.0}, {}, {}, {})

batches.work(UUID(sys.argv[1]), predict)
"""


@pytest.fixture
def actor() -> Actor:
    return make_user("researcher")


@pytest.fixture
def made(actor: Actor) -> list[SampleView]:
    """Four samples of the actor, newest first."""
    return [make_sample(actor) for _ in range(4)][::-1]


@pytest.fixture(autouse=True)
def model() -> UUID:
    return make_live_model()


def mine() -> dict[str, Any]:
    return {"owner": "me"}


class Predictor:
    """Says the same of each photo, and remembers which it has seen; in the place of some it breaks."""

    def __init__(self, *breaks_at: UUID, then: Callable[[], object] = lambda: None, **changes: Any) -> None:
        self.seen: list[UUID] = []
        self.breaks_at, self.then, self.changes = breaks_at, then, changes

    def __call__(self, model: ModelInfo, photo: PhotoToPredict) -> Said:
        self.seen.append(photo.photo_id)
        self.then()
        if photo.photo_id in self.breaks_at:
            raise ValueError("no picture")
        return said(**self.changes)


def jobs_of(batch_id: UUID) -> list[dict[str, Any]]:
    with transaction() as session:
        query = text("select args from procrastinate_jobs where args ->> 'batch_id' = :id and status = 'todo'")
        return list(session.scalars(query, {"id": str(batch_id)}))


def forget_jobs(batch_id: UUID) -> None:
    with transaction() as session:
        session.execute(text("delete from procrastinate_jobs where args ->> 'batch_id' = :id"), {"id": str(batch_id)})


def row_of(batch_id: UUID) -> PredictionBatch:
    with transaction() as session:
        return session.scalars(select(PredictionBatch).where(PredictionBatch.id == batch_id)).one()


def until(is_so: Callable[[], bool], patience_s: float = 20) -> None:
    begun = time.monotonic()
    while not is_so():
        assert time.monotonic() - begun < patience_s
        time.sleep(0.02)


def counts(batch: BatchView) -> tuple[str, int, int, int]:
    return batch.state, batch.done, batch.failed, batch.total


def photos_of(made: list[SampleView]) -> list[UUID]:
    return [photo_id(sample) for sample in made]


def test_a_batch_predicts_all_photos_that_fit(actor: Actor, made: list[SampleView], model: UUID) -> None:
    asked = batches.start(actor, mine())
    assert counts(asked) == ("waiting", 0, 0, 0)
    assert (asked.filter, asked.model.id) == ({"owner": str(actor.id)}, model)
    assert (asked.requested_by, asked.requested_by_name, asked.error) == (actor.id, actor.name, None)
    assert jobs_of(asked.id) == [{"batch_id": str(asked.id)}]
    assert batches.count(actor, mine()) == 4
    predictor = Predictor()
    batches.work(asked.id, predictor)
    assert predictor.seen == photos_of(made)
    done = batches.get(actor, asked.id)
    assert counts(done) == ("done", 4, 0, 4)
    assert done.is_finished
    assert done.finished_at is not None
    assert done.to_accept == 4
    for photo in photos_of(made):
        (known,) = predictions.of_photo(actor, photo)
        assert (known.model.id, known.named_grade) == (model, "1+")


def test_asking_twice_is_one_batch(actor: Actor) -> None:
    first = batches.start(actor, {"species": "pig"})
    assert batches.start(actor, {"species": "pig"}) == first
    assert batches.start(actor, SampleFilter(species="pig")) == first
    assert len(jobs_of(first.id)) == 1
    assert batches.start(actor, {"species": "cattle"}).id != first.id
    assert batches.start(actor, BatchFilter(species="pig", heated=True)).id != first.id
    assert batches.start(make_user("researcher"), {"species": "pig"}).id != first.id
    make_live_model()
    assert batches.start(actor, {"species": "pig"}).id != first.id  # another model, another batch


def test_asking_at_once_is_one_batch(actor: Actor) -> None:
    found: list[BatchView] = []
    threads = [threading.Thread(target=lambda: found.append(batches.start(actor, mine()))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len({batch.id for batch in found}) == 1
    assert len(jobs_of(found[0].id)) == 1


@pytest.mark.parametrize(
    ("wanted", "field"),
    [({"species": 1}, "species"), ({"status": "odd"}, "status"), ({"heated": "perhaps"}, "heated"),
     ({"moon": "full"}, "moon"), ({"owner": "nobody"}, "owner"), ({"received_from": "today"}, "received_from")],
)  # fmt: skip
def test_what_is_wrong_with_a_filter_is_said_by_field(actor: Actor, wanted: dict[str, Any], field: str) -> None:
    for ask in (batches.start, batches.count):
        with pytest.raises(BadInput) as refused:
            ask(actor, wanted)
        assert [finding.field for finding in refused.value.findings] == [field]


def test_nobody_has_too_many_at_once(actor: Actor) -> None:
    started = [batches.start(actor, {"grade": grade}) for grade in ("1++", "1+", "1", "2", "3")]
    with pytest.raises(BadInput) as refused:
        batches.start(actor, {"grade": "off"})
    assert [(f.field, f.code) for f in refused.value.findings] == [("batches", "too_many")]
    batches.cancel(actor, started[0].id)
    assert batches.start(actor, {"grade": "off"}).state == "waiting"


def test_heated_meat_and_rounds(actor: Actor, made: list[SampleView]) -> None:
    sample = made[0]
    rounds.add(actor, sample.id, 1, new_round())
    aged = photos.add(actor, sample.id, 1, "raw", jpeg(), photo_id=uuid4()).id
    heated = photos.add(actor, sample.id, 0, "heated", jpeg(), photo_id=uuid4()).id
    replaced = photo_id(made[1])
    current = photos.add(actor, made[1].id, 0, "raw", jpeg(), photo_id=uuid4()).id
    for wanted, expected in (
        ({}, [photo_id(sample), aged, current, *photos_of(made[2:])]),
        ({"heated": True}, [photo_id(sample), heated, aged, current, *photos_of(made[2:])]),
    ):
        assert batches.count(actor, mine() | wanted) == len(expected)
        asked, predictor = batches.start(actor, mine() | wanted), Predictor()
        batches.work(asked.id, predictor)
        shown = batches.rows(actor, asked.id).rows
        assert [row.photo_id for row in shown] == expected
        assert replaced not in predictor.seen
    assert predictor.seen == [heated]  # the others were known


def test_what_the_version_has_looked_at_before_is_not_computed_again(
    actor: Actor, made: list[SampleView], model: UUID
) -> None:
    known = predict(photo_id(made[1]), model, grade={"3": 1.0})
    asked, predictor = batches.start(actor, mine()), Predictor()
    late: list[Any] = []
    predictor.then = lambda: late or late.append(predict(photo_id(made[3]), model, grade={"2": 1.0}))
    batches.work(asked.id, predictor)
    assert predictor.seen == [photo_id(made[0]), photo_id(made[2])]  # the last one was asked for meanwhile
    assert counts(batches.get(actor, asked.id)) == ("done", 4, 0, 4)
    assert predictions.of_photo(actor, photo_id(made[1])) == [known]
    assert predictions.of_photo(actor, photo_id(made[3])) == late


def test_a_batch_without_photos_is_done(actor: Actor) -> None:
    asked = batches.start(actor, mine())
    batches.work(asked.id, Predictor())
    assert counts(batches.get(actor, asked.id)) == ("done", 0, 0, 0)
    assert batches.rows(actor, asked.id) == batches.BatchRows((), None, 0)
    assert batches.accept_all(actor, asked.id) == 0


def test_a_photo_that_cannot_be_predicted_keeps_no_other_from_it(actor: Actor, made: list[SampleView]) -> None:
    asked = batches.start(actor, mine())
    batches.work(asked.id, Predictor(photo_id(made[1])))
    assert counts(batches.get(actor, asked.id)) == ("done", 3, 1, 4)
    (row,) = batches.rows(actor, asked.id, only="failed").rows
    assert (row.photo_id, row.state, row.error, row.prediction) == (photo_id(made[1]), "failed", "photo_failed", None)
    again, predictor = batches.start(actor, mine()), Predictor()
    assert again.id != asked.id
    batches.work(again.id, predictor)
    assert predictor.seen == [photo_id(made[1])]


def test_where_every_photo_fails_it_is_not_the_photos(actor: Actor, made: list[SampleView]) -> None:
    more = [make_sample(actor) for _ in range(2)]
    asked = batches.start(actor, mine())
    predictor = Predictor(*photos_of(made), *photos_of(more))
    batches.work(asked.id, predictor)
    found = batches.get(actor, asked.id)
    assert counts(found) == ("failed", 0, working.MOST_IN_A_ROW, 6)
    assert (found.error, len(predictor.seen)) == ("run_failed", working.MOST_IN_A_ROW)


def test_a_photo_that_goes_meanwhile_is_passed_over(actor: Actor, made: list[SampleView]) -> None:
    def remove(sample: SampleView, *, purge: bool) -> None:
        recycle_bin.remove(manager, sample.id, sample.version, "Wrong.")
        if purge:
            recycle_bin.purge(manager, sample.id, "Asked for.")

    manager, gone = make_user("manager"), iter([(made[0], True), (made[2], False)])
    asked = batches.start(actor, mine())
    predictor = Predictor(then=lambda: (each := next(gone, None)) and remove(each[0], purge=each[1]))
    batches.work(asked.id, predictor)  # the first one goes for good while it is looked at, the third one to the bin
    assert predictor.seen == [photo_id(made[0]), photo_id(made[1]), photo_id(made[3])]
    assert counts(batches.get(actor, asked.id)) == ("done", 2, 1, 4)
    assert [row.photo_id for row in batches.rows(actor, asked.id).rows] == [photo_id(made[1]), photo_id(made[3])]


def test_a_batch_that_was_cancelled_while_it_waited_is_not_begun(actor: Actor, made: list[SampleView]) -> None:
    asked, predictor = batches.start(actor, mine()), Predictor()
    for _ in range(2):
        assert batches.cancel(actor, asked.id).state == "cancelled"
    batches.work(asked.id, predictor)
    assert (predictor.seen, batches.get(actor, asked.id).state) == ([], "cancelled")
    assert batches.start(actor, mine()).id != asked.id


def test_a_cancelled_batch_keeps_what_was_done(actor: Actor, made: list[SampleView]) -> None:
    asked = batches.start(actor, mine())
    predictor = Predictor(then=lambda: len(predictor.seen) == 2 and batches.cancel(actor, asked.id))
    batches.work(asked.id, predictor)
    assert counts(batches.get(actor, asked.id)) == ("cancelled", 2, 0, 4)
    assert [len(predictions.of_photo(actor, photo)) for photo in photos_of(made)] == [1, 1, 0, 0]
    assert batches.get(actor, asked.id).to_accept == 2
    batches.work(asked.id, predictor)
    assert len(predictor.seen) == 2
    finished = batches.start(actor, mine())
    batches.work(finished.id, Predictor())
    assert batches.cancel(actor, finished.id).state == "done"


def test_a_batch_gives_way_after_its_slice_and_goes_on(actor: Actor, made: list[SampleView]) -> None:
    asked, predictor = batches.start(actor, mine()), Predictor()
    for n in (1, 2, 3):
        forget_jobs(asked.id)
        batches.work(asked.id, predictor, slice_s=0)
        assert counts(batches.get(actor, asked.id)) == ("running", n, 0, 4)
        assert len(jobs_of(asked.id)) == 1
    for _ in range(2):
        batches.work(asked.id, predictor, slice_s=0)
    assert counts(batches.get(actor, asked.id)) == ("done", 4, 0, 4)
    assert predictor.seen == photos_of(made)


def test_a_batch_is_computed_once_however_many_workers_take_it(actor: Actor, made: list[SampleView]) -> None:
    asked, predictor = batches.start(actor, mine()), Predictor(then=lambda: time.sleep(0.1))
    threads = [threading.Thread(target=batches.work, args=(asked.id, predictor)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert predictor.seen == photos_of(made)
    assert counts(batches.get(actor, asked.id)) == ("done", 4, 0, 4)
    batches.work(uuid4(), predictor)


def test_a_worker_that_dies_leaves_a_batch_that_is_gone_on_with(actor: Actor, made: list[SampleView]) -> None:
    asked = batches.start(actor, mine())
    forget_jobs(asked.id)
    process = subprocess.Popen([sys.executable, "-c", STUCK, str(asked.id)])
    try:
        until(lambda: row_of(asked.id).done == 1)
        batches.wake()
        assert jobs_of(asked.id) == []  # it is alive
        batches.work(asked.id, Predictor())
        assert row_of(asked.id).done == 1  # and nobody else takes it
    finally:
        process.kill()
        process.wait()
    until(lambda: bool(batches.wake() and jobs_of(asked.id)))
    predictor = Predictor()
    batches.work(asked.id, predictor)
    assert predictor.seen == photos_of(made)[1:]
    assert counts(batches.get(actor, asked.id)) == ("done", 4, 0, 4)
    assert predictions.of_photo(actor, photo_id(made[0]))[0].grade == {"1": 1.0}


def test_a_photo_with_which_workers_die_is_given_up(actor: Actor, made: list[SampleView]) -> None:
    def die() -> None:
        if predictor.seen[-1] == photo_id(made[1]):
            raise KeyboardInterrupt

    asked, predictor = batches.start(actor, mine()), Predictor(then=die)
    for _ in range(working.MOST_ATTEMPTS):
        with pytest.raises(KeyboardInterrupt):
            batches.work(asked.id, predictor)
    batches.work(asked.id, predictor)
    assert predictor.seen.count(photo_id(made[1])) == working.MOST_ATTEMPTS
    assert counts(batches.get(actor, asked.id)) == ("done", 3, 1, 4)


def test_a_batch_whose_job_was_lost_is_asked_for_again(actor: Actor) -> None:
    asked = batches.start(actor, mine())
    forget_jobs(asked.id)
    batches.wake()
    assert len(jobs_of(asked.id)) == 1
    forget_jobs(asked.id)
    assert batches.start(actor, mine()).id == asked.id
    assert len(jobs_of(asked.id)) == 1


def test_a_database_that_is_away_leaves_it_running(
    actor: Actor, made: list[SampleView], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: object) -> None:
        raise OperationalError("select 1", {}, Exception("away"))

    asked = batches.start(actor, mine())
    monkeypatch.setattr(working, "keep", away)
    with pytest.raises(OperationalError):
        batches.work(asked.id, Predictor())
    assert counts(batches.get(actor, asked.id)) == ("running", 0, 0, 4)
    monkeypatch.undo()
    batches.work(asked.id, Predictor())
    assert counts(batches.get(actor, asked.id)) == ("done", 4, 0, 4)


def test_an_error_of_ours_ends_a_batch(actor: Actor, made: list[SampleView], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise ZeroDivisionError

    asked = batches.start(actor, mine())
    monkeypatch.setattr(working, "keep", broken)
    with pytest.raises(ZeroDivisionError):
        batches.work(asked.id, Predictor())
    found = batches.get(actor, asked.id)
    assert (found.state, found.error) == ("failed", "run_failed")


@pytest.mark.parametrize("change", [{"state": "deactivated"}, {"role": "normal"}], ids=str)
def test_who_may_no_longer_predict_has_no_batch_that_goes_on(
    actor: Actor, made: list[SampleView], change: dict[str, Any]
) -> None:
    asked, predictor = batches.start(actor, mine()), Predictor()
    users.change(make_user("manager"), actor.id, users.UserChange(**change))
    batches.work(asked.id, predictor)
    found = batches.get(make_user("manager"), asked.id)
    assert (found.state, found.error, predictor.seen) == ("failed", "not_allowed", [])


def test_only_its_person_and_managers_see_a_batch(actor: Actor, made: list[SampleView]) -> None:
    asked, manager = batches.start(actor, mine()), make_user("manager")
    stranger, normal = make_user("researcher"), make_user()
    for act in (batches.get, batches.cancel, batches.rows, batches.accept_all):
        for person, batch_id in ((stranger, asked.id), (actor, uuid4())):
            with pytest.raises(NotFound):
                act(person, batch_id)
        with pytest.raises(NotAllowed):
            act(normal, asked.id)
    for ask in (batches.start, batches.count):
        with pytest.raises(NotAllowed):
            ask(normal, {})
    with pytest.raises(NotAllowed):
        batches.browse(normal)
    assert batches.browse(stranger) == []
    other = batches.start(stranger, mine())
    assert [batch.id for batch in batches.browse(actor)] == [asked.id]
    assert [batch.id for batch in batches.browse(manager)[:2]] == [other.id, asked.id]
    batches.work(asked.id, Predictor())
    assert batches.get(manager, asked.id) == batches.get(actor, asked.id)
    assert batches.accept_all(manager, asked.id) == 4


def test_a_whole_batch_is_accepted_once(
    actor: Actor, made: list[SampleView], model: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "ACCEPTED_AT_ONCE", 3)
    silent = {"grade": {}, "scores": {}, "values": {}, "abstained": {"grade": "not_meat"}}
    predict(photo_id(made[0]), model, **silent)
    before = predictions.accept(make_user("manager"), predict(photo_id(made[1]), model).id)
    asked = batches.start(actor, mine())
    batches.work(asked.id, Predictor())
    assert batches.get(actor, asked.id).to_accept == 2
    assert batches.accept_all(actor, asked.id) == 2
    assert batches.accept_all(actor, asked.id) == 0
    assert batches.get(actor, asked.id).to_accept == 0
    accepted = [predictions.of_photo(actor, photo)[0] for photo in photos_of(made)]
    assert [one.accepted_by for one in accepted] == [None, before.accepted_by, actor.id, actor.id]
    with transaction() as session:
        events = session.query(AuditEvent).filter_by(action="prediction.accept", actor_id=actor.id).count()
    assert events == 2


def test_accepting_a_batch_at_once_counts_each_prediction_once(actor: Actor, made: list[SampleView]) -> None:
    asked, accepted = batches.start(actor, mine()), list[int]()
    batches.work(asked.id, Predictor())
    threads = [threading.Thread(target=lambda: accepted.append(batches.accept_all(actor, asked.id))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(accepted), sum(accepted)) == (4, 4)


def test_rows_show_what_was_predicted_beside_what_was_found(actor: Actor) -> None:
    sample = make_sample(actor, grade="1+", bms=6)
    asked = batches.start(actor, mine())
    scores = {"marbling": (6.5, 5.0, 8.0), "umami": (5.0, 4.0, 6.0)}
    batches.work(asked.id, Predictor(grade={"1++": 0.6, "1+": 0.4}, scores=scores, values={"bms": (7.5, 7.0, 8.0)}))
    (row,) = batches.rows(actor, asked.id).rows
    assert (row.position, row.sample_id, row.seq, row.preparation, row.state) == (0, sample.id, 0, "raw", "done")
    assert row.prediction == predictions.of_photo(actor, photo_id(sample))[0]
    assert (row.measured.grade, row.measured.values, row.grade_steps) == ("1+", {"bms": 6}, 1)
    assert row.differences == {"marbling": -0.5, "bms": 1.5}  # nobody has scored umami


def test_rows_come_page_by_page(actor: Actor, made: list[SampleView]) -> None:
    asked = batches.start(actor, mine())
    batches.work(asked.id, Predictor(photo_id(made[2])))
    first = batches.rows(actor, asked.id, limit=3)
    rest = batches.rows(actor, asked.id, after=first.next, limit=3)
    assert [row.photo_id for row in (*first.rows, *rest.rows)] == photos_of(made)
    assert (first.total, rest.total, rest.next) == (4, 4, None)
    predicted = batches.rows(actor, asked.id, only="predicted", limit=3)
    assert (predicted.total, predicted.next, [row.position for row in predicted.rows]) == (3, None, [0, 1, 3])


def test_old_batches_are_removed_and_their_predictions_stay(actor: Actor, made: list[SampleView]) -> None:
    with clock.at(clock.now() - timedelta(days=91)):
        old = batches.start(actor, mine())
        batches.work(old.id, Predictor())
        waiting = batches.start(actor, mine() | {"heated": True})
    assert batches.clear() >= 1
    with pytest.raises(NotFound):
        batches.get(actor, old.id)
    assert batches.get(actor, waiting.id).state == "waiting"
    with transaction() as session:
        assert not session.scalar(select(func.count()).where(PredictionBatchItem.batch_id == old.id))
    assert len(predictions.of_photo(actor, photo_id(made[0]))) == 1


def test_a_list_is_one_question_however_long(actor: Actor, made: list[SampleView], model: UUID) -> None:
    wanted = [batches.start(actor, mine() | more).id for more in ({}, {"heated": True})]
    with statements() as sent:
        found = batches.browse(actor)
    assert [batch.id for batch in found] == wanted[::-1]
    assert {(batch.model.id, batch.requested_by_name) for batch in found} == {(model, actor.name)}
    assert len(sent) == 1
