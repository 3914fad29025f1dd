"""data/permissions.csv read once more and in other words than in core, and samples in all that it tells apart."""

import csv
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID, uuid4

from core import audit, clock, ids, photos, storage
from core.config import DATA
from core.db import engine, transaction
from core.policy import Actor
from core.tables import Evaluation, Measurement, Photo, Prediction, Round, Sample
from core.tables.base import Base
from tests.makers import jpeg, make_live_model, make_sample, make_user, photo_id

ROLES = ("normal", "researcher", "manager")
RELATIONS = ("own", "edited", "foreign")
PENDING, REJECTED = {"pending_open", "pending_closed"}, {"rejected_open", "rejected_closed"}
OUTSIDE = PENDING | REJECTED | {"approved"}
STATES = (*sorted(OUTSIDE), "bin")
TABLE: dict[str, dict[str, str]] = {
    row["action"]: row for row in csv.DictReader((DATA / "permissions.csv").open(encoding="utf-8"))
}
# In which states an action makes sense; everywhere outside the bin where nothing is said.
FITS: dict[str, set[str]] = {
    "sample.create_processed": {"approved"},
    "sample.submit_again": REJECTED,
    "sample.restore": {*STATES},  # what is not in the bin stays as it is
    "sample.purge": {"bin"},
    "review.approve": PENDING,
    "review.reject": PENDING,
    "review.claim": PENDING,
    "evaluation.write_processed": {"approved"},
    "evaluation.write_heated": {"approved"},
    "measurement.write": {"approved"},
}
# These reach into the recycle bin; for all others what lies there does not exist.
REACH_INTO_BIN = {"sample.restore", "sample.purge"}
FARMER = "홍길동"
NOT_LATE, LATE = timedelta(hours=71), timedelta(hours=73)


@dataclass(frozen=True)
class Case:
    """Somebody of a role, how they stand to a sample, and the state it is in."""

    role: str
    relation: str
    state: str

    def __str__(self) -> str:
        return f"{self.role}-{self.relation}-{self.state}"


CASES = [Case(*each) for each in product(ROLES, RELATIONS, STATES)]


def is_in_short_run(number: int, case: Case) -> bool:
    """A third of the cases of the nth action: each role in every relation and in every state."""
    place = ROLES.index(case.role) + RELATIONS.index(case.relation) + STATES.index(case.state)
    return (place + number) % 3 == 0


def permits(action: str, case: Case) -> bool:
    """What the table says, whatever else may be in the way."""
    rule = TABLE[action][case.role]
    in_time = case.state in {"pending_open", "rejected_open"}
    return {
        "no": False,
        "yes": True,
        "any": True,
        "sample": True,
        "own": case.relation == "own",
        "own_in_window": case.relation == "own" and in_time,
        "not_own": case.relation == "foreign",
    }[rule]


def outcome(action: str, case: Case, fits: set[str] | None = None) -> str:
    """What has to become of the action.

    done; unfit: permitted, but not in this state; hidden: answered as if there were no such sample; late: only time
    forbids it; forbidden.
    """
    reached = action in REACH_INTO_BIN or (case.state != "bin" and permits("sample.view", case))
    if not reached:
        return "hidden"
    if permits(action, case):
        return "done" if case.state in (fits or FITS.get(action, OUTSIDE)) else "unfit"
    return "late" if TABLE[action][case.role] == "own_in_window" and case.relation == "own" else "forbidden"


@dataclass(frozen=True)
class Scene:
    """A sample in one case, with something of everything that can hang on one, and who acts on it."""

    actor: Actor
    id: str
    photo: UUID
    raw: UUID  # evaluations: of the raw sample, of round 1, of the heated raw sample
    processed: UUID
    heated: UUID
    measurement: UUID
    prediction: UUID
    model: UUID
    version: int = 1


class Scenes:
    """One sample for each case; one that an action has changed is made anew for the next."""

    def __init__(self) -> None:
        self.people = {role: make_user(role) for role in ROLES}
        self.author = make_user()
        self.model = make_live_model()
        pattern = make_sample(self.author, farmer_name=FARMER)
        with transaction() as session:
            self.pattern = _columns(session.get_one(Sample, pattern.id))
            self.picture = _columns(session.get_one(Photo, photo_id(pattern)))
            self.tasted = _columns(session.get_one(Evaluation, pattern.rounds[0].evaluations[0].id))
        self._made: dict[Case, tuple[Scene, Any]] = {}
        self._given: set[Case] = set()

    def get(self, case: Case) -> Scene:
        if case not in self._made or (case in self._given and not self.is_untouched(case)):
            scene = self._make(case)
            self._made[case] = scene, snapshot(scene.id)
        self._given.add(case)
        return self._made[case][0]

    def is_untouched(self, case: Case) -> bool:
        """Whether nothing is stored that was not there when it was made; asked once after each use."""
        self._given.discard(case)
        scene, before = self._made[case]
        return bool(snapshot(scene.id) == before)

    def _make(self, case: Case) -> Scene:
        """A copy of a sample that was registered; what would take days or other people is written as it would be."""
        actor = self.people[case.role]
        owner = actor if case.relation == "own" else self.author
        scene = Scene(actor, ids.new(), *(uuid4() for _ in range(6)), self.model)
        with transaction() as session:
            session.add(Sample(**self.pattern | self._standing(case) | {"id": scene.id, "created_by": owner.id}))
            session.flush()
            session.add_all(_rounds(scene.id, owner))
            session.flush()
            session.add(Photo(**self.picture | {"id": scene.photo, "sample_id": scene.id} | self._stored(case, scene)))
            tasted = {"id": scene.raw, "sample_id": scene.id, "evaluator": owner.id}
            session.add_all([Evaluation(**self.tasted | tasted), *_parts(scene, self.author)])
            audit.record(session, owner, "sample.create_fresh", "sample", scene.id)
            if case.relation == "edited":
                audit.record(session, actor, "sample.edit", "sample", scene.id)
        return scene

    def _standing(self, case: Case) -> dict[str, Any]:
        status = "approved" if case.state == "bin" else case.state.partition("_")[0]
        since = clock.now() - (LATE if case.state.endswith("closed") else NOT_LATE)
        removed = {"deleted_at": clock.now(), "deleted_by": self.author.id, "deleted_why": "Wrong."}
        return {"status": status, "edit_window_from": since} | (removed if case.state == "bin" else {})

    def _stored(self, case: Case, scene: Scene) -> dict[str, str]:
        """All show the same picture; but what lies in the bin has its own, because it may be ended for good."""
        if case.state != "bin":
            return {}
        key = f"{photos.PREFIX}{scene.photo}"
        storage.put(f"{key}/256", jpeg(64, 48), "image/jpeg")
        return {"storage_key": key}


def _columns(row: Base) -> dict[str, Any]:
    return {column.name: getattr(row, column.name) for column in row.__table__.columns if column.computed is None}


def _rounds(sample_id: str, owner: Actor) -> list[Round]:
    """The raw sample, a round, and one in the recycle bin that would come next."""
    own = {"sample_id": sample_id, "created_by": owner.id}
    shared = own | {"method": "deep_aging", "minutes": 60}
    gone = {"removed_seq": 2, "deleted_at": clock.now(), "deleted_by": owner.id, "deleted_why": "Wrong."}
    return [
        Round(seq=0, **own),
        Round(seq=1, started_at=datetime(2026, 3, 6, tzinfo=UTC), **shared),
        Round(seq=-1, started_at=datetime(2026, 3, 8, tzinfo=UTC), **shared, **gone),
    ]


def _parts(scene: Scene, author: Actor) -> list[Any]:
    tasted = {"sample_id": scene.id, "scale": "1-10", "evaluator": author.id, "evaluated_at": clock.now()}
    return [
        Evaluation(id=scene.processed, seq=1, preparation="raw", marbling=3, color=4, **tasted),
        Evaluation(id=scene.heated, seq=0, preparation="heated", flavor=3, umami=4, **tasted),
        Measurement(
            id=scene.measurement, sample_id=scene.id, seq=0, preparation="raw", ph=5.6, measured_by=author.id,
            measured_at=clock.now(),
        ),
        Prediction(
            id=scene.prediction, photo_id=scene.photo, model_version_id=scene.model, grade={"1": 1.0}, scores={},
            abstained={}, requested_by=author.id, predicted_at=clock.now(),
        ),
    ]  # fmt: skip


PARTS = ("rounds", "photos", "evaluations", "measurements", "reviews", "review_claims", "edit_requests")
SNAPSHOT = ", ".join(
    [
        "select (select to_jsonb(s) from samples s where id = %(id)s)",
        "(select count(*) from audit_events where subject_type = 'sample' and subject_id = %(id)s)",
        *(f"(select jsonb_agg(t order by t::text) from {part} t where sample_id = %(id)s)" for part in PARTS),  # noqa: S608
    ]
)


def snapshot(sample_id: str) -> tuple[Any, ...]:
    """Everything that is stored of a sample, and how many events its history has."""
    with engine().connect() as connection:
        return tuple(connection.exec_driver_sql(SNAPSHOT, {"id": sample_id}).one())
