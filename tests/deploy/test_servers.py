"""The two embedded servers: closed to strangers, and safe against being killed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg2
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from core.config import ROOT
from deploy.account import prefix
from deploy.home import CannotRun, opened, read_ports
from deploy.local import embedded, environment, start_servers
from deploy.processes import Supervisor, stop_leftovers

Database = Callable[..., Any]
ObjectStore = Callable[[dict[str, str]], Any]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def variables(home: Path) -> Iterator[dict[str, str]]:
    with embedded(home) as found:
        yield found


def status(url: str, method: str = "GET", data: bytes | None = None) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, method=method), timeout=5) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


def wait_for(check: Callable[[], None], seconds: float = 10) -> None:
    """Until the check passes; its last failure if it never does."""
    end = time.monotonic() + seconds
    while True:
        try:
            return check()
        except (AssertionError, ClientError, BotoCoreError, psycopg2.OperationalError):
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def test_the_application_may_not_make_or_change_tables(variables: dict[str, str], database: Database) -> None:
    with database(variables, "DATABASE_OWNER_URL") as owner:
        owner.execute("create table things (name citext, place vector(2), during tstzrange)")
        owner.execute("create index on things using gist (name, during)")
    with database(variables) as cursor:
        for statement in ("create table mine ()", "drop table things", "create schema mine", "create role other"):
            with pytest.raises(psycopg2.ProgrammingError, match=r"permission denied|must be owner"):
                cursor.execute(statement)


def test_korean_words_can_be_searched(variables: dict[str, str], database: Database) -> None:
    with database(variables) as cursor:
        cursor.execute("select similarity('김철수', '김철순') > 0, lower('Ä')")
        assert cursor.fetchone() == (True, "ä")


def test_nobody_enters_the_database_without_its_password(variables: dict[str, str]) -> None:
    port = int(variables["DATABASE_URL"].rsplit(":", 1)[1].split("/")[0])
    for user in ("postgres", "meatlab_owner", "meatlab_app"):
        with pytest.raises(psycopg2.OperationalError, match="password"):
            psycopg2.connect(host="127.0.0.1", port=port, user=user, password="guess", dbname="postgres")


def test_all_ports_are_closed_to_other_machines(variables: dict[str, str], home: Path) -> None:
    pids = [json.loads(path.read_text())["pid"] for path in (home / "run").glob("*.json")]
    listening = [
        connection.laddr.ip
        for pid in pids
        for connection in psutil.Process(pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert len(listening) > 2
    assert set(listening) == {"127.0.0.1"}


def test_strangers_get_no_photo(variables: dict[str, str], home: Path, object_store: ObjectStore) -> None:
    s3 = object_store(variables)
    s3.put_object(Bucket="meatlab", Key="photos/1", Body=b"photo")
    ports = {name: f"http://127.0.0.1:{port}" for name, port in read_ports(home).items()}
    assert status(f"{ports['s3']}/meatlab/photos/1") == 403
    assert status(f"{ports['s3']}/meatlab") == 403
    assert status(f"{ports['s3']}/meatlab/photos/2", "PUT", b"x") == 403
    assert status(f"{ports['filer']}/buckets/meatlab/photos/1") in (401, 404)
    assert status(f"{ports['master']}/col/delete?collection=meatlab") in (401, 404)
    assert status(f"{ports['volume']}/1,01", "PUT", b"x") == 401
    assert s3.get_object(Bucket="meatlab", Key="photos/1")["Body"].read() == b"photo"


def test_a_signed_link_opens_one_photo(variables: dict[str, str], object_store: ObjectStore) -> None:
    s3 = object_store(variables)
    s3.put_object(Bucket="meatlab", Key="linked", Body=b"photo")
    link = s3.generate_presigned_url("get_object", {"Bucket": "meatlab", "Key": "linked"}, ExpiresIn=60)
    assert status(link) == 200
    assert status(link.replace("linked", "other")) == 403


def test_an_object_is_not_written_twice(variables: dict[str, str], object_store: ObjectStore) -> None:
    s3 = object_store(variables)
    s3.put_object(Bucket="meatlab", Key="once", Body=b"first", IfNoneMatch="*")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.put_object(Bucket="meatlab", Key="once", Body=b"second", IfNoneMatch="*")
    assert s3.get_object(Bucket="meatlab", Key="once")["Body"].read() == b"first"


def test_two_installations_run_side_by_side(
    variables: dict[str, str], tmp_path: Path, object_store: ObjectStore
) -> None:
    with embedded(tmp_path / "other") as other:
        assert other["S3_ENDPOINT_URL"] != variables["S3_ENDPOINT_URL"]
        with pytest.raises(ClientError, match=r"InvalidAccessKeyId|Forbidden|403"):
            object_store(variables | {"S3_ENDPOINT_URL": other["S3_ENDPOINT_URL"]}).list_buckets()


def test_a_command_uses_the_servers_that_run(
    variables: dict[str, str], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with environment(home) as found:
        assert found == variables
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere")
    with environment(home) as found:
        assert found == {}


def test_killed_servers_come_back_with_all_data(tmp_path: Path, database: Database, object_store: ObjectStore) -> None:
    home, said = tmp_path / "home", list[str]()
    photos = {f"photos/{number}": os.urandom(10 ** (1 + number % 6)) for number in range(20)}
    with opened(home), Supervisor(said.append) as supervisor:
        variables = start_servers(home, supervisor)
        with database(variables, "DATABASE_OWNER_URL") as cursor:
            cursor.execute("create table kept as select generate_series(1, 1000) as number")
        for key, photo in photos.items():
            object_store(variables).put_object(Bucket="meatlab", Key=key, Body=photo)
        pids = [json.loads(path.read_text())["pid"] for path in (home / "run").glob("*.json")]
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            wait_for(lambda pid=pid: _assert_dead(pid))
        supervisor.revive()
        wait_for(lambda: _assert_kept(variables, photos, database, object_store))
    assert sorted(said) == [
        "Stopping ...",
        "The database died (SIGKILL); starting it again.",
        "The object store died (SIGKILL); starting it again.",
    ]
    with embedded(home) as variables:
        _assert_kept(variables, photos, database, object_store)


def _assert_dead(pid: int) -> None:
    assert psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def _assert_kept(
    variables: dict[str, str], photos: dict[str, bytes], database: Database, object_store: ObjectStore
) -> None:
    with database(variables, "DATABASE_OWNER_URL") as cursor:
        cursor.execute("select count(*) from kept")
        assert cursor.fetchone() == (1000,)
    s3 = object_store(variables)
    for key, photo in photos.items():
        assert s3.get_object(Bucket="meatlab", Key=key)["Body"].read() == photo


def test_ports_taken_meanwhile_do_not_lose_data(tmp_path: Path, object_store: ObjectStore) -> None:
    with embedded(tmp_path / "home") as variables:
        object_store(variables).put_object(Bucket="meatlab", Key="kept", Body=b"photo")
    (tmp_path / "home" / "ports.json").unlink()
    with embedded(tmp_path / "home") as moved:
        assert moved["S3_ENDPOINT_URL"] != variables["S3_ENDPOINT_URL"]
        assert object_store(moved).get_object(Bucket="meatlab", Key="kept")["Body"].read() == b"photo"


def test_what_a_killed_run_left_is_ended_and_nothing_else(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with opened(home):
        sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
        ours, stranger = (subprocess.Popen(sleep) for _ in range(2))
        started = psutil.Process(ours.pid).create_time()
        for name, pid, age in (("worker", ours.pid, 0), ("API", stranger.pid, 60)):
            note = {"pid": pid, "started": started - age, "signal": signal.SIGTERM}
            (home / "run" / f"{name}.json").write_text(json.dumps(note))
        (home / "run" / "broken.json").write_text("{")
        stop_leftovers(home)
        assert not psutil.pid_exists(ours.pid)
        assert stranger.poll() is None, "another program got the number of one of ours"
        assert not list((home / "run").iterdir())
        stranger.kill()
        stranger.wait()


def test_a_broken_data_folder_is_said_and_kept(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with embedded(home):
        pass
    version = home / "database" / "PG_VERSION"
    version.write_text("12\n")
    with pytest.raises(CannotRun, match="made by PostgreSQL 12 and this is 18"), embedded(home):
        pass
    version.unlink()
    with pytest.raises(CannotRun, match="not a whole database"), embedded(home):
        pass
    assert (home / "database" / "base").exists()


def test_a_server_that_cannot_start_shows_its_log(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with embedded(home):
        pass
    (home / "database" / "global" / "pg_control").unlink()
    with (
        pytest.raises(CannotRun, match=r"The database did not start[\s\S]*database\.log[\s\S]*pg_control"),
        embedded(home),
    ):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another account")
def test_an_ordinary_account_needs_nothing_special(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    shutil.chown(home, "nobody")
    script = """
import os, sys
from pathlib import Path
from deploy.local import embedded
assert os.geteuid() != 0
with embedded(Path(sys.argv[1])) as variables:
    print(variables["S3_BUCKET"])
"""
    needed = [home / "lock", Path(sys.executable), Path(sys.base_prefix) / "lib", ROOT / "deploy"]
    command = [*prefix(signal.SIGTERM, needed), sys.executable, "-c", script, str(home)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert result.stdout == "meatlab\n", result.stderr
