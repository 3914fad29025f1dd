"""Photos sent by tus, and read back."""

import base64
import hashlib
from typing import Any
from uuid import uuid4

import pytest

from core import ids, pictures
from tests.api.conftest import Caller, send_endlessly
from tests.makers import jpeg, make_sample, make_user, photo_id, token, values

TUS = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}


def encoded(**values: object) -> str:
    return ",".join(f"{name} {base64.b64encode(str(value).encode()).decode()}" for name, value in values.items())


def metadata(data: bytes, **changes: object) -> dict[str, object]:
    known: dict[str, object] = {
        "photo_id": uuid4(),
        "sha256": hashlib.sha256(data).hexdigest(),
        "filetype": "image/jpeg",
    }
    return known | changes


def upload(caller: Caller, data: bytes, headers: dict[str, str] | None = None, **told: object) -> Any:
    sent = TUS | {"Upload-Length": str(len(data)), "Upload-Metadata": encoded(**metadata(data, **told))}
    return caller.post("/v1/uploads", content=data, headers=sent | (headers or {}))


@pytest.fixture
def caller(caller: Caller) -> Caller:
    return caller.sign_in(make_user())


def test_a_photo_sent_whole_is_read_back_bit_for_bit(caller: Caller) -> None:
    data, photo = jpeg(), uuid4()
    answer = upload(caller, data, photo_id=photo)
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/uploads/{photo}"
    assert answer.headers["upload-offset"] == str(len(data))
    assert answer.headers["tus-resumable"] == "1.0.0"
    assert caller.get(f"/v1/photos/{photo}").json() == answer.json()
    content = caller.get(f"/v1/photos/{photo}/content")
    assert hashlib.sha256(content.content).hexdigest() == answer.json()["sha256"] == hashlib.sha256(data).hexdigest()
    assert content.headers["content-length"] == str(len(data))
    assert content.headers["content-type"] == "image/jpeg"
    assert content.headers["x-content-type-options"] == "nosniff"
    assert content.headers["cache-control"].startswith("private")


@pytest.mark.parametrize("size", ["original", "1024", "256"])
def test_a_photo_that_the_caller_holds_is_not_sent_again(caller: Caller, size: str) -> None:
    photo = upload(caller, jpeg()).json()["id"]
    etag = caller.get(f"/v1/photos/{photo}/content", params={"size": size}).headers["etag"]
    for held in (etag, f'"x", W/{etag}'):
        again = caller.get(f"/v1/photos/{photo}/content", params={"size": size}, headers={"If-None-Match": held})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)


def test_another_size_than_ours_is_refused(caller: Caller) -> None:
    photo = upload(caller, jpeg()).json()["id"]
    answer = caller.get(f"/v1/photos/{photo}/content", params={"size": "512"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "size")


def test_the_same_upload_twice_is_one_photo_and_other_bytes_conflict(caller: Caller) -> None:
    data, photo = jpeg(), uuid4()
    assert upload(caller, data, photo_id=photo).json() == upload(caller, data, photo_id=photo).json()
    other = upload(caller, jpeg(), photo_id=photo)
    assert (other.status_code, other.json()["code"]) == (409, "conflict")


def test_a_photo_may_come_before_or_after_its_sample(caller: Caller) -> None:
    for before in (True, False):
        data, photo, sample_id = jpeg(), str(uuid4()), ids.new()
        sample = values(photo={"id": photo, "sha256": hashlib.sha256(data).hexdigest()})
        if before:
            told = upload(caller, data, photo_id=photo, sample_id=sample_id, seq=0, preparation="raw")
            assert told.json()["state"] == "received"
        assert caller.put(f"/v1/samples/{sample_id}", json=sample).status_code == 201
        told = upload(caller, data, photo_id=photo, sample_id=sample_id, taken_at="2026-03-05T09:30:00+09:00")
        assert (told.json()["state"], told.json()["sample_id"]) == ("stored", sample_id)


def test_a_strangers_sample_gets_no_photo(caller: Caller) -> None:
    sample = make_sample(make_user())
    assert upload(caller, jpeg(), sample_id=sample.id).json()["state"] == "received"
    assert caller.get(f"/v1/photos/{photo_id(sample)}/content").status_code == 404


@pytest.mark.parametrize(
    ("told", "field", "code"),
    [
        ({"photo_id": "x"}, "photo_id", "not_an_id"),
        ({"sha256": "abc"}, "sha256", "not_valid"),
        ({"seq": "-1"}, "seq", "too_small"),
        ({"seq": "9" * 300}, "seq", "too_large"),
        ({"seq": "one"}, "seq", "not_a_number"),
        ({"preparation": "boiled"}, "preparation", "unknown_choice"),
        ({"taken_at": "9999-12-31T23:59:59Z"}, "taken_at", "too_large"),
        ({"taken_at": "yesterday"}, "taken_at", "not_an_instant"),
        ({"sha256": "0" * 64}, "sha256", "photo_damaged"),
    ],
)
def test_a_mistake_in_the_metadata_names_its_field(caller: Caller, told: dict[str, Any], field: str, code: str) -> None:
    answer = upload(caller, jpeg(), **told)
    assert answer.status_code == 422
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]
    assert answer.headers["tus-resumable"] == "1.0.0"


@pytest.mark.parametrize(
    ("sent", "fields"),
    [
        ("", {"photo_id", "sha256"}),
        (",,,", {"photo_id", "sha256"}),
        ("photo_id !!!", {"photo_id"}),
        ("photo_id /w==", {"photo_id"}),  # Base64 of what is no UTF-8
        ("\xff\xfe", {"photo_id", "sha256"}),
    ],
)
def test_metadata_that_are_none_are_refused(caller: Caller, sent: str, fields: set[str]) -> None:
    data = jpeg()
    headers: dict[str, Any] = TUS | {"Upload-Length": str(len(data)), "Upload-Metadata": sent.encode("latin-1")}
    answer = caller.post("/v1/uploads", content=data, headers=headers)
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == fields


def test_a_sample_id_that_is_none_is_as_good_as_unknown(caller: Caller) -> None:
    assert upload(caller, jpeg(), sample_id="nonsense\0").json()["state"] == "received"


@pytest.mark.parametrize("promised", ["0", "1", "99999"])
def test_more_or_fewer_bytes_than_promised_are_refused(caller: Caller, promised: str) -> None:
    answer = upload(caller, jpeg(), {"Upload-Length": promised})
    assert (answer.status_code, answer.json()["code"]) == (400, "upload_length")


@pytest.mark.parametrize("promised", ["", "x", "-1", "1e3", "²", "9" * 400])
def test_a_length_that_is_none_is_refused(caller: Caller, promised: str) -> None:
    headers: dict[str, Any] = {"Upload-Length": promised.encode("latin-1")}
    answer = upload(caller, jpeg(), headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def test_too_large_is_refused_without_reading_it_all() -> None:
    headers = TUS | {"Upload-Metadata": encoded(**metadata(b"")), "Authorization": f"Bearer {token(make_user())}"}
    honest = send_endlessly("/v1/uploads", headers | {"Upload-Length": str(pictures.MAX_BYTES + 1)})
    assert honest == (413, "payload_too_large", 0)
    lying = send_endlessly("/v1/uploads", headers | {"Upload-Length": "1000"})
    assert lying == (400, "upload_length", 1)
    greedy = send_endlessly("/v1/uploads", headers | {"Upload-Length": str(pictures.MAX_BYTES)})
    assert greedy == (413, "payload_too_large", 21)


def test_another_protocol_or_content_type_is_told_ours(caller: Caller) -> None:
    for version in ({"Tus-Resumable": "0.2.2"}, {"Tus-Resumable": ""}):
        answer = upload(caller, jpeg(), version)
        assert (answer.status_code, answer.headers["tus-version"]) == (412, "1.0.0")
    answer = upload(caller, jpeg(), {"Content-Type": "image/jpeg"})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_what_of_tus_is_understood_is_told(caller: Caller) -> None:
    answer = caller.options("/v1/uploads")
    assert answer.status_code == 204
    assert answer.headers["tus-extension"] == "creation,creation-with-upload"
    assert answer.headers["tus-max-size"] == str(pictures.MAX_BYTES)
    assert answer.headers["tus-version"] == "1.0.0"


def test_what_is_no_picture_is_refused(caller: Caller) -> None:
    answer = upload(caller, b"not a picture")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "photo_unreadable")
