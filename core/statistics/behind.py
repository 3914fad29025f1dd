"""The samples behind a mark of a chart: what a filter leaves, newest first."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import select

from core.db import transaction
from core.statistics.cohort import Array, Cohort, N, count_distinct
from core.statistics.facts import Facts
from core.tables import Sample

MOST = 200
COLUMNS = ("id", "species", "primal_cut", "secondary_cut", "grade", "slaughtered_on", "province", "status")


@dataclass(frozen=True)
class Behind:
    """How many there are, and the newest of them: a table with the columns of COLUMNS."""

    n: N
    newest: pd.DataFrame


def behind(cohort: Cohort, ids: Array | None = None, most: int = MOST) -> Behind:
    """Those that a cohort leaves; or, whatever it leaves, those with some ids."""
    samples, rows = cohort.facts.samples, cohort.rows if ids is None else rows_of(cohort.facts, ids)
    newest = rows[np.argsort(-samples["received"][rows], kind="stable")][:most]
    wanted = [key.decode() for key in samples["sample_id"][newest]]
    columns: list[Any] = [getattr(Sample, name) for name in COLUMNS]
    with transaction() as session:
        found: list[Any] = list(session.execute(select(*columns).where(Sample.id.in_(wanted))))
    place = {key: n for n, key in enumerate(wanted)}
    ordered: list[Any] = sorted((tuple(row) for row in found), key=lambda row: place[row[0]])
    n = N(count_distinct(samples["animal"][rows], cohort.facts.animals), len(rows))
    return Behind(n, pd.DataFrame(ordered, columns=list(COLUMNS)))


def rows_of(facts: Facts, ids: Array) -> Array:
    """The rows of the samples with some ids (bytes, as the facts hold them), without those that are gone."""
    read, first = facts.read["samples"]["sample_id"], len(facts.snapshot.tables["samples"]["sample_id"])
    rows = np.append(facts.snapshot.rows_of(ids), first + np.flatnonzero(np.isin(read, ids)))
    return rows[facts.alive[rows]]
