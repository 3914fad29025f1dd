"""The tables of the job queue, as procrastinate 3.10 ships them."""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # Sent as it is: its text holds signs that a statement with parameters would take for placeholders.
    op.get_bind().connection.cursor().execute(SchemaManager.get_schema())
