"""What the worker does with stored photos: predicted by a stored version, always the same, and learned from."""

import json
from uuid import UUID, uuid4

import numpy as np
import pandas as pd
import pytest

from core import clock, ids, model_versions, photos, predictions, samples, storage, training_data
from core.db import transaction
from core.errors import TooFewAnimals
from core.model_versions import ModelInfo
from core.policy import Actor
from core.predictions import batches
from core.samples import SampleView
from core.tables import ModelPromotion, ModelVersion, Prediction
from core.training_runs import Training, TrainingOptions
from models import learning, predicting, registry, stored, worker
from models.measuring import UNITS
from models.predicting import WrongWeights
from models.registry import SHIPPED
from models.synthetic import draw, random_scene, to_jpeg
from tests.makers import fresh, logged, make_approved, make_user, photo_id, weights

UNSEEN = 910_000
REPORT = json.loads((SHIPPED / "report.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def shipped(servers: dict[str, str]) -> ModelInfo:
    registry.register_shipped()
    with transaction() as session:
        model = session.query(ModelVersion).filter_by(sha256=REPORT["sha256"]).one()
        session.add(ModelPromotion(model_version_id=model.id, promoted_at=clock.now()))
    return model_versions.info(model.id)


@pytest.fixture(scope="module")
def actor(servers: dict[str, str]) -> Actor:
    return make_user("researcher")


def photographed(actor: Actor, seed: int, bms: int = 6) -> SampleView:
    photo = photos.receive(actor, to_jpeg(draw(random_scene(UNSEEN + seed, bms=bms)).photo)).id
    return samples.register(actor, ids.new(), fresh(photo={"id": str(photo)})).sample


def test_the_shipped_model_is_entered_with_its_card(shipped: ModelInfo, actor: Actor) -> None:
    found = model_versions.get(actor, shipped.id)
    card = predicting.load(storage.get(found.storage_key), found.sha256).card
    assert (found.name, found.version, found.trained_on) == (card.name, card.version, card.trained_on)
    assert tuple(found.card["scores"]) == card.scores
    assert found.info.scale == card.scale
    assert found.code_version == card.code
    assert found.report["sha256"] == found.sha256


def test_a_stored_prediction_can_be_computed_again(shipped: ModelInfo, actor: Actor) -> None:
    sample = photographed(actor, 1)
    asked = {"photo_id": str(photo_id(sample)), "model_version_id": str(shipped.id), "actor_id": str(actor.id)}
    worker.predict(**asked)
    worker.predict(**asked)  # its job once more
    (known,) = predictions.of_photo(actor, photo_id(sample))
    with transaction() as session:
        row = session.get_one(Prediction, known.id)
    image = b"".join(photos.content(actor, known.photo_id, "original").chunks)
    model = predicting.load(storage.get(known.model.storage_key), known.model.sha256)
    again = predicting.predict(model, image, row.told["species"], row.told["cut"])
    assert known.grade == pytest.approx(again.grade, abs=1e-5)
    for said, kept in ((again.scores, known.scores), (again.values, known.values)):
        assert said.keys() == kept.keys()
        for name, interval in said.items():
            assert [kept[name][end] for end in ("value", "low", "high")] == pytest.approx(interval, abs=1e-5)
    assert (known.abstained, known.strangeness) == (again.abstained, pytest.approx(again.strangeness, abs=1e-5))
    assert row.embedding == pytest.approx(again.embedding, abs=1e-5)
    assert np.linalg.norm(row.embedding) == pytest.approx(1, abs=1e-5)


def test_what_is_measured_without_a_model_is_kept_with_it(shipped: ModelInfo, actor: Actor) -> None:
    lean, marbled = (photographed(actor, 10 + bms, bms) for bms in (1, 9))
    found = [stored.predict(shipped, predictions.photo(actor, photo_id(sample))).measures for sample in (lean, marbled)]
    assert set(found[1]) <= set(UNITS)
    assert found[0]["fat_share"] < found[1]["fat_share"]


def test_where_there_is_no_meat_nothing_is_measured(shipped: ModelInfo, actor: Actor) -> None:
    wall = np.full((200, 240, 3), (90, 110, 140), np.uint8)
    photo = photos.receive(actor, to_jpeg(wall)).id
    sample = samples.register(actor, ids.new(), fresh(photo={"id": str(photo)})).sample
    said = stored.predict(shipped, predictions.photo(actor, photo_id(sample)))
    assert said.measures == {}


def test_other_weights_than_those_of_the_version_are_refused(shipped: ModelInfo, actor: Actor) -> None:
    other = f"models/test-{uuid4()}"
    storage.put(other, weights(), "application/octet-stream")
    odd = ModelInfo(shipped.id, "odd", "1", shipped.sha256, other, "nothing", (1, 10))
    with pytest.raises(WrongWeights):
        stored.predict(odd, predictions.photo(actor, photo_id(make_approved())))


def test_a_batch_is_predicted_by_the_worker(shipped: ModelInfo) -> None:
    actor = make_user("researcher")
    made = [photographed(actor, 20 + n) for n in range(2)]
    asked = batches.start(actor, {"owner": "me"})
    worker.predict_batch(str(asked.id))
    found = batches.get(actor, asked.id)
    assert (found.state, found.done, found.failed, found.model.id) == ("done", 2, 0, shipped.id)
    assert [len(predictions.of_photo(actor, photo_id(sample))) for sample in made] == [1, 1]


def test_a_photo_that_is_gone_is_not_predicted(shipped: ModelInfo, actor: Actor) -> None:
    with logged() as entries:
        worker.predict(str(uuid4()), str(shipped.id), str(actor.id))
    assert [entry["event"] for entry in entries] == ["predict.gone"]


def test_the_worker_wakes_what_sleeps(shipped: ModelInfo) -> None:
    batches.start(make_user("researcher"), {"owner": "me"})
    with logged() as entries:
        worker.wake(0)
    (told,) = [entry for entry in entries if entry["event"] == "wake.done"]
    assert told["batches"] >= 1


def test_stored_photos_are_what_a_training_takes(actor: Actor) -> None:
    sample = make_approved(sex="female")
    table = training_data.read(actor)
    examples = learning.examples(table, (1, 10))
    (row,) = [n for n, photo in enumerate(examples.table["photo"]) if UUID(photo) == photo_id(sample)]
    said = examples.table.iloc[row]
    assert (said["animal"], said["species"], said["cut"], said["sex"]) == (
        sample.trace_number, "cattle", "loin", "female",
    )  # fmt: skip
    assert (said["grade"], said["bms"], said["marbling"]) == ("1+", 6, 7)
    assert examples.read(row) == b"".join(photos.content(actor, photo_id(sample), "original").chunks)
    assert (examples.scale, examples.source) == ((1, 10), "database")


def of_two_samples(actor: Actor) -> pd.DataFrame:
    own = [make_approved().id for _ in range(2)]
    table = training_data.read(actor)
    return table[table["sample_id"].isin(own)]


def test_photos_of_heated_meat_are_not_learnt_from(actor: Actor) -> None:
    raw = of_two_samples(actor)
    heated = raw.assign(preparation="heated", photo_id=[str(uuid4()) for _ in range(2)], storage_key="none")
    examples = learning.examples(pd.concat([heated, raw]).sort_values("sample_id"), (1, 10))
    assert sorted(examples.table["photo"]) == sorted(raw["photo_id"])
    for row, photo in enumerate(examples.table["photo"]):
        assert examples.read(row) == b"".join(photos.content(actor, UUID(photo), "original").chunks)


def test_too_few_animals_are_told(actor: Actor) -> None:
    table = of_two_samples(actor)
    for some in (table, table.assign(preparation="heated")):
        with pytest.raises(TooFewAnimals):
            learning.train(Training(TrainingOptions(), "1", some), lambda done, total, left, word: None)
