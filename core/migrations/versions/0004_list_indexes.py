"""Lists of a million samples: what there is of each sample, and an index for each way to filter and to sort."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

RANK = """case grade when 'off' then 1 when '3' then 2 when '2' then 3 when '1' then 4 when '1+' then 5 when '1++' then 6
else 0 end"""
NEWEST = ("received_at", "id")
# name -> columns; each without what lies in the recycle bin
LISTS: dict[str, tuple[str, ...]] = {
    "newest": NEWEST,
    "slaughtered": ("slaughtered_on", "id"),
    "submitted": ("submitted_at", "id"),
    "updated": ("updated_at", "id"),
    "grade": ("grade_rank", *NEWEST),
    "status": ("status", *NEWEST),
    "author": ("created_by", *NEWEST),
    "province": ("province", *NEWEST),
    "cut": ("species", "primal_cut", "secondary_cut", *NEWEST),
    "species_grade": ("species", "grade", *NEWEST),
    "species_breed": ("species", "breed", *NEWEST),
    "sex": ("sex", *NEWEST),
    "photo": ("has_photo", *NEWEST),
    "heated": ("has_heated", *NEWEST),
    "laboratory": ("has_laboratory", *NEWEST),
    "rounds": ("has_rounds", *NEWEST),
}
REPLACED = (
    "newest", "cut", "species_grade", "species_breed", "sex", "province", "created_by", "slaughtered_on",
    "trace_number",
)  # fmt: skip
# table -> the column of samples that says what there is of it, and what it says
CONTENTS = {
    "photos": (
        "has_photo",
        "exists (select from photos where sample_id = one.id and seq = 0 and preparation = 'raw' and state = 'stored')",
    ),
    "evaluations": (
        "has_heated",
        "exists (select from evaluations where sample_id = one.id and seq >= 0 and preparation = 'heated')",
    ),
    "measurements": ("has_laboratory", "exists (select from measurements where sample_id = one.id and seq >= 0)"),
    "rounds": ("has_rounds", "exists (select from rounds where sample_id = one.id and seq > 0)"),
}


def upgrade() -> None:
    op.execute("create extension if not exists pg_trgm")
    _add_columns()
    for table, (column, found) in CONTENTS.items():
        _keep(table, column, found)
    for name in REPLACED:
        op.drop_index(f"ix_samples_{name}", table_name="samples")
    for name, columns in LISTS.items():
        op.create_index(
            f"ix_samples_{name}", "samples", list(columns), unique=False, postgresql_where="deleted_at is null"
        )
    for column in ("trace_number", "city"):
        ops = {column: "text_pattern_ops"}
        op.create_index(f"ix_samples_{column}", "samples", [column], unique=False, postgresql_ops=ops)
    op.create_index(
        "ix_samples_id_part", "samples", ["id"], unique=False, postgresql_using="gin",
        postgresql_ops={"id": "gin_trgm_ops"},
    )  # fmt: skip


def _add_columns() -> None:
    op.add_column("samples", sa.Column("grade_rank", sa.Integer(), sa.Computed(RANK, persisted=True), nullable=False))
    op.add_column("samples", sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("""
        update samples set updated_at = greatest(received_at, submitted_at,
            (select max(at) from audit_events where subject_type = 'sample' and subject_id = samples.id))
    """)
    op.alter_column("samples", "updated_at", nullable=False)
    for name, _ in CONTENTS.values():
        op.add_column("samples", sa.Column(name, sa.Boolean(), server_default="false", nullable=False))


def _keep(table: str, column: str, found: str) -> None:
    """Fills the column and keeps it right; a change to many rows costs one statement."""
    op.execute(f"update samples as one set {column} = {found}")  # noqa: S608  (names of this file)
    op.execute(f"""
        create function keep_samples_{column}() returns trigger language plpgsql as $$
        begin
            update samples set {column} = known.value
            from (
                select one.id, {found} as value
                from (select distinct sample_id as id from touched) as one
            ) as known
            where samples.id = known.id and samples.{column} <> known.value;
            return null;
        end $$
    """)  # noqa: S608  (names of this file)
    for event, rows in (("insert", "new"), ("update", "new"), ("delete", "old")):
        op.execute(f"""
            create trigger keep_samples_on_{event} after {event} on {table}
            referencing {rows} table as touched for each statement execute function keep_samples_{column}()
        """)
