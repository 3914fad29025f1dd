"""Labels and scanning over the API."""

import io
from collections.abc import Iterator
from uuid import uuid4

import pytest

from api.app import app
from core import ids, sample_labels, samples
from core.policy import Actor
from core.sample_labels import SIZES, dots
from tests.api.conftest import Caller, send_endlessly
from tests.label_reading import by_zxing, graphics, label
from tests.makers import fresh, jpeg, make_user, token


@pytest.fixture(scope="module")
def author() -> Actor:
    return make_user()


@pytest.fixture(scope="module")
def caller(author: Actor) -> Iterator[Caller]:
    """Signed in once for all of them."""
    with Caller(app, headers={"Accept-Language": "en"}, raise_server_exceptions=False) as client:
        yield client.sign_in(author)


@pytest.fixture(scope="module")
def mine(author: Actor) -> str:
    return samples.register(author, ids.new(), fresh(trace_number="002123443211")).sample.id


def photo_of(sample_id: str, kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    picture = dots.draw(label(sample_id), SIZES["50x30"], 300)
    picture.save(out, kind)
    return out.getvalue()


def test_labels_are_a_file_and_stand_in_the_log(caller: Caller, author: Actor, mine: str) -> None:
    answer = caller.post("/v1/labels", json={"ids": [mine], "format": "zpl", "copies": 2, "size": "14x39"})
    assert answer.headers["content-type"] == "application/zpl"
    assert answer.headers["content-disposition"].endswith('-14x39.zpl"')
    ((picture, copies),) = graphics(answer.content)
    assert (by_zxing(picture)["QR Code"], copies) == (mine, 2)
    noted, *_ = caller.get("/v1/label-prints", params={"sample_id": mine}).json()["items"]
    assert noted | {"printed_at": ""} == {
        "id": answer.headers["x-print-id"], "printed_by": author.name, "printed_at": "", "size": "14x39",
        "format": "zpl", "dpi": 300, "copies": 2, "language": "en", "sample_ids": [mine],
    }  # fmt: skip


def test_the_same_print_sent_again_is_one(caller: Caller, mine: str) -> None:
    sent = {"ids": [mine], "id": str(uuid4()), "language": "ko"}
    first, second = (caller.post("/v1/labels", json=sent) for _ in range(2))
    assert first.content == second.content
    assert first.headers["x-print-id"] == second.headers["x-print-id"] == sent["id"]
    other = caller.post("/v1/labels", json=sent | {"copies": 9})
    assert (other.status_code, other.json()["code"]) == (409, "conflict")


def test_the_log_turns_its_pages(caller: Caller, author: Actor, mine: str) -> None:
    for _ in range(2):
        sample_labels.print_labels(author, sample_labels.NewPrint(ids=[mine]))
    first = caller.get("/v1/label-prints", params={"limit": 1}).json()
    second = caller.get("/v1/label-prints", params={"limit": 1, "cursor": first["next_cursor"]}).json()
    assert first["items"][0]["printed_at"] > second["items"][0]["printed_at"]
    wrong = caller.get("/v1/label-prints", params={"cursor": "x"})
    assert wrong.json()["errors"][0]["field"] == "cursor"


@pytest.mark.parametrize(
    ("sent", "field"),
    [({"ids": []}, "ids"), ({"ids": ["x"]}, "ids.0"), ({"copies": 21}, "copies"), ({"size": "9x9"}, "size"),
     ({"dpi": 600}, "dpi"), ({"format": "docx"}, "format"), ({"x": 1}, "x"), ({"ids": "x"}, "ids")],
)  # fmt: skip
def test_what_is_wrong_is_named(caller: Caller, mine: str, sent: dict[str, object], field: str) -> None:
    answer = caller.post("/v1/labels", json={"ids": [mine]} | sent)
    assert (answer.status_code, [found["field"] for found in answer.json()["errors"]]) == (422, [field])


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_of_a_label_is_read(caller: Caller, mine: str, kind: str) -> None:
    headers = {"Content-Type": f"image/{kind.lower()}"}
    answer = caller.post("/v1/scan", content=photo_of(mine, kind), headers=headers).json()
    assert answer == {"kind": "sample", "number": mine, "format": answer["format"], "is_known": True}
    unknown = caller.post("/v1/scan", content=photo_of(ids.new(), kind), headers=headers).json()
    assert unknown["is_known"] is False


def test_what_a_scanner_types_is_read(caller: Caller, mine: str) -> None:
    answer = caller.post("/v1/scan", json={"text": "]C1010880123456789321002123443211"})
    assert answer.json() == {
        "kind": "trace_number", "number": "002123443211", "trace_kind": "cattle", "species": "cattle", "is_known": True
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "kind", "status", "code", "field"),
    [
        (b'{"text": "7K3M-9QXD-2P4"}', "application/json", 422, "sample_check", "text"),
        (b'{"text": ""}', "application/json", 422, "missing", "text"),
        (b'{"text": 7}', "application/json", 422, "not_valid", "text"),
        (b"{}", "application/json", 422, "missing", "text"),
        (b"[]", "application/json", 422, "not_valid", "body"),
        (b"{", "application/json", 400, "malformed", ""),
        (b"\xff", "application/json", 400, "malformed", ""),
        (b'{"text": "' + b"x" * 2**20 + b'"}', "application/json", 413, "payload_too_large", ""),
        (b"x", "text/plain", 415, "unsupported_media_type", ""),
        (b"x", "image/png", 422, "photo_unreadable", "image"),
        (b"", "image/jpeg", 422, "photo_unreadable", "image"),
        (jpeg(), "application/octet-stream", 422, "no_code", "image"),
    ],
    ids=range(12),
)
def test_what_cannot_be_read_says_why(
    caller: Caller, content: bytes, kind: str, status: int, code: str, field: str
) -> None:
    answer = caller.post("/v1/scan", content=content, headers={"Content-Type": kind})
    told = answer.json()
    errors = told.get("errors") or [{"field": "", "code": told["code"]}]
    assert (answer.status_code, errors[0]["code"], errors[0]["field"]) == (status, code, field)


def test_a_picture_too_large_is_not_taken(author: Actor) -> None:
    headers = {"Authorization": f"Bearer {token(author)}", "Content-Type": "image/jpeg"}
    status, code, taken = send_endlessly("/v1/scan", headers)
    assert (status, code) == (413, "payload_too_large")
    assert taken <= 21
