"""Drafts: what a person has typed so far, kept on the server so that no reload, restart or other device loses it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import clock
from core.db import transaction
from core.errors import BadInput, Finding
from core.policy import Actor, require
from core.tables import Draft as Row

LARGEST = 64 * 1024  # bytes of JSON
KIND = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)


@dataclass(frozen=True)
class Draft:
    """JSON as it was saved; `sample_id` in it names the sample that it will become."""

    content: dict[str, Any]
    saved_at: datetime


def save(actor: Actor, kind: str, content: Mapping[str, Any]) -> Draft:
    """Keeps what was typed, in the place of what was kept before; one a person and kind, the last one saved counts.

    Raises:
        BadInput: it is no JSON object that PostgreSQL can hold, or larger than 64 kB.
    """
    require(actor, "sample.create_fresh")
    draft = Draft(_as_json(kind, content), clock.now())
    row = {"content": draft.content, "saved_at": draft.saved_at}
    with transaction() as session:
        session.execute(
            insert(Row)
            .values(user_id=actor.id, kind=kind, **row)
            .on_conflict_do_update(index_elements=["user_id", "kind"], set_=row)
        )
    return draft


def load(actor: Actor, kind: str) -> Draft | None:
    require(actor, "sample.create_fresh")
    with transaction() as session:
        row = session.get(Row, (actor.id, kind))
        return Draft(row.content, row.saved_at) if row else None


def discard(actor: Actor, kind: str) -> None:
    """Forgets it; where there is none, nothing happens."""
    require(actor, "sample.create_fresh")
    with transaction() as session:
        session.execute(delete(Row).where(Row.user_id == actor.id, Row.kind == kind))


def fulfil(session: Session, actor: Actor, sample_id: str) -> None:
    """Forgets the draft that has become this sample, within the caller's transaction."""
    session.execute(delete(Row).where(Row.user_id == actor.id, Row.content["sample_id"].astext == sample_id))


def _as_json(kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
    if not KIND.fullmatch(kind) or not isinstance(content, Mapping):
        raise BadInput(Finding("draft", "not_valid"))
    try:
        text = json.dumps(dict(content), ensure_ascii=False, allow_nan=False)
        size = len(text.encode())
    except (TypeError, ValueError, RecursionError) as error:
        raise BadInput(Finding("draft", "not_valid")) from error
    if "\\u0000" in text:  # PostgreSQL holds no NUL, not even written out
        raise BadInput(Finding("draft", "not_valid"))
    if size > LARGEST:
        raise BadInput(Finding("draft", "too_long", {"limit": LARGEST}))
    plain: dict[str, Any] = json.loads(text)
    return plain
