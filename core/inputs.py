"""Reads what a person or a program sent into a model, and says everything that is wrong with it at once."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from core.errors import BadInput, Finding

Model = TypeVar("Model", bound=BaseModel)

# pydantic's kinds of error -> ours; the first match counts.
CODES = (
    ("missing", "missing"),
    ("extra_forbidden", "unknown_field"),
    ("date", "not_a_date"),
    ("time", "not_a_date"),
    ("int", "not_a_number"),
    ("float", "not_a_number"),
    ("uuid", "not_an_id"),
    ("string_too_short", "missing"),
    ("string_too_long", "too_long"),
    ("literal", "unknown_choice"),
    ("greater_than", "too_small"),
    ("less_than", "too_large"),
)
BOUNDS = {"ge": "limit", "gt": "limit", "le": "limit", "lt": "limit", "max_length": "limit"}


def read(model: type[Model], values: Mapping[str, Any]) -> Model:
    """The values as a model.

    Raises:
        BadInput: one finding for each field that does not fit.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise BadInput(*findings(error)) from error


def findings(error: ValidationError) -> list[Finding]:
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
