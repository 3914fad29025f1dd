"""Trainings: asked for, looked up while they run; a model version comes out."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Body, Query, Response
from pydantic import BaseModel, Field

from api.dependencies import CurrentActor, CurrentLanguage
from api.predictions import Model
from core import training_runs, words
from core.training_runs import TrainingOptions, TrainingRunView

router = APIRouter(prefix="/training-runs", tags=["models"])


class TrainingRun(BaseModel):
    """`done` of `total` steps of what `word` names; `error` says why it failed; `model` is what came out of it."""

    id: UUID
    options: dict[str, Any]
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    done: int
    total: int = Field(description="0 while it is not known.")
    seconds_left: float | None
    word: str | None
    model: Model | None
    error: str | None
    requested_by: UUID
    requested_at: datetime
    finished_at: datetime | None


class TrainingRunList(BaseModel):
    items: list[TrainingRun]


@router.post("", status_code=202, response_model=TrainingRun, response_model_exclude_none=True)
def start(
    actor: CurrentActor, language: CurrentLanguage, response: Response,
    asked: Annotated[TrainingOptions, Body(default_factory=TrainingOptions)],
) -> Any:  # fmt: skip
    """Train a model of the approved samples; asked again while it is not finished, it is the same training."""
    found = training_runs.start(actor, asked)
    response.headers["Location"] = f"/v1/training-runs/{found.id}"
    return _run(found, language)


@router.get("", response_model=TrainingRunList, response_model_exclude_none=True)
def browse(actor: CurrentActor, language: CurrentLanguage, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> Any:
    """Your own trainings, newest first; managers see all."""
    return {"items": [_run(found, language) for found in training_runs.browse(actor, limit)]}


@router.get("/{run_id}", response_model=TrainingRun, response_model_exclude_none=True)
def read(actor: CurrentActor, language: CurrentLanguage, run_id: UUID) -> Any:
    """How far one of your trainings is; managers may ask for anybody's."""
    return _run(training_runs.get(actor, run_id), language)


@router.delete("/{run_id}", response_model=TrainingRun, response_model_exclude_none=True)
def cancel(actor: CurrentActor, language: CurrentLanguage, run_id: UUID) -> Any:
    """End a training that is not finished; a finished one stays as it is."""
    return _run(training_runs.cancel(actor, run_id), language)


def _run(found: TrainingRunView, language: str) -> dict[str, Any]:
    return vars(found) | {"error": words.of_error(language, found.error)}
