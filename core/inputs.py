"""Reads what a person or a program sent into a model, and says everything that is wrong with it at once."""

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Protocol, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, StringConstraints, ValidationError

from core.errors import BadInput, Finding

Model = TypeVar("Model", bound=BaseModel)


def _refuse_control_signs(text: str) -> str:
    if text.isprintable():
        return text
    if any(unicodedata.category(sign) == "Cc" and sign not in "\n\r\t" for sign in text):
        raise ValueError("control signs")
    return text


Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_refuse_control_signs),
]
Note = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=2000),
    AfterValidator(_refuse_control_signs),
]
# A device's clock may be wrong, but not by centuries: such instants cannot even be read back from the database.
Instant = Annotated[
    AwareDatetime,
    Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2100, 1, 1, tzinfo=UTC)),
    AfterValidator(lambda instant: instant.astimezone(UTC)),  # as the database gives it back
]

# pydantic's kinds of error -> ours; the first match counts.
CODES = (
    ("missing", "missing"),
    ("extra_forbidden", "unknown_field"),
    ("datetime", "not_an_instant"),
    ("timezone", "not_an_instant"),
    ("date", "not_a_date"),
    ("finite", "not_a_number"),
    ("int", "not_a_number"),
    ("float", "not_a_number"),
    ("uuid", "not_an_id"),
    ("string_too_short", "missing"),
    ("string_too_long", "too_long"),
    ("literal", "unknown_choice"),
    ("password_too_short", "password_too_short"),
    ("greater_than", "too_small"),
    ("less_than", "too_large"),
    ("multiple_of", "no_multiple"),
)
BOUNDS = {
    "ge": "limit", "gt": "limit", "le": "limit", "lt": "limit", "max_length": "limit", "minimum": "minimum",
    "multiple_of": "step",
}  # fmt: skip


class Refusal(Protocol):
    """What pydantic raises, and what wraps its errors in the API."""

    def errors(self) -> Sequence[Any]: ...


def read(model: type[Model], values: Mapping[str, Any]) -> Model:
    """The values as a model.

    Raises:
        BadInput: one finding for each field that does not fit.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise BadInput(*findings(error)) from error


def findings(error: Refusal) -> list[Finding]:
    return [
        Finding(
            ".".join(str(part) for part in detail["loc"]) or "body",
            next((code for kind, code in CODES if detail["type"].startswith(kind)), "not_valid"),
            {
                ours: value
                for theirs, ours in BOUNDS.items()
                if (value := detail.get("ctx", {}).get(theirs)) is not None
            },
        )
        for detail in error.errors()
    ]
