"""A model of the approved samples: what the worker does with a training."""

import pandas as pd

from core import storage
from core.errors import TooFewAnimals
from core.labels import scale_ends
from core.training_runs import TRAINED_ON, Report, Trained, Training
from models.training import Options
from models.training import train as train_model
from models.training.examples import NUMBERS, Examples
from models.training.splits import TooFew
from models.version import code_version


def train(training: Training, report: Report) -> Trained:
    """A model of the photos of the table.

    Raises:
        TooFewAnimals: there are too few to learn from, and to measure what was learned.
    """
    asked = training.options
    options = Options(
        name=asked.name, version=training.version, seed=asked.seed, epochs=asked.epochs, side=asked.side
    )  # fmt: skip
    try:
        made = train_model(examples(training.table, scale_ends(asked.scale)), options, report)
    except TooFew as error:
        raise TooFewAnimals from error
    return Trained(made.weights, made.report, code_version())


def examples(table: pd.DataFrame, scale: tuple[float, float]) -> Examples:
    """The photos of raw meat in what `core.training_data.read` gives; they are read from S3 as they are needed."""
    raw = table[table["preparation"] == "raw"].reset_index(drop=True)  # heated meat shows nothing of its grade
    keys = raw["storage_key"].tolist()
    named = raw.rename(columns={"photo_id": "photo", "trace_number": "animal", "primal_cut": "cut"})
    columns = ["photo", "animal", "species", "cut", "sex", "grade", *NUMBERS]
    return Examples(named[columns], lambda row: storage.get(f"{keys[row]}/original"), scale, TRAINED_ON)
