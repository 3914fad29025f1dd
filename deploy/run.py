"""`make run`: the servers, the database's tables, the demo data, then API, worker and dashboard until Ctrl-C."""

import errno
import os
import secrets
import signal
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from core.config import ROOT
from deploy.home import CannotRun, is_port_free, opened
from deploy.local import start_servers
from deploy.processes import Program, Supervisor, stop_leftovers
from deploy.settings import Place, check_product_settings, place
from deploy.terminal import manage, say, step

HOST = "127.0.0.1"
LOOK_SECONDS = 0.3
DEMO_ACCOUNTS = ("normal@example.com", "researcher@example.com", "manager@example.com")


def run() -> None:
    """Start all of Meatlab and keep it running; what is wrong is said in one sentence."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN or number is not signal.SIGHUP:  # nohup keeps its meaning
            signal.signal(number, _interrupt)
    try:
        _run(place())
    except KeyboardInterrupt:
        say("Stopped.")
    except CannotRun as refusal:
        _fail(str(refusal))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _fail("The disk is full: make room, then start again; what was stored before is safe.")


def _run(here: Place) -> None:
    begin = time.monotonic()
    home = here.home.resolve()
    with opened(home), _stopping(Supervisor(say)) as supervisor:
        stop_leftovers(home)
        _check_ports(here)
        environment = dict(os.environ)
        password = None
        if here.database_url:
            check_product_settings()
        else:
            with step("Starting the database and the object store"):
                environment |= start_servers(home, supervisor)
        with step("Bringing the tables up to date"):
            manage("migrate", home, environment)
        if here.demo and not here.database_url:
            password = _load_demo(here, home, environment)
        for name in ("DATABASE_OWNER_URL", "MEATLAB_DEMO_PASSWORD"):  # what only the steps above may know
            environment.pop(name, None)
        with step("Starting the API, the worker and the dashboard"):
            supervisor.start(_programs(here, home, environment))
        _greet(here, home, password, time.monotonic() - begin)
        while True:
            time.sleep(LOOK_SECONDS)
            supervisor.revive()


def _programs(here: Place, home: Path, environment: Mapping[str, str]) -> list[Program]:
    api, dashboard = str(here.api_port), str(here.dashboard_port)
    serve = ["--server.address", HOST, "--server.port", dashboard, "--server.headless", "true"]
    arguments = {
        "API": ["-m", "uvicorn", "api.app:app", "--host", HOST, "--port", api],
        "worker": ["manage.py", "worker"],
        "dashboard": ["-m", "streamlit", "run", "dashboard/asgi.py", *serve],
    }
    is_ready: dict[str, Callable[[], bool]] = {
        "API": partial(_answers, f"http://{HOST}:{api}/readyz"),
        "worker": lambda: True,
        "dashboard": partial(_answers, f"http://{HOST}:{dashboard}/_stcore/health"),
    }
    return [
        Program(name, home, ROOT, [sys.executable, *words], environment, is_ready[name])
        for name, words in arguments.items()
    ]


def _answers(url: str) -> bool:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=2) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def _check_ports(here: Place) -> None:
    for port, setting in ((here.dashboard_port, "MEATLAB_DASHBOARD_PORT"), (here.api_port, "MEATLAB_API_PORT")):
        if not is_port_free(port):
            raise CannotRun(f"Port {port} is taken by another program: stop it, or set {setting} to a free port.")


def _load_demo(here: Place, home: Path, environment: Mapping[str, str]) -> str | None:
    """Fill an empty database; the password of the accounts this made, if it made any."""
    done = home / "demo.done"
    if done.exists():
        return None
    password = here.demo_password.get_secret_value() if here.demo_password else secrets.token_urlsafe(12)
    with step("Loading the demo data"):
        lines = manage("demo", home, {**environment, "MEATLAB_DEMO_PASSWORD": password})
    done.touch()
    return password if lines else None


def _greet(here: Place, home: Path, password: str | None, seconds: float) -> None:
    say(f"\nMeatlab is ready after {seconds:.1f} s.\n")
    say(f"  Dashboard      http://{HOST}:{here.dashboard_port}")
    say(f"  API            http://{HOST}:{here.api_port}")
    if (home / "demo.done").exists():
        say(f"  Demo sign-ins  {', '.join(DEMO_ACCOUNTS)}")
        if password:
            say(f"  Password       {password}   (the same for all three; it is shown only now)")
        else:
            say(
                "  Password       as shown when they were made; a new one: "
                ".venv/bin/python manage.py user password EMAIL"
            )
    say(f"  Logs           {home / 'logs'}")
    say("\nCtrl-C stops everything.")


@contextmanager
def _stopping(supervisor: Supervisor) -> Iterator[Supervisor]:
    """Stop all programs at the end; a second Ctrl-C while they stop must not leave any behind."""
    try:
        yield supervisor
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        supervisor.stop()


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _fail(text: str) -> None:
    print(text, file=sys.stderr)
    raise SystemExit(1)
