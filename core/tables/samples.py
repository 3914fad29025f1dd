"""Samples and what hangs on them: rounds, evaluations, measurements, reviews."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.tables.base import Base, made_at, made_id, one_of

# The place of each grade of either species in the order of quality; 0 is not graded.
GRADE_RANKS = {"off": 1, "3": 2, "2": 3, "1": 4, "1+": 5, "1++": 6}
_RANK = "case grade " + " ".join(f"when '{grade}' then {rank}" for grade, rank in GRADE_RANKS.items()) + " else 0 end"


def of_list(name: str, *columns: str) -> Index:
    """An index in which a page of a list is a few neighbours: what is asked for, then the order it is shown in."""
    return Index(f"ix_samples_{name}", *columns, postgresql_where="deleted_at is null")


def of_round() -> ForeignKeyConstraint:
    """A round that goes to the recycle bin gives up its seq, and all that hangs on it follows."""
    return ForeignKeyConstraint(
        ["sample_id", "seq"], ["rounds.sample_id", "rounds.seq"], ondelete="CASCADE", onupdate="CASCADE"
    )


class Sample(Base):
    __tablename__ = "samples"
    __table_args__ = (
        CheckConstraint("id ~ '^[0-9A-HJKMNP-TV-Z]{11}$'", name="id"),
        CheckConstraint("bms is null or (bms between 1 and 9 and species = 'cattle')", name="bms"),
        CheckConstraint("born_on < slaughtered_on", name="born_before_slaughter"),
        one_of("trace_kind", "cattle", "pig", "bundle", "import"),
        one_of("source", "registry", "manual", "generated"),
        one_of("status", "pending", "approved", "rejected"),
        ForeignKeyConstraint(
            ["species", "primal_cut", "secondary_cut"],
            ["secondary_cuts.species", "secondary_cuts.primal", "secondary_cuts.key"],
            name="fk_samples_cut",
        ),
        ForeignKeyConstraint(["species", "grade"], ["grades.species", "grades.key"]),
        ForeignKeyConstraint(["species", "breed"], ["breeds.species", "breeds.key"]),
        Index("ix_samples_pending", "submitted_at", postgresql_where="status = 'pending' and deleted_at is null"),
        Index("ix_samples_in_bin", "deleted_at", postgresql_where="deleted_at is not null"),
        of_list("newest", "received_at", "id"),
        of_list("slaughtered", "slaughtered_on", "id"),
        of_list("submitted", "submitted_at", "id"),
        of_list("updated", "updated_at", "id"),
        of_list("grade", "grade_rank", "received_at", "id"),
        of_list("status", "status", "received_at", "id"),
        of_list("author", "created_by", "received_at", "id"),
        of_list("province", "province", "received_at", "id"),
        of_list("cut", "species", "primal_cut", "secondary_cut", "received_at", "id"),
        of_list("species_grade", "species", "grade", "received_at", "id"),
        of_list("species_breed", "species", "breed", "received_at", "id"),
        of_list("sex", "sex", "received_at", "id"),
        of_list("photo", "has_photo", "received_at", "id"),
        of_list("heated", "has_heated", "received_at", "id"),
        of_list("laboratory", "has_laboratory", "received_at", "id"),
        of_list("rounds", "has_rounds", "received_at", "id"),
        # Searching by the beginning works in any collation only with this class of operators.
        Index("ix_samples_trace_number", "trace_number", postgresql_ops={"trace_number": "text_pattern_ops"}),
        Index("ix_samples_city", "city", postgresql_ops={"city": "text_pattern_ops"}),
        Index("ix_samples_id_part", "id", postgresql_using="gin", postgresql_ops={"id": "gin_trgm_ops"}),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    status: Mapped[str]
    trace_number: Mapped[str]
    trace_kind: Mapped[str]
    species: Mapped[str]
    primal_cut: Mapped[str]
    secondary_cut: Mapped[str]
    breed: Mapped[str | None]
    sex: Mapped[str | None] = mapped_column(ForeignKey("sexes.key"))
    grade: Mapped[str | None]
    grade_rank: Mapped[int] = mapped_column(Computed(_RANK, persisted=True))
    bms: Mapped[int | None]
    graded_on: Mapped[date | None]
    slaughtered_on: Mapped[date]
    born_on: Mapped[date | None]
    # Official carcass figures, where somebody has them.
    carcass_weight_kg: Mapped[float | None]
    backfat_mm: Mapped[float | None]
    ribeye_area_cm2: Mapped[float | None]
    farm_address: Mapped[str | None]
    farmer_name: Mapped[str | None]
    province: Mapped[str | None] = mapped_column(ForeignKey("provinces.key"))
    city: Mapped[str | None]
    source: Mapped[str]
    # Whether the registry knows the number, and what it said of it when the sample was recorded.
    trace_verified: Mapped[bool] = mapped_column(server_default="false", default=False)
    registry_record: Mapped[dict[str, Any] | None]
    # What looked implausible and was confirmed by whoever wrote it.
    warnings: Mapped[list[Any]] = mapped_column(server_default="[]", default=list)
    captured_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    # When it last joined the review queue.
    submitted_at: Mapped[datetime]
    edit_window_from: Mapped[datetime]
    updated_at: Mapped[datetime] = mapped_column(default=clock.now, onupdate=clock.now)
    # What there is of it; the database keeps these itself as rounds, photos, scores and values come and go.
    has_photo: Mapped[bool] = mapped_column(server_default="false", default=False)
    has_heated: Mapped[bool] = mapped_column(server_default="false", default=False)
    has_laboratory: Mapped[bool] = mapped_column(server_default="false", default=False)
    has_rounds: Mapped[bool] = mapped_column(server_default="false", default=False)
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    # What its maker sent, so that the same submission sent again is recognised.
    submission_hash: Mapped[str]
    deleted_at: Mapped[datetime | None]
    deleted_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    deleted_why: Mapped[str | None]


class Round(Base):
    """seq 0 is the raw sample, 1..n its processing steps in order; a negative seq lies in the recycle bin."""

    __tablename__ = "rounds"
    __table_args__ = (
        CheckConstraint("(seq >= 0) = (deleted_at is null) and (seq >= 0) = (removed_seq is null)", name="seq"),
        CheckConstraint("minutes > 0", name="minutes"),
        Index("ix_rounds_in_bin", "deleted_at", postgresql_where="deleted_at is not null"),
    )
    sample_id: Mapped[str] = mapped_column(ForeignKey("samples.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    method: Mapped[str | None]
    started_at: Mapped[datetime | None]
    minutes: Mapped[int | None]
    temperature_c: Mapped[float | None]
    pressure_mpa: Mapped[float | None]
    frequency_khz: Mapped[float | None]
    device: Mapped[str | None]
    weight_before_g: Mapped[float | None]
    weight_after_g: Mapped[float | None]
    note: Mapped[str | None]
    warnings: Mapped[list[Any]] = mapped_column(server_default="[]", default=list)
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[datetime] = made_at()
    removed_seq: Mapped[int | None]  # the seq it had, while it is in the recycle bin
    deleted_at: Mapped[datetime | None]
    deleted_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    deleted_why: Mapped[str | None]


class Evaluation(Base):
    """One person's sensory scores for one round and preparation, on a named scale. Zero is a value, null is empty."""

    __tablename__ = "evaluations"
    __table_args__ = (
        of_round(),
        UniqueConstraint(
            "sample_id",
            "seq",
            "preparation",
            "evaluator",
            "panelist",
            "replicate",
            "day",
            name="uq_evaluations_place",
            postgresql_nulls_not_distinct=True,
        ),
        one_of("preparation", "raw", "heated"),
    )
    id: Mapped[UUID] = made_id()
    sample_id: Mapped[str]
    seq: Mapped[int]
    preparation: Mapped[str]
    evaluator: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    panelist: Mapped[str | None]  # the pseudonym of a taster without an account; the evaluator wrote it down
    replicate: Mapped[int] = mapped_column(server_default="1", default=1)
    day: Mapped[int] = mapped_column(server_default="0", default=0)
    scale: Mapped[str] = mapped_column(ForeignKey("scales.key"), index=True)
    marbling: Mapped[float | None]
    color: Mapped[float | None]
    texture: Mapped[float | None]
    surface_moisture: Mapped[float | None]
    overall: Mapped[float | None]
    flavor: Mapped[float | None]
    juiciness: Mapped[float | None]
    tenderness: Mapped[float | None]
    umami: Mapped[float | None]
    palatability: Mapped[float | None]
    warnings: Mapped[list[Any]] = mapped_column(server_default="[]", default=list)
    evaluated_at: Mapped[datetime]


class Measurement(Base):
    """One replicate of laboratory or electronic-tongue values; keys and units are those of catalogue/measures.json."""

    __tablename__ = "measurements"
    __table_args__ = (
        of_round(),
        UniqueConstraint("sample_id", "seq", "preparation", "replicate"),
        one_of("preparation", "raw", "heated"),
        CheckConstraint("cathepsin is null or cathepsin_unit is not null", name="cathepsin_unit"),
    )
    id: Mapped[UUID] = made_id()
    sample_id: Mapped[str]
    seq: Mapped[int]
    preparation: Mapped[str]
    replicate: Mapped[int] = mapped_column(server_default="1", default=1)
    ph: Mapped[float | None]
    l_star: Mapped[float | None]
    a_star: Mapped[float | None]
    b_star: Mapped[float | None]
    drip_loss: Mapped[float | None]
    cook_before_g: Mapped[float | None]
    cook_after_g: Mapped[float | None]
    cooking_loss: Mapped[float | None]
    released_water: Mapped[float | None]
    whc: Mapped[float | None]
    wbsf_kgf: Mapped[float | None]
    mfi: Mapped[float | None]
    collagen: Mapped[float | None]
    collagen_soluble: Mapped[float | None]
    cathepsin: Mapped[float | None]
    cathepsin_unit: Mapped[str | None]
    sarcomere: Mapped[float | None]
    moisture: Mapped[float | None]
    crude_protein: Mapped[float | None]
    crude_fat: Mapped[float | None]
    ash: Mapped[float | None]
    tbars: Mapped[float | None]
    vbn: Mapped[float | None]
    tpc: Mapped[float | None]
    aging_loss: Mapped[float | None]
    et_sourness: Mapped[float | None]
    et_bitterness: Mapped[float | None]
    et_umami: Mapped[float | None]
    et_richness: Mapped[float | None]
    et_saltiness: Mapped[float | None]
    et_astringency: Mapped[float | None]
    instrument: Mapped[str | None]
    note: Mapped[str | None]
    warnings: Mapped[list[Any]] = mapped_column(server_default="[]", default=list)
    measured_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    measured_at: Mapped[datetime]


class Review(Base):
    """Approval or rejection of one version of a sample."""

    __tablename__ = "reviews"
    __table_args__ = (
        UniqueConstraint("sample_id", "sample_version"),
        one_of("decision", "approved", "rejected"),
        CheckConstraint("decision = 'approved' or (reason is not null and text <> '')", name="rejection_says_why"),
    )
    id: Mapped[UUID] = made_id()
    sample_id: Mapped[str] = mapped_column(ForeignKey("samples.id", ondelete="CASCADE"))
    sample_version: Mapped[int]
    decision: Mapped[str]
    reason: Mapped[str | None] = mapped_column(ForeignKey("reject_reasons.key"), index=True)
    text: Mapped[str | None]
    reviewed_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    reviewed_at: Mapped[datetime]


MEASURES: tuple[str, ...] = tuple(
    column.name
    for column in Measurement.__table__.columns
    if column.type.python_type is float and not column.name.startswith("cook_")
)
RAW_SCORES = ("marbling", "color", "texture", "surface_moisture", "overall")
HEATED_SCORES = ("flavor", "juiciness", "tenderness", "umami", "palatability")
SCORES: dict[str, tuple[str, ...]] = {"raw": RAW_SCORES, "heated": HEATED_SCORES}
