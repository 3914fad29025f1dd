"""What models say of photos: asked for, read, accepted; and which photos look alike to them."""

from datetime import datetime
from importlib import import_module
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from api.dependencies import CurrentActor
from core import model_versions, predictions
from core.errors import BadInput, Finding
from core.predictions.neighbours import MOST

router = APIRouter(tags=["predictions"])


class Model(BaseModel):
    """The model version that spoke: of real meat it says nothing where it was `trained_on` "generated photos"."""

    id: UUID
    name: str
    version: str
    sha256: str
    trained_on: str


class Prediction(BaseModel):
    """What a model said of a photo. `grade`: class -> probability, summing to 1; `named_grade`: their median, which is
    the one to show. `scores` and `values`: name -> value with its 80 % interval.

    `abstained`: what the model does not answer -> why: `species`, `not_meat`, `unlike_training` or `no_better` (than
    always saying the mean). `measures`: what was measured in the photo without a model. `is_ai`: no person has accepted
    it yet; whoever shows it marks it so.
    """

    id: UUID
    photo_id: UUID
    model: Model
    grade: dict[str, float] | None
    named_grade: str | None
    scores: dict[str, dict[str, Any]]
    values: dict[str, dict[str, float]]
    abstained: dict[str, str]
    measures: dict[str, float]
    strangeness: float | None = Field(description="0: a usual photo; 1: at the limit of what the model knows.")
    predicted_at: datetime
    is_ai: bool
    accepted_by: UUID | None
    accepted_at: datetime | None


class PredictionList(BaseModel):
    items: list[Prediction]


class SimilarPhoto(BaseModel):
    """A photo that looks alike, and what was found of its meat. `distance`: 0 the same, 2 the opposite."""

    photo_id: UUID
    sample_id: str
    seq: int
    preparation: str
    grade: str | None
    scores: dict[str, float]
    values: dict[str, float]
    distance: float


class SimilarList(BaseModel):
    items: list[SimilarPhoto]


@router.post(
    "/photos/{photo_id}/predictions",
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


@router.get("/photos/{photo_id}/predictions", response_model=PredictionList, response_model_exclude_none=True)
def browse(actor: CurrentActor, photo_id: UUID) -> Any:
    """All that was said of a photo, newest first."""
    return {"items": predictions.of_photo(actor, photo_id)}


@router.get("/photos/{photo_id}/similar", response_model=SimilarList, response_model_exclude_none=True)
def similar(actor: CurrentActor, photo_id: UUID, k: Annotated[int, Query(ge=1, le=MOST)] = 8) -> Any:
    """The photos of other samples most like this one, to the model that has looked at it, nearest first."""
    return {"items": predictions.similar(actor, photo_id, k)}


@router.get(
    "/photos/{photo_id}/explanation",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}, "description": "The photo under a heat map (Grad-CAM)."}},
)
def explain(
    actor: CurrentActor,
    photo_id: UUID,
    target: Annotated[str, Query(description="`grade`, or a score or value that the model answers.")] = "grade",
    strength: Annotated[float, Query(ge=0, le=1)] = 0.5,
) -> Any:
    """Where in a stored photo the live model looks for an answer."""
    photo, live = predictions.photo(actor, photo_id), model_versions.live(actor).info
    # Loaded when it is first asked for: most processes of the API never need a network in memory.
    stored, explaining = import_module("models.stored"), import_module("models.explaining")
    try:
        picture = stored.explain(live, photo, target, strength)
    except explaining.NoSuchTarget as error:
        raise BadInput(Finding("target", "unknown_choice")) from error
    return Response(picture, media_type="image/png", headers={"Cache-Control": "private, max-age=300"})


@router.post(
    "/predictions/{prediction_id}/acceptance", response_model=Prediction, response_model_exclude_none=True
)  # fmt: skip
def accept(actor: CurrentActor, prediction_id: UUID) -> Any:
    """Accept what a model said; accepted again, it stays as it is."""
    return predictions.accept(actor, prediction_id)
