"""Samples and what hangs on them: rounds, evaluations, measurements, reviews."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.tables.base import Base, made_at, made_id, one_of


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
        Index("ix_samples_newest", "received_at", "id"),
        Index("ix_samples_cut", "species", "primal_cut", "secondary_cut"),
        Index("ix_samples_species_grade", "species", "grade"),
        Index("ix_samples_species_breed", "species", "breed"),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    status: Mapped[str]
    trace_number: Mapped[str] = mapped_column(index=True)
    trace_kind: Mapped[str]
    species: Mapped[str]
    primal_cut: Mapped[str]
    secondary_cut: Mapped[str]
    breed: Mapped[str | None]
    sex: Mapped[str | None] = mapped_column(ForeignKey("sexes.key"), index=True)
    grade: Mapped[str | None]
    bms: Mapped[int | None]
    graded_on: Mapped[date | None]
    slaughtered_on: Mapped[date] = mapped_column(index=True)
    born_on: Mapped[date | None]
    # Official carcass figures, where somebody has them.
    carcass_weight_kg: Mapped[float | None]
    backfat_mm: Mapped[float | None]
    ribeye_area_cm2: Mapped[float | None]
    farm_address: Mapped[str | None]
    farmer_name: Mapped[str | None]
    province: Mapped[str | None] = mapped_column(ForeignKey("provinces.key"), index=True)
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
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
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
