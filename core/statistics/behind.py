"""The samples behind a mark of a chart: what a filter leaves, newest first."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import select

from core.db import transaction
from core.statistics.cohort import Cohort, N
from core.tables import Sample

MOST = 200
COLUMNS = ("id", "species", "primal_cut", "secondary_cut", "grade", "slaughtered_on", "province", "status")


@dataclass(frozen=True)
class Behind:
    """How many there are, and the newest of them: a table with the columns of COLUMNS."""

    n: N
    newest: pd.DataFrame


def behind(cohort: Cohort, most: int = MOST) -> Behind:
    samples, rows = cohort.facts.samples, cohort.rows
    newest = rows[np.argsort(-samples["received"][rows], kind="stable")][:most]
    wanted = [key.decode() for key in samples["sample_id"][newest]]
    columns: list[Any] = [getattr(Sample, name) for name in COLUMNS]
    with transaction() as session:
        found: list[Any] = list(session.execute(select(*columns).where(Sample.id.in_(wanted))))
    place = {key: n for n, key in enumerate(wanted)}
    ordered: list[Any] = sorted((tuple(row) for row in found), key=lambda row: place[row[0]])
    return Behind(cohort.n, pd.DataFrame(ordered, columns=list(COLUMNS)))
