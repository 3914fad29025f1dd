"""What a model learns from: one row a stored photo of an approved sample, with what was found of its round."""

import gzip
import hashlib
import io
from typing import Any
from uuid import UUID, uuid4

import pandas as pd
import pytest
from sqlalchemy import text

from benchmarks.measuring import statements
from core import clock, evaluations, ids, measurements, photos, recycle_bin, rounds, samples, storage, training_data
from core.db import transaction
from core.errors import NotAllowed
from core.evaluations import NewEvaluation
from core.labels import SCORES
from core.measurements import NewMeasurement
from core.policy import Actor
from core.samples import SampleView
from core.training_data import COLUMNS
from tests.core.test_rounds import new_round
from tests.makers import fresh, jpeg, make_approved, make_sample, make_user, photo_id


@pytest.fixture
def actor() -> Actor:
    return make_user("researcher")


def rows_of(*made: SampleView, scale: str = "1-10") -> pd.DataFrame:
    table = training_data.read(None, scale=scale)
    assert tuple(table.columns) == COLUMNS
    own = table[table["sample_id"].isin([sample.id for sample in made])]
    return own.set_index("photo_id")


def taste(actor: Actor, sample: SampleView, seq: int, preparation: str, scores: dict[str, float], **more: Any) -> None:
    given = {"preparation": preparation, "scale": "1-10", "scores": scores, "evaluated_at": clock.now()}
    evaluations.write(actor, sample.id, seq, uuid4(), NewEvaluation.model_validate(given | more))


def measure(actor: Actor, sample: SampleView, preparation: str, replicate: int, **values: float) -> None:
    given = {"preparation": preparation, "replicate": replicate, "values": values, "measured_at": clock.now()}
    measurements.write(actor, sample.id, 0, uuid4(), NewMeasurement.model_validate(given))


def place(sample: SampleView, seq: int, preparation: str, actor: Actor) -> UUID:
    return photos.add(actor, sample.id, seq, preparation, jpeg(), photo_id=uuid4()).id


def test_a_photo_comes_with_its_sample_and_where_it_lies(actor: Actor) -> None:
    sample = make_approved(sex="female", grade="1++", bms=8)
    row = rows_of(sample).loc[str(photo_id(sample))]
    expected = {
        "sample_id": sample.id, "trace_number": sample.trace_number, "species": "cattle", "primal_cut": "loin",
        "secondary_cut": "ribeye_roll", "sex": "female", "grade": "1++", "bms": 8.0, "seq": 0, "preparation": "raw",
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    assert hashlib.sha256(storage.get(f"{row['storage_key']}/original")).hexdigest() == row["sha256"]
    assert len(row["perceptual_hash"]) == 16


def test_what_is_not_known_is_empty(actor: Actor) -> None:
    sample = make_approved(grade=None, bms=None, sex=None, graded_on=None)
    with transaction() as session:
        session.execute(text("delete from evaluations where sample_id = :id"), {"id": sample.id})
    row = rows_of(sample).iloc[0]
    assert row["grade"] is None
    assert row["sex"] is None
    assert row[["bms", *SCORES, "wbsf_kgf", "crude_fat"]].isna().all()
    assert (row["n_raw"], row["n_heated"]) == (0, 0)


def test_scores_are_means_over_people_and_their_replicates(actor: Actor) -> None:
    sample = make_approved()  # one person has given raw scores: marbling 7
    taste(actor, sample, 0, "raw", {"marbling": 4, "color": 8}, panelist="P1")
    taste(actor, sample, 0, "raw", {"marbling": 5}, panelist="P1", replicate=2)
    taste(actor, sample, 0, "heated", {"flavor": 6, "umami": 3}, panelist="P1")
    taste(actor, sample, 0, "heated", {"flavor": 9}, panelist="P2")
    taste(actor, sample, 0, "heated", {"tenderness": 9}, panelist="P2", day=3)  # it has ripened since
    taste(actor, sample, 0, "heated", {"flavor": 2}, panelist="P3", scale="1-9")
    row = rows_of(sample).iloc[0]
    assert row["marbling"] == (7 + (4 + 5) / 2) / 2
    assert (row["color"], row["flavor"], row["umami"]) == (6.5, 7.5, 3)
    assert pd.isna(row["tenderness"])
    assert (row["n_raw"], row["n_heated"]) == (2, 2)
    other = rows_of(sample, scale="1-9").iloc[0]
    assert (other["flavor"], other["n_raw"], other["n_heated"]) == (2, 0, 1)
    assert pd.isna(other["marbling"])


def test_values_are_means_in_the_preparation_they_are_measured_in(actor: Actor) -> None:
    heated, raw, neither = (make_approved() for _ in range(3))
    for replicate, value in enumerate((3.0, 4.0), 1):
        measure(actor, heated, "heated", replicate, wbsf_kgf=value, crude_fat=20.0)
        measure(actor, heated, "raw", replicate, wbsf_kgf=9.0, crude_fat=10.0 + replicate)
    measure(actor, raw, "raw", 1, wbsf_kgf=5.0)
    measure(actor, neither, "heated", 1, crude_fat=20.0)
    table = rows_of(heated, raw, neither).set_index("sample_id")
    assert (table.loc[heated.id, "wbsf_kgf"], table.loc[heated.id, "crude_fat"]) == (3.5, 11.5)
    assert table.loc[raw.id, "wbsf_kgf"] == 5.0
    assert table.loc[neither.id, ["wbsf_kgf", "crude_fat"]].isna().all()


def test_each_round_has_its_own_photos_and_scores(actor: Actor) -> None:
    sample = make_approved()
    rounds.add(actor, sample.id, 1, new_round())
    aged, heated = place(sample, 1, "raw", actor), place(sample, 1, "heated", actor)
    taste(actor, sample, 1, "raw", {"marbling": 3})
    taste(actor, sample, 1, "heated", {"flavor": 8})
    table = rows_of(sample)
    assert [*table.index] == [str(photo_id(sample)), str(aged), str(heated)]
    assert [*table["marbling"]] == [7, 3, 3]
    assert [*table["seq"]] == [0, 1, 1]
    assert table["flavor"].isna().tolist() == [True, False, False]
    assert [*table["preparation"]] == ["raw", "raw", "heated"]


def test_only_stored_photos_of_approved_samples_outside_the_bin(actor: Actor) -> None:
    manager = make_user("manager")
    pending, gone, awaited = (
        make_sample(make_user()),
        make_approved(),
        samples.register(actor, ids.new(), fresh()).sample,
    )
    kept, rejected = make_approved(), make_approved()
    recycle_bin.remove(manager, gone.id, gone.version, "Wrong.")
    replaced, current = photo_id(kept), place(kept, 0, "raw", actor)
    rounds.add(actor, kept.id, 1, new_round())
    removed = place(kept, 1, "raw", actor)
    rounds.remove(actor, kept.id, 1, samples.get(actor, kept.id).version, "Wrong.")
    with transaction() as session:
        session.execute(text("update samples set status = 'rejected' where id = :id"), {"id": rejected.id})
    table = rows_of(pending, gone, awaited, kept, rejected)
    assert [*table.index] == [str(current)]
    assert str(replaced) not in table.index
    assert str(removed) not in table.index


def test_however_many_rows_there_are_it_is_one_query(actor: Actor) -> None:
    for _ in range(3):
        make_approved()
    with statements() as sent:
        table = training_data.read(actor)
    assert len(table) >= 3
    assert len([one for one in sent if "select" in one.lower()]) == 1


def test_without_photos_it_is_an_empty_table(monkeypatch: pytest.MonkeyPatch) -> None:
    query = training_data._query("1-10").where(text("false"))
    monkeypatch.setattr(training_data, "_query", lambda scale: query)
    table = training_data.read(None)
    assert (len(table), tuple(table.columns)) == (0, COLUMNS)
    assert table["marbling"].dtype == float


def test_only_who_may_train_reads_it() -> None:
    with pytest.raises(NotAllowed):
        training_data.read(make_user())


def test_a_table_is_kept_as_it_was_read(actor: Actor) -> None:
    first, second = make_approved(), make_approved()
    table = rows_of(first, second).reset_index()
    kept = training_data.keep(table, "1-10")
    counts = {name: kept[name] for name in ("photos", "samples", "animals", "scale")}
    assert counts == {"photos": 2, "samples": 2, "animals": 2, "scale": "1-10"}
    plain = gzip.decompress(storage.get(kept["storage_key"]))
    assert hashlib.sha256(plain).hexdigest() == kept["sha256"]
    again = pd.read_csv(io.BytesIO(plain), dtype={"trace_number": str})
    assert [*again["trace_number"]] == [*table["trace_number"]]
    assert [*again["marbling"]] == [*table["marbling"]]
    assert training_data.keep(table, "1-10")["storage_key"] == kept["storage_key"]
