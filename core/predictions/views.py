"""What goes into a prediction, and what one looks like."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from core import access, naming
from core.errors import NotFound
from core.labels import SCORES, VALUES
from core.model_versions.views import LIGHT, ModelInfo, info_of
from core.policy import Actor
from core.tables import ModelVersion, Photo, Prediction, PredictionAcceptance, Sample, User

GRADES = ("1++", "1+", "1", "2", "3", "off")
TARGETS = ("grade", *SCORES, *VALUES)
Interval = tuple[float, float, float]  # value, low, high (80 %)


@dataclass(frozen=True)
class PhotoToPredict:
    """A stored photo, and what a model may be told beside it: the species, and the primal cut."""

    photo_id: UUID
    sample_id: str
    storage_key: str
    sha256: str
    species: str
    cut: str


@dataclass(frozen=True)
class Said:
    """What a model said of one photo; `measures` is what was measured in it without a model, in their own units."""

    grade: dict[str, float]
    scores: dict[str, Interval]
    values: dict[str, Interval]
    abstained: dict[str, str]
    strangeness: float | None = None
    embedding: tuple[float, ...] = ()
    measures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class PredictionView:
    """One stored prediction, of one photo by one model version.

    grade: class -> probability, best grade first, summing to 1; None where the model abstains from it. scores: name ->
    value, low, high (80 % interval) and scale; values: name -> value, low, high in the units of the catalogue.
    abstained: target -> why: species, not_meat, unlike_training or no_better (than always saying the mean). measures:
    what was measured in the photo without a model. strangeness: 0 usual, 1 at the limit.
    """

    id: UUID
    photo_id: UUID
    sample_id: str
    seq: int
    preparation: str
    model: ModelInfo
    grade: dict[str, float] | None
    scores: dict[str, dict[str, Any]]
    values: dict[str, dict[str, Any]]
    abstained: dict[str, str]
    measures: dict[str, float]
    strangeness: float | None
    predicted_at: datetime
    accepted_by: UUID | None
    accepted_by_name: str | None
    accepted_at: datetime | None

    @property
    def is_ai(self) -> bool:
        """Nobody has accepted it: wherever it is shown, it is marked as what a model says."""
        return self.accepted_at is None

    @property
    def named_grade(self) -> str | None:
        return naming.named_grade(self.grade)

    @property
    def scale(self) -> tuple[float, float]:
        return self.model.scale

    @property
    def says_something(self) -> bool:
        """Whether there is anything that a person could accept."""
        return bool(self.grade or self.scores or self.values)


def query() -> Any:
    """Rows for `view`: predictions with their models and photos, to be narrowed."""
    return (
        select(Prediction, ModelVersion, Photo, PredictionAcceptance, User.name)
        .join(ModelVersion, ModelVersion.id == Prediction.model_version_id)
        .join(Photo, Photo.id == Prediction.photo_id)
        .join(Sample, Sample.id == Photo.sample_id)
        .outerjoin(PredictionAcceptance, PredictionAcceptance.prediction_id == Prediction.id)
        .outerjoin(User, User.id == PredictionAcceptance.accepted_by)
        .options(*LIGHT, defer(Prediction.embedding))
    )


def view(
    row: Prediction, model: ModelVersion, photo: Photo, accepted: PredictionAcceptance | None, name: str | None
) -> PredictionView:
    # The database keeps no order within a document; people expect best grade first and scores as on the form.
    names = ("id", "photo_id", "measures", "strangeness", "predicted_at")
    return PredictionView(
        **{name: getattr(row, name) for name in names},
        **{name: getattr(photo, name) for name in ("sample_id", "seq", "preparation")},
        model=info_of(model), abstained=_in_order(row.abstained, TARGETS),
        grade=_in_order(row.grade, GRADES) if row.grade else None,
        scores=_in_order(row.scores, SCORES), values=_in_order(row.values, VALUES),
        accepted_by=accepted.accepted_by if accepted else None, accepted_by_name=name,
        accepted_at=accepted.accepted_at if accepted else None,
    )  # fmt: skip


def visible_photo(session: Session, actor: Actor, photo_id: UUID) -> tuple[Photo, Sample]:
    """Raises NotFound where there is none that the actor may see."""
    found = session.execute(
        select(Photo, Sample)
        .join(Sample, Sample.id == Photo.sample_id)
        .where(Photo.id == photo_id, Photo.seq >= 0, access.visible(actor))
    ).one_or_none()
    if found is None:
        raise NotFound
    return found[0], found[1]


def _in_order(said: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: said[name] for name in names if name in said}
