"""Shortcuts to the two servers for the tests of how they run."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import boto3
import psycopg2
import pytest
from botocore.config import Config


@contextmanager
def database(variables: dict[str, str], url: str = "DATABASE_URL") -> Iterator[Any]:
    """A cursor, by default with the application's own role."""
    with closing(psycopg2.connect(variables[url].replace("+psycopg2", ""))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor


def object_store(variables: dict[str, str]) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=variables["S3_ENDPOINT_URL"],
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        region_name=variables["AWS_DEFAULT_REGION"],
        config=Config(s3={"addressing_style": "path"}),
    )


@pytest.fixture(name="database")
def database_fixture() -> Callable[..., Any]:
    return database


@pytest.fixture(name="object_store")
def object_store_fixture() -> Callable[..., Any]:
    return object_store
