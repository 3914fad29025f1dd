"""Mappings of columns that somebody gave a name: said once for one kind of sheet, used by everybody again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select, text

from core import audit
from core.db import transaction
from core.errors import BadInput, Finding, NameTaken
from core.imports.headers import SKIP, targets
from core.imports.views import ColumnView
from core.inputs import Line, read
from core.policy import Actor, require
from core.tables import ImportMapping

MOST = 500


class NewMapping(BaseModel):
    """A name, and what columns mean: the key of a header -> a target, or "skip"."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[Line, Field(max_length=60)]
    columns: Annotated[dict[str, str], Field(min_length=1, max_length=1000)]


@dataclass(frozen=True)
class MappingView:
    name: str
    columns: dict[str, str]


def save(actor: Actor, name: str, columns: Mapping[str, str], *, replace: bool = False) -> MappingView:
    """Keeps a mapping under its name; the same again changes nothing.

    Raises:
        NameTaken: another mapping has this name already; `replace` says that it goes.
        BadInput: what is wrong with it.
    """
    require(actor, "import.run")
    new = read(NewMapping, {"name": name, "columns": dict(columns)})
    known = {*targets(), SKIP}
    if unknown := [target for target in new.columns.values() if target not in known]:
        raise BadInput(Finding(f"columns.{unknown[0]}", "unknown_choice"))
    with transaction() as session:
        session.execute(text("select pg_advisory_xact_lock(hashtextextended('import_mappings', 0))"))
        row = session.scalars(select(ImportMapping).filter_by(name=new.name)).one_or_none()
        if row is not None and row.columns != new.columns and not replace:
            raise NameTaken(name=new.name)
        if row is None:
            if (session.scalar(select(func.count()).select_from(ImportMapping)) or 0) >= MOST:
                raise BadInput(Finding("name", "too_many", {"limit": MOST}))
            row = ImportMapping(name=new.name, columns=new.columns, made_by=actor.id)
            session.add(row)
        elif row.columns != new.columns:
            row.columns, row.made_by = new.columns, actor.id
        else:
            return MappingView(row.name, row.columns)
        session.flush()
        audit.record(session, actor, "import.save_mapping", "import_mapping", row.id, after={"name": new.name})
        return MappingView(row.name, row.columns)


def browse(actor: Actor) -> list[MappingView]:
    """All of them, by name."""
    require(actor, "import.run")
    with transaction() as session:
        return [MappingView(row.name, row.columns) for row in session.scalars(_all())]


def fitting(known: Sequence[MappingView], columns: Sequence[ColumnView]) -> MappingView | None:
    """The one that tells most of what is not known of these columns, if any tells something."""
    open_ones = {column.key for column in columns if column.target is None}
    best = max(known, key=lambda each: len(open_ones & each.columns.keys()), default=None)
    return best if best is not None and open_ones & best.columns.keys() else None


def _all() -> Any:
    return select(ImportMapping).order_by(ImportMapping.name)
