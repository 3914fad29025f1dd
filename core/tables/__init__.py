"""All tables. Rules that the database can hold are held here: keys, checks, unique pairs."""

from core.tables.base import Base
from core.tables.catalogue import Breed, Grade, PrimalCut, Province, RejectReason, Scale, SecondaryCut, Sex, Species
from core.tables.history import AuditEvent, AuditHead
from core.tables.imports import ImportChange, ImportMapping, ImportRun
from core.tables.people import SessionRow, User
from core.tables.photos import Photo, Upload
from core.tables.predictions import (
    ModelPromotion,
    ModelVersion,
    Prediction,
    PredictionAcceptance,
    PredictionBatch,
    PredictionBatchItem,
    TrainingRun,
)
from core.tables.printing import LabelPrint, LabelPrintItem
from core.tables.samples import Evaluation, Measurement, Review, Round, Sample
from core.tables.work import (
    Draft,
    EditRequest,
    ExportRun,
    Notice,
    PurgedSample,
    RegistryAnswer,
    ReviewClaim,
    SavedView,
    StatisticRun,
)

__all__ = [
    "AuditEvent",
    "AuditHead",
    "Base",
    "Breed",
    "Draft",
    "EditRequest",
    "Evaluation",
    "ExportRun",
    "Grade",
    "ImportChange",
    "ImportMapping",
    "ImportRun",
    "LabelPrint",
    "LabelPrintItem",
    "Measurement",
    "ModelPromotion",
    "ModelVersion",
    "Notice",
    "Photo",
    "Prediction",
    "PredictionAcceptance",
    "PredictionBatch",
    "PredictionBatchItem",
    "PrimalCut",
    "Province",
    "PurgedSample",
    "RegistryAnswer",
    "RejectReason",
    "Review",
    "ReviewClaim",
    "Round",
    "Sample",
    "SavedView",
    "Scale",
    "SecondaryCut",
    "SessionRow",
    "Sex",
    "Species",
    "StatisticRun",
    "TrainingRun",
    "Upload",
    "User",
]
