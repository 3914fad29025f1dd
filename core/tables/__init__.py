"""All tables. Rules that the database can hold are held here: keys, checks, unique pairs."""

from core.tables.base import Base
from core.tables.catalogue import Breed, Grade, PrimalCut, Province, RejectReason, Scale, SecondaryCut, Sex, Species
from core.tables.history import AuditEvent
from core.tables.people import SessionRow, User
from core.tables.photos import Photo, Upload
from core.tables.predictions import ModelPromotion, ModelVersion, Prediction
from core.tables.samples import Evaluation, Measurement, Review, Round, Sample

__all__ = [
    "AuditEvent",
    "Base",
    "Breed",
    "Evaluation",
    "Grade",
    "Measurement",
    "ModelPromotion",
    "ModelVersion",
    "Photo",
    "Prediction",
    "PrimalCut",
    "Province",
    "RejectReason",
    "Review",
    "Round",
    "Sample",
    "Scale",
    "SecondaryCut",
    "SessionRow",
    "Sex",
    "Species",
    "Upload",
    "User",
]
