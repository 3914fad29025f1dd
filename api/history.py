"""The history of a sample."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.dependencies import CurrentActor
from core import history
from core.history import HistoryEvent
from core.inputs import Line

router = APIRouter(tags=["history"])


class History(BaseModel):
    """Oldest first. In a change, `before` or `after` is absent where there was nothing."""

    items: list[HistoryEvent]


@router.get("/samples/{sample_id}/history", response_model=History, response_model_exclude_none=True)
def read(
    actor: CurrentActor,
    sample_id: str,
    field: Annotated[Line | None, Query(description="Only what changed this field.")] = None,
) -> Any:
    """Who changed what of a sample, when and why."""
    if field is not None:
        return {"items": history.of_field(actor, sample_id, field)}
    return {"items": history.of_sample(actor, sample_id)}
