"""The catalogue: what forms offer and what values mean, filled from data/catalogue and read whole."""

import hashlib
import json
import time
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from core.config import DATA
from core.db import transaction
from core.tables import Base, Breed, Grade, PrimalCut, Province, RejectReason, Scale, SecondaryCut, Sex, Species

# Shown order; parents before children.
TABLES: dict[str, type[Base]] = {
    "species": Species,
    "primal_cuts": PrimalCut,
    "secondary_cuts": SecondaryCut,
    "grades": Grade,
    "sexes": Sex,
    "breeds": Breed,
    "scales": Scale,
    "reject_reasons": RejectReason,
    "provinces": Province,
}


@dataclass(frozen=True)
class Entry:
    """One thing a form offers; `species` and `primal` say under what it stands, where it stands under something."""

    key: str
    name_ko: str
    name_en: str
    species: str | None = None
    primal: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None

    def name(self, language: str) -> str:
        return self.name_ko if language == "ko" else self.name_en


@dataclass(frozen=True)
class Catalogue:
    """All active entries, in the order people know them."""

    species: tuple[Entry, ...]
    primal_cuts: tuple[Entry, ...]
    secondary_cuts: tuple[Entry, ...]
    grades: tuple[Entry, ...]
    sexes: tuple[Entry, ...]
    breeds: tuple[Entry, ...]
    scales: tuple[Entry, ...]
    reject_reasons: tuple[Entry, ...]
    provinces: tuple[Entry, ...]

    def under(self, kind: str, species: str | None, primal: str | None = None) -> tuple[Entry, ...]:
        """The entries of one kind that stand under a species (and a primal cut)."""
        entries: tuple[Entry, ...] = getattr(self, kind)
        return tuple(e for e in entries if e.species == species and (primal is None or e.primal == primal))

    def find(self, kind: str, key: str | None, species: str | None = None, primal: str | None = None) -> Entry | None:
        return self._index.get((kind, key, species, primal))

    @cached_property
    def _index(self) -> dict[tuple[str, str | None, str | None, str | None], Entry]:
        return {
            (kind, e.key, e.species, e.primal): e for kind in reversed(TABLES) for e in reversed(getattr(self, kind))
        }

    def name(self, language: str, kind: str, key: str | None, species: str | None = None) -> str:
        """What people call it, or "-" where there is nothing."""
        entries: tuple[Entry, ...] = getattr(self, kind)
        found = next((e for e in entries if e.key == key and (species is None or e.species in (None, species))), None)
        return found.name(language) if found else (key or "-")

    def as_json(self) -> dict[str, list[dict[str, Any]]]:
        return {
            kind: [{k: v for k, v in asdict(entry).items() if v is not None} for entry in getattr(self, kind)]
            for kind in TABLES
        }

    def etag(self) -> str:
        return hashlib.sha256(json.dumps(self.as_json(), ensure_ascii=False).encode()).hexdigest()[:32]


def get() -> Catalogue:
    """The whole catalogue: nine small queries."""
    with transaction() as session:
        found = {}
        for kind, table in TABLES.items():
            columns = [c for c in table.__table__.columns if c.name in Entry.__dataclass_fields__]
            query = select(*columns).where(table.__table__.c.active).order_by(table.__table__.c.position)
            found[kind] = tuple(Entry(**row) for row in session.execute(query).mappings())
    return Catalogue(**found)


def recent() -> Catalogue:
    """The catalogue, at most a minute old: for whatever asks it many times."""
    return _of_minute(int(time.monotonic() // 60))


@lru_cache(maxsize=1)
def _of_minute(minute: int) -> Catalogue:
    return get()


def seed(connection: Connection) -> None:
    """Adds what data/catalogue has and the database has not; what a manager changed stays as it is."""
    for kind, rows in _shipped().items():
        connection.execute(insert(TABLES[kind]).on_conflict_do_nothing(), rows)


def _shipped() -> dict[str, list[dict[str, Any]]]:
    forms = json.loads((DATA / "catalogue" / "forms.json").read_text(encoding="utf-8"))
    cuts = json.loads((DATA / "catalogue" / "cuts.json").read_text(encoding="utf-8"))["cuts"]
    regions = json.loads((DATA / "catalogue" / "regions.json").read_text(encoding="utf-8"))["provinces"]
    rows = {kind: [entry | {"position": n} for n, entry in enumerate(entries)] for kind, entries in forms.items()}
    rows["primal_cuts"] = [_named(cut, n, species=cut["species"]) for n, cut in enumerate(cuts)]
    rows["secondary_cuts"] = [
        _named(secondary, 100 * n + m, species=cut["species"], primal=cut["key"])
        for n, cut in enumerate(cuts)
        for m, secondary in enumerate(cut["secondary"])
    ]
    rows["provinces"] = [
        {"key": r["iso"], "name_ko": r["short_ko"], "name_en": r["name_en"], "position": r["order"]} for r in regions
    ]
    return {kind: rows[kind] for kind in TABLES}


def _named(cut: dict[str, Any], position: int, **parents: str) -> dict[str, Any]:
    return {"key": cut["key"], "name_ko": cut["ko"], "name_en": cut["en"], "position": position} | parents
