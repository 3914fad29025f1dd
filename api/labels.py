"""Labels of samples as files to print, and the log of what was printed."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from api.dependencies import CurrentActor, CurrentLanguage
from core import sample_labels
from core.inputs import Line
from core.sample_labels import NewPrint
from core.sample_labels.printing import MEDIA_TYPES

router = APIRouter(tags=["labels"])
FILE: dict[str, Any] = {
    "response_class": Response,
    "responses": {
        200: {
            "description": "The file; `X-Print-ID` names the print in the log.",
            "content": {media_type: {} for media_type in dict.fromkeys(MEDIA_TYPES.values())},
            "headers": {"X-Print-ID": {"schema": {"type": "string", "format": "uuid"}}},
        }
    },
}


class PrintedLabels(BaseModel):
    """One file of labels that was made."""

    id: UUID
    printed_by: str
    printed_at: datetime
    size: str
    format: str
    dpi: int
    copies: int
    language: str
    sample_ids: list[str]


class PrintLog(BaseModel):
    """Newest first; `next_cursor` is absent on the last page."""

    items: list[PrintedLabels]
    next_cursor: str | None = None


@router.post("/labels", **FILE)
def print_labels(actor: CurrentActor, spoken: CurrentLanguage, new: NewPrint) -> Response:
    """Make a file of labels and note that it was made; the words on them are the caller's unless said otherwise."""
    wanted = new if "language" in new.model_fields_set else new.model_copy(update={"language": spoken})
    file = sample_labels.print_labels(actor, wanted)
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"', "X-Print-ID": str(file.print_id)}
    return Response(file.data, media_type=file.media_type, headers=headers)


@router.get("/label-prints", response_model=PrintLog, response_model_exclude_none=True)
def browse(
    actor: CurrentActor,
    sample_id: Annotated[Line | None, Query(description="Only prints with a label of this sample.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 25,
    cursor: Annotated[Line | None, Query()] = None,
) -> Any:
    """What was printed; those who print of their own samples only see their own prints."""
    page = sample_labels.prints(actor, sample_id=sample_id, limit=limit, after=cursor)
    return {"items": page.items, "next_cursor": page.after}
