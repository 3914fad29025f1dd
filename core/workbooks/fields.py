"""The fields of a workbook, sheet by sheet, as data: what an export writes, a template offers and an import reads.

A field's key is the name that the API uses. Names and meanings are words ("field.name.*", "field.what.*"), synonyms are
in data/workbook_synonyms.toml, limits are those that the models of the API hold.
"""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel

from core import words
from core.catalogue import TABLES, Catalogue, Entry
from core.config import DATA
from core.evaluations import NewEvaluation
from core.labels import BMS, VALUES
from core.measurements import NewMeasurement, measures
from core.methods import METHODS
from core.predictions.views import GRADES
from core.rounds import NewRound
from core.samples.new import NewSample
from core.samples.parts import LARGEST_SEQ
from core.tables.samples import HEATED_SCORES, MEASURES, RAW_SCORES

Kind = Literal[
    "text", "sample_id", "trace_number", "code", "integer", "decimal", "date", "instant", "id", "flag", "photo",
    "warnings",
]  # fmt: skip
# Choices that are no table of the catalogue: their names are words under this name, or under what PREFIXES says.
CHOICES: dict[str, tuple[str, ...]] = {
    "status": ("pending", "approved", "rejected"),
    "decision": ("approved", "rejected"),
    "source": ("registry", "manual", "generated"),
    "trace": ("cattle", "pig", "bundle", "import"),
    "preparation": ("raw", "heated"),
    "method": tuple(METHODS),
}
PREFIXES = {"decision": "status"}
MEASURED_UNITS = {"as entered": ""}  # what the catalogue says of a unit that stands in a column of its own
Group = Literal["score", "measure", "predicted", "predicted_low", "predicted_high", "probability"]


@dataclass(frozen=True)
class Field:
    """One column. `minimum` to `maximum` is what is accepted, in `unit`; beyond it nothing is stored.

    kind: how a cell reads. sample_id: 11 signs, shown as 7K3M-9QXD-2PV; code: a key of `catalogue`, shown by its name;
    instant: a point in time; photo: the name of a file in the zip of photos; warnings: "field:code" of what looked
    implausible and was confirmed, with "; " between; id: a UUID that tells rows from each other.
    column: its name in the table of the database. imported: whether an import reads it; what it does not read is told
    for information. personal: only for who may see it (`farmer_name`: only for a manager who asks).
    required: a new row needs it. group: what it is one of many of, and `of` which: a score, a measure, a target of the
    model, a grade.
    """

    key: str
    kind: Kind
    column: str | None = None
    catalogue: str | None = None
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    decimals: int | None = None
    imported: bool = True
    required: bool = False
    personal: bool = False
    group: Group | None = None
    of: str = ""

    def name(self, language: str) -> str:
        """What people call it, without its unit."""
        if self.group is None:
            return words.text(language, f"field.name.{self.key}")
        return words.text(language, f"field.one_of.{self.group}", name=_name(language, self.of))

    def header(self, language: str) -> str:
        """Its name and, in brackets, its unit: what stands over the column."""
        return f"{self.name(language)} ({self.unit})" if self.unit else self.name(language)

    def meaning(self, language: str) -> str:
        """One sentence for the dictionary; for a score the two ends of its scale."""
        if self.group == "score":
            return words.text(language, f"anchor.{self.of}")
        return words.text(language, f"field.what.{self.group or self.key}")

    @property
    def is_number(self) -> bool:
        return self.kind in ("integer", "decimal")


@dataclass(frozen=True)
class Sheet:
    """One kind of thing, a row each. `identity` are the fields by which a row is found again."""

    key: str
    fields: tuple[Field, ...]
    identity: tuple[str, ...]
    imported: bool = True

    def title(self, language: str) -> str:
        return words.text(language, f"field.sheet.{self.key}")

    def field(self, key: str) -> Field:
        return next(field for field in self.fields if field.key == key)


def _name(language: str, of: str) -> str:
    """What is scored, measured, or a grade."""
    if of in measures():
        return str(measures()[of][language])
    if of in GRADES:
        return words.text(language, "field.off") if of == "off" else of
    return words.text(language, f"field.name.{of}" if of == BMS else f"score.{of}")


def fold(text: str) -> str:
    """A header as synonyms are compared: without case, blanks, line breaks and punctuation, full width made half."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text)).lower()


@cache
def synonyms(sheet: str, key: str) -> tuple[str, ...]:
    """Other headers under which people have a field, folded; its names in both languages and its key are among them."""
    field = SHEETS[sheet].field(key)
    own = (key, *(written(language) for language in words.LANGUAGES for written in (field.name, field.header)))
    listed = _listed().get(sheet, {}).get(key, [])
    return tuple(dict.fromkeys(folded for each in (*own, *listed) if (folded := fold(each))))


def choices(field: Field, catalogue: Catalogue) -> tuple[Entry, ...]:
    """What a code may be, with the names in both languages; those under a species say under which."""
    if field.catalogue in TABLES:
        entries: tuple[Entry, ...] = getattr(catalogue, field.catalogue)
        return entries
    kind = field.catalogue or ""
    named = [(key, f"{PREFIXES.get(kind, kind)}.{key}") for key in CHOICES.get(kind, ())]
    return tuple(Entry(key, words.text("ko", word), words.text("en", word)) for key, word in named)


@cache
def _listed() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((DATA / "workbook_synonyms.toml").read_text(encoding="utf-8"))


def _limits(model: type[BaseModel], name: str) -> tuple[float | None, float | None]:
    schema: dict[str, Any] = model.model_json_schema()["properties"][name]
    numbers: dict[str, Any] = next(
        (part for part in schema.get("anyOf", [schema]) if part.get("type") in ("integer", "number")), {}
    )
    low = numbers.get("minimum", numbers.get("exclusiveMinimum"))
    return low, numbers.get("maximum", numbers.get("exclusiveMaximum"))


def _number(model: type[BaseModel], key: str, unit: str = "", kind: Kind = "decimal", **more: Any) -> Field:
    low, high = _limits(model, key)
    return Field(key, kind, unit=unit, minimum=low, maximum=high, **more)


def _code(key: str, catalogue: str, **more: Any) -> Field:
    return Field(key, "code", catalogue=catalogue, **more)


def _told(key: str, kind: Kind = "text", **more: Any) -> Field:
    """For information only."""
    return Field(key, kind, imported=False, **more)


def _score(key: str) -> Field:
    return Field(key, "decimal", group="score", of=key)


def _measure(key: str) -> Field:
    known = measures()[key]
    unit = MEASURED_UNITS.get(known["unit"], known["unit"])
    limits = {"minimum": known["hard_min"], "maximum": known["hard_max"], "decimals": known["decimals"]}
    return Field(key, "decimal", unit=unit, group="measure", of=key, **limits)


def _probability(grade: str) -> Field:
    key = "probability_" + grade.replace("+", "p")
    return _told(key, "decimal", minimum=0, maximum=1, group="probability", of=grade)


def _predicted(target: str) -> tuple[Field, ...]:
    unit = measures()[target]["unit"] if target in measures() else ""
    groups: tuple[Group, ...] = ("predicted", "predicted_low", "predicted_high")
    ends = ("", "_low", "_high")
    return tuple(
        _told(f"predicted_{target}{end}", "decimal", unit=unit, group=group, of=target)
        for group, end in zip(groups, ends, strict=True)
    )


SAMPLE_ID = Field("sample_id", "sample_id", required=True)
SEQ = Field("seq", "integer", minimum=0, maximum=LARGEST_SEQ, required=True)
PREPARATION = _code("preparation", "preparation", required=True)
WARNINGS = Field("confirmed_warnings", "warnings", column="warnings")

SAMPLES = Sheet(
    "samples",
    (
        Field("sample_id", "sample_id", column="id"),
        Field("trace_number", "trace_number", required=True),
        _code("species", "species", required=True),
        _code("primal_cut", "primal_cuts", required=True),
        _code("secondary_cut", "secondary_cuts", required=True),
        _code("breed", "breeds"),
        _code("sex", "sexes"),
        _code("grade", "grades"),
        _number(NewSample, "bms", kind="integer"),
        Field("graded_on", "date"),
        Field("slaughtered_on", "date", required=True),
        Field("born_on", "date"),
        _number(NewSample, "carcass_weight_kg", "kg"),
        _number(NewSample, "backfat_mm", "mm"),
        _number(NewSample, "ribeye_area_cm2", "cm²"),
        Field("farm_address", "text", personal=True),
        Field("farmer_name", "text", personal=True),
        Field("captured_at", "instant"),
        WARNINGS,
        _code("province", "provinces", imported=False),
        _told("city"),
        _code("status", "status", imported=False),
        _code("source", "source", imported=False),
        _code("trace_kind", "trace", imported=False),
        _told("trace_verified", "flag"),
        _told("version", "integer"),
        _told("recorded_by"),
        _told("received_at", "instant"),
        _told("updated_at", "instant"),
    ),
    identity=("sample_id",),
)
ROUNDS = Sheet(
    "rounds",
    (
        SAMPLE_ID,
        SEQ,
        _code("method", "method"),
        Field("started_at", "instant"),
        _number(NewRound, "minutes", "min", "integer"),
        _number(NewRound, "temperature_c", "°C"),
        _number(NewRound, "pressure_mpa", "MPa"),
        _number(NewRound, "frequency_khz", "kHz"),
        Field("device", "text"),
        _number(NewRound, "weight_before_g", "g"),
        _number(NewRound, "weight_after_g", "g"),
        Field("note", "text"),
        Field("photo_raw", "photo"),
        Field("photo_heated", "photo"),
        WARNINGS,
        _told("recorded_by"),
    ),
    identity=("sample_id", "seq"),
)
EVALUATIONS = Sheet(
    "evaluations",
    (
        Field("evaluation_id", "id", column="id"),
        SAMPLE_ID,
        SEQ,
        PREPARATION,
        Field("evaluator", "text"),
        Field("evaluator_id", "id"),
        Field("panelist", "text"),
        _number(NewEvaluation, "replicate", kind="integer"),
        _number(NewEvaluation, "day", kind="integer"),
        _code("scale", "scales", required=True),
        *(_score(key) for key in (*RAW_SCORES, *HEATED_SCORES)),
        Field("evaluated_at", "instant", required=True),
        WARNINGS,
    ),
    identity=("evaluation_id",),
)
MEASUREMENTS = Sheet(
    "measurements",
    (
        Field("measurement_id", "id", column="id"),
        SAMPLE_ID,
        SEQ,
        PREPARATION,
        _number(NewMeasurement, "replicate", kind="integer"),
        *(_measure(key) for key in MEASURES),
        _number(NewMeasurement, "cook_before_g", "g"),
        _number(NewMeasurement, "cook_after_g", "g"),
        Field("cathepsin_unit", "text"),
        Field("instrument", "text"),
        Field("note", "text"),
        Field("measured_at", "instant", required=True),
        WARNINGS,
        _told("measured_by"),
    ),
    identity=("measurement_id",),
)
REVIEWS = Sheet(
    "reviews",
    (
        _told("review_id", "id"),
        _told("sample_id", "sample_id"),
        _told("sample_version", "integer"),
        _code("decision", "decision", imported=False),
        _code("reason", "reject_reasons", imported=False),
        _told("text"),
        _told("reviewed_by"),
        _told("reviewed_at", "instant"),
    ),
    identity=("review_id",),
    imported=False,
)
PREDICTED = (*RAW_SCORES, *HEATED_SCORES, *VALUES)
PREDICTIONS = Sheet(
    "predictions",
    (
        _told("prediction_id", "id"),
        _told("sample_id", "sample_id"),
        _told("seq", "integer"),
        _code("preparation", "preparation", imported=False),
        _told("photo_id", "id"),
        _told("model"),
        _told("model_version"),
        _told("predicted_scale"),
        *(_probability(grade) for grade in GRADES),
        *(field for target in PREDICTED for field in _predicted(target)),
        _told("abstained"),
        _told("strangeness", "decimal"),
        _told("predicted_at", "instant"),
        _told("accepted_by"),
        _told("accepted_at", "instant"),
    ),
    identity=("prediction_id",),
    imported=False,
)
SHEETS: dict[str, Sheet] = {
    sheet.key: sheet for sheet in (SAMPLES, ROUNDS, EVALUATIONS, MEASUREMENTS, REVIEWS, PREDICTIONS)
}
