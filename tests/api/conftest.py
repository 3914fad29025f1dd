"""The API in this process, on the real servers."""

import json
from collections.abc import Iterator
from typing import Any

import anyio
import pytest
from starlette.testclient import TestClient

from api.app import app
from core.policy import Actor
from tests.makers import token


@pytest.fixture(scope="session", autouse=True)
def _real_servers(servers: dict[str, str]) -> None:
    """Started for all of them."""


class Caller(TestClient):
    """A client that may sign in."""

    def sign_in(self, actor: Actor) -> "Caller":
        self.headers["Authorization"] = f"Bearer {token(actor)}"
        return self


@pytest.fixture
def caller() -> Iterator[Caller]:
    """Nobody yet, and reading English."""
    with Caller(app, headers={"Accept-Language": "en"}, raise_server_exceptions=False) as client:
        yield client


def send_endlessly(path: str, headers: dict[str, str]) -> tuple[int, str, int]:
    """Sends megabytes until somebody answers; the status, the problem's code, and how many megabytes were taken."""
    answer: list[Any] = []
    taken = 0

    async def receive() -> dict[str, Any]:
        nonlocal taken
        taken += 1
        return {"type": "http.request", "body": bytes(1024**2), "more_body": taken < 1000}

    async def send(message: Any) -> None:
        answer.append(message)

    scope = {
        "type": "http", "method": "POST", "path": path, "query_string": b"", "http_version": "1.1",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    anyio.run(app, scope, receive, send)
    return answer[0]["status"], json.loads(answer[1]["body"])["code"], taken
