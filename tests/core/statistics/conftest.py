"""Who asks for statistics."""

import pytest

from core.policy import Actor
from tests.makers import make_user


@pytest.fixture(scope="session")
def actor(servers: dict[str, str]) -> Actor:
    return make_user("researcher")
