"""The recycle bin: moving samples there, what lies in it, restoring, ending for good."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict

from api.dependencies import CurrentActor, EtagsHeld, VersionSeen
from api.photos import PICTURE, answer
from api.samples import tagged
from core import recycle_bin
from core.inputs import Line, Note
from core.recycle_bin import BinItem, Removed
from core.samples import SampleView

router = APIRouter(tags=["recycle bin"])
Reason = Annotated[Note, Query(description="Why; it stays in the history.")]
RoundKey = Annotated[int, Path(ge=-(10**6), le=-1, description="The round's `round_key` in the bin.")]
RESTORED: dict[str, Any] = {"response_model": SampleView, "response_model_exclude_none": True}


class BinList(BaseModel):
    """Removed last comes first; `next_cursor` is absent on the last page."""

    items: list[BinItem]
    total: int
    next_cursor: str | None = None


class RoundRestoration(BaseModel):
    """Whether a round brings its sample back too, where that is in the bin."""

    model_config = ConfigDict(extra="forbid")
    with_sample: bool = False


@router.delete("/samples/{sample_id}", response_model=Removed)
def remove(actor: CurrentActor, sample_id: str, version: VersionSeen, reason: Reason) -> Any:
    """Move the version that was seen to the recycle bin, with all that hangs on it."""
    return recycle_bin.remove(actor, sample_id, version, reason)


@router.post("/samples/{sample_id}/restoration", **RESTORED)
def restore(actor: CurrentActor, sample_id: str, response: Response) -> Any:
    """Bring a sample back from the recycle bin; one that is not there stays as it is."""
    return tagged(recycle_bin.restore(actor, sample_id), response)


@router.post("/samples/{sample_id}/rounds/{round_key}/restoration", **RESTORED)
def restore_round(
    actor: CurrentActor, sample_id: str, round_key: RoundKey, response: Response, sent: RoundRestoration | None = None
) -> Any:
    """Bring a removed round back as the last of its sample."""
    with_sample = sent is not None and sent.with_sample
    return tagged(recycle_bin.restore_round(actor, sample_id, round_key, with_sample=with_sample), response)


@router.get("/bin", response_model=BinList, response_model_exclude_none=True)
def browse(
    actor: CurrentActor, limit: Annotated[int, Query(ge=1, le=200)] = 50, cursor: Annotated[Line | None, Query()] = None
) -> Any:
    """What lies in the recycle bin; a `round_key` of 0 means the whole sample."""
    page = recycle_bin.items(actor, limit, cursor)
    return {"items": page.items, "total": page.total, "next_cursor": page.after}


@router.get("/bin/photos/{photo_id}/content", **PICTURE)
def content(
    actor: CurrentActor, photo_id: UUID, held: EtagsHeld, size: Literal["original", "1024", "256"] = "original"
) -> Response:
    """A picture that lies in the recycle bin with its sample or round."""
    return answer(recycle_bin.photo(actor, photo_id, size, held), held)


@router.delete("/bin/{sample_id}", status_code=204)
def purge(actor: CurrentActor, sample_id: str, reason: Reason) -> None:
    """End a sample of the recycle bin for good; its number is never used again."""
    recycle_bin.purge(actor, sample_id, reason)
