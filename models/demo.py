"""Loads the demonstration: accounts and generated samples, through the same actions that people use."""

import os
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import func, select

from core import accounts, audit, clock, evaluations, ids, measurements, photos, reviews, rounds, samples
from core.accounts import NewUser
from core.db import transaction
from core.errors import Unconfirmed, confirmation
from core.evaluations import NewEvaluation
from core.measurements import NewMeasurement
from core.policy import Actor
from core.rounds import NewRound
from core.samples import FreshSample
from core.tables import User
from models.demo_samples import DemoRound, DemoSample, demo_samples
from models.synthetic import Scene, draw, to_jpeg

SEED = 1
SCALE = "1-10"
PEOPLE = {"normal": "김현장", "researcher": "이연구", "manager": "박관리"}
FIELDS = (
    "trace_number", "species", "primal_cut", "secondary_cut", "breed", "sex", "grade", "bms", "graded_on",
    "slaughtered_on", "born_on", "farm_address", "farmer_name", "captured_at",
)  # fmt: skip
REJECTION = (
    "photo_blurred",
    "초점이 맞지 않습니다. 단면을 다시 촬영해 주세요. (Out of focus: please photograph it again.)",
)


def load(password: str, n: int = 300, progress: Callable[[int, int], None] = lambda done, total: None) -> bool:
    """Fills an empty database; one that stopped half-way goes on where it was. Returns whether there was work to do."""
    with transaction() as session:
        begun = audit.happened(session, "demo.begun", "installation", "demo")
        done = audit.happened(session, "demo.loaded", "installation", "demo")
        if done or (not begun and session.scalar(select(func.count()).select_from(User))):
            return False
        if not begun:
            audit.record(session, None, "demo.begun", "installation", "demo")
    people = {role: _person(role, password) for role in PEOPLE}
    wanted = list(demo_samples(n, SEED, clock.today()))
    # Drawing takes the processors, storing waits for the servers: a pool for each.
    with ProcessPoolExecutor(os.cpu_count()) as drawing, ThreadPoolExecutor(8) as storing:
        drawn = drawing.map(_draw_all, wanted, chunksize=4)
        work = storing.map(lambda pair: _store(people, *pair), zip(wanted, drawn, strict=True))
        for count, _ in enumerate(work, start=1):
            progress(count, n)
    with transaction() as session:
        audit.record(session, None, "demo.loaded", "installation", "demo", after={"samples": n})
    return True


def _person(role: str, password: str) -> Actor:
    email = f"{role}@example.com"
    with transaction() as session:
        known = session.scalars(select(User.id).where(User.email == email)).first()
    if known is not None:  # of a run that stopped half-way, whose password nobody saw
        accounts.set_password(email, password)
    else:
        accounts.create(None, NewUser(email=email, name=PEOPLE[role], role=role, password=password))
    return accounts.actor_of(email)


def _draw_all(sample: DemoSample) -> list[bytes]:
    """The raw photo and one a round, as JPEG."""
    return [_jpeg(scene) for scene in (sample.scene, *(part.scene for part in sample.rounds))]


def _jpeg(scene: Scene) -> bytes:
    return to_jpeg(draw(scene).photo)


def _store(people: dict[str, Actor], sample: DemoSample, pictures: list[bytes]) -> None:
    """One sample with its whole life, each step at the time it would have happened."""
    sample_id = _sample_id(sample.number)
    author, reviewer = people["normal"], people["researcher"]
    with clock.at(sample.captured_at):
        photo_id = _uuid(sample_id, "photo", 0)
        photos.receive(author, pictures[0], photo_id=photo_id)
        scores = {"scale": SCALE} | sample.raw_scores
        fields = {name: getattr(sample, name) for name in FIELDS}
        new = FreshSample(**fields, scores=scores, photo={"id": photo_id})
        samples.register(author, sample_id, new, source="generated")
    for at in _moments(sample):
        with clock.at(at):
            _review(reviewer, sample, sample_id)
            _measure(reviewer, sample, sample_id, at)
            for part, picture in zip(sample.rounds, pictures[1:], strict=True):
                _process(reviewer, sample_id, part, picture)


def _moments(sample: DemoSample) -> Iterator[datetime]:
    """When it was reviewed: never, for one that waits."""
    if sample.status != "pending":
        yield min(sample.captured_at + timedelta(hours=5), clock.now())


def _review(reviewer: Actor, sample: DemoSample, sample_id: str) -> None:
    if sample.status == "approved":
        reviews.approve(reviewer, sample_id, 1)
    else:
        reviews.reject(reviewer, sample_id, 1, *REJECTION)


def _measure(researcher: Actor, sample: DemoSample, sample_id: str, at: datetime) -> None:
    if sample.status != "approved":
        return
    _taste(researcher, sample_id, 0, "heated", sample.heated_scores, at)
    _analyse(researcher, sample_id, 0, "raw", sample.raw_lab | sample.e_tongue, at)
    _analyse(researcher, sample_id, 0, "heated", sample.heated_lab, at)


def _process(researcher: Actor, sample_id: str, part: DemoRound, picture: bytes) -> None:
    """One deep-aging round with its photo, scores and values, recorded when it was over."""
    fields = {name: getattr(part, name) for name in NewRound.model_fields if hasattr(part, name)}
    at = part.started_at + timedelta(minutes=part.minutes)
    with clock.at(at):
        _confirming(lambda said: rounds.add(researcher, sample_id, part.seq, NewRound(**fields, **said)))
        photos.add(researcher, sample_id, part.seq, "raw", picture, photo_id=_uuid(sample_id, "photo", part.seq))
        _taste(researcher, sample_id, part.seq, "raw", part.raw_scores, at)
        _taste(researcher, sample_id, part.seq, "heated", part.heated_scores, at)
        _analyse(researcher, sample_id, part.seq, "raw", part.raw_lab, at)
        _analyse(researcher, sample_id, part.seq, "heated", part.heated_lab, at)


def _taste(who: Actor, sample_id: str, seq: int, preparation: str, scores: dict[str, float], at: datetime) -> None:
    if scores:
        fields = {"preparation": preparation, "scale": SCALE, "scores": scores, "evaluated_at": at}
        key = _uuid(sample_id, f"{preparation} scores", seq)
        _confirming(lambda said: evaluations.write(who, sample_id, seq, key, NewEvaluation(**fields, **said)))


def _analyse(who: Actor, sample_id: str, seq: int, preparation: str, values: dict[str, float], at: datetime) -> None:
    if values:
        fields = {"preparation": preparation, "values": values, "measured_at": at}
        key = _uuid(sample_id, f"{preparation} values", seq)
        _confirming(lambda said: measurements.write(who, sample_id, seq, key, NewMeasurement(**fields, **said)))


def _confirming(write: Callable[[dict[str, Any]], Any]) -> None:
    """What is drawn is meant: values that look unusual are confirmed."""
    try:
        write({})
    except Unconfirmed as unconfirmed:
        write({"confirmed_warnings": [confirmation(finding) for finding in unconfirmed.findings]})


def _sample_id(number: int) -> str:
    """The same for the same sample each time, so that loading again finds what is there."""
    digits = random.Random(f"{SEED}:{number}")
    while (made := ids.with_check_symbol("".join(digits.choices(ids.ALPHABET, k=ids.LENGTH - 1)))) is None:
        pass
    return made


def _uuid(sample_id: str, what: str, seq: int) -> UUID:
    return uuid5(NAMESPACE_OID, f"{sample_id}:{what}:{seq}")
