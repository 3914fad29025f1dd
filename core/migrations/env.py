"""Alembic's entry: online only, on the connection that core.migrate hands over."""

from alembic import context

from core.tables import Base

OURS = set(Base.metadata.tables)


def _include(_object: object, name: str | None, kind: str, reflected: bool, _compared: object) -> bool:
    """The job queue's tables belong to procrastinate."""
    return not (kind == "table" and reflected and name not in OURS)


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    include_object=_include,
    compare_server_default=False,
)
with context.begin_transaction():
    context.run_migrations()
