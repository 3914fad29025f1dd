"""The catalogue: species, cuts, grades, sexes, breeds, scales, reject reasons, provinces."""

from sqlalchemy import ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.tables.base import Base, Named


class Species(Named, Base):
    __tablename__ = "species"
    key: Mapped[str] = mapped_column(primary_key=True)


class PrimalCut(Named, Base):
    __tablename__ = "primal_cuts"
    species: Mapped[str] = mapped_column(ForeignKey("species.key"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)


class SecondaryCut(Named, Base):
    __tablename__ = "secondary_cuts"
    __table_args__ = (ForeignKeyConstraint(["species", "primal"], ["primal_cuts.species", "primal_cuts.key"]),)
    species: Mapped[str] = mapped_column(primary_key=True)
    primal: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)


class Grade(Named, Base):
    __tablename__ = "grades"
    species: Mapped[str] = mapped_column(ForeignKey("species.key"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)


class Breed(Named, Base):
    __tablename__ = "breeds"
    species: Mapped[str] = mapped_column(ForeignKey("species.key"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)


class Sex(Named, Base):
    __tablename__ = "sexes"
    key: Mapped[str] = mapped_column(primary_key=True)


class Scale(Named, Base):
    """A sensory scale; scores of two scales are never pooled raw."""

    __tablename__ = "scales"
    key: Mapped[str] = mapped_column(primary_key=True)
    minimum: Mapped[float]
    maximum: Mapped[float]
    step: Mapped[float]


class RejectReason(Named, Base):
    __tablename__ = "reject_reasons"
    key: Mapped[str] = mapped_column(primary_key=True)


class Province(Named, Base):
    """The 17 analysis provinces, stable over time, by their ISO 3166-2 key."""

    __tablename__ = "provinces"
    key: Mapped[str] = mapped_column(primary_key=True)
