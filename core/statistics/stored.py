"""Parts as JSON, and back: nothing is lost, not the last digit of a number and not what is empty.

JSON has neither infinity nor "not a number", and PostgreSQL writes a large float as an integer; so floats are text.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from core.statistics.answers import Name, Part, Says, Test
from core.statistics.cohort import N


@dataclass(frozen=True)
class Form:
    """How things of a kind are written, and how they are read."""

    kind: type | tuple[type, ...]
    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def pack(value: Any) -> Any:
    """A part, or what parts are made of, as JSON holds it.

    Raises:
        TypeError: this kind of thing is not known here.
    """
    value = value.item() if isinstance(value, np.generic) else value
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, list):
        return [pack(one) for one in value]
    name = next((name for name, form in FORMS.items() if isinstance(value, form.kind)), None)
    if name is None or isinstance(value, datetime):
        raise TypeError(type(value).__name__)
    return {name: FORMS[name].write(value)}


def unpack(value: Any) -> Any:
    """What `pack` was given."""
    if isinstance(value, list):
        return [unpack(one) for one in value]
    if not isinstance(value, dict):
        return value
    ((name, written),) = value.items()
    return FORMS[name].read(written)


def _record(kind: type) -> Form:
    """Of a dataclass, by the names of its fields."""
    return Form(
        kind,
        lambda value: {field.name: pack(getattr(value, field.name)) for field in fields(kind)},
        lambda own: kind(**{name: unpack(one) for name, one in own.items()}),
    )


def _array(value: Any) -> Any:
    return {"type": str(value.dtype), "shape": list(value.shape), "values": pack(value.ravel().tolist())}


def _table(value: pd.DataFrame) -> Any:
    columns = [[str(name), str(value[name].dtype), pack(value[name].tolist())] for name in value]
    return {"columns": columns, "rows": len(value)}


def _read_table(own: Any) -> pd.DataFrame:
    columns = {name: pd.Series(unpack(values), dtype=kind) for name, kind, values in own["columns"]}
    return pd.DataFrame(columns, index=range(own["rows"]))


FORMS = {
    "float": Form(float, repr, float),
    "date": Form(date, date.isoformat, date.fromisoformat),
    "tuple": Form(tuple, lambda value: pack(list(value)), lambda own: tuple(unpack(own))),
    "map": Form(
        Mapping,
        lambda value: [[pack(key), pack(one)] for key, one in value.items()],
        lambda own: {unpack(key): unpack(one) for key, one in own},
    ),
    "array": Form(np.ndarray, _array, lambda own: np.array(unpack(own["values"]), own["type"]).reshape(own["shape"])),
    "table": Form(pd.DataFrame, _table, _read_table),
    **{kind.__name__: _record(kind) for kind in (N, Name, Part, Says, Test)},
}
