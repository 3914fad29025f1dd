"""The tests of core run on the real servers."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def _real_servers(servers: dict[str, str]) -> None:
    """Started for all of them."""
