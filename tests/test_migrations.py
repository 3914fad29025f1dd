"""The migrations make the tables that the models describe."""

import importlib
from typing import Any

import pytest
from alembic import command
from sqlalchemy import inspect, text

from core import migrate
from core.db import engine, make_engine
from core.tables import Base

pytestmark = pytest.mark.usefixtures("servers")


def test_models_and_database_are_the_same(servers: dict[str, str]) -> None:
    owner = make_engine(servers["DATABASE_OWNER_URL"])
    with owner.begin() as connection:
        config = migrate.alembic_config()
        config.attributes["connection"] = connection
        command.check(config)
    owner.dispose()


def test_every_foreign_key_has_an_index() -> None:
    looked_at = inspect(engine())
    without = []
    for table in Base.metadata.tables:
        indexes: list[Any] = [index["column_names"] for index in looked_at.get_indexes(table)]
        indexes += [unique["column_names"] for unique in looked_at.get_unique_constraints(table)]
        indexes.append(looked_at.get_pk_constraint(table)["constrained_columns"])
        for key in looked_at.get_foreign_keys(table):
            columns = key["constrained_columns"]
            if not any(index[: len(columns)] == columns for index in indexes):
                without.append(f"{table}: {columns}")
    assert not without


def test_reasons_of_old_predictions_are_kept_with_what_they_are_of() -> None:
    migration = importlib.import_module("core.migrations.versions.0007_predictions")
    old = [("species", '["grade", "color"]'), (None, '["color"]'), (None, "[]")]
    with engine().connect() as connection:
        # It comes before the real table where a statement names it, for this connection alone.
        connection.execute(text("create temporary table predictions (reason text, abstained jsonb)"))
        for reason, abstained in old:
            values = {"reason": reason, "abstained": abstained}
            connection.execute(text("insert into predictions values (:reason, cast(:abstained as jsonb))"), values)
        connection.execute(text(migration.NAME_REASONS))
        found = connection.execute(text("select abstained from predictions")).scalars().all()
    assert found == [{"grade": "species", "color": "species"}, {"color": "unlike_training"}, {}]


def test_upgrading_again_changes_nothing() -> None:
    with engine().connect() as connection:
        before = connection.execute(text("select count(*) from secondary_cuts")).scalar_one()
        connection.execute(text("select version_num from alembic_version")).scalar_one()
    migrate.upgrade()
    with engine().connect() as connection:
        assert connection.execute(text("select count(*) from secondary_cuts")).scalar_one() == before == 64


def test_what_a_manager_changed_survives_an_upgrade(servers: dict[str, str]) -> None:
    with engine().begin() as connection:
        connection.execute(text("update reject_reasons set active = false where key = 'wrong_cut'"))
    migrate.upgrade()
    with engine().begin() as connection:
        query = text("select active from reject_reasons where key = 'wrong_cut'")
        assert connection.execute(query).scalar_one() is False
        connection.execute(text("update reject_reasons set active = true where key = 'wrong_cut'"))
