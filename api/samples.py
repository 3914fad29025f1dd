"""Samples: register, read, list, edit, submit again."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api.dependencies import CurrentActor, VersionSeen
from core import samples
from core.inputs import Line
from core.samples import FreshSample, SampleChange, SampleFilter, SampleRow, SampleView

router = APIRouter(prefix="/samples", tags=["samples"])


class SampleQuery(BaseModel):
    """Days are slaughter days, both ends included; `q` is a sample number or the beginning of a trace number."""

    model_config = ConfigDict(extra="forbid")
    status: Literal["pending", "approved", "rejected"] | None = None
    owner: Literal["me"] | None = None
    species: Literal["cattle", "pig"] | None = None
    grade: Line | None = None
    province: Line | None = None
    slaughtered_from: Annotated[date | None, Field(alias="from")] = None
    slaughtered_to: Annotated[date | None, Field(alias="to")] = None
    q: Line | None = None
    cursor: Line | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    total: Annotated[bool, Field(description="Whether to count all that fit, too.")] = False


class SampleList(BaseModel):
    """Newest first; `next_cursor` is absent on the last page, `total` where it was not asked for."""

    items: list[SampleRow]
    next_cursor: str | None = None
    total: int | None = None


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
    """The samples that the caller may see, newest first."""
    wanted = SampleFilter(
        mine=query.owner == "me", after=query.cursor, **query.model_dump(include=set(SampleFilter.model_fields))
    )
    page = samples.page(actor, wanted, limit=query.limit + 1, count=query.total)
    items = page.rows[: query.limit]
    more = len(page.rows) > query.limit
    return {"items": items, "next_cursor": items[-1].id if more else None, "total": page.total}


@router.patch("/{sample_id}", response_model=SampleView, response_model_exclude_none=True)
def edit(actor: CurrentActor, sample_id: str, version: VersionSeen, change: SampleChange, response: Response) -> Any:
    """Change some fields of the version that was seen, as a merge patch: null empties a field."""
    return tagged(samples.edit(actor, sample_id, version, change), response)


@router.post("/{sample_id}/submission", response_model=SampleView, response_model_exclude_none=True)
def submit_again(actor: CurrentActor, sample_id: str, version: VersionSeen, response: Response) -> Any:
    """Put a rejected sample back into the review queue."""
    return tagged(samples.submit_again(actor, sample_id, version), response)


def tagged(sample: SampleView, response: Response) -> SampleView:
    response.headers["ETag"] = f'"{sample.version}"'
    return sample
