"""Samples: register, read, list, edit, submit again."""

from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from api.dependencies import CurrentActor, VersionSeen
from core import samples
from core.inputs import Line
from core.reviews import Reviewed
from core.samples import FreshSample, SampleChange, SampleFilter, SampleRow, SampleView
from core.samples.cursors import Sort
from core.samples.lists import Day

Versioned = TypeVar("Versioned", SampleView, Reviewed)
router = APIRouter(prefix="/samples", tags=["samples"])


class SampleQuery(SampleFilter):
    """What a list is narrowed to, how it is sorted, and which page of it is wanted.

    Days are calendar days in Seoul, both ends included; `from` and `to` are slaughter days. `q` is any part of a sample
    number (of three signs or more), or the beginning of a sample number, of a trace number or of a city or county.
    """

    primal_cut: Annotated[Line | None, Field(alias="cut")] = None
    slaughtered_from: Annotated[Day | None, Field(alias="from")] = None
    slaughtered_to: Annotated[Day | None, Field(alias="to")] = None
    sort: Annotated[
        Sort | None,
        Field(description="From the lowest up, or from the highest down with `-`; else what fits the filter."),
    ] = None
    cursor: Annotated[str | None, Field(max_length=500)] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    total: Annotated[bool, Field(description="Whether to count all that fit, up to 1,000.")] = False


class SampleList(BaseModel):
    """`next_cursor` and `previous_cursor` are absent at the ends, `total` where it was not asked for.

    `is_more`: the total was counted up to 1,000, and there are more.
    """

    items: list[SampleRow]
    next_cursor: str | None = None
    previous_cursor: str | None = None
    total: int | None = None
    is_more: bool | None = None


@router.put(
    "/{sample_id}",
    status_code=201,
    response_model=SampleView,
    response_model_exclude_none=True,
    responses={200: {"model": SampleView, "description": "The very same was registered before."}},
)
def register(actor: CurrentActor, sample_id: str, new: FreshSample, response: Response) -> Any:
    """Register a sample under an id that the caller has made; sent again, it is the same sample."""
    registered = samples.register(actor, sample_id, new)
    response.status_code = 201 if registered.created else 200
    return tagged(registered.sample, response)


@router.get("/{sample_id}", response_model=SampleView, response_model_exclude_none=True)
def read(actor: CurrentActor, sample_id: str, response: Response) -> Any:
    """One whole sample; its version is the entity tag."""
    return tagged(samples.get(actor, sample_id), response)


@router.get("", response_model=SampleList, response_model_exclude_none=True)
def browse(actor: CurrentActor, query: Annotated[SampleQuery, Query()]) -> Any:
    """The samples that the caller may see; newest first where neither the filter nor `sort` says otherwise."""
    page = samples.page(actor, query, sort=query.sort, cursor=query.cursor, limit=query.limit, count=query.total)
    counted = {"total": page.total, "is_more": page.is_more} if query.total else {}
    return {"items": page.rows, "next_cursor": page.next, "previous_cursor": page.previous} | counted


@router.patch("/{sample_id}", response_model=SampleView, response_model_exclude_none=True)
def edit(actor: CurrentActor, sample_id: str, version: VersionSeen, change: SampleChange, response: Response) -> Any:
    """Change some fields of the version that was seen, as a merge patch: null empties a field."""
    return tagged(samples.edit(actor, sample_id, version, change), response)


@router.post("/{sample_id}/submission", response_model=SampleView, response_model_exclude_none=True)
def submit_again(actor: CurrentActor, sample_id: str, version: VersionSeen, response: Response) -> Any:
    """Put a rejected sample back into the review queue."""
    return tagged(samples.submit_again(actor, sample_id, version), response)


def tagged(found: Versioned, response: Response) -> Versioned:
    """The answer, with its version as the entity tag."""
    response.headers["ETag"] = f'"{found.version}"'
    return found
