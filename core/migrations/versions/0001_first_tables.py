"""first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("create extension if not exists citext")
    op.create_table(
        "model_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("trained_on", sa.Text(), nullable=False),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_versions")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_model_versions_name_version")),
        sa.UniqueConstraint("sha256", name=op.f("uq_model_versions_sha256")),
    )
    op.create_table(
        "provinces",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name_ko", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_provinces")),
    )
    op.create_table(
        "reject_reasons",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name_ko", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_reject_reasons")),
    )
    op.create_table(
        "scales",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("minimum", sa.Double(), nullable=False),
        sa.Column("maximum", sa.Double(), nullable=False),
        sa.Column("step", sa.Double(), nullable=False),
        sa.Column("name_ko", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_scales")),
    )
    op.create_table(
        "sexes",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name_ko", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sexes")),
    )
    op.create_table(
        "species",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name_ko", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_species")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", postgresql.CITEXT(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("job_title", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("failed_attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("language in ('ko', 'en')", name=op.f("ck_users_language")),
        sa.CheckConstraint("role in ('normal', 'researcher', 'manager')", name=op.f("ck_users_role")),
        sa.CheckConstraint("state in ('awaiting', 'active', 'deactivated')", name=op.f("ck_users_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_table(
        "audit_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_role", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_audit_events_actor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
        sa.UniqueConstraint(
            "subject_type", "subject_id", "position", name=op.f("uq_audit_events_subject_type_subject_id_position")
        ),
    )
    op.create_index(op.f("ix_audit_events_actor_id"), "audit_events", ["actor_id"], unique=False)
    op.create_table(
        "breeds",
        sa.Column("species", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name_ko", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.ForeignKeyConstraint(["species"], ["species.key"], name=op.f("fk_breeds_species")),
        sa.PrimaryKeyConstraint("species", "key", name=op.f("pk_breeds")),
    )
    op.create_table(
        "grades",
        sa.Column("species", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name_ko", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.ForeignKeyConstraint(["species"], ["species.key"], name=op.f("fk_grades_species")),
        sa.PrimaryKeyConstraint("species", "key", name=op.f("pk_grades")),
    )
    op.create_table(
        "model_promotions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("model_version_id", sa.Uuid(), nullable=False),
        sa.Column("promoted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("promoted_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["model_version_id"], ["model_versions.id"], name=op.f("fk_model_promotions_model_version_id")
        ),
        sa.ForeignKeyConstraint(["promoted_by"], ["users.id"], name=op.f("fk_model_promotions_promoted_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_promotions")),
    )
    op.create_index(
        op.f("ix_model_promotions_model_version_id"), "model_promotions", ["model_version_id"], unique=False
    )
    op.create_index(op.f("ix_model_promotions_promoted_at"), "model_promotions", ["promoted_at"], unique=False)
    op.create_index(op.f("ix_model_promotions_promoted_by"), "model_promotions", ["promoted_by"], unique=False)
    op.create_table(
        "primal_cuts",
        sa.Column("species", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name_ko", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.ForeignKeyConstraint(["species"], ["species.key"], name=op.f("fk_primal_cuts_species")),
        sa.PrimaryKeyConstraint("species", "key", name=op.f("pk_primal_cuts")),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        sa.Column("token_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("exchange_hash", sa.LargeBinary(), nullable=True),
        sa.Column("exchange_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind in ('dashboard', 'device')", name=op.f("ck_sessions_kind")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("exchange_hash", name=op.f("uq_sessions_exchange_hash")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
    )
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"], unique=False)
    op.create_table(
        "uploads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("sent_sha256", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("perceptual_hash", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("uploaded_by", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["uploaded_by"], ["users.id"], name=op.f("fk_uploads_uploaded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
    )
    op.create_index(op.f("ix_uploads_received_at"), "uploads", ["received_at"], unique=False)
    op.create_index(op.f("ix_uploads_uploaded_by"), "uploads", ["uploaded_by"], unique=False)
    op.create_table(
        "secondary_cuts",
        sa.Column("species", sa.Text(), nullable=False),
        sa.Column("primal", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name_ko", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.ForeignKeyConstraint(
            ["species", "primal"],
            ["primal_cuts.species", "primal_cuts.key"],
            name=op.f("fk_secondary_cuts_species_primal"),
        ),
        sa.PrimaryKeyConstraint("species", "primal", "key", name=op.f("pk_secondary_cuts")),
    )
    op.create_table(
        "samples",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("trace_number", sa.Text(), nullable=False),
        sa.Column("trace_kind", sa.Text(), nullable=False),
        sa.Column("species", sa.Text(), nullable=False),
        sa.Column("primal_cut", sa.Text(), nullable=False),
        sa.Column("secondary_cut", sa.Text(), nullable=False),
        sa.Column("breed", sa.Text(), nullable=True),
        sa.Column("sex", sa.Text(), nullable=True),
        sa.Column("grade", sa.Text(), nullable=True),
        sa.Column("bms", sa.Integer(), nullable=True),
        sa.Column("graded_on", sa.Date(), nullable=True),
        sa.Column("slaughtered_on", sa.Date(), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=True),
        sa.Column("farm_address", sa.Text(), nullable=True),
        sa.Column("farmer_name", sa.Text(), nullable=True),
        sa.Column("province", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edit_window_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("submission_hash", sa.Text(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_by", sa.Uuid(), nullable=True),
        sa.Column("deleted_why", sa.Text(), nullable=True),
        sa.CheckConstraint("bms is null or (bms between 1 and 9 and species = 'cattle')", name=op.f("ck_samples_bms")),
        sa.CheckConstraint("id ~ '^[0-9A-HJKMNP-TV-Z]{11}$'", name=op.f("ck_samples_id")),
        sa.CheckConstraint("source in ('registry', 'manual', 'generated')", name=op.f("ck_samples_source")),
        sa.CheckConstraint("status in ('pending', 'approved', 'rejected')", name=op.f("ck_samples_status")),
        sa.CheckConstraint("trace_kind in ('cattle', 'pig', 'bundle', 'import')", name=op.f("ck_samples_trace_kind")),
        sa.CheckConstraint("born_on < slaughtered_on", name=op.f("ck_samples_born_before_slaughter")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_samples_created_by")),
        sa.ForeignKeyConstraint(["deleted_by"], ["users.id"], name=op.f("fk_samples_deleted_by")),
        sa.ForeignKeyConstraint(["province"], ["provinces.key"], name=op.f("fk_samples_province")),
        sa.ForeignKeyConstraint(["sex"], ["sexes.key"], name=op.f("fk_samples_sex")),
        sa.ForeignKeyConstraint(
            ["species", "breed"], ["breeds.species", "breeds.key"], name=op.f("fk_samples_species_breed")
        ),
        sa.ForeignKeyConstraint(
            ["species", "grade"], ["grades.species", "grades.key"], name=op.f("fk_samples_species_grade")
        ),
        sa.ForeignKeyConstraint(
            ["species", "primal_cut", "secondary_cut"],
            ["secondary_cuts.species", "secondary_cuts.primal", "secondary_cuts.key"],
            name="fk_samples_cut",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_samples")),
    )
    op.create_index(op.f("ix_samples_created_by"), "samples", ["created_by"], unique=False)
    op.create_index("ix_samples_cut", "samples", ["species", "primal_cut", "secondary_cut"], unique=False)
    op.create_index(op.f("ix_samples_deleted_by"), "samples", ["deleted_by"], unique=False)
    op.create_index("ix_samples_newest", "samples", ["received_at", "id"], unique=False)
    op.create_index(
        "ix_samples_pending",
        "samples",
        ["received_at"],
        unique=False,
        postgresql_where="status = 'pending' and deleted_at is null",
    )
    op.create_index(op.f("ix_samples_province"), "samples", ["province"], unique=False)
    op.create_index(op.f("ix_samples_sex"), "samples", ["sex"], unique=False)
    op.create_index(op.f("ix_samples_slaughtered_on"), "samples", ["slaughtered_on"], unique=False)
    op.create_index("ix_samples_species_breed", "samples", ["species", "breed"], unique=False)
    op.create_index("ix_samples_species_grade", "samples", ["species", "grade"], unique=False)
    op.create_index(op.f("ix_samples_trace_number"), "samples", ["trace_number"], unique=False)
    op.create_table(
        "reviews",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sample_id", sa.Text(), nullable=False),
        sa.Column("sample_version", sa.Integer(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("reviewed_by", sa.Uuid(), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "decision = 'approved' or (reason is not null and text <> '')", name=op.f("ck_reviews_rejection_says_why")
        ),
        sa.CheckConstraint("decision in ('approved', 'rejected')", name=op.f("ck_reviews_decision")),
        sa.ForeignKeyConstraint(["reason"], ["reject_reasons.key"], name=op.f("fk_reviews_reason")),
        sa.ForeignKeyConstraint(["reviewed_by"], ["users.id"], name=op.f("fk_reviews_reviewed_by")),
        sa.ForeignKeyConstraint(["sample_id"], ["samples.id"], name=op.f("fk_reviews_sample_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("sample_id", "sample_version", name=op.f("uq_reviews_sample_id_sample_version")),
    )
    op.create_index(op.f("ix_reviews_reason"), "reviews", ["reason"], unique=False)
    op.create_index(op.f("ix_reviews_reviewed_by"), "reviews", ["reviewed_by"], unique=False)
    op.create_table(
        "rounds",
        sa.Column("sample_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("temperature_c", sa.Double(), nullable=True),
        sa.Column("pressure_mpa", sa.Double(), nullable=True),
        sa.Column("frequency_khz", sa.Double(), nullable=True),
        sa.Column("weight_before_g", sa.Double(), nullable=True),
        sa.Column("weight_after_g", sa.Double(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_rounds_minutes")),
        sa.CheckConstraint("seq >= 0", name=op.f("ck_rounds_seq")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_rounds_created_by")),
        sa.ForeignKeyConstraint(["sample_id"], ["samples.id"], name=op.f("fk_rounds_sample_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("sample_id", "seq", name=op.f("pk_rounds")),
    )
    op.create_index(op.f("ix_rounds_created_by"), "rounds", ["created_by"], unique=False)
    op.create_table(
        "evaluations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sample_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("preparation", sa.Text(), nullable=False),
        sa.Column("evaluator", sa.Uuid(), nullable=False),
        sa.Column("replicate", sa.Integer(), server_default="1", nullable=False),
        sa.Column("day", sa.Integer(), server_default="0", nullable=False),
        sa.Column("scale", sa.Text(), nullable=False),
        sa.Column("marbling", sa.Double(), nullable=True),
        sa.Column("color", sa.Double(), nullable=True),
        sa.Column("texture", sa.Double(), nullable=True),
        sa.Column("surface_moisture", sa.Double(), nullable=True),
        sa.Column("overall", sa.Double(), nullable=True),
        sa.Column("flavor", sa.Double(), nullable=True),
        sa.Column("juiciness", sa.Double(), nullable=True),
        sa.Column("tenderness", sa.Double(), nullable=True),
        sa.Column("umami", sa.Double(), nullable=True),
        sa.Column("palatability", sa.Double(), nullable=True),
        sa.Column("evaluated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("preparation in ('raw', 'heated')", name=op.f("ck_evaluations_preparation")),
        sa.ForeignKeyConstraint(["evaluator"], ["users.id"], name=op.f("fk_evaluations_evaluator")),
        sa.ForeignKeyConstraint(
            ["sample_id", "seq"],
            ["rounds.sample_id", "rounds.seq"],
            name=op.f("fk_evaluations_sample_id_seq"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["scale"], ["scales.key"], name=op.f("fk_evaluations_scale")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluations")),
        sa.UniqueConstraint(
            "sample_id",
            "seq",
            "preparation",
            "evaluator",
            "replicate",
            "day",
            name=op.f("uq_evaluations_sample_id_seq_preparation_evaluator_replicate_day"),
        ),
    )
    op.create_index(op.f("ix_evaluations_evaluator"), "evaluations", ["evaluator"], unique=False)
    op.create_index(op.f("ix_evaluations_scale"), "evaluations", ["scale"], unique=False)
    op.create_table(
        "measurements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sample_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("preparation", sa.Text(), nullable=False),
        sa.Column("replicate", sa.Integer(), server_default="1", nullable=False),
        sa.Column("ph", sa.Double(), nullable=True),
        sa.Column("l_star", sa.Double(), nullable=True),
        sa.Column("a_star", sa.Double(), nullable=True),
        sa.Column("b_star", sa.Double(), nullable=True),
        sa.Column("drip_loss", sa.Double(), nullable=True),
        sa.Column("cooking_loss", sa.Double(), nullable=True),
        sa.Column("released_water", sa.Double(), nullable=True),
        sa.Column("whc", sa.Double(), nullable=True),
        sa.Column("wbsf_kgf", sa.Double(), nullable=True),
        sa.Column("mfi", sa.Double(), nullable=True),
        sa.Column("collagen", sa.Double(), nullable=True),
        sa.Column("collagen_soluble", sa.Double(), nullable=True),
        sa.Column("cathepsin", sa.Double(), nullable=True),
        sa.Column("cathepsin_unit", sa.Text(), nullable=True),
        sa.Column("sarcomere", sa.Double(), nullable=True),
        sa.Column("moisture", sa.Double(), nullable=True),
        sa.Column("crude_protein", sa.Double(), nullable=True),
        sa.Column("crude_fat", sa.Double(), nullable=True),
        sa.Column("ash", sa.Double(), nullable=True),
        sa.Column("tbars", sa.Double(), nullable=True),
        sa.Column("vbn", sa.Double(), nullable=True),
        sa.Column("tpc", sa.Double(), nullable=True),
        sa.Column("aging_loss", sa.Double(), nullable=True),
        sa.Column("et_sourness", sa.Double(), nullable=True),
        sa.Column("et_bitterness", sa.Double(), nullable=True),
        sa.Column("et_umami", sa.Double(), nullable=True),
        sa.Column("et_richness", sa.Double(), nullable=True),
        sa.Column("et_saltiness", sa.Double(), nullable=True),
        sa.Column("et_astringency", sa.Double(), nullable=True),
        sa.Column("measured_by", sa.Uuid(), nullable=False),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("preparation in ('raw', 'heated')", name=op.f("ck_measurements_preparation")),
        sa.CheckConstraint(
            "cathepsin is null or cathepsin_unit is not null", name=op.f("ck_measurements_cathepsin_unit")
        ),
        sa.ForeignKeyConstraint(["measured_by"], ["users.id"], name=op.f("fk_measurements_measured_by")),
        sa.ForeignKeyConstraint(
            ["sample_id", "seq"],
            ["rounds.sample_id", "rounds.seq"],
            name=op.f("fk_measurements_sample_id_seq"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measurements")),
        sa.UniqueConstraint(
            "sample_id",
            "seq",
            "preparation",
            "replicate",
            name=op.f("uq_measurements_sample_id_seq_preparation_replicate"),
        ),
    )
    op.create_index(op.f("ix_measurements_measured_by"), "measurements", ["measured_by"], unique=False)
    op.create_table(
        "photos",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sample_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("preparation", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=True),
        sa.Column("sent_sha256", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("bytes", sa.Integer(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("media_type", sa.Text(), nullable=True),
        sa.Column("perceptual_hash", sa.Text(), nullable=True),
        sa.Column("findings", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("uploaded_by", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("preparation in ('raw', 'heated')", name=op.f("ck_photos_preparation")),
        sa.CheckConstraint(
            "state <> 'stored' or (storage_key is not null and sha256 is not null)", name=op.f("ck_photos_stored")
        ),
        sa.CheckConstraint("state in ('awaiting', 'stored', 'replaced')", name=op.f("ck_photos_state")),
        sa.ForeignKeyConstraint(
            ["sample_id", "seq"],
            ["rounds.sample_id", "rounds.seq"],
            name=op.f("fk_photos_sample_id_seq"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["uploaded_by"], ["users.id"], name=op.f("fk_photos_uploaded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photos")),
    )
    op.create_index("ix_photos_sample_id_seq", "photos", ["sample_id", "seq"], unique=False)
    op.create_index(op.f("ix_photos_sha256"), "photos", ["sha256"], unique=False)
    op.create_index(op.f("ix_photos_uploaded_by"), "photos", ["uploaded_by"], unique=False)
    op.create_index(
        "uq_photos_current",
        "photos",
        ["sample_id", "seq", "preparation"],
        unique=True,
        postgresql_where="state <> 'replaced'",
    )
    op.create_table(
        "predictions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("photo_id", sa.Uuid(), nullable=False),
        sa.Column("model_version_id", sa.Uuid(), nullable=False),
        sa.Column("grade", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("scores", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("abstained", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("predicted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_by", sa.Uuid(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["accepted_by"], ["users.id"], name=op.f("fk_predictions_accepted_by")),
        sa.ForeignKeyConstraint(
            ["model_version_id"], ["model_versions.id"], name=op.f("fk_predictions_model_version_id")
        ),
        sa.ForeignKeyConstraint(["photo_id"], ["photos.id"], name=op.f("fk_predictions_photo_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["requested_by"], ["users.id"], name=op.f("fk_predictions_requested_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_predictions")),
        sa.UniqueConstraint("photo_id", "model_version_id", name=op.f("uq_predictions_photo_id_model_version_id")),
    )
    op.create_index(op.f("ix_predictions_accepted_by"), "predictions", ["accepted_by"], unique=False)
    op.create_index(op.f("ix_predictions_model_version_id"), "predictions", ["model_version_id"], unique=False)
    op.create_index(op.f("ix_predictions_requested_by"), "predictions", ["requested_by"], unique=False)
    op.execute("""
        create function refuse_change() returns trigger language plpgsql as $$
        begin raise exception 'the audit log is append-only'; end $$
    """)
    op.execute("""
        create trigger append_only before update or delete or truncate on audit_events
        for each statement execute function refuse_change()
    """)
