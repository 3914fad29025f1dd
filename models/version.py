"""Which code made a model."""

import subprocess
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).parent


@lru_cache
def code_version() -> str:
    """The commit, with a mark where files differ from it; without a repository, a hash of the files of this package."""
    try:
        told = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12"],
            cwd=HERE, capture_output=True, text=True, check=True, timeout=10,
        )  # fmt: skip
        return told.stdout.strip()
    except (OSError, subprocess.SubprocessError):
        files = b"".join(path.read_bytes() for path in sorted(HERE.rglob("*.py")))
        return f"files-{sha256(files).hexdigest()[:12]}"
