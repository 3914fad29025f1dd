"""The last event of each subject of the history, so that its removal is found."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "audit_heads",
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subject_type", "subject_id", name=op.f("pk_audit_heads")),
    )
    op.execute("""
        insert into audit_heads
        select distinct on (subject_type, subject_id) subject_type, subject_id, position, hash
        from audit_events order by subject_type, subject_id, position desc
    """)
    # As the owner, because the application's role may only read the heads.
    op.execute("""
        create function keep_audit_heads() returns trigger language plpgsql
        security definer set search_path = public, pg_temp as $$
        begin
            insert into audit_heads as head
            select distinct on (subject_type, subject_id) subject_type, subject_id, position, hash
            from added order by subject_type, subject_id, position desc
            on conflict (subject_type, subject_id) do update
            set position = excluded.position, hash = excluded.hash where excluded.position > head.position;
            return null;
        end $$
    """)
    op.execute("""
        create trigger keep_heads after insert on audit_events
        referencing new table as added for each statement execute function keep_audit_heads()
    """)
    op.execute("""
        create function refuse_step_back() returns trigger language plpgsql as $$
        begin
            if tg_op = 'UPDATE' and new.position > old.position
                and (new.subject_type, new.subject_id) = (old.subject_type, old.subject_id)
            then return new; end if;
            raise exception 'the audit log is append-only';
        end $$
    """)
    op.execute("""
        create trigger only_forward before update or delete on audit_heads
        for each row execute function refuse_step_back()
    """)
    op.execute("""
        create trigger append_only before truncate on audit_heads
        for each statement execute function refuse_change()
    """)
