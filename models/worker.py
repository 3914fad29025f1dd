"""The background worker: runs the jobs that core asks for; any number of them, on any machine."""

from functools import lru_cache
from uuid import UUID

import structlog

from core import accounts, jobs, logs, photos, predictions, recycle_bin, storage
from core.errors import NotFound
from core.statistics import runs
from models import predicting

log = structlog.get_logger()
CONCURRENCY = 2


def run() -> None:
    """Works until it is told to stop; the job in hand is finished first."""
    logs.configure()
    app = jobs.worker_app()
    app.task(name=jobs.PREDICT, retry=3)(predict)
    app.task(name=jobs.STATISTICS)(compute)
    app.periodic(cron="17 * * * *")(app.task(name="sweep", queueing_lock="sweep")(sweep))
    app.periodic(cron="43 18 * * *")(app.task(name="expire", queueing_lock="expire")(expire))  # 03:43 in Seoul
    app.periodic(cron="13 19 * * *")(app.task(name="clear_runs", queueing_lock="clear_runs")(clear_runs))  # 04:13
    with app.open():
        log.info("worker.started")
        app.run_worker(concurrency=CONCURRENCY)


def predict(photo_id: str, model_version_id: str, actor_id: str) -> None:
    """What the model version says of the photo, kept once."""
    try:
        actor = accounts.actor_by_id(UUID(actor_id))
        photo = photos.content(actor, UUID(photo_id), "original")
    except NotFound:
        log.info("predict.gone", photo_id=photo_id)
        return
    info = predictions.model(UUID(model_version_id))
    model = predicting.load(_weights(info.storage_key), info.sha256)
    said = predicting.predict(model, b"".join(photo.chunks), species=photos.species(actor, UUID(photo_id)))
    scale = "{:g}-{:g}".format(*model.card.scale)
    predictions.store(
        actor,
        UUID(photo_id),
        info.id,
        grade=said.grade or None,
        scores={
            name: {"value": value, "low": low, "high": high, "scale": scale}
            for name, (value, low, high) in said.scores.items()
        },
        abstained=list(said.abstained),
        reason=said.reason,
    )
    log.info("predict.done", photo_id=photo_id, model=info.name, version=info.version)


def compute(run_id: str) -> None:
    """A run of statistics; what came of it is kept with the run."""
    runs.work(UUID(run_id))
    log.info("compute.done", run_id=run_id)


def sweep(timestamp: int) -> None:
    """Removes what nobody claimed."""
    log.info("sweep.done", **photos.sweep())


def expire(timestamp: int) -> None:
    """Ends what has lain in the recycle bin for its time."""
    log.info("expire.done", **recycle_bin.expire())


def clear_runs(timestamp: int) -> None:
    """Removes runs of statistics that are old, and marks those whose worker has died."""
    log.info("clear_runs.done", **runs.clear())


@lru_cache(maxsize=4)
def _weights(storage_key: str) -> bytes:
    """A weights file, fetched once a process: a key names one content for ever."""
    return storage.get(storage_key)
