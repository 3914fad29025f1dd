"""What models say of photos: asked for here, computed by a worker, stored once, never overwritten, accepted by people.

Batches are in `core.predictions.batches`.
"""

from core.labels import Measured
from core.model_versions import ModelInfo
from core.predictions.accepting import accept
from core.predictions.asking import get, measured, of_photo, photo, request, store
from core.predictions.neighbours import Similar, similar, similar_to
from core.predictions.views import GRADES, PhotoToPredict, PredictionView, Said

__all__ = [
    "GRADES",
    "Measured",
    "ModelInfo",
    "PhotoToPredict",
    "PredictionView",
    "Said",
    "Similar",
    "accept",
    "get",
    "measured",
    "of_photo",
    "photo",
    "request",
    "similar",
    "similar_to",
    "store",
]
