"""Model versions: weights entered once and never overwritten; one live at a time, dated, and back again."""

import hashlib
import json
import threading
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from safetensors.numpy import save

from core import clock, model_versions, storage
from core.db import transaction
from core.errors import BadInput, NoLiveModel, NotAllowed, NotFound
from core.model_versions import ModelView, files, new, views
from core.policy import Actor
from core.tables import AuditEvent, ModelPromotion
from core.tables import ModelVersion as Row
from tests.makers import make_live_model, make_user, weights

REPORT = {"grade": {"accuracy": {"value": 0.75, "low": 0.7, "high": 0.8}}, "scores": {}}


@pytest.fixture
def researcher() -> Actor:
    return make_user("researcher")


@pytest.fixture
def manager() -> Actor:
    return make_user("manager")


def about(**changes: Any) -> dict[str, Any]:
    usual = {"name": "own", "version": uuid4().hex[:12], "trained_on": "folder", "report": REPORT}
    return usual | changes


def registered(actor: Actor, file: bytes | None = None, **changes: Any) -> ModelView:
    return model_versions.register(actor, file or weights(scale=[1, 5]), **about(**changes))


def findings(refused: pytest.ExceptionInfo[BadInput]) -> list[tuple[str, str]]:
    return [(finding.field, finding.code) for finding in refused.value.findings]


def promotions_of(model_id: UUID) -> int:
    with transaction() as session:
        return session.query(ModelPromotion).filter_by(model_version_id=model_id).count()


def test_a_version_keeps_all_that_was_said_of_it(researcher: Actor) -> None:
    file = weights(scale=[1, 5], code="abc123")
    snapshot = {"photos": 1500, "sha256": "00"}
    made = registered(researcher, file, data_snapshot=snapshot)
    assert made == model_versions.get(researcher, made.id)
    assert made.sha256 == hashlib.sha256(file).hexdigest()
    assert (made.card, made.code_version) == ({"scale": [1, 5], "code": "abc123"}, "abc123")
    assert (made.report, made.data_snapshot, made.trained_on) == (REPORT, snapshot, "folder")
    assert (made.created_by, made.created_by_name, made.is_live) == (researcher.id, researcher.name, False)
    assert made.info == model_versions.info(made.id)
    assert made.info.scale == (1.0, 5.0)
    assert storage.get(made.storage_key) == file
    assert made.storage_key == f"models/{made.sha256}.safetensors"
    with transaction() as session:
        assert session.query(AuditEvent).filter_by(subject_id=str(made.id), action="model.register").count() == 1


def test_the_same_weights_are_the_same_version(researcher: Actor) -> None:
    file = weights()
    first = registered(researcher, file)
    assert registered(make_user("manager"), file, name="other") == first
    with pytest.raises(BadInput) as refused:
        registered(researcher, name=first.name, version=first.version)
    assert findings(refused) == [("version", "version_taken")]


def test_the_same_weights_at_once_are_one_version(researcher: Actor) -> None:
    file, said, found = weights(), about(), list[ModelView]()
    threads = [
        threading.Thread(target=lambda: found.append(model_versions.register(researcher, file, **said)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len({one.id for one in found}) == 1


def test_weights_that_are_stored_already_are_not_written_again(researcher: Actor) -> None:
    """As after a process that died between S3 and the database."""
    file = weights()
    sha256, key = files.put(file)
    before = storage.client().head_object(Bucket="meatlab", Key=key)["LastModified"]
    made = registered(researcher, file)
    assert (made.sha256, made.storage_key) == (sha256, key)
    assert storage.client().head_object(Bucket="meatlab", Key=key)["LastModified"] == before
    assert not storage.put_once(key, b"other", "application/octet-stream")
    assert storage.get(key) == file


def test_an_object_is_written_once_however_many_write_it() -> None:
    key, written = f"models/test-{uuid4()}", list[bool]()
    sent = [bytes([n]) * 100_000 for n in range(6)]
    threads = [
        threading.Thread(target=lambda data=data: written.append(storage.put_once(key, data, "text/plain")))
        for data in sent
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(written) == 1
    assert storage.get(key) in sent


NO_WEIGHTS = {
    "empty": b"",
    "short": b"\x02\0\0\0\0\0\0\0{",
    "no header": b"\xff" * 64,
    "a pickle": b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00cos\nsystem\n",
    "a zip": b"PK\x03\x04" + b"\0" * 60,
    "no tensors": (2).to_bytes(8, "little") + b"{}",
    "no JSON": (4).to_bytes(8, "little") + b"{{{{" + b"\0" * 8,
    "a list": (2).to_bytes(8, "little") + b"[]",
    "nested": (4000).to_bytes(8, "little") + b"[" * 4000 + b"\0" * 8,
    "cut off": save({"a": np.zeros(4, np.float32)})[:-1],
    "too long": save({"a": np.zeros(4, np.float32)}) + b"\0",
}


@pytest.mark.parametrize("file", NO_WEIGHTS.values(), ids=NO_WEIGHTS)
def test_only_safetensors_are_taken(researcher: Actor, file: bytes) -> None:
    with pytest.raises(BadInput) as refused:
        model_versions.register(researcher, file, **about())
    assert findings(refused) == [("weights", "not_weights")]


def test_too_large_files_are_not_taken(researcher: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST", 50)
    with pytest.raises(BadInput) as refused:
        registered(researcher)
    assert findings(refused) == [("weights", "file_too_large")]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"), ({"version": "x" * 201}, "version"), ({"trained_on": None}, "trained_on"),
        ({"report": []}, "report"), ({"report": {"a": "\0"}}, "report"), ({"report": {"a": object()}}, "report"),
        ({"report": {"a": "\ud800"}}, "report"), ({"report": {"a": "x" * (5 * 1024**2)}}, "report"),
        ({"card": {"scale": "x"}}, "card"), ({"card": {"scale": [5, 1]}}, "card"), ({"card": {"scale": 3}}, "card"),
        ({"card": {"scale": [[], {}]}}, "card"), ({"card": "x"}, "card"), ({"data_snapshot": [1]}, "data_snapshot"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_by_field(researcher: Actor, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        registered(researcher, **changes)
    assert [found.partition(".")[0] for found, _ in findings(refused)] == [field]


def test_numbers_that_are_none_become_null(researcher: Actor) -> None:
    odd = {"r2": float("nan"), "list": [1.5, float("inf"), {"low": -float("inf")}], "n": (1, 2)}
    made = registered(researcher, report=odd)
    assert made.report == {"r2": None, "list": [1.5, None, {"low": None}], "n": [1, 2]}
    assert json.dumps(made.report, allow_nan=False)


def test_a_promoted_version_is_live_from_then_on(manager: Actor, researcher: Actor) -> None:
    first, second = registered(researcher), registered(researcher)
    assert model_versions.promote(manager, first.id, "Better by 3 points.").is_live
    assert model_versions.live(researcher).id == first.id
    promoted = model_versions.promote(manager, second.id)
    assert promoted == model_versions.live(researcher) == model_versions.get(researcher, second.id)
    assert not model_versions.get(researcher, first.id).is_live
    newest, before = model_versions.promotions(researcher)[:2]
    assert (newest.model.id, newest.by_name, newest.reason) == (second.id, manager.name, None)
    assert (before.model.id, before.by_name, before.reason) == (first.id, manager.name, "Better by 3 points.")
    assert newest.at > before.at
    listed = model_versions.browse(researcher)
    assert [one.id for one in listed[:2]] == [second.id, first.id]
    assert [one.is_live for one in listed[:2]] == [True, False]
    with transaction() as session:
        event = session.query(AuditEvent).filter_by(subject_id=str(second.id), action="model.promote").one()
        assert (event.before, event.after) == ({"live": str(first.id)}, {"live": str(second.id)})


def test_promoting_the_live_one_again_changes_nothing(manager: Actor, researcher: Actor) -> None:
    made = registered(researcher)
    assert model_versions.promote(manager, made.id) == model_versions.promote(manager, made.id, "Again.")
    assert promotions_of(made.id) == 1


def test_promoting_at_once_is_one_promotion(manager: Actor, researcher: Actor) -> None:
    made, found = registered(researcher), list[ModelView]()
    threads = [
        threading.Thread(target=lambda: found.append(model_versions.promote(manager, made.id))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert promotions_of(made.id) == 1


def test_a_clock_that_goes_after_does_not_change_what_is_live(manager: Actor, researcher: Actor) -> None:
    first, second = registered(researcher), registered(researcher)
    model_versions.promote(manager, first.id)
    with clock.at(clock.now() - timedelta(minutes=3)):
        model_versions.promote(manager, second.id)
    assert model_versions.live(researcher).id == second.id


def test_one_step_back_however_often_it_is_clicked(manager: Actor, researcher: Actor) -> None:
    good, bad = registered(researcher), registered(researcher)
    model_versions.promote(manager, good.id)
    model_versions.promote(manager, bad.id)
    for _ in range(2):
        assert model_versions.roll_back(manager, bad.id, "It overrates.").id == good.id
    assert model_versions.live(researcher).id == good.id
    assert promotions_of(good.id) == 2
    assert model_versions.promotions(researcher)[0].reason == "It overrates."
    assert model_versions.roll_back(manager).id == bad.id  # what was live before this one


def test_what_does_not_exist_does_not_become_live(manager: Actor) -> None:
    with pytest.raises(NotFound):
        model_versions.promote(manager, uuid4())


def test_without_a_promotion_nothing_is_live(researcher: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "last_promotion", lambda session: None)
    with pytest.raises(NoLiveModel):
        model_versions.live(researcher)


def test_only_staff_see_versions_and_only_managers_choose(researcher: Actor) -> None:
    normal, made = make_user(), registered(researcher)
    for refused in (
        lambda: model_versions.browse(normal),
        lambda: model_versions.get(normal, made.id),
        lambda: model_versions.live(normal),
        lambda: model_versions.promotions(normal),
        lambda: registered(normal),
        lambda: model_versions.promote(researcher, made.id),
        lambda: model_versions.roll_back(researcher),
    ):
        with pytest.raises(NotAllowed):
            refused()
    with pytest.raises(NotFound):
        model_versions.get(researcher, uuid4())
    for reason in ("x" * 2001, "a\0b"):
        with pytest.raises(BadInput):
            model_versions.promote(make_user("manager"), made.id, reason)
    assert promotions_of(made.id) == 0


def test_the_shipped_model_is_entered_once_and_displaces_nobody(manager: Actor) -> None:
    live, file, said = make_live_model(), weights(), about(name="shipped")
    for _ in range(2):
        model_versions.register_shipped(file, said)
    assert model_versions.live(manager).id == live
    with transaction() as session:
        row = session.query(Row).filter_by(sha256=hashlib.sha256(file).hexdigest()).one()
        assert (row.created_by, promotions_of(row.id)) == (None, 0)


def test_a_newer_shipped_model_takes_the_place_of_an_older_that_nobody_chose(
    manager: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_live_model()
    monkeypatch.setattr(new, "last_promotion", lambda session: None)  # as on an empty database
    model_versions.register_shipped(weights(), about(name="shipped"))
    monkeypatch.undo()
    older = model_versions.live(manager)
    assert model_versions.promotions(manager)[0].by_name is None
    model_versions.register_shipped(weights(), about(name="shipped"))
    newer = model_versions.live(manager)
    assert newer.id != older.id
    assert newer.created_by is None
    model_versions.promote(manager, older.id)  # now somebody has chosen
    model_versions.register_shipped(weights(), about(name="shipped"))
    assert model_versions.live(manager).id == older.id
