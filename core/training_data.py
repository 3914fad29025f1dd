"""What a model can learn from: photos of approved samples with what people and instruments found."""

import gzip
import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Select, select, text

from core import clock, labels, storage
from core.db import engine
from core.labels import MEASURED_IN, SCORES
from core.policy import Actor, require
from core.tables import Evaluation, Measurement, Photo, Sample

PREFIX = "models/data/"
OF_PHOTO = {"id": "photo_id"} | {
    name: name for name in ("sample_id", "storage_key", "sha256", "perceptual_hash", "seq", "preparation")
}
OF_SAMPLE = ("trace_number", "species", "primal_cut", "secondary_cut", "sex", "grade", "bms")
COUNTS = ("n_raw", "n_heated")
NUMBERS = ("bms", *SCORES, *MEASURED_IN)
COLUMNS = (*OF_PHOTO.values(), *OF_SAMPLE, *SCORES, *COUNTS, *MEASURED_IN)
AT_ONCE = 20_000


def read(actor: Actor | None, *, scale: str = "1-10") -> pd.DataFrame:
    """One row a stored photo of an approved sample that is not in the bin, by sample, round and preparation.

    Columns: photo_id (text), sample_id, storage_key, sha256, perceptual_hash, seq, preparation; trace_number, species,
    primal_cut, secondary_cut, sex, grade (None where not known), bms; marbling to palatability: means over people of
    that round, on one scale, heated ones on the row of the raw photo too; n_raw, n_heated: how many people they are of;
    wbsf_kgf (kgf), crude_fat (%). Numbers are NaN where not known.

    Args:
        actor: None where the operator of the machine asks.
    """
    if actor is not None:
        require(actor, "model.train")
    parts = [_table([])]
    with engine().connect() as connection:
        connection.execute(text("set local statement_timeout = 0"))
        streamed = connection.execution_options(stream_results=True).execute(_query(scale))
        parts += [_table(rows) for rows in streamed.partitions(AT_ONCE)]
    table = pd.concat(parts, ignore_index=True)
    table["photo_id"] = table["photo_id"].astype(str)
    numbers = dict.fromkeys(NUMBERS, np.float64) | dict.fromkeys(("seq", *COUNTS), np.int64)
    return table.fillna(dict.fromkeys(COUNTS, 0)).astype(numbers)


def keep(table: pd.DataFrame, scale: str) -> dict[str, Any]:
    """Keeps a table in S3, so that a training can be done again, and says what is in it and where it lies."""
    plain = table.to_csv(index=False).encode()
    sha256 = hashlib.sha256(plain).hexdigest()
    key = f"{PREFIX}{sha256}.csv.gz"
    storage.put_once(key, gzip.compress(plain, mtime=0), "application/gzip")
    counts = {"photos": len(table), "samples": table["sample_id"].nunique(), "animals": table["trace_number"].nunique()}
    return counts | {"scale": scale, "sha256": sha256, "storage_key": key, "read_at": clock.now().isoformat()}


def _table(rows: Sequence[Any]) -> pd.DataFrame:
    return pd.DataFrame(list(map(tuple, rows)), columns=list(COLUMNS), dtype=object)


def _query(scale: str) -> Select[Any]:
    scored = labels.scores(scale, _approved(Evaluation))
    valued = labels.values(_approved(Measurement))
    return (
        select(
            *(getattr(Photo, name) for name in OF_PHOTO),
            *(getattr(Sample, name) for name in OF_SAMPLE),
            *(scored.c[name] for name in (*SCORES, *COUNTS)),
            *(valued.c[name] for name in MEASURED_IN),
        )
        .join(Sample, Sample.id == Photo.sample_id)
        .outerjoin(scored, (scored.c.sample_id == Photo.sample_id) & (scored.c.seq == Photo.seq))
        .outerjoin(valued, (valued.c.sample_id == Photo.sample_id) & (valued.c.seq == Photo.seq))
        .where(Photo.state == "stored", Photo.seq >= 0, Sample.status == "approved", Sample.deleted_at.is_(None))
        .order_by(Photo.sample_id, Photo.seq, Photo.preparation.desc())
    )


def _approved(table: type[Evaluation] | type[Measurement]) -> Any:
    return table.sample_id.in_(select(Sample.id).where(Sample.status == "approved", Sample.deleted_at.is_(None)))
