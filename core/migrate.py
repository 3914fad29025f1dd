"""Brings a database to the tables of this version and fills the catalogue."""

from alembic import command
from alembic.config import Config
from sqlalchemy import make_url, text

from core import catalogue
from core.config import ROOT, settings
from core.db import make_engine


def upgrade() -> None:
    """Migrates as the owner of the tables, then lets the application's role use them; safe to repeat."""
    engine = make_engine(settings().owner_url)
    with engine.begin() as connection:
        # Two replicas starting at once migrate one after the other.
        connection.execute(text("select pg_advisory_xact_lock(7301)"))
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        catalogue.seed(connection)
        application = make_url(settings().database_url.get_secret_value()).username
        if application != make_url(settings().owner_url).username:
            connection.execute(text(_grants(application or "")))
    engine.dispose()


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "core" / "migrations"))
    return config


def _grants(role: str) -> str:
    quoted = '"' + role.replace('"', '""') + '"'
    return f"""
        grant usage on schema public to {quoted};
        grant select, insert, update, delete on all tables in schema public to {quoted};
        grant usage, select on all sequences in schema public to {quoted};
        grant execute on all functions in schema public to {quoted};
        revoke update, delete, truncate on audit_events from {quoted};
        revoke insert, update, delete, truncate on audit_heads from {quoted};
        revoke delete, truncate on predictions, prediction_acceptances from {quoted};
    """  # noqa: S608  (a role's name, quoted; statements like these take no parameters)
