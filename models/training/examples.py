"""What a training learns from: photos with what people know of them, from a folder, the database or the generator."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

GRADES = ("1++", "1+", "1", "2", "3", "off")  # best first
RAW = ("marbling", "color", "texture", "surface_moisture", "overall")
HEATED = ("flavor", "juiciness", "tenderness", "umami", "palatability")
SCORES = RAW + HEATED
VALUES = ("bms", "wbsf_kgf", "crude_fat")
NUMBERS = SCORES + VALUES
FEWEST = 30  # photos that a target needs to be learnt at all


@dataclass(frozen=True)
class Examples:
    """n photos.

    ``table`` has one row a photo: `photo` (name or id), `animal`, `species`, `cut`, `sex`, `grade` (None where not
    known) and NUMBERS (NaN where not known; scores on ``scale``). ``read`` gives the bytes of the photo in a row.
    """

    table: pd.DataFrame
    read: Callable[[int], bytes]
    scale: tuple[float, float]
    source: str  # what the card says it was trained on
    left_out: tuple[str, ...] = ()  # one line for each row that could not be used, and why

    def __len__(self) -> int:
        return len(self.table)


@dataclass(frozen=True)
class Task:
    """What a model is asked: the grades that occur, of which species; the numbers, with mean and deviation; what it
    may be told beside the photo."""

    classes: tuple[str, ...]
    classes_of: dict[str, tuple[str, ...]]
    numbers: tuple[str, ...]
    mean: tuple[float, ...]
    spread: tuple[float, ...]
    known: tuple[str, ...]

    def grades(self, table: pd.DataFrame) -> NDArray[np.int64]:
        """The class number of each row's grade, -1 where it has none."""
        place = {grade: number for number, grade in enumerate(self.classes)}
        return np.array([place.get(grade, -1) for grade in table["grade"]], np.int64)

    def allowed(self, species: Sequence[str]) -> NDArray[np.bool_]:
        """Which grades each photo's species has (n, classes); all where the species is not known."""
        rows = [self.classes_of.get(each, self.classes) for each in species]
        return np.array([[grade in row for grade in self.classes] for row in rows], bool).reshape(len(rows), -1)

    def standardised(self, table: pd.DataFrame) -> NDArray[np.float32]:
        """The numbers (n, numbers) in deviations from their means; NaN where not known."""
        values = table[list(self.numbers)].to_numpy(np.float64)
        return ((values - np.array(self.mean)) / np.array(self.spread)).astype(np.float32).reshape(len(table), -1)

    def told(self, table: pd.DataFrame) -> NDArray[np.float32]:
        """1 for what is known of each photo (n, known)."""
        said = table[["species", "cut"]].to_numpy(object)
        return np.array([[word in row for word in self.known] for row in said], np.float32).reshape(len(table), -1)


def task_of(table: pd.DataFrame) -> Task:
    """What can be learnt from these rows: every grade, and every number that enough photos have and that varies."""
    classes = tuple(grade for grade in GRADES if (table["grade"] == grade).any())
    of_species = {
        str(species): tuple(grade for grade in classes if (rows["grade"] == grade).any())
        for species, rows in table.groupby("species")
    }
    counted = table[list(NUMBERS)].notna().sum()
    spread = table[list(NUMBERS)].std(ddof=0)
    numbers = tuple(name for name in NUMBERS if counted[name] >= FEWEST and spread[name] > 0)
    known = sorted({str(word) for column in ("species", "cut") for word in table[column].dropna()})
    return Task(
        classes if len(classes) > 1 else (), of_species, numbers,
        tuple(float(table[name].mean()) for name in numbers), tuple(float(spread[name]) for name in numbers),
        tuple(known),
    )  # fmt: skip
