"""Rounds, evaluations and measurements over the API."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from core import evaluations, measurements, rounds
from core.samples import SampleView
from tests.api.conftest import Caller
from tests.core.test_evaluations import new_evaluation
from tests.core.test_measurements import new_measurement
from tests.core.test_rounds import later, new_round, with_rounds
from tests.makers import make_approved, make_sample, make_user

ROUND = {"method": "deep_aging", "started_at": "2026-03-08T10:00:00+09:00", "minutes": 20, "pressure_mpa": 1}
SCORES = {
    "preparation": "heated", "scale": "1-10", "evaluated_at": "2026-03-10T14:00:00+09:00",
    "scores": {"flavor": 6, "juiciness": 5.5, "tenderness": 7, "umami": 4, "palatability": 8},
}  # fmt: skip
VALUES = {"preparation": "raw", "values": {"ph": 5.6, "l_star": 33}, "measured_at": "2026-03-10T14:00:00+09:00"}


@pytest.fixture
def staff(caller: Caller) -> Caller:
    return caller.sign_in(make_user("researcher"))


def parts_of(sample: SampleView) -> list[tuple[str, dict[str, Any]]]:
    """A new thing of each kind: its address and what to send."""
    base = f"/v1/samples/{sample.id}/rounds"
    return [
        (f"{base}/1", ROUND),
        (f"{base}/0/evaluations/{uuid4()}", SCORES),
        (f"{base}/0/measurements/{uuid4()}", VALUES),
    ]


def seen(version: int) -> dict[str, str]:
    return {"If-Match": f'"{version}"'}


def test_what_is_put_twice_is_there_once(staff: Caller) -> None:
    for address, sent in parts_of(make_approved()):
        made = staff.put(address, json=sent)
        again = staff.put(address, json=sent)
        assert (made.status_code, again.status_code) == (201, 200)
        assert again.json() == made.json() == staff.get(address.partition("/rounds")[0]).json()
        assert made.headers["etag"] == again.headers["etag"] == f'"{made.json()["version"]}"'


def test_a_round_reads_back_as_it_was_sent(staff: Caller) -> None:
    (address, sent), scored, measured = parts_of(make_approved())
    for part in (scored, measured):
        assert staff.put(part[0], json=part[1]).status_code == 201
    told = staff.put(address, json=sent).json()
    assert told["rounds"][1] | {"started_at": ""} == {
        "seq": 1, "method": "deep_aging", "started_at": "", "minutes": 20, "pressure_mpa": 1, "warnings": [],
        "photos": [], "evaluations": [], "measurements": [],
    }  # fmt: skip
    heated = told["rounds"][0]["evaluations"][-1]
    assert (heated["scores"], heated["scale"], heated["replicate"]) == (SCORES["scores"], "1-10", 1)
    assert told["rounds"][0]["measurements"][0]["values"] == VALUES["values"]


def test_a_change_names_the_version_it_was_made_on(staff: Caller) -> None:
    changes = ({"minutes": 30}, {"scores": {"umami": 3}}, {"values": {"ph": 5.9}})
    for (address, sent), change in zip(parts_of(make_approved()), changes, strict=True):
        version = staff.put(address, json=sent).json()["version"]
        conflict = staff.put(address, json=sent | change)
        assert (conflict.status_code, conflict.json()["code"]) == (409, "conflict")
        stale = staff.put(address, json=sent | change, headers=seen(version - 1))
        assert (stale.status_code, stale.json()["code"]) == (412, "stale")
        assert stale.json()["current"]["version"] == version
        (differing,) = (pair for name, pair in stale.json()["differing"].items() if name in ("minutes", "umami", "ph"))
        assert differing[1] in (30, 3, 5.9)
        changed = staff.put(address, json=sent | change, headers=seen(version))
        assert (changed.status_code, changed.headers["etag"]) == (200, f'"{version + 1}"')
        assert staff.put(address, json=sent | change, headers=seen(version)).json() == changed.json()


def test_what_is_removed_is_gone_and_cannot_be_removed_again(staff: Caller) -> None:
    for address, sent in parts_of(make_approved()):
        version = staff.put(address, json=sent).json()["version"]
        why = {"params": {"reason": "wrong sample"}} if address.endswith("/1") else {}
        assert staff.delete(address, **why).status_code == 428
        assert staff.delete(address, headers=seen(version - 1), **why).status_code == 412
        removed = staff.delete(address, headers=seen(version), **why)
        assert (removed.status_code, removed.headers["etag"]) == (200, f'"{version + 1}"')
        assert staff.delete(address, headers=seen(version + 1), **why).status_code == 404


def test_only_the_last_round_is_removed_and_with_a_reason(staff: Caller) -> None:
    sample = with_rounds(make_user("researcher"), 2)
    base = f"/v1/samples/{sample.id}/rounds"
    answer = staff.delete(f"{base}/1", headers=seen(sample.version), params={"reason": "x"})
    assert (answer.status_code, answer.json()["code"]) == (409, "not_last_round")
    unsaid = staff.delete(f"{base}/2", headers=seen(sample.version))
    assert (unsaid.status_code, unsaid.json()["errors"][0]["field"]) == (422, "reason")
    blank = staff.delete(f"{base}/2", headers=seen(sample.version), params={"reason": " "})
    assert (blank.status_code, blank.json()["errors"][0]["code"]) == (422, "missing")


def test_unusual_values_are_confirmed_by_name(staff: Caller) -> None:
    unusual = ({"minutes": 400}, {"scores": dict.fromkeys(SCORES["scores"], 5)}, {"values": {"ph": 7.5}})
    for (address, sent), change in zip(parts_of(make_approved()), unusual, strict=True):
        asked = staff.put(address, json=sent | change)
        assert (asked.status_code, asked.json()["code"]) == (422, "unconfirmed")
        said = [f"{error['field']}:{error['code']}" for error in asked.json()["errors"]]
        made = staff.put(address, json=sent | change | {"confirmed_warnings": said})
        assert made.status_code == 201


def test_each_role_writes_what_it_may(caller: Caller) -> None:
    author = make_user()
    caller.sign_in(author)
    for address, sent in parts_of(make_sample(author)):
        assert caller.put(address, json=sent).status_code == 403
    own = make_sample(author)
    fresh = SCORES | {"preparation": "raw", "scores": {"marbling": 5}, "replicate": 2}
    assert caller.put(f"/v1/samples/{own.id}/rounds/0/evaluations/{uuid4()}", json=fresh).status_code == 201
    caller.sign_in(make_user("researcher"))
    for address, sent in parts_of(make_sample(author)):
        answer = caller.put(address, json=sent)
        assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")


def existing() -> tuple[SampleView, list[str]]:
    """A sample with one thing of each kind, and the end of each one's address."""
    actor, scored, measured = make_user("researcher"), uuid4(), uuid4()
    sample = make_approved()
    rounds.add(actor, sample.id, 1, new_round())
    evaluations.write(actor, sample.id, 1, scored, new_evaluation(evaluated_at=later(1)))
    made = measurements.write(actor, sample.id, 1, measured, new_measurement(measured_at=later(1))).sample
    return made, ["1", f"1/evaluations/{scored}", f"1/measurements/{measured}"]


def test_somebody_elses_sample_is_as_unknown_as_one_that_does_not_exist(caller: Caller) -> None:
    sample, ends = existing()
    caller.sign_in(make_user())
    for end, sent in zip(ends, (ROUND, SCORES, VALUES), strict=True):
        for sample_id in (sample.id, "nonsense"):
            address = f"/v1/samples/{sample_id}/rounds/{end}"
            deleted = caller.delete(address, headers=seen(sample.version), params={"reason": "x"})
            assert (caller.put(address, json=sent).status_code, deleted.status_code) == (404, 404)


@pytest.mark.parametrize("end", ["-1", "1000", "x", "0/evaluations/x", "99/evaluations/" + str(UUID(int=1))])
def test_an_address_that_cannot_be_is_not_found(staff: Caller, end: str) -> None:
    sent = SCORES if "evaluations" in end else ROUND
    assert staff.put(f"/v1/samples/{make_approved().id}/rounds/{end}", json=sent).status_code == 404


HARD: list[Any] = [
    None, True, 0, -1, 10**400, 1e308, float("nan"), float("inf"), "", "\0", "\ud800", "x" * 3000, "0000-00-00",
    "9999-12-31T23:59:59-14:00", 10**18, "' or 1=1 --", "{0}", [], {}, [[]], {"\0": "\ud800"}, {"ph": None},
]  # fmt: skip


@pytest.mark.parametrize("value", HARD, ids=lambda value: json.dumps(value)[:20])
def test_no_value_in_any_field_is_ever_a_failure(staff: Caller, value: Any) -> None:
    sample = make_approved()
    models = (rounds.NewRound, evaluations.NewEvaluation, measurements.NewMeasurement)
    for (address, sent), model in zip(parts_of(sample), models, strict=True):
        for spot in (*model.model_fields, "\ud800"):
            body = json.dumps(sent | {spot: value})
            answer = staff.put(address, content=body, headers={"Content-Type": "application/json"})
            assert answer.status_code in (200, 201, 409, 422), (spot, answer.text)
        assert staff.get(f"/v1/samples/{sample.id}").status_code == 200
