"""Programs started beside us: they never outlive us, are started again when they die, and stop in reverse order."""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import psutil

from deploy.home import CannotRun

LOG_LIMIT = 10 * 1024 * 1024
STOP_SECONDS = 20
EARLY_SECONDS = 10
MANY_DEATHS = 5
PR_SET_PDEATHSIG = 1


def nothing() -> None:
    pass


@dataclass(frozen=True)
class Program:
    """What to start. `name` reads well after "the"; `clear` removes what an earlier run of it may have left."""

    name: str
    home: Path
    folder: Path
    command: Sequence[str]
    environment: Mapping[str, str]
    is_ready: Callable[[], bool]
    clear: Callable[[], None] = nothing
    stop_signal: signal.Signals = signal.SIGTERM
    # Sent when we end without stopping it. Without its servers a program may wait for ever to stop in good order.
    orphan_signal: signal.Signals = signal.SIGKILL
    ready_seconds: float = 60

    @property
    def file_name(self) -> str:
        return self.name.lower().replace(" ", "_")

    @property
    def log(self) -> Path:
        return self.home / "logs" / f"{self.file_name}.log"

    @property
    def pid_file(self) -> Path:
        return self.home / "run" / f"{self.file_name}.json"


@dataclass
class Child:
    program: Program
    process: subprocess.Popen[bytes]
    started: float
    early_deaths: int = 0
    restart_at: float | None = None


class Supervisor:
    """Keeps programs running. It must live in the main thread: a child is told when the thread that made it ends."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._children: list[Child] = []

    def __enter__(self) -> "Supervisor":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, programs: Sequence[Program]) -> None:
        """Start these side by side and wait until every one is ready."""
        begin = time.monotonic()
        waiting = []
        for program in programs:
            child = Child(program, _spawn(program), begin)
            self._children.append(child)
            waiting.append(child)
        while waiting:
            for child in waiting:
                if child.process.poll() is not None:
                    raise CannotRun(f"The {child.program.name} did not start. {end_of(child.program.log)}")
                if time.monotonic() - begin > child.program.ready_seconds:
                    raise CannotRun(f"The {child.program.name} does not answer. {end_of(child.program.log)}")
            waiting = [child for child in waiting if not child.program.is_ready()]
            time.sleep(0.05 if waiting else 0)

    def revive(self) -> None:
        """Start again what has died, at once the first time and more slowly while it goes on dying early."""
        for child in self._children:
            now = time.monotonic()
            if child.restart_at is None and child.process.poll() is not None:
                self._note_death(child, now)
            if child.restart_at is not None and now >= child.restart_at:
                child.process, child.started, child.restart_at = _spawn(child.program), now, None

    def _note_death(self, child: Child, now: float) -> None:
        name, code = child.program.name, child.process.returncode
        child.early_deaths = child.early_deaths + 1 if now - child.started < EARLY_SECONDS else 0
        if child.early_deaths == MANY_DEATHS:
            raise CannotRun(f"The {name} died {MANY_DEATHS} times soon after its start. {end_of(child.program.log)}")
        child.restart_at = now + (2 ** (child.early_deaths - 2) if child.early_deaths > 1 else 0)
        cause = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        self._say(f"The {name} died ({cause}); starting it again.")

    def stop(self) -> None:
        if self._children:
            self._say("Stopping ...")
        for child in reversed(self._children):
            if child.process.poll() is None:
                child.process.send_signal(child.program.stop_signal)
            try:
                child.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
            child.program.clear()
            child.program.pid_file.unlink(missing_ok=True)
        self._children.clear()


def _spawn(program: Program) -> subprocess.Popen[bytes]:
    program.clear()
    if program.log.exists() and program.log.stat().st_size > LOG_LIMIT:
        program.log.replace(program.log.with_suffix(".old.log"))
    with open(os.open(program.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as log:
        process = subprocess.Popen(
            program.command,
            cwd=program.folder,
            env=dict(program.environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches us alone, and we stop the others in order
            # Safe beside threads: all it does is one system call that is looked up before the fork.
            preexec_fn=end_with_parent(program.orphan_signal),  # noqa: PLW1509
        )
    started = psutil.Process(process.pid).create_time()
    program.pid_file.write_text(json.dumps({"pid": process.pid, "started": started, "signal": program.stop_signal}))
    return process


def end_with_parent(death_signal: signal.Signals) -> Callable[[], None]:
    """Linux sends the signal to the child when we end in whatever way, kill -9 included."""
    if sys.platform != "linux":
        return nothing
    parent, prctl, number = os.getpid(), ctypes.CDLL(None).prctl, int(death_signal)

    def prepare() -> None:
        prctl(PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:
            os._exit(1)

    return prepare


def stop_leftovers(home: Path) -> None:
    """End what an earlier run in this folder left running, known by process number and start time."""
    for path in sorted((home / "run").glob("*.json")):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, psutil.NoSuchProcess):
            note = json.loads(path.read_text())
            process = psutil.Process(note["pid"])
            if abs(process.create_time() - note["started"]) < 2:
                process.send_signal(note["signal"])
                end([process], STOP_SECONDS)
        path.unlink()


def end(processes: Sequence[psutil.Process], seconds: float) -> None:
    """Wait for processes that were told to stop, and kill those that do not."""
    _, alive = psutil.wait_procs(processes, seconds)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, 5)


def end_of(log: Path) -> str:
    """The words with which a message points at a log file and shows its last lines."""
    lines = log.read_text(errors="replace").splitlines()[-8:] if log.exists() else []
    return "\n    ".join([f"Its log {log} ends so:", *lines])
