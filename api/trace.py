"""Looking up a trace number in the national registry, through the server's key."""

from typing import Any

from fastapi import APIRouter

from api.dependencies import CurrentActor
from core import traceability
from core.trace_records import TraceRecord

router = APIRouter(prefix="/trace", tags=["trace"])


@router.get("/{number}", response_model=TraceRecord, response_model_exclude_none=True)
def look_up(actor: CurrentActor, number: str) -> Any:
    """What the registry says of a number; where it does not answer, `state` says so and one goes on by hand."""
    return traceability.look_up(actor, number)
