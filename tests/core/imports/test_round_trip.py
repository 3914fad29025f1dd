"""What is exported, put into an empty database by the command line and exported from there, is the same."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

from core import photos
from core.config import ROOT
from deploy.local import embedded
from tests.core.imports.people import HEATED, LABORATORY, RAW, SAMPLE, TONGUE, Person, make
from tests.core.imports.test_imports import all_of, confirmed, sent
from tests.core.test_exports import sheets
from tests.makers import PASSWORD, jpeg, make_user

# What a place says for itself: when a thing was entered and approved here, and by which account. An account of another
# installation is a panelist of the same name here.
HERE = {"Received", "Last changed", "Review id", "Reviewed at", "Evaluator id", "Panelist"}


def manage(*arguments: str, said: str = "", **environment: str) -> str:
    """What a command of manage.py printed."""
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, input=said, text=True, capture_output=True,
        start_new_session=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def content(file: Path) -> dict[str, list[dict[str, Any]]]:
    """Sheet -> its rows, but for what is of this place."""
    return {
        title: [{head: cell for head, cell in row.items() if head not in HERE} for row in rows]
        for title, rows in sheets(file.read_bytes()).items()
    }


def test_what_is_exported_comes_out_of_an_empty_database_as_it_went_in(servers: dict[str, str], tmp_path: Path) -> None:
    actor = make_user("researcher")
    everything = Person("all", rounds=2, groups=(SAMPLE, RAW, HEATED, TONGUE, LABORATORY), n=4)
    confirmed(actor, sent(actor, make(everything, seed=35).data), with_warnings=True)
    for preparation in ("raw", "heated"):
        photos.add(actor, all_of(actor)[0].id, 0, preparation, jpeg(), photo_id=uuid4())
    first, second, zipped = (tmp_path / name for name in ("first.xlsx", "second.xlsx", "photos.zip"))
    export = ("--as", actor.email, "--where", "owner=me", "--every-status", "--language", "en")
    assert "4 samples" in manage("export", str(first), *export)
    manage("export", str(zipped), "--format", "photos", *export)
    with embedded(tmp_path / "empty") as empty:
        manage("migrate", **empty)
        manage("user", "add", actor.email, actor.name, "--role", "researcher", said=f"{PASSWORD}\n" * 2, **empty)
        asked = ("--as", actor.email, "--photos", str(zipped), "--yes", "--with-warnings")
        told = manage("import", str(first), *asked, **empty)
        manage("export", str(second), *export, **empty)
    assert "2 photos" in told
    assert "4 new samples" in told
    assert content(second) == content(first)
