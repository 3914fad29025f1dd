"""Everything that a form needs to offer."""

from typing import Any

from fastapi import APIRouter, Response

from api.dependencies import EtagsHeld
from core import catalogue
from core.catalogue import Catalogue

router = APIRouter(tags=["catalogue"])


@router.get(
    "/catalogue",
    response_model=Catalogue,
    response_model_exclude_none=True,
    responses={304: {"description": "The entity tag sent is still the current one."}},
)
def read(response: Response, held: EtagsHeld) -> Any:
    """Species, cuts, grades, sexes, breeds, scales, reject reasons and provinces, in shown order."""
    found = catalogue.get()
    headers = {"ETag": f'"{found.etag()}"', "Cache-Control": "private, no-cache"}
    if found.etag() in held:
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return found
