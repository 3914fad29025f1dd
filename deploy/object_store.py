"""The embedded S3 server: SeaweedFS in one process, a key for every request, 127.0.0.1 only."""

import contextlib
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from deploy.processes import Program

BINARY = Path(sys.executable).parent / "weed"
BUCKET = "meatlab"
PROBE_BUCKET = "probe"
REGION = "us-east-1"
PARTS = ("s3", "filer", "master", "volume", "admin")
SOCKET_PATH_LIMIT = 107
# What S3 does not need is off. Without HTTP the filer and the master cannot be asked around the S3 keys.
OPTIONS = (
    "-ip=127.0.0.1 -ip.bind=127.0.0.1 -disableHttp -webdav=false -admin.ui=false -master.telemetry=false -s3.iam=false "
    "-s3.port.iceberg=0 -s3.port.lance=0 -volume.id=meatlab -volume.preStopSeconds=0"
)


def program(home: Path, keys: dict[str, str], ports: dict[str, int]) -> Program:
    data = home / "objects"
    data.mkdir(mode=0o700, exist_ok=True)
    sockets = _socket_folder(home)
    options = [*OPTIONS.split(), f"-dir={data}", *(f"-{part}.port={ports[part]}" for part in PARTS)]
    options += [f"-filer.localSocket={sockets / 'filer.sock'}", f"-s3.localSocket={sockets / 's3.sock'}"]
    s3 = _client(keys, ports["s3"])
    return Program(
        name="object store",
        home=home,
        folder=data,
        command=[str(BINARY), "-logtostderr", "mini", *options],
        environment=_environment(data, keys),
        is_ready=lambda: _is_ready(s3),
        clear=lambda: _remove_sockets(ports),
        orphan_signal=signal.SIGTERM,
    )


def furnish(keys: dict[str, str], port: int) -> None:
    """The bucket, where it does not exist yet."""
    s3 = _client(keys, port)
    if BUCKET not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=BUCKET)


def _environment(data: Path, keys: dict[str, str]) -> dict[str, str]:
    # Its parts show each other tokens signed with this key, so the volume server, too, refuses everybody else.
    signing = {
        f"WEED_JWT_{part}SIGNING_{kind}KEY": keys["s3_signing_key"] for part in ("", "FILER_") for kind in ("", "READ_")
    }
    return {
        "HOME": str(data),
        "AWS_ACCESS_KEY_ID": keys["s3_access_key"],
        "AWS_SECRET_ACCESS_KEY": keys["s3_secret_key"],
        **signing,
    }


def _client(keys: dict[str, str], port: int) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{port}",
        aws_access_key_id=keys["s3_access_key"],
        aws_secret_access_key=keys["s3_secret_key"],
        region_name=REGION,
        config=Config(
            proxies={},  # whatever proxy the environment names, this server is beside us
            s3={"addressing_style": "path"},
            connect_timeout=2,
            read_timeout=10,
            retries={"total_max_attempts": 1},
        ),
    )


def _is_ready(s3: Any) -> bool:
    # It answers before its parts know each other; an object that is stored proves that they do.
    try:
        s3.put_object(Bucket=PROBE_BUCKET, Key="ready", Body=b"ready")
    except (BotoCoreError, ClientError):
        return False
    return True


def _socket_folder(home: Path) -> Path:
    """Where the server's two Unix sockets lie: beside the data, or in a private folder where that path is too long."""
    folder = home / "run"
    if len(bytes(folder / "filer.sock")) <= SOCKET_PATH_LIMIT:
        return folder
    return Path(tempfile.mkdtemp(prefix="meatlab-"))


def _remove_sockets(ports: dict[str, int]) -> None:
    """SeaweedFS puts its gRPC sockets in /tmp, whatever it is told, and a killed one leaves them there."""
    for part in PARTS:
        with contextlib.suppress(OSError):
            Path(f"/tmp/seaweedfs-{part}-grpc-{ports[part] + 10_000}.sock").unlink()  # noqa: S108
