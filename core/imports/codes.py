"""Names of things of the catalogue as people write them, and the keys that they stand for."""

import json
import re
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from core.catalogue import Catalogue, Entry
from core.config import DATA
from core.imports.reading import Cell
from core.imports.values import Unreadable, text
from core.workbooks import fields
from core.workbooks.fields import Field, fold

# Beside the names of the catalogue, folded: kind -> what people write -> key.
ALSO: dict[str, dict[str, str]] = {
    "species": {
        "우": "cattle", "소고기": "cattle", "쇠고기": "cattle", "beef": "cattle", "cow": "cattle", "bovine": "cattle",
        "돈": "pig", "돼지고기": "pig", "돈육": "pig", "우육": "cattle", "pork": "pig", "swine": "pig", "pigs": "pig",
        "0": "cattle", "1": "pig",
    },
    "sexes": {
        "암컷": "female", "암소": "female", "미암": "female", "미경산": "female", "미경산우": "female", "f": "female",
        "heifer": "female", "cow": "female", "거": "castrated", "거세우": "castrated", "steer": "castrated",
        "barrow": "castrated", "c": "castrated", "castrate": "castrated", "수컷": "male", "수소": "male", "m": "male",
        "bull": "male", "boar": "male", "비거세": "male",
    },
    "breeds": {"holstein": "beef_cattle", "육우홀스타인": "beef_cattle", "yld": "lyd", "lyd": "lyd", "삼원교잡": "lyd"},
    "grades": {"d": "off", "등외등급": "off", "off": "off"},
    "preparation": {
        "원육": "raw", "신선육": "raw", "생육": "raw", "비가열": "raw", "fresh": "raw", "unheated": "raw", "n": "raw",
        "no": "raw", "처리육": "raw", "아니오": "raw", "0": "raw", "false": "raw",
        "가열": "heated", "가열육": "heated", "cooked": "heated", "y": "heated", "yes": "heated", "예": "heated",
        "1": "heated", "true": "heated",
    },
    "scales": {
        "10점": "1-10", "10점척도": "1-10", "9점": "1-9", "9점척도": "1-9", "5점": "1-5", "5점척도": "1-5",
        "110": "1-10", "19": "1-9", "09": "0-9", "15": "1-5",
    },
    "method": {
        "딥에이징": "deep_aging", "deepaging": "deep_aging", "습식": "wet_aging", "건식": "dry_aging",
        "습식숙성": "wet_aging", "건식숙성": "dry_aging",
    },
}  # fmt: skip
GRADE = re.compile(r"(?P<grade>1\s*\+\s*\+|1\s*\+|[123])\s*(?:등급)?\s*(?:\(\s*\d\s*\)|[ABCabc])?")
CUT_KINDS = ("primal_cuts", "secondary_cuts")


class Codes:
    """Reads the codes of one catalogue; what was read once is remembered."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.known: dict[tuple[str, str | None, str | None, str], Any] = {}
        self.breeds: dict[str, tuple[str, str] | None] = {}
        self.keys = {kind: self._names(kind) for kind in (*ALSO, *CUT_KINDS)}

    def read(self, field: Field, cell: Cell, species: str | None = None, primal: str | None = None) -> str:
        """The key that a cell stands for.

        Raises:
            Unreadable: no such thing under this species and primal cut.
        """
        kind = field.catalogue or ""
        said = text(cell)
        asked = (kind, species, primal, said)
        if asked not in self.known:
            self.known[asked] = self._find(kind, said, species, primal)
        if isinstance(key := self.known[asked], Unreadable):
            raise key
        return str(key)

    def _find(self, kind: str, said: str, species: str | None, primal: str | None) -> str | Unreadable:
        if kind == "grades":
            said = said.strip().upper()
            if found := GRADE.fullmatch(said):
                said = found["grade"].replace(" ", "")
                if any(entry.key == said and entry.species == species for entry in self.catalogue.grades):
                    return said
        named = self.keys[kind]
        name = _folded(kind, said)
        fitting = {
            key for key, under, above in named.get(name, ()) if under in (None, species) and primal in (None, above)
        }
        if len(fitting) == 1:
            return fitting.pop()
        return Unreadable(_code(kind), *self._suggestion(kind, name, species, primal))

    def _suggestion(self, kind: str, name: str, species: str | None, primal: str | None) -> tuple[str, str]:
        fitting = {
            each: key
            for each, entries in self.keys[kind].items()
            for key, under, above in entries
            if under in (None, species) and primal in (None, above)
        }
        close = get_close_matches(name, fitting, n=1, cutoff=0.5)
        if not close and len(set(fitting.values())) == 1:
            close = list(fitting)[:1]
        return (fitting[close[0]], kind) if close else ("", "")

    def _names(self, kind: str) -> dict[str, list[tuple[str, str | None, str | None]]]:
        """Folded name -> key, species and primal cut of each thing that has it."""
        named: dict[str, list[tuple[str, str | None, str | None]]] = {}
        for entry in fields.choices(Field("", "code", catalogue=kind), self.catalogue):
            for name in (entry.key, entry.name_ko, entry.name_en, *_other_names(kind, entry)):
                folded = _folded(kind, name)
                place = (entry.key, entry.species, entry.primal)
                if place not in named.setdefault(folded, []):
                    named[folded].append(place)
        keys = {entry.key: entry for entry in fields.choices(Field("", "code", catalogue=kind), self.catalogue)}
        for name, key in ALSO.get(kind, {}).items():
            if key in keys and name not in named:
                species = keys[key].species if kind == "breeds" else None
                named[name] = [(key, species, None)]
        return named

    def breed_named(self, cell: Cell) -> tuple[str, str] | None:
        """Species and breed, where a cell names a breed of one species only."""
        said = text(cell)
        if said not in self.breeds:
            found = self.keys["breeds"].get(fold(said), [])
            self.breeds[said] = (str(found[0][1]), found[0][0]) if len(found) == 1 else None
        return self.breeds[said]

    def cuts_named(self, cell: Cell, species: str) -> list[tuple[str, str]]:
        """Primal and secondary cuts of a species that a cell may name by the secondary one."""
        return [
            (str(above), key)
            for key, under, above in self.keys["secondary_cuts"].get(fold(text(cell)), [])
            if under == species
        ]


def _folded(kind: str, name: str) -> str:
    """As names are compared; the signs of a grade such as 1++ tell it from others."""
    return name if kind == "grades" and any(sign.isdigit() for sign in name) else fold(name)


def _code(kind: str) -> str:
    return {
        "primal_cuts": "primal_cut_unknown", "secondary_cuts": "secondary_cut_unknown", "breeds": "breed_unknown",
        "sexes": "sex_unknown", "grades": "grade_unknown",
    }.get(kind, "unknown_choice")  # fmt: skip


def _other_names(kind: str, entry: Entry) -> list[str]:
    if kind != "secondary_cuts":
        return []
    return [written for species, written in _spellings().get(entry.name_ko, []) if species == entry.species]


@lru_cache(maxsize=1)
def _spellings() -> dict[str, list[tuple[str, str]]]:
    """Name of a secondary cut -> species and other spelling, for each of them."""
    listed = json.loads((DATA / "catalogue" / "cuts.json").read_text(encoding="utf-8"))["aliases"]
    found: dict[str, list[tuple[str, str]]] = {}
    for species, spellings in listed.items():
        for written, name in spellings.items():
            found.setdefault(name, []).append((species, written))
    return found
