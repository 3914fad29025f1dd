"""Background jobs on PostgreSQL: what may be asked for here, what runs in `manage.py worker`."""

from functools import lru_cache
from typing import Any

import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.contrib.sqlalchemy import SQLAlchemyPsycopg2Connector
from procrastinate.exceptions import AlreadyEnqueued
from sqlalchemy import make_url

from core.config import settings
from core.db import engine

PREDICT = "predict"
PREDICT_BATCH = "predict_batch"
TRAIN = "train"
STATISTICS = "statistics"
EXPORT = "export"
IMPORT = "import_workbook"
log = structlog.get_logger()


def defer(task: str, lock: str, *, in_s: int = 0, **arguments: Any) -> None:
    """Asks for a job, to be begun after `in_s` seconds; the same lock asked for while the first waits is one job."""
    later = {"schedule_in": {"seconds": in_s}} if in_s else {}
    try:
        _asking().configure_task(task, queueing_lock=lock, allow_unknown=True, **later).defer(**arguments)
    except AlreadyEnqueued:
        log.info("job.already_waiting", task=task, lock=lock)


def worker_app() -> App:
    """The app that a worker runs; the tasks are registered by who knows what they do."""
    url = make_url(settings().database_url.get_secret_value()).set(drivername="postgresql")
    return App(connector=PsycopgConnector(conninfo=url.render_as_string(hide_password=False)))


@lru_cache
def _asking() -> App:
    app = App(connector=SQLAlchemyPsycopg2Connector())
    app.open(engine())
    return app
