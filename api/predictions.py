"""What models say of photos."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel

from api.dependencies import CurrentActor
from core import predictions

router = APIRouter(prefix="/photos/{photo_id}/predictions", tags=["predictions"])


class Model(BaseModel):
    name: str
    version: str
    sha256: str
    trained_on: str


class Prediction(BaseModel):
    """`grade`: class -> probability, summing to 1. `scores`: name -> value with its 80 % interval and its scale."""

    id: UUID
    photo_id: UUID
    model: Model
    grade: dict[str, float] | None
    scores: dict[str, dict[str, Any]]
    abstained: list[str]
    predicted_at: datetime
    accepted_by: UUID | None


class PredictionList(BaseModel):
    items: list[Prediction]


@router.post(
    "",
    response_model=Prediction,
    response_model_exclude_none=True,
    responses={202: {"description": "Asked for: it will stand under the address in Location."}},
)
def request(actor: CurrentActor, photo_id: UUID) -> Any:
    """Ask the live model about a photo; what it has said already is given at once."""
    known = predictions.request(actor, photo_id)
    if known is None:
        return Response(status_code=202, headers={"Location": f"/v1/photos/{photo_id}/predictions"})
    return known


@router.get("", response_model=PredictionList, response_model_exclude_none=True)
def browse(actor: CurrentActor, photo_id: UUID) -> Any:
    """All that was said of a photo, newest first."""
    return {"items": predictions.of_photo(actor, photo_id)}
