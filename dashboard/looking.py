"""Looks at photos in this process: what the live model says of one, what there is in it, where the model looked.

The network is loaded at the first look of the process, as it takes seconds and memory that most visits have no use for.
What comes out of a look stays with the browser's session for a while and is stored nowhere.
"""

import hashlib
import io
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import streamlit as st
from PIL import Image

from core import storage
from core.model_versions import ModelInfo, ModelView
from dashboard.photo_layers import inline
from dashboard.prediction_parts import Shown

if TYPE_CHECKING:
    from models.predicting import Model, Prediction

LAYER_SIDE = 900  # pixels; wide enough for half a screen
KEPT = 24  # pictures a session


class Unusable(Exception):
    """The weights of a model version are none that this program can use."""


@dataclass(frozen=True)
class Photo:
    """A photo in hand: all its bytes, and the copy that the screen shows. `digest` tells it from others."""

    digest: str
    data: bytes
    copy: bytes

    @staticmethod
    def of(data: bytes, copy: bytes) -> "Photo":
        return Photo(hashlib.sha256(data).hexdigest(), data, copy)


@dataclass(frozen=True)
class Marbling:
    """What `models.measuring` found: value by measure, and the eye muscle with its flecks as a picture."""

    values: dict[str, float]
    layer: str


def predict(version: ModelView, photo: Photo, species: str, cut: str | None) -> "Prediction":
    """What a model version says of a photo that is not stored."""
    told = f"{photo.digest} {version.sha256} {species} {cut}"
    return _predicted(told, photo.data, version.sha256, version.storage_key, species, cut)


def measure(photo: Photo) -> Marbling | None:
    """What there is to measure in a photo; None where there is no meat in it."""
    return _measured(photo.digest, photo.data, photo.copy)


def explain(version: ModelInfo, photo: Photo, target: str, species: str, cut: str | None) -> str:
    """Where in the photo a model version looked for an answer, as a picture to lay over it."""
    told = f"{photo.digest} {version.sha256} {target} {species} {cut}"
    return _explained(told, photo.data, photo.copy, version.sha256, version.storage_key, target, species, cut)


def as_shown(said: "Prediction", version: ModelView, key: str, species: str) -> Shown:
    """Of a photo that is not stored: nobody has measured it, and nobody accepts it."""
    return Shown(
        key, species, said.grade, said.scores, said.values, said.abstained, version.info.scale, version.name,
        version.version, version.sha256, version.trained_on,
    )  # fmt: skip


def units() -> dict[str, str]:
    """What is measured in photos and its unit, in the order people read it."""
    found: dict[str, str] = _models("measuring").UNITS
    return found


@st.cache_data(scope="session", max_entries=KEPT, show_spinner=False)
def _predicted(
    told: str, _data: bytes, _sha256: str, _storage_key: str, _species: str, _cut: str | None
) -> "Prediction":
    said: Prediction = _models("predicting").predict(_model(_sha256, _storage_key), _data, species=_species, cut=_cut)
    return said


@st.cache_data(scope="session", max_entries=KEPT, show_spinner=False)
def _measured(digest: str, _data: bytes, _copy: bytes) -> Marbling | None:
    measuring, overlays = _models("measuring"), _models("overlays")
    try:
        found = measuring.measure(_models("opening").open_photo(_data))
    except measuring.NoMeat:
        return None
    return Marbling(dict(found.values), _as_layer(overlays.marbling(_small(_copy), found.masks, 1.0)))


@st.cache_data(scope="session", max_entries=KEPT, show_spinner=False)
def _explained(
    told: str, _data: bytes, _copy: bytes, _sha256: str, _storage_key: str, _target: str, _species: str,
    _cut: str | None,
) -> str:  # fmt: skip
    heat = _models("explaining").explain(_model(_sha256, _storage_key), _data, _target, _species, _cut)
    return _as_layer(_models("overlays").heat(_small(_copy), heat, 1.0))


@st.cache_resource(max_entries=3, show_spinner=False)
def _model(sha256: str, storage_key: str) -> "Model":
    """One load a process; the loader refuses weights that are not those of the hash."""
    try:
        model: Model = _models("predicting").load(storage.get(storage_key), sha256)
    except (ValueError, KeyError, TypeError, RuntimeError) as error:
        raise Unusable from error
    return model


def _models(name: str) -> Any:
    return import_module(f"models.{name}")


def _small(copy: bytes) -> Image.Image:
    """The copy that the screen shows, in the size of a layer over it."""
    picture = Image.open(io.BytesIO(copy)).convert("RGB")
    picture.thumbnail((LAYER_SIDE, LAYER_SIDE), Image.Resampling.LANCZOS)
    return picture


def _as_layer(picture: Image.Image) -> str:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return inline(out.getvalue())
