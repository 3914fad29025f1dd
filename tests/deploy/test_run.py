"""`manage.py run`, on a small product in the place of the real one."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copytree, ignore_patterns

import psutil
import pytest

from core.config import ROOT
from deploy.home import opened

API = """
async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ready"})
"""
MANAGE = """
import os, sys, time
command = sys.argv[1]
if command == "run":
    from deploy.run import run
    run()
elif command == "migrate":
    assert os.environ["DATABASE_OWNER_URL"]
elif command == "demo":
    print("made with", len(os.environ["MEATLAB_DEMO_PASSWORD"]), "letters")
elif command == "worker":
    assert "MEATLAB_DEMO_PASSWORD" not in os.environ and "DATABASE_OWNER_URL" not in os.environ
    time.sleep(600)
"""
PROGRAMS = {"api", "dashboard", "database", "object_store", "worker"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


@dataclass
class Product:
    folder: Path
    environment: dict[str, str]
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.folder / ".meatlab"

    def run(self, **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "run"],
            cwd=self.folder,
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.started.append(process)
        return process

    def read_until_ready(self, process: subprocess.Popen[str]) -> str:
        assert process.stdout
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Ctrl-C"):
                return "".join(lines)
        raise AssertionError("".join(lines))

    def stop(self, process: subprocess.Popen[str], number: int = signal.SIGINT) -> str:
        process.send_signal(number)
        return process.communicate(timeout=40)[0]

    def pid(self, name: str) -> int:
        return int(json.loads((self.home / "run" / f"{name}.json").read_text())["pid"])

    def processes(self) -> list[str]:
        """All that run for this product, known by its folder in the command line or as the working folder."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                if str(self.folder) in f"{process.cmdline()} {process.cwd()}":
                    found.append(f"{process.pid} {process.cmdline()}")
        return found


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    folder = tmp_path / "product"
    copytree(ROOT / "deploy", folder / "deploy", ignore=ignore_patterns("__pycache__"))
    files = {
        "core/__init__.py": "",
        "core/config.py": (ROOT / "core" / "config.py").read_text(),
        "api/__init__.py": "",
        "api/app.py": API,
        "dashboard/asgi.py": "import streamlit",
        "manage.py": MANAGE,
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    unset = ("DATABASE_URL", "DATABASE_OWNER_URL", "MEATLAB_HOME", "MEATLAB_DEMO", "MEATLAB_DEMO_PASSWORD")
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    environment |= {"MEATLAB_API_PORT": str(free_port()), "MEATLAB_DASHBOARD_PORT": str(free_port())}
    made = Product(folder, environment)
    yield made
    for process in made.started:
        if process.poll() is None:
            process.kill()
            process.wait()


def test_everything_starts_twice_and_stops_cleanly(product: Product) -> None:
    first = product.run()
    shown = product.read_until_ready(first)
    port = product.environment["MEATLAB_DASHBOARD_PORT"]
    assert f"Dashboard      http://127.0.0.1:{port}" in shown
    assert re.search(r"Starting the database and the object store \.\.\. \d+\.\d s", shown)
    password = re.search(r"Password       (\S{16})   \(.* only now\)", shown)
    assert password
    with urllib.request.urlopen(f"http://127.0.0.1:{product.environment['MEATLAB_API_PORT']}/readyz") as answer:
        assert answer.status == 200
    assert not any(password[1] in path.read_text(errors="replace") for path in (product.home / "logs").iterdir())
    assert product.stop(first).endswith("Stopping ...\nStopped.\n")
    assert first.returncode == 0
    assert not product.processes()

    begin = time.monotonic()
    second = product.run()
    shown = product.read_until_ready(second)
    assert time.monotonic() - begin < 15
    assert "manage.py user password EMAIL" in shown
    product.stop(second, signal.SIGTERM)
    assert not product.processes()


def test_what_dies_is_started_again(product: Product) -> None:
    process = product.run(MEATLAB_DEMO="0")
    assert "Demo" not in product.read_until_ready(process)
    before = {name: product.pid(name) for name in PROGRAMS}
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: all(product.pid(name) != before[name] for name in PROGRAMS))
    output = product.stop(process)
    for name in ("database", "object store", "API", "worker", "dashboard"):
        assert f"The {name} died (SIGKILL); starting it again." in output
    assert not product.processes()


def test_nothing_survives_when_it_is_killed_itself(product: Product) -> None:
    process = product.run(MEATLAB_DEMO="0")
    product.read_until_ready(process)
    process.kill()
    process.wait()
    wait_until(lambda: not product.processes())


def test_the_worker_that_always_dies_is_given_up(product: Product) -> None:
    program = (product.folder / "manage.py").read_text()
    (product.folder / "manage.py").write_text(program.replace("time.sleep(600)", "sys.exit('no such queue')"))
    process = product.run(MEATLAB_DEMO="0")
    output = process.communicate(timeout=60)[0]
    assert process.returncode == 1
    assert re.search(r"The worker (did not start|died 5 times soon after its start)\.[\s\S]*no such queue", output)
    assert "Traceback" not in output


@pytest.mark.parametrize("setting", ["MEATLAB_DASHBOARD_PORT", "MEATLAB_API_PORT"])
def test_a_taken_port_is_said(product: Product, setting: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(product.environment[setting])))
        other.listen()
        process = product.run()
        output = process.communicate(timeout=20)[0]
    port = product.environment[setting]
    assert output == f"Port {port} is taken by another program: stop it, or set {setting} to a free port.\n"
    assert process.returncode == 1


def test_settings_that_cannot_be_are_said(product: Product) -> None:
    process = product.run(MEATLAB_API_PORT="http")
    assert re.fullmatch(r"These settings need a change: MEATLAB_API_PORT: .*\n", process.communicate(timeout=20)[0])
    elsewhere = product.run(DATABASE_URL="postgresql://db/meatlab", MEATLAB_SECRET_KEY="secret")
    assert "MEATLAB_SECRET_KEY must be random" in elsewhere.communicate(timeout=20)[0]
    assert process.returncode == elsewhere.returncode == 1


def test_the_same_folder_is_not_used_twice(product: Product) -> None:
    with opened(product.home):
        process = product.run()
        assert "already runs in" in process.communicate(timeout=20)[0]
    assert process.returncode == 1
