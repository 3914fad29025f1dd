"""How a photo becomes a sample's, within the transaction that writes the sample; `core.photos` receives them."""

from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core import audit
from core.errors import Conflict, NotFound
from core.policy import Actor
from core.tables import Photo, Upload

CHECKED = ("storage_key", "sent_sha256", "sha256", "bytes", "width", "height", "media_type", "perceptual_hash")


def lock(session: Session, photo_id: UUID) -> None:
    """A photo and its sample may arrive at the same moment: one of the two must see the other."""
    session.execute(text("select pg_advisory_xact_lock(hashtextextended(:id, 2))"), {"id": str(photo_id)})


def attach(
    session: Session,
    actor: Actor,
    photo_id: UUID,
    sample_id: str,
    seq: int,
    preparation: str,
    sent_sha256: str | None = None,
) -> Photo:
    """Makes a received upload the current photo of a round, within the caller's transaction on a locked sample.

    Raises:
        NotFound: nothing received under this id by this actor.
        Conflict: what was received has another SHA-256 than the caller says it had when sent.
    """
    upload = session.scalars(
        select(Upload).where(Upload.id == photo_id, Upload.uploaded_by == actor.id).with_for_update()
    ).one_or_none()
    if upload is None:
        raise NotFound
    if sent_sha256 not in (None, upload.sent_sha256):
        raise Conflict
    place = {"sample_id": sample_id, "seq": seq, "preparation": preparation}
    current = session.scalars(select(Photo).filter_by(**place).where(Photo.state != "replaced")).one_or_none()
    if current is not None and current.id != photo_id:
        current.state = "replaced"
        session.flush()
    photo = current if current is not None and current.id == photo_id else Photo(id=photo_id, **place)
    for name in (*CHECKED, "taken_at", "received_at", "uploaded_by"):
        setattr(photo, name, getattr(upload, name))
    photo.state = "stored"
    session.add(photo)
    session.delete(upload)
    session.flush()
    audit.record(
        session, actor, "photo.add", "sample", sample_id,
        after={"photo": photo_id, "seq": seq, "preparation": preparation, "sha256": photo.sha256},
    )  # fmt: skip
    return photo


def promise(session: Session, actor: Actor, photo_id: UUID, sample_id: str, sha256: str) -> Photo:
    """Notes a raw photo whose bytes are still to come, within the caller's transaction."""
    if session.get(Photo, photo_id) is not None:
        raise Conflict
    photo = Photo(
        id=photo_id, sample_id=sample_id, seq=0, preparation="raw", state="awaiting",
        sent_sha256=sha256, uploaded_by=actor.id,
    )  # fmt: skip
    session.add(photo)
    return photo


def is_received(session: Session, actor: Actor, photo_id: UUID) -> bool:
    """Whether it waits to be claimed; the answer holds until the caller's transaction ends."""
    lock(session, photo_id)
    return session.scalar(select(Upload.id).where(Upload.id == photo_id, Upload.uploaded_by == actor.id)) is not None
