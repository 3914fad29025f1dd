"""Predictions that can be computed again and never change, embeddings, batches, trainings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.tables.vectors import Vector

revision = "0007"
down_revision = "0006"

# What was abstained from, each with the one reason that there was for all of it.
NAME_REASONS = """
    update predictions set abstained = coalesce(
        (select jsonb_object_agg(name, coalesce(reason, 'unlike_training'))
         from jsonb_array_elements_text(abstained) as name), '{}')
"""
FORBIDDEN = {
    "model_versions": "update or delete",
    "model_promotions": "update or delete",
    "predictions": "update",
    "prediction_acceptances": "update",
}
STATE = "state in ('waiting', 'running', 'done', 'failed', 'cancelled')"


def upgrade() -> None:
    op.execute("create extension if not exists vector")
    _extend_models()
    _separate_acceptances()
    _extend_predictions()
    _create_batches()
    _create_trainings()
    _forbid_changes()


def _jsonb(name: str, **options: object) -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), **options)  # type: ignore[arg-type]


def _extend_models() -> None:
    op.add_column("model_versions", _jsonb("card", server_default="{}", nullable=False))
    op.add_column("model_versions", sa.Column("code_version", sa.Text(), server_default="", nullable=False))
    op.add_column("model_versions", _jsonb("data_snapshot", server_default="{}", nullable=False))
    op.add_column("model_versions", sa.Column("created_by", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_model_versions_created_by"), "model_versions", "users", ["created_by"], ["id"])
    op.create_index(op.f("ix_model_versions_created_by"), "model_versions", ["created_by"], unique=False)
    op.add_column("model_promotions", sa.Column("reason", sa.Text(), nullable=True))


def _extend_predictions() -> None:
    for name in ("told", "values", "measures"):
        op.add_column("predictions", _jsonb(name, server_default="{}", nullable=False))
    op.add_column("predictions", sa.Column("strangeness", sa.Double(), nullable=True))
    op.add_column("predictions", sa.Column("embedding", Vector(64), nullable=True))
    op.execute(NAME_REASONS)
    op.drop_column("predictions", "reason")
    op.create_index(
        "ix_predictions_embedding",
        "predictions",
        ["embedding"],
        unique=False,
        postgresql_using="hnsw",
        postgresql_with={"m": 16, "ef_construction": 128},
        postgresql_ops={"embedding": "vector_cosine_ops"},
    )


def _separate_acceptances() -> None:
    op.create_table(
        "prediction_acceptances",
        sa.Column("prediction_id", sa.Uuid(), nullable=False),
        sa.Column("accepted_by", sa.Uuid(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["accepted_by"], ["users.id"], name=op.f("fk_prediction_acceptances_accepted_by")),
        sa.ForeignKeyConstraint(
            ["prediction_id"],
            ["predictions.id"],
            name=op.f("fk_prediction_acceptances_prediction_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("prediction_id", name=op.f("pk_prediction_acceptances")),
    )
    op.create_index(
        op.f("ix_prediction_acceptances_accepted_by"), "prediction_acceptances", ["accepted_by"], unique=False
    )
    op.execute("""
        insert into prediction_acceptances
        select id, accepted_by, coalesce(accepted_at, predicted_at) from predictions where accepted_by is not null
    """)
    op.drop_column("predictions", "accepted_by")
    op.drop_column("predictions", "accepted_at")


def _create_batches() -> None:
    op.create_table(
        "prediction_batches",
        sa.Column("id", sa.Uuid(), nullable=False),
        _jsonb("filter", nullable=False),
        sa.Column("model_version_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("total", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(STATE, name=op.f("ck_prediction_batches_state")),
        sa.ForeignKeyConstraint(
            ["model_version_id"], ["model_versions.id"], name=op.f("fk_prediction_batches_model_version_id")
        ),
        sa.ForeignKeyConstraint(["requested_by"], ["users.id"], name=op.f("fk_prediction_batches_requested_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prediction_batches")),
    )
    op.create_index(
        op.f("ix_prediction_batches_model_version_id"), "prediction_batches", ["model_version_id"], unique=False
    )
    op.create_index(
        op.f("ix_prediction_batches_requested_by_requested_at"),
        "prediction_batches",
        ["requested_by", "requested_at"],
        unique=False,
    )
    op.create_table(
        "prediction_batch_items",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("photo_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("state in ('waiting', 'done', 'failed')", name=op.f("ck_prediction_batch_items_state")),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["prediction_batches.id"],
            name=op.f("fk_prediction_batch_items_batch_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["photos.id"], name=op.f("fk_prediction_batch_items_photo_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("batch_id", "position", name=op.f("pk_prediction_batch_items")),
    )
    op.create_index(op.f("ix_prediction_batch_items_photo_id"), "prediction_batch_items", ["photo_id"], unique=False)


def _create_trainings() -> None:
    op.create_table(
        "training_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        _jsonb("options", nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("total", sa.Integer(), server_default="0", nullable=False),
        sa.Column("seconds_left", sa.Double(), nullable=True),
        sa.Column("word", sa.Text(), nullable=True),
        sa.Column("model_version_id", sa.Uuid(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(STATE, name=op.f("ck_training_runs_state")),
        sa.ForeignKeyConstraint(
            ["model_version_id"], ["model_versions.id"], name=op.f("fk_training_runs_model_version_id")
        ),
        sa.ForeignKeyConstraint(["requested_by"], ["users.id"], name=op.f("fk_training_runs_requested_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_runs")),
    )
    op.create_index(op.f("ix_training_runs_model_version_id"), "training_runs", ["model_version_id"], unique=False)
    op.create_index(
        op.f("ix_training_runs_requested_by_requested_at"),
        "training_runs",
        ["requested_by", "requested_at"],
        unique=False,
    )


def _forbid_changes() -> None:
    """By triggers, because they hold for the owner of the tables as well. Predictions go with their photos."""
    op.execute("""
        create function refuse_rewriting() returns trigger language plpgsql as $$
        begin raise exception 'rows of % are only added', tg_table_name; end $$
    """)
    for table, events in FORBIDDEN.items():
        op.execute(f"""
            create trigger only_added before {events} on {table}
            for each statement execute function refuse_rewriting()
        """)
