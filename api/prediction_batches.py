"""Batches of predictions: asked for over a filter of samples, looked up while they run, read, accepted."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Body, Query, Response
from pydantic import BaseModel, Field

from api.dependencies import CurrentActor, CurrentLanguage
from api.predictions import Model, Prediction
from core import words
from core.labels import Measured
from core.predictions import batches
from core.predictions.batches import BatchFilter, BatchRow, BatchView

router = APIRouter(prefix="/prediction-batches", tags=["predictions"])
State = Literal["waiting", "running", "done", "failed", "cancelled"]


class PredictionBatch(BaseModel):
    """`done` and `failed` of `total` photos; `error` says why the whole failed.

    `to_accept`: how many of its predictions wait to be accepted; absent while it runs, and in lists.
    """

    id: UUID
    filter: dict[str, Any]
    model: Model
    state: State
    done: int
    failed: int
    total: int = Field(description="0 while it is not known.")
    error: str | None
    requested_by: UUID
    requested_at: datetime
    finished_at: datetime | None
    to_accept: int | None


class PredictionBatchList(BaseModel):
    items: list[PredictionBatch]


class PredictionBatchRow(BaseModel):
    """One photo: what was predicted beside what was found; `differences` are predicted less measured.

    `grade_steps`: how many grades better (worse: below 0) than what the carcass was given.
    """

    position: int
    photo_id: UUID
    sample_id: str
    seq: int
    preparation: str
    state: Literal["waiting", "done", "failed"]
    error: str | None
    prediction: Prediction | None
    measured: Measured
    grade_steps: int | None
    differences: dict[str, float]


class PredictionBatchRows(BaseModel):
    """`next`: what to send as `after` for the following ones; absent at the end."""

    items: list[PredictionBatchRow]
    next: int | None
    total: int


class Accepted(BaseModel):
    accepted: int = Field(description="How many nobody had accepted yet.")


@router.post("", status_code=202, response_model=PredictionBatch, response_model_exclude_none=True)
def start(
    actor: CurrentActor, language: CurrentLanguage, response: Response,
    asked: Annotated[BatchFilter, Body(default_factory=BatchFilter)],
) -> Any:  # fmt: skip
    """Ask the live model about all photos that fit; asked again while it is not finished, it is the same batch."""
    found = batches.start(actor, asked)
    response.headers["Location"] = f"/v1/prediction-batches/{found.id}"
    return _batch(found, language)


@router.get("", response_model=PredictionBatchList, response_model_exclude_none=True)
def browse(actor: CurrentActor, language: CurrentLanguage, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> Any:
    """Your own batches, newest first; managers see all."""
    return {"items": [_batch(found, language) for found in batches.browse(actor, limit)]}


@router.get("/{batch_id}", response_model=PredictionBatch, response_model_exclude_none=True)
def read(actor: CurrentActor, language: CurrentLanguage, batch_id: UUID) -> Any:
    """How far one of your batches is; managers may ask for anybody's."""
    return _batch(batches.get(actor, batch_id), language)


@router.delete("/{batch_id}", response_model=PredictionBatch, response_model_exclude_none=True)
def cancel(actor: CurrentActor, language: CurrentLanguage, batch_id: UUID) -> Any:
    """End a batch that is not finished; what is predicted stays."""
    return _batch(batches.cancel(actor, batch_id), language)


@router.get("/{batch_id}/rows", response_model=PredictionBatchRows, response_model_exclude_none=True)
def rows(
    actor: CurrentActor, language: CurrentLanguage, batch_id: UUID,
    after: Annotated[int | None, Query(ge=0, lt=2**31)] = None, limit: Annotated[int, Query(ge=1, le=200)] = 25,
    only: Literal["predicted", "failed"] | None = None,
) -> Any:  # fmt: skip
    """The photos of a batch, newest samples first."""
    found = batches.rows(actor, batch_id, after=after, limit=limit, only=only)
    return {"items": [_row(row, language) for row in found.rows], "next": found.next, "total": found.total}


@router.post("/{batch_id}/acceptance", response_model=Accepted)
def accept_all(actor: CurrentActor, batch_id: UUID) -> Any:
    """Accept all that the model said in a batch; again, it accepts what has come since."""
    return {"accepted": batches.accept_all(actor, batch_id)}


def _batch(found: BatchView, language: str) -> dict[str, Any]:
    return vars(found) | {"error": words.of_error(language, found.error)}


def _row(row: BatchRow, language: str) -> dict[str, Any]:
    return vars(row) | {"error": words.of_error(language, row.error)}
