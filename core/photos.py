"""Photos: received and checked first, then claimed by a sample; the bytes in S3 are never overwritten.

An upload is an object of its own under a key that no other content can have. If the process dies between S3 and the
database, there is an object without a row, which the sweeper removes; never a row without its object.
"""

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy import Text, cast, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import access, clock, photo_claims, pictures, reviews, storage
from core.db import transaction
from core.errors import BadInput, Conflict, Finding, NotFound
from core.inputs import Instant
from core.pictures import Picture
from core.policy import Actor, require
from core.tables import Draft, Photo, Round, Sample, Upload
from core.tables.base import Base

PREFIX = "photos/"
SIZES = ("original", "1024", "256")
UPLOAD_LIFE = timedelta(hours=24)


class NewPhoto(BaseModel):
    """What a device says of a photo that it sends: its own id for it, where it belongs, and its SHA-256 in hex.

    The sample may come later than its photo. `taken_at` counts where the picture itself does not tell.
    """

    photo_id: UUID
    sha256: Annotated[str, StringConstraints(to_lower=True, pattern="^[0-9a-fA-F]{64}$")]
    sample_id: str | None = None
    seq: Annotated[int, Field(ge=0, le=999)] = 0
    preparation: Literal["raw", "heated"] = "raw"
    taken_at: Instant | None = None


@dataclass(frozen=True)
class PhotoInfo:
    """What is known of one photo; sha256 is that of the stored bytes. state: received, awaiting, stored, replaced."""

    id: UUID
    state: str
    sha256: str | None
    bytes: int | None
    width: int | None
    height: int | None
    media_type: str | None
    sample_id: str | None = None
    seq: int | None = None
    preparation: str | None = None


@dataclass(frozen=True)
class Content:
    """A stored photo's bytes in chunks, and how many they are."""

    media_type: str
    etag: str
    length: int
    chunks: Iterator[bytes]


def send(actor: Actor, new: NewPhoto, data: bytes) -> PhotoInfo:
    """Takes a device's photo: into its sample where that is here already, else for the sample to claim.

    Raises:
        BadInput, Conflict, NotAllowed: as for `add` and `receive`.
    """
    extra: dict[str, Any] = {"photo_id": new.photo_id, "sha256": new.sha256, "taken_at": new.taken_at}
    if new.sample_id is not None and _is_visible_sample(actor, new.sample_id):
        return add(actor, new.sample_id, new.seq, new.preparation, data, **extra)
    return receive(actor, data, **extra)


def receive(
    actor: Actor,
    data: bytes,
    *,
    photo_id: UUID | None = None,
    sha256: str | None = None,
    taken_at: datetime | None = None,
) -> PhotoInfo:
    """Checks and stores a picture that a sample will claim within 24 h, or that one was promised.

    Args:
        photo_id: the sender's own id for it; the same id and bytes again give the same answer.
        sha256: what the sender says its bytes have, in hex.
        taken_at: when it was taken, if the picture itself does not tell.

    Raises:
        BadInput: the bytes are no picture we take, or not the promised ones.
        Conflict: the id stands for other bytes.
    """
    require(actor, "sample.create_fresh")
    photo_id = photo_id or uuid4()
    sent = _check_sum(data, sha256)
    if (known := _known(actor, photo_id, sent)) is not None:
        return known
    upload = _stored(actor, photo_id, sent, pictures.read(data), taken_at)
    with transaction() as session:
        photo_claims.lock(session, photo_id)
        promised = session.get(Photo, photo_id)
        if promised is None:
            session.execute(insert(Upload).values(upload).on_conflict_do_nothing())
    if promised is not None:
        return add(actor, promised.sample_id, promised.seq, promised.preparation, data, photo_id=photo_id)
    return _known(actor, photo_id, sent) or get(actor, photo_id)


def add(
    actor: Actor,
    sample_id: str,
    seq: int,
    preparation: str,
    data: bytes,
    *,
    photo_id: UUID,
    sha256: str | None = None,
    taken_at: datetime | None = None,
) -> PhotoInfo:
    """Stores a photo of a round: the promised one, or a new one that takes the place of an older.

    Raises:
        NotFound: no such round that the actor may see.
        EditWindowClosed, WrongState: the maker's time is over.
        Conflict: the id stands for other bytes.
    """
    sent = _check_sum(data, sha256)
    with transaction() as session:
        _require_add(session, actor, sample_id, seq)
    if (known := _known(actor, photo_id, sent)) is not None and known.state != "received":
        return known
    upload = _stored(actor, photo_id, sent, pictures.read(data), taken_at)
    with transaction() as session:
        sample = _require_add(session, actor, sample_id, seq, lock=True)
        faster = session.get(Photo, photo_id)  # the same upload, sent twice at once
        if faster is not None and faster.state != "awaiting":
            return _info(faster)
        session.execute(insert(Upload).values(upload).on_conflict_do_nothing())
        photo = photo_claims.attach(session, actor, photo_id, sample_id, seq, preparation)
        sample.version += 1  # whoever reviews has to see this picture first
        reviews.approve_own(session, actor, sample)
        return _info(photo)


def get(actor: Actor, photo_id: UUID) -> PhotoInfo:
    with transaction() as session:
        return _info(_visible(session, actor, photo_id))


def content(actor: Actor, photo_id: UUID, size: str, held: Collection[str] = ()) -> Content:
    """The bytes of the original or of a copy (its longest side in pixels); none where its etag is one of `held`.

    Raises:
        NotFound: no such photo, none that the actor may see, not stored yet, or no such size.
    """
    with transaction() as session:
        photo = _visible(session, actor, photo_id)
    return read_content(photo, size, held)


def read_content(photo: Any, size: str, held: Collection[str] = ()) -> Content:
    """The same of a row that the caller has found and may see."""
    if size not in SIZES or photo.storage_key is None or photo.media_type is None:
        raise NotFound
    media_type = photo.media_type if size == "original" else "image/jpeg"
    etag = f"{photo.sha256}-{size}"
    if etag in held:
        return Content(media_type, etag, 0, iter(()))
    return Content(media_type, etag, *storage.stream(f"{photo.storage_key}/{size}"))


def sweep() -> dict[str, int]:
    """Removes uploads that no sample claimed in 24 h and no draft shows, and objects without a row; says how many."""
    oldest = clock.now() - UPLOAD_LIFE
    with transaction() as session:
        in_draft = exists().where(Draft.content["photo_id"].astext == cast(Upload.id, Text))
        left = select(Upload).where(Upload.received_at < oldest, ~in_draft)
        unclaimed = session.scalars(left.with_for_update()).all()
        for upload in unclaimed:
            session.delete(upload)
    with transaction() as session:
        kept = set(session.scalars(select(Upload.storage_key)))
        kept |= set(session.scalars(select(Photo.storage_key).where(Photo.storage_key.is_not(None))))
    # Only old objects: a young one may belong to a request that has not committed yet.
    orphans = [k for k, modified in storage.keys(PREFIX) if modified < oldest and k.rpartition("/")[0] not in kept]
    storage.remove(orphans)
    return {"unclaimed": len(unclaimed), "orphans": len(orphans)}


def _is_visible_sample(actor: Actor, sample_id: str) -> bool:
    with transaction() as session:
        try:
            return bool(access.get(session, actor, sample_id))
        except NotFound:
            return False


def _require_add(session: Session, actor: Actor, sample_id: str, seq: int, *, lock: bool = False) -> Sample:
    sample = access.get(session, actor, sample_id, lock=lock)
    access.require_on(session, actor, "photo.add", sample)
    if seq < 0 or session.get(Round, (sample_id, seq)) is None:  # below 0 it lies in the recycle bin
        raise NotFound
    return sample


def _check_sum(data: bytes, promised: str | None) -> str:
    actual = hashlib.sha256(data).hexdigest()
    if promised is not None and promised.lower() != actual:
        raise BadInput(Finding("sha256", "photo_damaged"))
    return actual


def _known(actor: Actor, photo_id: UUID, sent_sha256: str) -> PhotoInfo | None:
    """What is already stored under this id; a promise that waits for these very bytes is nothing stored yet."""
    with transaction() as session:
        found: Any = session.get(Photo, photo_id) or session.get(Upload, photo_id)
        if found is None:
            return None
        if found.uploaded_by != actor.id or found.sent_sha256 != sent_sha256:
            raise Conflict
        return None if isinstance(found, Photo) and found.state == "awaiting" else _info(found)


def _stored(
    actor: Actor, photo_id: UUID, sent_sha256: str, picture: Picture, taken_at: datetime | None
) -> dict[str, Any]:
    """Puts original and copies into S3; the row that knows of them is the caller's to save."""
    sha256 = hashlib.sha256(picture.data).hexdigest()
    key = f"{PREFIX}{photo_id}/{sha256[:16]}"
    for side, copy in picture.copies.items():
        storage.put(f"{key}/{side}", copy, "image/jpeg")
    storage.put(f"{key}/original", picture.data, picture.media_type)
    return {
        "id": photo_id,
        "storage_key": key,
        "sent_sha256": sent_sha256,
        "sha256": sha256,
        "bytes": len(picture.data),
        "width": picture.width,
        "height": picture.height,
        "media_type": picture.media_type,
        "perceptual_hash": picture.perceptual_hash,
        "taken_at": picture.taken_at or taken_at,
        "uploaded_by": actor.id,
        "received_at": clock.now(),
    }


def _visible(session: Session, actor: Actor, photo_id: UUID) -> Any:
    photo: Base | None = session.scalars(
        select(Photo).join(Sample, Sample.id == Photo.sample_id).where(Photo.id == photo_id, access.visible(actor))
    ).one_or_none()
    if photo is None:
        query = select(Upload).where(Upload.id == photo_id, Upload.uploaded_by == actor.id)
        photo = session.scalars(query).one_or_none()
    if photo is None:
        raise NotFound
    return photo


def _info(row: Any) -> PhotoInfo:
    shared = {name: getattr(row, name) for name in ("id", "sha256", "bytes", "width", "height", "media_type")}
    if isinstance(row, Upload):
        return PhotoInfo(state="received", **shared)
    return PhotoInfo(state=row.state, sample_id=row.sample_id, seq=row.seq, preparation=row.preparation, **shared)
