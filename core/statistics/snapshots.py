"""Snapshots of the database in columns, kept on this machine's disk and shared by its processes.

A snapshot can be thrown away at any time: it is made anew from the database. It names no person.
"""

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.config import settings
from core.statistics.reading import QUERIES, Columns, Keys, read

Array = np.ndarray[Any, Any]
KEPT_FROM = 20_000  # samples; fewer are read sooner than a folder is written
FORM = 3  # of the files; another form is not opened
# What rows about a sample are in the order of, as far as a table has it.
ORDER = ("seq", "day", "preparation", "rater", "replicate")


@dataclass(frozen=True)
class Snapshot:
    """All tables as of a moment: `animals` lists the animals' numbers in order, `samples` names their places there."""

    installation: str
    moment: str
    keys: Keys
    tables: dict[str, Columns]

    def rows_of(self, ids: Array) -> Array:
        """The rows of the samples with some ids, as far as they are in it."""
        own, by_id = self.tables["samples"]["sample_id"], self.tables["ids"]["by_id"]
        if not len(own):
            return by_id
        rows = by_id[np.minimum(np.searchsorted(own, ids, sorter=by_id), len(own) - 1)]
        return rows[own[rows] == ids]


def newest(installation: str) -> Snapshot | None:
    """The last one that was kept of this database; its columns are read from the disk as they are used."""
    for folder in sorted(_folders(installation), reverse=True):
        try:
            return _opened(folder)
        except (OSError, ValueError, KeyError):  # half written by a machine that went down, or of another form
            continue
    return None


def make(session: Session, installation: str, moment: str) -> Snapshot:
    """Reads everything as of the session's moment, and keeps it where there is much."""
    # Once in a long while, and of everything: with room to join millions of rows in memory.
    session.execute(text("set local statement_timeout = 0"))
    session.execute(text("set local work_mem = '256MB'"))
    keys, tables = Keys({}), dict[str, Columns]()
    for table in QUERIES:
        tables[table], keys = read(session, table, keys, None)
    made = Snapshot(installation, moment, keys, _indexed(tables))
    if len(made.tables["samples"]["sample_id"]) < KEPT_FROM:
        return made
    return _kept(made)


def _indexed(tables: dict[str, Columns]) -> dict[str, Columns]:
    """Samples in the order of their animals, so that what is counted by animal lies together; `by_id` has their rows in
    the order of their ids. The other tables name a sample by its row.
    """
    samples = tables["samples"]
    order = np.lexsort((samples["sample_id"], samples["animal"]))
    samples = {name: values[order] for name, values in samples.items()}
    numbers, codes = np.unique(samples["animal"], return_inverse=True)
    by_id = np.argsort(samples["sample_id"]).astype(np.int32)
    about = about_samples(tables, lambda ids: by_id[np.searchsorted(samples["sample_id"], ids, sorter=by_id)])
    named = {"samples": samples | {"animal_code": codes.astype(np.int32)}, "animals": {"number": numbers}}
    return named | {"ids": {"by_id": by_id}} | about


def about_samples(tables: dict[str, Columns], rows: Callable[[Array], Array], first: int = 0) -> dict[str, Columns]:
    """The tables about samples, which they name by their `rows`, in the order of these, of rounds, days and raters.

    `slot` says which round of which sample something is about: its row, counted from `first` on, in the table of rounds
    that there is anything about.
    """
    found = {name: _in_order(own, rows(own["sample_id"])) for name, own in tables.items() if name != "samples"}
    of_rounds = {name: own["sample"].astype(np.int64) << 16 | own["seq"] for name, own in found.items() if "seq" in own}
    there = np.unique(np.concatenate([*of_rounds.values()]))
    for name, own in of_rounds.items():
        found[name]["slot"] = (first + np.searchsorted(there, own)).astype(np.int32)
    return found | {"rounds": {"sample": (there >> 16).astype(np.int32), "seq": (there & 0xFFFF).astype(np.int16)}}


def _in_order(columns: Columns, samples: Array) -> Columns:
    by = [columns[name] for name in reversed(ORDER) if name in columns]
    order = np.lexsort([*by, samples])
    rest = {name: values[order] for name, values in columns.items() if name != "sample_id"}
    return rest | {"sample": samples[order].astype(np.int32)}


def _kept(made: Snapshot) -> Snapshot:
    """Writes it beside the others, and reads it from there; older ones go."""
    with _locked():
        last = max((int(folder.name.rpartition(".")[2]) for folder in _folders(made.installation)), default=0)
        folder = _home() / f"{made.installation}.{last + 1:08}"
        half = Path(tempfile.mkdtemp(prefix="half-", dir=_home()))
        for table, columns in made.tables.items():
            for name, values in columns.items():
                np.save(half / f"{table}.{name}.npy", values)
        said = {"form": FORM, "installation": made.installation, "moment": made.moment, "keys": made.keys.of}
        (half / "snapshot.json").write_text(json.dumps(said), encoding="utf-8")
        half.rename(folder)
        for old in sorted(_folders(made.installation))[:-1]:
            shutil.rmtree(old, ignore_errors=True)  # who still reads it keeps its open files
    return _opened(folder)


def _opened(folder: Path) -> Snapshot:
    said: dict[str, Any] = json.loads((folder / "snapshot.json").read_text(encoding="utf-8"))
    if said["form"] != FORM:
        raise ValueError(said["form"])
    tables: dict[str, Columns] = {}
    for file in folder.glob("*.npy"):
        table, name = file.stem.split(".")
        tables.setdefault(table, {})[name] = np.load(file, mmap_mode="r", allow_pickle=False)
    keys = Keys({column: tuple(keys) for column, keys in said["keys"].items()})
    return Snapshot(said["installation"], said["moment"], keys, tables)


def _folders(installation: str) -> list[Path]:
    return list(_home().glob(f"{installation}.*"))


def _home() -> Path:
    home = settings().cache_dir / "statistics"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if home.stat().st_uid != os.geteuid():
        raise PermissionError(f"{home} belongs to somebody else: set MEATLAB_CACHE to a folder of your own")
    return home


@contextmanager
def _locked() -> Iterator[None]:
    """One process of this machine at a time."""
    with (_home() / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
