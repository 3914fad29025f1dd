"""Enters model versions: weights into S3, then the row that knows of them."""

import json
import math
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit, clock
from core.db import transaction
from core.errors import BadInput, Finding
from core.inputs import Line, read
from core.model_versions import files
from core.model_versions.promoting import put_live
from core.model_versions.views import SCALE, ModelView, last_promotion, one_change_at_a_time, view
from core.policy import Actor, require
from core.tables import ModelVersion

LARGEST = 4 * 1024**2  # bytes of JSON


def _storable(said: dict[str, Any]) -> dict[str, Any]:
    """JSON as PostgreSQL holds it: no NUL, not even written out."""
    try:
        text = json.dumps(_finite(said), ensure_ascii=False, allow_nan=False)
        size = len(text.encode())
    except (TypeError, RecursionError) as error:
        raise ValueError("no JSON") from error
    if "\\u0000" in text or size > LARGEST:
        raise ValueError("not to be stored")
    plain: dict[str, Any] = json.loads(text)
    return plain


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _with_scale(card: dict[str, Any]) -> dict[str, Any]:
    try:
        low, high = (float(end) for end in card.get("scale") or SCALE)
    except TypeError as error:
        raise ValueError("no scale") from error
    if not low < high:
        raise ValueError("a scale has a lowest and a highest score")
    return card


Said = Annotated[dict[str, Any], AfterValidator(_storable)]


class NewModel(BaseModel):
    """What is said of a model version as it is entered; without a card, what its file says.

    Numbers that are none (NaN, infinite) become null.
    """

    model_config = ConfigDict(extra="forbid")
    name: Line
    version: Line
    trained_on: Line
    report: Said
    card: Annotated[Said, AfterValidator(_with_scale)] | None = None
    code_version: Line | None = None
    data_snapshot: Said = {}


def register(
    actor: Actor,
    weights: bytes,
    *,
    name: str,
    version: str,
    trained_on: str,
    report: dict[str, Any],
    card: dict[str, Any] | None = None,
    code_version: str | None = None,
    data_snapshot: dict[str, Any] | None = None,
) -> ModelView:
    """Enters a model version; the same weights again are the same version, as it was entered first.

    Raises:
        BadInput: what is wrong, by field; the weights are no safetensors file, or other weights have this name and
            version.
    """
    require(actor, "model.train")
    said = {
        "name": name, "version": version, "trained_on": trained_on, "report": report, "card": card,
        "data_snapshot": data_snapshot or {},
    }  # fmt: skip
    said |= {"code_version": code_version} if code_version else {}
    new = prepared(weights, said)
    sha256, key = files.put(weights)
    with transaction() as session:
        return view(session, enter(session, actor, new, sha256, key))


def register_shipped(weights: bytes, said: dict[str, Any]) -> None:
    """Enters the model that ships with the product (`said` as NewModel has it); safe to repeat.

    It becomes live where none is, and in the place of an older one that nobody but the product itself has made live.
    """
    new = prepared(weights, said)
    sha256, key = files.put(weights)
    with transaction() as session:
        one_change_at_a_time(session)
        if session.scalars(select(ModelVersion.id).where(ModelVersion.sha256 == sha256)).one_or_none() is not None:
            return
        made = enter(session, None, new, sha256, key)
        last = last_promotion(session)
        if last is None or last.promoted_by is None:
            put_live(session, None, made, "It ships with the product.")


def prepared(weights: bytes, said: dict[str, Any]) -> NewModel:
    """Raises BadInput: what is wrong, by field."""
    card = said.get("card") or files.card(weights)
    own = {"code_version": card["code"]} if isinstance(card, dict) and card.get("code") else {}
    return read(NewModel, own | said | {"card": card})


def enter(session: Session, actor: Actor | None, new: NewModel, sha256: str, key: str) -> UUID:
    """The row of weights that lie in S3 already, within the caller's transaction.

    Raises:
        BadInput: other weights have this name and version.
    """
    one_change_at_a_time(session)
    known = session.scalars(select(ModelVersion.id).where(ModelVersion.sha256 == sha256)).one_or_none()
    if known is not None:
        return known
    named = select(ModelVersion.id).where(ModelVersion.name == new.name, ModelVersion.version == new.version)
    if session.scalars(named).one_or_none() is not None:
        raise BadInput(Finding("version", "version_taken", {"name": new.name, "version": new.version}))
    own = new.model_dump() | {"card": new.card or {}, "code_version": new.code_version or ""}
    by = actor.id if actor else None
    row = ModelVersion(**own, sha256=sha256, storage_key=key, created_at=clock.now(), created_by=by)
    session.add(row)
    session.flush()
    after = {"name": new.name, "version": new.version, "sha256": sha256, "trained_on": new.trained_on}
    audit.record(session, actor, "model.register", "model_version", row.id, after=after)
    return row.id
