"""Which model version is live: dated, by a manager, and back again in one step."""

from datetime import timedelta
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit, clock
from core.db import transaction
from core.errors import NotFound
from core.inputs import Note, read
from core.model_versions.views import ModelView, last_promotion, live_id_of, one_change_at_a_time, view
from core.policy import Actor, require
from core.tables import ModelPromotion


class Promoting(BaseModel):
    """Why a version becomes live, for who asks later."""

    model_config = ConfigDict(extra="forbid")
    reason: Note | None = None


def promote(actor: Actor, model_id: UUID, reason: str | None = None) -> ModelView:
    """Makes a version live from now on; the live one stays as it is.

    Raises:
        NotFound: there is no such version.
        BadInput: the reason is too long.
    """
    require(actor, "model.promote")
    why = read(Promoting, {"reason": reason or None}).reason
    with transaction() as session:
        one_change_at_a_time(session)
        view(session, model_id)
        if live_id_of(session) != model_id:
            put_live(session, actor, model_id, why)
        return view(session, model_id)


def roll_back(actor: Actor, live_id: UUID | None = None, reason: str | None = None) -> ModelView:
    """Makes the version live again that was so before the one that is; returns the one that is live then.

    Args:
        live_id: the version that the person saw as live: where another one is by now, nothing changes, so that two
            clicks are one step back.

    Raises:
        NotFound: no other version was live before.
        BadInput: the reason is too long.
    """
    require(actor, "model.promote")
    why = read(Promoting, {"reason": reason or None}).reason
    with transaction() as session:
        one_change_at_a_time(session)
        now_live = live_id_of(session)
        if now_live is not None and live_id not in (None, now_live):
            return view(session, now_live)
        others = select(ModelPromotion.model_version_id).where(ModelPromotion.model_version_id != now_live)
        before = session.scalars(others.order_by(ModelPromotion.promoted_at.desc()).limit(1)).one_or_none()
        if before is None:
            raise NotFound
        put_live(session, actor, before, why)
        return view(session, before)


def put_live(session: Session, actor: Actor | None, model_id: UUID, reason: str | None) -> None:
    """Within the caller's transaction; dated behind the last one, whatever the clocks of several machines say."""
    last = last_promotion(session)
    at = max(clock.now(), last.promoted_at + timedelta(microseconds=1)) if last else clock.now()
    by = actor.id if actor else None
    session.add(ModelPromotion(model_version_id=model_id, promoted_at=at, promoted_by=by, reason=reason))
    before = {"live": last.model_version_id} if last else None
    after = {"live": model_id}
    audit.record(session, actor, "model.promote", "model_version", model_id, reason=reason, before=before, after=after)
