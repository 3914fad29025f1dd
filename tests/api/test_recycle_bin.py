"""The recycle bin over HTTP."""

from typing import Any
from uuid import uuid4

import pytest

from core import ids, photos, recycle_bin, rounds, samples
from core.policy import ROLES
from core.samples import SampleView
from tests.api.conftest import Caller
from tests.core.test_recycle_bin import add_round
from tests.makers import jpeg, make_approved, make_sample, make_user, photo_id

WHY = {"reason": "중복 등록"}


@pytest.fixture
def staff(caller: Caller) -> Caller:
    return caller.sign_in(make_user("researcher"))


def delete(caller: Caller, sample: SampleView, version: int | None = None) -> Any:
    seen = {"If-Match": f'"{version or sample.version}"'}
    return caller.delete(f"/v1/samples/{sample.id}", params=WHY, headers=seen)


def of_bin(caller: Caller, sample_id: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor: dict[str, Any] = {}
    while True:
        page = caller.get("/v1/bin", params={"limit": 200} | cursor).json()
        items += [item for item in page["items"] if item["sample_id"] == sample_id]
        if "next_cursor" not in page:
            return items
        cursor = {"cursor": page["next_cursor"]}


def test_a_sample_goes_and_comes_back_as_the_very_same_bytes(staff: Caller) -> None:
    sample = make_approved()
    address, picture = f"/v1/samples/{sample.id}", photo_id(sample)
    before = staff.get(address)
    for _ in range(2):
        gone = delete(staff, sample)
        assert (gone.status_code, gone.json()["sample_id"]) == (200, sample.id)
    assert staff.get(address).status_code == 404
    assert staff.get(f"/v1/photos/{picture}/content").status_code == 404
    assert staff.get(f"{address}/history").status_code == 404
    (item,) = of_bin(staff, sample.id)
    assert (item["round_key"], item["reason"], item["days_left"], item["photo_id"]) == (
        0,
        *WHY.values(),
        30,
        str(picture),
    )
    shown = staff.get(f"/v1/bin/photos/{picture}/content", params={"size": "256"})
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    held = {"If-None-Match": shown.headers["etag"]}
    assert staff.get(f"/v1/bin/photos/{picture}/content", params={"size": "256"}, headers=held).status_code == 304
    for _ in range(2):
        restored = staff.post(f"{address}/restoration")
        assert (restored.status_code, restored.headers["etag"]) == (200, before.headers["etag"])
    after = staff.get(address)
    assert after.content == before.content == restored.content
    assert staff.get(f"/v1/bin/photos/{picture}/content").status_code == 404


def test_removing_asks_for_the_version_and_a_reason(staff: Caller) -> None:
    sample = make_approved()
    address = f"/v1/samples/{sample.id}"
    assert staff.delete(address, params=WHY).status_code == 428
    stale = delete(staff, sample, 1)
    assert (stale.status_code, stale.json()["current_version"]) == (412, sample.version)
    for reason in ("", "  ", "x" * 2001, "a\x07b"):
        refused = staff.delete(address, params={"reason": reason}, headers={"If-Match": f'"{sample.version}"'})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "reason")
    assert samples.get(make_user("manager"), sample.id) is not None


def test_a_manager_ends_a_sample_for_good(caller: Caller) -> None:
    sample = make_approved()
    caller.sign_in(make_user("manager"))
    address = f"/v1/bin/{sample.id}"
    assert caller.delete(address, params=WHY).status_code == 404  # not in the bin
    delete(caller, sample)
    assert caller.delete(address).status_code == 422
    for _ in range(2):
        assert caller.delete(address, params=WHY).status_code == 204
    assert caller.post(f"/v1/samples/{sample.id}/restoration").status_code == 404


def test_a_round_comes_back_over_http(staff: Caller) -> None:
    actor, sample = make_user("researcher"), make_approved()
    add_round(actor, sample.id, 1)
    photos.add(actor, sample.id, 1, "raw", jpeg(), photo_id=uuid4())
    before = samples.get(actor, sample.id)
    rounds.remove(actor, sample.id, 1, before.version, "잘못 잼")
    recycle_bin.remove(actor, sample.id, before.version + 1, "중복")
    address = f"/v1/samples/{sample.id}/rounds/-1/restoration"
    refused = staff.post(address)
    assert (refused.status_code, refused.json()["code"]) == (409, "sample_in_bin")
    for _ in range(2):
        restored = staff.post(address, json={"with_sample": True})
        assert restored.status_code == 200
        assert [part["seq"] for part in restored.json()["rounds"]] == [0, 1]
        assert restored.json()["rounds"][1]["photos"][0]["state"] == "stored"
    for nonsense in ("0", "x", "-2", "-99999999999"):
        assert staff.post(f"/v1/samples/{sample.id}/rounds/{nonsense}/restoration").status_code == 404


def test_the_bins_pages_and_wrong_cursors(staff: Caller) -> None:
    for _ in range(3):
        assert delete(staff, make_approved()).status_code == 200
    first = staff.get("/v1/bin", params={"limit": 2}).json()
    second = staff.get("/v1/bin", params={"limit": 1, "cursor": first["next_cursor"]}).json()
    assert len(first["items"]) == 2
    assert second["items"][0] not in first["items"]
    assert second["items"][0]["deleted_at"] <= first["items"][1]["deleted_at"]
    wrong = staff.get("/v1/bin", params={"cursor": "x"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "cursor")


@pytest.mark.parametrize("role", ROLES)
def test_each_role_reaches_what_permissions_say(caller: Caller, role: str) -> None:
    caller.sign_in(make_user(role))
    foreign, mine = make_approved(), make_user("researcher")
    removed = make_approved()
    recycle_bin.remove(mine, removed.id, removed.version, "x")
    staff, manager = role != "normal", role == "manager"
    expected = {
        ("get", "/v1/bin"): 200 if staff else 403,
        ("get", f"/v1/bin/photos/{photo_id(removed)}/content"): 200 if staff else 403,
        ("post", f"/v1/samples/{removed.id}/rounds/-1/restoration"): 404 if staff else 403,
        ("delete", f"/v1/bin/{removed.id}"): 204 if manager else 403,
        ("post", f"/v1/samples/{removed.id}/restoration"): (404 if manager else 200) if staff else 403,
        ("delete", f"/v1/samples/{foreign.id}"): 200 if staff else 404,
    }
    seen = {"If-Match": f'"{foreign.version}"'}
    assert {
        place: caller.request(*place, params=WHY if place[0] == "delete" else None, headers=seen).status_code
        for place in expected
    } == expected


def test_a_maker_removes_their_own_and_no_more(caller: Caller) -> None:
    author = make_user()
    sample = make_sample(author)
    caller.sign_in(author)
    assert delete(caller, sample).status_code == 200
    assert caller.post(f"/v1/samples/{sample.id}/restoration").status_code == 403
    assert caller.delete(f"/v1/samples/{ids.new()}", params=WHY, headers={"If-Match": '"1"'}).status_code == 404
