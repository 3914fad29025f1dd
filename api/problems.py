"""Errors as RFC 9457 problems, in the caller's language."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from core import accounts, clock, errors, inputs, words
from core.errors import BadInput, Finding, MeatlabError, NotFound

MEDIA_TYPE = "application/problem+json"


class Malformed(MeatlabError):
    code = "malformed"


class MethodNotAllowed(MeatlabError):
    code = "method_not_allowed"


class NotReady(MeatlabError):
    code = "not_ready"


class PayloadTooLarge(MeatlabError):
    """More bytes than are taken here; says how many megabytes are."""

    code = "payload_too_large"

    def __init__(self, maximum_bytes: int) -> None:
        super().__init__(maximum_mb=maximum_bytes // 1024**2)


class PreconditionRequired(MeatlabError):
    code = "precondition_required"


class TusVersion(MeatlabError):
    """Another version of the upload protocol than ours, or none."""

    code = "tus_version"


class UnsupportedMediaType(MeatlabError):
    code = "unsupported_media_type"


class UploadLength(MeatlabError):
    """Another number of bytes arrived than was promised."""

    code = "upload_length"


STATUS: dict[type[MeatlabError], int] = {
    Malformed: 400,
    UploadLength: 400,
    errors.NotSignedIn: 401,
    errors.SignInRefused: 401,
    errors.NotAllowed: 403,
    errors.EditWindowClosed: 403,
    NotFound: 404,
    MethodNotAllowed: 405,
    errors.Conflict: 409,
    errors.Claimed: 409,
    errors.WrongState: 409,
    errors.NotLastRound: 409,
    errors.PhotoMissing: 409,
    errors.SampleInBin: 409,
    errors.RoundOutOfOrder: 409,
    errors.LastManager: 409,
    errors.TooFewAnimals: 409,
    errors.Stale: 412,
    TusVersion: 412,
    PayloadTooLarge: 413,
    UnsupportedMediaType: 415,
    BadInput: 422,
    PreconditionRequired: 428,
    errors.TooManyAttempts: 429,
    MeatlabError: 500,
    NotReady: 503,
}
# What the framework raises by itself, as ours.
BY_STATUS: dict[int, type[MeatlabError]] = {400: Malformed, 404: NotFound, 405: MethodNotAllowed}


class FieldProblem(BaseModel):
    """One thing wrong with one field of what was sent."""

    field: str
    code: str
    message: str


class Problem(BaseModel):
    """An error (RFC 9457). Programs go by `code`; `title`, `detail` and the messages are for people."""

    type: str = Field(examples=["/docs#stale"])
    title: str
    status: int
    code: str = Field(examples=["stale"])
    detail: str
    errors: list[FieldProblem] | None = None
    request_id: str
    current_version: int | None = Field(default=None, description="With code `stale`: the version to look at.")
    current: dict[str, Any] | None = Field(default=None, description="With code `stale`: what is stored now.")
    differing: dict[str, list[Any]] | None = Field(
        default=None, description="With code `stale`: field -> [stored now, wanted by the caller]."
    )


def install(app: FastAPI) -> None:
    app.add_exception_handler(MeatlabError, _on_refusal)
    app.add_exception_handler(RequestValidationError, _on_unfit_request)
    app.add_exception_handler(HTTPException, _on_framework_error)


def response(request: Request, refusal: MeatlabError, headers: Mapping[str, str] | None = None) -> Response:
    """The refusal as the answer to this request."""
    spoken = language(request)
    status = next(STATUS[kind] for kind in type(refusal).__mro__ if kind in STATUS)
    request_id = request.state.request_id
    values = {name: _readable(spoken, name, value) for name, value in refusal.values.items()}
    problem = {
        "type": f"/docs#{refusal.code}",
        "title": words.text(spoken, f"problem.{refusal.code}"),
        "status": status,
        "code": refusal.code,
        "detail": words.text(spoken, f"error.{refusal.code}", **values | {"request_id": request_id}),
        "request_id": request_id,
    }
    if isinstance(refusal, BadInput):
        problem["errors"] = [_field_problem(spoken, finding) for finding in refusal.findings]
    if isinstance(refusal, errors.Stale):
        problem |= refusal.values | {"differing": refusal.differing}
        if refusal.current is not None:
            problem["current"] = jsonable_encoder(refusal.current, exclude_none=True)
    # What somebody sent may be named here, and half characters have no UTF-8.
    content = json.dumps(problem, ensure_ascii=False).encode(errors="replace")
    own = {"Content-Language": spoken, "Cache-Control": "no-store"} | _own_headers(refusal)
    return Response(content, status, own | dict(headers or {}), MEDIA_TYPE)


def language(request: Request) -> str:
    """What the request asks for, else what the signed-in person's profile says."""
    profile = request.state.actor.language if hasattr(request.state, "actor") else None
    return words.best_language(",".join(filter(None, [request.headers.get("accept-language"), profile])))


def _own_headers(refusal: MeatlabError) -> dict[str, str]:
    if isinstance(refusal, errors.Stale):
        return {"ETag": f'"{refusal.values["current_version"]}"'}
    if isinstance(refusal, errors.TooManyAttempts):
        seconds = (refusal.values["until"] - clock.now()).total_seconds()
        return {"Retry-After": str(max(1, int(min(seconds, accounts.LOCK.total_seconds()))))}
    if isinstance(refusal, TusVersion):
        return {"Tus-Version": refusal.values["supported"]}
    if isinstance(refusal, errors.NotSignedIn | errors.SignInRefused):
        return {"WWW-Authenticate": "Bearer"}
    return {}


def sentence(spoken: str, refusal: MeatlabError) -> str:
    """What went wrong, in a language."""
    values = {name: _readable(spoken, name, value) for name, value in refusal.values.items()}
    return words.text(spoken, f"error.{refusal.code}", **values)


def _field_problem(spoken: str, finding: Finding) -> dict[str, str]:
    values = {name: _readable(spoken, name, value) for name, value in finding.values.items()}
    message = words.text(spoken, f"finding.{finding.code}", **values)
    return FieldProblem(field=finding.field, code=finding.code, message=message).model_dump()


def _readable(spoken: str, name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(clock.SEOUL).strftime("%Y-%m-%d %H:%M")
    key = {"state": "status", "species": "species"}.get(name)
    return words.text(spoken, f"{key}.{value}") if key else value


def _on_refusal(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, MeatlabError)  # noqa: S101  (as registered above)
    return response(request, refusal)


def _on_unfit_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  (as registered above)
    details = error.errors()
    if any(detail["type"] == "json_invalid" for detail in details):
        return response(request, Malformed())
    if any(detail["loc"][0] == "path" for detail in details):
        return response(request, NotFound())  # an address that cannot be anything's
    found = [Finding(_inside(finding.field), finding.code, finding.values) for finding in inputs.findings(error)]
    return response(request, BadInput(*found))


def _inside(location: str) -> str:
    """The field itself: the framework puts "body" or "query" before it."""
    return location.partition(".")[2] or location


def _on_framework_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  (as registered above)
    if isinstance(error.__cause__, MeatlabError):  # raised by us while the framework read the body
        return response(request, error.__cause__)
    return response(request, BY_STATUS.get(error.status_code, MeatlabError)(), error.headers)
