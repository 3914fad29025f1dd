"""Loads the demonstration: accounts and generated samples, through the same actions that people use."""

import os
import random
from collections.abc import Callable, Sequence
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
from core.samples.parts import Written
from core.tables import User
from models.demo_samples import DemoRound, DemoSample, demo_samples
from models.demo_values import Analysis, Tasting
from models.synthetic import Scene, draw, to_jpeg

SEED = 1
PEOPLE = {"normal": "김현장", "researcher": "이연구", "manager": "박관리"}
FIELDS = (
    "trace_number", "species", "primal_cut", "secondary_cut", "breed", "sex", "grade", "bms", "graded_on",
    "slaughtered_on", "born_on", "farm_address", "farmer_name", "captured_at", "carcass_weight_kg", "backfat_mm",
    "ribeye_area_cm2",
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
        scores = {"scale": sample.scale} | sample.raw_scores
        fields = {name: getattr(sample, name) for name in FIELDS}
        new = FreshSample(**fields, scores=scores, photo={"id": photo_id})
        known = samples.register(author, sample_id, new, source="generated").sample
    if sample.status == "pending":
        return
    at = min(sample.captured_at + timedelta(hours=5), clock.now())
    with clock.at(at):
        # Who has written something of a sample may not review it, so this is not asked a second time.
        version = _review(reviewer, sample, sample_id) if known.status == "pending" else known.version
        if sample.status == "approved":
            version = _taste(reviewer, sample_id, 0, sample.tastings, at) or version
            _analyse(reviewer, sample_id, 0, sample.analyses, sample.e_tongue, at, version)
    for part, picture in zip(sample.rounds, pictures[1:], strict=True):
        at = part.started_at + timedelta(minutes=part.minutes)
        with clock.at(at):
            _process(reviewer, sample_id, sample.scale, part, picture, at)
    last = sample.rounds[-1] if sample.rounds else sample
    if sample.status == "approved":
        _taste_kept(reviewer, sample_id, len(sample.rounds), last.tastings, at)


def _review(reviewer: Actor, sample: DemoSample, sample_id: str) -> int:
    """The version that the sample has then."""
    if sample.status == "approved":
        return reviews.approve(reviewer, sample_id, 1).version
    return reviews.reject(reviewer, sample_id, 1, *REJECTION).version


def _process(researcher: Actor, sample_id: str, scale: str, part: DemoRound, picture: bytes, at: datetime) -> None:
    """One deep-aging round with its photo, scores and values, recorded when it was over."""
    fields = {name: getattr(part, name) for name in NewRound.model_fields if hasattr(part, name)}
    _confirming(lambda said: rounds.add(researcher, sample_id, part.seq, NewRound(**fields, confirmed_warnings=said)))
    photos.add(researcher, sample_id, part.seq, "raw", picture, photo_id=_uuid(sample_id, "photo", part.seq))
    raw = {"preparation": "raw", "scale": scale, "scores": part.raw_scores, "evaluated_at": at}
    version = _score(researcher, sample_id, part.seq, "raw scores", raw)
    version = _taste(researcher, sample_id, part.seq, part.tastings, at) or version
    _analyse(researcher, sample_id, part.seq, part.analyses, {}, at, version)


def _taste(who: Actor, sample_id: str, seq: int, tastings: Sequence[Tasting], at: datetime) -> int | None:
    """What was said of the heated meat of a round at once; the version that the sample has then, if there was any."""
    version = None
    for said in tastings:
        if said.day == 0:
            version = _score(who, sample_id, seq, f"heated scores {said.panelist} {said.replicate}", _heated(said, at))
    return version


def _taste_kept(who: Actor, sample_id: str, seq: int, tastings: Sequence[Tasting], at: datetime) -> None:
    """What was said days later, each on its day."""
    for said in tastings:
        if said.day:
            day = at + timedelta(days=said.day)
            with clock.at(day):
                _score(who, sample_id, seq, f"heated scores {said.panelist} day {said.day}", _heated(said, day))


def _heated(said: Tasting, at: datetime) -> dict[str, Any]:
    return {"preparation": "heated", "evaluated_at": at} | vars(said)


def _score(who: Actor, sample_id: str, seq: int, what: str, fields: dict[str, Any]) -> int:
    """Writes scores; the version that the sample has then."""
    written: Written = _confirming(
        lambda said: evaluations.write(
            who, sample_id, seq, _uuid(sample_id, what, seq), NewEvaluation(**fields, confirmed_warnings=said)
        )
    )
    return written.sample.version


def _analyse(
    who: Actor, sample_id: str, seq: int, analyses: Sequence[Analysis], tongue: dict[str, float], at: datetime,
    version: int,
) -> None:  # fmt: skip
    """All replicates of a round as one sheet; the electronic tongue tastes raw meat once."""
    sheet = {(one.preparation, one.replicate): one.values for one in analyses}
    if tongue:
        sheet["raw", 1] = sheet.get(("raw", 1), {}) | tongue
    fields = {
        _uuid(sample_id, f"{preparation} values {replicate}", seq): {
            "preparation": preparation, "replicate": replicate, "values": values, "measured_at": at,
        }
        for (preparation, replicate), values in sheet.items()
    }  # fmt: skip

    def write(said: list[str]) -> None:
        # A finding of a sheet begins with the replicate's number; a confirmation in it does not.
        confirmed = [one.partition(".")[2] for one in said]
        replicates = {key: NewMeasurement(**each, confirmed_warnings=confirmed) for key, each in fields.items()}
        measurements.write_sheet(who, sample_id, seq, replicates, (), version)

    if fields:
        _confirming(write)


def _confirming(write: Callable[[list[str]], Any]) -> Any:
    """What is drawn is meant: values that look unusual are confirmed."""
    try:
        return write([])
    except Unconfirmed as unconfirmed:
        return write([confirmation(finding) for finding in unconfirmed.findings])


def _sample_id(number: int) -> str:
    """The same for the same sample each time, so that loading again finds what is there."""
    digits = random.Random(f"{SEED}:{number}")
    while (made := ids.with_check_symbol("".join(digits.choices(ids.ALPHABET, k=ids.LENGTH - 1)))) is None:
        pass
    return made


def _uuid(sample_id: str, what: str, seq: int) -> UUID:
    return uuid5(NAMESPACE_OID, f"{sample_id}:{what}:{seq}")
