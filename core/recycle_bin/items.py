"""What lies in the recycle bin: samples and rounds, with what hangs on each."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, literal, or_, select, tuple_, union_all
from sqlalchemy.orm import aliased

from core import clock, photos
from core.config import settings
from core.db import transaction
from core.errors import BadInput, Finding, NotFound
from core.photos import Content
from core.policy import Actor, require
from core.tables import Evaluation, Measurement, Photo, Round, Sample, User
from core.tables.base import Base

# In the place of a round's key: the item is the whole sample.
SAMPLE = 0


@dataclass(frozen=True)
class BinItem:
    """A sample, or one round of a sample (`round_key` negative; `removed_seq` the number it had).

    The counts are of what hangs on it and comes back with it. `in_order` says of a round that it would be the next of
    its sample. `photo_id` is for `photo`: nothing in the bin is shown anywhere else.
    """

    sample_id: str
    round_key: int
    removed_seq: int | None
    species: str
    primal_cut: str
    secondary_cut: str
    grade: str | None
    created_by: str
    deleted_at: datetime
    deleted_by: str
    reason: str
    expires_at: datetime
    days_left: int  # whole days, rounded up
    sample_in_bin: bool
    in_order: bool
    photo_id: UUID | None
    photos: int
    rounds: int
    evaluations: int
    measurements: int


@dataclass(frozen=True)
class Page:
    """Removed last comes first; `after` leads to the next page and is None on the last one."""

    items: tuple[BinItem, ...]
    total: int
    after: str | None


def retention() -> timedelta:
    """How long what is removed stays in the bin."""
    return timedelta(days=settings().retention_days)


def items(actor: Actor, limit: int = 25, after: str | None = None) -> Page:
    """What lies in the bin, for those who may restore it.

    Raises:
        BadInput: `after` is not from a page before.
    """
    require(actor, "sample.restore")
    removed = _removed().subquery()
    place = tuple_(removed.c.deleted_at, removed.c.sample_id, removed.c.round_key)
    query = _details(removed).order_by(*(column.desc() for column in place.clauses)).limit(limit + 1)
    if after is not None:
        query = query.where(place < _parse(after))
    with transaction() as session:
        total = session.scalar(select(func.count()).select_from(removed)) or 0
        found = [_item(row._mapping) for row in session.execute(query)]
    return Page(tuple(found[:limit]), total, _cursor(found[limit - 1]) if len(found) > limit else None)


def photo(actor: Actor, photo_id: UUID, size: str, held: Collection[str] = ()) -> Content:
    """The bytes of a photo that lies in the bin with its sample or round, as `photos.content` gives those outside.

    Raises:
        NotFound: it does not lie there, or has no such size.
    """
    require(actor, "sample.restore")
    with transaction() as session:
        in_bin = or_(Sample.deleted_at.is_not(None), Photo.seq < 0)
        query = select(Photo).join(Sample, Sample.id == Photo.sample_id).where(Photo.id == photo_id, in_bin)
        found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return photos.read_content(found, size, held)


def _removed() -> Any:
    """One line for each thing in the bin."""
    samples = select(
        Sample.id.label("sample_id"), literal(SAMPLE).label("round_key"), literal(None).label("removed_seq"),
        Sample.deleted_at, Sample.deleted_by, Sample.deleted_why,
    ).where(Sample.deleted_at.is_not(None))  # fmt: skip
    rounds = select(
        Round.sample_id, Round.seq, Round.removed_seq, Round.deleted_at, Round.deleted_by, Round.deleted_why
    ).where(Round.deleted_at.is_not(None))
    return union_all(samples, rounds)


def _details(removed: Any) -> Select[Any]:
    author, remover = aliased(User), aliased(User)
    place = (Photo.sample_id == Sample.id, Photo.seq == removed.c.round_key, Photo.state == "stored")
    picture = select(Photo.id).where(*place).order_by(Photo.preparation.desc()).limit(1).scalar_subquery()
    present = select(func.count()).where(Round.sample_id == Sample.id, Round.seq >= 0).scalar_subquery()

    def count(table: type[Base], *conditions: Any) -> Any:
        """How many belong to the item: all that is not itself removed, or what hangs on the one round."""
        seq = table.__table__.c.seq
        within = or_(and_(removed.c.round_key == SAMPLE, seq >= 0), seq == removed.c.round_key)
        return select(func.count()).where(table.__table__.c.sample_id == Sample.id, within, *conditions)

    return (
        select(
            removed.c.sample_id, removed.c.round_key, removed.c.removed_seq, removed.c.deleted_at,
            removed.c.deleted_why.label("reason"), remover.name.label("deleted_by"), author.name.label("created_by"),
            Sample.species, Sample.primal_cut, Sample.secondary_cut, Sample.grade,
            Sample.deleted_at.is_not(None).label("sample_in_bin"),
            func.coalesce(removed.c.removed_seq == present, True).label("in_order"),
            picture.label("photo_id"),
            count(Photo, Photo.state == "stored").scalar_subquery().label("photos"),
            count(Round, Round.seq != 0).scalar_subquery().label("rounds"),
            count(Evaluation).scalar_subquery().label("evaluations"),
            count(Measurement).scalar_subquery().label("measurements"),
        )
        .select_from(removed)
        .join(Sample, Sample.id == removed.c.sample_id)
        .join(author, author.id == Sample.created_by)
        .join(remover, remover.id == removed.c.deleted_by)
    )  # fmt: skip


def _item(row: Any) -> BinItem:
    expires_at = row["deleted_at"] + retention()
    left = max(timedelta(), expires_at - clock.now())
    return BinItem(**row, expires_at=expires_at, days_left=-(-left // timedelta(days=1)))


def _cursor(item: BinItem) -> str:
    return f"{item.deleted_at.astimezone(UTC).isoformat()}_{item.sample_id}_{item.round_key}"


def _parse(cursor: str) -> tuple[datetime, str, int]:
    try:
        deleted_at, sample_id, round_key = cursor.split("_")
        instant, key = datetime.fromisoformat(deleted_at), int(round_key)
    except ValueError as error:
        raise BadInput(Finding("cursor", "not_valid")) from error
    if instant.tzinfo is None or not -(2**31) <= key <= 0:
        raise BadInput(Finding("cursor", "not_valid"))
    return instant, sample_id, key
