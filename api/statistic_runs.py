"""Runs of statistics: computations that take longer than a request; asked for, and looked up until they are done."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Body, Response
from pydantic import BaseModel, Field

from api.dependencies import CurrentActor, CurrentLanguage
from api.statistics import PartAnswer, part_json
from core import statistics, words
from core.statistics import StatisticsFilter, runs
from core.statistics.runs import RunView

router = APIRouter(prefix="/statistics", tags=["statistics"])


class StatisticRun(BaseModel):
    """`done` of `total` steps; `error` says why it failed; `parts` are there once the state is `done`."""

    id: UUID
    view: str
    filter: dict[str, Any]
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    done: int
    total: int = Field(description="0 while it is not known.")
    error: str | None
    requested_at: datetime
    finished_at: datetime | None
    parts: list[PartAnswer]


def route(view: str, query: type[StatisticsFilter]) -> Callable[..., Any]:
    """The function that starts the runs of one kind; its body is their query."""

    def start(
        actor: CurrentActor, language: CurrentLanguage, response: Response,
        asked: Annotated[query, Body(default_factory=query)],  # type: ignore[valid-type]
    ) -> Any:  # fmt: skip
        found = runs.start(actor, view, asked)
        response.headers["Location"] = f"/v1/statistics/runs/{found.id}"
        return as_run(found, language)

    return start


def as_run(run: RunView, language: str) -> dict[str, Any]:
    own = {name: getattr(run, name) for name in StatisticRun.model_fields if name not in ("filter", "error", "parts")}
    return own | {
        "filter": run.query,
        "error": words.of_error(language, run.error),
        "parts": [part_json(part, language) for part in run.parts],
    }


for name, run in runs.RUNS.items():
    router.add_api_route(
        f"/{name}/runs", route(name, statistics.VIEWS[run.view].query), methods=["POST"], name=f"start_{name}",
        response_model=StatisticRun, status_code=202,
        description="Ask for a run; the same question asked again while it is not finished is the same run.",
    )  # fmt: skip


@router.get("/runs/{run_id}", response_model=StatisticRun)
def read(actor: CurrentActor, language: CurrentLanguage, run_id: UUID) -> Any:
    """How far one of your runs is, and what came out; managers may ask for anybody's."""
    return as_run(runs.get(actor, run_id), language)


@router.delete("/runs/{run_id}", response_model=StatisticRun)
def cancel(actor: CurrentActor, language: CurrentLanguage, run_id: UUID) -> Any:
    """End a run that is not finished; a finished one stays as it is."""
    return as_run(runs.cancel(actor, run_id), language)
