"""Model versions: entered once, never changed; one of them is live, and what was live when stays known."""

from core.model_versions.new import NewModel, register, register_shipped
from core.model_versions.promoting import promote, roll_back
from core.model_versions.views import ModelInfo, ModelView, Promotion, browse, get, info, live, promotions

__all__ = [
    "ModelInfo",
    "ModelView",
    "NewModel",
    "Promotion",
    "browse",
    "get",
    "info",
    "live",
    "promote",
    "promotions",
    "register",
    "register_shipped",
    "roll_back",
]
