"""Trainings in the background: asked for here, done by a worker from the approved samples; a model version comes out.

It does not become live by that: a manager promotes it. A training whose worker dies has failed; its person may start it
again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import pandas as pd
import structlog
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import accounts, background, catalogue, clock, jobs, training_data
from core.background import UNFINISHED, Cancelled, Progress, checked
from core.db import transaction
from core.errors import BadInput, Finding, MeatlabError, NotFound, TooFewAnimals
from core.inputs import Line, read
from core.model_versions import files, new
from core.model_versions.views import LIGHT, ModelInfo, info_of
from core.policy import Actor, require
from core.tables import ModelVersion, User
from core.tables import TrainingRun as Row

TRAINED_ON = "database"
TURN = UUID("00000000-0000-7a11-0000-000000000000")  # held by whoever trains: two at once would only be slower
ANOTHER_IS_AT_IT_S = 30
log = structlog.get_logger()


class TrainingOptions(BaseModel):
    """What a person may choose: the model's name, the scale of the scores, the seed, how long at most, how finely."""

    model_config = ConfigDict(extra="forbid")
    name: Line = "meatlab"
    scale: Line = "1-10"
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 1
    epochs: Annotated[int, Field(ge=1, le=200, description="At most; it ends earlier when it learns no more.")] = 12
    side: Annotated[int, Field(ge=96, le=448, multiple_of=32, description="Pixels of the square that it sees.")] = 288


@dataclass(frozen=True)
class TrainingRunView:
    """How far a training is: `done` of `total` steps of what `word` names (a word key under "training").

    error: a word key under "error"; model: what came out of it.
    """

    id: UUID
    options: dict[str, Any]
    state: str
    done: int
    total: int
    seconds_left: float | None
    word: str | None
    model: ModelInfo | None
    error: str | None
    requested_by: UUID
    requested_by_name: str
    requested_at: datetime
    finished_at: datetime | None

    @property
    def is_finished(self) -> bool:
        return self.state not in UNFINISHED


@dataclass(frozen=True)
class Training:
    """What a worker trains: `table` as `training_data.read` gives it, and the version that the model will have."""

    options: TrainingOptions
    version: str
    table: pd.DataFrame


@dataclass(frozen=True)
class Trained:
    """What came of it: a safetensors file whose header holds the model's card."""

    weights: bytes
    report: dict[str, Any]
    code_version: str


Report = Callable[[int, int, float | None, str], None]  # done, of how many, seconds left, word
Train = Callable[[Training, Report], Trained]


def start(actor: Actor, options: Mapping[str, Any] | TrainingOptions) -> TrainingRunView:
    """Asks for a training; the same one asked for by the same person while the first is unfinished is the same run.

    Raises:
        BadInput: what is wrong with the options, by field; or the person has another unfinished training.
    """
    require(actor, "model.train")
    said = options.model_dump() if isinstance(options, TrainingOptions) else options
    wanted = read(TrainingOptions, said)
    if catalogue.get().find("scales", wanted.scale) is None:
        raise BadInput(Finding("scale", "unknown_choice"))
    with transaction() as session:
        background.one_start_at_a_time(session, actor, Row)
        asked = wanted.model_dump(mode="json")
        unfinished = [row for row in session.scalars(_own(actor)).all() if checked(session, row).state in UNFINISHED]
        row = next((row for row in unfinished if row.options == asked), None)
        if row is None:
            if unfinished:
                raise BadInput(Finding("training", "too_many", {"limit": 1}))
            row = Row(options=asked, requested_by=actor.id, requested_at=clock.now())
            session.add(row)
            session.flush()
        found = _view_of(session, row)
    if found.state == "waiting":  # also again: its job may have been lost with the process that asked for it
        _ask(found.id)
    return found


def get(actor: Actor, run_id: UUID) -> TrainingRunView:
    """One of the person's own trainings, or anybody's for a manager.

    Raises:
        NotFound: there is no such training, or it is somebody else's.
    """
    require(actor, "model.train")
    with transaction() as session:
        return _view_of(session, checked(session, background.get(session, actor, Row, run_id)))


def browse(actor: Actor, limit: int = 50) -> list[TrainingRunView]:
    """The person's own trainings, all of them for a manager; newest first."""
    require(actor, "model.train")
    seen = _query().where(background.seen_by(actor, Row)).order_by(Row.requested_at.desc()).limit(limit)
    with transaction() as session:
        return [_view(checked(session, row), made, name) for row, made, name in session.execute(seen).all()]


def cancel(actor: Actor, run_id: UUID) -> TrainingRunView:
    """Ends a training that is not finished; a worker stops at its next step. A finished one stays as it is.

    Raises:
        NotFound: there is no such training, or it is somebody else's.
    """
    require(actor, "model.train")
    with transaction() as session:
        return _view_of(session, background.cancel(session, actor, Row, run_id))


def work(run_id: UUID, train: Train) -> None:
    """What a worker does with a training: only one that waits, only by one worker, and one at a time of all."""
    with background.held(TURN) as is_only_one:
        if not is_only_one:
            _ask(run_id, in_s=ANOTHER_IS_AT_IT_S)
            return
        with background.held(run_id) as is_ours:
            taken = _taken(run_id) if is_ours else None
            if taken is None:
                log.info("training.not_waiting", run_id=str(run_id))
                return
            try:
                _train(run_id, *taken, train)
            except Cancelled:
                log.info("training.cancelled", run_id=str(run_id))
            except MeatlabError as refusal:
                background.end(Row, run_id, "failed", error=refusal.code)
            except Exception:
                background.end(Row, run_id, "failed", error="run_failed")
                raise


def wake() -> int:
    """Asks again for trainings that wait; marks those whose worker has died as failed, and says how many."""
    with transaction() as session:
        rows = session.scalars(select(Row).where(Row.state.in_(UNFINISHED))).all()
        lost = sum(checked(session, row).state == "failed" for row in rows)
        waiting = [row.id for row in rows if row.state == "waiting"]
    for run_id in waiting:
        _ask(run_id)
    return lost


def _train(run_id: UUID, actor: Actor, options: TrainingOptions, train: Train) -> None:
    progress = Progress(Row, run_id)

    def report(done: int, total: int, seconds_left: float | None, word: str) -> None:
        progress.note(done=done, total=total, seconds_left=seconds_left, word=word)

    table = training_data.read(actor, scale=options.scale)
    if table.empty:
        raise TooFewAnimals
    snapshot = training_data.keep(table, options.scale)
    version = f"{clock.today():%Y.%m.%d}-{run_id.hex[:4]}"
    made = train(Training(options, version, table), report)
    said = {
        "name": options.name, "version": version, "trained_on": TRAINED_ON, "report": made.report,
        "code_version": made.code_version, "data_snapshot": snapshot,
    }  # fmt: skip
    model = new.prepared(made.weights, said)
    sha256, key = files.put(made.weights)
    with transaction() as session:
        # The version is entered with the end of the run, or not at all: one that was cancelled leaves none.
        if background.change_running(session, Row, run_id, state="done", done=Row.total, finished_at=clock.now()):
            session.get_one(Row, run_id).model_version_id = new.enter(session, actor, model, sha256, key)


def _own(actor: Actor) -> Any:
    return select(Row).where(Row.requested_by == actor.id, Row.state.in_(UNFINISHED)).order_by(Row.requested_at)


def _taken(run_id: UUID) -> tuple[Actor, TrainingOptions] | None:
    """Who asked for a training that waited, and how; from now on it is running."""
    with transaction() as session:
        row = session.get(Row, run_id, with_for_update=True)
        if row is None or row.state != "waiting":
            return None
        try:
            actor = accounts.actor_by_id(row.requested_by)
        except NotFound:  # no account that may do anything any more
            background.finish(row, "failed", "not_allowed")
            return None
        row.state = "running"
        return actor, read(TrainingOptions, row.options)


def _ask(run_id: UUID, in_s: int = 0) -> None:
    jobs.defer(jobs.TRAIN, f"train:{run_id}", in_s=in_s, run_id=str(run_id))


def _query() -> Any:
    """Trainings with what came of them and their person's name."""
    made = (ModelVersion, ModelVersion.id == Row.model_version_id)
    return select(Row, ModelVersion, User.name).join(User, User.id == Row.requested_by).outerjoin(*made).options(*LIGHT)


def _view_of(session: Session, row: Row) -> TrainingRunView:
    return _view(*session.execute(_query().where(Row.id == row.id)).one())


def _view(row: Row, made: ModelVersion | None, name: str) -> TrainingRunView:
    names = (
        "id", "options", "state", "done", "total", "seconds_left", "word", "error", "requested_by", "requested_at",
        "finished_at",
    )  # fmt: skip
    return TrainingRunView(
        **{each: getattr(row, each) for each in names}, model=info_of(made) if made else None, requested_by_name=name
    )
