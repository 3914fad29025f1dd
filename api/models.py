"""Model versions: which there are, which is live and was when; entered, made live, rolled back."""

import json
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Request
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from api.dependencies import CurrentActor
from core import inputs, model_versions
from core.errors import BadInput, Finding
from core.inputs import Note
from core.model_versions import NewModel
from core.model_versions.new import LARGEST

router = APIRouter(prefix="/models", tags=["models"])
FORM = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["about", "weights"],
                "properties": {
                    "about": {"type": "string", "description": "JSON: name, version, trained_on, report; if known "
                              "card, code_version, data_snapshot. Without a card, what the file says of itself."},
                    "weights": {"type": "string", "format": "binary", "description": "A safetensors file."},
                },
            }
        }
    },
}  # fmt: skip


class ModelSummary(BaseModel):
    """A model version. `created_by` is absent for one that ships with the product."""

    id: UUID
    name: str
    version: str
    sha256: str
    trained_on: str
    card: dict[str, Any]
    code_version: str
    created_at: datetime
    created_by: UUID | None
    is_live: bool


class ModelVersion(ModelSummary):
    """The same with all that it was measured to do, and what it has learned from."""

    report: dict[str, Any]
    data_snapshot: dict[str, Any]


class ModelList(BaseModel):
    items: list[ModelSummary]


class ModelName(BaseModel):
    id: UUID
    name: str
    version: str


class Promotion(BaseModel):
    """When a version became live; `by_name` is absent where it was the product itself."""

    at: datetime
    by_name: str | None
    model: ModelName
    reason: str | None


class PromotionList(BaseModel):
    items: list[Promotion]


class Promoting(BaseModel):
    model_config = ConfigDict(extra="forbid")
    reason: Note | None = None


class RollingBack(Promoting):
    """`live`: the version that was seen as live; where another one is by now, nothing changes."""

    live: UUID


@router.get("", response_model=ModelList, response_model_exclude_none=True)
def browse(actor: CurrentActor) -> Any:
    """All model versions, newest first."""
    return {"items": model_versions.browse(actor)}


@router.post(
    "", status_code=201, response_model=ModelVersion, response_model_exclude_none=True,
    openapi_extra={"requestBody": FORM},
)  # fmt: skip
async def register(actor: CurrentActor, request: Request) -> Any:
    """Enter a model version; the same weights again are the same version. It does not become live by that."""
    async with request.form(max_files=1, max_fields=1, max_part_size=LARGEST) as form:  # behind the sign-in
        about, weights = form.get("about"), form.get("weights")
        missing = [Finding(name, "missing") for name in ("about", "weights") if name not in form]
        if not isinstance(about, str) or not isinstance(weights, UploadFile):
            raise BadInput(*(missing or [Finding("weights", "not_weights")]))
        new = inputs.read(NewModel, _object(about))
        return await run_in_threadpool(model_versions.register, actor, await weights.read(), **new.model_dump())


@router.get("/promotions", response_model=PromotionList, response_model_exclude_none=True)
def promotions(actor: CurrentActor) -> Any:
    """What was live when, newest first."""
    return {"items": model_versions.promotions(actor)}


@router.post("/rollback", response_model=ModelVersion, response_model_exclude_none=True)
def roll_back(actor: CurrentActor, asked: RollingBack) -> Any:
    """Make the version live again that was so before; sent twice, it is one step back."""
    return model_versions.roll_back(actor, asked.live, asked.reason)


@router.get("/{model_id}", response_model=ModelVersion, response_model_exclude_none=True)
def read(actor: CurrentActor, model_id: UUID) -> Any:
    """One model version with its report."""
    return model_versions.get(actor, model_id)


@router.post("/{model_id}/promotion", response_model=ModelVersion, response_model_exclude_none=True)
def promote(
    actor: CurrentActor, model_id: UUID, asked: Annotated[Promoting, Body(default_factory=Promoting)]
) -> Any:  # fmt: skip
    """Make a version live from now on; the one that is live stays so."""
    return model_versions.promote(actor, model_id, asked.reason)


def _object(about: str) -> dict[str, Any]:
    try:
        found = json.loads(about)
    except (ValueError, RecursionError) as error:
        raise BadInput(Finding("about", "not_valid")) from error
    if not isinstance(found, dict):
        raise BadInput(Finding("about", "not_valid"))
    return found
