"""The folder that holds one installation: its data, secrets, ports, logs, and the lock of who is using it."""

import fcntl
import json
import os
import random
import secrets
import shutil
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FREE_BYTES_NEEDED = 10**9
SECRETS = (
    "database_superuser",
    "database_owner",
    "database_app",
    "s3_access_key",
    "s3_secret_key",
    "s3_signing_key",
    "secret_key",
)


class CannotRun(Exception):
    """A refusal. Its text is one sentence that tells the person at the terminal what to do."""


class InUse(CannotRun):
    """Another process has the lock."""


@contextmanager
def opened(home: Path) -> Iterator[None]:
    """The folder, made if need be, checked, and locked until the block ends."""
    _make(home)
    free = shutil.disk_usage(home).free
    if free < FREE_BYTES_NEEDED:
        raise CannotRun(
            f"The disk of {home} has {free // 10**6} MB left and Meatlab needs {FREE_BYTES_NEEDED // 10**6} MB: "
            "make room, or set MEATLAB_HOME to a folder on another disk."
        )
    with (home / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUse(
                f"Meatlab already runs in {home}: stop it first, or set MEATLAB_HOME to another folder."
            ) from None
        yield


def _make(home: Path) -> None:
    try:
        if home.exists() and not (home / "lock").exists() and any(home.iterdir()):
            raise CannotRun(f"{home} holds other files: set MEATLAB_HOME to a new or an empty folder.")
        # As root the database runs as another account, which has to pass through; all inside is closed to others.
        home.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
        (home / "lock").touch(mode=0o600)
        for name in ("logs", "run"):
            (home / name).mkdir(mode=0o700, exist_ok=True)
    except (PermissionError, FileExistsError, NotADirectoryError) as error:
        raise CannotRun(
            f"{home} cannot be written ({error.strerror}): start Meatlab as its owner, "
            "or set MEATLAB_HOME to a folder of yours."
        ) from None


def read_secrets(home: Path) -> dict[str, str]:
    """The passwords and keys of this installation; the first call makes them."""
    path = home / "secrets.json"
    if not path.exists():
        if (home / "database").exists():
            raise CannotRun(
                f"{path} is missing, and the database beside it cannot be opened without: restore the file."
            )
        _write_json(path, {name: secrets.token_hex(32) for name in SECRETS} | {"s3_access_key": secrets.token_hex(10)})
    content = _read_json(path)
    if not all(isinstance(content.get(name), str) and content[name] for name in SECRETS):
        raise CannotRun(f"{path} lacks some of the keys it was made with: restore the file from a backup.")
    return content


def read_ports(home: Path) -> dict[str, int]:
    return _read_json(home / "ports.json")


def choose_ports(home: Path, names: Sequence[str]) -> dict[str, int]:
    """A free port for each name: that of the last start where nobody has taken it since."""
    path = home / "ports.json"
    last = _read_json(path) if path.exists() else {}
    chosen: dict[str, int] = {}
    for name in names:
        candidate = last.get(name, 0)
        while candidate in chosen.values() or not _is_pair_free(candidate):
            candidate = random.randrange(10_000, 20_000)
        chosen[name] = candidate
    _write_json(path, chosen)
    return chosen


def is_port_free(port: int) -> bool:
    with socket.socket() as probe:
        # A port whose last connections are still fading away counts as free: the servers open it the same way.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _is_pair_free(port: object) -> bool:
    # The object store speaks gRPC on the port 10,000 above each of its own.
    return isinstance(port, int) and 10_000 <= port < 20_000 and is_port_free(port) and is_port_free(port + 10_000)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError):
        content = None
    if not isinstance(content, dict):
        raise CannotRun(f"{path} cannot be read: restore the file from a backup.")
    return content


def _write_json(path: Path, content: dict[str, Any]) -> None:
    """Whole or not at all, and readable by the owner only."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
