"""A training from photos to a file: it learns what can be seen, says nothing of what cannot, and can be repeated."""

import hashlib
from typing import Any

import numpy as np
import pytest

from models import modelfile, predicting
from models.training import Options, Trained, train
from models.training.evaluating import evaluate
from models.training.examples import Examples
from models.training.splits import TooFew
from tests.models.training.pictures import examples, picture

QUICK = Options(version="1", side=64, epochs=8, batch=16, views=2)


def quiet(*_: Any) -> None:
    pass


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train(examples(160), QUICK, quiet)


def test_it_learns_what_can_be_seen(trained: Trained) -> None:
    marbling = trained.report["scores"]["marbling"]
    assert marbling["r2"]["value"] > 0.6
    assert marbling["r2"]["low"] > marbling["baselines"]["mean"]["r2"]["high"]
    assert trained.report["grade"]["kappa"]["value"] > 0.6
    assert marbling["answers"]


def test_it_says_nothing_of_what_cannot_be_seen(trained: Trained) -> None:
    model = predicting.load(trained.weights, trained.report["sha256"])
    said = predicting.predict(model, picture(0.9, 5))
    assert said.abstained == {"flavor": "no_better"}
    assert set(said.scores) == {"marbling"}
    value, low, high = said.scores["marbling"]
    assert 1 <= low <= value <= high <= 5
    assert value > 3


def test_the_file_holds_what_the_report_was_written_of(trained: Trained) -> None:
    assert hashlib.sha256(trained.weights).hexdigest() == trained.report["sha256"]
    assert len(trained.weights) < 10_000_000
    whole = modelfile.from_bytes(trained.weights)
    assert modelfile.to_bytes(whole) == trained.weights
    data = trained.report["data"]
    assert data["train"] + data["calibration"] + data["test"] == data["photos"] == whole.card.photos == 160


def test_it_is_measured_on_what_other_photos_say(trained: Trained) -> None:
    """Without grades, and of flavour alone: beside the mean that it knows, for nothing is fitted to these photos."""
    model, seen = predicting.load(trained.weights, trained.report["sha256"]), examples(40, seed=2)
    told = seen.table.assign(grade=None, marbling=np.nan)
    found = evaluate(model, Examples(told, seen.read, seen.scale, seen.source), quiet)
    assert "grade" not in found
    assert {name: set(part["baselines"]) for name, part in found["scores"].items()} == {"flavor": {"mean"}}
    assert set(evaluate(model, seen, quiet)["grade"]["baselines"]) == {"majority"}
    assert set(trained.report["grade"]["baselines"]) == {"majority", "features"}


def test_a_training_that_was_stopped_goes_on_to_the_same_model(tmp_path: Any) -> None:
    short = Options(version="1", side=32, epochs=2, batch=16, views=1)
    seen = examples(50)
    straight = train(seen, short, quiet)

    def stop(done: int, total: int, left: float | None, word: str) -> None:
        if word == "learning" and done == total // 2 + 1:
            raise KeyboardInterrupt

    checkpoint = tmp_path / "checkpoint.pt"
    with pytest.raises(KeyboardInterrupt):
        train(seen, short, stop, checkpoint)
    assert checkpoint.exists()
    again = train(seen, short, quiet, checkpoint)
    assert again.report["losses"] == straight.report["losses"]
    assert again.weights == straight.weights


def test_what_is_no_picture_is_left_out_and_named() -> None:
    seen = examples(50)
    broken = type(seen)(seen.table, lambda row: b"no picture" if row == 7 else seen.read(row), seen.scale, seen.source)
    report = train(broken, Options(version="1", side=32, epochs=1, views=1), quiet).report
    assert report["data"]["photos"] == 49
    assert report["left_out"] == ["7.jpg: no picture can be read"]


def test_too_few_animals_are_refused_by_number() -> None:
    with pytest.raises(TooFew, match="at least 20 animals; there are "):
        train(examples(40, photos_of_an_animal=4), Options(side=32), quiet)


def test_time_left_is_said() -> None:
    said: list[float | None] = []
    train(examples(40), Options(version="1", side=32, epochs=1, views=1), lambda *told: said.append(told[2]))
    assert said[0] is None
    assert np.isfinite([each for each in said if each is not None]).all()
