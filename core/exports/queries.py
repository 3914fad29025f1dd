"""The rows of each sheet as queries: the database says all that stands in a cell, and rows only pass through.

Cells of a workbook are what people read (names, 7K3M-9QXD-2PV, days as the numbers that spreadsheets count); those of
the other formats are what the API says. Text that a program could take for a formula is made harmless in both kinds of
sheet; parquet is no sheet.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Integer, Text, and_, case, cast, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased

from core.catalogue import TABLES, Catalogue
from core.policy import Actor, Relation, allows
from core.samples.lists import SampleFilter, fitting
from core.tables import (
    Evaluation,
    Measurement,
    ModelVersion,
    Photo,
    Prediction,
    PredictionAcceptance,
    Review,
    Round,
    Sample,
    User,
)
from core.workbooks import cells, fields
from core.workbooks.fields import Field, Sheet

DAY_ZERO = date(1899, 12, 30)  # of spreadsheets
RISKY = [*cells.RISKY, cells.MARK]
Own = dict[str, Any]  # key of a field -> expression, where it is no column of its table


@dataclass(frozen=True)
class Reader:
    """Who reads, how it is written, and whether farmers' names are asked for."""

    actor: Actor
    format: str
    language: str
    farmer_name: bool
    catalogue: Catalogue


@dataclass(frozen=True)
class Rows:
    """The rows of a sheet, of the fields that the reader may have; `query` gives a column for each of them."""

    sheet: Sheet
    fields: tuple[Field, ...]
    query: Any


def of_sheet(sheet: Sheet, reader: Reader, wanted: SampleFilter) -> Rows:
    """All rows of a sheet that belong to samples which fit, in the order of their samples' numbers."""
    table, own, source, order = SOURCES[sheet.key]()
    shown = tuple(field for field in sheet.fields if _is_allowed(field, reader))
    columns = []
    for field in shown:
        said = own[field.key] if field.key in own else getattr(table, field.column or field.key)
        cell, source = _cell(field, said, reader, source)
        columns.append(cell.label(field.key))
    query = source.with_only_columns(*columns, maintain_column_froms=True)
    return Rows(sheet, shown, query.where(*fitting(reader.actor, wanted)).order_by(*order))


def photo_name(photo: Any) -> ColumnElement[str]:
    """How a photo's file is named in the zip of photos: number of the sample, round, preparation."""
    end = case({"image/png": ".png"}, value=photo.media_type, else_=".jpg")
    named = func.concat(_pretty(photo.sample_id), "_", photo.seq, "_", photo.preparation, end)
    return case((photo.id.is_not(None), named))


def photos(reader: Reader, wanted: SampleFilter) -> Any:
    """file, storage_key, sample_id, seq, preparation, sha256, bytes, width, height, taken_at of all stored photos."""
    own = (Photo.sample_id, Photo.seq, Photo.preparation, Photo.sha256, Photo.bytes, Photo.width, Photo.height)
    return (
        select(photo_name(Photo).label("file"), Photo.storage_key, *own, Photo.taken_at)
        .join(Sample, Sample.id == Photo.sample_id)
        .where(Photo.state == "stored", Photo.seq >= 0, *fitting(reader.actor, wanted))
        .order_by(Photo.sample_id, Photo.seq, Photo.preparation.desc())
    )


def _is_allowed(field: Field, reader: Reader) -> bool:
    if field.key == "farmer_name":
        return reader.farmer_name
    return not field.personal or allows(reader.actor, "personal_data.view", Relation())


def _cell(field: Field, said: Any, reader: Reader, source: Any) -> tuple[Any, Any]:
    """What stands in a cell, and the source with what it takes to say so."""
    is_workbook = reader.format == "xlsx"
    if field.kind == "code" and is_workbook:
        said, source = _name(field, said, reader, source)
        return _neutral(said), source
    if field.kind in ("text", "warnings") and reader.format != "parquet":
        return _neutral(said), source
    if field.kind == "sample_id" and is_workbook:
        return _pretty(said), source
    if field.kind == "date" and is_workbook:
        return said - literal(DAY_ZERO), source
    if field.kind == "flag":
        return cast(said, Integer) if is_workbook else cast(said, Text), source
    return said, source


def _name(field: Field, said: Any, reader: Reader, source: Any) -> tuple[Any, Any]:
    """What people call a code: by the catalogue's table where there is one, also of what is not offered any more."""
    if field.catalogue not in TABLES:
        named = {each.key: each.name(reader.language) for each in fields.choices(field, reader.catalogue)}
        return case(named, value=said), source
    listed: Any = aliased(TABLES[field.catalogue])
    under = {"species": Sample.species, "primal": Sample.primal_cut}
    on = [getattr(listed, name) == of for name, of in under.items() if hasattr(listed, name)]
    return getattr(listed, f"name_{reader.language}"), source.outerjoin(listed, and_(listed.key == said, *on))


def _neutral(text: Any) -> Any:
    """`cells.neutral`, in SQL."""
    marked = func.concat(cells.MARK, text)
    return case((func.left(text, 1).in_(RISKY), marked), else_=text)


def _pretty(sample_id: Any) -> Any:
    """`ids.pretty`, in SQL."""
    return func.concat_ws("-", func.substr(sample_id, 1, 4), func.substr(sample_id, 5, 4), func.substr(sample_id, 9))


def _warnings(column: Any) -> Any:
    """Each as "field:code", as whoever confirmed it named it."""
    each = func.jsonb_array_elements(column).table_valued("value", with_ordinality="place", joins_implicitly=True)
    value = cast(each.c.value, JSONB)
    named = func.concat(value["field"].astext, ":", value["code"].astext)
    listed = select(func.string_agg(named, "; ")).select_from(each).correlate_except(each).scalar_subquery()
    return case((column != cast(literal("[]"), JSONB), listed))


def _samples() -> tuple[Any, Own, Any, tuple[Any, ...]]:
    source = select(Sample.id).select_from(Sample).join(User, User.id == Sample.created_by)
    return Sample, {"recorded_by": User.name, "confirmed_warnings": _warnings(Sample.warnings)}, source, (Sample.id,)


def _rounds() -> tuple[Any, Own, Any, tuple[Any, ...]]:
    raw, heated = aliased(Photo), aliased(Photo)
    source = _hanging(Round).join(User, User.id == Round.created_by).where(Round.seq >= 0)
    for photo, preparation in ((raw, "raw"), (heated, "heated")):
        place = (photo.sample_id == Round.sample_id, photo.seq == Round.seq, photo.preparation == preparation)
        source = source.outerjoin(photo, and_(*place, photo.state == "stored"))
    own = {
        "recorded_by": User.name, "confirmed_warnings": _warnings(Round.warnings),
        "photo_raw": photo_name(raw), "photo_heated": photo_name(heated),
    }  # fmt: skip
    return Round, own, source, (Round.sample_id, Round.seq)


def _evaluations() -> tuple[Any, Own, Any, tuple[Any, ...]]:
    source = _hanging(Evaluation).join(User, User.id == Evaluation.evaluator).where(Evaluation.seq >= 0)
    own = {
        "evaluator": User.name, "evaluator_id": Evaluation.evaluator,
        "confirmed_warnings": _warnings(Evaluation.warnings),
    }  # fmt: skip
    return Evaluation, own, source, _in_round(Evaluation, Evaluation.evaluated_at)


def _measurements() -> tuple[Any, Own, Any, tuple[Any, ...]]:
    source = _hanging(Measurement).join(User, User.id == Measurement.measured_by).where(Measurement.seq >= 0)
    own = {"measured_by": User.name, "confirmed_warnings": _warnings(Measurement.warnings)}
    return Measurement, own, source, _in_round(Measurement, Measurement.replicate)


def _reviews() -> tuple[Any, Own, Any, tuple[Any, ...]]:
    source = _hanging(Review).join(User, User.id == Review.reviewed_by)
    own = {"review_id": Review.id, "reviewed_by": User.name}
    return Review, own, source, (Review.sample_id, Review.sample_version, Review.id)


def _predictions() -> tuple[Any, Own, Any, tuple[Any, ...]]:
    """Of the photos that are shown; those of a photo that was replaced stay with it."""
    accepting = aliased(User)
    source = (
        select(Prediction.id)
        .select_from(Prediction)
        .join(Photo, Photo.id == Prediction.photo_id)
        .join(Sample, Sample.id == Photo.sample_id)
        .join(ModelVersion, ModelVersion.id == Prediction.model_version_id)
        .outerjoin(PredictionAcceptance, PredictionAcceptance.prediction_id == Prediction.id)
        .outerjoin(accepting, accepting.id == PredictionAcceptance.accepted_by)
        .where(Photo.seq >= 0, Photo.state == "stored")
    )
    low, high = (ModelVersion.card["scale"][end].astext for end in (0, 1))
    strangeness = func.nullif(func.nullif(Prediction.strangeness, literal("Infinity")), literal("NaN"))
    own = {
        "prediction_id": Prediction.id, "sample_id": Photo.sample_id, "seq": Photo.seq,
        "preparation": Photo.preparation, "model": ModelVersion.name, "model_version": ModelVersion.version,
        "predicted_scale": func.coalesce(low + "-" + high, "1-10"), "abstained": _abstained(),
        "strangeness": strangeness, "accepted_by": accepting.name, "accepted_at": PredictionAcceptance.accepted_at,
    }  # fmt: skip
    own |= {field.key: _predicted(field) for field in fields.PREDICTIONS.fields if field.group is not None}
    return Prediction, own, source, (Photo.sample_id, Photo.seq, Photo.preparation.desc(), Prediction.id)


def _predicted(field: Field) -> Any:
    """A number out of what was said, as it is written there."""
    if field.group == "probability":
        return Prediction.grade[field.of].astext
    said = Prediction.scores if field.of in (*fields.RAW_SCORES, *fields.HEATED_SCORES) else Prediction.values
    return said[field.of][{"predicted_low": "low", "predicted_high": "high"}.get(field.group or "", "value")].astext


def _abstained() -> Any:
    each = func.jsonb_each_text(Prediction.abstained).table_valued("key", "value", joins_implicitly=True)
    listed = func.string_agg(func.concat(each.c.key, ":", each.c.value), "; ")
    return select(listed).select_from(each).correlate_except(each).scalar_subquery()


def _hanging(table: Any) -> Any:
    return select(table.sample_id).select_from(table).join(Sample, Sample.id == table.sample_id)


def _in_round(table: Any, *then: Any) -> tuple[Any, ...]:
    return (table.sample_id, table.seq, table.preparation.desc(), *then, table.id)


SOURCES: dict[str, Callable[[], tuple[Any, Own, Any, tuple[Any, ...]]]] = {
    "samples": _samples,
    "rounds": _rounds,
    "evaluations": _evaluations,
    "measurements": _measurements,
    "reviews": _reviews,
    "predictions": _predictions,
}
