"""What model versions there are, which one is live, and which was when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from core.db import transaction
from core.errors import NoLiveModel, NotFound
from core.policy import Actor, require
from core.tables import ModelPromotion, ModelVersion, User

SCALE = (1.0, 10.0)  # of scores, where a card does not say
LIGHT = (defer(ModelVersion.report), defer(ModelVersion.data_snapshot))


@dataclass(frozen=True)
class ModelInfo:
    """What a prediction says of the model that made it; scores are on `scale`."""

    id: UUID
    name: str
    version: str
    sha256: str
    storage_key: str
    trained_on: str
    scale: tuple[float, float]


@dataclass(frozen=True)
class ModelView:
    """One model version: where its weights lie, what it answers, what it has learned from, what it was measured to do.

    `created_by` is None for one that ships with the product.
    """

    id: UUID
    name: str
    version: str
    sha256: str
    storage_key: str
    trained_on: str
    report: dict[str, Any]
    card: dict[str, Any]
    code_version: str
    data_snapshot: dict[str, Any]
    created_at: datetime
    created_by: UUID | None
    created_by_name: str | None
    is_live: bool

    @property
    def info(self) -> ModelInfo:
        return info_of(self)


@dataclass(frozen=True)
class Promotion:
    """When a model version became live, and who made it so: None where it was the product itself."""

    at: datetime
    by_name: str | None
    model: ModelInfo
    reason: str | None


def browse(actor: Actor) -> list[ModelView]:
    """All of them, newest first."""
    require(actor, "prediction.run")
    with transaction() as session:
        live_id = live_id_of(session)
        rows = session.execute(_query().order_by(ModelVersion.created_at.desc(), ModelVersion.id))
        return [_view(row, name, live_id) for row, name in rows]


def get(actor: Actor, model_id: UUID) -> ModelView:
    """Raises NotFound where there is none."""
    require(actor, "prediction.run")
    with transaction() as session:
        return view(session, model_id)


def live(actor: Actor) -> ModelView:
    """The one that was promoted last.

    Raises:
        NoLiveModel: none was.
    """
    require(actor, "prediction.run")
    with transaction() as session:
        return view(session, live_info(session).id)


def promotions(actor: Actor) -> list[Promotion]:
    """What was live when, newest first."""
    require(actor, "prediction.run")
    query = (
        select(ModelPromotion, ModelVersion, User.name)
        .join(ModelVersion, ModelVersion.id == ModelPromotion.model_version_id)
        .outerjoin(User, User.id == ModelPromotion.promoted_by)
        .options(*LIGHT)
        .order_by(ModelPromotion.promoted_at.desc())
    )
    with transaction() as session:
        return [Promotion(row.promoted_at, by, info_of(of), row.reason) for row, of, by in session.execute(query)]


def info(model_id: UUID) -> ModelInfo:
    """For who computes with it; raises NotFound where there is none."""
    with transaction() as session:
        row = session.get(ModelVersion, model_id, options=LIGHT)
        if row is None:
            raise NotFound
        return info_of(row)


def info_of(row: ModelVersion | ModelView) -> ModelInfo:
    names = ("id", "name", "version", "sha256", "storage_key", "trained_on")
    low, high = row.card.get("scale") or SCALE
    return ModelInfo(**{name: getattr(row, name) for name in names}, scale=(float(low), float(high)))


def live_info(session: Session) -> ModelInfo:
    """Raises NoLiveModel where no version is live."""
    live_id = live_id_of(session)
    if live_id is None:
        raise NoLiveModel
    return info_of(session.get_one(ModelVersion, live_id, options=LIGHT))


def live_id_of(session: Session) -> UUID | None:
    last = last_promotion(session)
    return last.model_version_id if last else None


def last_promotion(session: Session) -> ModelPromotion | None:
    return session.scalars(select(ModelPromotion).order_by(ModelPromotion.promoted_at.desc()).limit(1)).one_or_none()


def view(session: Session, model_id: UUID) -> ModelView:
    """Raises NotFound where there is none."""
    found = session.execute(_query().where(ModelVersion.id == model_id)).one_or_none()
    if found is None:
        raise NotFound
    return _view(found[0], found[1], live_id_of(session))


def one_change_at_a_time(session: Session) -> None:
    """Two clicks at once are one: until the caller's transaction ends, the other waits here."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("model_versions", 0))))


def _query() -> Any:
    return select(ModelVersion, User.name).outerjoin(User, User.id == ModelVersion.created_by)


def _view(row: ModelVersion, maker: str | None, live_id: UUID | None) -> ModelView:
    own = {name: getattr(row, name) for name in ModelView.__dataclass_fields__ if hasattr(row, name)}
    return ModelView(**own, created_by_name=maker, is_live=row.id == live_id)
