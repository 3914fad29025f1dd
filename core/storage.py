"""The private S3 bucket. Objects are written once under a key that names their content, and never changed."""

from collections.abc import Iterator
from contextlib import closing
from functools import lru_cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from core.config import settings
from core.errors import NotFound

CHUNK = 256 * 1024


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
