"""Imports of workbooks, what they changed, and named mappings of columns."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"

STATE = "state in ('waiting', 'running', 'done', 'failed', 'cancelled')"


def upgrade() -> None:
    _create_runs()
    _create_changes()
    _create_mappings()


def _jsonb(name: str, **options: object) -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), **options)  # type: ignore[arg-type]


def _create_runs() -> None:
    op.create_table(
        "import_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), server_default="check", nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("photos_name", sa.Text(), nullable=True),
        _jsonb("options", nullable=False),
        _jsonb("summary", server_default="{}", nullable=False),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("total", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(STATE, name=op.f("ck_import_runs_state")),
        sa.CheckConstraint("step in ('check', 'write')", name=op.f("ck_import_runs_step")),
        sa.ForeignKeyConstraint(["requested_by"], ["users.id"], name=op.f("fk_import_runs_requested_by")),
        sa.ForeignKeyConstraint(["undone_by"], ["users.id"], name=op.f("fk_import_runs_undone_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_runs")),
    )
    for columns in (["requested_by", "requested_at"], ["sha256"], ["undone_by"]):
        op.create_index(op.f(f"ix_import_runs_{'_'.join(columns)}"), "import_runs", columns, unique=False)


def _create_changes() -> None:
    op.create_table(
        "import_changes",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sample_id", sa.Text(), nullable=False),
        sa.Column("is_new", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _jsonb("rows", nullable=False),
        _jsonb("before", server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["import_runs.id"], name=op.f("fk_import_changes_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_import_changes")),
    )
    op.create_index(op.f("ix_import_changes_sample_id"), "import_changes", ["sample_id"], unique=False)


def _create_mappings() -> None:
    op.create_table(
        "import_mappings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        _jsonb("columns", nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_import_mappings_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_mappings")),
        sa.UniqueConstraint("name", name=op.f("uq_import_mappings_name")),
    )
    op.create_index(op.f("ix_import_mappings_made_by"), "import_mappings", ["made_by"], unique=False)
