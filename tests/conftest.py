"""What every test may use: a real PostgreSQL and a real S3, started once for the run."""

import os
from collections.abc import Iterator

import pytest

from deploy.local import embedded

# Tests run two files at a time, beside the servers they need: more threads would only wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment variables of both servers, already set in this process; the tables are migrated."""
    from core import migrate
    from core.config import settings

    with embedded(tmp_path_factory.mktemp("servers")) as variables, pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        settings.cache_clear()
        migrate.upgrade()
        yield variables
    settings.cache_clear()
