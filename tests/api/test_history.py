"""The history over HTTP."""

import pytest

from core import ids, recycle_bin, samples
from core.policy import ROLES
from core.samples import SampleChange
from tests.api.conftest import Caller
from tests.makers import make_approved, make_sample, make_user


def test_a_sample_tells_who_changed_what(caller: Caller) -> None:
    staff, sample = make_user("researcher"), make_approved()
    samples.edit(staff, sample.id, sample.version, SampleChange(sex="female"))
    caller.sign_in(staff)
    items = caller.get(f"/v1/samples/{sample.id}/history").json()["items"]
    assert [item["position"] for item in items] == list(range(1, len(items) + 1))
    last = items[-1]
    assert (last["action"], last["actor"], last["role"]) == ("sample.edit", staff.name, "researcher")
    assert last["changes"] == [{"field": "sex", "before": "castrated", "after": "female"}]
    only = caller.get(f"/v1/samples/{sample.id}/history", params={"field": "sex"}).json()["items"]
    assert [item["changes"] for item in only] == [[{"field": "sex", "after": "castrated"}], last["changes"]]


@pytest.mark.parametrize("role", ROLES)
def test_who_may_read_it(caller: Caller, role: str) -> None:
    actor = make_user(role)
    own, foreign = make_sample(actor), make_approved()
    caller.sign_in(actor)
    for sample in (own, foreign):
        status = caller.get(f"/v1/samples/{sample.id}/history").status_code
        assert status == (403 if role == "normal" else 200)


def test_what_is_not_there_has_no_history(caller: Caller) -> None:
    manager, sample = make_user("manager"), make_approved()
    recycle_bin.remove(manager, sample.id, sample.version, "x")
    caller.sign_in(manager)
    for sample_id in (sample.id, ids.new(), "nonsense"):
        assert caller.get(f"/v1/samples/{sample_id}/history").status_code == 404
