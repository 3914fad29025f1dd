"""Every route of the app, as everybody: closed unless it was opened."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from api.app import app
from core import ids
from tests.api.conftest import Caller
from tests.makers import make_sample, make_user, photo_id

OPEN = {("post", "/v1/sessions"), ("post", "/v1/sessions/refresh"), ("get", "/healthz"), ("get", "/readyz")}
OWN_ONLY = {
    ("get", "/v1/samples/{sample_id}"),
    ("get", "/v1/photos/{photo_id}"),
    ("get", "/v1/photos/{photo_id}/content"),
}


def operations() -> Iterator[tuple[str, str]]:
    for path, methods in app.openapi()["paths"].items():
        yield from ((method, path) for method in methods)


def send(caller: Caller, method: str, path: str, *, sample_id: str = "", photo: object = "") -> Any:
    known = {"sample_id": sample_id or ids.new(), "photo_id": photo or uuid4(), "seq": 1, "round_key": -1}
    return caller.request(method, path.format_map(defaultdict(uuid4, known)), headers={"If-Match": '"1"'})


def test_the_contract_names_every_route() -> None:
    assert set(operations()) > OPEN | OWN_ONLY


@pytest.mark.parametrize(("method", "path"), sorted(set(operations()) - OPEN))
def test_nobody_passes_without_a_sign_in(caller: Caller, method: str, path: str) -> None:
    answer = send(caller, method, path)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


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
