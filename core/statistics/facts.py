"""What statistics are made of: a snapshot of the database in columns, brought up to date before each use.

The snapshot is whole and old; what has changed since is read anew and takes the place of the old rows. Which samples
have changed is what their history says: an event names the transaction that wrote it, and the database tells which
transactions a snapshot has seen. So an answer is always of one moment, and that moment is now. See docs/adr/0012.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.db import engine
from core.statistics import snapshots
from core.statistics.reading import QUERIES, Columns, Keys, read
from core.statistics.snapshots import Snapshot

TABLES = tuple(QUERIES)
# Above this many changed samples, or this share of all, a new snapshot is made.
MOST_CHANGED, MOST_CHANGED_SHARE = 5_000, 0.05

_lock = threading.Lock()
_known: "Facts | None" = None


class Table:
    """Columns by name: those of the snapshot, and behind them those read since."""

    def __init__(self, old: Columns, new: Columns) -> None:
        self._old, self._new = old, new
        self._joined: Columns = {}

    def __getitem__(self, name: str) -> np.ndarray[Any, Any]:
        if not len(self._new[name]):
            return np.asarray(self._old[name])  # without what a file's array does whenever it is used
        if name not in self._joined:
            self._joined[name] = np.concatenate([self._old[name], self._new[name]])
        return self._joined[name]

    def __len__(self) -> int:
        return sum(len(next(iter(part.values()))) for part in (self._old, self._new))


@dataclass(frozen=True)
class Facts:
    """All that counts, as of one moment of the database.

    Each table but `samples` has a column `sample`: the row of its sample. Only samples that are `alive` count; the
    others are older states of samples that have changed since the snapshot.
    """

    snapshot: Snapshot
    keys: Keys
    moment: str  # the database's snapshot that this is of
    changed: frozenset[str]
    read: dict[str, Columns]  # of what has changed; with `sample_id` as text

    @cached_property
    def samples(self) -> Table:
        old = self.snapshot.tables["samples"]
        new = self.read["samples"]
        return Table(old | {"animal": old["animal_code"]}, new | {"animal": self._animals[0]})

    @property
    def evaluations(self) -> Table:
        return self._about["evaluations"]

    @property
    def measurements(self) -> Table:
        return self._about["measurements"]

    @property
    def warnings(self) -> Table:
        return self._about["warnings"]

    @property
    def rounds(self) -> Table:
        """The rounds that there are scores or values of."""
        return self._about["rounds"]

    @cached_property
    def _about(self) -> dict[str, Table]:
        """The tables that name a sample by its row."""
        old, ids = self.snapshot.tables, self.read["samples"]["sample_id"]
        first = len(old["samples"]["sample_id"])
        new = snapshots.about_samples(
            self.read, lambda own: first + np.searchsorted(ids, own), len(old["rounds"]["sample"])
        )  # fmt: skip
        return {name: Table(old[name], columns) for name, columns in new.items()}

    @cached_property
    def alive(self) -> np.ndarray[Any, Any]:
        alive = np.ones(len(self.samples), bool)
        alive[self.snapshot.rows_of(np.array(sorted(self.changed), "S11"))] = False
        return alive

    @property
    def animals(self) -> int:
        """How many animals there are codes for."""
        return self._animals[1]

    @cached_property
    def _animals(self) -> tuple[np.ndarray[Any, Any], int]:
        """The codes of the animals of samples read since, and how many codes there are."""
        known = self.snapshot.tables["animals"]["number"]
        numbers, codes = np.unique(self.read["samples"]["animal"], return_inverse=True)
        places = np.minimum(np.searchsorted(known, numbers), max(len(known) - 1, 0))
        is_known = known[places] == numbers if len(known) else np.zeros(len(numbers), bool)
        new = len(known) + np.cumsum(~is_known) - 1
        return np.where(is_known, places, new).astype(np.int32)[codes], len(known) + int((~is_known).sum())


def current() -> Facts:
    """The facts as they are now; what has not changed since the last call is not read again."""
    global _known  # noqa: PLW0603  (one copy a process, behind the lock)
    with _lock, _reading() as session:
        installation, moment = _where(session)
        known = _known
        if known is None or known.snapshot.installation != installation:
            opened = snapshots.newest(installation)
            known = _begun(opened) if opened else None
        if known is not None:
            known = _brought_up(session, known, moment)
        if known is None or len(known.changed) > _most_changed(known):
            known = _begun(snapshots.make(session, installation, moment))
        _known = known
        return known


def forget() -> None:
    """As in a process that has just started: what is kept on the disk stays there."""
    global _known  # noqa: PLW0603
    with _lock:
        _known = None


def _brought_up(session: Session, known: Facts, moment: str) -> Facts:
    changed = _changed_since(session, known.moment, most=_most_changed(known))
    if not changed:
        return known
    if len(changed | known.changed) > _most_changed(known):
        return replace(known, changed=changed | known.changed)
    keys, merged = known.keys, {}
    for table in TABLES:
        fresh, keys = read(session, table, keys, sorted(changed))
        merged[table] = _merged(known.read[table], fresh, changed)
    return Facts(known.snapshot, keys, moment, known.changed | changed, merged)


def _merged(old: Columns, fresh: Columns, changed: frozenset[str]) -> Columns:
    """Old rows of samples that have not changed again, and the fresh ones, in the order of sample ids."""
    kept = ~np.isin(old["sample_id"], np.array(sorted(changed), "S11"))
    joined = {name: np.concatenate([old[name][kept], fresh[name]]) for name in fresh}
    order = np.argsort(joined["sample_id"], kind="stable")
    return {name: values[order] for name, values in joined.items()}


def _begun(snapshot: Snapshot) -> Facts:
    nothing = {table: {name: snapshot.tables[table][name][:0] for name in _names(snapshot, table)} for table in TABLES}
    for table in TABLES:
        nothing[table]["sample_id"] = np.empty(0, "S11")
    return Facts(snapshot, snapshot.keys, snapshot.moment, frozenset(), nothing)


def _names(snapshot: Snapshot, table: str) -> Sequence[str]:
    return [name for name in snapshot.tables[table] if name not in ("sample", "slot", "animal_code")]


def _most_changed(known: Facts) -> int:
    return max(MOST_CHANGED, int(MOST_CHANGED_SHARE * len(known.snapshot.tables["samples"]["sample_id"])))


@contextmanager
def _reading() -> Iterator[Session]:
    """A transaction that sees one moment of the database."""
    steady = engine().execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with Session(steady) as session, session.begin():
        yield session


def _where(session: Session) -> tuple[str, str]:
    """Which database this is, told apart from its copies and restored states; and the moment that is seen of it."""
    installation = session.scalar(
        text(
            "select concat_ws('-', (select system_identifier from pg_control_system()),"
            " (select timeline_id from pg_control_checkpoint()), (select oid from pg_database where datname ="
            " current_database()))"
        )
    )
    return str(installation), str(session.scalar(text("select pg_current_snapshot()::text")))


def _changed_since(session: Session, moment: str, most: int) -> frozenset[str]:
    """The samples that transactions wrote about which that moment had not seen; not many more than `most`."""
    found = session.execute(
        text(
            "select distinct subject_id from audit_events where subject_type = 'sample'"
            " and transaction_id >= pg_snapshot_xmin(cast(:moment as pg_snapshot))::text::bigint"
            " and not pg_visible_in_snapshot(transaction_id::text::xid8, cast(:moment as pg_snapshot)) limit :most"
        ),
        {"moment": moment, "most": most + 1},
    )
    return frozenset(row.subject_id for row in found)
