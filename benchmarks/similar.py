"""Photos that look alike, over many embeddings drawn in clusters: how long a search takes, and how many it misses."""

import io
import random
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import numpy as np
from sqlalchemy import select, text

from benchmarks.measuring import Timed, many
from core import clock, predictions
from core.config import settings
from core.db import make_engine, transaction
from core.policy import Actor
from core.predictions import neighbours
from core.tables import ModelPromotion, ModelVersion, Photo, Prediction, User
from core.tables.vectors import DIMENSIONS, cosine_distance

EMBEDDINGS = 100_000
CLUSTERS, WIDTH = 400, 0.6  # noise as long as this beside a centre of length 1
NEIGHBOURS, CHECKED = 8, 100
AT_ONCE = 10_000
RESEARCHER = "generated-researcher-1@example.com"
PHOTOS = """
    insert into photos (id, sample_id, seq, preparation, state, storage_key, sent_sha256, sha256, uploaded_by)
    select gen_random_uuid(), id, 0, 'raw', 'stored', 'none', id, id, created_by from samples
    where deleted_at is null order by id limit :count
"""
INDEX = """
    create index ix_predictions_embedding on predictions using hnsw (embedding vector_cosine_ops)
    with (m = 16, ef_construction = 128)
"""


@dataclass(frozen=True)
class Searched:
    """Times of a search, and the share of the true nearest that it found."""

    timed: Timed
    recall: float


def run(seed: int = 1) -> list[Searched]:
    """On samples that are there already, at least as many as there are to be embeddings."""
    chance, rng = random.Random(seed), np.random.default_rng(seed)
    with transaction() as session:
        person = session.scalars(select(User).where(User.email == RESEARCHER)).one()
        session.execute(text(PHOTOS), {"count": EMBEDDINGS})
        photos = list(session.scalars(select(Photo.id)))
    actor = Actor(person.id, "researcher", person.name, RESEARCHER)
    first = _version(photos, actor, rng)
    found = [_search("one model version", actor, first, photos, chance)]
    _version(photos, actor, rng)
    _make_live(first)
    found.append(_search("one of two versions", actor, first, photos, chance))
    with transaction() as session:
        session.execute(text("update samples set deleted_at = now(), deleted_by = created_by where id < 'A'"))
    found.append(_search("a third of the samples in the bin", actor, first, _outside(photos), chance))
    return found


def _search(name: str, actor: Actor, model: UUID, photos: list[UUID], chance: random.Random) -> Searched:
    timed = many(name, lambda: predictions.similar(actor, chance.choice(photos), NEIGHBOURS))
    shares = [_share_found(actor, model, photo) for photo in chance.sample(photos, CHECKED)]
    return Searched(timed, float(np.mean(shares)))


def _share_found(actor: Actor, model: UUID, photo: UUID) -> float:
    """Of the nearest by looking at all."""
    with transaction() as session:
        own = (Prediction.photo_id == photo, Prediction.model_version_id == model)
        of_photo = select(Prediction.embedding, Photo.sample_id).join(Photo, Photo.id == Prediction.photo_id)
        embedding, sample_id = session.execute(of_photo.where(*own)).one()
        assert embedding is not None
        distance = cosine_distance(Prediction.embedding, embedding)
        query = neighbours.of_version(actor, distance, model, sample_id).order_by(distance + 0).limit(NEIGHBOURS)
        nearest = {row.id for row in session.execute(query)}
    return len(nearest & {one.photo_id for one in predictions.similar(actor, photo, NEIGHBOURS)}) / len(nearest)


def _version(photos: list[UUID], actor: Actor, rng: np.random.Generator) -> UUID:
    """A live model version that has looked at all photos; its index is made anew, as that of a grown table is alike."""
    model = uuid4()
    with transaction() as session:
        mark = model.hex
        session.add(ModelVersion(
            id=model, name="bench", version=mark, sha256=mark, storage_key=mark, trained_on="nothing", report={}
        ))  # fmt: skip
    _make_live(model)
    owner = make_engine(settings().owner_url)
    with owner.begin() as connection:
        for statement in ("set local statement_timeout = 0", "set local maintenance_work_mem = '512MB'",
                          "drop index ix_predictions_embedding"):  # fmt: skip
            connection.execute(text(statement))
        cursor = connection.connection.cursor()
        for lines in _lines(photos, model, actor, rng):
            cursor.copy_expert(
                "copy predictions (id, photo_id, model_version_id, scores, abstained, embedding, requested_by,"
                " predicted_at) from stdin",
                io.StringIO(lines),
            )
        connection.execute(text(INDEX))
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze predictions, photos, samples"))
    owner.dispose()
    return model


def _lines(photos: list[UUID], model: UUID, actor: Actor, rng: np.random.Generator) -> Iterator[str]:
    centres = _unit(rng.normal(size=(CLUSTERS, DIMENSIONS)))
    now = clock.now().isoformat()
    for begin in range(0, len(photos), AT_ONCE):
        some = photos[begin : begin + AT_ONCE]
        noise = WIDTH * _unit(rng.normal(size=(len(some), DIMENSIONS)))
        drawn = _unit(centres[rng.integers(0, CLUSTERS, len(some))] + noise)
        rows = zip(some, drawn.astype(np.float32).tolist(), strict=True)
        yield "".join(f"{uuid4()}\t{photo}\t{model}\t{{}}\t{{}}\t{row}\t{actor.id}\t{now}\n" for photo, row in rows)


def _unit(vectors: np.ndarray) -> np.ndarray:
    lengths: np.ndarray = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / lengths


def _make_live(model: UUID) -> None:
    with transaction() as session:
        session.add(ModelPromotion(model_version_id=model, promoted_at=clock.now()))


def _outside(photos: list[UUID]) -> list[UUID]:
    with transaction() as session:
        query = text("select p.id from photos p join samples s on s.id = p.sample_id where s.deleted_at is null")
        return list(set(session.scalars(query)) & set(photos))
