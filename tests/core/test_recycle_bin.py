"""The recycle bin: whole in, whole out, and gone for good in the end."""

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from core import (
    clock,
    evaluations,
    ids,
    measurements,
    notices,
    photos,
    recycle_bin,
    reviews,
    rounds,
    samples,
    statistics,
    storage,
)
from core.config import settings
from core.db import transaction
from core.errors import (
    BadInput,
    Conflict,
    EditWindowClosed,
    MeatlabError,
    NotAllowed,
    NotFound,
    RoundOutOfOrder,
    SampleInBin,
    Stale,
    WrongState,
)
from core.evaluations import NewEvaluation
from core.measurements import NewMeasurement
from core.policy import ROLES, Actor
from core.recycle_bin import SAMPLE, BinItem, purging, removing
from core.rounds import NewRound
from core.samples import SampleFilter, SampleView
from core.tables import AuditEvent, Base, Photo, PurgedSample, Round
from tests.makers import SCORES, fresh, jpeg, make_approved, make_sample, make_user, photo_id, values

WHY = "시험 자료입니다"
DAY = timedelta(days=1)


def as_json(actor: Actor, sample_id: str) -> str:
    return json.dumps(asdict(samples.get(actor, sample_id)), default=str, sort_keys=True)


def of_bin(actor: Actor, sample_id: str) -> list[BinItem]:
    found, after = [], None
    while True:
        page = recycle_bin.items(actor, 200, after)
        found += [item for item in page.items if item.sample_id == sample_id]
        if (after := page.after) is None:
            return found


def events(sample_id: str, action: str) -> list[AuditEvent]:
    with transaction() as session:
        query = select(AuditEvent).filter_by(subject_type="sample", subject_id=sample_id, action=action)
        return list(session.scalars(query.order_by(AuditEvent.position)))


def add_round(actor: Actor, sample_id: str, seq: int, started_at: datetime | None = None, **more: Any) -> None:
    started_at = started_at or datetime(2026, 3, 7, 9, tzinfo=UTC) + seq * DAY
    rounds.add(actor, sample_id, seq, NewRound(method="deep_aging", started_at=started_at, minutes=20, **more))


def make_rich(actor: Actor) -> SampleView:
    """An approved sample with two rounds, photos, scores and measurements."""
    sample = make_approved()
    for seq in (1, 2):
        add_round(actor, sample.id, seq)
        photos.add(actor, sample.id, seq, "raw", jpeg(), photo_id=uuid4())
    tasted = datetime(2026, 3, 20, tzinfo=UTC)
    scores = {name: score for name, score in SCORES.items() if name != "scale"}
    new = NewEvaluation(preparation="raw", scale="1-10", scores=scores, evaluated_at=tasted)
    evaluations.write(actor, sample.id, 2, uuid4(), new)
    measured = NewMeasurement(preparation="raw", values={"ph": 5.6}, measured_at=tasted)
    measurements.write(actor, sample.id, 2, uuid4(), measured)
    return samples.get(actor, sample.id)


def remove(actor: Actor, sample: SampleView) -> None:
    recycle_bin.remove(actor, sample.id, sample.version, WHY)


def keys_of(sample: SampleView) -> list[str]:
    """Every object of the sample in S3."""
    prefixes = [f"{photos.PREFIX}{photo.id}/" for part in sample.rounds for photo in part.photos]
    return [key for prefix in prefixes for key, _ in storage.keys(prefix)]


def test_a_removed_sample_is_nowhere_but_in_the_bin() -> None:
    author, staff = make_user("researcher"), make_user("researcher")
    sample = make_sample(author, farm_address="제주특별자치도 서귀포시 1")
    picture, counted = photo_id(sample), statistics.view(staff, "regions", {}).n.samples
    remove(staff, sample)
    for actor in (author, staff, make_user("manager")):
        everywhere: list[Callable[[], object]] = [
            lambda actor=actor: samples.get(actor, sample.id),  # type: ignore[misc]
            lambda actor=actor: photos.content(actor, picture, "256"),  # type: ignore[misc]
            lambda actor=actor: photos.get(actor, picture),  # type: ignore[misc]
        ]
        for look in everywhere:
            with pytest.raises(NotFound):
                look()
        assert not samples.page(actor, SampleFilter(q=sample.id)).rows
    assert statistics.view(staff, "regions", {}).n.samples == counted - 1
    (item,) = of_bin(staff, sample.id)
    assert (item.round_key, item.deleted_by, item.reason, item.days_left) == (SAMPLE, staff.name, WHY, 30)
    assert (item.photos, item.rounds, item.evaluations, item.created_by) == (1, 0, 1, author.name)
    assert b"".join(recycle_bin.photo(staff, item.photo_id or UUID(int=0), "256").chunks)[:2] == b"\xff\xd8"


def test_a_restored_sample_is_byte_for_byte_what_it_was() -> None:
    staff = make_user("researcher")
    sample = make_rich(staff)
    before = as_json(staff, sample.id)
    remove(staff, sample)
    (item,) = of_bin(staff, sample.id)
    assert (item.photos, item.rounds, item.evaluations, item.measurements) == (3, 2, 2, 1)
    restored = recycle_bin.restore(staff, sample.id)
    assert as_json(staff, sample.id) == before
    assert restored == samples.get(staff, sample.id)
    assert not of_bin(staff, sample.id)
    assert b"".join(photos.content(staff, photo_id(sample), "original").chunks)


def test_a_waiting_sample_takes_its_old_place_and_its_time_to_edit_goes_on() -> None:
    author = make_user()
    sample = make_sample(author)
    before = as_json(author, sample.id)
    remove(author, sample)
    with clock.at(datetime.now(UTC) + DAY):
        recycle_bin.restore(make_user("researcher"), sample.id)
        assert as_json(author, sample.id) == before


def test_removing_and_restoring_again_changes_nothing_more() -> None:
    staff = make_user("researcher")
    sample = make_approved()
    with ThreadPoolExecutor(4) as pool:
        removals = list(pool.map(lambda _: recycle_bin.remove(staff, sample.id, sample.version, WHY), range(4)))
        assert len(set(removals)) == 1
        list(pool.map(lambda _: recycle_bin.restore(staff, sample.id), range(4)))
    assert [len(events(sample.id, f"sample.{action}")) for action in ("move_to_bin", "restore")] == [1, 1]
    assert events(sample.id, "sample.move_to_bin")[0].reason == WHY


def test_a_stale_writer_is_refused_before_during_and_after() -> None:
    staff, other = make_user("researcher"), make_user("researcher")
    sample = make_sample(make_user())
    samples.edit(other, sample.id, sample.version, samples.SampleChange(sex="female"))
    with pytest.raises(Stale):
        remove(staff, sample)
    recycle_bin.remove(staff, sample.id, sample.version + 1, WHY)
    change = partial(samples.edit, other, sample.id, sample.version, samples.SampleChange(sex="male"))
    with pytest.raises(NotFound):
        change()
    recycle_bin.restore(staff, sample.id)
    with pytest.raises(Stale):
        change()
    with pytest.raises(Stale):
        reviews.approve(staff, sample.id, sample.version)


def test_a_maker_removes_within_their_time_and_needs_a_reason() -> None:
    author = make_user()
    sample = make_sample(author)
    with pytest.raises(BadInput) as refused:
        recycle_bin.remove(author, sample.id, sample.version, "  ")
    assert [(finding.field, finding.code) for finding in refused.value.findings] == [("reason", "missing")]
    with clock.at(sample.edit_until or datetime.now(UTC)), pytest.raises(EditWindowClosed):
        remove(author, sample)
    with pytest.raises(NotFound):
        remove(make_user(), sample)
    remove(author, sample)
    approved = make_sample(other := make_user())
    reviews.approve(make_user("researcher"), approved.id, 1)
    with pytest.raises(WrongState):
        recycle_bin.remove(other, approved.id, 2, WHY)


def test_the_maker_hears_of_it() -> None:
    author = make_user()
    sample = make_sample(author)
    remove(make_user("researcher"), sample)
    assert [(n.code, n.sample_id, n.values["text"]) for n in notices.unread(author)] == [("removed", sample.id, WHY)]


@pytest.mark.parametrize("role", ROLES)
def test_who_may_do_what_in_the_bin(role: str) -> None:
    actor, sample = make_user(role), make_approved()
    remove(make_user("researcher"), sample)
    attempts: dict[str, Callable[[], object]] = {
        "list": lambda: recycle_bin.items(actor),
        "photo": lambda: recycle_bin.photo(actor, photo_id(sample), "256"),
        "many": lambda: recycle_bin.restore_many(actor, []),
        "round": lambda: recycle_bin.restore_round(actor, sample.id, -1),
        "restore": lambda: recycle_bin.restore(actor, sample.id),
        "purge": lambda: recycle_bin.purge(actor, sample.id, WHY),
    }
    allowed = set()
    for name, attempt in attempts.items():
        try:
            attempt()
            allowed.add(name)
        except NotAllowed:
            pass
        except NotFound:  # there is no such round, and after the restoration nothing to purge
            allowed.add(name)
    may = {"normal": set(), "researcher": set(attempts) - {"purge"}, "manager": set(attempts)}
    assert allowed == may[role]


def test_a_number_in_the_bin_or_purged_stands_for_nothing_else() -> None:
    actor, manager = make_user(), make_user("manager")
    sample_id, sent = ids.new(), fresh()
    for _ in range(2):
        samples.register(actor, sample_id, sent)
    recycle_bin.remove(actor, sample_id, 1, WHY)
    for new in (sent, fresh()):
        with pytest.raises(Conflict):
            samples.register(actor, sample_id, new)
    recycle_bin.purge(manager, sample_id, "잘못 등록")
    for new in (sent, fresh()):
        with pytest.raises(Conflict):
            samples.register(actor, sample_id, new)


def rows_of(sample_id: str) -> set[str]:
    """The tables that hold anything of a sample."""
    with transaction() as session:
        return {
            table.name
            for table in Base.metadata.sorted_tables
            if "sample_id" in table.columns
            and session.execute(select(table.c.sample_id).where(table.c.sample_id == sample_id).limit(1)).first()
        }


def test_purging_leaves_nothing_but_the_history_and_the_used_number() -> None:
    staff, manager = make_user("researcher"), make_user("manager")
    sample = make_rich(staff)
    objects = keys_of(sample)
    assert len(objects) == 3 * len(photos.SIZES)
    with pytest.raises(NotFound):
        recycle_bin.purge(manager, sample.id, WHY)  # not in the bin
    remove(staff, sample)
    assert {"rounds", "photos", "evaluations", "measurements", "notices"} <= rows_of(sample.id)
    with pytest.raises(BadInput):
        recycle_bin.purge(manager, sample.id, "")
    for _ in range(2):
        recycle_bin.purge(manager, sample.id, "보존할 필요 없음")
    assert not rows_of(sample.id)
    assert not keys_of(sample)
    (event,) = events(sample.id, "sample.purge")
    assert (event.actor_id, event.reason) == (manager.id, "보존할 필요 없음")
    with pytest.raises(NotFound):
        recycle_bin.restore(staff, sample.id)


def test_what_a_crash_leaves_in_s3_the_sweeper_takes() -> None:
    staff, manager, sample = make_user("researcher"), make_user("manager"), make_approved()
    remove(staff, sample)
    with transaction() as session:  # the process dies as soon as this is committed
        purging._end_sample(session, manager, removing.locked(session, sample.id), WHY)
    assert not rows_of(sample.id)
    assert len(keys_of(sample)) == len(photos.SIZES)
    with clock.at(datetime.now(UTC) + photos.UPLOAD_LIFE + timedelta(minutes=1)):
        photos.sweep()
    assert not keys_of(sample)


def test_the_retention_job_ends_what_has_had_its_time() -> None:
    staff = make_user("researcher")
    old, young, restored, kept = (make_rich(staff) for _ in range(4))
    days = timedelta(days=settings().retention_days)
    for sample in (old, restored):
        remove(staff, sample)
    rounds.remove(staff, kept.id, 2, kept.version, WHY)
    recycle_bin.restore(staff, restored.id)
    objects = keys_of(kept)
    with clock.at(datetime.now(UTC) + DAY):
        remove(staff, young)
    with clock.at(datetime.now(UTC) + days + timedelta(minutes=1)):
        done = recycle_bin.expire()
        assert done["samples"] >= 1
        assert done["rounds"] >= 1
        (item,) = of_bin(staff, young.id)
        assert item.days_left == 1
    assert not rows_of(old.id)
    assert rows_of(young.id)
    assert not of_bin(staff, kept.id)
    assert len(keys_of(kept)) == len(objects) - len(photos.SIZES)
    assert samples.get(staff, restored.id)
    (event,) = events(old.id, "sample.purge")
    assert (event.actor_id, event.actor_role) == (None, "system")
    assert events(kept.id, "round.purge")[0].before == {"round_key": -1, "seq": 2, "photos": 1}


def test_a_round_comes_back_with_all_that_hung_on_it() -> None:
    staff = make_user("researcher")
    sample = make_rich(staff)
    rounds.remove(staff, sample.id, 2, sample.version, WHY)
    without = samples.get(staff, sample.id)
    assert len(without.rounds) == 2
    (item,) = of_bin(staff, sample.id)
    assert (item.round_key, item.removed_seq, item.in_order, item.sample_in_bin) == (-1, 2, True, False)
    assert (item.photos, item.rounds, item.evaluations, item.measurements) == (1, 1, 1, 1)
    picture = item.photo_id or UUID(int=0)
    assert recycle_bin.photo(staff, picture, "256").length
    for _ in range(2):
        back = recycle_bin.restore_round(staff, sample.id, -1)
        assert back.rounds == sample.rounds
        assert back.version == without.version + 1
    with pytest.raises(NotFound):
        recycle_bin.restore_round(staff, sample.id, -9)
    with pytest.raises(NotFound):
        recycle_bin.restore_round(staff, sample.id, 1)


def test_rounds_come_back_only_in_their_order() -> None:
    staff, sample = make_user("researcher"), make_approved()
    for seq in (1, 2):
        add_round(staff, sample.id, seq)
    for seq in (2, 1):
        rounds.remove(staff, sample.id, seq, samples.get(staff, sample.id).version, WHY)
    with pytest.raises(RoundOutOfOrder) as refused:
        recycle_bin.restore_round(staff, sample.id, -1)
    assert refused.value.values == {"removed": 2, "following": 1}
    assert [(item.removed_seq, item.in_order) for item in of_bin(staff, sample.id)] == [(1, True), (2, False)]
    done = recycle_bin.restore_many(staff, [(sample.id, -1), (sample.id, -2)])
    assert [(result.round_key, result.refusal) for result in done] == [(-2, None), (-1, None)]
    assert [part.seq for part in samples.get(staff, sample.id).rounds] == [0, 1, 2]


def test_a_round_does_not_come_back_into_the_time_of_another() -> None:
    staff, sample = make_user("researcher"), make_approved()
    begin = datetime(2026, 3, 8, 9, tzinfo=UTC)
    add_round(staff, sample.id, 1, begin)
    add_round(staff, sample.id, 2, begin + timedelta(hours=1))
    for seq in (2, 1):
        rounds.remove(staff, sample.id, seq, samples.get(staff, sample.id).version, WHY)
    add_round(staff, sample.id, 1, begin + timedelta(hours=2))
    with pytest.raises(RoundOutOfOrder):
        recycle_bin.restore_round(staff, sample.id, -2)
    with pytest.raises(BadInput) as refused:
        recycle_bin.restore_round(staff, sample.id, -1)
    assert refused.value.findings[0].code == "starts_before_last_round"


def test_a_round_whose_sample_is_in_the_bin_too_offers_both() -> None:
    staff = make_user("researcher")
    sample = make_rich(staff)
    rounds.remove(staff, sample.id, 2, sample.version, WHY)
    recycle_bin.remove(staff, sample.id, sample.version + 1, WHY)
    assert {(item.round_key, item.sample_in_bin) for item in of_bin(staff, sample.id)} == {(0, True), (-1, True)}
    with pytest.raises(SampleInBin):
        recycle_bin.restore_round(staff, sample.id, -1)
    assert recycle_bin.restore_round(staff, sample.id, -1, with_sample=True).rounds == sample.rounds
    assert not of_bin(staff, sample.id)


def test_restoring_the_sample_leaves_a_round_that_was_removed_by_itself() -> None:
    staff = make_user("researcher")
    sample = make_rich(staff)
    rounds.remove(staff, sample.id, 2, sample.version, WHY)
    recycle_bin.remove(staff, sample.id, sample.version + 1, WHY)
    assert len(recycle_bin.restore(staff, sample.id).rounds) == 2
    assert [item.round_key for item in of_bin(staff, sample.id)] == [-1]


def test_many_are_restored_each_by_itself() -> None:
    staff = make_user("researcher")
    there, gone = make_approved(), make_approved()
    for sample in (there, gone):
        remove(staff, sample)
    recycle_bin.purge(make_user("manager"), gone.id, WHY)
    done = recycle_bin.restore_many(staff, [(gone.id, SAMPLE), (there.id, SAMPLE), (there.id, SAMPLE)])
    assert {result.sample_id: result.refusal and type(result.refusal) for result in done} == {
        gone.id: NotFound, there.id: None,
    }  # fmt: skip
    with pytest.raises(BadInput):
        recycle_bin.restore_many(staff, [(ids.new(), SAMPLE) for _ in range(201)])


def test_the_bin_is_walked_page_by_page_newest_first() -> None:
    staff = make_user("researcher")
    removed: list[str] = []
    for n in range(5):
        with clock.at(datetime.now(UTC) + n * timedelta(seconds=1)):
            sample = make_sample(staff)
            remove(staff, sample)
        removed.insert(0, sample.id)
    seen: list[str] = []
    after: str | None = None
    while len(seen) < 5:
        page = recycle_bin.items(staff, 2, after)
        assert len(page.items) == 2 or page.after is None
        seen += [item.sample_id for item in page.items if item.sample_id in removed]
        after = page.after
    assert seen == removed
    for nonsense in ("x", "2026-01-01_a_b", "2026-01-01T00:00:00_a_0", "2026-01-01T00:00:00+00:00_a_99999999999"):
        with pytest.raises(BadInput):
            recycle_bin.items(staff, 2, nonsense)


def test_one_restores_while_another_purges_and_the_sample_is_whole_or_gone() -> None:
    staff, manager = make_user("researcher"), make_user("manager")

    def race(sample: SampleView) -> None:
        remove(staff, sample)

        def attempt(action: Callable[[], object]) -> str:
            try:
                action()
            except MeatlabError as refusal:
                return refusal.code
            return "done"

        with ThreadPoolExecutor(2) as pool:
            both = [
                pool.submit(attempt, lambda: recycle_bin.restore(staff, sample.id)),
                pool.submit(attempt, lambda: recycle_bin.purge(manager, sample.id, WHY)),
            ]
            assert sorted(each.result() for each in both) == ["done", "not_found"]
        with transaction() as session:
            purged = session.get(PurgedSample, sample.id) is not None
            assert (session.get(Round, (sample.id, 0)) is None) == purged
            assert (session.get(Photo, photo_id(sample)) is None) == purged

    for _ in range(6):
        race(make_approved())


def test_a_promised_photo_of_a_removed_sample_waits_for_its_return() -> None:
    author, data = make_user(), jpeg()
    promise = {"id": str(uuid4()), "sha256": hashlib.sha256(data).hexdigest()}
    sample = samples.register(author, ids.new(), fresh(**values(photo=promise))).sample
    remove(author, sample)
    with pytest.raises(NotFound):
        photos.receive(author, data, photo_id=UUID(promise["id"]))
    recycle_bin.restore(make_user("researcher"), sample.id)
    assert photos.receive(author, data, photo_id=UUID(promise["id"])).state == "stored"
