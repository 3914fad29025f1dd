"""What a worker does with a batch: counts its photos, and predicts them one by one."""

import time
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import and_, case, delete, exists, func, insert, literal, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from core import background, clock
from core.background import UNFINISHED, Cancelled
from core.db import transaction
from core.errors import MeatlabError, NotFound
from core.inputs import read
from core.model_versions.views import LIGHT, ModelInfo, info_of
from core.policy import Actor, require
from core.predictions.asking import keep, to_predict
from core.predictions.batches.views import BatchFilter, ask, photos
from core.predictions.views import PhotoToPredict, Said
from core.tables import ModelVersion, Photo, Prediction, PredictionBatch, PredictionBatchItem, Sample

SLICE_S = 30.0
MOST_ATTEMPTS = 3  # at a photo with which workers die
MOST_IN_A_ROW = 5  # photos that cannot be predicted: then it is not the photos
KEPT = timedelta(days=90)
PredictOne = Callable[[ModelInfo, PhotoToPredict], Said]
log = structlog.get_logger()


def work(batch_id: UUID, predict_one: PredictOne, slice_s: float = SLICE_S) -> None:
    """What a worker does with a batch, for a slice of time; only one worker at a time.

    A database that is away leaves it running, for `wake` to find.
    """
    with background.held(batch_id) as is_ours:
        taken = _taken(batch_id) if is_ours else None
        if taken is None:
            log.info("batch.not_unfinished", batch_id=str(batch_id))
            return
        try:
            is_over = _Worked(batch_id, *taken, predict_one).go_on(slice_s)
        except Cancelled:
            log.info("batch.cancelled", batch_id=str(batch_id))
            return
        except MeatlabError as refusal:  # whoever asked for it may not any more
            background.end(PredictionBatch, batch_id, "failed", error=refusal.code)
            return
        except OperationalError:
            raise
        except Exception:
            background.end(PredictionBatch, batch_id, "failed", error="run_failed")
            raise
    if not is_over:
        ask(batch_id)


def wake() -> int:
    """Asks again for unfinished batches that no worker is at: theirs died, or their job was lost; says how many."""
    asleep = background.asleep(PredictionBatch)
    for batch_id in asleep:
        ask(batch_id)
    return len(asleep)


def clear() -> int:
    """Removes old batches; their predictions stay. Says how many."""
    old = (PredictionBatch.requested_at < clock.now() - KEPT, PredictionBatch.state.not_in(UNFINISHED))
    with transaction() as session:
        return len(session.scalars(delete(PredictionBatch).where(*old).returning(PredictionBatch.id)).all())


class _Worked:
    """A batch in the hands of a worker."""

    def __init__(self, batch_id: UUID, actor: Actor, model: ModelInfo, predict_one: PredictOne) -> None:
        self.id, self.actor, self.model, self.predict_one = batch_id, actor, model, predict_one

    def go_on(self, slice_s: float) -> bool:
        """Predicts photo after photo until all are done or the time is over; says whether all are."""
        begun, position, in_a_row = time.monotonic(), -1, 0
        while (found := self._next(position)) is not None:
            position, photo = found
            if photo is not None:
                in_a_row = 0 if self._predict(position, photo) else in_a_row + 1
            if in_a_row == MOST_IN_A_ROW:
                background.end(PredictionBatch, self.id, "failed", error="run_failed")
                return True
            if time.monotonic() - begun > slice_s:
                return False
        background.end(PredictionBatch, self.id, "done")
        return True

    def _next(self, after: int) -> tuple[int, PhotoToPredict | None] | None:
        """The next photo that waits; without it, where there was nothing to compute.

        Raises:
            Cancelled: nobody waits for the batch any more.
        """
        with transaction() as session:
            if session.scalar(select(PredictionBatch.state).where(PredictionBatch.id == self.id)) != "running":
                raise Cancelled
            waiting = (PredictionBatchItem.batch_id == self.id, PredictionBatchItem.state == "waiting")
            query = select(PredictionBatchItem).where(*waiting, PredictionBatchItem.position > after)
            first = query.order_by(PredictionBatchItem.position).limit(1).with_for_update()
            item = session.scalars(first).one_or_none()
            if item is None:
                return None
            known = (Prediction.photo_id == item.photo_id, Prediction.model_version_id == self.model.id)
            if session.scalar(select(exists().where(*known))):
                _note(session, item, "done")
                return item.position, None
            if item.attempts >= MOST_ATTEMPTS:
                _note(session, item, "failed", "photo_failed")
                return item.position, None
            item.attempts += 1
            try:
                return item.position, to_predict(session, self.actor, item.photo_id)
            except NotFound:
                _note(session, item, "failed", "not_found")
                return item.position, None

    def _predict(self, position: int, photo: PhotoToPredict) -> bool:
        """Whether the model could say anything of the photo; what it said is kept."""
        require(self.actor, "prediction.run")
        try:
            said = self.predict_one(self.model, photo)
        except Exception:
            log.exception("batch.photo_failed", batch_id=str(self.id), photo_id=str(photo.photo_id))
            said = None
        with transaction() as session:
            item = session.get(PredictionBatchItem, (self.id, position), with_for_update=True)
            if item is None or item.state != "waiting":  # the photo is gone for good, or another worker was faster
                return True
            if said is not None:
                keep(session, self.actor, photo, self.model, said)
            _note(session, item, *(("failed", "photo_failed") if said is None else ("done",)))
        return said is not None


def _taken(batch_id: UUID) -> tuple[Actor, ModelInfo] | None:
    """What an unfinished batch needs, which from now on is running, with its photos counted."""
    with transaction() as session:
        begun = background.begun(session, PredictionBatch, batch_id)
        if begun is None:
            return None
        row, actor = begun
        if not row.total:
            _count(session, row, actor)
        return actor, info_of(session.get_one(ModelVersion, row.model_version_id, options=LIGHT))


def _count(session: Session, row: PredictionBatch, actor: Actor) -> None:
    """Notes all photos, newest samples first; those that the version has looked at before are done."""
    wanted = read(BatchFilter, row.filter)
    known = and_(Prediction.photo_id == Photo.id, Prediction.model_version_id == row.model_version_id)
    order = func.row_number().over(order_by=(Sample.received_at.desc(), Sample.id, Photo.seq, Photo.preparation.desc()))
    noted = photos(actor, wanted).outerjoin(Prediction, known).with_only_columns(
        literal(row.id), order - 1, Photo.id, case((Prediction.id.is_not(None), "done"), else_="waiting")
    )  # fmt: skip
    session.execute(insert(PredictionBatchItem).from_select(["batch_id", "position", "photo_id", "state"], noted))
    own = select(func.count(), func.count().filter(PredictionBatchItem.state == "done"))
    row.total, row.done = session.execute(own.where(PredictionBatchItem.batch_id == row.id)).one()


def _note(session: Session, item: PredictionBatchItem, state: str, error: str | None = None) -> None:
    item.state, item.error = state, error
    counted = {state: getattr(PredictionBatch, state) + 1}
    session.execute(update(PredictionBatch).where(PredictionBatch.id == item.batch_id).values(counted))
