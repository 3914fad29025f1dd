"""The embedded servers: a real PostgreSQL and a real S3 under one folder, started by whoever needs them."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from deploy import object_store, postgres
from deploy.home import InUse, choose_ports, opened, read_ports, read_secrets
from deploy.processes import Supervisor, stop_leftovers


@contextmanager
def embedded(home: Path) -> Iterator[dict[str, str]]:
    """Both servers while the block runs, and the environment variables that lead to them."""
    home = home.resolve()
    with opened(home), Supervisor(_silent) as supervisor:
        stop_leftovers(home)
        yield start_servers(home, supervisor)


@contextmanager
def environment(home: Path) -> Iterator[dict[str, str]]:
    """What a command needs to reach the servers: nothing where DATABASE_URL names them, those of a running
    `make run` where there is one, else servers of its own while the block runs.
    """
    with ExitStack() as stack:
        if os.environ.get("DATABASE_URL"):
            variables: dict[str, str] = {}
        else:
            try:
                variables = stack.enter_context(embedded(home))
            except InUse:
                variables = _variables(home.resolve(), read_secrets(home), read_ports(home))
        yield variables


def start_servers(home: Path, supervisor: Supervisor) -> dict[str, str]:
    """Start both servers in a folder that is `opened`, and furnish them."""
    secrets = read_secrets(home)
    ports = choose_ports(home, ("database", *object_store.PARTS))
    database = postgres.program(home, secrets, ports["database"])
    supervisor.start([database, object_store.program(home, secrets, ports)])
    postgres.furnish(secrets, ports["database"])
    object_store.furnish(secrets, ports["s3"])
    return _variables(home, secrets, ports)


def _silent(text: str) -> None:
    pass


def _variables(home: Path, secrets: dict[str, str], ports: dict[str, int]) -> dict[str, str]:
    passing = [os.environ.get("no_proxy") or os.environ.get("NO_PROXY", ""), "127.0.0.1"]
    return {
        "DATABASE_URL": postgres.url(postgres.APP, secrets["database_app"], ports["database"]),
        "DATABASE_OWNER_URL": postgres.url(postgres.OWNER, secrets["database_owner"], ports["database"]),
        "S3_ENDPOINT_URL": f"http://127.0.0.1:{ports['s3']}",
        "S3_BUCKET": object_store.BUCKET,
        "AWS_ACCESS_KEY_ID": secrets["s3_access_key"],
        "AWS_SECRET_ACCESS_KEY": secrets["s3_secret_key"],
        "AWS_DEFAULT_REGION": object_store.REGION,
        "MEATLAB_SECRET_KEY": secrets["secret_key"],
        "MEATLAB_CACHE": str(home / "cache"),
        "MEATLAB_SECURE_COOKIES": "0",
        "no_proxy": ",".join(filter(None, passing)),
    }
