"""The private S3 bucket. Objects are written once under a key that names their content, and never changed."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from core.config import settings
from core.errors import NotFound

CHUNK = 256 * 1024
# An object has 10,000 parts at most: with these it may have half a terabyte, and up to 8 GB need little memory.
PART, FEW_PARTS, LARGE_PART = 8 * 2**20, 1000, 64 * 2**20


@lru_cache
def client() -> Any:
    # Path style: the embedded server and most S3-compatible ones have no bucket host names.
    config = Config(
        s3={"addressing_style": "path"},
        connect_timeout=5,
        read_timeout=30,
        retries={"max_attempts": 4, "mode": "standard"},
        max_pool_connections=32,
    )
    return boto3.client("s3", endpoint_url=settings().s3_endpoint_url, config=config)


def put(key: str, data: bytes, media_type: str) -> None:
    client().put_object(Bucket=settings().s3_bucket, Key=key, Body=data, ContentType=media_type)


def put_once(key: str, data: bytes, media_type: str) -> bool:
    """Writes an object unless there is one under this key; says whether it wrote."""
    try:
        client().put_object(Bucket=settings().s3_bucket, Key=key, Body=data, ContentType=media_type, IfNoneMatch="*")
    except ClientError as error:
        # 409: two are writing at once; one of them is going to have written.
        if error.response["Error"]["Code"] in ("PreconditionFailed", "ConditionalRequestConflict", "412", "409"):
            return False
        raise
    return True


class Writing:
    """An object that is written while it is made: what one writes goes out in parts, so that little is in memory.

    It can be neither read nor turned back, and is there only once it is closed.
    """

    def __init__(self, key: str, media_type: str) -> None:
        self.place = {"Bucket": settings().s3_bucket, "Key": key}
        self.id = client().create_multipart_upload(**self.place, ContentType=media_type)["UploadId"]
        self.waiting, self.size = bytearray(), 0
        self.parts: list[dict[str, Any]] = []

    def write(self, data: bytes) -> int:
        self.waiting += data
        self.size += len(data)
        if len(self.waiting) >= (PART if len(self.parts) < FEW_PARTS else LARGE_PART):
            self._send()
        return len(data)

    def flush(self) -> None:
        """A part is sent when it is full."""

    def close(self) -> None:
        """Makes it an object."""
        if self.waiting or not self.parts:
            self._send()
        parts = {"Parts": self.parts}
        client().complete_multipart_upload(**self.place, UploadId=self.id, MultipartUpload=parts)

    def give_up(self) -> None:
        """Leaves no object and no parts."""
        client().abort_multipart_upload(**self.place, UploadId=self.id)

    def _send(self) -> None:
        number = len(self.parts) + 1
        sent = client().upload_part(**self.place, UploadId=self.id, PartNumber=number, Body=bytes(self.waiting))
        self.parts.append({"ETag": sent["ETag"], "PartNumber": number})
        self.waiting.clear()


@contextmanager
def writing(key: str, media_type: str) -> Iterator[Writing]:
    """An object that is there once the block ends, and not at all where it raises."""
    made = Writing(key, media_type)
    try:
        yield made
        made.close()
    except BaseException:
        made.give_up()
        raise


def give_up_unfinished(prefix: str, before: datetime) -> int:
    """Removes the parts of objects that a process began to write and never ended; says of how many."""
    bucket = settings().s3_bucket
    found = client().list_multipart_uploads(Bucket=bucket, Prefix=prefix).get("Uploads", [])
    old = [upload for upload in found if upload["Initiated"] < before]
    for upload in old:
        client().abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
    return len(old)


def get(key: str) -> bytes:
    return b"".join(stream(key)[1])


def stream(key: str) -> tuple[int, Iterator[bytes]]:
    """The object's length and its bytes in chunks; the request is made at once, so that a missing object raises here.

    Raises:
        NotFound: no object under this key.
    """
    try:
        found = client().get_object(Bucket=settings().s3_bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
            raise NotFound from error
        raise
    return found["ContentLength"], _chunks(found["Body"])


def _chunks(body: Any) -> Iterator[bytes]:
    with closing(body):  # a reader that goes away gives the connection back
        yield from iter(lambda: body.read(CHUNK), b"")


def remove(keys: list[str]) -> None:
    for start in range(0, len(keys), 1000):
        objects = [{"Key": key} for key in keys[start : start + 1000]]
        client().delete_objects(Bucket=settings().s3_bucket, Delete={"Objects": objects, "Quiet": True})


def keys(prefix: str) -> Iterator[tuple[str, Any]]:
    """Every (key, last modified) under `prefix`."""
    pages = client().get_paginator("list_objects_v2").paginate(Bucket=settings().s3_bucket, Prefix=prefix)
    for page in pages:
        for item in page.get("Contents", []):
            yield item["Key"], item["LastModified"]


def is_ready() -> bool:
    client().head_bucket(Bucket=settings().s3_bucket)
    return True
