"""What statistics need: which transaction wrote an event, so that changes since a snapshot are found; long runs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column(
        "audit_events",
        sa.Column(
            "transaction_id", sa.BigInteger(), server_default=sa.text("(pg_current_xact_id()::text)::bigint"),
            nullable=False,
        ),
    )  # fmt: skip
    op.create_index(
        "ix_audit_events_of_samples",
        "audit_events",
        ["transaction_id", "subject_id"],
        unique=False,
        postgresql_where="subject_type = 'sample'",
    )
    op.create_table(
        "statistic_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("view", sa.Text(), nullable=False),
        sa.Column("query", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("total", sa.Integer(), server_default="0", nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('waiting', 'running', 'done', 'failed', 'cancelled')", name=op.f("ck_statistic_runs_state")
        ),
        sa.ForeignKeyConstraint(["requested_by"], ["users.id"], name=op.f("fk_statistic_runs_requested_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statistic_runs")),
    )
    op.create_index(
        op.f("ix_statistic_runs_requested_by_requested_at"),
        "statistic_runs",
        ["requested_by", "requested_at"],
        unique=False,
    )
