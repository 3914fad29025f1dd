"""What statistics are made of is always what the database holds: nothing late, nothing twice, nothing of the bin."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import uuid4

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from benchmarks.measuring import statements
from core import audit, clock, evaluations, ids, measurements, photos, recycle_bin, reviews, rounds, samples
from core.db import engine
from core.evaluations import NewEvaluation
from core.measurements import NewMeasurement
from core.policy import Actor
from core.rounds import NewRound
from core.samples import SampleChange
from core.statistics import facts, snapshots
from core.statistics.facts import TABLES, Facts
from core.statistics.reading import KEYS_OF, Keys, _coded, read
from core.statistics.snapshots import Snapshot
from tests.makers import fresh, jpeg, make_sample, make_user, receive_photo
from tests.worlds import make_world, read_anew


def told(found: Facts, only: Sequence[str] | None = None) -> dict[str, pd.DataFrame]:
    """Each table as people would read it, in one order, whatever is snapshot and whatever was read since."""
    own, tables = found.samples["sample_id"], {}
    shown = found.alive if only is None else found.alive & np.isin(own, np.array(only, "S11"))
    for name in TABLES:
        table = getattr(found, name)
        rows = np.flatnonzero(shown if name == "samples" else shown[table["sample"]])
        skipped = {"sample", "slot", "animal", "animal_code", "sample_id"}
        columns = [column for column in found.snapshot.tables[name] if column not in skipped]
        read = {column: decoded(found, column, table[column][rows]) for column in columns}
        read["sample_id"] = own[rows] if name == "samples" else own[table["sample"][rows]]
        frame = pd.DataFrame(read)
        tables[name] = frame[sorted(frame)].sort_values(sorted(frame), ignore_index=True)
    return tables


def decoded(found: Facts, column: str, values: Any) -> Any:
    if column not in KEYS_OF:
        return values
    return np.array([*found.keys.of.get(KEYS_OF[column], ()), None], object)[values]


def read_whole(only: Sequence[str] | None = None) -> Facts:
    """What the database holds, of all samples or of some."""
    with facts._reading() as session:
        installation, moment = facts._where(session)
        keys, tables = Keys({}), {}
        for name in TABLES:
            tables[name], keys = read(session, name, keys, only)
    return facts._begun(Snapshot(installation, moment, keys, snapshots._indexed(tables)))


def check(only: Sequence[str] | None = None) -> Facts:
    """What was kept up to date is what would be read now."""
    kept, whole = facts.current(), read_whole(only)
    for name, expected in told(whole, only).items():
        pd.testing.assert_frame_equal(told(kept, only)[name], expected, check_dtype=False)
    for name in ("evaluations", "measurements"):
        check_order(kept, name)
    if only is None:
        animals = kept.samples["animal"][kept.alive]
        assert len(np.unique(animals)) == len(np.unique(whole.samples["animal"]))
        assert animals.max(initial=-1) < kept.animals
    return kept


def check_order(kept: Facts, name: str) -> None:
    """Rows are in the order of samples, rounds, days, raters, and name their rounds; samples in that of animals."""
    table, rounds = getattr(kept, name), kept.rounds
    for column in ("sample", "seq"):
        np.testing.assert_array_equal(rounds[column][table["slot"]], table[column])
    more = {"evaluations": ["day", "preparation", "rater", "replicate"], "measurements": ["preparation", "replicate"]}
    keys = pd.DataFrame({column: table[column] for column in ["sample", "seq", *more[name]]})
    assert pd.MultiIndex.from_frame(keys).is_monotonic_increasing
    old = len(kept.snapshot.tables["samples"]["animal"])
    assert (np.diff(kept.samples["animal"][:old]) >= 0).all()


@pytest.fixture(scope="module", autouse=True)
def _begun_anew(servers: dict[str, str]) -> None:
    """Other tests write behind the back of core."""
    read_anew()


@pytest.fixture
def opened_anew() -> Iterator[None]:
    """As on a machine that has just started, and so afterwards: nothing known, and nothing kept by other tests."""
    read_anew()
    yield
    read_anew()


def test_after_each_action_the_facts_are_those_of_the_database() -> None:
    author, staff, manager = make_user(), make_user("researcher"), make_user("manager")
    first, own = facts.current(), [ids.new(), ids.new()]
    for act in life(author, staff, manager, *own):
        act()
        check(own)
    check()
    assert facts.current().snapshot is first.snapshot  # all of it came by reading what had changed


def life(author: Actor, staff: Actor, manager: Actor, sample_id: str, second_id: str) -> Iterator[Callable[[], object]]:
    """Everything that changes what is counted, one after the other."""
    photo = uuid4()
    yield lambda: samples.register(author, sample_id, fresh(photo={"id": str(photo)} | {"sha256": "0" * 64}))
    same = {"trace_number": samples.get(author, sample_id).trace_number, "secondary_cut": "lower_sirloin"}
    stored = {"photo": {"id": str(receive_photo(author))}, "confirmed_warnings": ["trace_number:entered_minutes_ago"]}
    made = samples.register(author, second_id, fresh(**same, **stored)).sample
    version = made.version

    def seen() -> int:
        return samples.get(staff, made.id).version

    yield lambda: samples.edit(author, made.id, version, SampleChange(grade="1", bms=5))
    yield lambda: reviews.reject(staff, made.id, seen(), "other", "Again.")
    yield lambda: samples.submit_again(author, made.id, seen())
    yield lambda: reviews.approve(staff, made.id, seen())
    for seq in (1, 2):
        step = NewRound.model_validate(
            {"method": "deep_aging", "started_at": f"2026-03-1{seq}T00:00:00Z", "minutes": 60 * seq}
        )
        yield lambda seq=seq, step=step: rounds.add(staff, made.id, seq, step)  # type: ignore[misc]
        yield lambda seq=seq: photos.add(staff, made.id, seq, "raw", jpeg(), photo_id=uuid4())  # type: ignore[misc]
    tasted, measured = uuid4(), uuid4()
    scores = NewEvaluation(
        preparation="heated", scale="1-10", scores={"flavor": 4}, panelist="P1", evaluated_at=clock.now()
    )
    yield lambda: evaluations.write(staff, made.id, 2, tasted, scores)
    yield lambda: evaluations.remove(staff, made.id, 2, tasted, seen())
    values = NewMeasurement(preparation="raw", values={"ph": 5.6, "et_sourness": -9.5}, measured_at=clock.now())
    yield lambda: measurements.write(staff, made.id, 1, measured, values)
    yield lambda: rounds.remove(staff, made.id, 2, seen(), "Wrong.")
    yield lambda: recycle_bin.remove(staff, made.id, seen(), "Wrong.")
    yield lambda: recycle_bin.restore(staff, made.id)
    yield lambda: recycle_bin.remove(staff, made.id, seen(), "Wrong again.")
    yield lambda: recycle_bin.purge(manager, made.id, "For good.")


def register(n: int) -> None:
    """Some samples more; a world would make room for itself first, and all be read anew."""
    author = make_user()
    for _ in range(n):
        make_sample(author)


@pytest.mark.parametrize("scores", [[], [None], [None, 7.5, 6.0, 7.5], [n / 8 for n in range(300)]])
def test_scores_are_kept_as_codes(scores: list[float | None]) -> None:
    """In one byte each, unless there are many different ones; what is empty has the last code."""
    values = pa.chunked_array([pa.array(scores, pa.float64())])
    keys, codes = _coded(Keys({}), "score", values)
    assert [(*keys.of.get("score", ()), None)[code] for code in codes] == scores
    more, again = _coded(keys, "score", pa.chunked_array([[9.25, 7.5]]))
    assert [more.of["score"][code] for code in again] == [9.25, 7.5]
    assert more.of["score"][: len(keys.of.get("score", ()))] == keys.of.get("score", ())


def test_what_commits_late_is_not_missed() -> None:
    """A transaction that began before another and commits after it: its event has the lower number."""
    staff = make_user("researcher")
    early, late = make_sample(staff), make_sample(staff)
    with Session(engine()) as slow:
        slow.begin()
        write(slow, staff, early.id, 3)
        with Session(engine()) as quick, quick.begin():
            write(quick, staff, late.id, 2)
        seen = check()
        assert bms(seen, early.id) == 6  # not yet
        assert bms(seen, late.id) == 2
        slow.commit()
    assert bms(check(), early.id) == 3


def write(session: Session, actor: Actor, sample_id: str, value: int) -> None:
    session.execute(text("update samples set bms = :bms where id = :id"), {"bms": value, "id": sample_id})
    audit.record(session, actor, "sample.edit", "sample", sample_id, after={"bms": value})


def bms(found: Facts, sample_id: str) -> int:
    rows = np.flatnonzero((found.samples["sample_id"] == sample_id.encode()) & found.alive)
    return int(found.samples["bms"][rows[0]])


def test_a_snapshot_is_kept_and_found_by_the_next_process(
    opened_anew: None, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr(snapshots, "KEPT_FROM", 50)
    make_world(11, 120)
    first = check()
    assert isinstance(first.snapshot.tables["samples"]["status"], np.memmap)
    register(3)
    facts._known = None
    again = check()
    assert again.snapshot.moment == first.snapshot.moment  # not made anew
    assert len(again.changed) == 3


def test_a_snapshot_of_another_database_or_half_written_is_no_snapshot(
    opened_anew: None, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr(snapshots, "KEPT_FROM", 1)
    make_world(13, 40)
    installation = check().snapshot.installation
    (folder,) = snapshots._folders(installation)
    assert snapshots.newest("another") is None
    (folder / "samples.status.npy").write_bytes(b"half")
    facts._known = None
    assert check().snapshot.installation == installation


def test_many_changes_make_a_new_snapshot(opened_anew: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "MOST_CHANGED", 2)
    monkeypatch.setattr(facts, "MOST_CHANGED_SHARE", 0.0)
    before = check()
    register(3)
    after = check()
    assert after.snapshot.moment != before.snapshot.moment
    assert not after.changed


def test_what_has_not_changed_is_not_read_again() -> None:
    first = facts.current()
    with statements() as sent:
        assert facts.current() is first
    assert len(sent) == 3  # where this is, which moment, and what has changed
    register(5)
    with statements() as sent:
        assert facts.current() is not first
    assert len(sent) == 3  # and a COPY a table, of five samples


def test_a_restored_database_is_another_one() -> None:
    """Numbers of transactions mean nothing beyond their own server and its history."""
    with facts._reading() as session:
        installation, _ = facts._where(session)
    system, timeline, _database = installation.split("-")
    assert system.isdecimal()
    assert timeline == "1"
