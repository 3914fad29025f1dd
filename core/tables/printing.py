"""What was printed: labels, by whom and of which samples."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.tables.base import Base, made_id, one_of


class LabelPrint(Base):
    """One file of labels that was made; rows are only added."""

    __tablename__ = "label_prints"
    __table_args__ = (
        one_of("size", "50x30", "40x20", "14x39"),
        one_of("format", "pdf_sheet", "pdf_single", "zpl"),
        one_of("language", "ko", "en"),
        CheckConstraint("dpi in (203, 300)", name="dpi"),
        CheckConstraint("copies between 1 and 20", name="copies"),
        Index("ix_label_prints_printed_by_printed_at", "printed_by", "printed_at"),
        Index("ix_label_prints_printed_at", "printed_at"),
    )
    id: Mapped[UUID] = made_id()
    printed_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    printed_at: Mapped[datetime]
    size: Mapped[str]
    format: Mapped[str]
    dpi: Mapped[int]
    copies: Mapped[int]
    language: Mapped[str]


class LabelPrintItem(Base):
    """One sample of a print. No key of samples: that a label was printed stays true when the sample is gone."""

    __tablename__ = "label_print_items"
    print_id: Mapped[UUID] = mapped_column(ForeignKey("label_prints.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    sample_id: Mapped[str] = mapped_column(index=True)
