"""Reviews: what waits, taking it in hand, approving, rejecting; wishes of makers who came too late."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api import problems
from api.dependencies import CurrentActor, VersionSeen
from api.samples import tagged
from core import reviews
from core.inputs import Line
from core.reviews import Queue, Rejection, Reviewed
from core.samples import edit_requests
from core.samples.edit_requests import EditRequestView, NewEditRequest, Refusal

router = APIRouter(tags=["reviews"])


class Seen(BaseModel):
    """One sample in the version that was seen."""

    model_config = ConfigDict(extra="forbid")
    id: Line
    version: Annotated[int, Field(ge=0, le=10**9)]


class Approvals(BaseModel):
    model_config = ConfigDict(extra="forbid")
    samples: Annotated[list[Seen], Field(min_length=1, max_length=200)]


class ApprovalResult(BaseModel):
    """`code` and `detail` say why a sample was left as it is."""

    id: str
    approved: bool
    code: str | None = None
    detail: str | None = None


class Claim(BaseModel):
    claimed_until: datetime


@router.get("/queue", response_model=Queue, response_model_exclude_none=True)
def browse(
    actor: CurrentActor,
    limit: Annotated[int, Query(ge=1, le=200)] = 25,
    offset: Annotated[int, Query(ge=0, le=1000)] = 0,
) -> Any:
    """What waits for review, oldest first."""
    return reviews.queue(actor, limit=limit, offset=offset)


@router.post("/samples/{sample_id}/claim", response_model=Claim)
def claim(actor: CurrentActor, sample_id: str) -> Any:
    """Take a waiting sample in hand for ten minutes, or keep it for ten more."""
    return {"claimed_until": reviews.claim(actor, sample_id)}


@router.delete("/samples/{sample_id}/claim", status_code=204)
def release(actor: CurrentActor, sample_id: str) -> None:
    """Give it back to the others."""
    reviews.release(actor, sample_id)


@router.post("/samples/{sample_id}/approval", response_model=Reviewed)
def approve(actor: CurrentActor, sample_id: str, version: VersionSeen, response: Response) -> Any:
    """Approve the version that was seen; doing it again changes nothing."""
    return tagged(reviews.approve(actor, sample_id, version), response)


@router.post("/samples/{sample_id}/rejection", response_model=Reviewed)
def reject(actor: CurrentActor, sample_id: str, version: VersionSeen, sent: Rejection, response: Response) -> Any:
    """Reject the version that was seen; doing it again changes nothing."""
    return tagged(reviews.reject(actor, sample_id, version, sent.reason, sent.text), response)


@router.post("/approvals", response_model=list[ApprovalResult], response_model_exclude_none=True)
def approve_many(request: Request, actor: CurrentActor, sent: Approvals) -> Any:
    """Approve up to 200 samples, each by itself."""
    spoken = problems.language(request)
    done = reviews.approve_many(actor, [(seen.id, seen.version) for seen in sent.samples])
    return [_result(one, spoken) for one in done]


@router.put("/samples/{sample_id}/edit_requests/{request_id}", response_model=EditRequestView)
def request_edit(actor: CurrentActor, sample_id: str, request_id: UUID, new: NewEditRequest) -> Any:
    """Ask for a change for which the maker's time is over."""
    return edit_requests.request_edit(actor, sample_id, request_id, new)


@router.post("/edit_requests/{request_id}/grant", response_model=EditRequestView)
def grant(actor: CurrentActor, request_id: UUID) -> Any:
    """Make the change that was asked for."""
    return edit_requests.grant(actor, request_id)


@router.post("/edit_requests/{request_id}/refusal", response_model=EditRequestView)
def refuse(actor: CurrentActor, request_id: UUID, sent: Refusal) -> Any:
    """Keep the sample as it is."""
    return edit_requests.refuse(actor, request_id, sent.answer)


def _result(done: reviews.ManyResult, spoken: str) -> dict[str, Any]:
    if done.refusal is None:
        return {"id": done.sample_id, "approved": True}
    detail = problems.sentence(spoken, done.refusal)
    return {"id": done.sample_id, "approved": False, "code": done.refusal.code, "detail": detail}
