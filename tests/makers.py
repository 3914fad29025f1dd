"""Makes what tests need: people, pictures, samples; each its own, so that no test meets another's."""

import io
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from functools import cache
from math import cos, radians, sin
from typing import Any
from uuid import UUID, uuid4

import numpy as np
from argon2 import PasswordHasher
from PIL import Image
from safetensors.numpy import save

from core import accounts, clock, ids, logs, photos, predictions, samples
from core.db import transaction
from core.policy import Actor
from core.predictions import PredictionView, Said
from core.samples import FreshSample, SampleView
from core.tables import ModelPromotion, ModelVersion, User

PASSWORD = "a long enough password"
SCORES = {"scale": "1-10", "marbling": 7, "color": 5, "texture": 6, "surface_moisture": 4.5, "overall": 8}


def make_user(role: str = "normal", *, state: str = "active", language: str | None = None) -> Actor:
    email = f"{secrets.token_hex(8)}@example.com"
    person = User(
        email=email, name=f"Person {email[:4]}", role=role, state=state, language=language, password_hash=_hashed()
    )
    with transaction() as session:
        session.add(person)
        session.flush()
        return Actor(person.id, role, person.name, email, language)


@cache
def _hashed() -> str:
    return PasswordHasher().hash(PASSWORD)


def jpeg(width: int = 240, height: int = 200, *, mode: str = "RGB", **options: Any) -> bytes:
    """A picture like no other."""
    picture = Image.effect_noise((width, height), 60).convert(mode)
    picture.paste(Image.new(mode, (width // 2, height // 2), _color(mode)), (0, 0))
    out = io.BytesIO()
    picture.save(out, options.pop("format", "JPEG"), **{"quality": 80} | options)
    return out.getvalue()


def _color(mode: str) -> Any:
    return tuple(secrets.token_bytes(len(mode))) if len(mode) > 1 else secrets.randbelow(256)


def trace_number() -> str:
    return f"002{secrets.randbelow(10**9):09}"


def values(**changes: Any) -> dict[str, Any]:
    """A fresh sample as JSON holds it, with a promise for its photo; what is changed to None is left out."""
    sent = {
        "trace_number": trace_number(),
        "species": "cattle",
        "primal_cut": "loin",
        "secondary_cut": "ribeye_roll",
        "breed": "hanwoo",
        "sex": "castrated",
        "grade": "1+",
        "bms": 6,
        "graded_on": "2026-03-06",
        "slaughtered_on": "2026-03-05",
        "born_on": "2023-10-01",
        "farm_address": "강원특별자치도 횡성군 둔내면 1",
        "farmer_name": "홍길동",
        "scores": SCORES,
        "photo": {"id": str(uuid4()), "sha256": secrets.token_hex(32)},
    } | changes
    return {name: value for name, value in sent.items() if value is not None}


def fresh(**changes: Any) -> FreshSample:
    return FreshSample.model_validate(values(**changes))


def make_sample(actor: Actor, **changes: Any) -> SampleView:
    """A registered sample whose photo is stored."""
    changes = {"photo": {"id": str(receive_photo(actor))}} | changes
    return samples.register(actor, ids.new(), fresh(**changes)).sample


def make_approved(**changes: Any) -> SampleView:
    return make_sample(make_user("researcher"), **changes)


def receive_photo(actor: Actor) -> UUID:
    return photos.receive(actor, jpeg()).id


def photo_id(sample: SampleView) -> UUID:
    return sample.rounds[0].photos[0].id


def make_live_model() -> UUID:
    """A model version that is live from now on; somebody has made it so."""
    by = make_user("manager").id
    with transaction() as session:
        mark = secrets.token_hex(32)
        version = ModelVersion(
            name="test", version=mark[:12], sha256=mark, storage_key=f"models/{mark}", trained_on="nothing", report={}
        )
        session.add(version)
        session.flush()
        session.add(ModelPromotion(model_version_id=version.id, promoted_at=clock.now(), promoted_by=by))
        return version.id


def weights(**card: Any) -> bytes:
    """A safetensors file like no other, that says this of itself."""
    number = np.frombuffer(secrets.token_bytes(8), np.float32)
    return bytes(save({"number": number}, metadata={"meatlab": json.dumps(card)}))


def said(**changes: Any) -> Said:
    """What a model says of a photo."""
    usual: dict[str, Any] = {
        "grade": {"1++": 0.25, "1+": 0.75},
        "scores": {"marbling": (6.5, 5.0, 8.0)},
        "values": {"bms": (6.0, 5.0, 7.0)},
        "abstained": {"texture": "no_better"},
        "strangeness": 0.5,
        "embedding": direction(0),
        "measures": {"fat_share": 0.25},
    }
    return Said(**usual | changes)


def direction(degrees: float, axis: int = 1) -> tuple[float, ...]:
    """An embedding so far turned from the first axis towards another one."""
    turned = [0.0] * 64
    turned[0], turned[axis] = cos(radians(degrees)), sin(radians(degrees))
    return tuple(turned)


def predict(photo: UUID, model: UUID, **changes: Any) -> PredictionView:
    """A stored prediction of a photo."""
    actor = make_user("researcher")
    predictions.store(actor, predictions.photo(actor, photo), model, said(**changes))
    return next(known for known in predictions.of_photo(actor, photo) if known.model.id == model)


def token(actor: Actor) -> str:
    return accounts.sign_in(actor.email, PASSWORD, "device").token


@contextmanager
def logged() -> Iterator[list[dict[str, Any]]]:
    """What goes to the log while the block runs; there to read behind it."""
    stream, entries = io.StringIO(), list[dict[str, Any]]()
    with redirect_stderr(stream):
        logs.configure()
    try:
        yield entries
    finally:
        logs.configure()
        entries += [json.loads(line) for line in stream.getvalue().splitlines()]
