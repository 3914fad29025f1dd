"""What `make run` shows while it works: a line a step with its seconds, and the refusals of the steps."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from core.config import ROOT
from deploy.home import CannotRun
from deploy.processes import end_of, end_with_parent


def say(text: str, end: str = "\n") -> None:
    # The terminal may be gone, and that must not keep the servers from being stopped.
    with contextlib.suppress(OSError):
        print(text, end=end, flush=True)


@contextmanager
def step(label: str) -> Iterator[None]:
    begin = time.monotonic()
    say(f"{label} ... ", end="")
    try:
        yield
    except BaseException:
        say("")
        raise
    say(f"{time.monotonic() - begin:.1f} s")


def manage(command: str, home: Path, environment: Mapping[str, str]) -> list[str]:
    """Run one of our own commands within a step; the lines that it prints are shown and returned."""
    log = home / "logs" / f"{command}.log"
    lines = []
    with log.open("a") as errors:
        process = subprocess.Popen(
            [sys.executable, "manage.py", command],
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
            preexec_fn=end_with_parent(signal.SIGKILL),  # noqa: PLW1509  # one prepared system call
        )
    with process:
        try:
            for line in process.stdout or ():
                lines.append(line.strip())
                say(f"\n  {lines[-1]} ... ", end="")
            if process.wait():
                raise CannotRun(f"`manage.py {command}` failed. {end_of(log)}")
        finally:
            with contextlib.suppress(ProcessLookupError):  # its helpers too, where we were interrupted
                os.killpg(process.pid, signal.SIGKILL)
    return lines
