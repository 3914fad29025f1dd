"""What labels were printed: only added, never changed."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "label_prints",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("printed_by", sa.Uuid(), nullable=False),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("size", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("dpi", sa.Integer(), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.CheckConstraint("size in ('50x30', '40x20', '14x39')", name=op.f("ck_label_prints_size")),
        sa.CheckConstraint("format in ('pdf_sheet', 'pdf_single', 'zpl')", name=op.f("ck_label_prints_format")),
        sa.CheckConstraint("language in ('ko', 'en')", name=op.f("ck_label_prints_language")),
        sa.CheckConstraint("dpi in (203, 300)", name=op.f("ck_label_prints_dpi")),
        sa.CheckConstraint("copies between 1 and 20", name=op.f("ck_label_prints_copies")),
        sa.ForeignKeyConstraint(["printed_by"], ["users.id"], name=op.f("fk_label_prints_printed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_prints")),
    )
    op.create_index("ix_label_prints_printed_by_printed_at", "label_prints", ["printed_by", "printed_at"], unique=False)
    op.create_index("ix_label_prints_printed_at", "label_prints", ["printed_at"], unique=False)
    op.create_table(
        "label_print_items",
        sa.Column("print_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sample_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["print_id"], ["label_prints.id"], name=op.f("fk_label_print_items_print_id")),
        sa.PrimaryKeyConstraint("print_id", "position", name=op.f("pk_label_print_items")),
    )
    op.create_index(op.f("ix_label_print_items_sample_id"), "label_print_items", ["sample_id"], unique=False)
    for table in ("label_prints", "label_print_items"):  # refuse_rewriting came with 0007
        op.execute(f"""
            create trigger only_added before update or delete on {table}
            for each statement execute function refuse_rewriting()
        """)
