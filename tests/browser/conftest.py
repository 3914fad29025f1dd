"""The whole product for a browser: API, worker and dashboard on free ports, and a Chromium to look at them."""

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from core import accounts, clock
from core.accounts import NewUser
from core.background import UNFINISHED
from core.config import ROOT
from core.db import transaction
from core.policy import Actor
from core.tables import (
    EditRequest,
    ExportRun,
    ImportRun,
    ModelPromotion,
    ModelVersion,
    PredictionBatch,
    Sample,
    StatisticRun,
    TrainingRun,
)
from deploy import browser as installed
from models import registry
from tests import registry_server, worlds

PASSWORD = "correct horse battery"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--no-first-run"]
SCREENSHOTS = Path(__file__).parent / "screenshots"
expect.set_options(timeout=20_000)


@dataclass(frozen=True)
class Product:
    dashboard: str
    api: str


@dataclass(frozen=True)
class Visitor:
    """One browser with cookies of its own."""

    page: Page
    product: Product

    def open(self, path: str = "/") -> None:
        self.page.goto(self.product.dashboard + path)

    def sign_in(self, email: str, path: str = "/") -> None:
        self.open(path)
        form = self.page.get_by_test_id("stForm")
        form.get_by_role("textbox").nth(0).fill(email)
        form.get_by_role("textbox").nth(1).fill(PASSWORD)
        form.get_by_test_id("stFormSubmitButton").get_by_role("button").click()
        self.page.get_by_test_id("stSidebarNav").wait_for(state="attached")  # on a phone it is folded away

    def settle(self) -> None:
        """Waits until the page has stopped running."""
        self.page.wait_for_timeout(300)
        self.page.get_by_test_id("stApp").and_(self.page.locator("[data-test-script-state=notRunning]")).wait_for()


@pytest.fixture(scope="package")  # its worker must not take the jobs that other tests look at
def product(servers: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    registry.register_shipped()
    with transaction() as session:  # other tests promote models of their own
        shipped = session.scalars(select(ModelVersion.id).where(ModelVersion.trained_on == "generated photos")).one()
        session.add(ModelPromotion(model_version_id=shipped, promoted_at=clock.now()))
        _forget_jobs(session)
    api, dashboard = _free_port(), _free_port()
    logs = tmp_path_factory.mktemp("logs")
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRACE_SERVICE_URL", stack.enter_context(registry_server.serve_shown()).address)
        patch.setenv("TRACE_SERVICE_KEY", registry_server.ENCODED_KEY)
        for name, words in {
            "api": ["-m", "uvicorn", "api.app:app", "--port", str(api)],
            "worker": ["manage.py", "worker"],
            "dashboard": [
                "-m", "streamlit", "run", "dashboard/asgi.py", "--server.address", "127.0.0.1",
                "--server.port", str(dashboard),
            ],
        }.items():  # fmt: skip
            stack.callback(_stop, _start(words, logs / f"{name}.log"))
        _wait_for(f"http://127.0.0.1:{api}/readyz")
        _wait_for(f"http://127.0.0.1:{dashboard}/_stcore/health")
        yield Product(f"http://127.0.0.1:{dashboard}", f"http://127.0.0.1:{api}")
        assert "Traceback" not in (logs / "dashboard.log").read_text()


def _forget_jobs(session: Session) -> None:
    """Other tests asked for work that nobody was to do, a training among it."""
    for table in (StatisticRun, PredictionBatch, TrainingRun, ExportRun, ImportRun):
        waiting = update(table).where(table.state.in_(UNFINISHED))
        session.execute(waiting.values(state="cancelled", finished_at=clock.now()))
    session.execute(text("delete from procrastinate_jobs where status = 'todo'"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed.find(), args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, product: Product, request: pytest.FixtureRequest) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors; a failing test leaves a picture of what each of them saw."""
    contexts = []

    def make(width: int = 1280, height: int = 900, locale: str = "en-GB") -> Visitor:
        context = chromium.new_context(viewport={"width": width, "height": height}, locale=locale)
        context.set_default_timeout(30_000)
        contexts.append(context)
        return Visitor(context.new_page(), product)

    yield make
    for number, context in enumerate(contexts):
        if request.node.stash.get(_FAILED, False):
            SCREENSHOTS.mkdir(exist_ok=True)
            context.pages[0].screenshot(path=SCREENSHOTS / f"{request.node.name}_{number}.png", full_page=True)
        context.close()


@pytest.fixture
def person(servers: dict[str, str]) -> Callable[[str], Actor]:
    """Makes a person of a role."""

    def make(role: str) -> Actor:
        email = f"{role}-{secrets.token_hex(4)}@example.com"
        accounts.create(None, NewUser(email=email, name=f"{role} {email[-16:-12]}", role=role, password=PASSWORD))
        return accounts.actor_of(email)

    return make


@pytest.fixture
def empty_queue(servers: dict[str, str]) -> None:
    """Nothing of other tests waits for review."""
    with transaction() as session:
        session.execute(update(Sample).where(Sample.status == "pending").values(status="rejected"))
        left = update(EditRequest).where(EditRequest.state == "waiting")
        session.execute(left.values(state="refused", answer="Not of this test."))
    worlds.read_anew()


_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if call.when == "call":
        item.stash[_FAILED] = report.failed  # type: ignore[attr-defined]
    return report


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start(words: list[str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as file:
        return subprocess.Popen([sys.executable, *words], cwd=ROOT, env=os.environ, stdout=file, stderr=file)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()


def _wait_for(url: str) -> None:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            with direct.open(url, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(url)
