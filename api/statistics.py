"""Statistics: the same answers as the pages, one route a view."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.dependencies import CurrentActor, CurrentLanguage
from core import catalogue, statistics
from core.statistics import Answer, Part, StatisticsFilter, wording

router = APIRouter(prefix="/statistics", tags=["statistics"])


class Counts(BaseModel):
    """An animal is one trace number; scores are single scores or measured replicates."""

    animals: int
    samples: int
    scores: int


class TestResult(BaseModel):
    """`freedom` are the degrees of freedom; `of` says what was tested where a part has several tests."""

    name: str
    statistic: float | None
    freedom: list[float]
    p: float | None
    effect_name: str | None
    effect: float | None
    n: int
    of: str | None
    more_effects: dict[str, float]


class PartAnswer(BaseModel):
    """One chart: its rows are those of its table; `missing` counts what had to be left out."""

    name: str
    n: Counts
    missing: int
    sentence: str
    rows: list[dict[str, Any]]
    tests: list[TestResult]
    notes: list[str]


class StatisticsAnswer(BaseModel):
    """What a view says of what the filter leaves, as things are now."""

    view: str
    filter: dict[str, Any]
    n: Counts
    missing: int
    parts: list[PartAnswer]


def route(view: str, query: type[StatisticsFilter]) -> Callable[..., Any]:
    """The function that answers one view; its parameters are those of the view's query."""

    class Asked(query):  # type: ignore[valid-type, misc]
        part: Annotated[list[str], Field(default_factory=list, description="Some of its parts; all without.")]

    Asked.__doc__ = query.__doc__

    def answer(actor: CurrentActor, language: CurrentLanguage, asked: Annotated[Asked, Query()]) -> Any:
        wanted = asked.model_dump(exclude={"part"}, exclude_none=True)
        return as_json(statistics.view(actor, view, wanted, asked.part), language)

    return answer


def part_json(part: Part, language: str) -> dict[str, Any]:
    known = catalogue.recent()
    return {
        "name": part.name,
        "n": vars(part.n),
        "missing": part.missing,
        "sentence": wording.sentence(language, known, part.says),
        "rows": wording.plain_rows(part.table),
        "tests": [{name: wording.plain(value) for name, value in vars(test).items()} for test in part.tests],
        "notes": [wording.sentence(language, known, note) for note in part.notes],
    }


def as_json(answer: Answer, language: str) -> dict[str, Any]:
    return {
        "view": answer.view,
        "filter": answer.wanted.model_dump(mode="json", exclude_none=True),
        "n": vars(answer.n),
        "missing": answer.missing,
        "parts": [part_json(part, language) for part in answer.parts],
    }


for name, view in statistics.VIEWS.items():
    router.add_api_route(
        f"/{name}", route(name, view.query), methods=["GET"], name=name, response_model=StatisticsAnswer,
        description=(view.query.__doc__ or "") + f" Parts: {', '.join(view.parts)}.",
    )  # fmt: skip
