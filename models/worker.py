"""The background worker: runs the jobs that core asks for; any number of them, on any machine."""

from uuid import UUID

import structlog

from core import accounts, exports, imports, jobs, logs, model_versions, photos, predictions, recycle_bin, training_runs
from core.errors import NotFound
from core.predictions import batches
from core.statistics import runs
from models import stored

log = structlog.get_logger()
CONCURRENCY = 2


def run() -> None:
    """Works until it is told to stop; the job in hand is finished first."""
    logs.configure()
    app = jobs.worker_app()
    app.task(name=jobs.PREDICT, retry=3)(predict)
    app.task(name=jobs.PREDICT_BATCH)(predict_batch)
    app.task(name=jobs.TRAIN)(train)
    app.task(name=jobs.STATISTICS)(compute)
    app.task(name=jobs.EXPORT)(export)
    app.task(name=jobs.IMPORT)(import_workbook)
    app.periodic(cron="* * * * *")(app.task(name="wake", queueing_lock="wake")(wake))
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
        photo = predictions.photo(actor, UUID(photo_id))
    except NotFound:
        log.info("predict.gone", photo_id=photo_id)
        return
    model = model_versions.info(UUID(model_version_id))
    predictions.store(actor, photo, model.id, stored.predict(model, photo))
    log.info("predict.done", photo_id=photo_id, model=model.name, version=model.version)


def predict_batch(batch_id: str) -> None:
    """A slice of a batch; what it says is kept photo by photo."""
    batches.work(UUID(batch_id), stored.predict)
    log.info("predict_batch.done", batch_id=batch_id)


def train(run_id: str) -> None:
    """A training; what came of it is a model version."""
    from models import learning  # noqa: PLC0415  (a worker that only predicts needs none of its memory)

    training_runs.work(UUID(run_id), learning.train)
    log.info("train.done", run_id=run_id)


def compute(run_id: str) -> None:
    """A run of statistics; what came of it is kept with the run."""
    runs.work(UUID(run_id))
    log.info("compute.done", run_id=run_id)


def export(run_id: str) -> None:
    """An export; its file lies in the bucket."""
    exports.work(UUID(run_id))
    log.info("export.done", run_id=run_id)


def import_workbook(run_id: str) -> None:
    """One step of an import: it is looked through, or what was confirmed is written."""
    imports.work(UUID(run_id))
    log.info("import.done", run_id=run_id)


def wake(timestamp: int) -> None:
    """Goes on with what a worker left that died."""
    asleep, files, books, lost = batches.wake(), exports.wake(), imports.wake(), training_runs.wake()
    if asleep or files or books or lost:
        log.info("wake.done", batches=asleep, exports=files, imports=books, trainings_lost=lost)


def sweep(timestamp: int) -> None:
    """Removes what nobody claimed, and files of exports whose time is over."""
    log.info("sweep.done", **photos.sweep(), **exports.sweep())


def expire(timestamp: int) -> None:
    """Ends what has lain in the recycle bin for its time."""
    log.info("expire.done", **recycle_bin.expire())


def clear_runs(timestamp: int) -> None:
    """Removes runs of statistics, batches, exports and imports that are old, and marks runs whose worker has died."""
    cleared = {"batches": batches.clear(), "exports": exports.clear(), "imports": imports.clear()}
    log.info("clear_runs.done", **cleared, **runs.clear())
