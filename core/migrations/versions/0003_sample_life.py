"""The life of a sample: drafts, claims, edit requests, notices, the recycle bin, registry answers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "purged_samples",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("purged_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purged_samples")),
    )
    op.create_table(
        "registry_answers",
        sa.Column("trace_number", sa.Text(), nullable=False),
        sa.Column("option_no", sa.Integer(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("trace_number", "option_no", name=op.f("pk_registry_answers")),
    )
    op.create_index(op.f("ix_registry_answers_fetched_at"), "registry_answers", ["fetched_at"], unique=False)
    op.create_table(
        "drafts",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_drafts_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "kind", name=op.f("pk_drafts")),
    )
    op.create_table(
        "saved_views",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_saved_views_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint("user_id", "page", "name", name=op.f("uq_saved_views_user_id_page_name")),
    )
    op.create_table(
        "edit_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sample_id", sa.Text(), nullable=False),
        sa.Column("sample_version", sa.Integer(), nullable=False),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.CheckConstraint("state <> 'refused' or answer <> ''", name=op.f("ck_edit_requests_refusal_says_why")),
        sa.CheckConstraint("state in ('waiting', 'granted', 'refused')", name=op.f("ck_edit_requests_state")),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name=op.f("fk_edit_requests_decided_by")),
        sa.ForeignKeyConstraint(["requested_by"], ["users.id"], name=op.f("fk_edit_requests_requested_by")),
        sa.ForeignKeyConstraint(
            ["sample_id"], ["samples.id"], name=op.f("fk_edit_requests_sample_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edit_requests")),
    )
    op.create_index(op.f("ix_edit_requests_decided_by"), "edit_requests", ["decided_by"], unique=False)
    op.create_index(op.f("ix_edit_requests_requested_by"), "edit_requests", ["requested_by"], unique=False)
    op.create_index(op.f("ix_edit_requests_sample_id"), "edit_requests", ["sample_id"], unique=False)
    op.create_index(
        "ix_edit_requests_waiting",
        "edit_requests",
        ["requested_at"],
        unique=False,
        postgresql_where="state = 'waiting'",
    )
    op.create_index(
        "uq_edit_requests_waiting", "edit_requests", ["sample_id"], unique=True, postgresql_where="state = 'waiting'"
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("sample_id", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("values", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["sample_id"], ["samples.id"], name=op.f("fk_notices_sample_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notices_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index(op.f("ix_notices_sample_id"), "notices", ["sample_id"], unique=False)
    op.create_index("ix_notices_unread", "notices", ["user_id"], unique=False, postgresql_where="read_at is null")
    op.create_index(op.f("ix_notices_user_id"), "notices", ["user_id"], unique=False)
    op.create_table(
        "review_claims",
        sa.Column("sample_id", sa.Text(), nullable=False),
        sa.Column("claimed_by", sa.Uuid(), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["claimed_by"], ["users.id"], name=op.f("fk_review_claims_claimed_by")),
        sa.ForeignKeyConstraint(
            ["sample_id"], ["samples.id"], name=op.f("fk_review_claims_sample_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("sample_id", name=op.f("pk_review_claims")),
    )
    op.create_index(op.f("ix_review_claims_claimed_by"), "review_claims", ["claimed_by"], unique=False)
    op.add_column("evaluations", sa.Column("panelist", sa.Text(), nullable=True))
    op.add_column(
        "evaluations",
        sa.Column("warnings", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
    )
    op.drop_constraint(
        op.f("uq_evaluations_sample_id_seq_preparation_evaluator_repl_45d1"), "evaluations", type_="unique"
    )
    op.create_unique_constraint(
        "uq_evaluations_place",
        "evaluations",
        ["sample_id", "seq", "preparation", "evaluator", "panelist", "replicate", "day"],
        postgresql_nulls_not_distinct=True,
    )
    op.drop_constraint(op.f("fk_evaluations_sample_id_seq"), "evaluations", type_="foreignkey")
    op.create_foreign_key(
        op.f("fk_evaluations_sample_id_seq"),
        "evaluations",
        "rounds",
        ["sample_id", "seq"],
        ["sample_id", "seq"],
        onupdate="CASCADE",
        ondelete="CASCADE",
    )
    op.add_column("measurements", sa.Column("cook_before_g", sa.Double(), nullable=True))
    op.add_column("measurements", sa.Column("cook_after_g", sa.Double(), nullable=True))
    op.add_column("measurements", sa.Column("instrument", sa.Text(), nullable=True))
    op.add_column("measurements", sa.Column("note", sa.Text(), nullable=True))
    op.add_column(
        "measurements",
        sa.Column("warnings", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
    )
    op.drop_constraint(op.f("fk_measurements_sample_id_seq"), "measurements", type_="foreignkey")
    op.create_foreign_key(
        op.f("fk_measurements_sample_id_seq"),
        "measurements",
        "rounds",
        ["sample_id", "seq"],
        ["sample_id", "seq"],
        onupdate="CASCADE",
        ondelete="CASCADE",
    )
    op.drop_constraint(op.f("fk_photos_sample_id_seq"), "photos", type_="foreignkey")
    op.create_foreign_key(
        op.f("fk_photos_sample_id_seq"),
        "photos",
        "rounds",
        ["sample_id", "seq"],
        ["sample_id", "seq"],
        onupdate="CASCADE",
        ondelete="CASCADE",
    )
    op.add_column("rounds", sa.Column("device", sa.Text(), nullable=True))
    op.add_column(
        "rounds", sa.Column("warnings", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False)
    )
    op.add_column("rounds", sa.Column("removed_seq", sa.Integer(), nullable=True))
    op.add_column("rounds", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("rounds", sa.Column("deleted_by", sa.Uuid(), nullable=True))
    op.add_column("rounds", sa.Column("deleted_why", sa.Text(), nullable=True))
    op.drop_constraint(op.f("ck_rounds_seq"), "rounds")
    op.create_check_constraint(
        op.f("ck_rounds_seq"), "rounds", "(seq >= 0) = (deleted_at is null) and (seq >= 0) = (removed_seq is null)"
    )
    op.create_index(op.f("ix_rounds_deleted_by"), "rounds", ["deleted_by"], unique=False)
    op.create_index(
        "ix_rounds_in_bin", "rounds", ["deleted_at"], unique=False, postgresql_where="deleted_at is not null"
    )
    op.create_foreign_key(op.f("fk_rounds_deleted_by"), "rounds", "users", ["deleted_by"], ["id"])
    op.add_column("samples", sa.Column("carcass_weight_kg", sa.Double(), nullable=True))
    op.add_column("samples", sa.Column("backfat_mm", sa.Double(), nullable=True))
    op.add_column("samples", sa.Column("ribeye_area_cm2", sa.Double(), nullable=True))
    op.add_column("samples", sa.Column("trace_verified", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("samples", sa.Column("registry_record", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column(
        "samples", sa.Column("warnings", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False)
    )
    op.add_column("samples", sa.Column("submitted_at", sa.DateTime(timezone=True)))
    op.execute("update samples set submitted_at = received_at")
    op.alter_column("samples", "submitted_at", nullable=False)
    op.drop_index(
        op.f("ix_samples_pending"),
        table_name="samples",
        postgresql_where="((status = 'pending'::text) AND (deleted_at IS NULL))",
    )
    op.create_index(
        "ix_samples_pending",
        "samples",
        ["submitted_at"],
        unique=False,
        postgresql_where="status = 'pending' and deleted_at is null",
    )
    op.create_index(
        "ix_samples_in_bin", "samples", ["deleted_at"], unique=False, postgresql_where="deleted_at is not null"
    )
