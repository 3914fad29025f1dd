"""Classical learning beside a network: it copes with measures that no photo to learn from has."""

import numpy as np
import pandas as pd

from models.training import baselines
from models.training.examples import Task


def test_a_measure_that_no_photo_to_learn_from_has_counts_for_nothing() -> None:
    rng = np.random.default_rng(1)
    features = rng.normal(size=(80, 3))
    marbling = 3 + features[:, 0]
    features[:60, 1] = np.nan
    marbling[:20], features[20:60, 2] = np.nan, np.nan  # and one that only photos without a score have
    table = pd.DataFrame({"marbling": marbling, "grade": ["1" if each > 0 else "2" for each in features[:, 0]]})
    table["species"], table["cut"] = "cattle", None
    task = Task(("1", "2"), {"cattle": ("1", "2")}, ("marbling",), (3.0,), (1.0,), ("cattle",))
    found = baselines.all_of(task, table, features, np.arange(60))
    assert np.corrcoef(found["marbling"]["features"][60:], marbling[60:])[0, 1] > 0.7
    assert (found["grade"]["features"][60:] == task.grades(table)[60:]).mean() > 0.8
