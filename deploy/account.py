"""PostgreSQL refuses to run as root: then it runs as `nobody`, by way of setpriv (util-linux)."""

import os
import pwd
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path

from deploy.home import CannotRun

# Either lets `nobody` walk through closed folders above the data; the first allows the least.
CAPABILITIES = {"dac_read_search": 2, "dac_override": 1}


def database_owner() -> tuple[int, int]:
    """The user and group that run PostgreSQL and own its files."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def prefix(death_signal: signal.Signals, paths: Sequence[Path]) -> list[str]:
    """The words before a command that make it run as the database's owner; `paths` are what it must reach.

    Changing the account forgets the signal that a process gets when its parent ends, so setpriv asks for it again.
    """
    if os.geteuid() != 0:
        return []
    if not shutil.which("setpriv"):
        raise CannotRun(
            "PostgreSQL cannot run as root, and setpriv, which changes the account, is missing: "
            "install util-linux, or start Meatlab as an ordinary user."
        )
    user, group = database_owner()
    words = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", "--pdeathsig", death_signal.name[3:]]
    closed = [folder for path in paths for folder in path.resolve().parents if not folder.stat().st_mode & 0o001]
    return [*words, *_passing_through(closed[0])] if closed else words


def _passing_through(folder: Path) -> list[str]:
    """Options that keep one capability. `no_setuid_fixup` makes it count in access(), by which PostgreSQL looks."""
    status = Path("/proc/self/status").read_text()
    held = int(next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff:")), 16)
    for name, bit in CAPABILITIES.items():
        if held >> bit & 1:
            kept = f"-all,+{name}"
            sets = [f"--{kind}-caps={kept}" for kind in ("inh", "ambient")]
            return [*sets, f"--bounding-set={kept}", "--securebits=+no_setuid_fixup"]
    raise CannotRun(
        f"PostgreSQL cannot run as root, and the account nobody cannot enter {folder}: "
        "move the project or set MEATLAB_HOME to a folder open to others, or start Meatlab as an ordinary user."
    )
