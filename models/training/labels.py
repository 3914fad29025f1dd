"""Examples from a folder of photos with a table of labels, as people keep them."""

import tomllib
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.config import DATA
from models.training.examples import GRADES, NUMBERS, SCORES, Examples

PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp")
TABLES = (".csv", ".xlsx")
SCALES = ((1.0, 5.0), (1.0, 9.0), (1.0, 10.0), (0.0, 10.0), (0.0, 100.0))
SEXES = {
    "female": ("female", "f", "cow", "heifer", "암", "암소"), "male": ("male", "m", "bull", "수", "수소"),
    "castrated": ("castrated", "steer", "barrow", "거세", "거세우"),
}  # fmt: skip
SPECIES = {"cattle": ("cattle", "beef", "소", "한우", "소고기"), "pig": ("pig", "pork", "돼지", "돼지고기")}


class LabelsUnclear(ValueError):
    """The folder cannot be read as it is; the message says what to mend."""


def from_folder(
    folder: Path, labels: Path | None = None, scale: tuple[float, float] | None = None, species: str = "cattle"
) -> Examples:
    """Photos of a folder (and those below) with the rows of its table.

    Args:
        labels: a csv or xlsx file; without it the only one in the folder.
        scale: of all scores; without it the smallest common scale that holds every score.
        species: of photos whose row does not say.

    Raises:
        LabelsUnclear: no or several tables, no column of photo names, scores beyond the scale.
    """
    rows = _named(_read(labels or _only_table(folder)))
    paths = _photos(folder)
    found = [_path(str(name), paths) for name in rows["photo"]]
    left_out = tuple(f"{name}: no such photo" for name, path in zip(rows["photo"], found, strict=True) if path is None)
    kept = rows[[path is not None for path in found]].reset_index(drop=True)
    if kept.empty:
        raise LabelsUnclear(f"none of the {len(rows)} rows names a photo in {folder}")
    table, doubts = _cleaned(kept, species)
    used = [path for path in found if path is not None]
    return Examples(table, lambda row: used[row].read_bytes(), _scale(table, scale), "folder", left_out + tuple(doubts))


def _only_table(folder: Path) -> Path:
    if not folder.is_dir():
        raise LabelsUnclear(f"{folder} is no folder")
    tables = [file for file in sorted(folder.iterdir()) if file.suffix.lower() in TABLES]
    if len(tables) != 1:
        raise LabelsUnclear(f"{folder} holds {len(tables)} tables: name the one with the labels")
    return tables[0]


def _read(path: Path) -> pd.DataFrame:
    """All cells as text; csv in UTF-8 or CP949, as Korean spreadsheets write it."""
    if path.suffix.lower() == ".xlsx":
        return pd.read_excel(path, dtype=str)
    raw = path.read_bytes()
    for encoding in ("utf-8-sig", "cp949"):
        try:
            raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        return pd.read_csv(path, dtype=str, encoding=encoding, sep=None, engine="python", skipinitialspace=True)
    raise LabelsUnclear(f"{path.name} is neither UTF-8 nor CP949: save it as csv in UTF-8")


def _plain(name: object) -> str:
    return "".join(letter for letter in str(name).casefold() if letter.isalnum())


@lru_cache
def _meanings() -> dict[str, str]:
    names: dict[str, list[str]] = tomllib.loads((DATA / "label_columns.toml").read_text(encoding="utf-8"))
    return {_plain(name): field for field, some in names.items() for name in some}


def _named(table: pd.DataFrame) -> pd.DataFrame:
    """The columns that mean something, under our names."""
    meant = {column: _meanings()[_plain(column)] for column in table if _plain(column) in _meanings()}
    twice = {field for field in meant.values() if list(meant.values()).count(field) > 1}
    if twice:
        raise LabelsUnclear(f"several columns mean the same: {', '.join(sorted(twice))}")
    if "photo" not in meant.values():
        raise LabelsUnclear(f"no column names the photos (such as Name or file); found: {', '.join(map(str, table))}")
    return table[list(meant)].rename(columns=meant).dropna(subset=["photo"]).reset_index(drop=True)


def _photos(folder: Path) -> dict[str, Path]:
    """Photos by their path below the folder, and by their name, with and without its ending."""
    files = [file for file in sorted(folder.rglob("*")) if file.suffix.lower() in PICTURES]
    found: dict[str, Path] = {}
    for file in files:
        inside = file.relative_to(folder).as_posix().casefold()
        for name in (inside, file.name.casefold(), file.stem.casefold()):
            found.setdefault(name, file)
    return found


def _path(name: str, paths: dict[str, Path]) -> Path | None:
    plain = name.strip().replace("\\", "/").casefold()
    return paths.get(plain) or paths.get(plain.rpartition("/")[2])


def _cleaned(rows: pd.DataFrame, species: str) -> tuple[pd.DataFrame, list[str]]:
    """Every column of `Examples.table`; what cannot be read is left empty and said."""
    doubts: list[str] = []
    table = pd.DataFrame({"photo": rows["photo"].str.strip()})
    table["animal"] = _read_as(rows, "animal", _plain)
    table["species"] = _read_as(rows, "species", _keyed(SPECIES)).fillna(species)
    table["cut"] = _read_as(rows, "cut", _plain)
    table["sex"] = _read_as(rows, "sex", _keyed(SEXES))
    grades = _read_as(rows, "grade", lambda said: said.replace(" ", ""))
    table["grade"] = grades.where(grades.isin(GRADES), None)
    doubts += _doubts(table["photo"], grades, table["grade"], "grade")
    for name in NUMBERS:
        said = _column(rows, name)
        table[name] = pd.to_numeric(said, errors="coerce").astype(float)
        doubts += _doubts(table["photo"], said, table[name], name)
    return table, doubts


def _column(rows: pd.DataFrame, name: str) -> pd.Series:
    return rows[name] if name in rows else pd.Series([None] * len(rows), dtype=object)


def _read_as(rows: pd.DataFrame, name: str, read: Callable[[str], str | None]) -> pd.Series:
    """A column of keys; None where nothing is said."""
    found = [read(said) if isinstance(said, str) else None for said in _column(rows, name)]
    return pd.Series(found, dtype=object)


def _keyed(words: dict[str, tuple[str, ...]]) -> Callable[[str], str | None]:
    keys = {word: key for key, some in words.items() for word in some}
    return lambda said: keys.get(_plain(said))


def _doubts(photos: pd.Series, said: pd.Series, read: pd.Series, name: str) -> Iterator[str]:
    for row in np.flatnonzero(said.notna() & read.isna()):
        yield f"{photos[row]}: {name} cannot be read: {said[row]}"


def _scale(table: pd.DataFrame, scale: tuple[float, float] | None) -> tuple[float, float]:
    values: Any = table[list(SCORES)].to_numpy(float)
    low, high = (np.nanmin(values), np.nanmax(values)) if np.isfinite(values).any() else (1.0, 5.0)
    if scale is None:
        fitting = [one for one in SCALES if one[0] <= low and high <= one[1]]
        if not fitting:
            raise LabelsUnclear(f"scores run from {low:g} to {high:g}: say their scale, such as 1-5")
        return fitting[0]
    if low < scale[0] or high > scale[1]:
        raise LabelsUnclear(f"scores run from {low:g} to {high:g}, beyond the scale {scale[0]:g}-{scale[1]:g}")
    return scale
