"""The dashboard as a server: Streamlit with our routes, headers and cookie."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import streamlit as st
import structlog
from starlette.middleware import Middleware
from starlette.routing import Route
from streamlit import config

from core import catalogue, logs, statistics
from core.config import settings
from dashboard import upload_answers
from dashboard.export_file import send_file
from dashboard.headers import SecurityHeaders
from dashboard.import_file import send_marked, send_template
from dashboard.session import Identity, open_session
from dashboard.stored_photos import show_photo

logs.configure()
upload_answers.keep()
log = structlog.get_logger()
# Every process signs with the same key, so that a page survives a restart behind it.
config.set_option("server.cookieSecret", settings().secret_key.get_secret_value())


@asynccontextmanager
async def _lifespan(_app: Any) -> AsyncIterator[None]:
    catalogue.get()  # a broken database shows at the start, not to the first visitor
    Thread(target=statistics.prepare, daemon=True).start()  # with many samples this takes longer than a visitor waits
    gc.freeze()  # what is loaded now stays; the collector need not look at it again
    yield


def _log_error(error: BaseException) -> None:
    """The person sees one plain sentence; the operator finds the rest in the log."""
    log.error("dashboard.error", exc_info=error)


app = st.App(
    Path(__file__).with_name("app.py"),
    routes=[
        Route("/auth/session", open_session, methods=["POST"]),
        Route("/photos/{photo_id}", show_photo),
        Route("/exports/{run_id}", send_file),
        Route("/imports/template/{language}", send_template),
        Route("/imports/{run_id}/marked/{language}", send_marked),
    ],
    middleware=[Middleware(SecurityHeaders), Middleware(Identity)],
    lifespan=_lifespan,
    on_script_error=_log_error,
)
