"""Whether the process lives, and whether it can work."""

import structlog
from fastapi import APIRouter
from pydantic import BaseModel

from api.problems import NotReady
from core import db, storage

router = APIRouter(tags=["health"])
log = structlog.get_logger()


class Health(BaseModel):
    status: str = "ok"


@router.get("/healthz")
def healthz() -> Health:
    """The process answers."""
    return Health()


@router.get("/readyz")
def readyz() -> Health:
    """Database and object store answer, too."""
    try:
        ready = db.is_ready() and storage.is_ready()
    except Exception as error:  # whatever keeps either away, the answer is the same
        log.warning("not_ready", reason=type(error).__name__)
        raise NotReady from error
    if not ready:
        raise NotReady
    return Health()
