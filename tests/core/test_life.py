"""The life of samples under random hands: three roles, a moving clock, stale screens, repeated clicks.

A small book of what must be true is kept beside the product and compared with it after every action: nothing is
written that data/permissions.csv does not allow, no change is lost or made on an unseen version, the history has one
event for each change, and what comes back from the recycle bin is byte for byte what went in.
"""

import csv
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from pydantic import TypeAdapter
from sqlalchemy import func, select

from core import clock, history, ids, photos, recycle_bin, reviews, rounds, samples
from core.config import DATA
from core.db import transaction
from core.errors import MeatlabError
from core.policy import Actor
from core.rounds import NewRound
from core.samples import SampleChange, SampleView
from core.tables import AuditEvent
from tests.makers import fresh, jpeg, make_user

WINDOW = timedelta(hours=72)
SEXES = ("female", "male", "castrated")
ROLES = ("normal", "normal", "researcher", "researcher", "manager")
SLAUGHTER = "2026-03-05"
AS_JSON = TypeAdapter(SampleView)
TABLE = {row["action"]: row for row in csv.DictReader((DATA / "permissions.csv").open(encoding="utf-8"))}
done: Counter[str] = Counter()


@dataclass
class Entry:
    """What the book says of one sample."""

    id: str
    owner: UUID
    status: str
    since: datetime  # when the maker's time to edit began
    sex: str = "castrated"
    version: int = 1
    events: int = 0
    rounds: int = 0
    editors: set[UUID] = field(default_factory=set)
    decisions: dict[int, str] = field(default_factory=dict)
    removed: tuple[UUID, int] | None = None  # by whom, in which version
    purged: bool = False
    frozen: bytes = b""  # how it read when it was removed

    def wrote(self, actor: Actor, *, content: bool = False) -> None:
        self.version += 1
        self.events += 1
        if content:
            self.editors.add(actor.id)


def permits(actor: Actor, action: str, entry: Entry, now: datetime) -> bool:
    """The rules of the table, said once more and in other words than in core."""
    own = entry.owner == actor.id
    said = TABLE[action][actor.role]
    if said == "own_in_window":
        return own and entry.status != "approved" and now < entry.since + WINDOW
    return {"no": False, "own": own, "not_own": actor.id not in entry.editors | {entry.owner}}.get(said, True)


def sees(actor: Actor, entry: Entry) -> bool:
    here = entry.removed is None and not entry.purged
    return here and (actor.role != "normal" or entry.owner == actor.id)


class Life(RuleBasedStateMachine):
    """One small lab with five people; `on` chooses a sample, `who` a person, `behind` how old their screen is."""

    def __init__(self) -> None:
        super().__init__()
        self.people = [make_user(role) for role in ROLES]
        self.onlooker = make_user("manager")
        self.book: list[Entry] = []
        self.touched: Entry | None = None
        self.patch = pytest.MonkeyPatch()
        self.now = clock.now()
        self.patch.setattr(clock, "now", lambda: self.now)

    def teardown(self) -> None:
        self.patch.undo()

    @precondition(lambda self: len(self.book) < 4)
    @rule(who=st.sampled_from(range(5)))
    def register(self, who: int) -> None:
        actor = self.people[who]
        photo = photos.receive(actor, jpeg()).id
        new = fresh(photo={"id": str(photo)})
        made = samples.register(actor, ids.new(), new)
        assert not samples.register(actor, made.sample.id, new).created
        entry = Entry(made.sample.id, actor.id, "pending", self.now, events=2, editors={actor.id})
        if actor.role != "normal":  # approved as it is submitted
            entry.decisions[1] = entry.status = "approved"
            entry.wrote(actor)
        self.book.append(entry)
        self.touched = entry
        done["register"] += 1

    @rule(hours=st.sampled_from([1, 7, 23, 71]))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @precondition(lambda self: bool(self.book))
    @rule(
        who=st.sampled_from(range(5)),
        on=st.integers(0, 5),
        behind=st.sampled_from([0, 0, 0, 1, 2]),
        sex=st.sampled_from(SEXES),
    )
    def edit(self, who: int, on: int, behind: int, sex: str) -> None:
        actor, entry = self.pick(who, on)
        version = entry.version - behind
        allowed = sees(actor, entry) and permits(actor, "sample.edit", entry, self.now)
        changes = sex != entry.sex
        change = SampleChange.model_validate({"sex": sex})
        fits = allowed and (not changes or not behind)
        if self.act("edit", lambda: samples.edit(actor, entry.id, version, change), fits) and changes:
            entry.sex = sex
            entry.wrote(actor, content=True)

    @precondition(lambda self: bool(self.book))
    @rule(who=st.sampled_from(range(5)), on=st.integers(0, 5), behind=st.sampled_from([0, 0, 0, 1]))
    def submit_again(self, who: int, on: int, behind: int) -> None:
        actor, entry = self.pick(who, on)
        version = entry.version - behind
        allowed = sees(actor, entry) and permits(actor, "sample.submit_again", entry, self.now)
        repeated = sees(actor, entry) and entry.status == "pending" and behind == 1
        fits = allowed and entry.status == "rejected" and not behind
        if self.act("submit_again", lambda: samples.submit_again(actor, entry.id, version), fits or repeated) and fits:
            entry.status = "pending"
            entry.wrote(actor, content=True)

    @precondition(lambda self: bool(self.book))
    @rule(
        who=st.sampled_from(range(5)),
        on=st.integers(0, 5),
        behind=st.sampled_from([0, 0, 0, 1, 2]),
        approve=st.booleans(),
    )
    def review(self, who: int, on: int, behind: int, approve: bool) -> None:
        actor, entry = self.pick(who, on)
        version, decision = entry.version - behind, "approved" if approve else "rejected"
        action = "review.approve" if approve else "review.reject"
        allowed = sees(actor, entry) and permits(actor, action, entry, self.now)
        repeated = allowed and entry.decisions.get(version) == decision == entry.status
        fits = allowed and entry.status == "pending" and not behind
        said = (reviews.approve, (actor, entry.id, version)) if approve else (
            reviews.reject, (actor, entry.id, version, "other", "Mend it.")
        )  # fmt: skip
        if self.act(action, lambda: said[0](*said[1]), fits or repeated) and not repeated:  # type: ignore[operator]
            entry.decisions[version] = entry.status = decision
            entry.since = entry.since if approve else self.now
            entry.wrote(actor)

    @precondition(lambda self: bool(self.book))
    @rule(who=st.sampled_from(range(5)), on=st.integers(0, 5), behind=st.sampled_from([0, 0, 1]))
    def remove(self, who: int, on: int, behind: int) -> None:
        actor, entry = self.pick(who, on)
        version = entry.version - behind
        repeated = entry.removed == (actor.id, version) and not entry.purged
        fits = sees(actor, entry) and permits(actor, "sample.move_to_bin", entry, self.now) and not behind
        if fits:
            entry.frozen = self.as_json(entry)
        act = self.act("remove", lambda: recycle_bin.remove(actor, entry.id, version, "Wrong."), fits or repeated)
        if act and not repeated:
            entry.removed = (actor.id, version)
            entry.events += 1

    @precondition(lambda self: bool(self.book))
    @rule(who=st.sampled_from(range(5)), on=st.integers(0, 5))
    def restore(self, who: int, on: int) -> None:
        actor, entry = self.pick(who, on)
        fits = actor.role != "normal" and not entry.purged
        if self.act("restore", lambda: recycle_bin.restore(actor, entry.id), fits) and entry.removed:
            entry.removed = None
            entry.events += 1
            assert self.as_json(entry) == entry.frozen

    @precondition(lambda self: bool(self.book))
    @rule(who=st.sampled_from(range(5)), on=st.integers(0, 5))
    def purge(self, who: int, on: int) -> None:
        actor, entry = self.pick(who, on)
        fits = actor.role == "manager" and (entry.removed is not None or entry.purged)
        if self.act("purge", lambda: recycle_bin.purge(actor, entry.id, "Asked for."), fits) and not entry.purged:
            entry.purged, entry.removed = True, None
            entry.events += 1

    @precondition(lambda self: bool(self.book))
    @rule(who=st.sampled_from(range(5)), on=st.integers(0, 5), skip=st.sampled_from([0, 0, 1]))
    def add_round(self, who: int, on: int, skip: int) -> None:
        actor, entry = self.pick(who, on)
        seq = entry.rounds + 1 + skip
        new = NewRound.model_validate(
            {"method": "deep_aging", "started_at": f"{SLAUGHTER}T10:00:00Z", "minutes": 1, "device": str(seq)}
            | {"started_at": datetime.fromisoformat(f"{SLAUGHTER}T10:00:00+00:00") + timedelta(hours=seq)}
        )
        fits = sees(actor, entry) and actor.role != "normal" and entry.status == "approved" and not skip
        if self.act("add_round", lambda: rounds.add(actor, entry.id, seq, new), fits):
            entry.rounds += 1
            entry.wrote(actor)

    @precondition(lambda self: bool(self.book))
    @rule(who=st.sampled_from(range(5)), on=st.integers(0, 5), behind=st.sampled_from([0, 0, 1]), last=st.booleans())
    def remove_round(self, who: int, on: int, behind: int, last: bool) -> None:
        actor, entry = self.pick(who, on)
        seq, version = entry.rounds if last else max(0, entry.rounds - 1), entry.version - behind
        staff = sees(actor, entry) and actor.role != "normal" and entry.status == "approved"
        fits = staff and seq > 0 and last and not behind
        if self.act("remove_round", lambda: rounds.remove(actor, entry.id, seq, version, "Wrong."), fits):
            entry.rounds -= 1
            entry.wrote(actor)

    @invariant()
    def the_book_is_right(self) -> None:
        if (entry := self.touched) is None:
            return
        self.touched = None
        with transaction() as session:
            own = (AuditEvent.subject_type == "sample", AuditEvent.subject_id == entry.id)
            assert session.scalar(select(func.count()).where(*own)) == entry.events
        if entry.removed or entry.purged:
            with pytest.raises(MeatlabError):
                samples.get(self.onlooker, entry.id)
            return
        stored = samples.get(self.onlooker, entry.id)
        assert (stored.version, stored.status, stored.sex) == (entry.version, entry.status, entry.sex)
        assert len(stored.rounds) == entry.rounds + 1

    def pick(self, who: int, on: int) -> tuple[Actor, Entry]:
        self.touched = self.book[-1 - on % len(self.book)]
        return self.people[who], self.touched

    def act(self, name: str, action: Callable[[], Any], expected: bool) -> bool:
        """Whether it was done; any other refusal than the product's own fails the test."""
        done[name] += 1
        try:
            action()
        except MeatlabError as refusal:
            if expected:
                raise AssertionError(f"{name} was refused") from refusal
            return False
        assert expected, f"{name} was done"
        return True

    def as_json(self, entry: Entry) -> bytes:
        return AS_JSON.dump_json(samples.get(self.onlooker, entry.id))


@pytest.mark.parametrize(
    ("runs", "steps", "least"), [(12, 40, 120), pytest.param(450, 50, 10_000, marks=pytest.mark.soak)]
)
def test_what_people_do_leaves_what_the_book_says(runs: int, steps: int, least: int) -> None:
    done.clear()
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Life,
        settings=settings(
            max_examples=runs, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck),
            print_blob=False, database=None,
        ),
    )  # fmt: skip
    print(f"{done.total()} actions: {dict(done)}")  # noqa: T201  (what a soak run is asked for)
    assert done.total() >= least
    assert {name for name, n in done.items() if n} >= {"register", "edit", "review.approve", "restore", "remove_round"}
    problems: list[history.Problem] = []
    history.verify(problems.append)
    assert problems == []
