"""Every route of the app, as everybody: closed unless it was opened."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from api.app import app
from core import ids
from core.policy import ROLES
from tests.api.conftest import Caller
from tests.makers import PASSWORD, make_approved, make_live_model, make_sample, make_user, photo_id, values

OPEN = {("post", "/v1/sessions"), ("post", "/v1/sessions/refresh"), ("get", "/healthz"), ("get", "/readyz")}
STAFF_ONLY = {
    ("post", "/v1/samples/{sample_id}/approval"),
    ("post", "/v1/samples/{sample_id}/rejection"),
    ("post", "/v1/photos/{photo_id}/predictions"),
    ("get", "/v1/photos/{photo_id}/predictions"),
    ("get", "/v1/statistics/regions"),
}
OWN_ONLY = {
    ("get", "/v1/samples/{sample_id}"),
    ("get", "/v1/photos/{photo_id}"),
    ("get", "/v1/photos/{photo_id}/content"),
}


def operations() -> Iterator[tuple[str, str]]:
    for path, methods in app.openapi()["paths"].items():
        yield from ((method, path) for method in methods)


def send(caller: Caller, method: str, path: str, *, sample_id: str = "", photo: object = "") -> Any:
    """A request that is right in all but, perhaps, who sends it."""
    bodies: dict[str, dict[str, Any]] = {
        "/v1/sessions": {"email": make_user().email, "password": PASSWORD},
        "/v1/sessions/refresh": {"refresh_token": "x"},
        "/v1/samples/{sample_id}": values(),
        "/v1/samples/{sample_id}/rejection": {"reason": "photo_blurred", "text": "Please take it again."},
    }
    body = bodies.get(path) if method in ("post", "put") else None
    address = path.format(sample_id=sample_id or ids.new(), photo_id=photo or uuid4())
    return caller.request(method, address, json=body, headers={"If-Match": '"1"'})


def test_the_contract_names_every_route() -> None:
    assert set(operations()) >= OPEN | STAFF_ONLY | OWN_ONLY


@pytest.mark.parametrize(("method", "path"), sorted(set(operations()) - OPEN))
def test_nobody_passes_without_a_sign_in(caller: Caller, method: str, path: str) -> None:
    answer = send(caller, method, path)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


@pytest.mark.parametrize("role", ROLES)
def test_each_role_passes_where_it_may_and_nowhere_else(caller: Caller, role: str) -> None:
    make_live_model()
    caller.sign_in(make_user(role))
    approved, pending = make_approved(), make_sample(make_user())
    for method, path in sorted(set(operations()) - OPEN):
        if path == "/v1/sessions/current" or path.startswith("/v1/uploads"):
            continue
        reviewed = path.endswith(("approval", "rejection"))
        sample = make_sample(make_user()) if reviewed else approved
        answer = send(caller, method, path, sample_id="" if method == "put" else sample.id, photo=photo_id(sample))
        if role != "normal" or (method, path) not in STAFF_ONLY | OWN_ONLY:
            assert answer.status_code < 300, (path, answer.text)
        else:
            assert answer.status_code == (403 if (method, path) in STAFF_ONLY else 404), (path, answer.text)
    assert pending.status == "pending"


@pytest.mark.parametrize(("method", "path"), sorted(OWN_ONLY))
def test_somebody_elses_is_as_unknown_as_what_does_not_exist(caller: Caller, method: str, path: str) -> None:
    foreign = make_sample(make_user())
    caller.sign_in(make_user())
    answers = [
        send(caller, method, path, sample_id=foreign.id, photo=photo_id(foreign)),
        send(caller, method, path),
        caller.request(method, path.format(sample_id="nonsense", photo_id="nonsense")),
    ]
    for answer in answers:
        assert answer.status_code == 404
        assert answer.json() | {"request_id": ""} == answers[0].json() | {"request_id": ""}
        assert set(answer.headers) == set(answers[0].headers)
