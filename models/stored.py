"""What a model version says of a stored photo, and what is measured in it without a model."""

import io
from functools import lru_cache

from core import storage
from core.model_versions import ModelInfo
from core.predictions import PhotoToPredict, Said
from models import explaining, measuring, overlays, predicting
from models.measuring import NoMeat
from models.opening import open_photo
from models.predicting import Model

SHOWN = 1024  # the copy of a photo that explanations are laid over


def predict(info: ModelInfo, photo: PhotoToPredict) -> Said:
    """Loads the version once a process.

    Raises:
        NotFound: weights or photo do not lie in S3.
        WrongWeights: the weights are not those of the version.
        NotAPhoto: the photo cannot be decoded.
    """
    model = _model(info.storage_key, info.sha256)
    image = storage.get(f"{photo.storage_key}/original")
    said = predicting.predict(model, image, photo.species, photo.cut)
    return Said(
        said.grade, said.scores, said.values, said.abstained, said.strangeness, said.embedding, _measures(image)
    )  # fmt: skip


def explain(info: ModelInfo, photo: PhotoToPredict, target: str, strength: float) -> bytes:
    """Where in the photo the version looks for an answer, laid over it, as a PNG file.

    Raises:
        NoSuchTarget: the version does not answer this; otherwise as `predict`.
    """
    image = storage.get(f"{photo.storage_key}/{SHOWN}")
    heat = explaining.explain(_model(info.storage_key, info.sha256), image, target, photo.species, photo.cut)
    out = io.BytesIO()
    overlays.heat(open_photo(image), heat, strength).save(out, "PNG")
    return out.getvalue()


@lru_cache(maxsize=2)
def _model(storage_key: str, sha256: str) -> Model:
    """Fetched and checked once a process: a key names one content for ever."""
    return predicting.load(storage.get(storage_key), sha256)


def _measures(image: bytes) -> dict[str, float]:
    try:
        return measuring.measure(open_photo(image)).values
    except NoMeat:
        return {}
